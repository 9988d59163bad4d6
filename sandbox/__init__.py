"""Stateful doubles of the services that Tenantry talks to: for the demo and the tests, never for production."""
