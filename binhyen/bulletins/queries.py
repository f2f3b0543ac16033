"""Reads of bulletins: officers see those of their unit and all released ones, citizens the current ones."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, Min, Q, QuerySet, SmallIntegerField, Sum, When
from django.db.models.functions import Length

from binhyen.areas import queries as areas
from binhyen.areas.models import Unit
from binhyen.bulletins.media_texts import BulletinText
from binhyen.bulletins.models import (
    Bulletin,
    BulletinDocument,
    BulletinPicture,
    GroupDelivery,
    ManualGroup,
    ManualPost,
)
from binhyen.bulletins.rules import (
    AUDIO_TYPES,
    ENDED_STATES,
    TOPIC_LABELS,
    UNRELEASED_STATES,
    AreaFigures,
    BulletinState,
    BulletinTopic,
    select_group_ids,
)
from binhyen.channels.models import Group, Membership, Outgoing
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.keyset_pagination import Page, decode_cursor, encode_cursor
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

PAGE_SIZE = 50
MAX_PUBLIC = 100
SUBSCRIBERS_ONLY = "NONE"  # group level of a bulletin that goes to no group
RATE_WINDOW = dt.timedelta(minutes=2)  # in which messages sent tell how long the rest takes
PUBLIC_URL = "/thong-bao"
WITHDRAWN_SHOWN_FOR = dt.timedelta(days=30)  # the public page of a withdrawn bulletin says so that long
_Sent = Outgoing.State
REACHED_STATES = (_Sent.SENT, _Sent.DELIVERED, _Sent.SEEN, _Sent.SENDING)
UNSENT_STATES = (_Sent.QUEUED, _Sent.READING, _Sent.HELD, _Sent.DEAD)  # a dead one could be sent again by hand


class BulletinNotVisible(Exception):
    """The bulletin is not visible to this officer; the same answer whether it does not exist or belongs to others."""


def list_bulletins(officer: Any) -> QuerySet[Bulletin]:
    """List drafts of the officer's unit, of all units for the province, and all released bulletins."""
    is_officer = access.officer_may(officer, Permission.WRITE_BULLETINS)
    visible = access.visible_filter(officer) | ~Q(state__in=sorted(UNRELEASED_STATES)) if is_officer else access.NOTHING
    if is_officer and access.visibility(officer).province:
        visible = Q()
    return Bulletin.objects.filter(visible).select_related("unit", "author", "approved_by", "reviewed_by", "ended_by")


def get_visible_bulletin(officer: Any, code: str, *, for_update: bool = False) -> Bulletin:
    """Return a bulletin; raises BulletinNotVisible."""
    rows = list_bulletins(officer).filter(code=normalize_code(code[:24]))
    row = (rows.select_for_update(of=("self",)) if for_update else rows).first()
    if row is None:
        raise BulletinNotVisible
    return row


def is_own_bulletin(officer: Officer, bulletin: Bulletin) -> bool:
    """Return whether the officer may act on it: of the own unit, or any for the province."""
    visible = access.visibility(officer)
    return visible.province or (visible.unit_id is not None and visible.unit_id == bulletin.unit_id)


def build_text(bulletin: Bulletin) -> BulletinText:
    """Return the text with its surroundings, always in Vietnamese."""
    return BulletinText(
        topic=TOPIC_LABELS[BulletinTopic(bulletin.topic)],
        title=bulletin.title,
        text=bulletin.text,
        unit_name=bulletin.unit.name,
        link=f"{settings.PUBLIC_URL}{PUBLIC_URL}/{format_code(bulletin.code)}",
    )


def list_awaiting_decision(officer: Any) -> QuerySet[Bulletin]:
    """List bulletins of other authors that wait for approval, or for the review after an urgent release."""
    if not access.officer_may(officer, Permission.APPROVE_BULLETINS):
        return Bulletin.objects.none()
    waiting = Q(state=BulletinState.SUBMITTED) | _unreviewed_filter()
    return Bulletin.objects.filter(access.visible_filter(officer), waiting).exclude(author=officer.pk)


def _unreviewed_filter() -> Q:
    return Q(released_at__isnull=False, approved_by=None, reviewed_at=None)


