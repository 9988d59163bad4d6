"""The tenant's own plan, below /panel/billing/."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("", views.billing, name="billing"),
    path("current-plan/", views.current_plan, name="current_plan"),
    path("cycle/", views.cycle, name="cycle"),
    path("choose/<int:plan_id>/", views.choose, name="choose"),
]
