"""The tenant's host: its public page, and what its panel says about the business."""

from django.urls import path

from booking.views import categories, panel_home, public, services, staff

app_name = "booking"
urlpatterns = [
    path("", public.public_page, name="public"),
    path("panel/", panel_home.home, name="home"),
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
]
