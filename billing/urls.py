"""The tenant's own plan, below /panel/billing/."""

from django.urls import path

from billing.panel import money_urls
from billing.panel.views import choosing, overview, paying, renewal

app_name = "billing"
urlpatterns = [
    path("", overview.billing, name="billing"),
    path("current-plan/", overview.current_plan, name="current_plan"),
    path("cycle/", overview.cycle, name="cycle"),
    path("choose/<int:plan_id>/", choosing.choose, name="choose"),
    path("payments/<str:reference>/", paying.payment, name="payment"),
    path("payments/<str:reference>/pay/", paying.pay, name="pay"),
    path("payments/<str:reference>/give-up/", paying.give_up, name="give_up"),
    path("cancel/", renewal.cancel, name="cancel"),
    path("resume/", renewal.resume, name="resume"),
    path("card/", renewal.card, name="card"),
    *money_urls.urlpatterns,
]
