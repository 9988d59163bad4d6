"""The addresses that payment companies are given, below /webhooks/ on the platform host."""

from django.urls import path

from billing import webhook_views

urlpatterns = [path("<slug:gateway>/", webhook_views.receive, name="webhook")]
