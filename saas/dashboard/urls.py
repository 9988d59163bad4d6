"""The console's own pages, below /console/ on the platform host."""

from django.conf import settings
from django.urls import path

from saas.dashboard import audit_views, clock_views, explain_views, views

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("settings/", views.settings, name="settings"),
    path("audit/", audit_views.audit_log, name="audit"),
    path("audit/export/", audit_views.audit_export, name="audit_export"),
    path("why/", explain_views.why, name="why"),
    path("style-guide/", views.style_guide, name="style_guide"),
]
if settings.DEMO:
    urlpatterns.append(path("clock/", clock_views.demo_clock, name="clock"))
