"""Writes of groups run by hand: their register, posts owed there, and posts made."""

import datetime as dt
from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_responsible_unit, list_named_areas
from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins import manual_queries, queries
from binhyen.bulletins.models import Bulletin, GroupDelivery, ManualGroup, ManualPost
from binhyen.bulletins.rules import BulletinState, parse_member_count
from binhyen.channels.models import Group
from binhyen.kit.bulk_insert import insert_values
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor

MAX_NAME_LENGTH = 60
_Kind = GroupDelivery.Kind


@transaction.atomic
def create_manual_group(*, name: str, area: UUID, members: str, officer: Officer, now: dt.datetime) -> ManualGroup:
    """Register a group that an officer runs; its unit is the one responsible for the area."""
    if not access.officer_may(officer, Permission.WRITE_BULLETINS):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))
    place = next(iter(list_named_areas(public_ids=[area])), None)
    if place is None:
        raise RuleViolation(_("Hãy chọn một địa bàn trong danh sách."))
    unit = get_responsible_unit(place.area_id, to_vietnam_day(now))
    visible = access.visibility(officer)
    if not visible.province and visible.unit_id != unit.id:
        raise RuleViolation(_("Địa bàn này không thuộc đơn vị của bạn."))
    row = ManualGroup(
        unit_id=unit.id,
        area_id=place.area_id,
        level=Group.Level.VILLAGE if place.village else Group.Level.COMMUNE,
        keeper=officer if officer.unit_id == unit.id else None,
        created_at=now,
    )
    _fill(row, name, members)
    row.save(force_insert=True)
    _record(row, "manual_group.added", officer, now=now)
    return row


def _fill(row: ManualGroup, name: str, members: str) -> None:
    row.name = collapse_spaces(to_nfc(name))
    if not 2 <= len(row.name) <= MAX_NAME_LENGTH:
        raise RuleViolation(_("Tên nhóm dài từ 2 đến {n} ký tự.").format(n=MAX_NAME_LENGTH))
    count = parse_member_count(members)
    if count is None:
        raise RuleViolation(_("Số thành viên là một số, ví dụ 250."))
    row.members = count


@transaction.atomic
def update_manual_group(*, public_id: UUID, name: str, members: str, officer: Officer, now: dt.datetime) -> None:
    """Change name and number of members."""
    row = manual_queries.get_manual_group(officer, public_id)
    _fill(row, name, members)
    row.save(update_fields=["name", "members"])
    _record(row, "manual_group.changed", officer, now=now)


@transaction.atomic
def take_over_group(*, public_id: UUID, officer: Officer, now: dt.datetime) -> None:
    """Make the officer the one who posts there, as when a colleague moves away."""
    row = manual_queries.get_manual_group(officer, public_id)
    if row.unit_id != officer.unit_id:
        raise RuleViolation(_("Nhóm của đơn vị khác, bạn chỉ xem được."))
    row.keeper = officer
    row.save(update_fields=["keeper"])
    _record(row, "manual_group.taken_over", officer, now=now)


@transaction.atomic
def close_manual_group(*, public_id: UUID, officer: Officer, now: dt.datetime) -> None:
    """End a group: nothing is to be posted there any more."""
    row = manual_queries.get_manual_group(officer, public_id)
    row.closed_at = now
    row.save(update_fields=["closed_at"])
    ManualPost.objects.filter(group=row, posted_at=None).update(is_cancelled=True)
    _record(row, "manual_group.closed", officer, now=now)


def _record(row: ManualGroup, verb: str, officer: Officer, *, now: dt.datetime) -> None:
    entry = AuditAction(get_audit_actor(officer), verb, f"manual_group:{row.public_id}", row.unit_id)
    record_actions([entry], now=now)


# Posts owed. Called inside the transactions of services.py.


def insert_manual_posts(row: Bulletin, members_by_group: Mapping[int, int], kind: str, *, now: dt.datetime) -> None:
    insert_values(
        ManualPost,
        [
            {"bulletin_id": row.pk, "group_id": group, "kind": str(kind), "members": members, "created_at": now}
            for group, members in members_by_group.items()
        ],
        ignore_conflicts=True,
    )


def cancel_unposted(bulletin_ids: Collection[int], *, groups: Collection[int] | None = None) -> None:
    """Cancel the owed posts of these bulletins, except withdrawals; `groups`: only there, None: everywhere."""
    rows = ManualPost.objects.filter(bulletin__in=bulletin_ids, posted_at=None)
    if groups is not None:
        rows = rows.filter(group__in=groups)
    rows.exclude(kind=_Kind.WITHDRAWAL).update(is_cancelled=True)


@transaction.atomic
def report_posted(*, code: str, groups: Collection[UUID], officer: Officer, now: dt.datetime) -> int:
    """Record that a person posted it in these groups of the own unit; return their number.

    Also after the bulletin ended: then the correction or withdrawal is the next thing to post there.
    """
    row = queries.get_visible_bulletin(officer, code)
    if not access.officer_may(officer, Permission.WRITE_BULLETINS):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))
    waiting = ManualPost.objects.select_for_update(of=("self",)).filter(bulletin=row, posted_at=None)
    posts = list(waiting.filter(group__public_id__in=groups, group__unit=officer.unit_id).order_by("pk"))
    if not posts:
        raise RuleViolation(_("Hãy chọn nhóm vừa đăng."))
    ManualPost.objects.filter(pk__in=[post.pk for post in posts]).update(posted_at=now, posted_by=officer)
    _add_follow_ups(row, {post.group_id: post.members for post in posts if post.is_cancelled}, now=now)
    entry = AuditAction(get_audit_actor(officer), "bulletin.posted_by_hand", f"bulletin:{row.code}", officer.unit_id)
    record_actions([entry], now=now)
    return len(posts)


def _add_follow_ups(row: Bulletin, late_groups: Mapping[int, int], *, now: dt.datetime) -> None:
    """Add what follows in groups where it was posted before its end but reported after it."""
    if not late_groups:
        return
    newest = queries.find_correction(row) or row
    if newest.state == BulletinState.WITHDRAWN:
        insert_manual_posts(newest, late_groups, _Kind.WITHDRAWAL, now=now)
    elif newest is not row and newest.state == BulletinState.RELEASED:
        first_posts = ManualPost.objects.filter(bulletin=newest, group__in=late_groups, kind=_Kind.POST)
        first_posts.filter(posted_at=None).update(kind=_Kind.CORRECTION)
        have_correction = set(first_posts.values_list("group_id", flat=True))
        missing = {group: members for group, members in late_groups.items() if group not in have_correction}
        insert_manual_posts(newest, missing, _Kind.CORRECTION, now=now)
