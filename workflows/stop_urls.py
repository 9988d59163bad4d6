"""Where a recipient asks for no more messages, below /stop/ on a tenant's host."""

from django.urls import path

from workflows.stop_views import stop

app_name = "stop_messages"
urlpatterns = [path("<str:token>/", stop, name="stop")]
