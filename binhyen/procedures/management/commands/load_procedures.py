"""Command `load_procedures [--approve-as USERNAME]`: propose the shipped library; idempotent, runs at every start."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.procedures import queries, services


class Command(BaseCommand):
    requires_system_checks = ()  # it runs at every start and uses no page
    help = "Propose the shipped procedures to the province; --approve-as lets an officer of the demo approve them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--approve-as", default="", help="username of the approving officer")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        count = services.load_shipped_procedures(now=now)
        officer = Officer.objects.filter(username=options["approve_as"]).first() if options["approve_as"] else None
        for row in queries.list_awaiting_approval(officer):
            assert officer is not None
            if row.shipped_revision is not None:
                services.approve_procedure(public_id=row.public_id, officer=officer, now=now)
        self.stdout.write(f"procedures +{count}")
