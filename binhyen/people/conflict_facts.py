"""Conflict of interest facts of an officer, read from the tables; the rules are in conflicts.py."""

from collections.abc import Collection, Iterable

from django.db.models import Q

from binhyen.areas.models import Unit
from binhyen.areas.queries import NotLoaded, directory
from binhyen.kit import clock
from binhyen.people.conflicts import OFFICES, REMEMBERED, Seat, Standing, barred, sides
from binhyen.people.models import Officer, Posting, Tie
from binhyen.people.roles import Role


def sides_of(officer: Officer) -> frozenset[str]:
    """Return the officer's conflict keys. Two statements; one more for a village team, whose unit has a parent."""
    return sides(standings([officer])[officer.pk])


def barred_by(kept_from: Collection[str]) -> list[int]:
    """List active officers that have one of these conflict keys now."""
    found = standings(Officer.objects.filter(is_active=True))
    return sorted(pk for pk, standing in found.items() if barred(kept_from, sides(standing)))


def standings(officers: Iterable[Officer]) -> dict[int, Standing]:
    """Return the facts by officer. A colleague has the same unit, or the same office of the province, today."""
    asked = list(officers)
    since = clock.now() - REMEMBERED
    postings = list(
        Posting.objects.filter(Q(until=None) | Q(until__gt=since), officer__in=asked).values_list(
            "officer_id", "role", "unit_id"
        )
    )
    rows = [(o.pk, o.role, o.unit_id) for o in asked] + postings
    above = _above([unit for _, role, unit in rows if role == Role.VILLAGE_TEAM])
    seats = {o.pk: tuple(_seat(role, unit, above) for pk, role, unit in rows if pk == o.pk) for o in asked}
    ties, beside = _near(asked)
    return {o.pk: Standing(o.pk, seats[o.pk], frozenset(beside[o.pk]), frozenset(ties[o.pk])) for o in asked}


def _near(asked: list[Officer]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """Return relatives and colleagues by officer; one statement each."""
    ids = [o.pk for o in asked]
    ties: dict[int, set[int]] = {pk: set() for pk in ids}
    beside: dict[int, set[int]] = {pk: set() for pk in ids}
    pairs = Tie.objects.filter(Q(one__in=ids) | Q(other__in=ids), ended_at=None).values_list(
        "one_id", "other_id", "mutual", "declared_by_id"
    )
    seats = Officer.objects.filter(unit_id__in={o.unit_id for o in asked}, is_active=True)
    mates = list(seats.values_list("pk", "role", "unit_id"))
    for one, other, mutual, by in pairs:
        for mine, theirs in ((one, other), (other, one)):
            if mine in ties and (mutual or mine == by):
                ties[mine].add(theirs)
    for o in asked:
        beside[o.pk] = {
            pk for pk, role, unit in mates if unit == o.unit_id and OFFICES.get(role) == OFFICES.get(o.role)
        }
    return ties, beside


def _seat(role: str, unit_id: int, above: dict[int, tuple[int, ...]]) -> Seat:
    return Seat(role, unit_id, (*above.get(unit_id, ()), *heirs(unit_id)))


def _above(unit_ids: list[int]) -> dict[int, tuple[int, ...]]:
    """Return parent units, without the province."""
    if not unit_ids:
        return {}
    rows = Unit.objects.filter(pk__in=unit_ids, parent__level=Unit.Level.COMMUNE).values_list("pk", "parent_id")
    return {pk: (parent,) for pk, parent in rows if parent}


def heirs(unit_id: int) -> tuple[int, ...]:
    """Return the present units on the area of a merged or split unit; empty for one that still exists."""
    try:
        return directory().heirs.get(unit_id, ())
    except NotLoaded:
        return ()
