"""The platform's host, for people. Stands before allauth's own URLs, so what is named here wins."""

from django.urls import path, re_path

from tenants import account_views, invitation_views, public_views

app_name = "tenants_public"
urlpatterns = [
    path("", public_views.landing, name="landing"),
    path("signup/", public_views.sign_up, name="signup"),
    path("signup/address/", public_views.address, name="address"),
    path("signup/resend/", public_views.resend, name="resend"),
    path("signup/start-over/", public_views.start_over, name="start_over"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", public_views.confirm_email, name="confirm_email"),
    path("enter/<slug:slug>/", public_views.enter, name="enter"),
    path("leave/", public_views.leave, name="leave"),
    re_path(r"^invitations/(?P<token>[-:\w]+)/$", invitation_views.invitation, name="invitation"),
    path("businesses/", account_views.businesses, name="businesses"),
    path("businesses/new/", account_views.new_business, name="new_business"),
    path("account/", account_views.account, name="account"),
    path("account/name/", account_views.name, name="name"),
    path("account/end-sessions/", account_views.end_sessions, name="end_sessions"),
]
