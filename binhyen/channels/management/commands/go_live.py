"""`binhyen go_live`: make a restored copy the installation; its channels send again."""

from typing import Any

from django.core.management.base import BaseCommand

from binhyen.channels.services.channel_events import go_live
from binhyen.kit import clock


class Command(BaseCommand):
    help = "Switch on the channels that a restore switched off. Never while another installation runs."

    def handle(self, *args: Any, **options: Any) -> None:
        names = go_live(actor="operator:command", now=clock.now())
        self.stdout.write("\n".join(names) if names else "No channel was off because of a restore.")
