"""Command `simulate [--seed N] [--scale X]`: fill an empty demonstration with a year of the province."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from binhyen.kit import clock
from binhyen.stats.simulate.write import RegisterNotEmpty, simulate_year

MAX_SCALE = 100.0


class Command(BaseCommand):
    help = "Fill an empty demonstration (BINHYEN_DEMO=1) with a year of Hà Tĩnh, the same for the same seed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=19, help="seed of the generator")
        parser.add_argument("--scale", type=float, default=1.0, help="traffic times this number, up to 100")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if the register has cases")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Not a demonstration: made-up cases must not mix with real ones. Set BINHYEN_DEMO=1.")
        if not 0 < options["scale"] <= MAX_SCALE:
            raise CommandError(f"--scale is a number above 0, up to {MAX_SCALE:g}.")
        started = time.monotonic()
        try:
            counts = simulate_year(seed=options["seed"], scale=options["scale"], until=clock.now())
        except RegisterNotEmpty:
            if options["if_empty"]:
                return
            raise CommandError("The register already has cases or messages. Start with ./dev demo --fresh.") from None
        numbers = ", ".join(f"{name} {count}" for name, count in counts.items())
        self.stdout.write(f"{numbers}; {time.monotonic() - started:.0f} s")
