"""A stateful double of Stripe: see README.md. Tests use `sandbox.stripe.testing.StripeSandbox`."""
