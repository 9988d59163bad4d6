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
    "booking:staff_hours": {"pk": 7001},
    "booking:location_hours": {"pk": 7005},
    "booking:hours_week": {"owner": "staff-7001"},
    "booking:special_hours_add": {"owner": "location-7005"},
    "booking:special_hours_remove": {"owner": "business", "pk": 1},
    "booking:time_off_add": {"pk": 7001},
    "booking:time_off_remove": {"pk": 1},
    "booking:private": {"token": "not-a-token"},
    "booking:private_pay": {"token": "not-a-token"},
    "booking:hook": {"gateway": "stripe"},
    "booking:payment_account": {"gateway": "stripe"},
    "booking:payment_account_test": {"gateway": "stripe"},
    "booking:payment_account_remove": {"gateway": "stripe", "environment": "test"},
    "booking:deposit_back": {"pk": 1},
    "booking:private_move": {"token": "not-a-token"},
    "booking:private_give_up": {"token": "not-a-token"},
    "booking:private_no_news": {"token": "not-a-token"},
    "booking:private_calendar": {"token": "not-a-token"},
    "booking:picture": {"digest": "0" * 64},
    "booking:service_picture": {"pk": 7002},
    "booking:look": {"color": "1f6f5c"},
    "booking:phone_icon": {"size": 192},
}
