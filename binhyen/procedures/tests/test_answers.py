"""A question in a chat: answered and closed by the library, or left to a person; what is stored of it."""

import datetime as dt
import io
from typing import Any

import pytest
from django.core.management import call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.audit.models import AuditEntry
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services.follow_ups import FollowUp, add_follow_ups
from binhyen.cases.services.officer_actions import assign_to_self
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.channels.models import Channel, Conversation, Message, Outgoing
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.procedures import jobs, queries, services
from binhyen.procedures.models import Procedure, UnansweredQuestion
from binhyen.procedures.tests.scene import ask_in_chat, put_in_use
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Count
from binhyen.stats.services import update_counts
from tests import rls

pytestmark = pytest.mark.django_db


@pytest.fixture
def procedure(officer: Any) -> Procedure:
    return put_in_use(officer("OFFICER"), officer("PROVINCE_STAFF", "42"))


def answer(case: Case) -> Case:
    with rls.acting_as("worker"):
        jobs.answer_questions(case_ids=[case.pk])
    case.refresh_from_db()
    return case


def list_texts(case: Case) -> list[str]:
    return list(Outgoing.objects.filter(case=case).order_by("pk").values_list("text", flat=True))


def test_a_question_is_answered_closed_and_reopened_for_a_person(unit: Any, procedure: Procedure) -> None:
    case = answer(ask_in_chat(unit("18568")))
    assert (case.state, case.outcome) == ("CLOSED", "ANSWERED") and "chủ vườn ký" in case.result
    (text,) = list_texts(case)
    assert procedure.title.upper() in text and procedure.source in text and f"/thu-tuc/{procedure.key}" in text
    outgoing = Outgoing.objects.get(case=case)
    assert outgoing.officer is None and outgoing.state == "SENT"  # on a page of ours at once
    assert AuditEntry.objects.filter(verb="case.closed", actor="system:procedures").count() == 1
    procedure.refresh_from_db()
    assert procedure.answers == 1
    update_counts()
    assert Count.objects.get(metric=Metric.GUIDED).value == 1
    answer(case)
    assert len(list_texts(case)) == 1, "twice is once"

    reply = create_message(unit("18568"), text="chưa rõ, nhà tôi không có vườn")
    report = case.reports.get()
    follow_up = FollowUp(case.pk, reply.pk, report.reporter_id, report.conversation_id, "", "", urgency=1)
    add_follow_ups([follow_up], ladder=get_alarm_delays(), now=clock.now())
    case.refresh_from_db()
    assert case.state == "WORKING" and case.case_messages.count() == 2


def test_the_job_is_deferred_for_questions_of_citizens_only(unit: Any) -> None:
    case = open_case(unit("18568"), category="admin_question")
    open_case(unit("18568"), category="violence")
    waiting = ProcrastinateJob.objects.filter(task_name="procedures.answer").values_list("args", flat=True)
    assert list(waiting) == [{"case_ids": [case.pk]}]


@pytest.mark.parametrize(
    "what", ["urgent", "sensitive", "person", "group", "place", "taken", "danger inside", "expired", "withdrawn"]
)
def test_these_go_to_a_person(what: str, unit: Any, officer: Any, procedure: Procedure) -> None:
    case = ask_in_chat(unit("18568"), urgency=2 if what == "urgent" else 1)
    link = CaseMessage.objects.get(case=case)
    messages = Message.objects.filter(pk=link.message_id)
    if what == "sensitive":
        Case.objects.filter(pk=case.pk).update(sensitive=True)
    elif what == "person":
        span = {"type": "PERSON", "text": "An", "start": 0, "end": 2, "norm": "an"}
        messages.update(reading={"entities": [span]})
    elif what == "group":
        messages.update(conversation=None, group=create_group_of(unit("18568")))
    elif what == "place":
        messages.update(latitude=18.4, longitude=105.9)
    elif what == "taken":
        assign_to_self(code=case.code, officer=officer("OFFICER"), version=None, now=clock.now())
    elif what == "danger inside":
        messages.update(urgency=3)
    elif what == "expired":
        Procedure.objects.update(valid_to=clock.to_vietnam_day(clock.now()) - dt.timedelta(days=1))
    elif what == "withdrawn":
        staff = officer("PROVINCE_DUTY", "42")
        services.withdraw_procedure(public_id=procedure.public_id, reason="Luật đã đổi", officer=staff, now=clock.now())
    answer(case)
    assert case.state != "CLOSED" and list_texts(case) == []


