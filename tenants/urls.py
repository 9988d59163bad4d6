"""A tenant's host: the way in and out."""

from django.urls import path

from tenants import impersonation_views, views

app_name = "tenants"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("handoff/", views.enter, name="handoff"),
    path("logout/", views.logout, name="logout"),
    path("impersonation/", impersonation_views.begin, name="impersonation"),
    path("impersonation/enter/", impersonation_views.enter, name="impersonation_enter"),
    path("impersonation/leave/", impersonation_views.leave, name="impersonation_leave"),
]
