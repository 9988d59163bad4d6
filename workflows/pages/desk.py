"""Whose workflows are on the screen: a tenant's in its panel, or the platform's own in the console."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from tenants.models import Tenant
from workflows.models import Workflow
from workflows.services import rules


@dataclass(frozen=True)
class Desk:
    """`tenant` is None in the console."""

    tenant: Tenant | None

    @classmethod
    def of(cls, request: HttpRequest) -> "Desk":
        return cls(getattr(request, "tenant", None))

    @property
    def shell(self) -> str:
        return "panel_base.html" if self.tenant else "console_base.html"

    def url(self, page: str, *args: int | str) -> str:
        space = "workflows" if self.tenant else "platform_workflows"
        return reverse(f"{space}:{page}", args=args)

    @property
    def list_url(self) -> str:
        return self.url("list")

    @property
    def add_url(self) -> str:
        return self.url("add")

    @property
    def workflows(self) -> QuerySet[Workflow]:
        return Workflow.objects.filter(tenant=self.tenant)

    def find(self, pk: int) -> Workflow:
        """Raises NotHere for one of somebody else."""
        return rules.find(self.tenant, pk)
