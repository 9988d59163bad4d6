"""Included in the demo alone."""

from django.urls import path

from workflows.demo_views import phone

app_name = "message_demo"
urlpatterns = [path("phone/", phone, name="phone")]
