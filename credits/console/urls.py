"""The console about credits, below /console/ on the platform host."""

from django.urls import path

from credits.console import figure_views as figures
from credits.console import pack_views as packs
from credits.console import tenant_views as tenants

app_name = "credits_console"
urlpatterns = [
    path("top-up-plans/", packs.pack_list, name="packs"),
    path("top-up-plans/add/", packs.pack_add, name="pack_add"),
    path("top-up-plans/<int:pk>/", packs.pack_edit, name="pack_edit"),
    path("top-up-plans/<int:pk>/duplicate/", packs.pack_duplicate, name="pack_duplicate"),
    path("top-up-plans/<int:pk>/delete/", packs.pack_delete, name="pack_delete"),
    path("credits/", figures.figures, name="figures"),
    path("credits/unused.csv", figures.liability_file, name="liability_file"),
    path("credits/revenue.csv", figures.revenue_file, name="revenue_file"),
    path("credits/<int:pk>/<slug:channel>/", tenants.ledger, name="ledger"),
    path("credits/<int:pk>/<slug:channel>/correct/", tenants.correct, name="correct"),
]
