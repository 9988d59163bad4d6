"""`manage.py reconcile`: whether the ledger, the payments, the subscriptions and the gateways tell the same."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.services.reconciliation import reconciling as reconciliation
from billing.services.reconciliation.reconciling import LOOK_BACK, Report
from saas.core import clock

MOST_DAYS = 400


class Command(BaseCommand):
    help = (
        "Compares balances with their movements, payments with what they did, and all of it with the gateways. "
        "Changes nothing. Exits with 0 where everything agrees, 1 where something differs, 2 for a wrong question."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=LOOK_BACK.days, metavar="N",
            help="How many days back payments are compared with the gateways’ (%(default)s).",
        )  # fmt: skip
        parser.add_argument("--local", action="store_true", help="Ask no gateway.")

    def handle(self, *args: Any, days: int, local: bool, **options: Any) -> None:
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"Give from 1 to {MOST_DAYS} days.", returncode=2)
        now = clock.now()
        report = reconciliation.reconcile(
            now, now - timedelta(days=days), is_local=local, tell=self._tell
        )
        reconciliation.keep(report)
        self._say(report)
        if report.findings:
            raise SystemExit(1)

    def _tell(self, words: str) -> None:
        self.stderr.write(f"{words} …")

    def _say(self, report: Report) -> None:
        for number, finding in enumerate(report.findings, 1):
            self.stdout.write(f"{number}. {finding.kind}: {finding.text}")
        count = len(report.findings)
        said = f"{count} difference{'' if count == 1 else 's'}" if count else "No difference"
        what = "Gateways were not asked." if report.is_local else "Gateways were asked."
        self.stdout.write(f"{said}, in {report.took / 1000:.1f} s. {what}")
