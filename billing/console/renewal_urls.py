"""The console's Renewals, below /console/payments/renewals/ on the platform host."""

from django.urls import path

from billing.console import renewal_views

app_name = "renewals"
urlpatterns = [path("", renewal_views.renewals, name="list")]
