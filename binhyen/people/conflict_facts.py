"""Conflict of interest facts of an officer, read from the tables; the rules are in conflicts.py."""

from collections.abc import Collection, Iterable

from django.db.models import Q

from binhyen.areas.models import Unit
from binhyen.areas.queries import AreasNotLoadedError, get_directory
from binhyen.kit import clock, prepared_queries
from binhyen.kit.prepared_queries import ID_LIST_PARAM, NOW_PARAM, ids_subquery
from binhyen.people.conflicts import (
    FORMER_UNIT_PERIOD,
    OFFICES,
    ConflictFacts,
    OfficerPost,
    get_conflict_keys,
    is_excluded,
)
from binhyen.people.models import Appointment, Officer, Relationship
from binhyen.people.roles import Role


def conflict_keys_of(officer: Officer) -> frozenset[str]:
    """Return the officer's conflict keys. Two statements; one more for a village team, whose unit has a parent."""
    return get_conflict_keys(load_conflict_facts([officer])[officer.pk])


def list_excluded_officers(conflict_keys: Collection[str]) -> list[int]:
    """List active officers that have one of these conflict keys now."""
    facts = load_conflict_facts(Officer.objects.filter(is_active=True))
    return sorted(
        pk for pk, officer_facts in facts.items() if is_excluded(conflict_keys, get_conflict_keys(officer_facts))
    )


def load_conflict_facts(officers: Iterable[Officer]) -> dict[int, ConflictFacts]:
    """Return the facts by officer. A colleague has the same unit, or the same office of the province, today."""
    officer_list = list(officers)
    postings = prepared_queries.fetch_rows(
        "conflict_facts.postings",
        lambda: Appointment.objects.filter(
            Q(until=None) | Q(until__gt=NOW_PARAM), officer_id__in=ids_subquery()
        ).values("officer_id", "role", "unit_id"),
        {NOW_PARAM: clock.now() - FORMER_UNIT_PERIOD, ID_LIST_PARAM: [officer.pk for officer in officer_list]},
    )
    rows = [(officer.pk, officer.role, officer.unit_id) for officer in officer_list]
    rows += [(posting["officer_id"], posting["role"], posting["unit_id"]) for posting in postings]
    parents = _load_parents([unit for _, role, unit in rows if role == Role.VILLAGE_TEAM])
    seats = {
        officer.pk: tuple(_build_appointment(role, unit, parents) for pk, role, unit in rows if pk == officer.pk)
        for officer in officer_list
    }
    ties, colleagues = _load_relatives_and_colleagues(officer_list)
    return {
        officer.pk: ConflictFacts(
            officer.pk, seats[officer.pk], frozenset(colleagues[officer.pk]), frozenset(ties[officer.pk])
        )
        for officer in officer_list
    }


def _load_relatives_and_colleagues(officers: list[Officer]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """Return relatives and colleagues by officer; one statement each."""
    ids = [officer.pk for officer in officers]
    ties: dict[int, set[int]] = {pk: set() for pk in ids}
    colleagues: dict[int, set[int]] = {pk: set() for pk in ids}
    pairs = prepared_queries.fetch_rows(
        "conflict_facts.pairs",
        lambda: Relationship.objects.filter(
            Q(officer_a_id__in=ids_subquery()) | Q(officer_b_id__in=ids_subquery()), ended_at=None
        ).values("officer_a_id", "officer_b_id", "mutual", "declared_by_id"),
        {ID_LIST_PARAM: ids},
    )
    unit_members = prepared_queries.fetch_rows(
        "conflict_facts.unit_members",
        lambda: Officer.objects.filter(unit_id__in=ids_subquery(), is_active=True).values("id", "role", "unit_id"),
        {ID_LIST_PARAM: sorted({officer.unit_id for officer in officers})},
    )
    for pair in pairs:
        left, right = pair["officer_a_id"], pair["officer_b_id"]
        for person, relative in ((left, right), (right, left)):
            if person in ties and (pair["mutual"] or person == pair["declared_by_id"]):
                ties[person].add(relative)
    for officer in officers:
        colleagues[officer.pk] = {
            member["id"]
            for member in unit_members
            if member["unit_id"] == officer.unit_id and OFFICES.get(member["role"]) == OFFICES.get(officer.role)
        }
    return ties, colleagues


def _build_appointment(role: str, unit_id: int, above: dict[int, tuple[int, ...]]) -> OfficerPost:
    return OfficerPost(role, unit_id, (*above.get(unit_id, ()), *get_successor_units(unit_id)))


def _load_parents(unit_ids: list[int]) -> dict[int, tuple[int, ...]]:
    """Return parent units, without the province."""
    if not unit_ids:
        return {}
    rows = Unit.objects.filter(pk__in=unit_ids, parent__level=Unit.Level.COMMUNE).values_list("pk", "parent_id")
    return {pk: (parent,) for pk, parent in rows if parent}


def get_successor_units(unit_id: int) -> tuple[int, ...]:
    """Return the present units on the area of a merged or split unit; empty for one that still exists."""
    try:
        return get_directory().successors.get(unit_id, ())
    except AreasNotLoadedError:
        return ()
