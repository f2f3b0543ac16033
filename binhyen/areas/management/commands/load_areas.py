"""Command `load_areas [--demo] [--folder F]`: load administrative units and police units; idempotent, runs at every
start.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from binhyen.areas.loading import DATA, load_areas
from binhyen.areas.rules.history import RowRejected
from binhyen.kit import clock


class Command(BaseCommand):
    requires_system_checks = ()  # it runs at every start and uses no page
    help = "Load administrative units over time, successions and police units; --demo adds fictitious villages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="also add about 28 fictitious villages a commune")
        parser.add_argument("--folder", type=Path, default=DATA, help="folder with the unit files")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_areas(now=clock.now(), folder=options["folder"], demo=options["demo"])
        except RowRejected as refused:
            raise CommandError(f"Rejected, nothing was written. {refused}") from refused
        area_rows = loaded.written
        self.stdout.write(
            f"areas +{area_rows.areas}, versions +{area_rows.versions}, corrected {area_rows.corrected}, "
            f"successions +{area_rows.successions}, "
            f"units {loaded.units}, demo villages +{loaded.villages}"
            if loaded.has_changes
            else "Nothing to change."
        )
