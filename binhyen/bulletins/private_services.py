"""Bulletins in private chats: to people inside the free window of an account and in no group reached.

The record of deliveries is the outgoing messages themselves: their keys name the bulletin, the kind and the chat. Zalo
accepts nothing to a person silent for longer, so a correction or withdrawal then waits until the person writes again.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from binhyen.areas import queries as areas
from binhyen.areas.models import Unit
from binhyen.bulletins import queries
from binhyen.bulletins.attachment_services import prepare_media
from binhyen.bulletins.media_texts import CHILD_GROUND, format_private_message, format_withdrawal_post
from binhyen.bulletins.models import Bulletin, GroupDelivery
from binhyen.bulletins.rules import AreaFigures, BulletinState, UrgentGround, select_group_ids
from binhyen.cases.models import CaseMessage
from binhyen.channels.dlp.detectors import REVIEW_KINDS, FindingKind
from binhyen.channels.models import Channel, ChildGround, Group, Membership, Message, Outgoing
from binhyen.channels.queries import BULLETIN_PURPOSE
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.services import URGENT_PRIORITY, GroupPost, OutgoingDraft, queue_messages
from binhyen.channels.services.async_dlp import find_repeated_reports
from binhyen.channels.services.outbound_dlp import check_group_post
from binhyen.channels.services.outbox import DEFERRED_PREFIX, defer_delivery
from binhyen.channels.services.push import OPT_OUT_TIME
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people import access

MAX_GROUND = dt.timedelta(days=30)  # the longest term of the ground in channels/services/quarantine.py
QUARANTINED = N_("máy giữ lại vì lời có thể lộ tin kín")
_Kind, _State = GroupDelivery.Kind, Outgoing.State
_LEVELS = ("", Group.Level.COMMUNE)


@dataclass(frozen=True, slots=True)
class PrivateChat:
    """A private chat of a person with an account. `unit_id`: of the person's commune, the province's if unknown."""

    conversation_id: int
    channel_id: int
    unit_id: int


def list_private_chats(bulletin: Bulletin, group_ids: Collection[int], *, now: dt.datetime) -> list[PrivateChat]:
    """List the open chats of people in the audience that are in none of these groups, one a person."""
    if bulletin.group_level not in _LEVELS:
        return []
    chats: dict[int, PrivateChat] = {}
    for channel in Channel.objects.filter(is_active=True).select_related("unit").order_by("pk"):
        chats |= _list_open_chats(channel, now=now)
    present = Membership.objects.filter(reporter__in=chats, group__in=group_ids, left_at=None, asked_at=None)
    for reporter in present.values_list("reporter_id", flat=True):
        chats.pop(reporter, None)
    return _select_inside(bulletin, sorted(chats.values(), key=lambda chat: chat.conversation_id))


def count_recipients(bulletin: Bulletin, group_ids: Collection[int], *, now: dt.datetime) -> int:
    """Count them for an officer, without access to the chats."""
    with rls_scope(PROGRAM_SCOPE):
        return len(list_private_chats(bulletin, group_ids, now=now))


def _list_open_chats(channel: Channel, *, now: dt.datetime) -> dict[int, PrivateChat]:
    """Return reporter → chat of the people whose last open message is within the account's free window.

    A complaint about police or a sealed tip opens no window: the number of recipients would tell of it.
    """
    window = get_channel_kinds()[channel.kind].limits.free_window
    if window is None:
        return {}
    links = CaseMessage.objects.filter(message=OuterRef("pk"), detached_at=None)
    is_open = ~Exists(links.filter(case__is_restricted=True)) | Exists(links.filter(case__is_restricted=False))
    rows = Message.objects.filter(
        is_open,
        channel=channel,
        conversation__last_interaction_at__gt=now - window,
        conversation__unfollowed_at=None,
        sent_at__gt=now - window,
        ciphertext=None,
    )
    directory = areas.get_directory()
    communes = {entry.unit_id for entry in directory.communes.values()}
    fixed = channel.unit_id if channel.unit and channel.unit.level == Unit.Level.COMMUNE else None
    chats: dict[int, PrivateChat] = {}
    for conversation, reporter, unit in rows.order_by("sent_at", "pk").values_list(
        "conversation_id", "reporter_id", "unit_id"
    ):
        known = chats[reporter].unit_id if reporter in chats else directory.province_unit_id
        place = fixed or (unit if unit in communes else known)
        chats[reporter] = PrivateChat(conversation, channel.pk, place)
    return chats


def _select_inside(bulletin: Bulletin, chats: Sequence[PrivateChat]) -> list[PrivateChat]:
    """Keep the chats inside the audience; an unknown place only where it is the whole province."""
    directory = areas.get_directory()
    by_unit = {entry.unit_id: entry.area_id for entry in directory.communes.values()}
    if not bulletin.excluded_areas:
        by_unit[directory.province_unit_id] = directory.province_area_id
    if bulletin.unit_id != directory.province_unit_id:
        by_unit = {unit: area for unit, area in by_unit.items() if unit == bulletin.unit_id}
    wanted = {unit: area for unit, area in by_unit.items() if unit in {chat.unit_id for chat in chats}}
    containing = areas.get_containing_areas(set(wanted.values()))
    inside = select_group_ids(
        {unit: (area, containing[area]) for unit, area in wanted.items()}, bulletin.areas, bulletin.excluded_areas
    )
    return [chat for chat in chats if chat.unit_id in inside]


# The record of deliveries.


def _select_messages(bulletin_ids: Collection[int]) -> QuerySet[Outgoing]:
    """Return the private messages of these bulletins, of every kind."""
    public_ids = list(Bulletin.objects.filter(pk__in=bulletin_ids).values_list("public_id", flat=True))
    starts = (f"{prefix}bulletin:{public_id}:" for public_id in public_ids for prefix in ("", DEFERRED_PREFIX))
    is_of_these: Q = reduce(or_, (Q(key__startswith=start) for start in starts), Q(pk__in=[]))
    return Outgoing.objects.filter(is_of_these, conversation__isnull=False)


_IS_WITHDRAWAL = Q(key__contains=f":{_Kind.WITHDRAWAL}:")


def cancel_private_messages(bulletin_ids: Collection[int], *, units: Collection[int] | None = None) -> int:
    """Cancel unsent private messages of these bulletins, except notices of withdrawal; return their number.

    `units`: only to people there; None: everywhere.
    """
    rows = _select_messages(bulletin_ids).filter(~_IS_WITHDRAWAL, state__in=queries.UNSENT_STATES)
    if units is not None:
        rows = rows.filter(unit__in=units)
    return rows.update(state=_State.CANCELLED)


def list_ended_with_repeats() -> list[int]:
    """List the ended bulletins whose private messages returned to the queue after a failed attempt."""
    rows = Outgoing.objects.filter(
        ~_IS_WITHDRAWAL, purpose=BULLETIN_PURPOSE, conversation__isnull=False, state=_State.QUEUED, attempts__gt=0
    )
    public_ids = {key.removeprefix(DEFERRED_PREFIX).split(":")[1] for key in rows.values_list("key", flat=True)}
    ended = Bulletin.objects.filter(public_id__in=public_ids).exclude(state=BulletinState.RELEASED)
    return list(ended.values_list("pk", flat=True))


def _list_reached(bulletin_ids: Collection[int]) -> list[PrivateChat]:
    """List the chats that received one of these bulletins, or may have; not those from which it was withdrawn."""
    rows = _select_messages(bulletin_ids)
    withdrawn = set(rows.filter(_IS_WITHDRAWAL).values_list("conversation_id", flat=True))
    reached = rows.filter(Q(state__in=queries.REACHED_STATES) | Q(delivery_unknown=True))
    return [chat for chat in _to_chats(reached) if chat.conversation_id not in withdrawn]


def _to_chats(rows: QuerySet[Outgoing]) -> list[PrivateChat]:
    values = rows.order_by("conversation_id", "pk").values_list("conversation_id", "channel_id", "unit_id")
    return list({row[0]: PrivateChat(*row) for row in values}.values())


# Steps of a bulletin.


@transaction.atomic
def queue_private_messages(*, now: dt.datetime) -> int:
    """Write the private messages of a released bulletin, once; return the number of bulletins. Runs in the worker.

    Raises key_files.KeyFileMissing: then they wait, since nothing leaves unchecked.
    """
    pending = Bulletin.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=BulletinState.RELEASED, private_count=None, groups_fixed_at__isnull=False
    )
    row = pending.select_related("unit", "corrects").order_by("released_at").first()
    if row is None:
        return 0
    first, again = _list_release_chats(row, now=now)
    _write_messages(row, first, _Kind.POST, now=now)
    _write_messages(row, again, _Kind.CORRECTION, now=now)
    row.private_count = len(first) + len(again)
    row.head_count += row.private_count
    row.save(update_fields=["private_count", "head_count"])
    if first or again:
        _apply_findings(row, now=now)
    return 1


def _list_release_chats(row: Bulletin, *, now: dt.datetime) -> tuple[list[PrivateChat], list[PrivateChat]]:
    """Return the chats that get it as new, and those that get it as a correction of what they received."""
    group_ids = list(row.deliveries.filter(is_cancelled=False).values_list("group_id", flat=True))
    if row.corrects is None:
        return list_private_chats(row, group_ids, now=now), []
    chain = queries.list_chain(row.corrects)
    reached = _list_reached(chain)
    known = {chat.conversation_id for chat in reached}
    if row.corrects.private_count is None:
        waiting = list_private_chats(row, group_ids, now=now)
    else:  # cancelled when the correction was released, and not for a failure
        waiting = _select_inside(row, _to_chats(_select_messages(chain).filter(state=_State.CANCELLED, reason="")))
    return [chat for chat in waiting if chat.conversation_id not in known], reached


def _write_messages(row: Bulletin, chats: Sequence[PrivateChat], kind: str, *, now: dt.datetime) -> None:
    """Queue one message a chat. A correction or withdrawal is deferred for a person out of reach now."""
    if not chats:
        return
    is_withdrawal = kind == _Kind.WITHDRAWAL
    prefix = "" if kind == _Kind.POST else DEFERRED_PREFIX
    text, media = _build_text(row, kind), () if is_withdrawal else prepare_media(row)
    drafts = [
        OutgoingDraft(
            key=f"{prefix}bulletin:{row.public_id}:{kind}:c{chat.conversation_id}",
            channel_id=chat.channel_id,
            text=text,
            purpose=BULLETIN_PURPOSE,
            conversation_id=chat.conversation_id,
            unit_id=chat.unit_id,
            officer_id=row.ended_by_id if is_withdrawal and row.ended_by_id else row.author_id,
            priority=URGENT_PRIORITY if is_withdrawal or row.ground else 0,
            media=media,
        )
        for chat in chats
    ]
    queue_messages(drafts, now=now)


def _build_text(row: Bulletin, kind: str) -> str:
    text = queries.build_text(row)
    if kind == _Kind.WITHDRAWAL:
        is_child = row.ground == UrgentGround.MISSING_CHILD or not row.title
        return format_withdrawal_post(text, row.reason, is_child=is_child)
    return format_private_message(text, is_correction=row.corrects_id is not None)


def _apply_findings(row: Bulletin, *, now: dt.datetime) -> None:
    """Give up messages whose text repeats a confidential report, unless it is urgent or a person accepted it."""
    text = _build_text(row, _Kind.POST)
    text_findings = {
        item.kind for item in check_group_post(GroupPost("", text, BULLETIN_PURPOSE, row.unit_id, row.author_id))
    }
    repeated = find_repeated_reports(text, unit_id=row.unit_id, officer_id=row.author_id, now=now)
    allowed = {*row.accepted_kinds, *(REVIEW_KINDS if row.ground else ())}
    rows = _select_messages([row.pk]).filter(state=_State.QUEUED)
    if not {*text_findings, *(item.kind for item in repeated)} <= allowed:
        rows.update(state=_State.CANCELLED, reason=QUARANTINED)
    elif FindingKind.CHILD in text_findings:
        record_child_ground(row, rows, now=now)


def record_child_ground(bulletin: Bulletin, rows: QuerySet[Outgoing], *, now: dt.datetime) -> None:
    """Record why these messages tell a child's details, and until when our pages may show them."""
    until = min(to_vietnam_day(bulletin.expires_at or now), to_vietnam_day(now) + MAX_GROUND)
    ChildGround.objects.bulk_create(
        ChildGround(
            outgoing_id=pk,
            kind=ChildGround.Kind.EMERGENCY,
            reason=CHILD_GROUND.format(code=format_code(bulletin.code)),
            until=until,
            officer_id=bulletin.approved_by_id or bulletin.author_id,
            at=now,
        )
        for pk in rows.values_list("pk", flat=True)
    )
    rows.update(shown_until=until)


