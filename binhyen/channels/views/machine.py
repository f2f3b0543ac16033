"""Notes on the operator's page about the machine itself, as plain values for the template."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.channels.presenters import format_channel
from binhyen.channels.queries import machine
from binhyen.ui import formatting

ESCALATION = "cases.escalate"  # the heartbeat of the job that raises alarms
_ALLOW = "./dev binhyen allow_media_host"
_CLOCK = "chronyc tracking"


def notes() -> list[dict[str, Any]]:
    """List the problems, each with what to do."""
    return [*_build_clock_notes(), *_build_worker_notes(), *_build_file_notes()]


def refused_in(words_of_channel: str) -> str:
    """Return the channel's words for withdrawing its permission; "" if there are none."""
    return _("Bên kia trả lời: «{words}».").format(words=words_of_channel) if words_of_channel else ""


def _build_note(name: str, problem: str, hint: str, command: str, tone: str = "bad") -> dict[str, Any]:
    return {"name": name, "problem": problem, "hint": hint, "command": command, "tone": tone, "reason": ""}


def _build_clock_notes() -> list[dict[str, Any]]:
    ours = _("Đồng hồ máy chủ")
    notes = []
    for step in machine.steps():
        turned = _("lùi {span}") if step.seconds < 0 else _("tới {span}")
        problem = _("bị chỉnh {how} lúc {at}").format(
            how=turned.format(span=formatting.format_duration(abs(step.seconds))),
            at=formatting.format_full_time(step.at),
        )
        hint = _("Máy đã xếp lại việc định kỳ. Xem đồng hồ có theo giờ mạng không.")
        notes.append(_build_note(ours, problem, hint, _CLOCK, "warn"))
    if offset := machine.database_offset():
        problem = _("lệch {span} so với máy cơ sở dữ liệu").format(span=formatting.format_duration(abs(offset)))
        notes.append(_build_note(ours, problem, _("Cho cả hai máy theo giờ mạng."), _CLOCK))
    for gap in machine.list_clock_gaps():
        fast = gap.ahead > dt.timedelta()
        problem = _("nhanh {span} so với giờ {channel} ký") if fast else _("chậm {span} so với giờ {channel} ký")
        problem = problem.format(
            span=formatting.format_duration(abs(gap.ahead.total_seconds())), channel=format_channel(gap.channel)
        )
        hint = _("Tin tới vẫn được nhận và đọc. Tin nào máy không chắc thì chờ ở mục không đọc được, bấm «Đọc lại».")
        notes.append(_build_note(ours, problem, hint, _CLOCK))
    return notes


def _build_worker_notes() -> list[dict[str, Any]]:
    if not machine.silent(ESCALATION):
        return []
    hint = _(
        "Chuông báo động vẫn lên, do tiến trình trang làm thay. Tin tới chưa được đọc: khởi động lại chương trình."
    )
    return [_build_note(_("Tiến trình worker"), _("đang đứng"), hint, "systemctl restart binhyen")]


def _build_file_notes() -> list[dict[str, Any]]:
    notes = []
    for host, count in machine.unlisted_hosts():
        problem = ngettext(
            "{count} tệp chờ, máy chủ {host} chưa được phép", "{count} tệp chờ, máy chủ {host} chưa được phép", count
        )
        problem = problem.format(count=formatting.format_number(count), host=host)
        hint = _("Chỉ cho phép khi biết chắc đó là máy chủ của kênh. Địa chỉ tệp vẫn giữ; cho phép thì máy tự tải.")
        notes.append(_build_note(_("Tệp người dân gửi"), problem, hint, f"{_ALLOW} {host}", "warn"))
    return notes
