"""Reads of procedures: public ones, drafts of the unit, unanswered questions of the province."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from binhyen.cases.choices import QUESTION_CATEGORY, Lane, State
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.channels.models import Message, Outgoing
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.services import DEFERRED_PREFIX
from binhyen.kit.clock import VIETNAM, to_vietnam_day
from binhyen.language.reading import Entity
from binhyen.language.training.anonymize import mask_personal_data
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus
from binhyen.procedures.models import Procedure, UnansweredQuestion
from binhyen.procedures.rules.matching import Match, QuestionIndex, load_other_topics
from binhyen.procedures.rules.states import EXPIRY_NOTICE, UNAPPROVED_STATES, ProcedureState, split_lines

MIN_SUGGESTION = 0.4  # score from which a page names procedures that may be meant
_NOON = dt.timedelta(hours=12)
MAX_URGENCY = 1  # «thường»; a question that may wait is read as this or 0


class ProcedureNotVisible(Exception):
    """The procedure is not visible to this officer; the same answer whether it does not exist or belongs to others."""


# Public reads: anybody. Row-level security shows approved procedures to every scope.


def list_valid_procedures(now: dt.datetime) -> "QuerySet[Procedure]":
    """List the procedures that may be answered today."""
    today = to_vietnam_day(now)
    rows = Procedure.objects.filter(state=ProcedureState.APPROVED, valid_from__lte=today, valid_to__gte=today)
    return rows.order_by("topic", "title")


def find_valid_procedure(key: str, now: dt.datetime) -> Procedure | None:
    return list_valid_procedures(now).filter(key=key[:60]).first()


def find_ended_procedure(key: str, now: dt.datetime) -> Procedure | None:
    """Return the newest version that was in use and is not any more."""
    rows = Procedure.objects.filter(key=key[:60], approved_at__isnull=False)
    return rows.exclude(pk__in=list_valid_procedures(now).values("pk")).order_by("-approved_at").first()


@dataclass(frozen=True, slots=True)
class _BuiltIndex:
    version: tuple[object, ...]
    index: QuestionIndex


class IndexCache:
    """Cache of the question index of this process, rebuilt when a procedure or the day changed."""

    def __init__(self) -> None:
        self._built: _BuiltIndex | None = None
        self._lock = Lock()

    def get_index(self, now: dt.datetime) -> QuestionIndex:
        rows = list_valid_procedures(now).order_by()
        state = rows.aggregate(rows=Count("pk"), sum=Sum("pk"), newest=Max("approved_at"))
        version = (to_vietnam_day(now), state["rows"], state["sum"], state["newest"])
        with self._lock:
            if self._built is None or self._built.version != version:
                examples = {row.key: (*split_lines(row.questions), row.title) for row in rows}
                self._built = _BuiltIndex(version, QuestionIndex(examples, load_other_topics()))
            return self._built.index


_index_cache = IndexCache()


def get_index(now: dt.datetime) -> QuestionIndex:
    """Return the index of the procedures in use today."""
    return _index_cache.get_index(now)


def match_question(text: str, now: dt.datetime) -> Match:
    """Match a question with the procedures in use today."""
    return get_index(now).match(text)


def list_nearest(match: Match, now: dt.datetime) -> list[Procedure]:
    """Return the nearest procedures, best first; the answer alone where there is one, none where nothing is near."""
    keys = [match.key] if match.key else list(match.ranked[:3]) if match.score >= MIN_SUGGESTION else []
    rows: Mapping[str, Procedure] = {row.key: row for row in list_valid_procedures(now).filter(key__in=keys)}
    return [rows[key] for key in keys if key in rows]


# Questions in a chat.

_IDENTIFYING_ENTITIES = frozenset({"PERSON", "PHONE", "PLATE", "BANK_ACCOUNT", "ID_NUMBER", "URL"})


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A citizen's question that the library may answer. `masked`: without what identifies a person."""

    texts: tuple[str, ...]  # message by message
    masked: str
    version: int

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def count_follow_up_questions(case_id: int) -> int:
    """Return how many questions of the library were sent on this case."""
    return Outgoing.objects.filter(_follow_up_filter(), case=case_id).count()


