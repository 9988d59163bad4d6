"""The link by which somebody without a password chooses one: allauth's own for a forgotten password."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from tenants.models import User


def set_password_url(user: User) -> str:
    """A path on the platform's host that works once, for as many days as any reset of a password."""
    keys = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=keys)
