"""`confirm_officer USERNAME`: confirm an account that a restore left, such as the only operator's."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.people.services import get_audit_actor


class Command(BaseCommand):
    help = "Say that an account is right as a restore left it. Others are confirmed on /can-bo."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    @transaction.atomic
    def handle(self, *args: Any, username: str, **options: Any) -> None:
        officer = Officer.objects.select_for_update().filter(username=username, unsure_since__isnull=False).first()
        if officer is None:
            raise CommandError(f"No account called {username} waits to be confirmed.")
        officer.unsure_since = None
        officer.save(update_fields=["unsure_since"])
        act = AuditAction("system:confirm_officer", "officer_confirmed", get_audit_actor(officer), officer.unit_id)
        record_actions([act], now=clock.now())
