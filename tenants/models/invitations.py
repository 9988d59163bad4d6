"""Who has been asked to join a business."""

import secrets
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tenants.models.businesses import Role, Tenant
from tenants.models.users import User


def new_nonce() -> str:
    """What tells one mailed link from the next, 22 characters."""
    return secrets.token_urlsafe(16)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor withdrawn; its link may have run out."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)


class Invitation(models.Model):
    """A login in the making: whoever reads the mail at `email` may join `tenant` as `role`.

    The link in the mail is signed and names `nonce`: a new mail has a new one, so that the older link is dead.
    `staff_id` is the plain id of a row in the tenant's schema that becomes theirs.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=7, choices=Role.choices)
    staff_id = models.BigIntegerField(null=True, blank=True)
    nonce = models.CharField(max_length=43, default=new_nonce, editable=False)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    good_until = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                name="invitation_open_once",
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="invitation_email_lower_case", condition=Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="invitation_has_one_end",
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.get_role_display()}"

    def is_good(self, now: datetime) -> bool:
        """Whether its link still opens the door."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.good_until
