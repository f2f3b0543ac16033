"""Messages and files as screens show them: plain values. Nobody who wrote is ever more than a pseudonym here."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.channels import queries
from binhyen.channels.gate.rules import LABELS, Kind, may_release, pieces
from binhyen.channels.models import Attachment, Channel, ChildGround, Group, Message, Outgoing
from binhyen.channels.registry import kinds
from binhyen.channels.services import OWED
from binhyen.channels.services.gate import from_json
from binhyen.kit import filekinds, files
from binhyen.kit.ids import show_code
from binhyen.kit.wording import N_
from binhyen.people.access import may
from binhyen.people.models import Officer
from binhyen.people.rules import May
from binhyen.ui.labels import spoken
from binhyen.ui.retold import reason
from binhyen.vault.called import in_group, known_as

GROUPS = "/nhom"
MOST_FLAGS = 30
_QUIET = dt.timedelta(days=14)  # without a word: the group has fallen asleep
_GROUP_TONES = {"CREATING": "info", "OPEN": "good", "CLOSED": "quiet", "FAILED": "bad"}
_FILE_STATES = {
    "WAITING": N_("đang tải"), "KEPT": N_("lưu làm chứng cứ, không mở xem"), "REFUSED": N_("không nhận"),
    "UNLISTED": N_("chờ người vận hành cho phép tải"),
}  # fmt: skip
OUTGOING_TONES = {
    "QUEUED": "", "SENDING": "", "SENT": "good", "DELIVERED": "good", "SEEN": "good", "DEAD": "bad", "CANCELLED": "bad",
    "READING": "", "HELD": "bad",
}  # fmt: skip
PURPOSES = {
    "ACK": N_("Báo đã nhận tin"), "ANSWER": N_("Trả lời"), "ASK": N_("Hỏi lại"), "INVITE": N_("Mời nhắn riêng"),
    "RULES": N_("Nội quy nhóm"), "RESULT": N_("Báo kết quả"), "REMIND": N_("Lời nhắc trong nhóm"),
}  # fmt: skip
GOING_SAID = N_("Máy đọc lại một lượt rồi gửi vào nhóm. Nếu bị giữ, lời này hiện ở trang nhóm.")
HELD_SAID = N_("Chưa gửi: lời này có điều không nên đưa ra. Xem chỗ được đánh dấu.")


def is_owed(sent: Outgoing) -> bool:
    """It goes out by itself when its person writes."""
    return sent.key.startswith(OWED) and queries.is_unheard(sent)


def fate(sent: Outgoing) -> str:
    """What became of a letter, in a word or two."""
    return _("Người này chưa nhận") if queries.is_unheard(sent) else str(Outgoing.State(sent.state).label)


def whole_fate(sent: Outgoing) -> str:
    """The same with the reason why it did not arrive, and when it will."""
    why = f": {_(sent.reason)}" if sent.state == Outgoing.State.DEAD and sent.reason else ""
    return fate(sent) + why + (". " + _("Máy tự gửi khi họ nhắn riêng.") if is_owed(sent) else "")


def channel_label(channel: Channel, group: Group | None = None) -> str:
    """«Zalo OA», «Zalo OA · nhóm Xã Lộc Hà»."""
    label = _(kinds()[channel.kind].label) if channel.kind in kinds() else channel.name
    return f"{label} · {group_label(group)}" if group else label


def group_label(group: Group) -> str:
    return _("nhóm {name}").format(name=group.name)


def photo(attachment: Attachment, alt: str) -> dict[str, Any]:
    """`lost`: its row is there and its file is not; the page says so instead of showing nothing."""
    return {"url": f"/tep/{attachment.public_id}", "alt": alt, "lost": not files.is_there(attachment.shown)}


def proof(attachment: Attachment | None) -> list[dict[str, Any]]:
    """What an officer laid down: a picture to look at; of what is none its name, for it lies sealed as it came."""
    if attachment is None or attachment.state not in (Attachment.State.READY, Attachment.State.KEPT):
        return []
    if attachment.state == Attachment.State.READY:
        return [photo(attachment, _("Ảnh căn cứ"))]
    what = _(filekinds.LABELS.get(attachment.kind, N_("Tệp")))
    return [{"sealed": f"{attachment.name} ({what}, {max(1, attachment.size // 1024)} kB)"}]


def photos(message: Message) -> list[dict[str, Any]]:
    open_ = message.sealed is None
    ready = [a for a in message.attachments.all() if a.state == Attachment.State.READY and open_]
    return [photo(a, _("Ảnh {n}").format(n=number)) for number, a in enumerate(ready, 1)]


SEALED = N_("Tin kín: lời trong nhóm đã niêm phong, chỉ bàn tin kín mở được. Hãy nói chuyện riêng với người báo.")
ALONE = N_("Tin kín: lời nhắn riêng về tin trong nhóm, đã niêm phong, chỉ bàn tin kín mở được.")


def sealed(message: Message) -> str:
    """What stands for words that lie sealed."""
    return SEALED if message.group_id else ALONE


def said(message: Message) -> str:
    """The words, and a line for each file that cannot be shown; of a sealed tip that it is one."""
    if message.sealed is not None:
        return _(sealed(message))
    lines = [
        f"[{a.name or _('Tệp')}: {spoken(_FILE_STATES)[a.state]}{f' ({_(a.reason)})' if a.reason else ''}]"
        for a in message.attachments.all()
        if a.state in _FILE_STATES
    ]
    return "\n".join(filter(None, [message.text, *lines]))


def map_url(latitude: float | None, longitude: float | None) -> str:
    """The point on a public map, opened only when the officer asks for it; empty without a point."""
    if latitude is None or longitude is None:
        return ""
    lat, lon = f"{latitude:.5f}", f"{longitude:.5f}"
    return f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=17/{lat}/{lon}"


def location(message: Message) -> dict[str, str] | None:
    url = map_url(message.latitude, message.longitude)
    if not url:
        return None
    point = f"{message.latitude:.5f}, {message.longitude:.5f}"
    return {"url": url, "text": _("Vị trí người báo gửi ({point})").format(point=point)}


def group_row(group: Group, area: str, *, now: dt.datetime) -> dict[str, Any]:
    """A group as list and page show it. `area`: its name of today."""
    spoke = group.last_message_at or group.opened_at
    return {
        "name": group.name, "url": f"{GROUPS}/{group.public_id}", "level": group.get_level_display(), "area": area,
        "state": {"label": group.get_state_display(), "tone": _GROUP_TONES[group.state]}, "reason": _(group.reason),
        "members": group.members, "last_at": group.last_message_at,
        "dormant": group.state == Group.State.OPEN and spoke is not None and now - spoke > _QUIET,
        "no_area": group.state == Group.State.OPEN and is_nowhere(group),
    }  # fmt: skip


def is_nowhere(group: Group) -> bool:
    """It came from outside, and nobody said yet whose it is (services/groups.py: adopt)."""
    return group.area_id == areas.directory().province_area_id


def flags_of(officer: Officer, group: Group) -> list[dict[str, Any]]:
    """Messages of the group to look at, each with what is suggested; addresses only for whoever may act."""
    url = f"{GROUPS}/{group.public_id}/nhac"
    acts = may(officer, May.MANAGE_GROUPS)
    speaks = acts and group.state == Group.State.OPEN
    return [
        {
            "id": flag.public_id, "who": known_as(flag.message.reporter, in_group(group.pk)),
            "at": flag.message.sent_at, "text": flag.message.text,
            "kind": flag.get_kind_display(), "why": reason(flag.why), "answer": flag.answer,
            "send_url": f"{url}/{flag.public_id}/gui" if speaks else "",
            "dismiss_url": f"{url}/{flag.public_id}/bo-qua" if acts else "",
        }
        for flag in queries.open_flags(officer).filter(group=group)[:MOST_FLAGS]
    ]  # fmt: skip


def held_of(officer: Officer, group: Group) -> list[dict[str, Any]]:
    """Words to the group that the gate holds."""
    return [held_row(row, officer) for row in queries.held(officer).filter(group=group)[:MOST_FLAGS]]


def held_row(row: Outgoing, officer: Officer) -> dict[str, Any]:
    """What is held, with the words marked, why, and the addresses of what this officer may do about it."""
    marks = from_json(row.marks)
    kinds = {m.kind for m in marks}
    url, to_group = f"/cho-xem/{row.public_id}", row.group_id is not None
    acts = may(officer, May.MANAGE_GROUPS if to_group else May.WORK_CASES)
    second = row.officer_id != officer.pk
    allowed = may_release([m for m in marks if m.kind is not Kind.CHILD])
    why_not = "" if allowed else _("Phần này không ai cho gửi được, chỉ viết lại.")
    if allowed and not second:
        why_not = _("Muốn gửi nguyên văn thì nhờ một người khác trong đơn vị xem.")
    return {
        "id": row.public_id, "who": row.officer.name if row.officer else _("Tự động"), "at": row.created_at,
        "text": row.text, "pieces": [replace(piece, why=_(piece.why)) for piece in pieces(row.text, marks)],
        "reasons": [spoken(LABELS)[kind] for kind in Kind if kind in kinds],
        "rewrite_url": f"{url}/sua" if acts and to_group else "",
        "hint": "" if to_group else _("Bỏ lời này rồi viết lại ở ô trả lời."),
        "release_url": f"{url}/cho-gui" if acts and second and allowed else "", "why_not": why_not if acts else "",
        "drop_url": f"{url}/bo" if acts else "", "contact": Kind.CONTACT in kinds, "child": Kind.CHILD in kinds,
        "grounds": [{"value": value, "label": label} for value, label in ChildGround.Kind.choices],
        "consent_url": f"/dong-y/{show_code(row.case.code)}" if row.case else "/dong-y",
    }  # fmt: skip