def get_bulletins_page(officer: Any, *, tab: str = "", cursor: str = "") -> Page[Bulletin]:
    """Return a page, newest first. `tab`: waiting, draft, current, ended; empty: all."""
    rows = list_bulletins(officer)
    if tab == "waiting":
        rows = rows.filter(pk__in=list_awaiting_decision(officer).values("pk"))
    elif tab == "draft":
        rows = rows.filter(state__in=sorted(UNRELEASED_STATES))
    elif tab == "current":
        rows = rows.filter(state=BulletinState.RELEASED)
    elif tab == "ended":
        rows = rows.filter(state__in=sorted(ENDED_STATES))
    if position := decode_cursor("bulletins", cursor, 1):
        rows = rows.filter(pk__lt=position[0])
    page_rows = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    next_cursor = encode_cursor("bulletins", (page_rows[PAGE_SIZE - 1].pk,)) if len(page_rows) > PAGE_SIZE else ""
    return Page(page_rows[:PAGE_SIZE], next_cursor)


@dataclass(frozen=True, slots=True)
class Audience:
    """Groups of a bulletin with their members; `people`: members without those counted in another group already.

    `members_by_manual_group`: groups in which a person posts.
    """

    members_by_group: dict[int, int]
    people: int
    members_by_manual_group: dict[int, int] = field(default_factory=dict)

    @property
    def group_count(self) -> int:
        return len(self.members_by_group) + len(self.members_by_manual_group)


def resolve_audience(bulletin: Bulletin) -> Audience:
    """Return the open groups in the audience; a group is in it once, however many of its areas match."""
    members_by_group, members_by_manual_group = _select_groups(bulletin)
    people = sum(members_by_group.values()) - _count_repeated_members(members_by_group)
    return Audience(members_by_group, max(0, people) + sum(members_by_manual_group.values()), members_by_manual_group)


def has_audience(bulletin: Bulletin) -> bool:
    """Return whether the audience has a group, without the count of people."""
    return any(_select_groups(bulletin))


def _select_groups(bulletin: Bulletin) -> tuple[dict[int, int], dict[int, int]]:
    """Return group → members of the account's groups and of those run by hand."""
    if bulletin.group_level == SUBSCRIBERS_ONLY:
        return {}, {}
    groups, manual_groups = Q(state=Group.State.OPEN), Q(closed_at=None)
    if bulletin.unit.level != Unit.Level.PROVINCE:
        groups, manual_groups = (rows & Q(unit_id=bulletin.unit_id) for rows in (groups, manual_groups))
    if bulletin.group_level:
        groups, manual_groups = (rows & Q(level=bulletin.group_level) for rows in (groups, manual_groups))
    rows = _list_areas_and_members(Group.objects.filter(groups))
    manual_rows = _list_areas_and_members(ManualGroup.objects.filter(manual_groups))
    containing = areas.get_containing_areas({area for area, _ in (*rows.values(), *manual_rows.values())})
    return _select_members(rows, containing, bulletin), _select_members(manual_rows, containing, bulletin)


def _list_areas_and_members(groups: QuerySet[Any]) -> dict[int, tuple[int, int]]:
    return {pk: (area, members) for pk, area, members in groups.values_list("pk", "area_id", "members")}


def _select_members(
    rows: dict[int, tuple[int, int]], containing: dict[int, frozenset[int]], bulletin: Bulletin
) -> dict[int, int]:
    """Return group → members of the groups inside the audience's areas."""
    selected = select_group_ids(
        {pk: (area, containing[area]) for pk, (area, _) in rows.items()}, bulletin.areas, bulletin.excluded_areas
    )
    return {pk: rows[pk][1] for pk in sorted(selected)}


def _count_repeated_members(group_ids: Collection[int]) -> int:
    """Return how many memberships are of people who are in another of these groups as well."""
    # Only columns of the index channels_member_several: of 10 million members only those in several groups are read.
    rows = Membership.objects.filter(group__in=group_ids, left_at=None, asked_at=None, in_several_groups=True)
    counts = rows.aggregate(memberships=Count("*"), people=Count("reporter_id", distinct=True))
    return int(counts["memberships"]) - int(counts["people"])


def list_chain(bulletin: Bulletin) -> list[int]:
    """Return the ids of the bulletin and of those that it corrects, directly or through other corrections."""
    ids = [bulletin.pk]
    current = bulletin
    while current.corrects_id is not None:
        current = Bulletin.objects.only("pk", "corrects_id").get(pk=current.corrects_id)
        ids.append(current.pk)
    return ids


