"""The platform's own workflows, below /console/workflows/."""

from django.urls.resolvers import URLPattern

app_name = "platform_workflows"
urlpatterns: list[URLPattern] = []
