"""Queries of the channels; each takes the requesting officer."""

import datetime as dt
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Case as Choice
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, SmallIntegerField, Subquery, Sum, When
from django.db.models.functions import Coalesce, Greatest

from binhyen.channels import plan_rules
from binhyen.channels.adapter import GroupAdapter
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
    PublishedText,
    PushSubscription,
)
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.retry_policy import SILENCE_LIMITS, get_silence_limit, get_waking_time
from binhyen.kit import periodic, ranked_search
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.keyset_pagination import Page, decode_cursor, encode_cursor
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.search_terms import SearchTerms, parse_search
from binhyen.people import access
from binhyen.people.models import DutyPhone, Officer
from binhyen.people.queries import list_ids_on_duty, list_officers_for_duty
from binhyen.people.roles import Permission
from binhyen.ui.formatting import format_phone

# Silence detection: channels without a webhook for unusually long.
#
# Zalo ends the webhooks of a receiver that does not answer its retries, without notice.

_HISTORY_DAYS = 28  # days, up to the day of the last webhook
_MIN_SILENCE = min(silence for _, silence in SILENCE_LIMITS)


def find_silent_channels(*, now: dt.datetime) -> dict[int, dt.datetime]:
    """Return the time of the last webhook by channel, where it is unusually long ago.

    A channel without any webhook is still being connected.
    """
    waiting = Inbound.objects.filter(channel=OuterRef("pk")).order_by("-id").values("received_at")[:1]
    last_received = Channel.objects.annotate(came=Greatest("last_webhook_at", Subquery(waiting))).values_list(
        "pk", "came"
    )
    return {
        pk: received_at
        for pk, received_at in last_received
        if received_at is not None and _is_unusual_silence(pk, received_at, now)
    }


def _is_unusual_silence(channel_id: int, received_at: dt.datetime, now: dt.datetime) -> bool:
    silence = get_waking_time(received_at, now)
    return silence >= _MIN_SILENCE and silence >= get_silence_limit(
        _list_daily_counts(channel_id, to_vietnam_day(received_at))
    )


def _list_daily_counts(channel_id: int, last_day: dt.date) -> list[int]:
    """Return the number of webhooks on each day until then, of the last weeks or since the first one."""
    rows = EventCount.objects.filter(
        channel=channel_id, day__lte=last_day, day__gt=last_day - dt.timedelta(days=_HISTORY_DAYS)
    )
    sums = dict(rows.order_by().values_list("day").annotate(n=Sum("count")))
    first_day = min(sums, default=last_day)
    return [sums.get(first_day + dt.timedelta(days=offset), 0) for offset in range((last_day - first_day).days + 1)]


# Accounts: one of the province, one of a commune, or both.


def find_group_account(unit_id: int) -> Channel | None:
    """Return the account that opens the groups of a unit: its own, else the province's. One that is off opens none
    while there is another.
    """
    kinds = [kind.kind for kind in get_channel_kinds() if isinstance(kind, GroupAdapter)]
    rows = Channel.objects.filter(Q(unit=unit_id) | _PROVINCE_ACCOUNT, kind__in=kinds).order_by("id")
    return min(rows, key=lambda row: (not row.is_active, row.unit_id != unit_id), default=None)


_PROVINCE_ACCOUNT = Q(unit=None) | Q(unit__level="PROVINCE")


def filter_accounts(officer: Any) -> Q:
    """Return the channels whose state concerns an officer: all for the province and the operator; for a commune its own
    account, those its groups are on and, without one of its own, the province's.
    """
    scope = access.visibility(officer)
    if scope.province or access.officer_may(officer, Permission.OPERATE):
        return Q()
    unit_accounts = Channel.objects.filter(unit=scope.unit_id, credential__isnull=False)
    with_groups = Group.objects.filter(unit=scope.unit_id, state=Group.State.OPEN).values("channel_id")
    return Q(unit=scope.unit_id) | Q(pk__in=with_groups) | (_PROVINCE_ACCOUNT & ~Q(Exists(unit_accounts)))


@dataclass(frozen=True, slots=True)
class AccountState:
    """The packages of an account, by the last reading. `fee`: đồng a month for its bought groups; `tone`: of what runs
    out first, "" while nothing does.
    """

    channel: Channel
    ends_on: dt.date | None
    renews: bool
    groups_used: int
    groups_free: int
    groups_lapsed: int
    messages_left: int
    messages_total: int
    fee: int
    tone: str


