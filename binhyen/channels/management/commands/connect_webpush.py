"""`connect_webpush`: create the web push channel with its VAPID key, or add a new key (`--rotate`).

After a rotation new subscriptions use the new key. The old key signs for the earlier ones until their browsers renew
them; `--drop-old` forgets all keys but the current one, and subscriptions under them end at their next notice.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from binhyen.channels.kinds.webpush.adapter import KIND
from binhyen.channels.kinds.webpush.encryption import generate_vapid_key, list_vapid_keys, name_secret
from binhyen.channels.models import Channel, Credential
from binhyen.kit import key_files

_NAME = "Thông báo trên máy"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--subject", default="", help="mailto: or https: address for push services (RFC 8292)")
        parser.add_argument("--stand-in", default="", help="origin of the emulator's push service")
        parser.add_argument("--rotate", action="store_true", help="use a new key for new subscriptions")
        parser.add_argument("--drop-old", action="store_true", help="forget all keys but the current one")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if options["subject"] and not options["subject"].startswith(("mailto:", "https://")):
            raise CommandError("The subject is a mailto: or https: address.\nHint: --subject mailto:truc@example.vn")
        if options["stand_in"] and not options["stand_in"].startswith(("http://127.0.0.1:", "http://localhost:")):
            raise CommandError("The emulator is for this machine only.")
        channel, _ = Channel.objects.get_or_create(kind=KIND, defaults={"name": _NAME})
        credential, _ = Credential.objects.get_or_create(channel=channel)
        for name in ("subject", "stand_in"):
            if options[name]:
                channel.settings[name] = options[name]
        if options["rotate"] or not list_vapid_keys(channel.settings):
            self._add_key(channel, credential)
        if options["drop_old"]:
            channel.settings["vapid"] = list(list_vapid_keys(channel.settings))[:1]
        channel.save(update_fields=["settings"])
        self.stdout.write(f"Khóa đang dùng: {list_vapid_keys(channel.settings)[0]['public']}")

    def _add_key(self, channel: Channel, credential: Credential) -> None:
        """Store a new key pair as the current one."""
        public, secret = generate_vapid_key()
        try:
            credential.update_secrets(**{name_secret(public["kid"]): secret})
        except key_files.KeyFileMissing as error:
            raise CommandError(
                "The earlier keys cannot be read here.\nHint: run it where the sender's keys are."
            ) from error
        credential.save()
        channel.settings["vapid"] = [public, *list_vapid_keys(channel.settings)]
