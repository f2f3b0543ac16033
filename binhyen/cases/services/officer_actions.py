"""Actions of officers on a case: acknowledge, take, assign, transfer, note, ask, answer, set the state, classify."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas.models import Unit
from binhyen.cases import event_data, message_texts
from binhyen.cases.choices import CATEGORY_LABELS, NEVER_DOWN, OPEN_STATES, Grade, Lane, News, State, Verb
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.kinds import all_kinds, kind
from binhyen.cases.models import Case, Clock, Note, Report
from binhyen.cases.queries.alarm_recipients import stops
from binhyen.cases.queries.linked_tips import stays
from binhyen.cases.rules import Late, NotAllowed, alarm_starts, check_state, check_worth, gives
from binhyen.cases.services.alarms import hush, ring, weigh
from binhyen.cases.services.lost_found import match_later
from binhyen.cases.services.reply_privacy import guards
from binhyen.cases.services.restrict import lift, sealed_away
from binhyen.cases.services.search_index import tell_more
from binhyen.cases.services.unit_of_work import (
    acting,
    facts,
    finish,
    keep_clocks,
    lock,
    matter,
    require,
    require_reader,
    set_clocks,
    take_along,
)
from binhyen.channels.services import OWED, Draft, queue
from binhyen.kit import rls_scope
from binhyen.kit.bulk_insert import insert
from binhyen.kit.i18n_markers import N_
from binhyen.kit.search_terms import marked
from binhyen.kit.text import fold
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May

_UNHEARD = N_(
    "Không có người báo nào nhận được câu trả lời: không ai nhắn riêng về vụ việc này. Hãy viết ghi chú nội bộ."
)
_EXTRACT = N_("Tin kín ở lại công an tỉnh. Việc cần xã làm: viết phần trích ở bàn tin kín.")
_NOTE_THERE = N_("Tin kín ở lại công an tỉnh. Việc cần xã làm: ghi vào ghi chú ở vụ của tin trong nhóm.")
_SEALED_AWAY = N_("Lời báo nằm trong phong bì kín và không đi theo. Hãy viết điều mà nơi tiếp nhận phản ánh cần biết.")


@transaction.atomic
def acknowledge(*, code: str, officer: Officer, version: int | None = None, now: dt.datetime) -> Case:
    """Acknowledge a case and stop its alarm. Idempotent. Raises NotAllowed while the alarm rings for another unit and
    this officer is no recipient."""
    case = _heard(code, officer, version, now)
    if case.acknowledged_at is None:
        raise NotAllowed(_("Chuông đang reo ở xã để cán bộ xã đến nơi. Chuông lên tới tỉnh thì bạn nhận thay được."))
    return case


def _heard(code: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Return the locked case, acknowledged where this officer may: an action of the province before the alarm escalates
    to it must not silence the commune's alarm."""
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    if case.acknowledged_at is not None or not stops(officer, case):
        return case
    hush(case, by=officer.pk, now=now)
    case.acknowledged_at = now
    if case.state == State.NEW:
        case.state = State.RECEIVED
    finish(case, Verb.ACKNOWLEDGED, actor=acting(officer), now=now, changed=["acknowledged_at", "state"])
    return case


