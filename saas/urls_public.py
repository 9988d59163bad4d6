"""The platform host: landing, sign-up, login, account, console, and what payment companies call."""

from django.apps import apps
from django.conf import settings
from django.urls import include, path

from plans.views import plan_colors

handler400 = "saas.core.views.bad_request"
handler403 = "saas.core.views.permission_denied"
handler404 = "saas.core.views.not_found"
handler500 = "saas.core.views.server_error"

urlpatterns = [
    path("", include("tenants.public_urls")),
    path("", include("allauth.account.urls")),
    path("two-factor/", include("allauth.mfa.urls")),
    path("plan-colors.css", plan_colors, name="plan_colors"),
    path("console/", include("saas.dashboard.urls")),
    path("console/plans/", include("saas.dashboard.plan_urls")),
    path("console/tenants/", include("tenants.console_urls")),
    path("console/settings/payments/", include("billing.console.settings_urls")),
    path("console/settings/channels/", include("workflows.console.channel_urls")),
    path("console/workflows/", include("workflows.console.workflow_urls")),
    path("console/payments/events/", include("billing.console.event_urls")),
    path("console/payments/renewals/", include("billing.console.renewal_urls")),
    path("console/payments/", include("billing.console.desk_urls")),
    path("webhooks/messages/", include("workflows.callback_urls")),
    path("webhooks/", include("billing.webhook_urls")),
]
if apps.is_installed("credits"):
    urlpatterns += [path("console/", include("credits.console.urls"))]
if settings.DEMO:
    urlpatterns += [
        path("demo/", include("tenants.demo_urls")),
        path("demo/", include("workflows.demo_urls")),
    ]