def list_reached(bulletin_ids: Collection[int]) -> dict[int, int]:
    """Return group → members of the groups that received one of these bulletins, by the record of deliveries.

    A message whose result is unknown counts as received. Groups from which it was withdrawn are left out.
    """
    withdrawn = GroupDelivery.objects.filter(bulletin__in=bulletin_ids, kind=GroupDelivery.Kind.WITHDRAWAL)
    rows = GroupDelivery.objects.filter(bulletin__in=bulletin_ids).exclude(group__in=withdrawn.values("group"))
    reached = rows.filter(Q(outgoing__state__in=REACHED_STATES) | Q(outgoing__delivery_unknown=True))
    return dict(reached.order_by("group_id").values_list("group_id", "members"))


@dataclass(frozen=True, slots=True)
class GroupsInside:
    """Ids of the account's groups and of those run by hand."""

    groups: frozenset[int]
    manual_groups: frozenset[int]


def list_groups_inside(bulletin_ids: Collection[int], area_ids: Collection[int]) -> GroupsInside:
    """Return the groups with a delivery of these bulletins that lie inside these areas."""
    rows = GroupDelivery.objects.filter(bulletin__in=bulletin_ids).values_list("group_id", "group__area_id")
    posts = ManualPost.objects.filter(bulletin__in=bulletin_ids).values_list("group_id", "group__area_id")
    area_by_group, area_by_manual_group = dict(rows.order_by().distinct()), dict(posts.order_by().distinct())
    containing = areas.get_containing_areas({*area_by_group.values(), *area_by_manual_group.values()})

    def select_inside(group_areas: dict[int, int]) -> frozenset[int]:
        return frozenset(pk for pk, area in group_areas.items() if not containing[area].isdisjoint(area_ids))

    return GroupsInside(select_inside(area_by_group), select_inside(area_by_manual_group))


def list_waiting_groups(bulletin: Bulletin) -> dict[int, int]:
    """Return group → members of the groups whose delivery did not begin yet."""
    rows = GroupDelivery.objects.filter(bulletin=bulletin, is_cancelled=False)
    waiting = rows.filter(
        Q(queued_at=None) | Q(outgoing__state__in=[_Sent.QUEUED, _Sent.READING], outgoing__delivery_unknown=False)
    )
    return dict(waiting.order_by("group_id").values_list("group_id", "members"))


def _visible_deliveries(officer: Any, bulletin: Bulletin) -> QuerySet[GroupDelivery]:
    rows = GroupDelivery.objects.filter(bulletin=bulletin)
    return (
        rows
        if is_own_bulletin(officer, bulletin)
        else rows.filter(access.visible_filter(officer, unit="group__unit_id"))
    )


_DEAD = Q(outgoing__state=_Sent.DEAD)
_GIVEN_UP = Q(outgoing__state=_Sent.CANCELLED) & ~Q(outgoing__reason="")  # failed before the bulletin ended
_FAILED = _DEAD | _GIVEN_UP
_STOPPED = Q(outgoing__state=_Sent.HELD)
_CANCELLED = Q(is_cancelled=True) | Q(outgoing__state=_Sent.CANCELLED, outgoing__reason="")
_REACHED = Q(outgoing__state__in=[_Sent.SENT, _Sent.DELIVERED, _Sent.SEEN])


def count_by_unit(officer: Any, bulletin: Bulletin, *, kinds: Collection[str]) -> list[tuple[str, int, AreaFigures]]:
    """Return (unit, members reached, figures) of the visible deliveries, by name of the unit."""
    rows = _visible_deliveries(officer, bulletin).filter(kind__in=kinds).order_by().values("group__unit__name")
    counted = rows.annotate(
        n=Count("pk"),
        delivered=Count("pk", filter=_REACHED),
        failed=Count("pk", filter=_FAILED),
        stopped=Count("pk", filter=_STOPPED),
        cancelled=Count("pk", filter=_CANCELLED),
        people=Sum("members", filter=_REACHED),
    )
    result = []
    for row in counted.order_by("group__unit__name"):
        ended = row["delivered"] + row["failed"] + row["stopped"] + row["cancelled"]
        figures = AreaFigures(row["delivered"], row["failed"], row["stopped"], row["n"] - ended, row["cancelled"])
        result.append((row["group__unit__name"], row["people"] or 0, figures))
    return result


def count_pace(bulletin: Bulletin, *, now: dt.datetime) -> tuple[int, int]:
    """Return its messages to groups that still wait, and those sent within `RATE_WINDOW`."""
    rows = GroupDelivery.objects.filter(bulletin=bulletin, is_cancelled=False)
    waiting = Q(outgoing=None) | Q(outgoing__state__in=[_Sent.QUEUED, _Sent.READING, _Sent.SENDING])
    counts = rows.aggregate(
        waiting=Count("pk", filter=waiting), recent=Count("pk", filter=Q(outgoing__sent_at__gt=now - RATE_WINDOW))
    )
    return counts["waiting"], counts["recent"]


