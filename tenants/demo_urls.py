"""Included in the demo alone."""

from django.urls import path

from tenants import demo_views

app_name = "demo"
urlpatterns = [
    path("mail/", demo_views.mailbox, name="mailbox"),
    path("mail/<slug:key>/", demo_views.mail, name="mail"),
]
