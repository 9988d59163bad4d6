"""A tenant's workflows, below /panel/workflows/."""

from django.urls.resolvers import URLPattern

app_name = "workflows"
urlpatterns: list[URLPattern] = []
