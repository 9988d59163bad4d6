"""What a tenant has sent, below /panel/messages/."""

from django.urls.resolvers import URLPattern

app_name = "messages"
urlpatterns: list[URLPattern] = []
