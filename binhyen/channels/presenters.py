"""Presenters of messages and files: plain values for the screens. Authors appear only as pseudonyms."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.channels import queries
from binhyen.channels.dlp.detectors import LABELS, FindingKind, can_release, split_at_findings
from binhyen.channels.models import Attachment, Channel, ChildGround, Group, Message, Outgoing
from binhyen.channels.plan_rules import get_expiry_tone
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.services import DEFERRED_PREFIX
from binhyen.channels.services.outbound_dlp import findings_from_json
from binhyen.kit import file_storage
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.text import to_sort_key
from binhyen.people.access import officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import translate_reason
from binhyen.vault.pseudonyms import derive_pseudonym, format_group_scope, format_pseudonym

GROUPS_URL = "/nhom"
MAX_FLAGS = 30
_DORMANT_AFTER = dt.timedelta(days=14)  # without a message: the group is dormant
_GROUP_TONES = {"CREATING": "info", "OPEN": "good", "CLOSED": "quiet", "FAILED": "bad"}
_FILE_STATES = {
    "WAITING": N_("đang tải"),
    "KEPT": N_("lưu làm chứng cứ, không mở xem"),
    "REFUSED": N_("không nhận"),
    "UNLISTED": N_("chờ người vận hành cho phép tải"),
}
OUTGOING_TONES = {
    "QUEUED": "",
    "SENDING": "",
    "SENT": "good",
    "DELIVERED": "good",
    "SEEN": "good",
    "DEAD": "bad",
    "CANCELLED": "bad",
    "READING": "",
    "HELD": "bad",
}
PURPOSES = {
    "ACK": N_("Báo đã nhận tin"),
    "ANSWER": N_("Trả lời"),
    "ASK": N_("Hỏi lại"),
    "INVITE": N_("Mời nhắn riêng"),
    "MOVED": N_("Báo đơn vị mới"),
    "EXTENDED": N_("Báo hạn mới"),
    "RULES": N_("Nội quy nhóm"),
    "WELCOME": N_("Lời chào người mới"),
    "RESULT": N_("Báo kết quả"),
    "REMIND": N_("Lời nhắc trong nhóm"),
    "BULLETIN": N_("Bản tin"),
}
REVIEW_NOTICE = N_("Máy đọc lại một lượt rồi gửi vào nhóm. Nếu bị giữ, lời này hiện ở trang nhóm.")
QUARANTINED_NOTICE = N_("Chưa gửi: lời này có điều không nên đưa ra. Xem chỗ được đánh dấu.")


def is_deferred(sent: Outgoing) -> bool:
    """Return whether it is sent automatically once its recipient writes."""
    return sent.key.startswith(DEFERRED_PREFIX) and queries.is_unreachable(sent)


def format_delivery_state(sent: Outgoing) -> str:
    """Return the delivery state of a message in a word or two."""
    return _("Người này chưa nhận") if queries.is_unreachable(sent) else str(Outgoing.State(sent.state).label)


def format_delivery_details(sent: Outgoing) -> str:
    """Return the delivery state with the reason for a failure, and when it will be sent."""
    reason_text = f": {_(sent.reason)}" if sent.state == Outgoing.State.DEAD and sent.reason else ""
    return (
        format_delivery_state(sent)
        + reason_text
        + (". " + _("Máy tự gửi khi họ nhắn riêng.") if is_deferred(sent) else "")
    )


def format_channel(channel: Channel, group: Group | None = None) -> str:
    """Format as «Zalo OA», «Zalo OA · nhóm Xã Lộc Hà», or with the name of a unit's own account."""
    label = _(get_channel_kinds()[channel.kind].label) if channel.kind in get_channel_kinds() else channel.name
    if channel.unit_id is not None:
        label = f"{label} {channel.name}"
    return f"{label} · {format_group(group)}" if group else label


def format_group(group: Group) -> str:
    return _("nhóm {name}").format(name=group.name)


def to_photo(attachment: Attachment, alt: str) -> dict[str, Any]:
    """Return a photo for a template. `lost`: its file is missing, so the page says so."""
    return {"url": f"/tep/{attachment.public_id}", "alt": alt, "lost": not file_storage.file_exists(attachment.preview)}


def list_proof_files(attachment: Attachment | None) -> list[dict[str, Any]]:
    """Return an officer's evidence: a picture, or only the name of another file, which is stored encrypted."""
    if attachment is None or attachment.state not in (Attachment.State.READY, Attachment.State.KEPT):
        return []
    if attachment.state == Attachment.State.READY:
        return [to_photo(attachment, _("Ảnh căn cứ"))]
    kind_label = _(file_storage.LABELS.get(attachment.kind, N_("Tệp")))
    return [{"sealed": f"{attachment.name} ({kind_label}, {max(1, attachment.size // 1024)} kB)"}]


def list_photos(message: Message) -> list[dict[str, Any]]:
    is_open = message.ciphertext is None
    ready_attachments = [
        attachment for attachment in message.attachments.all() if attachment.state == Attachment.State.READY and is_open
    ]
    return [
        to_photo(attachment, _("Ảnh {n}").format(n=number)) for number, attachment in enumerate(ready_attachments, 1)
    ]


