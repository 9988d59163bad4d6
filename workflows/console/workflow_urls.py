"""The platform's own workflows, below /console/workflows/."""

from django.urls import path

from workflows.console import workflow_views

app_name = "platform_workflows"
urlpatterns = [
    path("", workflow_views.workflow_list, name="list"),
    path("add/", workflow_views.add, name="add"),
    path("start/<slug:key>/", workflow_views.start, name="start"),
    path("<int:pk>/", workflow_views.edit, name="edit"),
    path("<int:pk>/active/", workflow_views.active, name="active"),
    path("<int:pk>/duplicate/", workflow_views.duplicate, name="duplicate"),
    path("<int:pk>/delete/", workflow_views.delete, name="delete"),
    path("<int:pk>/log/", workflow_views.run_log, name="log"),
]
