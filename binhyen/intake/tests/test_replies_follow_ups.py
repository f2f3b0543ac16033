"""Further private messages after a first report: danger gets the emergency numbers, a «no» after
closing counts as one."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.choices import Outcome, State
from binhyen.cases.message_texts import EMERGENCY
from binhyen.cases.models import Alarm, Case, Report
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Message, Outgoing
from binhyen.intake.tests.chat_reports import ChatPerson, create_person, run_pipeline
from binhyen.intake.tests.web import NOISE, parse_status_token, submit_report
from binhyen.kit.ids import format_code, generate_code, generate_token

pytestmark = pytest.mark.django_db
DANGER = "cầm dao chém chồng em, cứu với"
CALLS = 'aria-labelledby="nguy"'


def close_case(reporter: ChatPerson, officer: Any, now: dt.datetime) -> None:
    closing.close_case(
        code=reporter.case().code,
        officer=officer,
        outcome=Outcome.ANSWERED,
        result="Đã nhắc nhở.",
        version=None,
        now=now,
    )


def test_a_follow_up_danger_gets_the_numbers_once_an_hour(now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, NOISE), moment=now)
    run_pipeline((reporter, DANGER), moment=now + dt.timedelta(minutes=1))
    case = reporter.case()
    assert (case.urgency, case.case_messages.count()) == (3, 2) and Alarm.objects.filter(case=case).exists()
    assert [t.startswith(EMERGENCY) for t in reporter.list_received()] == [False, True]
    assert Outgoing.objects.filter(case=case, text__startswith=EMERGENCY).count() == 1, "its officers can read it too"
    run_pipeline((reporter, "nó đang chém tiếp, cứu với"), moment=now + dt.timedelta(minutes=50))
    assert len(reporter.list_received()) == 2, "not with every message"
    run_pipeline((reporter, "lại cầm dao chém người, cứu với"), moment=now + dt.timedelta(minutes=62))
    assert len(reporter.list_received()) == 3 and reporter.list_received()[2].startswith(EMERGENCY)
    run_pipeline((reporter, "Nhà em ở cạnh quán nước"), moment=now + dt.timedelta(minutes=70))
    assert len(reporter.list_received()) == 3, "the control: without danger no numbers are sent"


def test_numbers_sent_with_the_receipt_are_not_repeated_at_once(now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, "Có người cầm dao chém nhau ở TDP Phú Mậu xã Lộc Hà"), moment=now)
    run_pipeline((reporter, DANGER), moment=now + dt.timedelta(minutes=2))
    assert len(reporter.list_received()) == 1 and reporter.list_received()[0].startswith(EMERGENCY)


def test_in_english_the_numbers_are_in_english_too(now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, "My neighbour plays loud karaoke every night in Loc Ha, please help us sleep"), moment=now)
    run_pipeline(
        (reporter, "He has a knife now and he is attacking my husband, please help"),
        moment=now + dt.timedelta(minutes=1),
    )
    assert "call 113 (police)" in reporter.list_received()[-1] and reporter.list_received()[-1].startswith(EMERGENCY)


def test_the_status_page_shows_the_emergency_numbers(client: Any, officer: Any, now: dt.datetime) -> None:
    secret = parse_status_token(submit_report(client, NOISE))
    assert CALLS not in client.get(f"/theo-doi/{secret}").content.decode()
    answer = client.post(f"/theo-doi/{secret}", {"text": DANGER, "key": generate_token()})
    landed = client.get(answer.headers["Location"]).content.decode()
    assert landed.index("Đã gửi thêm.") < landed.index(CALLS) < landed.index('id="viet-them"'), "where officers look"
    page = client.get(f"/theo-doi/{secret}").content.decode()
    assert CALLS in page and 'href="tel:113"' in page and EMERGENCY in page
    case = Report.objects.get().case
    closing.close_case(
        code=case.code, officer=officer(), outcome=Outcome.ANSWERED, result="Đã bắt giữ.", version=None, now=now
    )
    assert CALLS not in client.get(f"/theo-doi/{secret}").content.decode()


@pytest.mark.parametrize("text", ["ko, vẫn ồn lắm", "Chưa, cảm ơn các anh nhưng họ lại hát rồi", "KHÔNG. Y như cũ"])
def test_a_textual_no_after_closing_reopens_the_case(text: str, officer: Any, now: dt.datetime) -> None:
    reporter, duty = create_person(), officer()
    run_pipeline((reporter, NOISE), moment=now)
    close_case(reporter, duty, now)
    run_pipeline((reporter, text), moment=now + dt.timedelta(minutes=5))
    case = reporter.case()
    assert (case.state, case.case_messages.count()) == (State.WORKING, 2)
    assert text not in sign_in_browser(duty).get("/tin-nhan").content.decode()


def test_thanks_after_a_close_opens_nothing(officer: Any, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, NOISE), moment=now)
    close_case(reporter, officer(), now)
    run_pipeline((reporter, "Cảm ơn các anh, hết ồn rồi"), moment=now + dt.timedelta(minutes=5))
    assert reporter.case().state == State.CLOSED


@pytest.mark.parametrize(("text", "helped"), [("có", True), ("KHÔNG", False)])
def test_a_rating_is_no_loose_message(text: str, helped: bool, officer: Any, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, NOISE), moment=now)
    close_case(reporter, officer(), now)
    run_pipeline((reporter, text), moment=now + dt.timedelta(minutes=5))
    case = reporter.case()
    assert (case.state, Report.objects.get(case=case).was_helpful) == (State.CLOSED, helped)
    assert not Message.objects.filter(in_case=False).exists()
    assert case.case_messages.filter(message__text=text).exists(), "it belongs to the case and is erased with it"


def test_a_pressed_rating_button_counts_for_its_own_case(officer: Any, now: dt.datetime) -> None:
    reporter, duty = create_person(), officer()
    for minutes, text in ((0, NOISE), (60 * 30, "Xe tải chở đất làm vương vãi đầy đường xã Lộc Hà, bụi mù mịt")):
        run_pipeline((reporter, text), moment=now + dt.timedelta(minutes=minutes))
        case = Case.objects.order_by("-pk")[0]
        closing.close_case(
            code=case.code,
            officer=duty,
            outcome=Outcome.ANSWERED,
            result="Đã nhắc nhở.",
            version=None,
            now=now + dt.timedelta(minutes=minutes + 5),
        )
    old, newest = Report.objects.order_by("pk")
    [_, (_, press)] = Outgoing.objects.get(case=old.case, purpose="RESULT").buttons
    later = now + dt.timedelta(hours=31)
    run_pipeline((reporter, f"Có · {format_code(generate_code())}"), moment=later)
    assert not Report.objects.exclude(was_helpful=None).exists(), "of a case that is not theirs: counts for none"
    run_pipeline((reporter, press), moment=later)
    for report, helped in ((old, False), (newest, None)):
        report.refresh_from_db()
        assert report.was_helpful is helped
    run_pipeline((reporter, "KHÔNG"), moment=later + dt.timedelta(minutes=1))
    newest.refresh_from_db()
    assert newest.was_helpful is False, "control: a typed answer is about the newest case"


def test_an_answer_to_a_question_in_danger_gets_the_numbers(officer: Any, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, NOISE), moment=now)
    officer_actions.ask_reporters(
        code=reporter.case().code, officer=officer(), question="Nay thế nào?", version=None, now=now
    )
    run_pipeline((reporter, DANGER), moment=now + dt.timedelta(minutes=5))
    assert reporter.list_received("ACK")[-1].startswith(EMERGENCY)
