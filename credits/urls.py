"""A tenant's credits, below /panel/billing/."""

from django.urls import path

from credits.panel import recharge_views, views

app_name = "credits"
urlpatterns = [
    path("top-up/<slug:channel>/", views.top_up, name="top_up"),
    path("credits/<slug:channel>/", views.history, name="history"),
    path("credits/<slug:channel>/credits.csv", views.history_file, name="history_file"),
    path("credits/<slug:channel>/warning/", views.warning, name="warning"),
    path("credits/<slug:channel>/recharge/", recharge_views.recharge, name="recharge"),
    path("credits/<slug:channel>/recharge/off/", recharge_views.recharge_off, name="recharge_off"),
]
