"""The console's Payment events, below /console/payments/events/ on the platform host."""

from django.urls import path

from billing.console import event_views

app_name = "payment_events"
urlpatterns = [
    path("", event_views.event_list, name="list"),
    path("<int:pk>/", event_views.event, name="event"),
    path("<int:pk>/replay/", event_views.replay, name="replay"),
]
