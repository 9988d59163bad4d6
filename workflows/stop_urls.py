"""Where a recipient asks for no more messages, below /stop/ on a tenant's host."""

from django.urls.resolvers import URLPattern

app_name = "stop_messages"
urlpatterns: list[URLPattern] = []