def list_account_states(officer: Any, *, now: dt.datetime) -> list[AccountState]:
    """List the accounts that concern the officer and have been read, what runs out first."""
    rows = Channel.objects.filter(filter_accounts(officer), plan_read_at__isnull=False).select_related("unit")
    states = [_to_account_state(row, to_vietnam_day(now)) for row in rows.order_by("name", "id")]
    return sorted(states, key=lambda state: ("bad", "warn", "").index(state.tone))


def _to_account_state(channel: Channel, today: dt.date) -> AccountState:
    plan = channel.plan
    ends_on = dt.date.fromisoformat(plan["ends_on"]) if plan.get("ends_on") else None
    groups, (left, total) = plan.get("groups", {}), plan.get("messages", (0, 0))
    tone = plan_rules.get_expiry_tone(ends_on, today, renews=bool(plan.get("renews")))
    return AccountState(
        channel,
        ends_on,
        bool(plan.get("renews")),
        groups.get("used", 0),
        groups.get("free", 0),
        groups.get("lapsed", 0),
        left,
        total,
        plan_rules.sum_group_fees(plan.get("bought", {}), get_fees()),
        tone or ("warn" if plan_rules.is_quota_low(left, total) else ""),
    )


def get_fees() -> plan_rules.Fees:
    return plan_rules.Fees(settings.ZALO_GROUP_FEE, settings.ZALO_LARGE_GROUP_FEE, settings.ZALO_PACKAGE_FEE)


def list_lapsing_groups(officer: Any, *, now: dt.datetime) -> QuerySet[Group]:
    """Return open groups whose right ends within a month and does not renew itself, the first to end first.

    An operator, who sees no group, counts them all.
    """
    limit = to_vietnam_day(now) + plan_rules.NOTICE
    groups = Group.objects if access.officer_may(officer, Permission.OPERATE) else list_groups(officer)
    rows = groups.filter(state=Group.State.OPEN, asset_until__lte=limit, asset_renews=False)
    return rows.order_by("asset_until", "name", "pk")


_SITE_CODES_SECONDS = 30.0
_site_codes: tuple[float, tuple[str, ...]] = (float("-inf"), ())


def get_site_codes() -> tuple[str, ...]:
    """Return the codes by which Zalo verifies that this domain is ours. Cached: the home page shows them, which needs
    no database otherwise and is served without one.
    """
    global _site_codes  # noqa: PLW0603  one cache a process
    read_at, codes = _site_codes
    if time.monotonic() - read_at > _SITE_CODES_SECONDS:
        with suppress(DatabaseError):
            rows = Channel.objects.filter(settings__has_key="site_verification").values_list("settings", flat=True)
            codes = tuple(sorted({str(row["site_verification"]) for row in rows if row["site_verification"]}))
        _site_codes = (time.monotonic(), codes)
    return codes


def clear_site_codes() -> None:
    """Forget the cached codes: the next request reads them."""
    global _site_codes  # noqa: PLW0603  one cache a process
    _site_codes = (float("-inf"), ())


# What an operator watches besides messages: clocks that disagree, a silent worker, files on hosts that are not allowed.

_LAST = 9  # webhooks that tell how far our clock is from the sender's
_BEHIND = dt.timedelta(minutes=5)  # no webhook comes before it was signed
_AHEAD = dt.timedelta(hours=3)  # a retry comes up to two hours late
_SHOWN_FOR = dt.timedelta(days=1)  # a step of a clock
_SILENT = dt.timedelta(seconds=30)
_APART = 30.0  # seconds between this machine's clock and the database's
MOST_HOSTS = 20


@dataclass(frozen=True, slots=True)
class Gap:
    """By how much our clock is ahead of a sender's; negative: behind."""

    channel: Channel
    ahead: dt.timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """A clock that jumped by so many seconds."""

    process: str
    at: dt.datetime
    seconds: float