def withdraw_messages(row: Bulletin, *, units: Collection[int] | None = None, now: dt.datetime) -> None:
    """Cancel unsent messages and notify exactly the people reached. `units`: only there."""
    chain = queries.list_chain(row)
    cancel_private_messages(chain, units=units)
    reached = [chat for chat in _list_reached(chain) if units is None or chat.unit_id in units]
    _write_messages(row, reached, _Kind.WITHDRAWAL, now=now)


def erase_child_messages(bulletin_ids: Collection[int], text: str) -> None:
    """Replace the words about a child in private messages, except notices of withdrawal."""
    _select_messages(bulletin_ids).filter(~_IS_WITHDRAWAL).update(text=text)


def retry_failed_messages(row: Bulletin, *, now: dt.datetime) -> int:
    """Queue private messages again that were given up: of the withdrawal, or of the bulletin itself."""
    is_withdrawn = row.state == BulletinState.WITHDRAWN
    rows = _select_messages([row.pk]).filter(_IS_WITHDRAWAL if is_withdrawn else ~_IS_WITHDRAWAL, state=_State.DEAD)
    channels = set(rows.values_list("channel_id", flat=True))
    queued = rows.update(state=_State.QUEUED, due_at=now, attempts=0)
    for channel_id in channels:
        defer_delivery(channel_id)
    return queued


