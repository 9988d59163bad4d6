"""Who logs in to a business, below /panel/team/."""

from django.urls import path

from tenants import team_views as views

app_name = "team"
urlpatterns = [
    path("", views.team, name="list"),
    path("roles/", views.roles, name="roles"),
    path("invite/", views.invite, name="invite"),
    path("<int:pk>/role/", views.role, name="role"),
    path("<int:pk>/deactivate/", views.deactivate, name="deactivate"),
    path("<int:pk>/reactivate/", views.reactivate, name="reactivate"),
    path("<int:pk>/hand-over/", views.hand_over, name="hand_over"),
    path("invitations/<int:pk>/send/", views.send_again, name="send_again"),
    path("invitations/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
