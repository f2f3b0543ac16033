"""Reads of groups run by hand: their officers, posts still owed there, posts made."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from binhyen.bulletins.models import Bulletin, GroupDelivery, ManualGroup, ManualPost
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

MAX_SHOWN = 300
_OWED = Q(posted_at=None, is_cancelled=False)
_OWED_POSTS = Q(posts__posted_at=None, posts__is_cancelled=False)


class ManualGroupNotVisible(Exception):
    """The group is not visible to this officer."""


def list_manual_groups(officer: Any) -> QuerySet[ManualGroup]:
    """List the open groups run by hand of the officer's unit; all for the province."""
    if not access.officer_may(officer, Permission.WRITE_BULLETINS):
        return ManualGroup.objects.none()
    rows = ManualGroup.objects.filter(access.visible_filter(officer), closed_at=None)
    return rows.select_related("unit", "keeper").order_by("name", "pk")


def get_manual_group(officer: Any, public_id: Any) -> ManualGroup:
    """Return a locked group. Raises ManualGroupNotVisible."""
    row = list_manual_groups(officer).filter(public_id=public_id).select_for_update(of=("self",)).first()
    if row is None:
        raise ManualGroupNotVisible
    return row


def get_manual_group_unlocked(officer: Any, public_id: Any) -> ManualGroup:
    """Return a group to read it. Raises ManualGroupNotVisible."""
    row = list_manual_groups(officer).filter(public_id=public_id).select_related("unit", "successor").first()
    if row is None:
        raise ManualGroupNotVisible
    return row


def list_groups_of_unit(officer: Any) -> list[ManualGroup]:
    """Return the open groups of the own unit, the officer's own first."""
    rows = list(list_manual_groups(officer).filter(unit=officer.unit_id)[:MAX_SHOWN])
    return sorted(rows, key=lambda row: row.keeper_id != officer.pk)


def list_owed_of_unit(officer: Any) -> QuerySet[ManualPost]:
    """List the posts still owed in the groups of the officer's own unit."""
    if not access.officer_may(officer, Permission.WRITE_BULLETINS):
        return ManualPost.objects.none()
    return ManualPost.objects.filter(_OWED, group__unit=officer.unit_id, group__closed_at=None)


def list_owed_by_bulletin(officer: Officer) -> list[tuple[Bulletin, str, int, int]]:
    """Return (bulletin, kind, groups, own groups) still to be posted: withdrawals first, then urgent, then oldest."""
    counts = list_owed_of_unit(officer).order_by().values("bulletin", "kind")
    rows = list(counts.annotate(n=Count("pk"), own=Count("pk", filter=Q(group__keeper=officer.pk))))
    bulletins = Bulletin.objects.select_related("unit").in_bulk([row["bulletin"] for row in rows])
    owed = [(bulletins[row["bulletin"]], row["kind"], row["n"], row["own"]) for row in rows]
    return sorted(owed, key=lambda item: (item[1] != GroupDelivery.Kind.WITHDRAWAL, not item[0].ground, item[0].pk))


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """A group with its newest post, the number of texts still to be posted, and since when the oldest waits."""

    group: ManualGroup
    last_at: dt.datetime | None
    owed: int
    owed_since: dt.datetime | None


def list_group_figures(officer: Officer) -> list[GroupFigures]:
    """List the groups of the officer's own unit, the own ones first."""
    rows = list_manual_groups(officer).filter(unit=officer.unit_id)
    annotated = rows.annotate(
        last_at=Max("posts__posted_at"),
        owed=Count("posts", filter=_OWED_POSTS),
        owed_since=Min("posts__created_at", filter=_OWED_POSTS),
    )
    figures = [GroupFigures(row, row.last_at, row.owed, row.owed_since) for row in annotated[:MAX_SHOWN]]
    return sorted(figures, key=lambda item: item.group.keeper_id != officer.pk)


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """Groups run by hand of one unit; `silent`: groups in which nothing was ever posted."""

    name: str
    groups: int
    members: int
    owed: int
    silent: int
    last_at: dt.datetime | None


