"""Context of a case page: reporters, possible assignees, possible duplicates, relations and evidence."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Max, Q, QuerySet, When
from django.db.models.fields.json import KeyTextTransform

from binhyen.areas import queries as areas
from binhyen.areas.models import Unit
from binhyen.areas.queries import UnitInfo
from binhyen.cases import event_data
from binhyen.cases.choices import Verb
from binhyen.cases.kinds import all_kinds
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Evidence, Relation, Report
from binhyen.cases.queries.duplicate_candidates import read_tellings
from binhyen.cases.queries.linked_tips import stays
from binhyen.cases.queries.possible_duplicates import Side, Told, closest, heaps, one_number, why
from binhyen.cases.rules import gives
from binhyen.channels.models import Attachment
from binhyen.kit import prepared_queries, rls_scope
from binhyen.kit.text import fold
from binhyen.language.dedup import shipped
from binhyen.language.reading import DANGER
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import shifts_now
from binhyen.people.roles import May, works_with

NEAR = dt.timedelta(hours=24)
_MOST_SIMILAR, _MOST_COMPARED = 6, 60  # of a dangerous case all cases offered together with it are shown
_SEALED = sorted(code for code, each in all_kinds().items() if each.sealed)


@dataclass(frozen=True, slots=True)
class Hands:
    """Options for assigning or transferring a case.

    Officers of its unit and of its village teams, those on duty first; other units.
    """

    people: tuple[Officer, ...]
    units: tuple[UnitInfo, ...]
    on_duty: frozenset[int] = frozenset()  # subset of `people`, by the duty roster


def visible(officer: Any, case_ids: Collection[int]) -> frozenset[int]:
    """Return the subset of these cases that the officer may see."""
    if not case_ids:
        return frozenset()
    return frozenset(Case.objects.filter(access.cases(officer), pk__in=case_ids).values_list("pk", flat=True))


def sees(officer: Any, case_id: int) -> bool:
    """Return whether the officer may see the case, e.g. still after their last action."""
    found = prepared_queries.rows(
        ("sees", access.sight_key(officer)),
        lambda: Case.objects.filter(access.cases(officer), pk=prepared_queries.NUMBER).values("pk"),
        {prepared_queries.NUMBER: case_id},
    )
    return bool(found)


def codes_seen(officer: Any, codes: Collection[str]) -> set[str]:
    """Return the subset of these codes whose cases the officer may see."""
    if not codes:
        return set()
    return set(Case.objects.filter(access.cases(officer), code__in=codes).values_list("code", flat=True))


def hearers(case: Case) -> list[Report]:
    """Return all reports of the case, oldest first, then those of cases merged into it."""
    family = Q(case=case) | Q(case__merged_into=case)
    rows = Report.objects.filter(family).select_related("reporter", "conversation", "conversation__channel")
    return sorted(rows.order_by("id"), key=lambda report: report.case_id != case.pk)


def last_words(officer: Any, talks: Collection[int]) -> dict[int, dt.datetime]:
    """Return by private conversation when its reporter last wrote on a case that the officer may see.

    Pages must count from these times: not even the existence of a restricted message may be disclosed.
    """
    if not talks:
        return {}
    links = CaseMessage.objects.filter(
        access.cases(officer, prefix="case__"), message__conversation__in=talks, detached_at=None
    )
    newest = links.values_list("message__conversation").annotate(at=Max("message__sent_at")).order_by()
    return dict(newest)


def told_before(officer: Any, case: Case, reporter_ids: Collection[int]) -> int:
    """Count other visible cases of these reporters, none of them confidential.

    A link between a named group member and a confidential report of theirs must appear nowhere.
    """
    if case.sensitive:
        return 0
    seen = access.cases(officer, prefix="case__")
    theirs = Report.objects.filter(seen, reporter_id__in=reporter_ids, case__sensitive=False)
    return theirs.exclude(case=case).exclude(case__merged_into=case).values("case").distinct().count()


def told_alone(case: Case) -> bool:
    """Return whether a tip has no other reporter and no related case: a reply then cannot name another reporter.

    No message is sent to the holder of a receipt, so outbound DLP did not check it for them.
    """
    with rls_scope.entered(rls_scope.PROGRAM):  # a receipt may see nothing related to its case
        # nosemgrep: query-without-sight  no officer asks: existence of rows related to the receipt's own case
        others = Report.objects.filter(case=case), Case.objects.filter(merged_into=case), case.relations.all()
        return not any(rows.exists() for rows in others)


@dataclass(frozen=True, slots=True)
class Similar:
    """A possible duplicate: the reason (possible_duplicates.REASON_LABELS), and whether it is in the same commune."""

    case: Case
    why: str
    here: bool


def similar(officer: Any, case: Case, *, near: str = "") -> list[Similar]:
    """List possible duplicates: visible open cases, opened within a day of this one, same category or also dangerous.

    In the same commune: cases likely equal by their report texts or with a shared number; for province visibility also
    neighbouring communes. `near_code`: code of a case of any category to include. For a dangerous case also those that
    intake was unsure about.
    A sealed tip has no possible duplicates: an extract from it would lead back to it. Nor has a private follow-up of a
    group tip: merged into the tip, it would be visible to the tip's unit (see linked_tips.py).
    """
    if case.commune_id is None or stays(case):
        return []
    around = areas.beside(case.commune_id) if access.sight(officer).province else ()
    alike = Q(category=case.category, commune_id__in=[case.commune_id, *around])
    grave = case.urgency >= DANGER
    alike |= Q(urgency__gte=DANGER, commune_id=case.commune_id) if grave else Q()
    found = Case.objects.filter(
        access.cases(officer), alike | Q(code=near) if near else alike, is_open=True,
        opened_at__range=(case.opened_at - NEAR, case.opened_at + NEAR),
    )  # fmt: skip
    own_first = Choice(When(commune_id=case.commune_id, then=0), default=1)
    others = found.exclude(pk__in=[case.pk, case.merged_into_id or 0]).exclude(kind__in=_SEALED)
    others = others.exclude(snippet=event_data.ALONE)
    rows = list(others.defer("search", "result").order_by(own_first, "-id")[:_MOST_COMPARED])
    mine = _side(case)
    sides = [(row, _side(row)) for row in rows]
    whys = likely(case, closest(mine, [(row, side) for row, side in sides if row.commune_id == case.commune_id]))
    heap = _heap(case, near, rows) if grave else frozenset()
    here = [Similar(row, "number" if one_number(mine, side) else whys.get(row.pk, "words" if row.code in heap else ""),
                    here=True)
            for row, side in sides if row.commune_id == case.commune_id]  # fmt: skip
    there = [Similar(row, why(mine, side), here=False) for row, side in sides if row.commune_id != case.commune_id]
    return [each for each in [*here, *there] if each.why][: max(_MOST_SIMILAR, len(heap))]


def _heap(case: Case, near: str, others: Sequence[Case]) -> frozenset[str]:
    """Return the codes of the cases connected with this one by the offers of intake. One statement."""
    opened = CaseEvent.objects.filter(case__in=[one.pk for one in others], verb=Verb.OPENED)
    offers = dict(opened.values_list("case__code", KeyTextTransform("near", "data")))
    known = [Told(one.code, offers.get(one.code) or "", one.category, one.commune_id, one.opened_at) for one in others]
    known.append(Told(case.code, near, case.category, case.commune_id, case.opened_at))
    return frozenset(next(heap for heap in heaps(known) if case.code in heap)) - {case.code}


def likely(case: Case, others: Sequence[Case]) -> dict[int, str]:
    """Return which of these few cases are likely the same incident, by their report texts: id → reason."""
    if not others:
        return {}
    told = read_tellings({one.pk: (one.category, one.commune_id) for one in [case, *others]}, areas.gazetteer())
    found = {}
    for other in others:
        first, later = (told.get(one.pk, []) for one in sorted((case, other), key=lambda one: one.opened_at))
        joined = shipped().join(later[0].told, [[each.told for each in first]]) if first and later else None
        if joined is not None:
            one_spot = any(each.told.spots & later[0].told.spots for each in first)
            found[other.pk] = {"key": "number", "spot": "spot" if one_spot else "words"}.get(joined.why, joined.why)
    return found


def _side(case: Case) -> Side:
    code = areas.directory().commune_code_of_area(case.commune_id or 0)
    name = fold(areas.directory().communes[code].full_name) if code else ""
    point = (case.latitude, case.longitude) if case.latitude is not None and case.longitude is not None else None
    said = "" if case.snippet == event_data.TIP else case.snippet
    return Side(fold(f"{said} {case.place}"), case.folded, name, case.sensitive, case.urgency, point)


def related(officer: Any, case: Case) -> list[Relation]:
    """List relations to visible cases; for lost and found see lost_found.py."""
    rows = Relation.objects.filter(access.cases(officer, prefix="other__"), case=case).exclude(kind="MATCH")
    return list(rows.select_related("other").order_by("id"))


def of_group(officer: Any, group_id: int, *, most: int = 20) -> list[Case]:
    """List the newest visible cases with a message from this group."""
    told = CaseMessage.objects.filter(message__group_id=group_id, detached_at=None).values("case_id")
    return list(Case.objects.filter(access.cases(officer), pk__in=told).order_by("-id")[:most])


def evidence(case: Case) -> list[Evidence]:
    return list(case.evidence.select_related("attachment", "officer").order_by("id"))


def originals(officer: Officer, case: Case) -> list[Attachment]:
    """List encrypted original files of the case and of cases merged into it; none of sealed group messages.

    Takes the officer: the case must be visible to them.
    """
    return list(_originals(officer, case).select_related("message__reporter").order_by("id")[:100])


def has_originals(officer: Officer, case: Case) -> bool:
    return _originals(officer, case).exists()


def _originals(officer: Officer, case: Case) -> QuerySet[Attachment]:
    mine = Case.objects.filter(access.cases(officer)).filter(Q(pk=case.pk) | Q(merged_into=case.pk)).values("pk")
    told = CaseMessage.objects.filter(case_id__in=mine, detached_at=None).values("message_id")
    rows = Attachment.objects.filter(Q(message_id__in=told, message__sealed=None) | Q(evidence__case_id__in=mine))
    return rows.exclude(original="").exclude(lock=None)


def hands(officer: Officer, case: Case, *, now: dt.datetime) -> Hands:
    """Return the options to assign or transfer the case; empty where the officer may not."""
    people: list[Officer] = []
    on_duty: frozenset[int] = frozenset()
    others = case.assignee_id not in (None, officer.pk)
    assigns, works = (access.may(officer, ability) for ability in (May.ASSIGN, May.WORK_CASES))
    if gives(assigns=assigns, works=works, others=others):
        near = Q(unit_id=case.unit_id) | Q(unit__parent_id=case.unit_id, unit__level="VILLAGE")
        found = Officer.objects.filter(near, is_active=True).exclude(pk__in=[case.assignee_id or 0, officer.pk])
        on_duty = shifts_now(case.unit_id, now)
        people = [o for o in found.select_related("unit").order_by("name", "pk") if works_with(officer.role, o.role)]
        people.sort(key=lambda o: o.pk not in on_duty)
    leaves = access.may(officer, May.HAND_ON) and not stays(case)
    units = areas.directory().open_units if leaves else ()
    closed = {case.unit_id}
    if case.barred is not None:
        people = [o for o in people if o.pk not in case.barred]
        closed |= access.shut_out(f"case:{case.code}", [u.id for u in units])
    return Hands(tuple(people), tuple(u for u in units if u.id not in closed), on_duty)


def unit_by_code(code: str) -> Unit | None:
    """Return a current unit by the code that the transfer form sends."""
    return Unit.objects.filter(code=code, valid_to=None).first()
