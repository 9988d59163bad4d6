"""Customers from a file: read, looked at, then imported."""
