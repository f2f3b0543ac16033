"""Command `demo_keys`: keys for the demo's custodians and handlers. Refuses unless BINHYEN_DEMO=1."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from binhyen.demo.keys import create_demo_keys, destroy_first_keys
from binhyen.demo.people import NotADemoError
from binhyen.kit import clock
from binhyen.vault.key_wrapping import DEMO_PASSPHRASE


class Command(BaseCommand):
    help = "Keys with a known passphrase for the demo's people; only in a demonstration (BINHYEN_DEMO=1)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            create_demo_keys(now=clock.now())
        except NotADemoError as refused:
            raise CommandError(str(refused)) from refused
        destroy_first_keys(now=clock.now())
        self.stdout.write(f"Cụm mật khẩu chung của khóa riêng: {DEMO_PASSPHRASE}")
