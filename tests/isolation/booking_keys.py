"""What the addresses of booking need in their path, beside the key of one of the rows that every test has."""

BOOKING_KEYS: dict[str, dict[str, object]] = {
    "booking:appointment_details": {"pk": 7007},
    "booking:appointment_move": {"pk": 7007},
    "booking:appointment_status": {"pk": 7007},
    "booking:appointment_deposit": {"pk": 7007},
    "booking:appointment_file": {"pk": 7007},
}
