"""Command `binhyen after_restore MOMENT`: replay erasures since the backup. `run` calls it before it opens."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from binhyen.kit import clock
from binhyen.privacy.services.again import erase_again


class Command(BaseCommand):
    help = "Replay the erasures made since the restored backup"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("made_at", help="time of the backup, ISO 8601 with offset")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made_at = dt.datetime.fromisoformat(options["made_at"])
        except ValueError as error:
            raise CommandError(f"{options['made_at']}: not a timestamp (2026-11-26T13:00:00+00:00)") from error
        if made_at.tzinfo is None:
            raise CommandError("the timestamp needs its offset (+00:00)")
        done = erase_again(made_at=made_at, now=clock.now())
        told = "Erasures replayed: {keys} keys, {persons} persons; {over} expired rows deleted."
        self.stdout.write(told.format(**done))
