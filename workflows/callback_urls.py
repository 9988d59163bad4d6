"""What carriers of messages call, below /webhooks/messages/ on the platform host."""

from django.urls import path

from workflows import callback_views

app_name = "message_callbacks"
urlpatterns = [path("<slug:driver>/", callback_views.call, name="call")]
