"""Letters to owners: a renewal that failed, time that ends, a subscription that was stopped."""
