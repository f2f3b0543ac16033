"""Moderation flags of group messages: stored on arrival, settled by an officer. No warning is sent automatically."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.channels.models import Flag, Group, Message
from binhyen.channels.queries import Missing, open_flags
from binhyen.channels.services.outbox import queue
from binhyen.channels.services.outgoing_draft import Draft
from binhyen.kit.live_events import Live, publish
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.services import actor_of

LONGEST = 500


class FlagRefused(Exception):
    """The reason why nothing was done, in Vietnamese, for the requesting officer."""


@dataclass(frozen=True, slots=True)
class Found:
    """A group message to flag, with kind, reason and the polite reply to suggest."""

    message: Message
    group: Group
    kind: str
    why: str
    answer: str


def flag(found: Sequence[Found], *, now: dt.datetime) -> None:
    """Store flags and notify open pages. Inside the caller's transaction."""
    if not found:
        return
    Flag.objects.bulk_create(
        Flag(message=f.message, group=f.group, kind=f.kind, why=f.why[:300], answer=f.answer[:LONGEST], at=now)
        for f in found
    )
    publish([_live(f.group, f.message, settled=False) for f in found], now=now)


def _live(group: Group, message: Message, *, settled: bool) -> Live:
    """Return the live event for the unit and the province; for the province only, where the message is hidden."""
    kept_away = message.sensitive and message.unit_id != group.unit_id
    topics = ("province",) if kept_away else (f"unit:{group.unit_id}", "province")
    return Live(topics, "flag", {"type": "flag", "group": str(group.public_id), "settled": settled})


@transaction.atomic
def answer(*, group_id: str, flag_id: str, officer: Officer, text: str, now: dt.datetime) -> bool:
    """Send the reply, as edited by the officer, to the group, once only. `group_id`, `flag_id`: public ids.

    Returns whether outbound DLP passed it on to its asynchronous review; a quarantined one waits on the group's page.
    """
    row = _lock(group_id, flag_id, officer)
    text = text.strip()
    if not 2 <= len(text) <= LONGEST:
        raise FlagRefused(_("Lời nhắc dài từ 2 đến {n} ký tự.").format(n=LONGEST))
    if row.group.state != Group.State.OPEN:
        raise FlagRefused(_("Nhóm này không còn hoạt động."))
    group = row.group
    held = queue(
        [Draft(key=f"flag:{row.pk}", channel_id=group.channel_id, group_id=group.pk, text=text, purpose="REMIND",
               unit_id=group.unit_id, officer_id=officer.pk)],
        now=now,
    )  # fmt: skip
    row.answer = text
    _settle(row, Flag.State.ANSWERED, officer, now=now)
    return not held


@transaction.atomic
def dismiss(*, group_id: str, flag_id: str, officer: Officer, now: dt.datetime) -> None:
    """Dismiss the flag: nothing is wrong with the message, or no reply is needed."""
    _settle(_lock(group_id, flag_id, officer), Flag.State.DISMISSED, officer, now=now)


def _lock(group_id: str, flag_id: str, officer: Officer) -> Flag:
    """Return the open flag, locked.

    Raises Missing where it is not visible to the officer, FlagActionError once settled.
    """
    if not access.may(officer, May.MANAGE_GROUPS):
        raise FlagRefused(_("Bạn không có quyền làm việc này."))
    rows = open_flags(officer).filter(public_id=flag_id, group__public_id=group_id)
    row = rows.select_for_update(of=("self",)).first()
    if row is not None:
        return row
    settled = Flag.objects.filter(access.within(officer, unit="group__unit_id"), public_id=flag_id)
    if settled.filter(group__public_id=group_id).exclude(state=Flag.State.OPEN).exists():
        raise FlagRefused(_("Tin này đã có người xem."))
    raise Missing


def _settle(row: Flag, state: Flag.State, officer: Officer, *, now: dt.datetime) -> None:
    row.state, row.settled_at, row.settled_by = state, now, officer
    row.save(update_fields=["state", "settled_at", "settled_by", "answer"])
    verb = "group.reminded" if state == Flag.State.ANSWERED else "group.flag_dismissed"
    about = f"group:{row.group.public_id}"
    record([Act(actor_of(officer), verb, about, row.group.unit_id, {"kind": row.kind})], now=now)
    publish([_live(row.group, row.message, settled=True)], now=now)
