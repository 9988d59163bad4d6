"""What the doubles of carriers of messages have in common."""
