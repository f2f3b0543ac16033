"""Command `link_identity USERNAME SUBJECT`: link an officer to the identity service's SUBJECT. `--unlink`
removes it.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.people.services import end_all_sessions, get_audit_actor
from binhyen.people.services.changes import note_subject


class Command(BaseCommand):
    help = "Let an officer sign in through the identity service (BINHYEN_OIDC_ISSUER). Ends the officer's sessions."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("subject", nargs="?", default="", help="the `sub` of the service for this person")
        parser.add_argument("--unlink", action="store_true")

    def handle(self, *args: Any, username: str, subject: str, unlink: bool, **options: Any) -> None:
        if bool(subject) == unlink:
            raise CommandError("Give a subject, or --unlink.")
        now = clock.now()
        try:
            with transaction.atomic():
                officer = Officer.objects.select_for_update().filter(username=username).first()
                if officer is None:
                    raise CommandError(f"No officer is called {username}.")
                officer.subject = subject or None
                officer.save(update_fields=["subject"])
                note_subject(officer, now=now)
                detail = {"linked": bool(subject), "ended": end_all_sessions(officer, now=now)}
                act = AuditAction(
                    "system:link_identity", "identity_linked", get_audit_actor(officer), officer.unit_id, detail
                )
                record_actions([act], now=now)
        except IntegrityError as taken:
            raise CommandError("Another officer is linked to this subject.") from taken