SEALED_GROUP_TIP = N_(
    "Tin kín: lời trong nhóm đã niêm phong, chỉ bàn tin kín mở được. Hãy nói chuyện riêng với người báo."
)
SEALED_PRIVATE_TIP = N_("Tin kín: lời nhắn riêng về tin trong nhóm, đã niêm phong, chỉ bàn tin kín mở được.")


def get_sealed_placeholder(message: Message) -> str:
    """Return the text shown in place of a sealed message."""
    return SEALED_GROUP_TIP if message.group_id else SEALED_PRIVATE_TIP


def format_message_text(message: Message) -> str:
    """Return the text and a line for each file that cannot be shown; a placeholder for a sealed tip."""
    if message.ciphertext is not None:
        return _(get_sealed_placeholder(message))
    lines = [
        f"[{attachment.name or _('Tệp')}: {translated_labels(_FILE_STATES)[attachment.state]}"
        f"{f' ({_(attachment.reason)})' if attachment.reason else ''}]"
        for attachment in message.attachments.all()
        if attachment.state in _FILE_STATES
    ]
    return "\n".join(filter(None, [message.text, *lines]))


def format_map_url(latitude: float | None, longitude: float | None) -> str:
    """Return the URL of the point on a public map, opened only on the officer's click; empty without a point."""
    if latitude is None or longitude is None:
        return ""
    lat, lon = f"{latitude:.5f}", f"{longitude:.5f}"
    return f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=17/{lat}/{lon}"


def format_geo_url(latitude: float | None, longitude: float | None) -> str:
    """Return the point as a geo: URI (RFC 5870), which a phone opens in its own map; empty without a point."""
    if latitude is None or longitude is None:
        return ""
    return f"geo:{latitude:.5f},{longitude:.5f}?q={latitude:.5f},{longitude:.5f}"


def format_location(message: Message) -> dict[str, str] | None:
    url = format_map_url(message.latitude, message.longitude)
    if not url:
        return None
    point = f"{message.latitude:.5f}, {message.longitude:.5f}"
    return {"url": url, "text": _("Vị trí người báo gửi ({point})").format(point=point)}


def to_group_row(group: Group, area: str, *, now: dt.datetime) -> dict[str, Any]:
    """Return a group for list and page. `area`: its current name."""
    last_activity = group.last_message_at or group.opened_at
    return {
        "name": group.name,
        "url": f"{GROUPS_URL}/{group.public_id}",
        "level": group.get_level_display(),
        "area": area,
        "state": {"label": group.get_state_display(), "tone": _GROUP_TONES[group.state]},
        "reason": _(group.reason),
        "members": group.members,
        "last_at": group.last_message_at,
        "dormant": group.state == Group.State.OPEN
        and last_activity is not None
        and now - last_activity > _DORMANT_AFTER,
        "no_area": group.state == Group.State.OPEN and is_unplaced(group),
        "asset": _format_asset(group),
        "asset_tone": get_expiry_tone(group.asset_until, to_vietnam_day(now), renews=group.asset_renews)
        if group.state == Group.State.OPEN
        else "",
    }


def _format_asset(group: Group) -> str:
    """Format the group's package: «suất 100 người, đến 10/10/2027»; "" before it was read."""
    size = group.asset_type.removeprefix("gmf")
    if not size or group.asset_until is None:
        return ""
    return _("suất {size} người, đến {day}").format(size=size, day=f"{group.asset_until:%d/%m/%Y}")


def is_unplaced(group: Group) -> bool:
    """Return whether the group came from outside and has no area yet (services/groups.py: adopt_groups)."""
    return group.area_id == areas.get_directory().province_area_id


def list_group_flags(officer: Officer, group: Group) -> list[dict[str, Any]]:
    """List messages of the group to review, each with the suggested reply; URLs only for officers with the right."""
    url = f"{GROUPS_URL}/{group.public_id}/nhac"
    can_manage = officer_may(officer, Permission.MANAGE_GROUPS)
    can_send = can_manage and group.state == Group.State.OPEN
    return [
        {
            "id": flag.public_id,
            "who": format_pseudonym(flag.message.reporter, format_group_scope(group.pk)),
            "at": flag.message.sent_at,
            "text": flag.message.text,
            "kind": flag.get_kind_display(),
            "why": translate_reason(flag.why),
            "answer": flag.answer,
            "send_url": f"{url}/{flag.public_id}/gui" if can_send else "",
            "dismiss_url": f"{url}/{flag.public_id}/bo-qua" if can_manage else "",
        }
        for flag in queries.list_open_flags(officer).filter(group=group)[:MAX_FLAGS]
    ]


def list_quarantined_posts(officer: Officer, group: Group) -> list[dict[str, Any]]:
    """List quarantined messages to the group."""
    return [
        to_quarantine_row(row, officer) for row in queries.list_quarantined(officer).filter(group=group)[:MAX_FLAGS]
    ]


