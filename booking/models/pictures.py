"""Pictures that a business shows. They are its data: kept in its schema, exported and deleted with it."""

from django.db import models
from django.db.models import Q

MAX_SIDE = 4096


class Picture(models.Model):
    """A picture as it was encoded anew by us. `digest` (SHA-256, hex) is its address, so it can be cached for good."""

    content = models.BinaryField()
    content_type = models.CharField(max_length=20)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="picture_size_in_range",
                condition=Q(width__range=(1, MAX_SIDE), height__range=(1, MAX_SIDE)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"
