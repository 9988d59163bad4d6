"""`manage.py explain salon-aurora staff.add`: why a tenant may or may not do something."""

import difflib
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saas.core import clock
from tenants.models import Tenant
from tenants.services.explaining import Explanation, UnknownQuestion, explain

MARKS = {True: "✓", False: "✗", None: "·"}


class Command(BaseCommand):
    help = "Says step by step why a tenant may or may not do something. Exits with 0 for yes, 1 for no, 2 for unknown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="The address of the business, such as salon-aurora.")
        parser.add_argument(
            "key", help="A feature or a limit, such as staff.add, staff or capability:staff."
        )

    def handle(self, *args: Any, tenant: str, key: str, **options: Any) -> None:
        found = Tenant.objects.select_related("plan").filter(slug=tenant).first()
        if found is None:
            raise CommandError(unknown_tenant(tenant), returncode=2)
        try:
            explanation = explain(found, key, clock.now())
        except UnknownQuestion as error:
            raise CommandError(str(error), returncode=2) from None
        self._say(explanation)
        if not explanation.allowed:
            raise SystemExit(1)

    def _say(self, explanation: Explanation) -> None:
        for step in explanation.steps:
            self.stdout.write(f"{MARKS[step.ok]} {step.title}")
            if step.detail:
                self.stdout.write(f"    {step.detail}")
        self.stdout.write("")
        self.stdout.write(f"{explanation.verdict} {explanation.advice}".strip())


def unknown_tenant(slug: str) -> str:
    slugs = Tenant.objects.values_list("slug", flat=True)
    nearest = difflib.get_close_matches(slug, slugs, n=1)
    said = f"There is no business at “{slug}”."
    return f"{said} Did you mean “{nearest[0]}”?" if nearest else said
