"""Recipients of alarms for urgent cases. A constant number of statements.

Other officers find these cases in their lists: an alarm is for the officers who must go there, and for the levels above
once none acknowledges.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Left

from binhyen.cases.choices import State, Verb
from binhyen.cases.models import Alarm, Case, CaseEvent, CaseMessage
from binhyen.cases.rules import (
    AlarmCause,
    AlarmLevel,
    AlarmRecipient,
    alarm_recipients,
    get_alarm_cause,
    get_alarm_level,
)
from binhyen.kit import prepared_queries
from binhyen.language.reading import DANGER
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import filter_able_to_sign_in
from binhyen.people.roles import Role

MAX_ALARMS = 60
MAX_NEWEST = 20  # of MAX_ALARMS, so that the newest report is shown when more ring
SNIPPET_CHARS = 160  # characters of the message shown with an alarm
_COLUMNS = (
    "escalation_level",
    "next_at",
    "raised_at",
    "case__id",
    "case__code",
    "case__title",
    "case__place",
    "case__snippet",
    "case__category",
    "case__urgency",
    "case__opened_at",
    "case__commune_id",
    "case__unit_id",
    "case__unit__name",
    "case__assignee_id",
    "case__assignee__name",
    "case__state",
    "case__version",
    "words",
    "told",
    "message_at",
    "assigned_at",
    "near",
    "latest",
)
_ASSIGNMENTS = (Verb.ASSIGNED, Verb.TAKEN_BACK)
# only roles that could acknowledge
_LEVEL_BY_ROLE: dict[str, int] = {role: step for role in Role if (step := get_alarm_level(role)) is not None}


def select_ringing(officer: Any) -> QuerySet[Alarm]:
    """Return the alarms that ring for this officer; from the start where no officer of a lower level can sign in.

    The same rule as `alarm_recipients`, as a filter for one officer.
    """
    visible_alarms = Alarm.objects.filter(access.filter_cases(officer, prefix="case__"), acknowledged_at=None)
    level = _LEVEL_BY_ROLE.get(officer.role) if isinstance(officer, Officer) else None
    if level is None:
        return visible_alarms.none()
    if level == AlarmLevel.OFFICERS:
        return visible_alarms
    below = Officer.objects.filter(
        filter_able_to_sign_in(),
        unit=OuterRef("case__unit"),
        role__in=[role for role in _LEVEL_BY_ROLE if _LEVEL_BY_ROLE[role] < level],
    )
    excluded_officers = Func(
        OuterRef("case__excluded_officers"), F("pk"), function="array_position", output_field=IntegerField()
    )
    own_filter = Q(case__unit=officer.unit_id) if level == AlarmLevel.PROVINCE else Q(case__assignee=officer)
    return visible_alarms.filter(
        Q(escalation_level__gte=level)
        | own_filter
        | ~Exists(below.alias(excluded_officers=excluded_officers).filter(excluded_officers__isnull=True))
    )


def list_recipients(alarms: Iterable[tuple[Case, int]]) -> list[tuple[int, ...]]:
    """Return the recipients of each alarm at its stage, as officer ids, for live events. At most one statement."""
    alarm_list = list(alarms)
    if not alarm_list:
        return []
    near = Q(unit__in={case.unit_id for case, _ in alarm_list}) | Q(
        role__in=[top_role for top_role in _LEVEL_BY_ROLE if _LEVEL_BY_ROLE[top_role] == AlarmLevel.PROVINCE]
    )
    able_here = Officer.objects.filter(filter_able_to_sign_in(), near, role__in=_LEVEL_BY_ROLE).order_by("pk")
    recipients = [
        AlarmRecipient(pk, _LEVEL_BY_ROLE[role], unit)
        for pk, role, unit in able_here.values_list("pk", "role", "unit_id")
    ]
    return [
        alarm_recipients(
            recipients, unit_id=case.unit_id, stage=stage, owner=case.assignee_id, excluded=case.excluded_officers or ()
        )
        for case, stage in alarm_list
    ]


def can_silence(officer: Officer, case: Case) -> bool:
    """Return whether this officer's acknowledgement may end the alarm of a visible case.

    Within its unit any officer's, because they go there; at higher levels only a recipient's. One statement at most.
    """
    if case.unit_id == officer.unit_id:
        return True
    rings = Alarm.objects.filter(case=case, acknowledged_at=None)
    return not rings.exclude(pk__in=select_ringing(officer).values("pk")).exists()


def list_ringing_codes(officer: Any) -> list[str]:
    """Return the codes of the cases that `list_alarms` returns."""
    rows = prepared_queries.fetch_rows(
        ("ringing", access.get_visibility_key(officer)),
        lambda: select_ringing(officer).order_by("raised_at").values("case__code")[:MAX_ALARMS],
        {},
    )
    return [row["case__code"] for row in rows]


def _select_start_message(expression: Combinable) -> Subquery:
    """Return the newest urgent message at the time an alarm started."""
    start_messages = _select_messages().filter(message__urgency__gte=DANGER, attached_at__lte=OuterRef("raised_at"))
    return Subquery(start_messages.order_by("-pk").values(found=expression)[:1])


def _select_messages() -> QuerySet[CaseMessage]:
    """Return messages of the case and of cases merged into it, without group tips and sealed messages."""
    here = OuterRef(OuterRef("case"))
    # nosemgrep: query-without-sight  of a case visible to the officer, as in its thread
    family = Case.objects.filter(Q(pk=here) | Q(merged_into=here)).values("pk")
    family_messages = CaseMessage.objects.filter(case__in=family, detached_at=None, message__ciphertext=None)
    return family_messages.exclude(message__text="").exclude(message__group__isnull=False, message__sensitive=True)


def list_alarms(officer: Any) -> list[prepared_queries.Row]:
    """List urgent unacknowledged cases, oldest first; above MAX_ALARMS the oldest and the MAX_NEWEST.

    Columns: those of the case, the alarm's stage and `cause`, `words` that started it, their category `told`, the
    `latest` message;
    `near` and `near_words`: code and first words of an open case that may be the same incident, or "".
    """
    alarm_rows = prepared_queries.fetch_rows(
        ("alarms", access.get_visibility_key(officer)), lambda: _select_alarms(officer)[:MAX_ALARMS], {}
    )
    if len(alarm_rows) == MAX_ALARMS:
        last = prepared_queries.fetch_rows(
            ("newest", access.get_visibility_key(officer)), lambda: _select_alarms(officer).reverse()[:MAX_NEWEST], {}
        )
        listed = {row["case__id"] for row in alarm_rows[:-MAX_NEWEST]}
        alarm_rows = [*alarm_rows[:-MAX_NEWEST], *(row for row in reversed(last) if row["case__id"] not in listed)]
    offered = {row["near"] for row in alarm_rows if row["near"]}
    snippets = get_open_snippets(officer, offered) if offered else {}
    rows = [{name.removeprefix("case__"): value for name, value in row.items()} for row in alarm_rows]
    return [
        row
        | {
            "near": row["near"] if row["near"] in snippets else "",
            "near_words": snippets.get(row["near"], ""),
            "cause": _read_cause(row),
        }
        for row in rows
    ]


def find_alarm_cause(case: Case) -> AlarmCause:
    """Return the cause of a ringing alarm, as on the desk. One statement where the case is assigned."""
    if case.assignee_id is None:
        return AlarmCause.UNASSIGNED
    message_at, assigned_at = _select_cause_times()
    alarms = Alarm.objects.filter(case=case).annotate(message_at=message_at, assigned_at=assigned_at)
    times = alarms.values("message_at", "assigned_at").get()
    return get_alarm_cause(State(case.state), is_assigned=True, **times)


def _read_cause(row: prepared_queries.Row) -> AlarmCause:
    return get_alarm_cause(
        State(row["state"]),
        is_assigned=bool(row["assignee__name"]),
        assigned_at=row["assigned_at"],
        message_at=row["message_at"],
    )


def _select_cause_times() -> tuple[Subquery, Coalesce]:
    """Return when the message that started an alarm was attached, and when the case was assigned last."""
    assignments = CaseEvent.objects.filter(case=OuterRef("case"), verb__in=_ASSIGNMENTS)
    last_assigned = Subquery(assignments.order_by("-pk").values("at")[:1])
    # some are opened by their officer
    return _select_start_message(F("attached_at")), Coalesce(last_assigned, F("case__opened_at"))


def get_open_snippets(officer: Any, codes: Iterable[str]) -> dict[str, str]:
    """Return code → first words of those cases that are open and visible to the officer."""
    open_cases = Case.objects.filter(access.filter_cases(officer), code__in=codes, is_open=True)
    return dict(open_cases.values_list("code", "snippet"))


def _select_alarms(officer: Any) -> QuerySet[Alarm, prepared_queries.Row]:
    words, category = (
        _select_start_message(Left("message__text", SNIPPET_CHARS)),
        _select_start_message(F("message__category")),
    )
    opened = CaseEvent.objects.filter(case=OuterRef("case"), verb=Verb.OPENED)
    near = Subquery(opened.values(code=KeyTextTransform("near", "data"))[:1])
    latest = Subquery(_select_messages().order_by("-pk").values(found=Left("message__text", SNIPPET_CHARS))[:1])
    message_at, assigned_at = _select_cause_times()
    ringing_ = select_ringing(officer).annotate(
        words=words, told=category, near=near, latest=latest, message_at=message_at, assigned_at=assigned_at
    )
    rows: QuerySet[Alarm, prepared_queries.Row] = ringing_.values(*_COLUMNS)
    return rows.order_by("raised_at", "pk")
