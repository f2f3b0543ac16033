"""Messaging window: whether a reply can still reach the reporters, as text for the officer.

Counted from each reporter's messages on cases visible to the officer. The channel counts from their newest message of
all (the sender process checks that); to show it here would reveal a complaint about this very officer.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from binhyen.cases.models import Report
from binhyen.channels.models import Conversation
from binhyen.channels.registry import get_channel_kinds
from binhyen.ui.formatting import format_duration

_ENDS_SOON = dt.timedelta(hours=6)


def build_reply_window(
    reports: Sequence[Report], last_messages: Mapping[int, dt.datetime], *, now: dt.datetime
) -> dict[str, str] | None:
    """Return `text`, `state` (ok, soon, over) of the worst reachable reporter; None without reporters.

    `last_messages`: by conversation (`get_last_message_times`).
    """
    if not reports:
        return None
    talks = {report.conversation_id: report.conversation for report in reports if report.conversation is not None}
    if not talks:
        text = _("Người báo chỉ viết trong nhóm, chưa nhắn riêng: câu trả lời chưa gửi được cho ai.")
        return {"text": text, "state": "over"}
    windows = [_build_window(talk, last_messages.get(talk.pk), now=now) for talk in talks.values()]
    worst = max(windows, key=lambda window: ("ok", "soon", "over").index(window["state"]))
    if len(windows) > 1:
        reached = sum(window["state"] != "over" for window in windows)
        all_of_them = _("Gửi tới {n}/{all} người báo.").format(n=reached, all=len(windows))
        return worst | {"text": f"{all_of_them} {worst['text']}"}
    return worst


def _build_window(
    conversation: Conversation, last_message_at: dt.datetime | None, *, now: dt.datetime
) -> dict[str, str]:
    adapter = get_channel_kinds()[conversation.channel.kind]
    channel = _(adapter.label)
    free, last = adapter.limits.free_window, adapter.limits.last_window
    if adapter.is_immediate or free is None or last is None:
        return {"text": _("Người báo đọc câu trả lời trên trang tra cứu của họ."), "state": "ok"}
    if last_message_at is None:
        text = _("Người báo chưa nhắn riêng về việc này: {channel} có thể không cho gửi.").format(channel=channel)
        return {"text": text, "state": "over"}
    if now - last_message_at >= last:
        silent = _("Người báo im về việc này quá {days} ngày: {channel} có thể không cho gửi. Nên chờ họ nhắn lại.")
        text = silent.format(days=last.days, channel=channel)
        return {"text": text, "state": "over"}
    age = now - last_message_at
    if age < free:
        left = free - age
        free_for = _("Còn nhắn miễn phí qua {channel} được {span}.")
        text = free_for.format(channel=channel, span=format_duration(left.total_seconds()))
        return {"text": text, "state": "soon" if left < _ENDS_SOON else "ok"}
    paid = format_duration((last - age).total_seconds())
    text = _("Hết hạn nhắn miễn phí; {channel} còn cho gửi (tính phí) trong {span}.").format(channel=channel, span=paid)
    return {"text": text, "state": "soon"}
