"""The super admin’s pages about money: payments, notifications, renewals, reconciliation, settings."""
