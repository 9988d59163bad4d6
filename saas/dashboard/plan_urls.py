"""The console's Plans page, below /console/plans/. It looks at plans and tenants together, so it stands up here."""

from django.urls import path

from saas.dashboard import grid_views, plan_sending_views, plan_views

app_name = "plans"
urlpatterns = [
    path("", plan_views.plan_list, name="list"),
    path("add/", plan_views.plan_edit, name="add"),
    path("examples/<slug:name>/", grid_views.load_example, name="load_grid"),
    path("export/", grid_views.grid_export, name="export"),
    path("import/", grid_views.grid_import, name="import"),
    path("<int:pk>/", plan_views.plan_edit, name="edit"),
    path("<int:pk>/progress/", plan_views.plan_progress, name="progress"),
    path("<int:pk>/sending/", plan_sending_views.plan_sending, name="sending"),
    path("<int:pk>/retry/", plan_sending_views.plan_retry, name="retry"),
    path("<int:pk>/move/", plan_sending_views.plan_move, name="move"),
    path("<int:pk>/duplicate/", plan_views.plan_duplicate, name="duplicate"),
    path("<int:pk>/default/", plan_views.plan_set_default, name="set_default"),
    path("<int:pk>/delete/", plan_views.plan_delete, name="delete"),
]
