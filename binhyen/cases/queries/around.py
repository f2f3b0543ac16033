"""What stands around a case on its page: who told, who may take it, what it may have to do with, what proves it."""

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
from binhyen.cases import kept
from binhyen.cases.kinds import all_kinds
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Evidence, Relation, Report
from binhyen.cases.queries.confided import stays
from binhyen.cases.queries.incidents import read_tellings
from binhyen.cases.queries.nearby import Side, Told, closest, heaps, one_number, why
from binhyen.cases.rules import gives
from binhyen.cases.words import Verb
from binhyen.channels.models import Attachment
from binhyen.kit import compiled, scope
from binhyen.kit.text import fold
from binhyen.language.reading import DANGER
from binhyen.language.together import shipped
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import shifts_now
from binhyen.people.rules import May, works_with

NEAR = dt.timedelta(hours=24)
_MOST_SIMILAR, _MOST_COMPARED = 6, 60  # of danger all that are offered with it
_SEALED = sorted(code for code, each in all_kinds().items() if each.sealed)


@dataclass(frozen=True, slots=True)
class Hands:
    """To whom the officer may give a case: others of the unit that has it and of its village teams, whoever is on duty
    first; other units.
    """

    people: tuple[Officer, ...]
    units: tuple[UnitInfo, ...]
    on_duty: frozenset[int] = frozenset()  # of the people, by the roster


def visible(officer: Any, case_ids: Collection[int]) -> frozenset[int]:
    """Those of the cases that the officer sees."""
    if not case_ids:
        return frozenset()
    return frozenset(Case.objects.filter(access.cases(officer), pk__in=case_ids).values_list("pk", flat=True))


def sees(officer: Any, case_id: int) -> bool:
    """Whether the officer sees the case, e.g. still after what they just did with it."""
    found = compiled.rows(
        ("sees", access.sight_key(officer)),
        lambda: Case.objects.filter(access.cases(officer), pk=compiled.NUMBER).values("pk"),
        {compiled.NUMBER: case_id},
    )
    return bool(found)


def codes_seen(officer: Any, codes: Collection[str]) -> set[str]:
    """Those of these codes whose cases the officer sees."""
    if not codes:
        return set()
    return set(Case.objects.filter(access.cases(officer), code__in=codes).values_list("code", flat=True))


def hearers(case: Case) -> list[Report]:
    """Everybody who told of the case, in the order they told, then those of cases merged into it."""
    family = Q(case=case) | Q(case__merged_into=case)
    rows = Report.objects.filter(family).select_related("reporter", "conversation", "conversation__channel")
    return sorted(rows.order_by("id"), key=lambda report: report.case_id != case.pk)


def last_words(officer: Any, talks: Collection[int]) -> dict[int, dt.datetime]:
    """By private conversation, when its person last wrote on a case that the officer sees. Of a word that lies apart
    nobody here may learn, not even that it was said: whatever a page says of a conversation counts from these.
    """
    if not talks:
        return {}
    links = CaseMessage.objects.filter(
        access.cases(officer, prefix="case__"), message__conversation__in=talks, detached_at=None
    )
    newest = links.values_list("message__conversation").annotate(at=Max("message__sent_at")).order_by()
    return dict(newest)


def told_before(officer: Any, case: Case, reporter_ids: Collection[int]) -> int:
    """How many other cases that the officer sees were told of by these people, none of them in confidence: that who
    writes in the group under their name told of something else stands nowhere.
    """
    if case.sensitive:
        return 0
    seen = access.cases(officer, prefix="case__")
    theirs = Report.objects.filter(seen, reporter_id__in=reporter_ids, case__sensitive=False)
    return theirs.exclude(case=case).exclude(case__merged_into=case).values("case").distinct().count()


def told_alone(case: Case) -> bool:
    """Of the case of a tip: did nobody else tell of it, and is no other case tied to it? What is said of it can then
    name no other reporter. No letter goes to who holds a receipt, so no gate looked at it for them.
    """
    with scope.entered(scope.PROGRAM):  # a receipt sees nothing that hangs on its case
        # nosemgrep: query-without-sight  nobody asks: what hangs on a case that its receipt has opened, whether at all
        others = Report.objects.filter(case=case), Case.objects.filter(merged_into=case), case.relations.all()
        return not any(rows.exists() for rows in others)


@dataclass(frozen=True, slots=True)
class Similar:
    """A case that may be of the same incident: what speaks for it (nearby.WHYS), and whether the commune is one."""

    case: Case
    why: str
    here: bool


def similar(officer: Any, case: Case, *, near: str = "") -> list[Similar]:
    """Open cases of the same category (and `near`, by its code, of any; of danger other danger), opened within a day of
    this one, that the officer sees: of the same commune what is likely one by what was told or shares a number, and
    for who sees the province those of communes beside it. Of danger also what intake was not sure about.

    A sealed tip is like nothing and nothing is like it: what was passed on of it would lead back to it. Nor is what was
    said in private of a tip in a group: merged into that, it would stand on its unit's desk (see confided.py).
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
    others = others.exclude(snippet=kept.ALONE)
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
    """Codes of those that hang together with the case by what intake offered. One statement."""
    opened = CaseEvent.objects.filter(case__in=[one.pk for one in others], verb=Verb.OPENED)
    offers = dict(opened.values_list("case__code", KeyTextTransform("near", "data")))
    known = [Told(one.code, offers.get(one.code) or "", one.category, one.commune_id, one.opened_at) for one in others]
    known.append(Told(case.code, near, case.category, case.commune_id, case.opened_at))
    return frozenset(next(heap for heap in heaps(known) if case.code in heap)) - {case.code}


def likely(case: Case, others: Sequence[Case]) -> dict[int, str]:
    """Of these few cases those that are likely one with this one, by what their tellers told: id → why."""
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
    said = "" if case.snippet == kept.TIP else case.snippet
    return Side(fold(f"{said} {case.place}"), case.folded, name, case.sensitive, case.urgency, point)


def related(officer: Any, case: Case) -> list[Relation]:
    """Relations to cases that the officer sees; of lost and found see lost.py."""
    rows = Relation.objects.filter(access.cases(officer, prefix="other__"), case=case).exclude(kind="MATCH")
    return list(rows.select_related("other").order_by("id"))


def of_group(officer: Any, group_id: int, *, most: int = 20) -> list[Case]:
    """The newest cases that the officer sees and that a message of this group feeds."""
    told = CaseMessage.objects.filter(message__group_id=group_id, detached_at=None).values("case_id")
    return list(Case.objects.filter(access.cases(officer), pk__in=told).order_by("-id")[:most])


def evidence(case: Case) -> list[Evidence]:
    return list(case.evidence.select_related("attachment", "officer").order_by("id"))


def originals(officer: Officer, case: Case) -> list[Attachment]:
    """Files of the case and of what was merged into it that lie sealed as they came; of sealed posts none. Takes the
    officer: the case must be theirs.
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
    """See `Hands`. Empty where the officer may not give the case away."""
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
    """A unit that a case may be handed on to, as the form names it."""
    return Unit.objects.filter(code=code, valid_to=None).first()