def list_follow_up_cases(case_ids: Iterable[int]) -> set[int]:
    """Return those of the cases on which the library asked a question."""
    rows = Outgoing.objects.filter(_follow_up_filter(), case__in=list(case_ids))
    return {case_id for case_id in rows.values_list("case", flat=True) if case_id is not None}


def _follow_up_filter() -> Q:
    return Q(purpose="ASK", officer=None, key__startswith=f"{DEFERRED_PREFIX}case:") & ~Q(state="CANCELLED")


def list_unreplied_cases(asked_after: dt.datetime, asked_before: dt.datetime) -> list[int]:
    """Return new cases whose last question of the library was sent in that time."""
    rows = Outgoing.objects.filter(_follow_up_filter(), created_at__gt=asked_after, created_at__lte=asked_before)
    open_cases = rows.filter(case__state=State.NEW, case__category=QUESTION_CATEGORY)
    return list(open_cases.order_by("case_id").values_list("case_id", flat=True).distinct())


def can_reply_in_chat(case_id: int) -> bool:
    """Return whether its reporter writes in a chat, where a further question costs one press of a button."""
    kinds = Report.objects.filter(case=case_id).values_list("conversation__channel__kind", flat=True)
    return any(kind in get_channel_kinds() and not get_channel_kinds()[kind].is_immediate for kind in kinds if kind)


def list_frequent_titles(now: dt.datetime, *, limit: int, max_length: int) -> list[str]:
    """Return the titles of the procedures answered most often."""
    titles = list_valid_procedures(now).order_by("-answers", "title").values_list("title", flat=True)
    return [title for title in titles if len(title) <= max_length][:limit]


def find_question(case_id: int) -> AskedQuestion | None:
    """Return the question of a case; None where a person must read it."""
    return find_questions([case_id]).get(case_id)


def find_questions(case_ids: Iterable[int]) -> dict[int, AskedQuestion]:
    """Return the questions of those cases that no person must read first.

    A person reads: touched by somebody, sensitive, from a group or with files, more urgent than an ordinary message, or
    about a named person, a number or a link.
    """
    rows = Case.objects.filter(
        pk__in=list(case_ids),
        category=QUESTION_CATEGORY,
        lane=Lane.REFLECTION,
        state=State.NEW,
        assignee=None,
        erased_at=None,
        urgency__lte=MAX_URGENCY,
        sensitive=False,
        is_restricted=False,
    )
    versions = dict(rows.values_list("pk", "version"))
    messages: dict[int, list[Message]] = {}
    links = CaseMessage.objects.filter(case__in=versions, detached_at=None).select_related("message")
    for link in links.prefetch_related("message__attachments").order_by("pk"):
        messages.setdefault(link.case_id, []).append(link.message)
    return {
        case_id: _build_question(case_messages, versions[case_id])
        for case_id, case_messages in messages.items()
        if all(_is_plain_question(message) for message in case_messages)
    }


def _build_question(messages: Sequence[Message], version: int) -> AskedQuestion:
    masked = " ".join(mask_personal_data(message.text, _read_entities(message)) for message in messages)
    return AskedQuestion(tuple(message.text for message in messages), masked, version)


def _is_plain_question(message: Message) -> bool:
    has_more = message.ciphertext is not None or message.latitude is not None or bool(message.attachments.all())
    is_calm = not message.sensitive and message.urgency <= MAX_URGENCY
    types = {entity.type for entity in _read_entities(message)}
    return message.group_id is None and is_calm and not has_more and types.isdisjoint(_IDENTIFYING_ENTITIES)


def _read_entities(message: Message) -> list[Entity]:
    names = Entity.__dataclass_fields__
    return [
        Entity(**{name: value for name, value in item.items() if name in names})
        for item in message.reading.get("entities") or ()
    ]


# Officers.


def may_edit(officer: Any) -> bool:
    """Return whether the officer writes procedures: the same people who write texts to the public."""
    return access.officer_may(officer, Permission.WRITE_BULLETINS)


def may_approve(officer: Any) -> bool:
    """Return whether the officer approves: at the province, as one library serves all communes."""
    return access.officer_may(officer, Permission.APPROVE_BULLETINS) and access.visibility(officer).province


