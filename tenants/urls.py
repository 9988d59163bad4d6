"""A tenant's host: the way in and out."""

from django.urls import path

from tenants import views

app_name = "tenants"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("handoff/", views.enter, name="handoff"),
    path("logout/", views.logout, name="logout"),
]
