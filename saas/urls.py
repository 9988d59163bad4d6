"""A tenant's own host: its public page, the way in, and the panel."""

from django.apps import apps
from django.urls import include, path

from plans.views import plan_colors

handler400 = "saas.core.views.bad_request"
handler403 = "saas.core.views.permission_denied"
handler404 = "saas.core.views.not_found"
handler500 = "saas.core.views.server_error"

urlpatterns = [
    path("", include("tenants.urls")),
    path("", include("booking.urls")),
    path("panel/team/", include("tenants.team_urls")),
    path("panel/billing/", include("billing.urls")),
    path("panel/workflows/", include("workflows.urls")),
    path("panel/messages/", include("workflows.message_urls")),
    path("stop/", include("workflows.stop_urls")),
    path("plan-colors.css", plan_colors, name="plan_colors"),
]
if apps.is_installed("credits"):
    urlpatterns += [path("panel/billing/", include("credits.urls"))]
