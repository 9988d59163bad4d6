"""`manage.py expire`: the sweep of what has run out, here and now; with --dry-run, only what it would do."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.console.renewal_words import LABELS, ForecastWords, Row, instant
from billing.services.expiry.forecast import forecast
from billing.services.expiry.sweeping import sweep
from saas.core import clock

SLICE = 1000
MOST_DAYS = 366


class Command(BaseCommand):
    help = (
        "Renews, moves or lapses every tenant whose paid time is over. Exits with 1 when some could not be handled: "
        "they are tried again later. With --dry-run nothing is changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument(
            "--days", type=int, help="with --dry-run: who is due within so many days"
        )

    def handle(
        self, *args: Any, dry_run: bool = False, days: int | None = None, **options: Any
    ) -> None:
        if days is not None and (not dry_run or not 0 <= days <= MOST_DAYS):
            raise CommandError(
                f"--days belongs to --dry-run, and is a number from 0 to {MOST_DAYS}."
            )
        if dry_run:
            self._tell(ForecastWords(forecast(clock.now(), days or 0)))
        elif failed := self._sweep():
            raise CommandError(f"{failed} could not be handled; the log says why.", returncode=1)

    def _sweep(self) -> int:
        """Everything that is due; how many failed."""
        failed, now = 0, clock.now()
        while True:
            swept = sweep(now, at_most=SLICE)
            failed += swept.failed
            for step, count in sorted(swept.steps.items()):
                self.stdout.write(f"{count:>6}  {LABELS[step]}")
            if not swept.has_more:
                break
        return failed

    def _tell(self, words: ForecastWords) -> None:
        for label, count, more in words.totals:
            self.stdout.write(f"{count:>6}  {label} ({more})")
        if words.unseen:
            self.stdout.write(words.unseen)
        for row in words.rows:
            self._tell_row(row)
        if words.not_shown:
            self.stdout.write(f"… and {words.not_shown} more")

    def _tell_row(self, row: Row) -> None:
        head = f"{instant(row.prospect.at)}  {row.tenant}"
        self.stdout.write(f"\n{head}\n    {row.label}: {row.sentence}")
        for fit in row.prospect.pauses:
            self.stdout.write(f"    Paused, {fit.limit.label}: {', '.join(fit.pause)}")
        if row.trouble:
            self.stdout.write(f"    {row.trouble}")
