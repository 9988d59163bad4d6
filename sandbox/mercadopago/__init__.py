"""A stateful double of Mercado Pago for the demo and the tests; see README.md."""
