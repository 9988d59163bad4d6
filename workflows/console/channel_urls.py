"""Settings → Channels, below /console/settings/channels/."""

from django.urls.resolvers import URLPattern

app_name = "channel_settings"
urlpatterns: list[URLPattern] = []
