"""The console's Tenants pages, below /console/tenants/."""

from django.urls import path

from tenants import console_actions as actions
from tenants import console_views as views

app_name = "tenants_console"
urlpatterns = [
    path("", views.tenant_list, name="list"),
    path("add/", views.tenant_add, name="add"),
    path("move/", actions.move, name="move"),
    path("<int:pk>/", views.tenant_page, name="tenant"),
    path("<int:pk>/edit/", views.tenant_edit, name="edit"),
    path("<int:pk>/fit/", views.fit, name="fit"),
    path("<int:pk>/deactivate/", actions.deactivate, name="deactivate"),
    path("<int:pk>/reactivate/", actions.reactivate, name="reactivate"),
    path("<int:pk>/limits/", actions.override_limit, name="override_limit"),
    path("<int:pk>/features/", actions.override_feature, name="override_feature"),
    path("<int:pk>/overrides/<int:override_pk>/end/", actions.override_end, name="override_end"),
    path("<int:pk>/impersonate/", actions.impersonate, name="impersonate"),
    path("<int:pk>/impersonate/note/", actions.impersonation_note, name="impersonation_note"),
]
