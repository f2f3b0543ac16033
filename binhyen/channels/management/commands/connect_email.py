"""`connect_email`: create or change the e-mail channel: its SMTP server, sender and password.

The password is prompted for, or read from SMTP_PASSWORD; never the command line.
"""

import getpass
import json
import os
import urllib.request  # nosemgrep: call-from-nowhere  the emulator of a demonstration, on this machine
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from binhyen.channels.kinds.email.adapter import KIND, SECURITY, normalize_address
from binhyen.channels.models import Channel, Credential
from binhyen.kit import key_files

_DEFAULT_PORTS = {"tls": 465, "starttls": 587, "none": 25}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="", help="SMTP server, e.g. smtp.example.vn")
        parser.add_argument("--port", type=int, default=0, help="465 for tls, 587 for starttls")
        parser.add_argument("--security", choices=SECURITY, default="tls")
        parser.add_argument("--user", default="", help="user name at the server; empty: no sign-in")
        parser.add_argument("--from", dest="sender", default="", help="address of the sender")
        parser.add_argument("--name", default="Công an tỉnh", help="name of the sender")
        parser.add_argument("--stand-in", default="", help="address of the emulator, e.g. http://127.0.0.1:8100")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if options["stand_in"]:
            values = _read_stand_in(options["stand_in"]) | {"name": options["name"]}
        else:
            values = _check_options(options)
        channel, _ = Channel.objects.get_or_create(kind=KIND, defaults={"name": "Thư điện tử"})
        channel.settings, channel.is_active = channel.settings | values, True
        channel.save(update_fields=["settings", "is_active"])
        credential, _ = Credential.objects.get_or_create(channel=channel)
        password = ""
        if values["user"]:
            # nosemgrep: environment-outside-settings  for this one command, stored by no process
            password = os.environ.get("SMTP_PASSWORD") or getpass.getpass("Mật khẩu của máy chủ thư: ")
        try:
            credential.update_secrets(password_secret=password)
        except key_files.KeyFileMissing as error:
            raise CommandError(
                "The earlier password cannot be read here.\nHint: run it where the sender's keys are."
            ) from error
        credential.save()
        self.stdout.write(f"Máy chủ thư: {values['host']}:{values['port']}")


def _check_options(options: dict[str, Any]) -> dict[str, Any]:
    host, security = options["host"].strip(), options["security"]
    if not host:
        raise CommandError("Which SMTP server?\nHint: --host smtp.example.vn --from thong-bao@example.vn")
    if security == "none" and host not in _LOOPBACK:
        raise CommandError("Without encryption only a server on this machine.\nHint: --security tls")
    try:
        sender = normalize_address(options["sender"])
    except ValueError as error:
        raise CommandError("The sender is an e-mail address.\nHint: --from thong-bao@example.vn") from error
    port = options["port"] or _DEFAULT_PORTS[security]
    names = {"host": host, "port": port, "security": security, "user": options["user"]}
    return names | {"from": sender, "name": options["name"]}


def _read_stand_in(address: str) -> dict[str, Any]:
    if not address.startswith(("http://127.0.0.1:", "http://localhost:")):
        raise CommandError("The emulator is for this machine only.")
    with urllib.request.urlopen(f"{address}/_control/mail", timeout=10) as answer:  # noqa: S310  on this machine
        port = json.load(answer)["port"]
    return {"host": "127.0.0.1", "port": port, "security": "none", "user": "", "from": "thong-bao@binhyen.example"}
