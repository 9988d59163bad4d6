"""What a tenant has sent, below /panel/messages/."""

from django.urls import path

from workflows.panel import message_views as views

app_name = "messages"
urlpatterns = [
    path("", views.message_list, name="list"),
    path("messages.csv", views.message_file, name="file"),
    path("settings/", views.settings, name="settings"),
    path("<int:pk>/", views.message, name="message"),
    path("held/<slug:channel>/send/", views.send, name="send"),
    path("held/<slug:channel>/discard/", views.discard, name="discard"),
]
