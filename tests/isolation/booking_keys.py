"""What the addresses of booking need in their path, beside the key of one of the rows that every test has."""

BOOKING_KEYS: dict[str, dict[str, object]] = {
    "booking:private": {"token": "not-a-token"},
    "booking:private_move": {"token": "not-a-token"},
    "booking:private_give_up": {"token": "not-a-token"},
    "booking:private_calendar": {"token": "not-a-token"},
    "booking:picture": {"digest": "0" * 64},
    "booking:look": {"color": "1f6f5c"},
    "booking:phone_icon": {"size": 192},
}
