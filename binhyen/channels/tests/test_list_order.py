"""Rows with equal sort keys keep one order, wherever the database stores them."""

import datetime as dt
from typing import Any

import pytest

from binhyen.channels.models import Channel, Group, Membership
from binhyen.channels.queries import list_groups, list_members
from binhyen.vault.models import Reporter

pytestmark = pytest.mark.django_db


def create_groups(unit: Any, *, count: int) -> list[Group]:
    """Create groups of one name."""
    channel = Channel.objects.create(kind="zalo_oa", name="OA tỉnh")
    return [
        Group.objects.create(
            channel=channel,
            area_id=unit.area_id,
            unit=unit,
            level="COMMUNE",
            name="Nhóm",
            state="OPEN",
            external_id=f"g{number}",
        )
        for number in range(count)
    ]


def test_groups_of_one_name_keep_their_order(officer: Any, unit: Any) -> None:
    staff, groups = officer("PROVINCE_STAFF", "42"), create_groups(unit("18568"), count=3)
    expected = [group.pk for group in groups]
    assert list(list_groups(staff).values_list("pk", flat=True)) == expected
    # PostgreSQL writes a changed row anew, behind the others.
    Group.objects.filter(pk=expected[0]).update(members=7)
    assert list(list_groups(staff).values_list("pk", flat=True)) == expected


def test_members_of_one_moment_keep_their_order(unit: Any, now: dt.datetime) -> None:
    (group,) = create_groups(unit("18568"), count=1)
    people = Reporter.objects.bulk_create(Reporter(created_at=now) for _ in range(3))
    rows = [Membership.objects.create(group=group, reporter=person, joined_at=now) for person in people]
    expected = [row.pk for row in reversed(rows)]
    assert [row.pk for row in list_members(group)] == expected
    Membership.objects.filter(pk=expected[0]).update(joined_at=now)
    assert [row.pk for row in list_members(group)] == expected
