"""The super admin's side of workflows and channels."""
