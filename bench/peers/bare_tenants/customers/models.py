"""Tenants, as the documentation of django-tenants makes them."""

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Client(TenantMixin):
    name = models.CharField(max_length=100)
    auto_create_schema = False  # made by prepare.py, which keeps it quiet

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    pass
