"""Notices about bulletins on the devices that subscribed to their area and topic.

A correction and a withdrawal carry the name of the original, so that they replace it on the device and at the push
service. A withdrawal goes only to devices that may have got the bulletin.
"""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import override

from binhyen.areas import queries as areas
from binhyen.bulletins import queries
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.rules import TOPIC_LABELS, BulletinTopic, UrgentGround
from binhyen.channels.services.push import NoticeDraft, cancel_notices, queue_notice
from binhyen.kit.ids import format_code

PUBLIC_URL = "/thong-bao"
MAX_LIFETIME = dt.timedelta(days=3)  # that a push service keeps the notice for a phone that is off
_KEY_PREFIX = "bulletin:"


def queue_release_notice(row: Bulletin, *, now: dt.datetime) -> None:
    """Queue the notice of a released bulletin; as a correction it stops unsent notices of the original."""
    is_correction = row.corrects_id is not None
    replaces = _name_notices(row)
    if is_correction:
        cancel_notices(replaces=replaces, now=now)
    with override("vi"):
        label = _(TOPIC_LABELS[BulletinTopic(row.topic)])
        heading = _("Đính chính: {topic}").format(topic=label) if is_correction else label
        # The name of a child must be gone everywhere once the child is found; a shown notice cannot be recalled.
        body = _("Xem thông báo.") if row.ground == UrgentGround.MISSING_CHILD else row.title
    expires_at = row.expires_at or now + MAX_LIFETIME
    draft = NoticeDraft(
        key=f"{_KEY_PREFIX}{row.public_id}:release",
        title=heading,
        body=body,
        url=f"{PUBLIC_URL}/{format_code(row.code)}",
        lifetime=min(expires_at - now, MAX_LIFETIME),
        areas=_list_area_ids(row),
        topic=row.topic,
        replaces=replaces,
        is_urgent=bool(row.ground),
    )
    queue_notice(draft, now=now)


def queue_withdrawal_notice(row: Bulletin, *, now: dt.datetime) -> None:
    """Stop unsent notices, and notify the devices that may have got the bulletin."""
    replaces = _name_notices(row)
    cancel_notices(replaces=replaces, now=now)
    with override("vi"):
        title = _("Công an rút một thông báo")
        body = _("Thông báo vừa gửi không còn hiệu lực.")
    draft = NoticeDraft(
        key=f"{_KEY_PREFIX}{row.public_id}:withdrawal",
        title=title,
        body=body,
        url=f"{PUBLIC_URL}/{format_code(row.code)}",
        lifetime=MAX_LIFETIME,
        areas=_list_area_ids(row),
        topic=row.topic,
        replaces=replaces,
        is_urgent=True,
        only_reached=True,
    )
    queue_notice(draft, now=now)


def list_notice_keys(row: Bulletin) -> list[str]:
    return [f"{_KEY_PREFIX}{row.public_id}:{step}" for step in ("release", "withdrawal")]


def _name_notices(row: Bulletin) -> str:
    """Return the name shared by a bulletin and its corrections: the code of the first."""
    first = min(queries.list_chain(row))
    return f"bulletin-{Bulletin.objects.values_list('code', flat=True).get(pk=first)}"


def _list_area_ids(row: Bulletin) -> list[int] | None:
    """Return the ids of the communes that the audience touches; None for the whole province."""
    communes = areas.get_directory().communes
    codes = queries.list_commune_codes(row)
    return None if len(codes) == len(communes) else [communes[code].area_id for code in codes if code in communes]
