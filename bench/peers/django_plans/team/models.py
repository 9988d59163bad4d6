"""What the peer's plan counts."""

from django.conf import settings
from django.db import models


class Staff(models.Model):
    # no constraint: an app without migrations gets its tables before the one that it refers to
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_constraint=False)
    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name
