"""Common steps of every write of a case: lock, version check, increment, and recording the change."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from binhyen.audit.services import AuditAction, record_actions
from binhyen.audit.services import encode_actions as audit_json
from binhyen.cases.choices import OPEN_STATES, QUESTION_CATEGORY, SCAM_CATEGORY, Lane, State, UnreadUpdate, Verb
from binhyen.cases.escalation_settings import get_work_calendar
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Case, CaseEvent, Clock
from binhyen.cases.queries.alarm_recipients import list_recipients
from binhyen.cases.rules import (
    AlarmLevel,
    CaseStatus,
    NotAllowed,
    NotFound,
    build_clocks,
    choose_notified_officers,
    compute_first_reminder,
    find_deadline,
    should_alarm,
)
from binhyen.channels.models import Message
from binhyen.channels.services import async_dlp
from binhyen.channels.services.push import NoticeDraft, cancel_notices, list_subscribed_officers, queue_notice
from binhyen.kit import prepared_queries
from binhyen.kit.bulk_insert import update_columns
from binhyen.kit.jobs import defer_for_cases
from binhyen.kit.live_events import LiveEventData
from binhyen.kit.live_events import events_to_json as live_json
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import list_ids_on_duty, list_viewers_of_unit
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.vault.rules import can_hold_key

ALARM_EVENT = "alarm"  # name of the live event of an alarm
QUIET_EVENT = "quiet"  # … of its end
MAX_RECIPIENTS_PER_EVENT = 200  # officer ids in one event: a PostgreSQL notification is limited to 8 kB
# After these the case has no alarm.
_SILENCING_VERBS = frozenset({Verb.ACKNOWLEDGED, Verb.CLOSED, Verb.MERGED, Verb.WITHDRAWN})

# Changes that are an unread update; and those that clear it.
_UNREAD_BY_VERB = {
    Verb.HEARD: UnreadUpdate.MESSAGE,
    Verb.HANDED_ON: UnreadUpdate.ASSIGNED,
    Verb.LEFT: UnreadUpdate.ORPHANED,
} | dict.fromkeys((Verb.CLOSED, Verb.MERGED, Verb.WITHDRAWN), UnreadUpdate.NONE)
# After these the numbers and links of a fraud case are read again.
_SCAM_VERBS = frozenset(
    {
        Verb.OPENED,
        Verb.HEARD,
        Verb.WITNESSED,
        Verb.ATTACHED,
        Verb.DETACHED,
        Verb.SPLIT,
        Verb.RECLASSIFIED,
        Verb.CLOSED,
        Verb.REOPENED,
        Verb.ERASED,
        Verb.FORGOTTEN,
    }
)
_CHECKED_CATEGORIES = frozenset({SCAM_CATEGORY, QUESTION_CATEGORY, "other"})  # may ask whether something is a fraud
_RECORD_SQL = "SELECT cases_record_events(%s::jsonb, %s), audit_record(%s::jsonb, %s), kit_publish(%s::jsonb, %s)"


# Notices of alarms on officers' phones: that there is an urgent case, and that it was taken. No personal data.

DESK_URL = "/ban-truc"
_RINGING_TIME = dt.timedelta(hours=1)
_QUIET_TIME = dt.timedelta(minutes=30)


def queue_alarm_notices(
    alarms: Iterable[tuple[Case, int]], recipients: Sequence[tuple[int, ...]], *, now: dt.datetime
) -> None:
    """Queue a notice for each ringing case at its stage. One statement where there is no subscription."""
    for (case, stage), called in zip(alarms, recipients, strict=True):
        subscribed = list_subscribed_officers(called) if called else set()
        if not subscribed:
            continue
        on_duty = list_ids_on_duty(case.unit_id, now) if stage == AlarmLevel.OFFICERS else frozenset()
        with override("vi"):
            title = _("Có vụ khẩn cấp ở đơn vị")
            if stage == AlarmLevel.OFFICERS:
                body = _("Mở bàn trực để nhận.")
            elif case.assignee_id is None:
                body = _("Chưa ai nhận. Mở bàn trực.")
            else:
                body = _("Đã giao cho một người, chưa xác nhận. Mở bàn trực.")
        draft = NoticeDraft(
            key=f"alarm:{case.code}:{case.version}",
            title=title,
            body=body,
            url=DESK_URL,
            lifetime=_RINGING_TIME,
            officers=choose_notified_officers(subscribed, on_duty=on_duty),
            case_id=case.pk,
            replaces=_name_notices(case),
            is_urgent=True,
        )
        queue_notice(draft, now=now)


def replace_alarm_notices(case: Case, *, now: dt.datetime) -> None:
    """Tell the phones that rang for this case that it was taken; unsent notices are cancelled."""
    if not should_alarm(case.urgency):
        return
    officers = cancel_notices(replaces=_name_notices(case), now=now)
    if not officers:
        return
    with override("vi"):
        title = _("Vụ khẩn cấp đã có người nhận")
    draft = NoticeDraft(
        key=f"quiet:{case.code}:{case.version}",
        title=title,
        url=DESK_URL,
        lifetime=_QUIET_TIME,
        officers=officers,
        replaces=_name_notices(case),
    )
    queue_notice(draft, now=now)


def _name_notices(case: Case) -> str:
    return f"alarm-{case.code}"


class StaleCase(Exception):
    """The case changed since the form was loaded. `events`: the changes since, oldest first."""

    def __init__(self, case: Case, events: list[CaseEvent]) -> None:
        super().__init__("stale")
        self.case = case
        self.events = events


@dataclass(frozen=True, slots=True)
class Actor:
    """The actor of a change: an officer, a citizen, or the system."""

    label: str
    officer_id: int | None = None


CITIZEN_ACTOR = Actor("citizen")
INTAKE_ACTOR = Actor("system:intake")
ESCALATION_ACTOR = Actor("system:escalation")


def to_actor(officer: Officer) -> Actor:
    return Actor(f"officer:{officer.public_id}", officer.pk)


def to_case_status(case: Case) -> CaseStatus:
    return CaseStatus(get_kind(case.kind), Lane(case.lane), State(case.state), case.category)


def require_permission(officer: Officer, ability: Permission) -> None:
    if not access.officer_may(officer, ability):
        raise NotAllowed(_("Bạn không có quyền làm việc này."))


def can_read(officer: Officer, case: Case) -> bool:
    """Return whether the text is readable to this officer, or could be with a key.

    An unreadable case must not be judged.
    """
    return not get_kind(case.kind).sealed or can_hold_key("TIPS", officer.role)


def require_reader(officer: Officer, case: Case) -> None:
    if not can_read(officer, case):
        raise NotAllowed(_("Nội dung tin báo này đã niêm phong. Chỉ người đọc được mới làm được việc này."))


def lock_case(code: str, *, officer: Officer, version: int | None) -> Case:
    """Return the case locked until the transaction ends. Raises NotFound, or StaleCase for an old `version`."""
    case = prepared_queries.fetch_first(
        Case,
        ("lock", access.get_visibility_key(officer)),
        lambda: Case.objects.select_for_update(of=("self",)).filter(
            access.filter_cases(officer), code=prepared_queries.TEXT_PARAM
        ),
        {prepared_queries.TEXT_PARAM: code},
    )
    if case is None:
        raise NotFound
    if version is not None and version != case.version:
        newer = case.events.filter(version__gt=version).select_related("officer").order_by("id")
        raise StaleCase(case, list(newer))
    return case


def lock_case_for_system(case_id: int) -> Case:
    return Case.objects.select_for_update(of=("self",)).get(pk=case_id)


def list_topics(case: Case, *more: str) -> tuple[str, ...]:
    """Return the live event topics that may learn of the case: its unit, the province, and the assignee."""
    owner_topics = (f"officer:{case.assignee_id}",) if case.assignee_id else ()
    if case.excluded_officers is not None:  # by officer: an event to the unit would reach the excluded ones too
        viewer_topics = [
            f"officer:{pk}" for pk in list_viewers_of_unit(case.unit_id) if pk not in case.excluded_officers
        ]
        return (*viewer_topics, *owner_topics, *(topic for topic in more if topic.startswith("officer:")))
    return (f"unit:{case.unit_id}", "province", *owner_topics, *more)


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """The record of a change. `data`: codes and ids only."""

    case: Case
    verb: Verb
    actor: Actor
    data: Mapping[str, object]
    extra_topics: tuple[str, ...] = ()  # topics of officers losing the case by the change
    name: str = "case"  # of the live event
    stage: int = AlarmLevel.OFFICERS  # escalation level of an alarm


def audit_subject(case: Case) -> str:
    """Return the audit subject of the case; that of a complaint about police does not identify the case."""
    return f"conduct:{case.public_id}" if case.is_restricted else f"case:{case.code}"


def _list_alarms(records: Sequence[ChangeRecord]) -> list[ChangeRecord]:
    return [record for record in records if record.name == ALARM_EVENT and not record.case.is_restricted]


def _build_live_events(
    traces: Sequence[ChangeRecord], alarms: Sequence[ChangeRecord], recipients: Sequence[tuple[int, ...]]
) -> list[LiveEventData]:
    """Build the live events for the desks; none for restricted cases, not even that something happened.

    An alarm goes to each recipient separately; for other officers it is a change like any other.
    """
    open_ = [record for record in traces if not record.case.is_restricted]
    changes = [
        LiveEventData(
            list_topics(record.case, *record.extra_topics),
            "case" if record.name == ALARM_EVENT else record.name,
            build_live_data(record.case, record.verb),
        )
        for record in open_
    ]
    return changes + [
        LiveEventData(
            tuple(f"officer:{pk}" for pk in called[start : start + MAX_RECIPIENTS_PER_EVENT]),
            ALARM_EVENT,
            build_live_data(record.case, record.verb),
        )
        for record, called in zip(alarms, recipients, strict=True)
        for start in range(0, len(called), MAX_RECIPIENTS_PER_EVENT)
    ]


def record_changes(records: Sequence[ChangeRecord], *, now: dt.datetime) -> None:
    """Store events, statistics marks, audit rows and live events of many changes in one statement."""
    if not records:
        return
    rows = [
        {
            "case_id": record.case.pk,
            "version": record.case.version,
            "actor": record.actor.label,
            "officer_id": record.actor.officer_id,
            "verb": record.verb,
            "data": record.data,
        }
        for record in records
    ]
    acts = [
        AuditAction(
            record.actor.label,
            f"case.{record.verb}",
            audit_subject(record.case),
            None if record.case.is_restricted else record.case.unit_id,
            dict(record.data),
        )
        for record in records
    ]
    _defer_follow_ups(records)
    events = orjson.dumps(rows).decode()
    alarms = _list_alarms(records)
    ringing = [(record.case, record.stage) for record in alarms]
    recipients = list_recipients(ringing)
    queue_alarm_notices(ringing, recipients, now=now)
    for record in records:
        if record.name == QUIET_EVENT and not record.case.is_restricted:
            replace_alarm_notices(record.case, now=now)
    live_events = live_json(_build_live_events(records, alarms, recipients))
    with prepared_queries.prepared_cursor() as cursor:
        cursor.execute(_RECORD_SQL, [events, now, audit_json(acts), now, live_events, now])


def _defer_follow_ups(records: Sequence[ChangeRecord]) -> None:
    """Queue the jobs of features above that read cases after these changes: scams and procedures."""
    case_ids: dict[tuple[str, str], list[int]] = {}
    for record in records:
        if not record.case.is_restricted:
            for job in _list_follow_ups(record):
                case_ids.setdefault(job, []).append(record.case.pk)
    for (queue, task), ids in case_ids.items():
        defer_for_cases(queue=queue, task=task, case_ids=ids)


def _list_follow_ups(record: ChangeRecord) -> Iterator[tuple[str, str]]:
    """Yield queue and name of the jobs that follow this change."""
    category, verb = record.case.category, record.verb
    previous = record.data.get("from")
    was_fraud = isinstance(previous, Mapping) and previous.get("category") == SCAM_CATEGORY
    if verb in _SCAM_VERBS and (was_fraud or category == SCAM_CATEGORY):
        yield "bulk", "scams.collect"
    if verb == Verb.OPENED and record.actor == CITIZEN_ACTOR:
        if category == QUESTION_CATEGORY:
            yield "answers", "procedures.answer"
        if category in _CHECKED_CATEGORIES:
            yield "answers", "scams.answer"
    if verb == Verb.HEARD and category == QUESTION_CATEGORY and record.case.state == State.NEW:
        yield "answers", "procedures.answer_reply"


def save_change(
    case: Case,
    verb: Verb,
    *,
    actor: Actor,
    now: dt.datetime,
    data: Mapping[str, object] | None = None,
    changed: Iterable[str] = (),
    extra_topics: tuple[str, ...] = (),
    rings: bool = False,
    stage: int = AlarmLevel.OFFICERS,
) -> None:
    """Increment the version, save the changed columns and record the change.

    `rings`: an alarm at `stage`. The verb sets the unread update; otherwise the caller has set `news`.
    """
    case.version += 1
    case.updated_at = now
    if not (
        verb == Verb.HEARD and case.unread_reason == UnreadUpdate.ORPHANED
    ):  # an orphaned case is the more important notice
        case.unread_reason = _UNREAD_BY_VERB.get(verb, case.unread_reason)
    update_columns(case, {"version", "updated_at", "unread_reason", *changed})
    name = ALARM_EVENT if rings else QUIET_EVENT if verb in _SILENCING_VERBS else "case"
    record_changes([ChangeRecord(case, verb, actor, data or {}, extra_topics, name, stage)], now=now)


def share_fingerprints(case: Case, *, now: dt.datetime) -> None:
    """Share the fingerprints of confidential messages with the new unit, so that its outbound DLP checks them too."""
    messages = Message.objects.filter(Q(case_messages__case=case) | Q(case_messages__case__merged_into=case))
    async_dlp.share_with_unit(set(messages.values_list("public_id", flat=True)), unit_id=case.unit_id, now=now)


def build_live_data(case: Case, verb: Verb) -> dict[str, Any]:
    return {"case": case.code, "verb": verb, "version": case.version, "state": case.state, "urgency": case.urgency}


def reopen_case(case: Case, *, now: dt.datetime) -> list[str]:
    """Reopen the case without its outcome; return the changed columns for the caller to save."""
    case.state, case.closed_at, case.outcome, case.reporter_unsatisfied = State.WORKING, None, "", False
    update_clocks(case, now=now)
    return ["state", "closed_at", "outcome", "reporter_unsatisfied", "due_at"]


def reset_clocks(case: Case, *, now: dt.datetime) -> None:
    """Reset the clocks to kind and lane, counted from the opening; those of the same name run on.

    Clocks inherited by a merge stay. The caller saves `due_at`.
    """
    due = build_clocks(
        get_kind(case.kind),
        Lane(case.lane),
        opened_at=case.opened_at,
        calendar=get_work_calendar(),
        urgency=case.urgency,
    )
    own_clocks = Clock.objects.filter(case=case, inherited_from=None)
    own_clocks.exclude(name__in=[clock.name for clock in due]).delete()
    existing = set(own_clocks.values_list("name", flat=True))
    Clock.objects.bulk_create(Clock(case=case, **asdict(clock)) for clock in due if clock.name not in existing)
    update_clocks(case, now=now)


def _pause_clock(clock: Clock, case: Case, *, now: dt.datetime) -> list[str]:
    """Let a clock stand still or run on, as its rule says for the state; return the changed columns."""
    owner = clock.inherited_from or case
    rule = find_deadline(get_kind(owner.kind), Lane(owner.lane), clock.name)
    waits = rule is not None and case.state in rule.waits_in_states
    if waits == (clock.paused_at is not None):
        return []
    if waits:
        clock.paused_at, clock.next_at = now, None
        return ["paused_at", "next_at"]
    started, clock.paused_at = clock.paused_at, None
    if started is not None and rule is not None:
        clock.due_at += now - started
        clock.next_at = compute_first_reminder(rule, clock.due_at)
    return ["paused_at", "due_at", "next_at"]


def update_clocks(case: Case, *, now: dt.datetime) -> None:
    """Stop the clocks whose deadline the state meets, resume the others, and set the earliest one on the case.

    A clock that waits for the citizen stands still; its end moves by that time.
    """
    every = list(Clock.objects.filter(case=case).select_related("inherited_from"))
    for clock in every:
        is_met = case.state in clock.paused_in_states
        changed = []
        if is_met != (clock.stopped_at is not None):
            clock.stopped_at, changed = now if is_met else None, ["stopped_at"]
        changed += _pause_clock(clock, case, now=now)
        if changed:
            clock.save(update_fields=changed)
    running = [clock.due_at for clock in every if clock.stopped_at is None and clock.paused_at is None]
    case.due_at = min(running) if running and case.state in OPEN_STATES else None


# Steps shared by the registers that keep a record on a case: found things, people, weapons, needs.


def lock_open_case(code: str, *, officer: Officer) -> Case:
    """Lock the case of a record before the record: the case decides about access.

    Raises NotFound, NotAllowed, and RuleViolation if it is closed.
    """
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=None)
    if not case.is_open:
        raise RuleViolation(_("Vụ này đã xong. Mở lại vụ việc trước."))
    return case


def record_case_action(case: Case, verb: str, officer: Officer, *, now: dt.datetime) -> None:
    """Record an officer's action on the record of a case in the audit log, under the case."""
    record_actions([AuditAction(get_audit_actor(officer), verb, audit_subject(case), case.unit_id)], now=now)
