"""The rules of credits: what is sold, what is bought, and what messages are paid from."""
