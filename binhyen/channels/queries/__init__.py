"""Queries of the channels; each takes the requesting officer."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Count, F, Q, QuerySet, SmallIntegerField, Sum, When
from django.db.models.functions import Coalesce

from binhyen.channels.models import (
    Attachment,
    Channel,
    EventCount,
    Flag,
    Group,
    GroupRules,
    Inbound,
    Membership,
    Message,
    Outgoing,
    Published,
)
from binhyen.channels.queries.silence_detection import quiet
from binhyen.channels.registry import kinds
from binhyen.kit import ranked_search
from binhyen.kit.keyset_pagination import Page, decode, encode
from binhyen.kit.search_terms import Wanted, wanted
from binhyen.people import access

PAGE = 50
MOST_MEMBERS = 300
MOST_POSTS = 30


class Missing(Exception):
    """The row is not visible to this officer; the same answer whether it does not exist or belongs to others."""


def published(values: Collection[str]) -> frozenset[str]:
    """Return which of these numbers and links a police unit published itself."""
    return frozenset(Published.objects.filter(value__in=values).values_list("value", flat=True))


def access_message(officer: Any, public_id: str, *, lock: bool = False) -> Message:
    """Return a message the officer may assign; with `for_update` locked until the transaction ends.

    Raises NotVisible.
    """
    rows = Message.objects.select_for_update(of=("self",)) if lock else Message.objects
    message = rows.filter(access.within(officer), public_id=public_id).first()
    if message is None:
        raise Missing
    return message


def access_outgoing(officer: Any, public_id: str) -> Outgoing:
    row = _outgoing(officer).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if row is None:
        raise Missing
    return row


def access_group(officer: Any, public_id: str) -> Group:
    group = groups(officer).filter(public_id=public_id).first()
    if group is None:
        raise Missing
    return group


def access_attachment(officer: Any, public_id: str) -> Attachment:
    """Return a file of a message or an evidence file the officer may see; `sensitive` is that of its message."""
    by_message = access.within(officer, unit="message__unit_id") & Q(message__isnull=False)
    by_message &= ~Q(message__in_case=True, message__sensitive=True)  # by the case alone: it may be restricted
    by_case = access.cases(officer, prefix="message__case_messages__case__") & Q(message__case_messages__isnull=False)
    by_evidence = access.cases(officer, prefix="evidence__case__") & Q(evidence__isnull=False)
    rows = Attachment.objects.filter(by_message | by_case | by_evidence, public_id=public_id)
    found = rows.exclude(message__sealed__isnull=False).distinct()  # files of a sealed tip are never shown
    attachment = found.annotate(sensitive=Coalesce("message__sensitive", "evidence__case__sensitive")).first()
    if attachment is None:
        raise Missing
    return attachment


def loose_messages(officer: Any, *, cursor: str = "", words: str = "", where: str = "") -> Page[Message]:
    """List messages without a case, newest first; with `search_text` only matches, exact ones first.

    `source`: group, private or both (empty).
    """
    rows = _loose(officer)
    if where:
        rows = rows.filter(group__isnull=where != "group")
    conditions = ranked_search.parts(wanted(words)) if words else [Q()]
    keys = ranked_search.newest_first(rows, conditions, after=ranked_search.key("messages", cursor), most=PAGE + 1)
    return Page(_whole(keys[:PAGE]), encode("messages", keys[PAGE - 1]) if len(keys) > PAGE else "")


def find_messages(officer: Any, looked_for: Wanted, *, most: int = 20) -> list[Message]:
    """Search messages without a case that have every word: accent-exact matches first, then newest first."""
    return _whole(ranked_search.newest_first(_loose(officer), ranked_search.parts(looked_for), most=most))


def _loose(officer: Any) -> QuerySet[Message]:
    return Message.objects.filter(access.within(officer), in_case=False)


def _whole(keys: Sequence[ranked_search.Key]) -> list[Message]:
    """Return the rows of these keys in this order, with the data that a list shows."""
    ids = [pk for _, pk in keys]
    # nosemgrep: query-without-sight  ids already filtered by visibility
    rows = Message.objects.filter(pk__in=ids).defer("folded", "search", "marked", "reading")
    by_id = {m.pk: m for m in rows.select_related("group", "reporter", "channel").prefetch_related("attachments")}
    return [by_id[pk] for pk in ids if pk in by_id]


def groups(officer: Any) -> QuerySet[Group]:
    return Group.objects.filter(access.within(officer)).select_related("unit", "area", "channel").order_by("name")


def to_look_at(officer: Any) -> dict[int, int]:
    """Return the number of messages to review by group; only groups that have some."""
    return dict(open_flags(officer).order_by().values_list("group_id").annotate(n=Count("id")))


def groups_page(officer: Any, *, first: Collection[int] = (), cursor: str = "") -> Page[Group]:
    """Return a page of groups: those in `first_ids` by name, then the others."""
    rank = Choice(When(pk__in=list(first), then=0), default=1, output_field=SmallIntegerField())
    rows = groups(officer).annotate(rank=rank).order_by("rank", "name", "id")
    after = decode("groups", cursor, 2)
    last = Group.objects.filter(pk=after[1]).first() if after else None
    if after and last:
        beyond = Q(name__gt=last.name) | Q(name=last.name, id__gt=last.pk)
        rows = rows.filter(Q(rank__gt=after[0]) | Q(beyond, rank=after[0]))
    found = list(rows[: PAGE + 1])
    end = found[PAGE - 1] if len(found) > PAGE else None
    return Page(found[:PAGE], encode("groups", (int(end.pk not in first), end.pk)) if end else "")


def open_flags(officer: Any) -> QuerySet[Flag]:
    """List messages of the officer's groups to review.

    A sensitive message is visible only to officers who may assign it: a complaint about police stays hidden from its
    subject's unit.
    """
    rows = Flag.objects.filter(access.within(officer, unit="group__unit_id"), state=Flag.State.OPEN)
    if not access.sight(officer).province:  # the province's filter is an empty Q, which OR would ignore
        rows = rows.filter(access.within(officer, unit="message__unit_id") | Q(message__sensitive=False))
    return rows.select_related("message", "message__reporter", "group").order_by("-id")


def group_totals(officer: Any) -> tuple[int, int]:
    """Return the numbers of open groups and of their members, of those visible to the officer."""
    sums = groups(officer).filter(state=Group.State.OPEN).order_by().aggregate(n=Count("id"), members=Sum("members"))
    return sums["n"], sums["members"] or 0


def members(group: Group) -> list[Membership]:
    """List the current members of a group, the latest first; pseudonyms only."""
    rows = Membership.objects.filter(group=group, left_at=None).select_related("reporter")
    return list(rows.order_by("-joined_at")[:MOST_MEMBERS])


def asking(group: Group) -> list[Membership]:
    """List unanswered join requests, oldest first; pseudonyms only."""
    rows = Membership.objects.filter(group=group, asked_at__isnull=False, answer="").select_related("reporter")
    return list(rows.order_by("asked_at", "pk")[:MOST_MEMBERS])


def groups_asked(officer: Any) -> dict[int, int]:
    """Return the number of join requests by group; only groups that have some."""
    rows = Membership.objects.filter(access.within(officer, unit="group__unit_id"), group__state=Group.State.OPEN)
    rows = rows.filter(asked_at__isnull=False, answer="")
    return dict(rows.order_by().values_list("group_id").annotate(n=Count("id")))


def rules_text(version: int) -> tuple[int, str]:
    """Return version and text of the rules, the newest where that version is unknown; (0, "") where there are none."""
    rules = GroupRules.objects.filter(version=version).first() or GroupRules.objects.order_by("-version").first()
    return (rules.version, rules.text) if rules else (0, "")


def _outgoing(officer: Any) -> QuerySet[Outgoing]:
    """Return rows of the officer's cases and groups.

    Operators see every stuck row, but never its text (see the view).
    """
    return Outgoing.objects.filter(access.outgoing(officer))


def held(officer: Any) -> QuerySet[Outgoing]:
    """List quarantined messages of the units visible to the officer, oldest first."""
    rows = Outgoing.objects.filter(access.within(officer), access.outgoing(officer), state=Outgoing.State.HELD)
    return rows.select_related("group", "officer", "case").order_by("pk")


def posts(officer: Any, group: Group) -> list[Outgoing]:
    """List messages sent to the group by any author, newest first."""
    out = [Outgoing.State.SENT, Outgoing.State.DELIVERED, Outgoing.State.SEEN]
    rows = Outgoing.objects.filter(access.within(officer), access.outgoing(officer), group=group, state__in=out)
    return list(rows.select_related("officer").order_by("-pk")[:MOST_POSTS])


LATE = dt.timedelta(minutes=1)


def stuck(officer: Any, *, now: dt.datetime) -> QuerySet[Outgoing]:
    """Return unsent messages that can be fixed here: dead, or still waiting a minute after the due time."""
    late = Q(state__in=["QUEUED", "SENDING", "READING"], created_at__lt=now - LATE)
    return _outgoing(officer).filter(Q(state="DEAD") & ~_unheard() | late)


def unheard(officer: Any) -> QuerySet[Outgoing]:
    """Return messages whose recipient accepts none now: only the recipient can change it."""
    return _outgoing(officer).filter(_unheard())


def _unheard() -> Q:
    return Q(state="DEAD", code__in=sorted(code for kind in kinds() for code in kind.limits.unheard))


def is_unheard(sent: Outgoing) -> bool:
    kind = kinds()[sent.channel.kind]
    return sent.state == Outgoing.State.DEAD and sent.code in kind.limits.unheard


STUCK = {"dead": Q(state="DEAD"), "waiting": ~Q(state="DEAD")}


def stuck_page(officer: Any, *, state: str = "", cursor: str = "", now: dt.datetime) -> Page[Outgoing]:
    """Return a page of `list_stuck`, newest first.

    `state`: dead, waiting or both (empty); unheard: unreachable ones instead.
    """
    rows = unheard(officer) if state == "unheard" else stuck(officer, now=now).filter(STUCK.get(state, Q()))
    after = decode("outgoing", cursor, 1)
    if after:
        rows = rows.filter(pk__lt=after[0])
    whole = rows.select_related("channel", "case", "group", "conversation", "conversation__reporter")
    found = list(whole.order_by("-id")[: PAGE + 1])
    return Page(found[:PAGE], encode("outgoing", (found[PAGE - 1].pk,)) if len(found) > PAGE else "")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A channel that sends or hears nothing. `lost`: its grant is gone; `waiting`: messages for it, of what the officer
    sees; `quiet_since`: when something last came, where that is long ago; `refusal`: in what words the channel refused.
    """

    channel: Channel
    lost: bool
    waiting: int
    quiet_since: dt.datetime | None
    refusal: str = ""


