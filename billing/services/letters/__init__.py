"""Letters to owners: a renewal that failed, time that ends."""
