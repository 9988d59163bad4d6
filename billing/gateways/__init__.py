"""The payment companies. Entered through `billing.services` alone; the only place that speaks to them."""
