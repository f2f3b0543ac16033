"""Notices about bulletins on the devices and e-mail addresses that subscribed to their area and topic.

A correction and a withdrawal carry the name of the original, so that they replace it on the device and at the push
service, and stand in one thread of e-mail. A withdrawal goes only to those that may have got the bulletin.
"""

import datetime as dt
from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import override

from binhyen.areas import queries as areas
from binhyen.bulletins import queries
from binhyen.bulletins.media_texts import format_letter, format_withdrawal_post
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.rules import TOPIC_LABELS, BulletinTopic, UrgentGround
from binhyen.channels.services.push import (
    MAIL_SUFFIX,
    NoticeDraft,
    cancel_notices,
    count_citizens,
    erase_notice_texts,
    queue_notice,
)
from binhyen.kit.ids import format_code

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
        is_child = row.ground == UrgentGround.MISSING_CHILD
        body = _("Xem thông báo.") if is_child else row.title
    files = [(item.title, item.url) for item in queries.list_public_files([row])[row.pk]]
    expires_at = row.expires_at or now + MAX_LIFETIME
    draft = NoticeDraft(
        key=f"{_KEY_PREFIX}{row.public_id}:release",
        title=heading,
        body=body,
        url=f"{queries.PUBLIC_URL}/{format_code(row.code)}",
        lifetime=min(expires_at - now, MAX_LIFETIME),
        mail_title=heading if is_child else f"{heading}: {row.title}",
        mail_text=body if is_child else format_letter(queries.build_text(row), files),
        areas=_list_area_ids(row),
        topic=row.topic,
        replaces=replaces,
        is_urgent=bool(row.ground),
    )
    queue_notice(draft, now=now)


def queue_withdrawal_notice(row: Bulletin, *, erases: bool, now: dt.datetime) -> None:
    """Stop unsent notices, and notify those that may have got the bulletin. `erases`: repeat nothing of its text."""
    replaces = _name_notices(row)
    cancel_notices(replaces=replaces, now=now)
    erase_notice_texts(replaces=replaces)
    is_child = erases or not row.title
    with override("vi"):
        title = _("Công an rút một thông báo")
        body = _("Thông báo vừa gửi không còn hiệu lực.")
    draft = NoticeDraft(
        key=f"{_KEY_PREFIX}{row.public_id}:withdrawal",
        title=title,
        body=body,
        url=f"{queries.PUBLIC_URL}/{format_code(row.code)}",
        lifetime=MAX_LIFETIME,
        mail_title=title,
        mail_text=format_withdrawal_post(queries.build_text(row), row.reason, is_child=is_child),
        areas=_list_area_ids(row),
        topic=row.topic,
        replaces=replaces,
        is_urgent=True,
        only_reached=True,
    )
    queue_notice(draft, now=now)


def queue_area_withdrawal_notice(row: Bulletin, *, area_ids: Collection[int], now: dt.datetime) -> None:
    """Notify those who chose one of these communes and may have got the bulletin, which stays in force elsewhere."""
    names = ", ".join(place.full_name for place in areas.list_named_areas(area_ids=area_ids))
    with override("vi"):
        title = _("Công an rút một thông báo")
        body = _("Thông báo vừa gửi không còn hiệu lực ở {areas}.").format(areas=names)
    text = format_withdrawal_post(queries.build_text(row), row.reason, is_child=False)
    draft = NoticeDraft(
        key=f"{_KEY_PREFIX}{row.public_id}:part-{min(area_ids)}",
        title=title,
        body=body,
        url=queries.PUBLIC_URL,
        lifetime=MAX_LIFETIME,
        mail_title=title,
        mail_text=f"{body}\n\n{text}",
        areas=area_ids,
        topic=row.topic,
        replaces=_name_notices(row),
        is_urgent=True,
        only_reached=True,
        only_local=True,
    )
    queue_notice(draft, now=now)


def count_subscribers(row: Bulletin) -> int:
    """Return the number of devices and e-mail addresses that its notice would go to."""
    return count_citizens(areas=_list_area_ids(row), topic=row.topic)


def list_notice_keys(row: Bulletin) -> list[str]:
    """Return the keys of its notices on devices; with `MAIL_SUFFIX` those by e-mail."""
    return [f"{_KEY_PREFIX}{row.public_id}:{step}" for step in ("release", "withdrawal")]


def list_mail_keys(row: Bulletin) -> list[str]:
    return [f"{key}{MAIL_SUFFIX}" for key in list_notice_keys(row)]


def _name_notices(row: Bulletin) -> str:
    """Return the name shared by a bulletin and its corrections: the code of the first."""
    first = min(queries.list_chain(row))
    return f"bulletin-{Bulletin.objects.values_list('code', flat=True).get(pk=first)}"


def _list_area_ids(row: Bulletin) -> list[int] | None:
    """Return the ids of the communes that the audience touches; None for the whole province."""
    communes = areas.get_directory().communes
    codes = queries.list_commune_codes(row)
    return None if len(codes) == len(communes) else [communes[code].area_id for code in codes if code in communes]
