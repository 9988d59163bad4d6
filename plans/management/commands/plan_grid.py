"""`manage.py plan_grid export FILE` and `manage.py plan_grid import FILE`: all plans as one file."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from plans.grid_export import export_grid
from plans.grid_files import read_grid
from plans.grid_syntax import GridError
from plans.models import PlatformSettings
from plans.services.grids import GridDiff, PlansChanged, Step, apply_grid, compare


class Command(BaseCommand):
    help = "Writes all plans to a YAML file, or brings the plans to what a file says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["export", "import"])
        parser.add_argument("file", help="path of the file; - for the terminal")
        parser.add_argument("--yes", action="store_true", help="import without asking")

    def handle(self, *args: Any, action: str, file: str, yes: bool = False, **options: Any) -> None:
        if action == "export":
            self._export(file)
        else:
            self._import(file, is_sure=yes)

    def _export(self, file: str) -> None:
        text = export_grid()
        if file == "-":
            self.stdout.write(text)
            return
        try:
            Path(file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(str(error)) from None

    def _import(self, file: str, *, is_sure: bool) -> None:
        try:
            source = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            grid = read_grid(Path(file).name, source, PlatformSettings.load().currency)
            diff = compare(grid)
            self._tell(diff)
            if diff.is_empty or not (is_sure or self._is_agreed(file)):
                return
            apply_grid(grid, seen=diff.token)
        except (GridError, PlansChanged, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Applied.")

    def _tell(self, diff: GridDiff) -> None:
        for step in diff.added:
            self.stdout.write(f"+ {step.after.name}")
        for step in diff.changed:
            self._tell_change(step)
        for step in diff.untouched:
            self.stdout.write(f"  {step.after.name}: as it is")
        for name in diff.others:
            self.stdout.write(f"  {name}: not in the file, stays")
        for label, choice in (("Default plan", diff.default), ("Expired plan", diff.expired)):
            if choice:
                self.stdout.write(f"~ {label}: {choice.before or '-'} -> {choice.after}")

    def _tell_change(self, step: Step) -> None:
        reach = f" ({step.tenants} tenants notice)" if step.affects_tenants else ""
        self.stdout.write(f"~ {step.after.name}{reach}")
        for name, (before, after) in step.changes.items():
            self.stdout.write(f"    {name}: {before} -> {after}")

    @staticmethod
    def _is_agreed(file: str) -> bool:
        if file == "-" or not sys.stdin.isatty():
            raise CommandError("Nothing is applied. Say --yes to apply this without being asked.")
        return input("Apply? [y/N] ").strip().lower() in {"y", "yes"}
