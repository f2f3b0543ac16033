"""Reporters known only from a group cannot be written to: officers see this, no repair is requested, and the
letter goes out once they write."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases import message_texts
from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case, Report
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.tests.scene import browser, url
from binhyen.cases.tests.test_beside_a_complaint import Chat
from binhyen.channels.models import Group, Outgoing
from binhyen.channels.services import deferred_delivery, outbox
from binhyen.channels.services.outbox import queue
from binhyen.channels.services.outgoing_draft import Draft
from binhyen.channels.tests.windows import zalo_answers
from binhyen.conduct.tests.scene import RUDE
from binhyen.kit import clock
from binhyen.language.classify.language_id import is_english

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
POST = "Ổ gà to giữa đường ở thị trấn Lộc Hà, xe máy ngã hoài"
RESULT = "Đội sửa đường đã vá xong chiều nay."
ANSWER, QUESTION = "Chiều nay có đội đến vá.", "Ổ gà ở đoạn nào ạ?"
UNHEARD = "1 người báo chưa nhận được kết quả này."


class Told:
    """A pothole reported in a group; the case is closed; then the fate of its letter."""

    def __init__(self, chief: Any, unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        zalo_answers(monkeypatch)
        self.chief, self.chat = chief, Chat()
        now = clock.now()
        Group.objects.create(
            channel=self.chat.channel, area_id=unit.area_id, unit=unit, level="COMMUNE", name="Lộc Hà", state="OPEN",
            outside_id="nhom1", opened_at=now,
        )  # fmt: skip
        self.chat.hears(
            "user_send_group_text", hours_ago=2, recipient={"id": "nhom1"}, message={"text": POST, "msg_id": "1"}
        )
        self.case = Case.objects.get()

    def close(self, result: str = RESULT) -> None:
        closing.close(code=self.case.code, officer=self.chief, outcome=Outcome.RESOLVED, result=result,
                      evidence="Ảnh", version=None, now=clock.now())  # fmt: skip
        self.go()

    def go(self) -> None:
        outbox.deliver(channel_id=self.chat.channel.pk)

    def writes(self, text: str) -> None:
        self.chat.writes(text)
        deferred_delivery.owe_again(now=clock.now())
        self.go()

    def letters(self, purpose: str = "RESULT") -> list[tuple[str, str]]:
        return list(Outgoing.objects.filter(purpose=purpose).order_by("pk").values_list("state", "text"))

    def states(self, purpose: str = "RESULT") -> list[str]:
        return [state for state, _text in self.letters(purpose)]

    def page(self) -> str:
        return browser(self.chief).get(url(self.case)).content.decode()


@pytest.fixture
def told(officer: Make, unit: Make, monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(officer("CHIEF"), unit("18568"), monkeypatch)


def stuck(page: str) -> str:
    (number,) = re.findall(r">Tất cả<span class=\"count\">(\d+)<", page)
    return number


def test_officers_read_that_nobody_heard_the_outcome(told: Told) -> None:
    before = told.page()
    assert "Chỉ viết trong nhóm, chưa nhắn riêng" in before and "Nhắn riêng qua" not in before
    assert "chưa nhắn riêng về việc này" in before.partition("Câu báo kết quả cho người báo")[2][:400], "in time"
    told.close()
    assert told.states() == ["DEAD"]
    shown = told.page()
    assert UNHEARD in shown and "Máy tự gửi khi họ nhắn riêng cho công an." in shown
    assert "Người này chưa nhận" in shown and "Không gửi được" not in shown


def test_nobody_is_asked_to_mend_it(told: Told, officer: Make) -> None:
    told.close()
    for who in (told.chief, officer("OPERATOR", "42"), officer("PROVINCE_DUTY", "42")):
        client = browser(who)
        page = client.get("/hop-thu-di").content.decode()
        assert stuck(page) == "0" and "-230" not in page, who.role
        assert 'href="/hop-thu-di" class="hot"' not in page
        kept = client.get("/hop-thu-di?xem=chua-nhan").content.decode()
        assert "-230" in kept and "Khi họ nhắn riêng" in kept
        assert (RESULT in kept) == (who.role != "OPERATOR")
    stranger = browser(officer("OFFICER", "18073")).get("/hop-thu-di?xem=chua-nhan").content.decode()
    assert "-230" not in stranger


def test_what_is_broken_is_still_counted(told: Told, officer: Make) -> None:
    told.close()
    Outgoing.objects.filter(state="DEAD").update(code="-201")
    assert stuck(browser(officer("OPERATOR", "42")).get("/hop-thu-di").content.decode()) == "1"
    assert UNHEARD not in told.page()


def test_it_goes_when_they_write(told: Told) -> None:
    told.close()
    deferred_delivery.owe_again(now=clock.now())
    assert told.states() == ["DEAD"], "the reporter did not write"
    told.writes("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    assert told.states() == ["SENT"] and RESULT in told.letters()[0][1]
    deferred_delivery.owe_again(now=clock.now())
    assert told.states() == ["SENT"], "once"
    assert UNHEARD not in told.page()


def test_an_answer_and_a_question_go_when_they_write(told: Told) -> None:
    """Like an outcome: officers believed that they had answered."""
    officer_actions.answer(code=told.case.code, officer=told.chief, text=ANSWER, version=None, now=clock.now())
    officer_actions.ask(code=told.case.code, officer=told.chief, question=QUESTION, version=None, now=clock.now())
    told.go()
    assert told.states("ANSWER") == told.states("ASK") == ["DEAD"]
    assert "Máy tự gửi khi họ nhắn riêng" in told.page()
    told.writes("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    assert told.states("ANSWER") == told.states("ASK") == ["SENT"]
    assert all("Viết ngày" not in text for _state, text in told.letters("ANSWER")), "it has today's date"


def test_what_comes_days_later_says_when_it_was_written(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    officer_actions.answer(code=told.case.code, officer=told.chief, text=ANSWER, version=None, now=clock.now())
    told.go()
    Outgoing.objects.filter(purpose="ANSWER").update(created_at=dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC))
    told.writes("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    ((state, text),) = told.letters("ANSWER")
    assert state == "SENT" and text.startswith("(Viết ngày 02/11/2026) [") and ANSWER in text


@pytest.mark.parametrize(
    ("wrote", "answered", "begins"),
    [
        ("My motorbike was stolen near the market", ANSWER, "(Written on 2 November 2026) ["),
        ("Ổ gà to giữa đường", "We have found it, please come and get your phone.", "(Written on 2 November 2026) ["),
        ("Ổ gà to giữa đường", ANSWER, "(Viết ngày 02/11/2026) ["),
    ],
)
def test_when_it_was_written_is_said_in_the_language_of_who_reads_it(
    told: Told, wrote: str, answered: str, begins: str
) -> None:
    talk = Report.objects.get(case=told.case).conversation
    assert talk is not None
    english = message_texts.in_english(told.case.code, asks=False) if is_english(wrote) else ""
    queue([Draft(key="ack", channel_id=talk.channel_id, conversation_id=talk.pk, text="Đã nhận." + english,
                 purpose="ACK", unit_id=told.case.unit_id)], now=clock.now())  # fmt: skip
    officer_actions.answer(code=told.case.code, officer=told.chief, text=answered, version=None, now=clock.now())
    told.go()
    Outgoing.objects.filter(purpose="ANSWER").update(created_at=dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC))
    told.writes("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    ((_state, text),) = told.letters("ANSWER")
    assert text.startswith(begins) and answered in text
    deferred_delivery.owe_again(now=clock.now())
    assert told.letters("ANSWER")[0][1] == text, "once"


def test_a_question_of_a_case_that_is_over_is_asked_of_nobody(told: Told) -> None:
    officer_actions.ask(code=told.case.code, officer=told.chief, question=QUESTION, version=None, now=clock.now())
    told.go()
    told.close()
    told.writes("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    assert told.states("ASK") == ["CANCELLED"] and told.states() == ["SENT"]


def test_a_word_that_lies_apart_brings_no_outcome(told: Told) -> None:
    """Officers read when it was sent, and could conclude that the person wrote about something else."""
    told.close()
    told.writes(RUDE)
    assert Case.objects.filter(apart=True).exists() and told.states() == ["DEAD"]


def test_an_outcome_taken_back_is_told_to_nobody(told: Told) -> None:
    told.close("Đã vá xong.")
    closing.reopen(code=told.case.code, officer=told.chief, reason="Chưa vá chỗ nào", version=None, now=clock.now())
    told.close()
    told.writes("Đường ở thị trấn Lộc Hà vá rồi ạ, em cảm ơn")
    assert told.states() == ["CANCELLED", "SENT"] and RESULT in told.letters()[1][1]


def test_who_heard_it_hears_it_once(told: Told) -> None:
    told.chat.writes("Em là người báo ổ gà ở thị trấn Lộc Hà ạ")
    told.close()
    assert told.states() == ["SENT"] * len(told.states()) != []
    assert UNHEARD not in told.page()