def list_failures(officer: Any, bulletin: Bulletin, *, limit: int = 100) -> list[GroupDelivery]:
    """List visible deliveries that failed or were stopped by outbound DLP."""
    rows = _visible_deliveries(officer, bulletin).filter(_FAILED | _STOPPED)
    return list(rows.select_related("group", "outgoing").order_by("group__name", "pk")[:limit])


def list_retryable(officer: Any, bulletin: Bulletin, *, withdrawal: bool) -> list[str]:
    """List the public ids of messages that were given up: of the withdrawal, or of the bulletin itself."""
    is_withdrawal = Q(kind=GroupDelivery.Kind.WITHDRAWAL)
    rows = _visible_deliveries(officer, bulletin).filter(_DEAD, is_withdrawal if withdrawal else ~is_withdrawal)
    return [str(public_id) for public_id in rows.values_list("outgoing__public_id", flat=True)]


# Public reads: anybody. Row-level security shows released bulletins to every scope.


def list_current(*, now: dt.datetime, commune_code: str = "") -> list[Bulletin]:
    """List current bulletins, newest first; with a commune those whose audience touches it."""
    rows = Bulletin.objects.filter(state=BulletinState.RELEASED, expires_at__gt=now, erased_at=None)
    newest = list(rows.select_related("unit").order_by("-released_at", "-pk")[:MAX_PUBLIC])
    return [row for row in newest if not commune_code or commune_code in list_commune_codes(row)]


def list_commune_codes(bulletin: Bulletin) -> frozenset[str]:
    """Return the codes of today's communes that the audience touches."""
    directory = areas.get_directory()
    included = {
        code
        for area in bulletin.areas
        for code in (directory.communes if area == directory.province_area_id else directory.list_commune_codes(area))
    }
    whole = {entry.area_id: code for code, entry in directory.communes.items()}
    return frozenset(included - {whole[area] for area in bulletin.excluded_areas if area in whole})


def list_recently_withdrawn(*, now: dt.datetime) -> list[Bulletin]:
    """List bulletins withdrawn lately: feed readers replace the old entry by this notice."""
    rows = Bulletin.objects.filter(state=BulletinState.WITHDRAWN, ended_at__gt=now - WITHDRAWN_SHOWN_FOR)
    return list(rows.select_related("unit").order_by("-ended_at", "-pk")[:MAX_PUBLIC])


def find_public_bulletin(code: str) -> Bulletin | None:
    """Return a released bulletin by its code, whatever became of it."""
    rows = Bulletin.objects.filter(code=normalize_code(code[:24]), released_at__isnull=False)
    return rows.exclude(state__in=sorted(UNRELEASED_STATES)).select_related("unit").first()


def find_correction(bulletin: Bulletin) -> Bulletin | None:
    """Return the newest released correction of a bulletin."""
    current: Bulletin | None = None
    candidate: Bulletin | None = bulletin
    while candidate is not None:
        rows = Bulletin.objects.filter(corrects=candidate, released_at__isnull=False)
        candidate = rows.select_related("unit").order_by("-pk").first()
        current = candidate or current
    return current


def get_root_id(bulletin: Bulletin) -> str:
    """Return the public id of the first bulletin of a chain of corrections: the id of its entry in the feed."""
    if bulletin.corrects_id is None:
        return str(bulletin.public_id)
    root = Bulletin.objects.get(pk=list_chain(bulletin)[-1])
    return str(root.public_id)


# Pictures and documents.


@dataclass(frozen=True, slots=True)
class PictureEntry:
    """A picture without its bytes."""

    public_id: UUID
    width: int
    height: int
    alt: str


def list_pictures(bulletin: Bulletin) -> list[PictureEntry]:
    rows = bulletin.pictures.order_by("pk").values_list("public_id", "width", "height", "alt")
    return [PictureEntry(*row) for row in rows]


