"""A double of PayPal: see README.md."""
