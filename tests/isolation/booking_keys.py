"""What the addresses of booking need in their path, beside the key of one of the rows that every test has."""

BOOKING_KEYS: dict[str, dict[str, object]] = {
    "booking:report": {"key": "revenue"},
    "booking:report_file": {"key": "revenue", "table": "days"},
}
