"""For whom urgent cases ring. A constant number of statements.

Everybody else finds them in the lists: an alarm is for who has to go there, and for those above once nobody did.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left

from binhyen.cases.models import Alarm, Case, CaseEvent, CaseMessage
from binhyen.cases.rules import Bell, Stage, rings_from, rung
from binhyen.cases.words import Verb
from binhyen.kit import compiled
from binhyen.language.reading import DANGER
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import able
from binhyen.people.rules import Role

MOST_ALARMS = 60
NEWEST = 20  # of them, where more ring than are shown: what was just told is not left out
BEGINNING = 160  # characters of the words that an alarm shows
_COLUMNS = (
    "stage", "next_at", "raised_at", "case__id", "case__code", "case__title", "case__place", "case__snippet",
    "case__category", "case__urgency", "case__opened_at", "case__commune_id", "case__unit__name",
    "case__assignee__name", "case__version", "words", "told", "near", "latest",
)  # fmt: skip
_RUNG: dict[str, int] = {role: step for role in Role if (step := rings_from(role)) is not None}  # who could stop it


def ringing(officer: Any) -> QuerySet[Alarm]:
    """Alarms that ring for this person. Where nobody below them in the unit can sign in, from the start: what
    `rung` says of all, as a filter for one.
    """
    seen = Alarm.objects.filter(access.cases(officer, prefix="case__"), acknowledged_at=None)
    step = _RUNG.get(officer.role) if isinstance(officer, Officer) else None
    if step is None:
        return seen.none()
    if step == Stage.OFFICERS:
        return seen
    below = Officer.objects.filter(able(), unit=OuterRef("case__unit"), role__in=[r for r in _RUNG if _RUNG[r] < step])
    barred = Func(OuterRef("case__barred"), F("pk"), function="array_position", output_field=IntegerField())
    own = Q(case__unit=officer.unit_id) if step == Stage.PROVINCE else Q(case__assignee=officer)
    return seen.filter(Q(stage__gte=step) | own | ~Exists(below.alias(barred=barred).filter(barred__isnull=True)))


def rung_of(alarms: Iterable[tuple[Case, int]]) -> list[tuple[int, ...]]:
    """Whom each alarm at its step rings for, ids of officers, for the live feed. At most one statement."""
    told = list(alarms)
    if not told:
        return []
    near = Q(unit__in={case.unit_id for case, _ in told}) | Q(role__in=[r for r in _RUNG if _RUNG[r] == Stage.PROVINCE])
    able_here = Officer.objects.filter(able(), near, role__in=_RUNG).order_by("pk")
    bells = [Bell(pk, _RUNG[role], unit) for pk, role, unit in able_here.values_list("pk", "role", "unit_id")]
    return [
        rung(bells, unit_id=case.unit_id, stage=stage, owner=case.assignee_id, barred=case.barred or ())
        for case, stage in told
    ]


def stops(officer: Officer, case: Case) -> bool:
    """May this person's word end the alarm of a case that they see? Of its unit anybody's, for they go there; above,
    whose desk rings. One statement, for whoever sees more than a unit.
    """
    if case.unit_id == officer.unit_id:
        return True
    rings = Alarm.objects.filter(case=case, acknowledged_at=None)
    return not rings.exclude(pk__in=ringing(officer).values("pk")).exists()


def ringing_codes(officer: Any) -> list[str]:
    """Codes of the cases that `alarms` lists."""
    found = compiled.rows(
        ("ringing", access.sight_key(officer)),
        lambda: ringing(officer).order_by("raised_at").values("case__code")[:MOST_ALARMS],
        {},
    )
    return [row["case__code"] for row in found]


def _started(what: Combinable) -> Subquery:
    """Of the words for which an alarm rings: the newest of danger when it began."""
    told = _family().filter(message__urgency__gte=DANGER, attached_at__lte=OuterRef("raised_at"))
    return Subquery(told.order_by("-pk").values(found=what)[:1])


def _family() -> QuerySet[CaseMessage]:
    """Words of the case, or of what is merged into it. Never a tip of a group, nor what lies sealed."""
    here = OuterRef(OuterRef("case"))
    # nosemgrep: query-without-sight  of a case that the officer sees, as its thread has them
    family = Case.objects.filter(Q(pk=here) | Q(merged_into=here)).values("pk")
    told = CaseMessage.objects.filter(case__in=family, detached_at=None, message__sealed=None)
    return told.exclude(message__text="").exclude(message__group__isnull=False, message__sensitive=True)


def alarms(officer: Any) -> list[compiled.Row]:
    """Urgent cases nobody acknowledged, the oldest first, and of more than MOST_ALARMS the oldest and the newest: their
    columns, how far each alarm has gone, the `words` for which it rings, the category `told` in them, the `latest`
    words; `near` and `near_words`: the code of an open case that it may be of too, with its first words, or "".
    """
    found = compiled.rows(("alarms", access.sight_key(officer)), lambda: _alarms(officer)[:MOST_ALARMS], {})
    if len(found) == MOST_ALARMS:
        last = compiled.rows(("newest", access.sight_key(officer)), lambda: _alarms(officer).reverse()[:NEWEST], {})
        listed = {row["case__id"] for row in found[:-NEWEST]}
        found = [*found[:-NEWEST], *(row for row in reversed(last) if row["case__id"] not in listed)]
    offered = {row["near"] for row in found if row["near"]}
    seen = open_words(officer, offered) if offered else {}
    rows = [{name.removeprefix("case__"): value for name, value in row.items()} for row in found]
    return [
        row | {"near": row["near"] if row["near"] in seen else "", "near_words": seen.get(row["near"], "")}
        for row in rows
    ]


def open_words(officer: Any, codes: Iterable[str]) -> dict[str, str]:
    """Those of them whose cases are open and the officer's to see, with what they began with."""
    found = Case.objects.filter(access.cases(officer), code__in=codes, is_open=True)
    return dict(found.values_list("code", "snippet"))


def _alarms(officer: Any) -> QuerySet[Alarm, compiled.Row]:
    words, told = _started(Left("message__text", BEGINNING)), _started(F("message__category"))
    opened = CaseEvent.objects.filter(case=OuterRef("case"), verb=Verb.OPENED)
    near = Subquery(opened.values(code=KeyTextTransform("near", "data"))[:1])
    latest = Subquery(_family().order_by("-pk").values(found=Left("message__text", BEGINNING))[:1])
    ringing_ = ringing(officer).annotate(words=words, told=told, near=near, latest=latest)
    rows: QuerySet[Alarm, compiled.Row] = ringing_.values(*_COLUMNS)
    return rows.order_by("raised_at", "pk")
