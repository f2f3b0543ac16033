"""Recipients of alarms for urgent cases. A constant number of statements.

Other officers find these cases in their lists: an alarm is for the officers who must go there, and for the levels above
once none acknowledges.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left

from binhyen.cases.choices import Verb
from binhyen.cases.models import Alarm, Case, CaseEvent, CaseMessage
from binhyen.cases.rules import Bell, Stage, rings_from, rung
from binhyen.kit import prepared_queries
from binhyen.language.reading import DANGER
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import able
from binhyen.people.roles import Role

MOST_ALARMS = 60
NEWEST = 20  # of MAX_ALARMS, so that the newest report is shown when more ring
BEGINNING = 160  # characters of the message shown with an alarm
_COLUMNS = (
    "stage", "next_at", "raised_at", "case__id", "case__code", "case__title", "case__place", "case__snippet",
    "case__category", "case__urgency", "case__opened_at", "case__commune_id", "case__unit__name",
    "case__assignee__name", "case__version", "words", "told", "near", "latest",
)  # fmt: skip
# only roles that could acknowledge
_RUNG: dict[str, int] = {role: step for role in Role if (step := rings_from(role)) is not None}


def ringing(officer: Any) -> QuerySet[Alarm]:
    """Return the alarms that ring for this officer; from the start where no officer of a lower level can sign in.

    The same rule as `alarm_recipients`, as a filter for one officer.
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
    """Return the recipients of each alarm at its stage, as officer ids, for live events. At most one statement."""
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
    """Return whether this officer's acknowledgement may end the alarm of a visible case.

    Within its unit any officer's, because they go there; at higher levels only a recipient's. One statement at most.
    """
    if case.unit_id == officer.unit_id:
        return True
    rings = Alarm.objects.filter(case=case, acknowledged_at=None)
    return not rings.exclude(pk__in=ringing(officer).values("pk")).exists()


def ringing_codes(officer: Any) -> list[str]:
    """Return the codes of the cases that `list_alarms` returns."""
    found = prepared_queries.rows(
        ("ringing", access.sight_key(officer)),
        lambda: ringing(officer).order_by("raised_at").values("case__code")[:MOST_ALARMS],
        {},
    )
    return [row["case__code"] for row in found]


def _started(what: Combinable) -> Subquery:
    """Return the newest urgent message at the time an alarm started."""
    told = _family().filter(message__urgency__gte=DANGER, attached_at__lte=OuterRef("raised_at"))
    return Subquery(told.order_by("-pk").values(found=what)[:1])


def _family() -> QuerySet[CaseMessage]:
    """Return messages of the case and of cases merged into it, without group tips and sealed messages."""
    here = OuterRef(OuterRef("case"))
    # nosemgrep: query-without-sight  of a case visible to the officer, as in its thread
    family = Case.objects.filter(Q(pk=here) | Q(merged_into=here)).values("pk")
    told = CaseMessage.objects.filter(case__in=family, detached_at=None, message__sealed=None)
    return told.exclude(message__text="").exclude(message__group__isnull=False, message__sensitive=True)


def alarms(officer: Any) -> list[prepared_queries.Row]:
    """List urgent unacknowledged cases, oldest first; above MAX_ALARMS the oldest and the MAX_NEWEST.

    Columns: those of the case, the alarm's stage, `words` that started it, their category `told`, the `latest` message;
    `near` and `near_words`: code and first words of an open case that may be the same incident, or "".
    """
    found = prepared_queries.rows(("alarms", access.sight_key(officer)), lambda: _alarms(officer)[:MOST_ALARMS], {})
    if len(found) == MOST_ALARMS:
        last = prepared_queries.rows(
            ("newest", access.sight_key(officer)), lambda: _alarms(officer).reverse()[:NEWEST], {}
        )
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
    """Return code → first words of those cases that are open and visible to the officer."""
    found = Case.objects.filter(access.cases(officer), code__in=codes, is_open=True)
    return dict(found.values_list("code", "snippet"))


def _alarms(officer: Any) -> QuerySet[Alarm, prepared_queries.Row]:
    words, told = _started(Left("message__text", BEGINNING)), _started(F("message__category"))
    opened = CaseEvent.objects.filter(case=OuterRef("case"), verb=Verb.OPENED)
    near = Subquery(opened.values(code=KeyTextTransform("near", "data"))[:1])
    latest = Subquery(_family().order_by("-pk").values(found=Left("message__text", BEGINNING))[:1])
    ringing_ = ringing(officer).annotate(words=words, told=told, near=near, latest=latest)
    rows: QuerySet[Alarm, prepared_queries.Row] = ringing_.values(*_COLUMNS)
    return rows.order_by("raised_at", "pk")
