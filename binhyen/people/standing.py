"""On whose side an officer stands now, read from the tables; the rule is veto.py."""

from collections.abc import Collection, Iterable

from django.db.models import Q

from binhyen.areas.models import Unit
from binhyen.areas.queries import NotLoaded, directory
from binhyen.kit import clock
from binhyen.people.models import Officer, Posting, Tie
from binhyen.people.rules import Role
from binhyen.people.veto import OFFICES, REMEMBERED, Seat, Standing, barred, sides


def sides_of(officer: Officer) -> frozenset[str]:
    """Two statements; one more for a village team, whose unit has one above it."""
    return sides(standings([officer])[officer.pk])


def barred_by(kept_from: Collection[str]) -> list[int]:
    """Officers in service who stand on one of these sides now."""
    found = standings(Officer.objects.filter(is_active=True))
    return sorted(pk for pk, standing in found.items() if barred(kept_from, sides(standing)))


def standings(officers: Iterable[Officer]) -> dict[int, Standing]:
    """By officer. Beside somebody serves who sits in the same unit, or office of the province, today."""
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
    """Relatives, and who serves beside, by officer; one statement."""
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
    """Units over these, without the province's."""
    if not unit_ids:
        return {}
    rows = Unit.objects.filter(pk__in=unit_ids, parent__level=Unit.Level.COMMUNE).values_list("pk", "parent_id")
    return {pk: (parent,) for pk, parent in rows if parent}


def heirs(unit_id: int) -> tuple[int, ...]:
    """Units of today on the ground of a unit that was merged or split; none for one that still works."""
    try:
        return directory().heirs.get(unit_id, ())
    except NotLoaded:
        return ()
