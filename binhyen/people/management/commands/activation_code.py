"""Command `activation_code USERNAME [--reset]` for an officer without a second person to help, e.g. the only
operator.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.people.queries import get_usable_factors
from binhyen.people.services import end_all_sessions, get_audit_actor
from binhyen.people.services.activation import create_activation_code
from binhyen.people.services.factors import delete_all_factors

_ACTOR = "system:activation_code"


class Command(BaseCommand):
    help = "Print a one-time code to enrol the first second factor. --reset deletes the present factors."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reset", action="store_true", help="factors are lost: delete them, end all sessions")

    @transaction.atomic
    def handle(self, *args: Any, username: str, reset: bool, **options: Any) -> None:
        officer = Officer.objects.select_for_update().filter(username=username, is_active=True).first()
        if officer is None:
            raise CommandError(f"No active officer is called {username}.")
        now = clock.now()
        if reset:
            detail = {"factors": delete_all_factors(officer), "ended": end_all_sessions(officer, now=now)}
            record_actions(
                [AuditAction(_ACTOR, "factors_reset", get_audit_actor(officer), officer.unit_id, detail)], now=now
            )
        elif get_usable_factors(officer):
            raise CommandError("This officer has a second factor. If it is lost: --reset")
        self.stdout.write(create_activation_code(officer=officer, actor=_ACTOR, now=now))