def list_procedures(officer: Any, *, tab: str = "") -> "QuerySet[Procedure]":
    """List versions: approved ones, and unapproved ones of the own unit or, for the province, of all.

    `tab`: waiting, draft, current, ended; empty: current and unapproved.
    """
    states = {
        "waiting": (ProcedureState.SUBMITTED,),
        "draft": (ProcedureState.DRAFT,),
        "current": (ProcedureState.APPROVED,),
        "ended": (ProcedureState.REPLACED, ProcedureState.WITHDRAWN),
    }.get(tab, (ProcedureState.DRAFT, ProcedureState.SUBMITTED, ProcedureState.APPROVED))
    return _select_visible(officer).filter(state__in=states).order_by("topic", "title", "pk")


def _select_visible(officer: Any) -> "QuerySet[Procedure]":
    if not may_edit(officer):
        return Procedure.objects.none()
    is_province = access.visibility(officer).province
    visible = Q() if is_province else access.visible_filter(officer) | ~Q(state__in=sorted(UNAPPROVED_STATES))
    return Procedure.objects.filter(visible).select_related("unit", "author", "approved_by", "ended_by")


def get_visible_procedure(officer: Any, public_id: UUID, *, for_update: bool = False) -> Procedure:
    """Return a version; raises ProcedureNotVisible."""
    rows = _select_visible(officer).filter(public_id=public_id)
    row = (rows.select_for_update(of=("self",)) if for_update else rows).first()
    if row is None:
        raise ProcedureNotVisible
    return row


def is_own_procedure(officer: Officer, row: Procedure) -> bool:
    """Return whether the officer may act on it: of the own unit, or any for the province."""
    visible = access.visibility(officer)
    return visible.province or (visible.unit_id is not None and visible.unit_id == row.unit_id)


def list_awaiting_approval(officer: Any) -> "QuerySet[Procedure]":
    """List submitted versions that this officer may approve."""
    if not may_approve(officer):
        return Procedure.objects.none()
    return Procedure.objects.filter(state=ProcedureState.SUBMITTED).exclude(author=officer.pk)


def list_expiring(officer: Any, now: dt.datetime) -> "QuerySet[Procedure]":
    """List procedures in use whose answers end within a month, or ended."""
    return list_procedures(officer, tab="current").filter(valid_to__lte=to_vietnam_day(now) + EXPIRY_NOTICE)


def list_unanswered(officer: Any) -> "QuerySet[UnansweredQuestion]":
    """List questions without an answer, most asked first: for the province, which keeps the library."""
    if not (may_edit(officer) and access.visibility(officer).province):
        return UnansweredQuestion.objects.none()
    return UnansweredQuestion.objects.order_by("-times", "-last_on", "-pk")


# Retention.


def select_expired_questions(now: dt.datetime) -> "QuerySet[UnansweredQuestion]":
    """Select questions last asked, by noon of that day, longer ago than the retention period."""
    limit = to_vietnam_day(now - get_retention_span("procedure_question") - _NOON)
    return UnansweredQuestion.objects.filter(last_on__lte=limit)


def select_expired_versions(now: dt.datetime) -> "QuerySet[Procedure]":
    return Procedure.objects.filter(ended_at__lte=now - get_retention_span("procedure_version"))


def get_procedure_retention_status(now: dt.datetime) -> RetentionStatus:
    """Return the status of open questions and ended versions together."""
    questions, versions = UnansweredQuestion.objects.all(), Procedure.objects.filter(ended_at__isnull=False)
    late = select_expired_questions(now).count() + select_expired_versions(now).count()
    oldest_day = questions.aggregate(on=Min("last_on"))["on"]
    oldest_end = versions.aggregate(at=Min("ended_at"))["at"]
    starts = [
        (dt.datetime.combine(oldest_day, dt.time(12), VIETNAM), "procedure_question") if oldest_day else None,
        (oldest_end, "procedure_version") if oldest_end else None,
    ]
    known = [start for start in starts if start is not None]
    return RetentionStatus(
        questions.count() + versions.count(),
        late,
        min((at for at, _ in known), default=None),
        min((at + get_retention_span(name) for at, name in known), default=None),
    )
