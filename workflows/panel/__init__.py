"""A tenant's side of workflows and messages."""
