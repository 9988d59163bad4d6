"""The tenant's host: its public page, and what its panel says about the business."""

from django.urls import path

from booking.views import (
    appointment_page,
    appointments,
    calendar,
    categories,
    customers,
    extras,
    locations,
    panel_home,
    public,
    services,
    staff,
)

app_name = "booking"
urlpatterns = [
    path("", public.public_page, name="public"),
    path("panel/", panel_home.home, name="home"),
    path("panel/calendar/", calendar.calendar, name="calendar"),
    path("panel/calendar/colors.css", calendar.calendar_colors, name="calendar_colors"),
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
    path("panel/customers/", customers.customer_list, name="customer_list"),
    path("panel/customers/add/", customers.customer_add, name="customer_add"),
    path("panel/customers/<int:pk>/", customers.customer_edit, name="customer_edit"),
    path("panel/customers/<int:pk>/delete/", customers.customer_delete, name="customer_delete"),
    path("panel/staff/", staff.staff_list, name="staff_list"),
    path("panel/staff/add/", staff.staff_add, name="staff_add"),
    path("panel/staff/<int:pk>/", staff.staff_edit, name="staff_edit"),
    path("panel/staff/<int:pk>/active/", staff.staff_active, name="staff_active"),
    path("panel/staff/<int:pk>/delete/", staff.staff_delete, name="staff_delete"),
    path("panel/services/", services.service_list, name="service_list"),
    path("panel/services/add/", services.service_add, name="service_add"),
    path("panel/services/<int:pk>/", services.service_edit, name="service_edit"),
    path("panel/services/<int:pk>/active/", services.service_active, name="service_active"),
    path("panel/services/<int:pk>/delete/", services.service_delete, name="service_delete"),
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
    path("panel/services/extras/", extras.extra_list, name="extra_list"),
    path("panel/services/extras/add/", extras.extra_add, name="extra_add"),
    path("panel/services/extras/<int:pk>/", extras.extra_edit, name="extra_edit"),
    path("panel/services/extras/<int:pk>/active/", extras.extra_active, name="extra_active"),
    path("panel/services/extras/<int:pk>/delete/", extras.extra_delete, name="extra_delete"),
    path("panel/locations/", locations.location_list, name="location_list"),
    path("panel/locations/add/", locations.location_add, name="location_add"),
    path("panel/locations/<int:pk>/", locations.location_edit, name="location_edit"),
    path("panel/locations/<int:pk>/active/", locations.location_active, name="location_active"),
    path("panel/locations/<int:pk>/delete/", locations.location_delete, name="location_delete"),
]