def list_clock_gaps() -> list[Gap]:
    """Return channels whose last webhooks were signed at times that our clock contradicts."""
    gaps = []
    for channel in Channel.objects.exclude(kind="web").order_by("id"):
        rows = Inbound.objects.filter(channel=channel, signed_at__isnull=False).order_by("-id")
        late = sorted(got - (signed or got) for got, signed in rows.values_list("received_at", "signed_at")[:_LAST])
        if late and late[len(late) // 2] < -_BEHIND:
            gaps.append(Gap(channel, late[len(late) // 2]))
        elif late and late[0] > _AHEAD:
            gaps.append(Gap(channel, late[0]))
    return gaps


def get_database_offset() -> float:
    """Return by how many seconds this machine's clock is ahead of the database's; 0.0 below half a minute."""
    offset = periodic.measure_clock_offset()
    return offset if abs(offset) >= _APART else 0.0


def list_recent_clock_steps() -> list[Step]:
    """Return clock steps of the last day."""
    since = periodic.get_database_time() - _SHOWN_FOR
    return [Step(*row) for row in periodic.list_clock_steps(since=since)]


def is_work_silent(work: str) -> bool:
    """Tell whether the last heartbeat is older than half a minute; False without any (new installation)."""
    last = periodic.get_last_heartbeat(work)
    return last is not None and periodic.get_database_time() - last > _SILENT


def list_unlisted_hosts() -> list[tuple[str, int]]:
    """Return hosts that are not allowed, with the number of waiting files; the most files first."""
    with rls_scope(PROGRAM_SCOPE):
        rows = Attachment.objects.filter(state=Attachment.State.UNLISTED).order_by().values_list("unlisted_host")
        return list(rows.annotate(n=Count("id")).order_by("-n", "unlisted_host")[:MOST_HOSTS])


BULLETIN_PURPOSE = "BULLETIN"  # purpose of the outgoing messages of bulletins
PAGE_SIZE = 50
MAX_MEMBERS = 300
MAX_POSTS = 30


class NotVisible(Exception):
    """The row is not visible to this officer; the same answer whether it does not exist or belongs to others."""


def find_published(values: Collection[str]) -> frozenset[str]:
    """Return which of these numbers and links a police unit published itself."""
    return frozenset(PublishedText.objects.filter(value__in=values).values_list("value", flat=True))


def get_visible_message(officer: Any, public_id: str, *, for_update: bool = False) -> Message:
    """Return a message the officer may assign; with `for_update` locked until the transaction ends.

    Raises NotVisible.
    """
    rows = Message.objects.select_for_update(of=("self",)) if for_update else Message.objects
    message = rows.filter(access.visible_filter(officer), public_id=public_id).first()
    if message is None:
        raise NotVisible
    return message


def get_visible_outgoing(officer: Any, public_id: str) -> Outgoing:
    rows = lock_visible_outgoing(officer, [public_id])
    if not rows:
        raise NotVisible
    return rows[0]


def lock_visible_outgoing(officer: Any, public_ids: Iterable[str]) -> list[Outgoing]:
    """Return and lock those of the messages that the officer may see."""
    rows = _visible_outgoing(officer).select_for_update(of=("self",)).filter(public_id__in=list(public_ids))
    return list(rows.order_by("pk"))


def get_visible_group(officer: Any, public_id: str) -> Group:
    group = list_groups(officer).filter(public_id=public_id).first()
    if group is None:
        raise NotVisible
    return group


def get_visible_attachment(officer: Any, public_id: str) -> Attachment:
    """Return a file of a message or an evidence file the officer may see; `sensitive` is that of its message."""
    by_message = access.visible_filter(officer, unit="message__unit_id") & Q(message__isnull=False)
    by_message &= ~Q(message__in_case=True, message__sensitive=True)  # by the case alone: it may be restricted
    by_case = access.filter_cases(officer, prefix="message__case_messages__case__") & Q(
        message__case_messages__isnull=False
    )
    by_evidence = access.filter_cases(officer, prefix="evidence__case__") & Q(evidence__isnull=False)
    rows = Attachment.objects.filter(by_message | by_case | by_evidence, public_id=public_id)
    attachments = rows.exclude(message__ciphertext__isnull=False).distinct()  # files of a sealed tip are never shown
    attachment = attachments.annotate(sensitive=Coalesce("message__sensitive", "evidence__case__sensitive")).first()
    if attachment is None:
        raise NotVisible
    return attachment


def list_unassigned_messages(
    officer: Any, *, cursor: str = "", search_text: str = "", source: str = ""
) -> Page[Message]:
    """List messages without a case, newest first; with `search_text` only matches, exact ones first.

    `source`: group, private or both (empty); dismissed: those that an officer put aside.
    """
    rows = _unassigned(officer).filter(dismissed_at__isnull=source != "dismissed")
    if source in ("group", "private"):
        rows = rows.filter(group__isnull=source != "group")
    conditions = ranked_search.ranked_conditions(parse_search(search_text)) if search_text else [Q()]
    keys = ranked_search.list_newest_keys(
        rows, conditions, position=ranked_search.decode_search_key("messages", cursor), limit=PAGE_SIZE + 1
    )
    return Page(
        _load_for_list(keys[:PAGE_SIZE]),
        encode_cursor("messages", keys[PAGE_SIZE - 1]) if len(keys) > PAGE_SIZE else "",
    )


def search_unassigned_messages(officer: Any, terms: SearchTerms, *, limit: int = 20) -> list[Message]:
    """Search messages without a case that have every word: accent-exact matches first, then newest first."""
    return _load_for_list(
        ranked_search.list_newest_keys(_unassigned(officer), ranked_search.ranked_conditions(terms), limit=limit)
    )


def _unassigned(officer: Any) -> QuerySet[Message]:
    return Message.objects.filter(access.visible_filter(officer), in_case=False)


def _load_for_list(keys: Sequence[ranked_search.Key]) -> list[Message]:
    """Return the rows of these keys in this order, with the data that a list shows."""
    ids = [pk for _, pk in keys]
    rows = Message.objects.filter(pk__in=ids).defer("search_text", "search", "search_accented", "reading")
    by_id = {
        message.pk: message
        for message in rows.select_related("group", "reporter", "channel").prefetch_related("attachments")
    }
    return [by_id[pk] for pk in ids if pk in by_id]


def list_groups(officer: Any) -> QuerySet[Group]:
    return (
        Group.objects.filter(access.visible_filter(officer))
        .select_related("unit", "area", "channel")
        .order_by("name", "pk")
    )


def count_flags_by_group(officer: Any) -> dict[int, int]:
    """Return the number of messages to review by group; only groups that have some."""
    return dict(list_open_flags(officer).order_by().values_list("group_id").annotate(n=Count("id")))


def get_groups_page(officer: Any, *, first_ids: Collection[int] = (), cursor: str = "") -> Page[Group]:
    """Return a page of groups: those in `first_ids` by name, then the others."""
    rank = Choice(When(pk__in=list(first_ids), then=0), default=1, output_field=SmallIntegerField())
    rows = list_groups(officer).annotate(rank=rank).order_by("rank", "name", "id")
    cursor_values = decode_cursor("groups", cursor, 2)
    last_group = Group.objects.filter(pk=cursor_values[1]).first() if cursor_values else None
    if cursor_values and last_group:
        is_after = Q(name__gt=last_group.name) | Q(name=last_group.name, id__gt=last_group.pk)
        rows = rows.filter(Q(rank__gt=cursor_values[0]) | Q(is_after, rank=cursor_values[0]))
    page_rows = list(rows[: PAGE_SIZE + 1])
    last_row = page_rows[PAGE_SIZE - 1] if len(page_rows) > PAGE_SIZE else None
    return Page(
        page_rows[:PAGE_SIZE],
        encode_cursor("groups", (int(last_row.pk not in first_ids), last_row.pk)) if last_row else "",
    )


def list_open_flags(officer: Any) -> QuerySet[Flag]:
    """List messages of the officer's groups to review.

    A sensitive message is visible only to officers who may assign it: a complaint about police stays hidden from its
    subject's unit.
    """
    rows = Flag.objects.filter(access.visible_filter(officer, unit="group__unit_id"), state=Flag.State.OPEN)
    if not access.visibility(officer).province:  # the province's filter is an empty Q, which OR would ignore
        rows = rows.filter(access.visible_filter(officer, unit="message__unit_id") | Q(message__sensitive=False))
    return rows.select_related("message", "message__reporter", "group").order_by("-id")


def count_groups_and_members(officer: Any) -> tuple[int, int]:
    """Return the numbers of open groups and of their members, of those visible to the officer."""
    sums = (
        list_groups(officer).filter(state=Group.State.OPEN).order_by().aggregate(n=Count("id"), members=Sum("members"))
    )
    return sums["n"], sums["members"] or 0


def list_members(group: Group) -> list[Membership]:
    """List the current members of a group, the latest first; pseudonyms only."""
    rows = Membership.objects.filter(group=group, left_at=None).select_related("reporter")
    return list(rows.order_by("-joined_at", "-pk")[:MAX_MEMBERS])


def list_pending_requests(group: Group) -> list[Membership]:
    """List unanswered join requests, oldest first; pseudonyms only."""
    rows = Membership.objects.filter(group=group, asked_at__isnull=False, answer="").select_related("reporter")
    return list(rows.order_by("asked_at", "pk")[:MAX_MEMBERS])


def count_requests_by_group(officer: Any) -> dict[int, int]:
    """Return the number of join requests by group; only groups that have some."""
    rows = Membership.objects.filter(
        access.visible_filter(officer, unit="group__unit_id"), group__state=Group.State.OPEN
    )
    rows = rows.filter(asked_at__isnull=False, answer="")
    return dict(rows.order_by().values_list("group_id").annotate(n=Count("id")))


def get_group_rules(version: int) -> tuple[int, str]:
    """Return version and text of the rules, the newest where that version is unknown; (0, "") where there are none."""
    rules = GroupRules.objects.filter(version=version).first() or GroupRules.objects.order_by("-version").first()
    return (rules.version, rules.text) if rules else (0, "")


def _visible_outgoing(officer: Any) -> QuerySet[Outgoing]:
    """Return rows of the officer's cases and groups.

    Operators see every stuck row, but never its text (see the view). Bulletins to one person are only counted, on the
    bulletin's page: a row would tell that this person wrote lately.
    """
    is_private_bulletin = Q(purpose=BULLETIN_PURPOSE, conversation__isnull=False)
    return Outgoing.objects.filter(access.filter_outgoing(officer), ~is_private_bulletin)


def list_quarantined(officer: Any) -> QuerySet[Outgoing]:
    """List quarantined messages of the units visible to the officer, oldest first."""
    rows = Outgoing.objects.filter(
        access.visible_filter(officer), access.filter_outgoing(officer), state=Outgoing.State.HELD
    )
    return rows.select_related("group", "officer", "case").order_by("pk")


def list_group_posts(officer: Any, group: Group) -> list[Outgoing]:
    """List messages sent to the group by any author, newest first."""
    sent_states = [Outgoing.State.SENT, Outgoing.State.DELIVERED, Outgoing.State.SEEN]
    rows = Outgoing.objects.filter(
        access.visible_filter(officer), access.filter_outgoing(officer), group=group, state__in=sent_states
    )
    return list(rows.select_related("officer").order_by("-pk")[:MAX_POSTS])


LATE_AFTER = dt.timedelta(minutes=1)


def list_stuck(officer: Any, *, now: dt.datetime) -> QuerySet[Outgoing]:
    """Return unsent messages that can be fixed here: dead, or still waiting a minute after the due time."""
    is_late = Q(state__in=["QUEUED", "SENDING", "READING"], created_at__lt=now - LATE_AFTER)
    return _visible_outgoing(officer).filter(Q(state="DEAD") & ~_unreachable_filter() | is_late)


def list_unreachable(officer: Any) -> QuerySet[Outgoing]:
    """Return messages whose recipient accepts none now: only the recipient can change it."""
    return _visible_outgoing(officer).filter(_unreachable_filter())


def _unreachable_filter() -> Q:
    return Q(state="DEAD", code__in=sorted(code for kind in get_channel_kinds() for code in kind.limits.unheard))


def is_unreachable(sent: Outgoing) -> bool:
    kind = get_channel_kinds()[sent.channel.kind]
    return sent.state == Outgoing.State.DEAD and sent.code in kind.limits.unheard


STUCK_FILTERS = {"dead": Q(state="DEAD"), "waiting": ~Q(state="DEAD")}


def get_stuck_page(officer: Any, *, state: str = "", cursor: str = "", now: dt.datetime) -> Page[Outgoing]:
    """Return a page of `list_stuck`, newest first.

    `state`: dead, waiting or both (empty); unheard: unreachable ones instead.
    """
    rows = (
        list_unreachable(officer)
        if state == "unheard"
        else list_stuck(officer, now=now).filter(STUCK_FILTERS.get(state, Q()))
    )
    cursor_values = decode_cursor("outgoing", cursor, 1)
    if cursor_values:
        rows = rows.filter(pk__lt=cursor_values[0])
    with_relations = rows.select_related("channel", "case", "group", "conversation", "conversation__reporter")
    page_rows = list(with_relations.order_by("-id")[: PAGE_SIZE + 1])
    return Page(
        page_rows[:PAGE_SIZE],
        encode_cursor("outgoing", (page_rows[PAGE_SIZE - 1].pk,)) if len(page_rows) > PAGE_SIZE else "",
    )


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """A channel that sends or hears nothing. `lost`: its grant is gone; `waiting`: messages for it, of what the officer
    sees; `quiet_since`: when something last came, where that is long ago; `refusal`: in what words the channel refused.
    """

    channel: Channel
    lost: bool
    waiting: int
    quiet_since: dt.datetime | None
    refusal: str = ""


def list_troubled_channels(officer: Any, *, now: dt.datetime) -> list[ChannelTrouble]:
    """List channels that cannot send (paused, off, without grant) or are silent too long (silence_detection.py)."""
    has_trouble, silent_since = (
        Q(paused_until__gt=now) | Q(is_active=False) | Q(credential__lost_at__isnull=False),
        find_silent_channels(now=now),
    )
    channels = Channel.objects.filter(filter_accounts(officer), has_trouble | Q(pk__in=silent_since))
    channel_rows = list(channels.select_related("credential").order_by("id"))
    if not channel_rows:
        return []
    rows = _visible_outgoing(officer).filter(channel__in=channel_rows, state__in=["QUEUED", "SENDING"])
    waiting_counts = dict(rows.order_by().values_list("channel").annotate(n=Count("id")))
    return [
        ChannelTrouble(
            channel,
            hasattr(channel, "credential") and channel.credential.lost_at is not None,
            waiting_counts.get(channel.pk, 0),
            None if channel.paused_until and channel.paused_until > now else silent_since.get(channel.pk),
            channel.credential.refusal if hasattr(channel, "credential") else "",
        )
        for channel in channel_rows
    ]


def count_unknown_events(day: dt.date) -> list[tuple[str, int]]:
    """Return events of the last week unknown to every adapter, with their counts."""
    rows = EventCount.objects.filter(known=False, day__gt=day - dt.timedelta(days=7))
    return [(row["event"], row["n"]) for row in rows.values("event").annotate(n=Sum("count")).order_by("-n", "event")]


def list_unreadable(*, since: dt.datetime) -> QuerySet[Inbound]:
    """Return webhooks since then that could not be processed and reached no desk. Only to be counted, never shown."""
    return Inbound.objects.filter(state="DEAD", received_at__gt=since)


def list_overdue_webhooks(*, due_before: dt.datetime, received_after: dt.datetime) -> QuerySet[Inbound]:
    """List rows that should have been read by now, without those waiting for a retry. Rows received in the future
    were received before the clock was set back. Pass now - LATE_AFTER and now + LATE_AFTER.
    """
    late = Q(due_at__lt=due_before) | Q(due_at=F("received_at"), received_at__gt=received_after)
    return Inbound.objects.filter(late, state="PENDING")


def count_unprocessed() -> dict[str, int]:
    """Return the number of unprocessed webhooks by state, for the operator's page."""
    rows = Inbound.objects.filter(state__in=["PENDING", "DEAD"]).values("state").annotate(n=Count("id"))
    return {row["state"]: row["n"] for row in rows}


# Devices that receive notices, and which officers of a unit would hear an alarm on their phone.


def list_own_devices(officer: Officer) -> list[PushSubscription]:
    """List the officer's own subscriptions, newest first, without their sealed address."""
    rows = PushSubscription.objects.filter(officer=officer, ended_at=None).only("public_id", "browser", "made_at")
    return list(rows.order_by("-pk"))


@dataclass(frozen=True, slots=True)
class OfficerReach:
    """How an officer is reached by an alarm. `phone`: "" where none is stored."""

    name: str
    role: str
    is_on_duty: bool
    has_device: bool
    phone: str


def list_unit_reach(unit_id: int, *, now: dt.datetime) -> list[OfficerReach]:
    """List how each alarmed officer of a unit is reached; officers on duty and those without a device first."""
    officers, on_duty = list_officers_for_duty(unit_id), list_ids_on_duty(unit_id, now)
    subscribed = set(
        PushSubscription.objects.filter(officer__in=[o.pk for o in officers], ended_at=None).values_list(
            "officer_id", flat=True
        )
    )
    phones = dict(DutyPhone.objects.filter(officer__in=[o.pk for o in officers]).values_list("officer_id", "phone"))
    rows = [
        OfficerReach(o.name, o.role_label, o.pk in on_duty, o.pk in subscribed, format_phone(phones.get(o.pk, "")))
        for o in officers
    ]
    return sorted(rows, key=lambda row: (not row.is_on_duty, row.has_device))
