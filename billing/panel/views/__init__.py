"""The tenant's Billing page and what opens from it. For owners."""
