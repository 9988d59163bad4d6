"""The pages of workflows, drawn alike for a tenant's panel and for the platform's console."""
