"""Logins."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


def initials(name: str) -> str:
    """Up to two capital letters for `name`: “Salon Aurora” gives SA."""
    words = name.split()
    return (
        "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper() if words else "?"
    )


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A login. Deactivated, never deleted: rows of tenants refer to it without a database constraint."""

    email = models.EmailField(_("E-mail"), max_length=254, unique=True)
    name = models.CharField(_("Your name"), max_length=80)
    is_active = models.BooleanField(default=True)
    is_super_admin = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    session_epoch = models.PositiveIntegerField(default=0)
    """Part of what a session is checked against: one more ends all sessions on all hosts."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_email_lower_case", condition=models.Q(email=Lower("email"))
            )
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, with the epoch beside the password; it serves the fallback keys too."""
        value = f"{self.password}:{self.session_epoch}"
        return salted_hmac(
            "tenants.User.session", value, secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def initials(self) -> str:
        return initials(self.name or self.email)


class UsedHandoff(models.Model):
    """A hand-off token that has been used; its primary key is what makes a second use impossible."""

    nonce = models.CharField(max_length=43, primary_key=True)
    used_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["used_at"])]

    def __str__(self) -> str:
        return self.nonce
