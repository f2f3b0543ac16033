"""Further private messages after a first report: danger gets the emergency numbers, a «no» after
closing counts as one."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.choices import Outcome, State
from binhyen.cases.message_texts import EMERGENCY
from binhyen.cases.models import Alarm, Report
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Message, Outgoing
from binhyen.intake.tests.telling import Person, person, say
from binhyen.intake.tests.web import NOISE, link, tell
from binhyen.kit.ids import token

pytestmark = pytest.mark.django_db
DANGER = "cầm dao chém chồng em, cứu với"
CALLS = 'aria-labelledby="nguy"'


def closed(who: Person, officer: Any, now: dt.datetime) -> None:
    closing.close(
        code=who.case().code, officer=officer, outcome=Outcome.ANSWERED, result="Đã nhắc nhở.", version=None, now=now
    )


def test_danger_in_a_further_word_hears_the_numbers_once_an_hour(now: dt.datetime) -> None:
    who = person()
    say((who, NOISE), at=now)
    say((who, DANGER), at=now + dt.timedelta(minutes=1))
    case = who.case()
    assert (case.urgency, case.case_messages.count()) == (3, 2) and Alarm.objects.filter(case=case).exists()
    assert [t.startswith(EMERGENCY) for t in who.heard()] == [False, True]
    assert Outgoing.objects.filter(case=case, text__startswith=EMERGENCY).count() == 1, "its officers can read it too"
    say((who, "nó đang chém tiếp, cứu với"), at=now + dt.timedelta(minutes=50))
    assert len(who.heard()) == 2, "not with every message"
    say((who, "lại cầm dao chém người, cứu với"), at=now + dt.timedelta(minutes=62))
    assert len(who.heard()) == 3 and who.heard()[2].startswith(EMERGENCY)
    say((who, "Nhà em ở cạnh quán nước"), at=now + dt.timedelta(minutes=70))
    assert len(who.heard()) == 3, "the control: without danger no numbers are sent"


def test_who_heard_the_numbers_with_the_receipt_is_not_told_again_at_once(now: dt.datetime) -> None:
    who = person()
    say((who, "Có người cầm dao chém nhau ở TDP Phú Mậu xã Lộc Hà"), at=now)
    say((who, DANGER), at=now + dt.timedelta(minutes=2))
    assert len(who.heard()) == 1 and who.heard()[0].startswith(EMERGENCY)


def test_in_english_the_numbers_come_in_english_too(now: dt.datetime) -> None:
    who = person()
    say((who, "My neighbour plays loud karaoke every night in Loc Ha, please help us sleep"), at=now)
    say((who, "He has a knife now and he is attacking my husband, please help"), at=now + dt.timedelta(minutes=1))
    assert "call 113 (police)" in who.heard()[-1] and who.heard()[-1].startswith(EMERGENCY)


def test_the_status_page_shows_whom_to_call(client: Any, officer: Any, now: dt.datetime) -> None:
    secret = link(tell(client, NOISE))
    assert CALLS not in client.get(f"/theo-doi/{secret}").content.decode()
    answer = client.post(f"/theo-doi/{secret}", {"text": DANGER, "key": token()})
    landed = client.get(answer.headers["Location"]).content.decode()
    assert landed.index("Đã gửi thêm.") < landed.index(CALLS) < landed.index('id="viet-them"'), "where officers look"
    page = client.get(f"/theo-doi/{secret}").content.decode()
    assert CALLS in page and 'href="tel:113"' in page and EMERGENCY in page
    case = Report.objects.get().case
    closing.close(
        code=case.code, officer=officer(), outcome=Outcome.ANSWERED, result="Đã bắt giữ.", version=None, now=now
    )
    assert CALLS not in client.get(f"/theo-doi/{secret}").content.decode()


@pytest.mark.parametrize("text", ["ko, vẫn ồn lắm", "Chưa, cảm ơn các anh nhưng họ lại hát rồi", "KHÔNG. Y như cũ"])
def test_a_no_in_words_after_a_close_takes_the_case_up_again(text: str, officer: Any, now: dt.datetime) -> None:
    who, duty = person(), officer()
    say((who, NOISE), at=now)
    closed(who, duty, now)
    say((who, text), at=now + dt.timedelta(minutes=5))
    case = who.case()
    assert (case.state, case.case_messages.count()) == (State.WORKING, 2)
    assert text not in browser(duty).get("/tin-nhan").content.decode()


def test_thanks_after_a_close_opens_nothing(officer: Any, now: dt.datetime) -> None:
    who = person()
    say((who, NOISE), at=now)
    closed(who, officer(), now)
    say((who, "Cảm ơn các anh, hết ồn rồi"), at=now + dt.timedelta(minutes=5))
    assert who.case().state == State.CLOSED


@pytest.mark.parametrize(("text", "helped"), [("có", True), ("KHÔNG", False)])
def test_a_rating_is_no_loose_message(text: str, helped: bool, officer: Any, now: dt.datetime) -> None:
    who = person()
    say((who, NOISE), at=now)
    closed(who, officer(), now)
    say((who, text), at=now + dt.timedelta(minutes=5))
    case = who.case()
    assert (case.state, Report.objects.get(case=case).helped) == (State.CLOSED, helped)
    assert not Message.objects.filter(in_case=False).exists()
    assert case.case_messages.filter(message__text=text).exists(), "it belongs to the case and is erased with it"


def test_an_answer_to_a_question_in_danger_hears_the_numbers(officer: Any, now: dt.datetime) -> None:
    who = person()
    say((who, NOISE), at=now)
    officer_actions.ask(code=who.case().code, officer=officer(), question="Nay thế nào?", version=None, now=now)
    say((who, DANGER), at=now + dt.timedelta(minutes=5))
    assert who.heard("ACK")[-1].startswith(EMERGENCY)