@transaction.atomic
def take(*, code: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Assign the case to oneself («Việc của tôi»); this acknowledges its alarm."""
    case = _heard(code, officer, version, now)
    previous, case.assignee = case.assignee_id, officer
    if case.news in (News.GIVEN, News.LEFT):
        case.news = News.NONE
    finish(
        case, Verb.ASSIGNED, actor=acting(officer), now=now, data={"to": str(officer.public_id)}, changed=["assignee"],
        also=(f"officer:{previous}",) if previous else (),
    )  # fmt: skip
    return case


@transaction.atomic
def answer_alarm(*, code: str, officer: Officer, now: dt.datetime) -> Case:
    """Acknowledge the alarm, and take the case where it is unassigned: the first of two officers gets it."""
    case = acknowledge(code=code, officer=officer, now=now)
    if case.assignee_id is None and case.state in OPEN_STATES:
        return take(code=code, officer=officer, version=None, now=now)
    return case


@transaction.atomic
def assign(
    *, code: str, officer: Officer, to: Officer, reason: str = "", version: int | None, now: dt.datetime
) -> Case:
    """Assign the case as a task to an officer of the unit or of its village teams; the reason becomes a note."""
    assigns, works = (access.may(officer, ability) for ability in (May.ASSIGN, May.WORK_CASES))
    if not (assigns or works):
        require(officer, May.ASSIGN)
    case = lock(code, officer=officer, version=version)
    if not gives(assigns=assigns, works=works, others=case.assignee_id not in (None, officer.pk)):
        raise NotAllowed(_("Người khác đang giữ việc này. Nhờ chỉ huy giao, hoặc nhận việc về mình trước."))
    if not to.is_active or case.unit_id not in (to.unit_id, to.unit.parent_id):
        raise NotAllowed(_("Người này không thuộc đơn vị đang giữ vụ việc."))
    if to.pk in (case.barred or ()):
        raise NotAllowed(_("Người này không nhận được."))
    previous, case.assignee, case.news = case.assignee_id, to, News.GIVEN
    if reason.strip():
        insert([Note(case=case, officer=officer, text=event_data.given(to.name, reason)[:5000], at=now)])
    finish(
        case, Verb.ASSIGNED, actor=acting(officer), now=now, data={"to": str(to.public_id)}, changed=["assignee"],
        also=(f"officer:{previous}",) if previous else (),
    )  # fmt: skip
    return case


@transaction.atomic
def hand_on(*, code: str, officer: Officer, unit: Unit, reason: str, version: int | None, now: dt.datetime) -> Case:
    """Transfer the case to another unit; only that unit sees it then. An urgent one rings there."""
    require(officer, May.HAND_ON)
    case = lock(code, officer=officer, version=version)
    if case.state not in OPEN_STATES:
        raise NotAllowed(_("Vụ việc đã xong, không chuyển được."))
    if unit.pk == case.unit_id or unit.valid_to is not None or unit.level == Unit.Level.VILLAGE:
        raise NotAllowed(_("Hãy chọn một đơn vị công an khác đang hoạt động."))
    if case.category in NEVER_DOWN and unit.level != Unit.Level.PROVINCE:
        raise NotAllowed(_("Phản ánh về cán bộ chỉ do công an tỉnh giữ."))
    if stays(case) and unit.level != Unit.Level.PROVINCE:
        raise NotAllowed(_(_EXTRACT if kind(case.kind).sealed else _NOTE_THERE))
    if case.barred is not None and access.shut_out(matter(case), [unit.pk]):
        raise NotAllowed(_("Đơn vị này không nhận được."))
    if len(reason.strip()) < 5:
        raise NotAllowed(_("Hãy ghi lý do chuyển."))
    before = case.unit_id
    also = (f"unit:{before}", *((f"officer:{case.assignee_id}",) if case.assignee_id else ()))
    Note.objects.create(case=case, officer=officer, text=event_data.handed_on(unit.name, reason), at=now)
    case.unit, case.assignee = unit, None
    # the new unit has not acknowledged them yet
    Clock.objects.filter(case=case, stopped_at=None).update(heard=Late.QUIET)
    rings = alarm_starts(case.urgency)
    changed = ["unit", "assignee", *(ring(case, ladder=ladder(), now=now) if rings else ())]
    with rls_scope.also(f"case:{case.pk}"):  # it belongs to the other unit while its changes are recorded
        take_along(case, now=now)
        finish(
            case, Verb.HANDED_ON, actor=acting(officer), now=now, data=event_data.moved(before, unit.pk),
            changed=changed, also=also, alarms=rings,
        )  # fmt: skip
    return case


@transaction.atomic
def note(*, code: str, officer: Officer, text: str, version: int | None = None, now: dt.datetime) -> Case:
    """Add an internal note. The village team may write on its own tasks."""
    if not access.may(officer, May.WORK_CASES):
        require(officer, May.REPORT_BACK)
    case = lock(code, officer=officer, version=version)
    if not text.strip():
        raise NotAllowed(_("Ghi chú đang trống."))
    insert([Note(case=case, officer=officer, text=text.strip()[:5000], at=now)])
    case.unhelped = False  # an officer has seen the rating
    if not access.may(officer, May.WORK_CASES):
        case.news = News.NOTE
    finish(case, Verb.NOTED, actor=acting(officer), now=now, changed=["unhelped"])
    return case


@transaction.atomic
def set_state(*, code: str, officer: Officer, to: State, version: int | None, now: dt.datetime) -> Case:
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    check_state(facts(case), to)
    before, case.state = case.state, to
    keep_clocks(case, now=now)
    finish(
        case,
        Verb.STATE,
        actor=acting(officer),
        now=now,
        data=event_data.set_to(before, to),
        changed=["state", "due_at"],
    )
    return case


@transaction.atomic
def ask(*, code: str, officer: Officer, question: str, version: int | None, now: dt.datetime) -> Case:
    """Send a question to the reporters; the case waits for the answer. This acknowledges its alarm."""
    case = _heard(code, officer, version, now)
    if not tell(case, message_texts.asked(case.code, _words(question)), officer=officer, purpose="ASK", now=now):
        raise NotAllowed(_(_UNHEARD))
    if case.state in (State.NEW, State.RECEIVED, State.WORKING):
        case.state = State.WAITING
        keep_clocks(case, now=now)
    finish(case, Verb.ASKED, actor=acting(officer), now=now, changed=["state", "due_at"])
    return case


@transaction.atomic
def answer(*, code: str, officer: Officer, text: str, version: int | None, now: dt.datetime) -> Case:
    """Send an answer to all reporters of the case. This acknowledges its alarm; the status becomes «đã nhận»."""
    case = _heard(code, officer, version, now)
    if not tell(case, message_texts.answered(case.code, _words(text)), officer=officer, purpose="ANSWER", now=now):
        raise NotAllowed(_(_UNHEARD))
    finish(case, Verb.ANSWERED, actor=acting(officer), now=now)
    return case


@transaction.atomic
def reclassify(
    *, code: str, officer: Officer, category: str, urgency: int, lane: Lane | None = None, words: str = "",
    version: int | None, now: dt.datetime,
) -> Case:  # fmt: skip
    """Correct category (with the kind), urgency and lane. Clocks follow the lane, the alarm the urgency
    (`update_urgency`). `words`: for a new complaint about police, the facts from sealed messages that its handlers
    need."""
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    if category not in CATEGORY_LABELS or not 0 <= urgency <= 3:
        raise NotAllowed(_("Phân loại không hợp lệ."))
    if kind(case.kind).sealed and category not in NEVER_DOWN:
        raise NotAllowed(_("Tin kín giữ nguyên loại."))
    if case.state == State.MERGED:
        raise NotAllowed(_("Vụ việc đã gộp. Hãy tách ra trước."))
    before = event_data.Sorting(category=case.category, urgency=case.urgency, lane=case.lane)
    chosen = next(k for k in [*all_kinds().values()] if category in k.categories)
    if chosen.apart:
        if not words.strip() and sealed_away(case):
            raise NotAllowed(_(_SEALED_AWAY))
        return lift(case, category, urgency, words=words.strip(), actor=acting(officer), now=now)
    rings = weigh(case, urgency, officer=officer, ladder=ladder(), now=now)
    told = _retitle(case, category)
    case.kind, case.category = chosen.code, category
    case.lane = lane or chosen.lane_of(category)
    set_clocks(case, now=now)
    match_later([case])
    after = event_data.Sorting(category=category, urgency=urgency, lane=case.lane)
    finish(
        case, Verb.RECLASSIFIED, actor=acting(officer), now=now, data=event_data.reclassified(before, after),
        changed=["kind", "category", "urgency", "acknowledged_at", "lane", "due_at", *told], alarms=rings,
    )  # fmt: skip
    return case


def _retitle(case: Case, category: str) -> list[str]:
    """Update the category in a generated title; an edited title stays. Return the changed columns."""
    was, label = CATEGORY_LABELS.get(case.category, ""), CATEGORY_LABELS[category]
    if not was or was == label or not f"{case.title} · ".startswith(f"{was} · "):
        return []
    case.title = f"{label}{case.title.removeprefix(was)}"[:160]
    return ["title", *tell_more(case, fold(label), marked(label))]


@transaction.atomic
def grade(*, code: str, officer: Officer, grade: Grade, version: int | None, now: dt.datetime) -> Case:
    """Grade the value of the tip; «có giá trị» is a line of the province's report."""
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    require_reader(officer, case)
    if not kind(case.kind).graded:
        raise NotAllowed(_("Loại vụ việc này không đánh giá giá trị tin."))
    check_worth(case.outcome, grade)
    before, case.grade = case.grade, grade
    finish(case, Verb.GRADED, actor=acting(officer), now=now, data={"from": before, "to": grade}, changed=["grade"])
    return case


def _words(text: str) -> str:
    if not text.strip():
        raise NotAllowed(_("Nội dung đang trống."))
    return text.strip()[:4000]


def tell(case: Case, text: str, *, officer: Officer, purpose: str, now: dt.datetime, tail: str = "") -> int:
    """Queue a message to the private conversation of every reporter, never to a group; return how many conversations.
    Delivery is deferred where needed: an unreachable reporter gets it when they write."""
    key = f"{OWED}case:{case.pk}:{case.version}:{purpose}"
    family = [case.pk, *Case.objects.filter(merged_into=case).values_list("pk", flat=True)]
    reports = Report.objects.filter(case__in=family, conversation__isnull=False).select_related("conversation")
    conversations = {r.conversation_id: r.conversation for r in reports}
    guarded = guards(case, family, [c.reporter_id for c in conversations.values() if c is not None])
    queue(
        [
            Draft(
                key=f"{key}:{c.pk}", channel_id=c.channel_id, conversation_id=c.pk,
                text=text, purpose=purpose, case_id=case.pk, unit_id=case.unit_id, officer_id=officer.pk,
                tail=tail, guard=guarded.get(c.reporter_id),
            )
            for c in conversations.values()
            if c is not None
        ],
        now=now,
    )  # fmt: skip
    return len(conversations)
