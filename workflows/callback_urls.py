"""What carriers of messages call, below /webhooks/messages/."""

from django.urls.resolvers import URLPattern

app_name = "message_callbacks"
urlpatterns: list[URLPattern] = []
