"""Connect the Zalo emulator to this installation: its account becomes our channel, our webhook becomes its target."""

import json
import urllib.request  # nosemgrep: call-from-nowhere  the emulator of a demonstration, on this machine
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from binhyen.channels.models import Channel, Credential
from binhyen.channels.services import groups
from binhyen.kit import clock


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("address", help="where the emulator listens, e.g. http://127.0.0.1:8100")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        if not address.startswith(("http://127.0.0.1:", "http://localhost:")):
            raise CommandError("The emulator is for this machine only.")
        setup = self._call_setup(address, None)
        accounts = Channel.objects.filter(kind="zalo_oa").order_by("id")
        channel = accounts.filter(settings__oa_id=setup["oa_id"]).first() or accounts.first() or Channel(kind="zalo_oa")
        channel.name, channel.is_active, channel.paused_until = setup["oa_name"], True, None
        channel.settings = {name: setup[name] for name in ("app_id", "oa_id", "oauth_url", "openapi_url", "oa_admins")}
        channel.save()
        row = Credential(channel=channel, expires_at=clock.now() + timedelta(seconds=int(setup["expires_in"])))
        row.update_secrets(
            app_secret=setup["app_secret"],
            webhook_secret=setup["oa_secret_key"],
            access_token=setup["access_token"],
            refresh_token=setup["refresh_token"],
        )
        row.save()
        webhook = f"http://127.0.0.1:{settings.PORT}/webhooks/{channel.public_id.hex}"
        self._call_setup(address, {"webhook_url": webhook})
        groups.defer_all_plans()  # costs of groups are shown from the start
        self.stdout.write(f"Zalo giả lập: {address}")

    def _call_setup(self, address: str, body: dict[str, str] | None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  the stand-in on this machine
            f"{address}/_control/setup", data=data, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  the stand-in on this machine
            facts: dict[str, Any] = json.load(answer)
        return facts
