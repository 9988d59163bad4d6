"""Notifications of payment companies: verified, stored once, and worked on."""
