"""What the addresses of booking need in their path, beside the key of one of the rows that every test has."""

BOOKING_KEYS: dict[str, dict[str, object]] = {
    "booking:report": {"key": "revenue"},
    "booking:report_file": {"key": "revenue", "table": "days"},
    **{f"booking:customer_{page}": {"pk": 7006} for page in ("page", "erase", "data", "stop")},
    **{f"booking:customer_{page}": {"pk": 7006, "other": 7008} for page in ("merge", "apart")},
    **{
        f"booking:customer_import_{page}": {"pk": 7011}
        for page in ("run", "start", "refused", "forget")
    },
    "booking:appointment_details": {"pk": 7007},
    "booking:appointment_move": {"pk": 7007},
    "booking:appointment_status": {"pk": 7007},
    "booking:appointment_deposit": {"pk": 7007},
    "booking:appointment_file": {"pk": 7007},
}
