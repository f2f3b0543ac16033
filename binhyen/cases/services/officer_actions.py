"""Actions of officers on a case: acknowledge, take, assign, transfer, note, ask, answer, set the state, classify."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.areas.models import Unit
from binhyen.cases import event_data, message_texts
from binhyen.cases.choices import (
    CATEGORY_LABELS,
    CREDIBILITY_LABELS,
    OPEN_STATES,
    PROVINCE_ONLY_CATEGORIES,
    RELIABILITY_LABELS,
    Grade,
    Lane,
    RewardKind,
    State,
    UnreadUpdate,
    Verb,
)
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.kinds import get_case_kinds, get_kind
from binhyen.cases.message_texts import THANKS_FOR_TIP
from binhyen.cases.models import Alarm, Case, CaseEvent, CaseMessage, Clock, Note, Relation, Report
from binhyen.cases.queries.alarm_recipients import can_silence, find_alarm_cause
from binhyen.cases.queries.linked_tips import must_stay_at_province
from binhyen.cases.rules import (
    NotAllowed,
    OverdueLevel,
    check_grade,
    check_state,
    may_assign,
    should_alarm,
    silencing_takes,
)
from binhyen.cases.services.alarms import silence, start_alarm, update_urgency
from binhyen.cases.services.lost_found import enqueue_matching
from binhyen.cases.services.restricted_cases import has_sealed_messages, restrict
from binhyen.cases.services.search_index import add_search_words
from binhyen.cases.services.unit_of_work import (
    audit_subject,
    lock_case,
    require_permission,
    require_reader,
    reset_clocks,
    save_change,
    share_fingerprints,
    to_actor,
    to_case_status,
    update_clocks,
)
from binhyen.channels.services import DEFERRED_PREFIX, OutgoingDraft, ReplyPrivacy, extract_person_names, queue_messages
from binhyen.kit import rls_scope
from binhyen.kit.bulk_insert import insert_objects
from binhyen.kit.i18n_markers import N_
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.vault.pseudonyms import derive_pseudonym, format_case_scope

# Data of other reporters that a reply on a case must not reveal.


def build_privacy_guards(case: Case, family: Iterable[int], receivers: Iterable[int]) -> dict[int, ReplyPrivacy]:
    """Return by reporter the data to protect; empty with a single reporter.

    Reporters of related cases are included: the finder must not be revealed to the loser.
    """
    whole = set(family)
    links = Relation.objects.filter(Q(case__in=whole) | Q(related_case__in=whole)).values_list(
        "case_id", "related_case_id"
    )
    near = whole | {pk for pair in links for pk in pair}
    columns = (
        "message__reporter_id",
        "message__text",
        "message__reading__entities",
        "message__reporter__pseudonym",
        "case__code",
    )
    rows = list(CaseMessage.objects.filter(case__in=near, detached_at=None).values_list(*columns))
    words: dict[int, list[str]] = defaultdict(list)
    names: dict[int, set[str]] = defaultdict(set)
    called_as: dict[int, set[str]] = defaultdict(set)
    for reporter, text, entities, pseudonym, code in rows:
        words[reporter].append(text)
        names[reporter].update(extract_person_names(entities))
        called_as[reporter] |= {
            derive_pseudonym(pseudonym, format_case_scope(case_code)) for case_code in (code, case.code)
        }
    if len(words) < 2:
        return {}
    return {
        receiver: _build_guard(receiver, words, names, called_as, is_sealed=case.sensitive) for receiver in receivers
    }


def _build_guard(
    receiver: int,
    words: dict[int, list[str]],
    names: dict[int, set[str]],
    called_as: dict[int, set[str]],
    *,
    is_sealed: bool,
) -> ReplyPrivacy:
    others = [reporter for reporter in words if reporter != receiver]
    return ReplyPrivacy(
        own_texts=tuple(words.get(receiver, ())),
        other_texts=tuple(text for reporter in others for text in words[reporter] if text),
        protected_names=tuple(
            sorted(
                {person_name for reporter in others for person_name in names.get(reporter, ())}
                - names.get(receiver, set())
            )
        ),
        pseudonyms=tuple(sorted({name for reporter in others for name in called_as[reporter]})),
        is_sensitive=is_sealed,
    )


MIN_RECEIVER_LENGTH, MIN_RECEIPT_LENGTH = 3, 2
_NO_RECIPIENT = N_(
    "Không có người báo nào nhận được câu trả lời: không ai nhắn riêng về vụ việc này. Hãy viết ghi chú nội bộ."
)
_EXTRACT_HINT = N_("Tin kín ở lại công an tỉnh. Việc cần xã làm: viết phần trích ở bàn tin kín.")
_NOTE_HINT = N_("Tin kín ở lại công an tỉnh. Việc cần xã làm: ghi vào ghi chú ở vụ của tin trong nhóm.")
_SEALED_HINT = N_(
    "Nội dung tin báo đã niêm phong và không chuyển kèm. Hãy viết điều mà nơi tiếp nhận phản ánh cần biết."
)


@transaction.atomic
def acknowledge_alarm(*, code: str, officer: Officer, version: int | None = None, now: dt.datetime) -> Case:
    """Acknowledge a case and stop its alarm. Idempotent. Raises NotAllowed while the alarm rings for another unit and
    this officer is no recipient."""
    case = _lock_and_acknowledge(code, officer, version, now)
    if case.acknowledged_at is None:
        raise NotAllowed(_("Chuông đang reo ở xã để cán bộ xã đến nơi. Chuông lên tới tỉnh thì bạn nhận thay được."))
    return case


def _lock_and_acknowledge(code: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Return the locked case, acknowledged where this officer may, and taken where another officer has not yet
    confirmed it: no alarm stops while the officer in charge does not know of the case.
    """
    case = _lock_case_to_work(code, officer, version)
    is_unconfirmed = (
        case.assignee_id not in (None, officer.pk)
        and Alarm.objects.filter(case=case, acknowledged_at=None).exists()
        and silencing_takes(find_alarm_cause(case))
    )
    _acknowledge_if_allowed(case, officer, now)
    if is_unconfirmed and case.acknowledged_at is not None:
        _save_assignee(case, officer, now)
    return case