def list_unit_figures(officer: Officer) -> list[UnitFigures]:
    """Return the figures of each unit with such groups, by name of the unit: the overview of the province."""
    groups = list_manual_groups(officer).order_by().values("unit__name")
    counted = groups.annotate(n=Count("pk"), people=Sum("members")).values_list("unit__name", "n", "people")
    posts = ManualPost.objects.filter(group__in=list_manual_groups(officer).values("pk")).order_by()
    figures = posts.values("group__unit__name").annotate(
        owed=Count("pk", filter=_OWED),
        last_at=Max("posted_at"),
        active=Count("group", filter=Q(posted_at__isnull=False), distinct=True),
    )
    by_unit = {row["group__unit__name"]: (row["owed"], row["active"], row["last_at"]) for row in figures}
    result = []
    for name, group_count, people in sorted(counted):
        owed, active, last_at = by_unit.get(name, (0, 0, None))
        result.append(UnitFigures(name, group_count, people or 0, owed, group_count - active, last_at))
    return result


def list_posts(officer: Officer, bulletin: Bulletin) -> list[ManualPost]:
    """List the posts of a bulletin in groups of the officer's own unit, the own groups first."""
    rows = ManualPost.objects.filter(bulletin=bulletin, group__unit=officer.unit_id)
    posts = list(rows.select_related("group", "posted_by").order_by("group__name", "pk")[:MAX_SHOWN])
    return sorted(posts, key=lambda post: post.group.keeper_id != officer.pk)


@dataclass(frozen=True, slots=True)
class ManualFigures:
    """Posts by hand of one unit; `withdrawals_owed`: notices of its withdrawal still to be posted."""

    unit: str
    posted: int
    owed: int
    cancelled: int
    people: int
    withdrawals_owed: int

    @property
    def total(self) -> int:
        return self.posted + self.owed + self.cancelled


def count_posts_by_unit(officer: Any, bulletin: Bulletin, *, is_own: bool) -> list[ManualFigures]:
    """Return the figures of the visible posts by hand, by name of the unit."""
    rows = ManualPost.objects.filter(bulletin=bulletin)
    if not is_own:
        rows = rows.filter(access.visible_filter(officer, unit="group__unit_id"))
    is_post = ~Q(kind=GroupDelivery.Kind.WITHDRAWAL)
    posted = Q(is_post, posted_at__isnull=False)
    counted = (
        rows.order_by()
        .values("group__unit__name")
        .annotate(
            posted=Count("pk", filter=posted),
            owed=Count("pk", filter=_OWED & is_post),
            cancelled=Count("pk", filter=Q(is_post, posted_at=None, is_cancelled=True)),
            people=Sum("members", filter=posted),
            withdrawals_owed=Count("pk", filter=_OWED & ~is_post),
        )
    )
    return [
        ManualFigures(
            row["group__unit__name"],
            row["posted"],
            row["owed"],
            row["cancelled"],
            row["people"] or 0,
            row["withdrawals_owed"],
        )
        for row in counted.order_by("group__unit__name")
    ]


def list_groups_with_post(bulletin_ids: Collection[int]) -> dict[int, int]:
    """Return group → members of the groups in which a person posted one of these bulletins, not withdrawn there."""
    rows = ManualPost.objects.filter(bulletin__in=bulletin_ids, group__closed_at=None)
    withdrawn = rows.filter(kind=GroupDelivery.Kind.WITHDRAWAL).values("group")
    reached = rows.filter(posted_at__isnull=False).exclude(group__in=withdrawn).order_by("group_id")
    return dict(reached.values_list("group_id", "members"))


def list_waiting(bulletin: Bulletin) -> dict[int, int]:
    """Return group → members of the groups in which it was not posted yet."""
    rows = ManualPost.objects.filter(_OWED, bulletin=bulletin, group__closed_at=None).order_by("group_id")
    return dict(rows.values_list("group_id", "members"))


def list_kinds(posts: Iterable[ManualPost]) -> list[str]:
    """Return the kinds of these posts in the order of the steps."""
    present = {post.kind for post in posts}
    return [kind for kind in GroupDelivery.Kind.values if kind in present]
