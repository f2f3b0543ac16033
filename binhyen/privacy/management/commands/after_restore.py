"""`binhyen after_restore MOMENT`: end anew what was erased or ended since the backup. `run` calls it first."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from binhyen.kit import clock
from binhyen.people.services.replaying import replay_access
from binhyen.privacy.services.replay_erasures import replay_erasures

_ACCESS = """Every sign-in and API token is ended. Ended anew: {done.locked} accounts locked, {done.moved} moved,
{done.factors} second steps removed."""
_SOME = "! {unsure} accounts have the password or the identity of before a change again: look at them on /can-bo."
_GAP = """! The notes do not reach from this backup to now: who was locked, moved or lost a second step in between is
  not known. {unsure} accounts are marked on /can-bo: look at each, lock who is to be locked (the only operator's own:
  ./dev binhyen confirm_officer NAME). Spare codes are gone, people make new ones."""


class Command(BaseCommand):
    help = "End all sessions and tokens; lock and erase anew what was locked and erased since the backup"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("made_at", help="time of the backup, ISO 8601 with offset")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made_at = dt.datetime.fromisoformat(options["made_at"])
        except ValueError as error:
            raise CommandError(f"{options['made_at']}: not a timestamp (2026-11-26T13:00:00+00:00)") from error
        if made_at.tzinfo is None:
            raise CommandError("the moment needs its offset (+00:00)")
        access = replay_access(made_at=made_at, now=clock.now())
        self.stdout.write(_ACCESS.format(done=access))
        if access.unsure:
            self.stdout.write((_SOME if access.complete else _GAP).format(unsure=access.unsure))
        done = replay_erasures(made_at=made_at, now=clock.now())
        template = "Erasures replayed: {keys} keys, {persons} persons; {over} expired rows deleted."
        self.stdout.write(template.format(**done))