def _lock_case_to_work(code: str, officer: Officer, version: int | None) -> Case:
    require_permission(officer, Permission.WORK_CASES)
    return lock_case(code, officer=officer, version=version)


def _acknowledge_if_allowed(case: Case, officer: Officer, now: dt.datetime) -> None:
    """Acknowledge the locked case where this officer may: an action of the province before the alarm escalates to it
    must not silence the commune's alarm.
    """
    if case.acknowledged_at is not None or not can_silence(officer, case):
        return
    silence(case, by=officer.pk, now=now)
    case.acknowledged_at = now
    if case.state == State.NEW:
        case.state = State.RECEIVED
    save_change(case, Verb.ACKNOWLEDGED, actor=to_actor(officer), now=now, changed=["acknowledged_at", "state"])


@transaction.atomic
def assign_to_self(*, code: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Assign the case to oneself («Việc của tôi»); this acknowledges its alarm."""
    case = _lock_case_to_work(code, officer, version)
    _acknowledge_if_allowed(case, officer, now)
    _save_assignee(case, officer, now)
    return case


def _save_assignee(case: Case, officer: Officer, now: dt.datetime) -> None:
    """Assign the locked case to the officer who acts."""
    previous, case.assignee = case.assignee_id, officer
    if case.unread_reason in (UnreadUpdate.ASSIGNED, UnreadUpdate.ORPHANED):
        case.unread_reason = UnreadUpdate.NONE
    save_change(
        case,
        Verb.ASSIGNED,
        actor=to_actor(officer),
        now=now,
        data={"to": str(officer.public_id)},
        changed=["assignee"],
        extra_topics=(f"officer:{previous}",) if previous else (),
    )


@transaction.atomic
def acknowledge_and_take(*, code: str, officer: Officer, now: dt.datetime) -> Case:
    """Acknowledge the alarm, and take the case where it is unassigned: the first of two officers gets it."""
    case = acknowledge_alarm(code=code, officer=officer, now=now)
    if case.assignee_id is None and case.state in OPEN_STATES:
        return assign_to_self(code=code, officer=officer, version=None, now=now)
    return case


@transaction.atomic
def assign_case(
    *, code: str, officer: Officer, to: Officer, reason: str = "", version: int | None, now: dt.datetime
) -> Case:
    """Assign the case as a task to an officer of the unit or of its village teams; the reason becomes a note."""
    can_assign, can_work = (
        access.officer_may(officer, ability) for ability in (Permission.ASSIGN, Permission.WORK_CASES)
    )
    if not (can_assign or can_work):
        require_permission(officer, Permission.ASSIGN)
    case = lock_case(code, officer=officer, version=version)
    if not may_assign(can_assign=can_assign, can_work=can_work, is_taken=case.assignee_id not in (None, officer.pk)):
        raise NotAllowed(_("Người khác đang giữ việc này. Nhờ chỉ huy giao, hoặc nhận việc về mình trước."))
    if not to.is_active or case.unit_id not in (to.unit_id, to.unit.parent_id):
        raise NotAllowed(_("Người này không thuộc đơn vị đang giữ vụ việc."))
    if to.pk in (case.excluded_officers or ()):
        raise NotAllowed(_("Không giao được cho người này."))
    previous, case.assignee, case.unread_reason = case.assignee_id, to, UnreadUpdate.ASSIGNED
    if reason.strip():
        insert_objects(
            [Note(case=case, officer=officer, text=event_data.format_assignment_note(to.name, reason)[:5000], at=now)]
        )
    save_change(
        case,
        Verb.ASSIGNED,
        actor=to_actor(officer),
        now=now,
        data={"to": str(to.public_id)},
        changed=["assignee"],
        extra_topics=(f"officer:{previous}",) if previous else (),
    )
    return case


@transaction.atomic
def transfer(*, code: str, officer: Officer, unit: Unit, reason: str, version: int | None, now: dt.datetime) -> Case:
    """Transfer the case to another unit; only that unit sees it then. An urgent one rings there."""
    require_permission(officer, Permission.HAND_ON)
    case = lock_case(code, officer=officer, version=version)
    if case.state not in OPEN_STATES:
        raise NotAllowed(_("Vụ việc đã xong, không chuyển được."))
    if unit.pk == case.unit_id or unit.valid_to is not None or unit.level == Unit.Level.VILLAGE:
        raise NotAllowed(_("Hãy chọn một đơn vị công an khác đang hoạt động."))
    if case.category in PROVINCE_ONLY_CATEGORIES and unit.level != Unit.Level.PROVINCE:
        raise NotAllowed(_("Phản ánh về cán bộ chỉ do công an tỉnh giữ."))
    if must_stay_at_province(case) and unit.level != Unit.Level.PROVINCE:
        raise NotAllowed(_(_EXTRACT_HINT if get_kind(case.kind).sealed else _NOTE_HINT))
    if case.excluded_officers is not None and access.excluded_units(audit_subject(case), [unit.pk]):
        raise NotAllowed(_("Không chuyển được đến đơn vị này."))
    if len(reason.strip()) < 5:
        raise NotAllowed(_("Hãy ghi lý do chuyển."))
    previous_unit_id = case.unit_id
    extra_topics = (f"unit:{previous_unit_id}", *((f"officer:{case.assignee_id}",) if case.assignee_id else ()))
    Note.objects.create(case=case, officer=officer, text=event_data.format_transfer_note(unit.name, reason), at=now)
    case.unit, case.assignee, case.acknowledged_at = unit, None, None
    if case.state in (State.RECEIVED, State.WORKING):  # an officer of the previous unit had it
        case.state = State.NEW
        update_clocks(case, now=now)
    # the new unit has not acknowledged them yet
    Clock.objects.filter(case=case, stopped_at=None).update(acknowledged_level=OverdueLevel.QUIET)
    rings = should_alarm(case.urgency)
    changed = [
        "unit",
        "assignee",
        "state",
        "due_at",
        "acknowledged_at",
        *(start_alarm(case, delays=get_alarm_delays(), now=now) if rings else ()),
    ]
    with rls_scope.extra_rls_scope(f"case:{case.pk}"):  # it belongs to the other unit while its changes are recorded
        share_fingerprints(case, now=now)
        save_change(
            case,
            Verb.HANDED_ON,
            actor=to_actor(officer),
            now=now,
            data=event_data.build_moved_data(previous_unit_id, unit.pk),
            changed=changed,
            extra_topics=extra_topics,
            rings=rings,
        )
        announce_unit(case, now=now)
    return case


def announce_unit(case: Case, *, now: dt.datetime) -> None:
    """Tell the reporters of a moved case which unit has it now."""
    text = message_texts.format_moved(case.code, case.unit.name)
    message_reporters(case, text, officer=None, purpose="MOVED", now=now)


@transaction.atomic
def add_note(*, code: str, officer: Officer, text: str, version: int | None = None, now: dt.datetime) -> Case:
    """Add an internal note. The village team may write on its own tasks."""
    if not access.officer_may(officer, Permission.WORK_CASES):
        require_permission(officer, Permission.REPORT_BACK)
    case = lock_case(code, officer=officer, version=version)
    if not text.strip():
        raise NotAllowed(_("Ghi chú đang trống."))
    insert_objects([Note(case=case, officer=officer, text=text.strip()[:5000], at=now)])
    case.reporter_unsatisfied = False  # an officer has seen the rating
    if not access.officer_may(officer, Permission.WORK_CASES):
        case.unread_reason = UnreadUpdate.NOTE
    save_change(case, Verb.NOTED, actor=to_actor(officer), now=now, changed=["reporter_unsatisfied"])
    return case


@transaction.atomic
def set_case_state(
    *,
    code: str,
    officer: Officer,
    to: State,
    version: int | None,
    receiver: str = "",
    receipt: str = "",
    now: dt.datetime,
) -> Case:
    """Set a state by hand. Passing a crime report on takes the receiving agency and the number of its receipt."""
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    check_state(to_case_status(case), to)
    receiver, receipt = receiver.strip()[:120], receipt.strip()[:60]
    if to is State.PASSED_ON and (len(receiver) < MIN_RECEIVER_LENGTH or len(receipt) < MIN_RECEIPT_LENGTH):
        raise NotAllowed(_("Ghi cơ quan điều tra nhận và số biên nhận."))
    previous_state, case.state = case.state, to
    if to is State.WORKING and case.assignee_id is None and case.unit_id == officer.unit_id:
        case.assignee = officer  # who starts on a free case has it
    update_clocks(case, now=now)
    save_change(
        case,
        Verb.STATE,
        actor=to_actor(officer),
        now=now,
        data=event_data.build_state_data(previous_state, to, receiver=receiver, receipt=receipt),
        changed=["state", "due_at", "assignee"],
    )
    if to is State.PASSED_ON:
        message_reporters(case, message_texts.format_passed_on(case.code), officer=None, purpose="MOVED", now=now)
    return case


@transaction.atomic
def ask_reporters(*, code: str, officer: Officer, question: str, version: int | None, now: dt.datetime) -> Case:
    """Send a question to the reporters; the case waits for the answer. This acknowledges its alarm."""
    case = _lock_and_acknowledge(code, officer, version, now)
    if not message_reporters(
        case, message_texts.format_question(case.code, _clean_text(question)), officer=officer, purpose="ASK", now=now
    ):
        raise NotAllowed(_(_NO_RECIPIENT))
    if case.state in (State.NEW, State.RECEIVED, State.WORKING):
        case.state = State.WAITING
        update_clocks(case, now=now)
    save_change(case, Verb.ASKED, actor=to_actor(officer), now=now, changed=["state", "due_at"])
    return case


@transaction.atomic
def answer_reporters(*, code: str, officer: Officer, text: str, version: int | None, now: dt.datetime) -> Case:
    """Send an answer to all reporters of the case. This acknowledges its alarm; the status becomes «đã nhận»."""
    case = _lock_and_acknowledge(code, officer, version, now)
    if not message_reporters(
        case, message_texts.format_case_answer(case.code, _clean_text(text)), officer=officer, purpose="ANSWER", now=now
    ):
        raise NotAllowed(_(_NO_RECIPIENT))
    save_change(case, Verb.ANSWERED, actor=to_actor(officer), now=now)
    return case


@transaction.atomic
def reclassify_case(
    *,
    code: str,
    officer: Officer,
    category: str,
    urgency: int,
    lane: Lane | None = None,
    words: str = "",
    version: int | None,
    now: dt.datetime,
) -> Case:
    """Correct category (with the kind), urgency and lane. Clocks follow the lane, the alarm the urgency
    (`update_urgency`). `words`: for a new complaint about police, the facts from sealed messages that its handlers
    need."""
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    if category not in CATEGORY_LABELS or not 0 <= urgency <= 3:
        raise NotAllowed(_("Phân loại không hợp lệ."))
    if get_kind(case.kind).sealed and category not in PROVINCE_ONLY_CATEGORIES:
        raise NotAllowed(_("Tin kín giữ nguyên loại."))
    if case.state == State.MERGED:
        raise NotAllowed(_("Vụ việc đã gộp. Hãy tách ra trước."))
    previous = event_data.Classification(category=case.category, urgency=case.urgency, lane=case.lane)
    case_kind = next(candidate for candidate in [*get_case_kinds().values()] if category in candidate.categories)
    if case_kind.is_restricted:
        if not words.strip() and has_sealed_messages(case):
            raise NotAllowed(_(_SEALED_HINT))
        return restrict(case, category, urgency, words=words.strip(), actor=to_actor(officer), now=now)
    rings = update_urgency(case, urgency, officer=officer, delays=get_alarm_delays(), now=now)
    search_columns = _retitle(case, category)
    case.kind, case.category = case_kind.code, category
    case.lane = lane or case_kind.get_lane(category)
    reset_clocks(case, now=now)
    enqueue_matching([case])
    current = event_data.Classification(category=category, urgency=urgency, lane=case.lane)
    save_change(
        case,
        Verb.RECLASSIFIED,
        actor=to_actor(officer),
        now=now,
        data=event_data.build_reclassified_data(previous, current),
        changed=["kind", "category", "urgency", "acknowledged_at", "lane", "due_at", *search_columns],
        rings=rings,
    )
    return case


def _retitle(case: Case, category: str) -> list[str]:
    """Update the category in a generated title; an edited title stays. Return the changed columns."""
    previous_label, label = CATEGORY_LABELS.get(case.category, ""), CATEGORY_LABELS[category]
    if not previous_label or previous_label == label or not f"{case.title} · ".startswith(f"{previous_label} · "):
        return []
    case.title = f"{label}{case.title.removeprefix(previous_label)}"[:160]
    return ["title", *add_search_words(case, fold_text(label), accented_words(label))]


@transaction.atomic
def grade_tip(
    *,
    code: str,
    officer: Officer,
    grade: Grade,
    reliability: str = "",
    credibility: str = "",
    version: int | None,
    now: dt.datetime,
) -> Case:
    """Grade the value of the tip; «có giá trị» is a line of the province's report.

    `reliability` of the source and `credibility` of the information: codes of their labels, both or neither, judged
    apart, since a good source may be wrong. The event names who graded.
    """
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    require_reader(officer, case)
    if not get_kind(case.kind).is_graded:
        raise NotAllowed(_("Loại vụ việc này không đánh giá giá trị tin."))
    check_grade(case.outcome, grade)
    if bool(reliability) != bool(credibility):
        raise NotAllowed(_("Chọn cả độ tin cậy của nguồn và mức chính xác của tin, hoặc để trống cả hai."))
    if reliability and (reliability not in RELIABILITY_LABELS or credibility not in CREDIBILITY_LABELS):
        raise NotAllowed(_("Mức đánh giá không có."))
    previous_grade, case.tip_value = case.tip_value, grade
    data = {"from": previous_grade, "to": grade}
    if reliability:
        data |= {"reliability": reliability, "credibility": credibility}
    save_change(case, Verb.GRADED, actor=to_actor(officer), now=now, data=data, changed=["tip_value"])
    return case


def _clean_text(text: str) -> str:
    if not text.strip():
        raise NotAllowed(_("Nội dung đang trống."))
    return text.strip()[:4000]


def message_reporters(
    case: Case,
    text: str,
    *,
    officer: Officer | None,
    purpose: str,
    now: dt.datetime,
    tail: str = "",
    buttons: tuple[tuple[str, str], ...] = (),
) -> int:
    """Queue a message to the private conversation of every reporter, never to a group; return how many conversations.
    Delivery is deferred where needed: an unreachable reporter gets it when they write. `officer` None: written by the
    system."""
    key = f"{DEFERRED_PREFIX}case:{case.pk}:{case.version}:{purpose}"
    family = [case.pk, *Case.objects.filter(merged_into=case).values_list("pk", flat=True)]
    reports = Report.objects.filter(case__in=family, conversation__isnull=False).select_related("conversation")
    conversations = {report.conversation_id: report.conversation for report in reports}
    receivers = [conversation.reporter_id for conversation in conversations.values() if conversation is not None]
    guards_by_reporter = build_privacy_guards(case, family, receivers) if officer else {}
    queue_messages(
        [
            OutgoingDraft(
                key=f"{key}:{conversation.pk}",
                channel_id=conversation.channel_id,
                conversation_id=conversation.pk,
                text=text,
                purpose=purpose,
                case_id=case.pk,
                unit_id=case.unit_id,
                officer_id=officer.pk if officer else None,
                chat_suffix=tail,
                buttons=buttons,
                privacy=guards_by_reporter.get(conversation.reporter_id),
            )
            for conversation in conversations.values()
            if conversation is not None
        ],
        now=now,
    )
    return len(conversations)


# Thanks or a reward for the reporter of a useful tip, with its receipt; never a name.

MAX_REWARD = 1_000_000_000  # đồng
MIN_REWARD_RECEIPT_LENGTH = 2


@transaction.atomic
def reward_reporter(
    *,
    code: str,
    officer: Officer,
    kind: RewardKind,
    amount: int | None,
    receipt: str,
    version: int | None,
    now: dt.datetime,
) -> Case:
    """Thank the reporter of a useful tip, or record a reward with its receipt. Each once. Raises NotAllowed."""
    require_permission(officer, Permission.ASSIGN if kind is RewardKind.REWARD else Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    require_reader(officer, case)
    if case.state != State.CLOSED or case.tip_value not in (Grade.USEFUL, Grade.VALUABLE):
        raise NotAllowed(_("Chỉ cảm ơn, khen thưởng khi vụ đã xong và tin được đánh giá có ích."))
    if CaseEvent.objects.filter(case=case, verb=Verb.REWARDED, data__kind=kind).exists():
        raise NotAllowed(_("Việc này đã ghi rồi."))
    data: dict[str, object] = {"kind": kind}
    if kind is RewardKind.REWARD:
        if amount is None or not 0 < amount <= MAX_REWARD or len(receipt.strip()) < MIN_REWARD_RECEIPT_LENGTH:
            raise NotAllowed(_("Ghi số tiền thưởng và số biên nhận. Người nhận ký trên giấy, không ghi tên ở đây."))
        data |= {"amount": amount, "receipt": receipt.strip()[:60]}
    elif not message_reporters(case, THANKS_FOR_TIP, officer=officer, purpose="THANKS", now=now):
        raise NotAllowed(_("Không có cách nhắn lại người báo tin này."))
    save_change(case, Verb.REWARDED, actor=to_actor(officer), now=now, data=data)
    return case
