"""Setting up the gateways, and the settings about money."""