# Figures.

_WAITING = (_State.QUEUED, _State.READING, _State.SENDING, _State.HELD)


@dataclass(frozen=True, slots=True)
class PrivateFigures:
    """Figures of the private messages of a bulletin, and of its withdrawal. `reasons`: of failures, with numbers.

    `seen`: messages of the bulletin whose reading the channel reported.
    """

    release: AreaFigures
    withdrawal: AreaFigures
    reasons: tuple[tuple[str, int], ...]
    seen: int


def count_messages(officer: Any, bulletin: Bulletin) -> PrivateFigures:
    """Count the messages to people of the units visible to the officer."""
    rows = _select_messages([bulletin.pk])
    if not queries.is_own_bulletin(officer, bulletin):
        rows = rows.filter(access.visible_filter(officer))
    counted = rows.order_by().values_list("state", "reason").annotate(withdrawal=_IS_WITHDRAWAL, n=Count("pk"))
    figures: dict[bool, dict[str, int]] = {False: {}, True: {}}
    reasons: dict[str, int] = {}
    seen = 0
    for state, reason, is_withdrawal, n in counted:
        seen += n if state == _State.SEEN and not is_withdrawal else 0
        name = _name_figure(state, reason)
        figures[is_withdrawal][name] = figures[is_withdrawal].get(name, 0) + n
        if name == "failed":
            reasons[reason] = reasons.get(reason, 0) + n
    return PrivateFigures(
        AreaFigures(**figures[False]),
        AreaFigures(**figures[True]),
        tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        seen,
    )


def count_private_pace(bulletin: Bulletin, *, now: dt.datetime) -> tuple[int, int]:
    """Return its private messages that still wait, and those sent within `RATE_WINDOW`."""
    counts = _select_messages([bulletin.pk]).aggregate(
        waiting=Count("pk", filter=Q(state__in=(_State.QUEUED, _State.READING, _State.SENDING))),
        recent=Count("pk", filter=Q(sent_at__gt=now - queries.RATE_WINDOW)),
    )
    return counts["waiting"], counts["recent"]


def _name_figure(state: str, reason: str) -> str:
    if state in (_State.SENT, _State.DELIVERED, _State.SEEN):
        return "delivered"
    if state in _WAITING:
        return "waiting"
    return "failed" if state == _State.DEAD or reason else "cancelled"


def count_unfollowers(bulletin: Bulletin) -> int:
    """Return how many people stopped following the account within a day after it was sent to them."""
    left_at = F("conversation__unfollowed_at")
    rows = _select_messages([bulletin.pk]).filter(sent_at__lte=left_at, sent_at__gt=left_at - OPT_OUT_TIME)
    with rls_scope(PROGRAM_SCOPE):
        return rows.count()
