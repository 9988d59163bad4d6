"""The console's Settings → Payments, below /console/settings/payments/ on the platform host."""

from django.urls import path

from billing.console import settings_views as views

app_name = "payment_settings"
urlpatterns = [
    path("", views.payments, name="list"),
    path("<slug:key>/", views.gateway, name="gateway"),
    path("<slug:key>/test/", views.test, name="test"),
    path("<slug:key>/mode/<slug:environment>/", views.switch, name="switch"),
    path("<slug:key>/keys/<slug:environment>/remove/", views.remove, name="remove"),
]
