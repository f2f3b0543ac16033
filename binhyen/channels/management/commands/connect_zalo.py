"""`connect_zalo`: connect an Official Account, or authorise it again after its grant was lost.

One account of the province, one a commune, or both: `--unit`. The permission comes by a link that an administrator
opens, or by a refresh token that is pasted (`--refresh-token`). `--check` asks Zalo which account is connected.
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

from binhyen.channels.adapter import AccountPlan
from binhyen.channels.kinds.zalo_oa import onboarding
from binhyen.channels.kinds.zalo_oa.onboarding import ConnectionProblem
from binhyen.channels.models import Channel
from binhyen.channels.services.channel_events import SiteCodeError, parse_site_code
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
"""
_LINK_INSTRUCTIONS = """  Code challenge:   {challenge}
Quản trị viên OA mở đường dẫn này và bấm Cho phép (mã có hạn 10 phút, dùng một lần):
  {url}
"""
_PASTE_INSTRUCTIONS = (
    "Dán refresh token (trang quản trị ứng dụng, Công cụ › API Explorer › Lấy access token của OA). Mã này dùng một "
    "lần: từ đây chỉ máy này giữ quyền."
)
_ADMIN_INSTRUCTIONS = """Mở nhóm cần mã của một quản trị viên OA. Người đó nhắn cho OA từ Zalo của mình đúng dòng này:
  {code}
rồi bấm Enter ở đây (gõ «bỏ» để làm sau bằng --find-admin):"""
_ADMIN_TRIES = 3


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--app-id", default="")
        parser.add_argument("--oa-id", default="")
        parser.add_argument("--name", default="", help="name of the channel on our screens")
        parser.add_argument("--unit", default="", help="the commune's code whose account it is, or tinh")
        parser.add_argument("--callback", default="", help="as in Zalo's console; default: this installation's address")
        parser.add_argument("--admin", action="append", help="user id of a founder of groups, an administrator first")
        parser.add_argument("--find-admin", action="store_true", help="find that id by a message of the person")
        parser.add_argument("--per-minute", type=int, help="calls a minute that the account's package allows")
        parser.add_argument("--site-code", default="", help="code of the domain verification in Zalo's console")
        parser.add_argument("--refresh-token", action="store_true", help="paste a refresh token instead of the link")
        parser.add_argument("--check", action="store_true", help="only ask Zalo which account is connected")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            channel = self._save_channel(options)
            if not (options["check"] or options["find_admin"]):
                channel = self._authorize(channel, options)
                self.stdout.write("Đã nối. Mã truy cập tự gia hạn từ đây.")
            channel.refresh_from_db()
            self._report_account(channel)
            if options["find_admin"] or not channel.settings.get("oa_admins"):
                self._find_admin(channel)
        except (ConnectionProblem, SiteCodeError, SendFailed) as error:
            code = f" ({error.code})" if isinstance(error, SendFailed) and error.code else ""
            raise CommandError(f"{error}{code}\nHint: nothing was lost; run the command again.") from error

    def _save_channel(self, options: dict[str, Any]) -> Channel:
        """Update the channel: given values replace stored ones; only missing secrets are prompted for."""
        channel = onboarding.find_account_channel(options["oa_id"])
        given_settings = {"app_id": options["app_id"], "oa_id": options["oa_id"], "oa_admins": options["admin"]}
        given_settings["per_minute"] = options["per_minute"]
        given_settings["site_verification"] = parse_site_code(options["site_code"])
        stored_secrets = onboarding.list_stored_secrets(channel)
        shared = onboarding.get_app_secrets(options["app_id"]) if channel is None else {}
        secrets: dict[str, str] = {}
        for name, (variable, prompt) in _SECRETS.items():
            # nosemgrep: environment-outside-settings  secrets for this one command, stored by no process
            value = os.environ.get(variable, "") or shared.get(name, "")
            value = value or ("" if name in stored_secrets else _prompt_secret(prompt))
            secrets |= {name: value} if value else {}
        changes = {key: value for key, value in given_settings.items() if value}
        return onboarding.save_zalo_channel(
            channel=channel, name=options["name"], settings=changes, secrets=secrets, unit_code=options["unit"]
        )

    def _authorize(self, channel: Channel, options: dict[str, Any]) -> Channel:
        callback = options["callback"] or f"{settings.PUBLIC_URL}/"
        webhook = f"{settings.PUBLIC_URL}/webhooks/{channel.public_id.hex}"
        text = _INSTRUCTIONS.format(name=channel.name, webhook=webhook, callback=callback)
        if options["refresh_token"]:
            self.stdout.write(text + _PASTE_INSTRUCTIONS)
            self.stdout.flush()
            return onboarding.adopt_refresh_token(channel, _prompt_secret("Refresh token: "), now=clock.now())
        authorization = onboarding.create_authorization(channel, callback=callback)
        self.stdout.write(text + _LINK_INSTRUCTIONS.format(challenge=authorization.challenge, url=authorization.url))
        self.stdout.write("Dán địa chỉ trình duyệt chuyển tới (có «code=…»), hoặc riêng mã:")
        self.stdout.flush()
        onboarding.finish_authorization(channel, authorization, sys.stdin.readline(), now=clock.now())
        return channel

    def _report_account(self, channel: Channel) -> None:
        plan = onboarding.check_account(channel, now=clock.now())
        if plan is None:
            self.stdout.write("Zalo chưa cho xem tài khoản. Chạy lại với --check sau ít phút.")
            return
        self.stdout.write(_format_plan(plan))

    def _find_admin(self, channel: Channel) -> None:
        code = onboarding.create_admin_code()
        self.stdout.write(_ADMIN_INSTRUCTIONS.format(code=code))
        self.stdout.flush()
        for _ in range(_ADMIN_TRIES):
            line = sys.stdin.readline()
            if not line or line.strip():
                self.stdout.write("Chưa có quản trị viên: chưa mở được nhóm. Khi có, chạy lại với --find-admin.")
                return
            user_id = onboarding.find_admin(channel, code, now=clock.now())
            if user_id:
                onboarding.add_admin(channel, user_id)
                self.stdout.write(f"Đã ghi quản trị viên {user_id}.")
                return
            self.stdout.write("Chưa thấy tin đó. Nhắn rồi bấm Enter lần nữa:")
            self.stdout.flush()


def _format_plan(plan: AccountPlan) -> str:
    """Return the account, its package and its groups."""
    until = f", đến {plan.ends_on:%d/%m/%Y}" if plan.ends_on else ""
    free = sum(not (slot.group or slot.is_lapsed) for slot in plan.slots)
    groups = f"{sum(bool(slot.group) for slot in plan.slots)} đang dùng, {free} còn trống"
    return f"Tài khoản: {plan.name} ({plan.account_id}). Gói: {plan.package or 'không rõ'}{until}. Suất nhóm: {groups}."


def _prompt_secret(prompt: str) -> str:
    return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()
