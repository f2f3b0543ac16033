"""`load_areas [--demo] [--folder F]`: administrative units and police units; safe to run at every start."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from binhyen.areas.loading import DATA, load_areas
from binhyen.areas.rules.history import Refused
from binhyen.kit import clock


class Command(BaseCommand):
    requires_system_checks = ()  # it runs at every start and touches no page
    help = "Load administrative units over time, successions and police units; --demo adds made-up villages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="also make up about 28 villages a commune")
        parser.add_argument("--folder", type=Path, default=DATA, help="folder with the unit files")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_areas(now=clock.now(), folder=options["folder"], demo=options["demo"])
        except Refused as refused:
            raise CommandError(f"Refused, nothing was written. {refused}") from refused
        w = loaded.written
        self.stdout.write(
            f"areas +{w.areas}, versions +{w.versions}, corrected {w.corrected}, successions +{w.successions}, "
            f"units {loaded.units}, demo villages +{loaded.villages}"
            if loaded.anything
            else "Nothing to change."
        )
