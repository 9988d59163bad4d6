"""The double of Stripe, driven through Stripe's own client. Nothing here touches the database."""
