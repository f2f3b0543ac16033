"""Command `demo_people`: create the demo accounts and print them. Requires BINHYEN_DEMO=1."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from binhyen.demo.people import NotADemoError, create_demo_people
from binhyen.kit import clock
from binhyen.people.demo import DEMO_PASSWORD, list_demo_accounts


class Command(BaseCommand):
    help = "Create demo officers with a known password; only in a demonstration (BINHYEN_DEMO=1)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            create_demo_people(now=clock.now())
        except NotADemoError as refused:
            raise CommandError(str(refused)) from refused
        for account in list_demo_accounts():
            self.stdout.write(f"{account.username:<20} {account.role_label:<24} {account.unit:<28} {account.name}")
        self.stdout.write(f"Mật khẩu chung: {DEMO_PASSWORD}")
