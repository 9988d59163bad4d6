"""Settings → Channels, below /console/settings/channels/."""

from django.urls import path

from workflows.console import channel_views as views

app_name = "console_channels"
urlpatterns = [
    path("", views.channels, name="channels"),
    path("whatsapp/texts/add/", views.add_template, name="template_add"),
    path("whatsapp/texts/<int:pk>/", views.template, name="template"),
    path("whatsapp/texts/<int:pk>/delete/", views.delete_template, name="template_delete"),
    path("<slug:channel>/", views.channel, name="channel"),
    path("<slug:channel>/test/", views.test, name="test"),
]
