"""Whether ledger, payments, subscriptions and gateways tell the same."""