def read_picture(bulletin: Bulletin, public_id: UUID) -> bytes | None:
    """Return the bytes of a picture of this bulletin; None where it has none of this id."""
    data = bulletin.pictures.filter(public_id=public_id).values_list("data", flat=True).first()
    return None if data is None else bytes(data)


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document without its bytes; `size` in bytes."""

    public_id: UUID
    name: str
    size: int


def list_documents(bulletin: Bulletin) -> list[DocumentEntry]:
    return [DocumentEntry(*row) for row in bulletin.documents.order_by("pk").values_list("public_id", "name", "size")]


_AUDIO_ENDINGS = tuple(f".{extension}" for extension in AUDIO_TYPES)


def list_written_documents(bulletin: Bulletin) -> QuerySet[BulletinDocument]:
    """List the documents that people uploaded: Zalo accepts no sound file, and a correction reads its own text."""
    is_audio = Q(*(("name__endswith", ending) for ending in _AUDIO_ENDINGS), _connector=Q.OR)
    return bulletin.documents.exclude(is_audio).order_by("pk")


def find_audio(bulletin: Bulletin) -> DocumentEntry | None:
    """Return the sound file of a digest; its reader is in digest_services.py."""
    return next((item for item in list_documents(bulletin) if item.name.endswith(_AUDIO_ENDINGS)), None)


def read_document(bulletin: Bulletin, public_id: UUID) -> tuple[str, bytes] | None:
    """Return name and bytes of a document of this bulletin; None where it has none of this id."""
    row = bulletin.documents.filter(public_id=public_id).values_list("name", "data").first()
    return (row[0], bytes(row[1])) if row else None


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A picture or document with its public address; `title`: description or name."""

    url: str
    extension: str
    size: int
    title: str


def list_public_files(bulletins: Collection[Bulletin]) -> dict[int, list[PublicFile]]:
    """Return, by bulletin, the pictures and documents on its public page, in two statements."""
    links = {row.pk: f"{settings.PUBLIC_URL}{PUBLIC_URL}/{format_code(row.code)}" for row in bulletins}
    pictures = BulletinPicture.objects.filter(bulletin__in=links).order_by("pk").annotate(size=Length("data"))
    documents = BulletinDocument.objects.filter(bulletin__in=links).order_by("pk")
    files: dict[int, list[PublicFile]] = {pk: [] for pk in links}
    for pk, public_id, size, alt in pictures.values_list("bulletin_id", "public_id", "size", "alt"):
        files[pk].append(PublicFile(f"{links[pk]}/anh/{public_id}", "jpg", size, alt))
    for pk, public_id, size, name in documents.values_list("bulletin_id", "public_id", "size", "name"):
        files[pk].append(PublicFile(f"{links[pk]}/tep/{public_id}", name.rpartition(".")[2], size, name))
    return files


def is_current(bulletin: Bulletin, *, now: dt.datetime) -> bool:
    """Return whether a bulletin is in force and has its words."""
    is_released = bulletin.state == BulletinState.RELEASED and bulletin.erased_at is None
    return is_released and bulletin.expires_at is not None and bulletin.expires_at > now


# Retention.


def select_posts(*, start: dt.datetime | None, end: dt.datetime) -> QuerySet[GroupDelivery]:
    """Return the posts of bulletins in groups: one for each group that a bulletin reached.

    A sent message is deleted after its retention period (`outgoing` is then empty); its post still counts.
    """
    posts = GroupDelivery.objects.filter(kind=GroupDelivery.Kind.POST, queued_at__lt=end, is_cancelled=False)
    posts = posts.filter(Q(outgoing=None) | Q(outgoing__state=Outgoing.State.SENT))
    return posts if start is None else posts.filter(queued_at__gte=start)


def select_ended(now: dt.datetime) -> QuerySet[Bulletin]:
    """Return ended bulletins that still have their text."""
    return Bulletin.objects.filter(erased_at=None, ended_at__lte=now)


def get_oldest_end(rows: QuerySet[Bulletin]) -> dt.datetime | None:
    oldest: dt.datetime | None = rows.aggregate(at=Min("ended_at"))["at"]
    return oldest


def list_unqueued(limit: int) -> Sequence[GroupDelivery]:
    """Return locked deliveries of one bulletin and kind that are not in the outbox yet; inside a transaction.

    Withdrawals and urgent bulletins come first.
    """
    unqueued = GroupDelivery.objects.filter(queued_at=None, is_cancelled=False)
    is_urgent = Case(
        When(Q(kind=GroupDelivery.Kind.WITHDRAWAL) | ~Q(bulletin__ground=""), then=0),
        default=1,
        output_field=SmallIntegerField(),
    )
    first = unqueued.order_by(is_urgent, "pk").values_list("bulletin_id", "kind").first()
    if first is None:
        return []
    rows = unqueued.select_for_update(skip_locked=True, of=("self",)).filter(bulletin_id=first[0], kind=first[1])
    return list(rows.select_related("bulletin", "bulletin__unit").order_by("pk")[:limit])