def create_group_of(unit: Any) -> Any:
    from binhyen.cases.tests.test_views_unassigned_messages import create_group

    return create_group(unit, clock.now())


def test_an_unanswered_question_is_listed_masked_and_without_who(unit: Any, officer: Any, procedure: Procedure) -> None:
    for _ in range(2):
        services.record_unanswered(text="mua trâu của {ten} sđt {sdt}", nearest_key="", now=clock.now())
    row = UnansweredQuestion.objects.get()
    assert row.times == 2
    case = answer(ask_in_chat(unit("18568"), text="mua trâu phải khai báo ở đâu"))
    assert case.state == "NEW" and UnansweredQuestion.objects.count() == 2
    fields = {field.name for field in UnansweredQuestion._meta.fields}
    assert fields == {"id", "public_id", "digest", "text", "nearest_key", "times", "first_on", "last_on"}
    duty, staff, chief = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_STAFF", "42"), officer("CHIEF")
    assert queries.list_unanswered(duty).count() == queries.list_unanswered(staff).count() == 2
    assert not queries.list_unanswered(chief).exists()


def test_questions_of_a_busy_hour_are_read_together(
    unit: Any, procedure: Procedure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those with an answer get a transaction of their own; a failure while reading them leaves each to its own."""
    opened: list[int] = []
    texts = ("mua trâu ở đâu", None, "Mua trâu ở đâu?", "cho em hỏi thủ tục ạ")
    cases = [ask_in_chat(unit("18568"), text=text) if text else ask_in_chat(unit("18568")) for text in texts]
    answer_case = services.answer_case
    monkeypatch.setattr(
        services, "answer_case", lambda **asked: opened.append(asked["case_id"]) or answer_case(**asked)
    )
    with rls.acting_as("worker"):
        jobs.answer_questions(case_ids=[case.pk for case in cases])
    assert opened == [cases[1].pk, cases[3].pk]
    assert UnansweredQuestion.objects.get().times == 2
    assert [len(list_texts(case)) for case in cases] == [0, 1, 0, 1]

    monkeypatch.setattr(queries, "list_follow_up_cases", lambda case_ids: 1 / 0)
    more = ask_in_chat(unit("18568"), text="mua trâu ở đâu")
    with rls.acting_as("worker"):
        jobs.answer_questions(case_ids=[cases[0].pk, more.pk])
    assert opened[2:] == [cases[0].pk, more.pk] and UnansweredQuestion.objects.get().times == 4


def test_a_bare_request_for_procedures_gets_the_menu_and_stays_open(unit: Any, procedure: Procedure) -> None:
    case = answer(ask_in_chat(unit("18568"), text="cho em hỏi thủ tục ạ"))
    assert case.state == "NEW" and "/thu-tuc" in list_texts(case)[0]
    assert not UnansweredQuestion.objects.exists()


def test_the_list_of_questions_cannot_be_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_OPEN_QUESTIONS", 1)
    for text in ("mua trâu ở đâu", "bán bò ở đâu", "mua trâu ở đâu", "x" * 10_000):
        services.record_unanswered(text=text, nearest_key="", now=clock.now())
    assert UnansweredQuestion.objects.get().times == 2


def test_the_shipped_library_waits_for_two_eyes(unit: Any, officer: Any) -> None:
    now, chief, staff = clock.now(), officer("CHIEF"), officer("PROVINCE_STAFF", "42")
    count = services.load_shipped_procedures(now=now)
    assert count >= 40 and services.load_shipped_procedures(now=now) == 0
    case = answer(ask_in_chat(unit("18568"), text="dang ky tam tru can giay to gi"))
    assert case.state == "NEW", "nothing is answered before an officer approved it"
    assert not queries.list_procedures(chief).exists()
    row = queries.list_awaiting_approval(staff).get(key="dang-ky-tam-tru")
    services.approve_procedure(public_id=row.public_id, officer=staff, now=now)
    case = answer(ask_in_chat(unit("18568"), text="dang ky tam tru can giay to gi"))
    assert case.state == "CLOSED" and "CT01" in case.result


def test_the_demo_approves_the_shipped_library_at_its_start(officer: Any) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    for _ in range(2):
        call_command("load_procedures", approve_as=staff.username, stdout=io.StringIO())
    assert queries.list_valid_procedures(clock.now()).count() == Procedure.objects.count() >= 40


def hear_reply(case: Case, text: str) -> None:
    """Attach a further message of the same person, and do what its job does."""
    reply, report = create_message(case.unit, text=text), case.reports.get()
    follow_up = FollowUp(case.pk, reply.pk, report.reporter_id, report.conversation_id, "", "", urgency=1)
    add_follow_ups([follow_up], ladder=get_alarm_delays(), now=clock.now())
    assert ProcrastinateJob.objects.filter(task_name="procedures.answer_reply", args__case_ids=[case.pk]).exists()
    with rls.acting_as("worker"):
        jobs.answer_question_replies(case_ids=[case.pk])
    case.refresh_from_db()


def move_to_chat(case: Case) -> Case:
    chat = Channel.objects.create(kind="zalo_oa", name="OA", settings={"app_id": "1", "oa_id": "2"})
    Conversation.objects.filter(pk=case.reports.get().conversation_id).update(channel=chat)
    return case


def test_a_chat_asks_which_case_with_buttons_and_answers_the_press(unit: Any, procedure: Procedure) -> None:
    case = answer(move_to_chat(ask_in_chat(unit("18568"), text="xin dựng lò gạch ở đâu")))
    asked = Outgoing.objects.get(case=case)
    assert case.state == "NEW" and procedure.ask in asked.text
    assert asked.buttons == [["Trong vườn", "Trong vườn"], ["Ven đường", "Ven đường"]]
    answer(case)
    assert Outgoing.objects.filter(case=case).count() == 1, "twice is once"
    hear_reply(case, "Ven đường")
    assert (case.state, case.outcome) == ("CLOSED", "ANSWERED")
    assert "hỏi thêm Ủy ban" in case.result and "chủ vườn ký" not in case.result
    named = [[answer, f"{answer} · {format_code(case.code)}"] for answer in ("Có", "Không")]
    assert Outgoing.objects.order_by("pk").last().buttons == named


def test_the_menu_offers_buttons_and_silence_gets_every_variant(unit: Any, procedure: Procedure) -> None:
    case = answer(move_to_chat(ask_in_chat(unit("18568"), text="cho em hỏi thủ tục ạ")))
    assert Outgoing.objects.get(case=case).buttons == [[procedure.title, procedure.title]]
    hear_reply(case, procedure.title)
    assert case.state == "NEW" and Outgoing.objects.filter(case=case).count() == 2, "now it asks which case"
    Outgoing.objects.filter(case=case).update(created_at=clock.now() - services.REPLY_TIME)
    assert services.answer_unreplied(now=clock.now() - dt.timedelta(minutes=1)) == 0, "control: not yet"
    assert services.answer_unreplied(now=clock.now()) == 1
    case.refresh_from_db()
    assert case.state == "CLOSED" and {"chủ vườn ký", "hỏi thêm Ủy ban"} <= {
        part for part in ("chủ vườn ký", "hỏi thêm Ủy ban") if part in case.result
    }
