"""Presenters of messages and files: plain values for the screens. Authors appear only as pseudonyms."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.channels import queries
from binhyen.channels.dlp.detectors import LABELS, Kind, may_release, pieces
from binhyen.channels.models import Attachment, Channel, ChildGround, Group, Message, Outgoing
from binhyen.channels.registry import kinds
from binhyen.channels.services import OWED
from binhyen.channels.services.outbound_dlp import from_json
from binhyen.kit import file_storage, file_types
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code
from binhyen.people.access import may
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import reason
from binhyen.vault.pseudonyms import in_group, known_as

GROUPS = "/nhom"
MOST_FLAGS = 30
_QUIET = dt.timedelta(days=14)  # without a message: the group is dormant
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
    """Return whether it is sent automatically once its recipient writes."""
    return sent.key.startswith(OWED) and queries.is_unheard(sent)


def fate(sent: Outgoing) -> str:
    """Return the delivery state of a message in a word or two."""
    return _("Người này chưa nhận") if queries.is_unheard(sent) else str(Outgoing.State(sent.state).label)


def whole_fate(sent: Outgoing) -> str:
    """Return the delivery state with the reason for a failure, and when it will be sent."""
    why = f": {_(sent.reason)}" if sent.state == Outgoing.State.DEAD and sent.reason else ""
    return fate(sent) + why + (". " + _("Máy tự gửi khi họ nhắn riêng.") if is_owed(sent) else "")


def channel_label(channel: Channel, group: Group | None = None) -> str:
    """Format as «Zalo OA» or «Zalo OA · nhóm Xã Lộc Hà»."""
    label = _(kinds()[channel.kind].label) if channel.kind in kinds() else channel.name
    return f"{label} · {group_label(group)}" if group else label


def group_label(group: Group) -> str:
    return _("nhóm {name}").format(name=group.name)


def photo(attachment: Attachment, alt: str) -> dict[str, Any]:
    """Return a photo for a template. `lost`: its file is missing, so the page says so."""
    return {"url": f"/tep/{attachment.public_id}", "alt": alt, "lost": not file_storage.is_there(attachment.shown)}


def proof(attachment: Attachment | None) -> list[dict[str, Any]]:
    """Return an officer's evidence: a picture, or only the name of another file, which is stored encrypted."""
    if attachment is None or attachment.state not in (Attachment.State.READY, Attachment.State.KEPT):
        return []
    if attachment.state == Attachment.State.READY:
        return [photo(attachment, _("Ảnh căn cứ"))]
    what = _(file_types.LABELS.get(attachment.kind, N_("Tệp")))
    return [{"sealed": f"{attachment.name} ({what}, {max(1, attachment.size // 1024)} kB)"}]


def photos(message: Message) -> list[dict[str, Any]]:
    open_ = message.sealed is None
    ready = [a for a in message.attachments.all() if a.state == Attachment.State.READY and open_]
    return [photo(a, _("Ảnh {n}").format(n=number)) for number, a in enumerate(ready, 1)]


SEALED = N_("Tin kín: lời trong nhóm đã niêm phong, chỉ bàn tin kín mở được. Hãy nói chuyện riêng với người báo.")
ALONE = N_("Tin kín: lời nhắn riêng về tin trong nhóm, đã niêm phong, chỉ bàn tin kín mở được.")


def sealed(message: Message) -> str:
    """Return the text shown in place of a sealed message."""
    return SEALED if message.group_id else ALONE


def said(message: Message) -> str:
    """Return the text and a line for each file that cannot be shown; a placeholder for a sealed tip."""
    if message.sealed is not None:
        return _(sealed(message))
    lines = [
        f"[{a.name or _('Tệp')}: {spoken(_FILE_STATES)[a.state]}{f' ({_(a.reason)})' if a.reason else ''}]"
        for a in message.attachments.all()
        if a.state in _FILE_STATES
    ]
    return "\n".join(filter(None, [message.text, *lines]))


def map_url(latitude: float | None, longitude: float | None) -> str:
    """Return the URL of the point on a public map, opened only on the officer's click; empty without a point."""
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
    """Return a group for list and page. `area`: its current name."""
    spoke = group.last_message_at or group.opened_at
    return {
        "name": group.name, "url": f"{GROUPS}/{group.public_id}", "level": group.get_level_display(), "area": area,
        "state": {"label": group.get_state_display(), "tone": _GROUP_TONES[group.state]}, "reason": _(group.reason),
        "members": group.members, "last_at": group.last_message_at,
        "dormant": group.state == Group.State.OPEN and spoke is not None and now - spoke > _QUIET,
        "no_area": group.state == Group.State.OPEN and is_nowhere(group),
    }  # fmt: skip


def is_nowhere(group: Group) -> bool:
    """Return whether the group came from outside and has no area yet (services/groups.py: adopt_groups)."""
    return group.area_id == areas.directory().province_area_id


def flags_of(officer: Officer, group: Group) -> list[dict[str, Any]]:
    """List messages of the group to review, each with the suggested reply; URLs only for officers with the right."""
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
    """List quarantined messages to the group."""
    return [held_row(row, officer) for row in queries.held(officer).filter(group=group)[:MOST_FLAGS]]


def held_row(row: Outgoing, officer: Officer) -> dict[str, Any]:
    """Return a quarantined message with marked findings, reasons, and URLs of the actions allowed to this officer."""
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
