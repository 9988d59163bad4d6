"""The console's Plans page, below /console/plans/."""

from django.urls import path

from plans import console_views as views

app_name = "plans"
urlpatterns = [
    path("", views.plan_list, name="list"),
    path("add/", views.plan_edit, name="add"),
    path("examples/<slug:name>/", views.plan_load_grid, name="load_grid"),
    path("<int:pk>/", views.plan_edit, name="edit"),
    path("<int:pk>/duplicate/", views.plan_duplicate, name="duplicate"),
    path("<int:pk>/default/", views.plan_set_default, name="set_default"),
    path("<int:pk>/delete/", views.plan_delete, name="delete"),
]
