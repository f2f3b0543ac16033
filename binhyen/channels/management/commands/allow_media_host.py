"""`binhyen allow_media_host HOST`: fetch files of this host and its subdomains, also those that waited."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.kinds.zalo_oa.media import HOST_NAME, LONGEST_HOST
from binhyen.channels.kinds.zalo_oa.onboarding import KIND
from binhyen.channels.models import Channel
from binhyen.channels.services.media import retry_unlisted
from binhyen.kit import clock

# Below these anybody has a name: a whole one of them is no host of anybody.
_SHARED = frozenset({"com", "net", "org", "edu", "gov", "co"})


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "host", help="as the operator's page names it, e.g. f1.example.vn, or its domain example.vn"
        )

    def handle(self, *args: Any, host: str, **options: Any) -> None:
        name = host.strip().lower().rstrip(".")
        labels = name.split(".")
        if not HOST_NAME.fullmatch(name) or len(name) > LONGEST_HOST or (len(labels) == 2 and labels[0] in _SHARED):
            raise CommandError(
                f"{host}: no host's name.\nHint: letters, digits and dots only, without https:// and path."
            )
        with transaction.atomic():
            for channel in Channel.objects.select_for_update().filter(kind=KIND):
                known = channel.settings.get("media_hosts")
                listed = [*known] if isinstance(known, list) else []
                channel.settings["media_hosts"] = sorted({*listed, name})
                channel.save(update_fields=["settings"])
                record_actions(
                    [AuditAction("system:allow_media_host", "channel.host_allowed", f"channel:{channel.public_id}")],
                    now=clock.now(),
                )
        waiting = retry_unlisted(host=name)
        self.stdout.write(f"Đã cho phép {name}. Tệp đang chờ, nay máy tự tải: {waiting}.")
