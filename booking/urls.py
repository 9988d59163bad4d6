"""The tenant's host: its public page, and what its panel says about the business."""

from types import ModuleType

from django.urls import URLPattern, path, re_path

from booking.views import (
    appointment_page,
    appointments,
    booking_page,
    calendar,
    categories,
    customer_imports,
    customer_pairs,
    customers,
    deposits,
    extras,
    hours,
    locations,
    my_day,
    online_payments,
    page_files,
    page_settings,
    panel_home,
    pay_deposit,
    payment_hook,
    phone,
    private,
    public,
    reports,
    service_picture,
    services,
    staff,
)

app_name = "booking"
ROW_PAGES = {
    "list": "",
    "add": "add/",
    "edit": "<int:pk>/",
    "active": "<int:pk>/active/",
    "delete": "<int:pk>/delete/",
}


def rows_of(name: str, folder: str, views: ModuleType) -> list[URLPattern]:
    """The pages of one kind of rows below /panel/: `staff_list` at its folder, `staff_add`, and so on."""
    return [
        path(f"panel/{folder}/{below}", getattr(views, f"{name}_{page}"), name=f"{name}_{page}")
        for page, below in ROW_PAGES.items()
    ]


urlpatterns = [
    path("", public.public_page, name="public"),
    path("book/", booking_page.choose_service, name="book"),
    path("book/extras/", booking_page.choose_extras, name="book_extras"),
    path("book/location/", booking_page.choose_location, name="book_location"),
    path("book/time/", booking_page.choose_time, name="book_time"),
    path("book/details/", booking_page.enter_details, name="book_details"),
    path("book/a/<str:token>/", private.private, name="private"),
    path("book/a/<str:token>/pay/", pay_deposit.pay, name="private_pay"),
    path("book/a/<str:token>/move/", private.private_move, name="private_move"),
    path("book/a/<str:token>/cancel/", private.private_give_up, name="private_give_up"),
    path("book/a/<str:token>/news/", private.private_no_news, name="private_no_news"),
    path("book/a/<str:token>/calendar.ics", private.private_calendar, name="private_calendar"),
    re_path(r"^book/picture/(?P<digest>[0-9a-f]{64})/\Z", page_files.picture, name="picture"),
    re_path(r"^book/look-(?P<color>[0-9a-f]{6})\.css\Z", page_files.look, name="look"),
    path("pay/<slug:gateway>/hook/", payment_hook.receive, name="hook"),
    path("panel/", panel_home.home, name="home"),
    path("panel/day/", my_day.day, name="my_day"),
    path("panel/calendar/", calendar.calendar, name="calendar"),
    path("panel/calendar/colors.css", calendar.calendar_colors, name="calendar_colors"),
    path("panel/phone/", phone.phone, name="phone"),
    path("panel/app.webmanifest", phone.phone_manifest, name="phone_manifest"),
    path("panel/app-icon-<int:size>.png", phone.phone_icon, name="phone_icon"),
    path("panel/booking-page/", page_settings.page_rules, name="page_rules"),
    path("panel/booking-page/logo/", page_settings.page_logo, name="page_logo"),
    path("panel/booking-page/logo/remove/", page_settings.page_logo_off, name="page_logo_off"),
    path("panel/booking-page/words/", page_settings.page_words, name="page_words"),
    path("panel/appointments/", appointments.appointment_list, name="appointment_list"),
    path("panel/appointments/add/", appointments.appointment_add, name="appointment_add"),
    path("panel/appointments/<int:pk>/", appointment_page.details, name="appointment_details"),
    path(
        "panel/appointments/<int:pk>/edit/", appointments.appointment_edit, name="appointment_edit"
    ),
    path("panel/appointments/<int:pk>/move/", calendar.move, name="appointment_move"),
    path("panel/appointments/<int:pk>/status/", appointment_page.status, name="appointment_status"),
    path(
        "panel/appointments/<int:pk>/deposit/", appointment_page.deposit, name="appointment_deposit"
    ),
    path(
        "panel/appointments/<int:pk>/appointment.ics",
        appointment_page.file,
        name="appointment_file",
    ),
    path(
        "panel/appointments/<int:pk>/cancel/",
        appointments.appointment_cancel,
        name="appointment_cancel",
    ),
    path("panel/online-payments/", online_payments.overview, name="online_payments"),
    path("panel/online-payments/deposits/", deposits.deposit_list, name="deposit_list"),
    path("panel/online-payments/deposits.csv", deposits.deposit_file, name="deposit_file"),
    path(
        "panel/online-payments/deposits/<int:pk>/back/", deposits.deposit_back, name="deposit_back"
    ),
    path(
        "panel/online-payments/at/<slug:gateway>/", online_payments.account, name="payment_account"
    ),
    path(
        "panel/online-payments/at/<slug:gateway>/test/",
        online_payments.account_test,
        name="payment_account_test",
    ),
    path(
        "panel/online-payments/at/<slug:gateway>/remove/<slug:environment>/",
        online_payments.account_remove,
        name="payment_account_remove",
    ),
    path("panel/customers/", customers.customer_list, name="customer_list"),
    path("panel/customers/add/", customers.customer_add, name="customer_add"),
    path("panel/customers/export/", customers.customer_file, name="customer_file"),
    path("panel/customers/duplicates/", customer_pairs.pair_list, name="customer_pairs"),
    path("panel/customers/import/", customer_imports.upload, name="customer_import"),
    path("panel/customers/import/<int:pk>/", customer_imports.run, name="customer_import_run"),
    path(
        "panel/customers/import/<int:pk>/start/",
        customer_imports.start,
        name="customer_import_start",
    ),
    path(
        "panel/customers/import/<int:pk>/refused/",
        customer_imports.refused,
        name="customer_import_refused",
    ),
    path(
        "panel/customers/import/<int:pk>/forget/",
        customer_imports.forget,
        name="customer_import_forget",
    ),
    path("panel/customers/<int:pk>/", customers.customer_page, name="customer_page"),
    path("panel/customers/<int:pk>/edit/", customers.customer_edit, name="customer_edit"),
    path("panel/customers/<int:pk>/delete/", customers.customer_delete, name="customer_delete"),
    path("panel/customers/<int:pk>/erase/", customers.customer_erase, name="customer_erase"),
    path("panel/customers/<int:pk>/data/", customers.customer_data, name="customer_data"),
    path("panel/customers/<int:pk>/stop/", customers.customer_stop, name="customer_stop"),
    path(
        "panel/customers/<int:pk>/merge/<int:other>/",
        customer_pairs.merge,
        name="customer_merge",
    ),
    path(
        "panel/customers/<int:pk>/apart/<int:other>/",
        customer_pairs.apart,
        name="customer_apart",
    ),
    *rows_of("staff", "staff", staff),
    *rows_of("service", "services", services),
    path(
        "panel/services/<int:pk>/picture/", service_picture.service_picture, name="service_picture"
    ),
    path("panel/services/categories/", categories.category_list, name="service_category_list"),
    path("panel/services/categories/add/", categories.category_add, name="service_category_add"),
    path(
        "panel/services/categories/<int:pk>/",
        categories.category_edit,
        name="service_category_edit",
    ),
    path(
        "panel/services/categories/<int:pk>/delete/",
        categories.category_delete,
        name="service_category_delete",
    ),
    *rows_of("extra", "services/extras", extras),
    *rows_of("location", "locations", locations),
    path("panel/reports/", reports.report_list, name="report_list"),
    path("panel/reports/<slug:key>/", reports.report, name="report"),
    path("panel/reports/<slug:key>/<slug:table>.csv", reports.report_file, name="report_file"),
    path("panel/hours/", hours.hours, name="hours"),
    path("panel/staff/<int:pk>/hours/", hours.staff_hours, name="staff_hours"),
    path("panel/locations/<int:pk>/hours/", hours.location_hours, name="location_hours"),
    path("panel/hours/<slug:owner>/week/", hours.hours_week, name="hours_week"),
    path("panel/hours/<slug:owner>/special/", hours.special_add, name="special_hours_add"),
    path(
        "panel/hours/<slug:owner>/special/<int:pk>/remove/",
        hours.special_delete,
        name="special_hours_remove",
    ),
    path("panel/staff/<int:pk>/time-off/", hours.time_off_add, name="time_off_add"),
    path("panel/time-off/<int:pk>/remove/", hours.time_off_delete, name="time_off_remove"),
]
