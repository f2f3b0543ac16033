"""`Membership.in_several_groups` equals a recount after any change, whichever statement makes it."""

import datetime as dt
import random
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from binhyen.bulletins.tests.scene import create_group
from binhyen.channels.models import Membership
from binhyen.vault.models import Reporter

pytestmark = pytest.mark.django_db


def list_wrong_marks() -> list[int]:
    """Return the ids of present memberships whose mark is not that of a recount."""
    present = list(Membership.objects.filter(left_at=None, asked_at=None))
    groups = Counter(row.reporter_id for row in present)
    return [row.pk for row in present if row.in_several_groups != (groups[row.reporter_id] > 1)]


def change_memberships(unit: Any, now: dt.datetime, *, seed: int, steps: int = 60) -> list[int]:
    """Make random changes and return the wrong marks after the last one, or after the first that leaves some."""
    chance = random.Random(seed)
    groups = [create_group(unit("18568")) for _ in range(3)]
    people = [Reporter.objects.create(created_at=now) for _ in range(4)]
    for _ in range(steps):
        group, person = chance.choice(groups), chance.choice(people)
        row = Membership.objects.filter(group=group, reporter=person)
        action = chance.choice(["add", "add", "add", "leave", "ask", "return", "delete", "move", "person"])
        if action == "add":
            Membership.objects.bulk_create(
                [Membership(group=group, reporter=added, joined_at=now) for added in {person, chance.choice(people)}],
                ignore_conflicts=True,
            )
        elif action == "leave":
            row.update(left_at=now)
        elif action == "ask":
            row.update(asked_at=now)
        elif action == "return":
            Membership.objects.filter(reporter=person).update(left_at=None, asked_at=None)
        elif action == "delete":
            row.delete()
        elif action == "move" and not Membership.objects.filter(group=groups[0], reporter=person).exists():
            row.update(group=groups[0])
        elif action == "person":
            row.update(reporter=chance.choice([other for other in people if not _is_in(group, other)] or [person]))
        if wrong := list_wrong_marks():
            return wrong
    return []


def _is_in(group: Any, person: Reporter) -> bool:
    return Membership.objects.filter(group=group, reporter=person).exists()


@pytest.mark.parametrize("seed", range(4))
def test_the_mark_equals_a_recount_after_every_change(unit: Any, now: dt.datetime, seed: int) -> None:
    assert change_memberships(unit, now, seed=seed) == []


@pytest.mark.parametrize("trigger", ["added", "changed", "deleted"])
def test_control_without_a_trigger_a_mark_is_wrong(unit: Any, now: dt.datetime, trigger: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER channels_membership_{trigger} ON channels_membership")
    assert any(change_memberships(unit, now, seed=seed) for seed in range(4))