def troubled(officer: Any, *, now: dt.datetime) -> list[Trouble]:
    """List channels that cannot send (paused, off, without grant) or are silent too long (silence_detection.py)."""
    trouble, silent = (
        Q(paused_until__gt=now) | Q(is_active=False) | Q(credential__lost_at__isnull=False),
        quiet(now=now),
    )
    channels = Channel.objects.filter(trouble | Q(pk__in=silent))
    found = list(channels.select_related("credential").order_by("id"))
    if not found:
        return []
    rows = _outgoing(officer).filter(channel__in=found, state__in=["QUEUED", "SENDING"])
    waiting = dict(rows.order_by().values_list("channel").annotate(n=Count("id")))
    return [
        Trouble(
            c, hasattr(c, "credential") and c.credential.lost_at is not None, waiting.get(c.pk, 0),
            None if c.paused_until and c.paused_until > now else silent.get(c.pk),
            c.credential.refusal if hasattr(c, "credential") else "",
        )
        for c in found
    ]  # fmt: skip


def unknown_events(day: dt.date) -> list[tuple[str, int]]:
    """Return events of the last week unknown to every adapter, with their counts."""
    rows = EventCount.objects.filter(known=False, day__gt=day - dt.timedelta(days=7))
    return [(r["event"], r["n"]) for r in rows.values("event").annotate(n=Sum("count")).order_by("-n")]


def unreadable(*, since: dt.datetime) -> QuerySet[Inbound]:
    """Return webhooks since then that could not be processed and reached no desk. Only to be counted, never shown."""
    return Inbound.objects.filter(state="DEAD", received_at__gt=since)


def behind(*, now: dt.datetime) -> QuerySet[Inbound]:
    """What should have been read by now: nobody reads. What is tried again later is no such thing. What came «in the
    future» came before the clock was set back.
    """
    late = Q(due_at__lt=now - LATE) | Q(due_at=F("received_at"), received_at__gt=now + LATE)
    return Inbound.objects.filter(late, state="PENDING")


def unread() -> dict[str, int]:
    """Return the number of unprocessed webhooks by state, for the operator's page."""
    rows = Inbound.objects.filter(state__in=["PENDING", "DEAD"]).values("state").annotate(n=Count("id"))
    return {r["state"]: r["n"] for r in rows}
