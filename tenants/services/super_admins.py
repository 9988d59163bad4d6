"""Who runs the platform."""

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from tenants.models import User


@transaction.atomic
def create_super_admin(email: str, password: str, *, name: str) -> User:
    """A login for the console, its e-mail taken as confirmed. An existing login becomes super admin.

    The password of an existing login stays. Raises ValidationError when a new one is too weak.
    """
    user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
    if user is None:
        validate_password(password, User(email=email, name=name))
        user = User.objects.create_user(email, password, name=name)
    user.is_super_admin = True
    user.save(update_fields=["is_super_admin"])
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )  # fmt: skip
    return user
