"""`connect_zalo`: connect an Official Account, or authorise it again after its grant was lost.

Secrets come from ZALO_APP_SECRET and ZALO_OA_SECRET or are prompted for (one a line on standard input), never from the
command line, which other users of the machine can read.
"""

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from binhyen.channels.kinds.zalo_oa import onboarding
from binhyen.channels.kinds.zalo_oa.onboarding import ConnectionProblem
from binhyen.channels.models import Channel
from binhyen.channels.types import SendFailed
from binhyen.kit import clock

_SECRETS = {
    "app_secret": ("ZALO_APP_SECRET", "Khóa bí mật của ứng dụng (App secret key): "),
    "webhook_secret": ("ZALO_OA_SECRET", "Khóa bí mật của OA, ký webhook (OA secret key): "),
}
_INSTRUCTIONS = """
Kênh: {name}. Khai báo trong trang quản trị ứng dụng Zalo:
  Địa chỉ webhook:  {webhook}
  Địa chỉ gọi lại:  {callback}
  Code challenge:   {challenge}
Quản trị viên OA mở đường dẫn này và bấm Cho phép (mã có hạn 10 phút, dùng một lần):
  {url}
"""


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--app-id", default="")
        parser.add_argument("--oa-id", default="")
        parser.add_argument("--name", default="", help="name of the channel on our screens")
        parser.add_argument("--callback", default="", help="as in Zalo's console; default: this installation's address")
        parser.add_argument("--admin", action="append", help="user id of a founder of groups, an administrator first")
        parser.add_argument("--per-minute", type=int, help="calls a minute that the account's package allows")

    def handle(self, *args: Any, **options: Any) -> None:
        callback = options["callback"] or f"{settings.PUBLIC_URL}/"
        try:
            channel = self._save_channel(options)
            authorization = onboarding.create_authorization(channel, callback=callback)
            webhook = f"{settings.PUBLIC_URL}/webhooks/{channel.public_id.hex}"
            instructions = _INSTRUCTIONS.format(
                name=channel.name,
                webhook=webhook,
                callback=callback,
                challenge=authorization.challenge,
                url=authorization.url,
            )
            self.stdout.write(instructions)
            self.stdout.write("Dán địa chỉ trình duyệt chuyển tới (có «code=…»), hoặc riêng mã:")
            self.stdout.flush()
            onboarding.finish_authorization(channel, authorization, sys.stdin.readline(), now=clock.now())
        except (ConnectionProblem, SendFailed) as error:
            code = f" ({error.code})" if isinstance(error, SendFailed) and error.code else ""
            raise CommandError(f"{error}{code}\nHint: nothing was lost; run the command again.") from error
        self.stdout.write("Đã nối. Mã truy cập tự gia hạn từ đây.")

    def _save_channel(self, options: dict[str, Any]) -> Channel:
        """Update the channel: given values replace stored ones; only missing secrets are prompted for."""
        channel = onboarding.find_account_channel(options["oa_id"])
        given_settings = {"app_id": options["app_id"], "oa_id": options["oa_id"], "oa_admins": options["admin"]}
        given_settings["per_minute"] = options["per_minute"]
        stored_secrets = onboarding.list_stored_secrets(channel)
        secrets: dict[str, str] = {}
        for name, (variable, prompt) in _SECRETS.items():
            # nosemgrep: environment-outside-settings  secrets for this one command, stored by no process
            value = os.environ.get(variable, "") or ("" if name in stored_secrets else _prompt_secret(prompt))
            secrets |= {name: value} if value else {}
        changes = {key: value for key, value in given_settings.items() if value}
        return onboarding.save_zalo_channel(channel=channel, name=options["name"], settings=changes, secrets=secrets)


def _prompt_secret(prompt: str) -> str:
    return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()