def to_quarantine_row(row: Outgoing, officer: Officer) -> dict[str, Any]:
    """Return a quarantined message with marked findings, reasons, and URLs of the actions allowed to this officer."""
    findings = findings_from_json(row.dlp_findings)
    kinds = {finding.kind for finding in findings}
    url, to_group = f"/cho-xem/{row.public_id}", row.group_id is not None
    can_act = officer_may(officer, Permission.MANAGE_GROUPS if to_group else Permission.WORK_CASES)
    is_second_person = row.officer_id != officer.pk
    is_releasable = can_release([finding for finding in findings if finding.kind is not FindingKind.CHILD])
    why_not = "" if is_releasable else _("Phần này không ai cho gửi được, chỉ viết lại.")
    if is_releasable and not is_second_person:
        why_not = _("Muốn gửi nguyên văn thì nhờ một người khác trong đơn vị xem.")
    return {
        "id": row.public_id,
        "who": row.officer.name if row.officer else _("Tự động"),
        "at": row.created_at,
        "text": row.text,
        "pieces": [replace(piece, why=_(piece.why)) for piece in split_at_findings(row.text, findings)],
        "reasons": [translated_labels(LABELS)[kind] for kind in FindingKind if kind in kinds],
        "rewrite_url": f"{url}/sua" if can_act and to_group else "",
        "hint": "" if to_group else _("Bỏ lời này rồi viết lại ở ô trả lời."),
        "release_url": f"{url}/cho-gui" if can_act and is_second_person and is_releasable else "",
        "why_not": why_not if can_act else "",
        "drop_url": f"{url}/bo" if can_act else "",
        "contact": FindingKind.CONTACT in kinds,
        "child": FindingKind.CHILD in kinds,
        "grounds": [{"value": value, "label": label} for value, label in ChildGround.Kind.choices],
        "consent_url": f"/dong-y/{format_code(row.case.code)}" if row.case else "/dong-y",
    }


# Presenters of a group's area and its join requests for the group's page.


def list_areas(officer: Officer, now: dt.datetime) -> dict[int, tuple[str, bool]]:
    """Return (name, is a village) by area id: the own commune and its villages, or every commune."""
    communes = {commune.area_id: (commune.full_name, False) for commune in areas.get_directory().communes.values()}
    if visibility(officer).province:
        return dict(sorted(communes.items(), key=lambda item: to_sort_key(item[1][0])))
    own_area_id = officer.unit.area_id
    return {own_area_id: communes[own_area_id]} | _list_villages(own_area_id, now) if own_area_id in communes else {}


def list_group_areas(officer: Officer, group: Group, now: dt.datetime) -> dict[int, tuple[str, bool]]:
    """Return the areas the group may be assigned to: as `list_areas`, and the villages of its commune."""
    commune = areas.get_directory().get_responsible_unit(group.area_id)[1]
    return list_areas(officer, now) | (_list_villages(commune, now) if commune is not None else {})


def _list_villages(commune: int, now: dt.datetime) -> dict[int, tuple[str, bool]]:
    return {
        village.area_id: (village.full_name, True)
        for village in areas.list_villages_of_commune(commune, to_vietnam_day(now))
    }


def to_area_form(officer: Officer, group: Group, now: dt.datetime) -> dict[str, Any] | None:
    """Return the form that sets or corrects the group's area; None for officers without the right."""
    if group.state != Group.State.OPEN or not officer_may(officer, Permission.MANAGE_GROUPS):
        return None
    areas_by_id = list_group_areas(officer, group, now)
    villages, communes = (
        [(pk, name) for pk, (name, is_village_area) in areas_by_id.items() if is_village_area is is_village]
        for is_village in (True, False)
    )
    parts = ((_("Thôn, tổ dân phố"), villages), (_("Xã, phường"), communes))
    return {
        "url": f"{GROUPS_URL}/{group.public_id}/dia-ban",
        "first": is_unplaced(group),
        "says_rules": not group.rules_version,
        "parts": [
            {
                "label": label,
                "options": [
                    {"value": pk, "label": name_text, "chosen": pk == group.area_id} for pk, name_text in options
                ],
            }
            for label, options in parts
            if options
        ],
    }


def to_join_requests(officer: Officer, group: Group) -> dict[str, Any]:
    """Return the join requests by the pseudonyms of the group's page; the URL only for officers with the right."""
    can_decide = officer_may(officer, Permission.MANAGE_GROUPS) and group.state == Group.State.OPEN
    context = format_group_scope(group.pk)
    return {
        "url": f"{GROUPS_URL}/{group.public_id}/xin-vao" if can_decide else "",
        "rows": [
            {
                "name": format_pseudonym(reporter, context),
                "value": derive_pseudonym(reporter.pseudonym, context),
                "at": requested_at,
            }
            for reporter, requested_at in (
                (membership.reporter, membership.asked_at) for membership in queries.list_pending_requests(group)
            )
        ],
    }
