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
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.cases.tests.test_case_page_beside_complaint import ZaloChat
from binhyen.channels.models import Group, Outgoing
from binhyen.channels.services import outbox
from binhyen.channels.services.outbound_dlp import OutgoingDraft
from binhyen.channels.services.outbox import queue_messages
from binhyen.channels.tests.windows import fake_zalo_responses
from binhyen.conduct.tests.scene import RUDE
from binhyen.kit import clock
from binhyen.language.classify.language_id import is_english

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
POST = "Ổ gà to giữa đường ở thị trấn Lộc Hà, xe máy ngã hoài"
RESULT = "Đội sửa đường đã vá xong chiều nay."
ANSWER, QUESTION = "Chiều nay có đội đến vá.", "Ổ gà ở đoạn nào ạ?"
UNHEARD = "1 người báo chưa nhận được kết quả này."


class GroupReport:
    """A pothole reported in a group; the case is closed; then the fate of its letter."""

    def __init__(self, chief: Any, unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        fake_zalo_responses(monkeypatch)
        self.chief, self.chat = chief, ZaloChat()
        now = clock.now()
        Group.objects.create(
            channel=self.chat.channel,
            area_id=unit.area_id,
            unit=unit,
            level="COMMUNE",
            name="Lộc Hà",
            state="OPEN",
            external_id="nhom1",
            opened_at=now,
        )
        self.chat.receive_event(
            "user_send_group_text", hours_ago=2, recipient={"id": "nhom1"}, message={"text": POST, "msg_id": "1"}
        )
        self.case = Case.objects.get()

    def close(self, result: str = RESULT) -> None:
        closing.close_case(
            code=self.case.code,
            officer=self.chief,
            outcome=Outcome.RESOLVED,
            result=result,
            evidence="Ảnh",
            version=None,
            now=clock.now(),
        )
        self.run_sender()

    def run_sender(self) -> None:
        outbox.deliver_due(channel_id=self.chat.channel.pk)

    def write_in_private(self, text: str) -> None:
        self.chat.send_text(text)
        outbox.requeue_deferred(now=clock.now())
        self.run_sender()

    def list_letters(self, purpose: str = "RESULT") -> list[tuple[str, str]]:
        return list(Outgoing.objects.filter(purpose=purpose).order_by("pk").values_list("state", "text"))

    def list_states(self, purpose: str = "RESULT") -> list[str]:
        return [state for state, _text in self.list_letters(purpose)]

    def read_case_page(self) -> str:
        return sign_in_browser(self.chief).get(build_case_url(self.case)).content.decode()


@pytest.fixture
def group_report(officer: Make, unit: Make, monkeypatch: pytest.MonkeyPatch) -> GroupReport:
    return GroupReport(officer("CHIEF"), unit("18568"), monkeypatch)


def read_stuck_count(page: str) -> str:
    (number,) = re.findall(r">Tất cả<span class=\"count\">(\d+)<", page)
    return number


def test_officers_see_that_the_outcome_was_not_delivered(group_report: GroupReport) -> None:
    before = group_report.read_case_page()
    assert "Chỉ viết trong nhóm, chưa nhắn riêng" in before and "Nhắn riêng qua" not in before
    assert "chưa nhắn riêng về việc này" in before.partition("Nội dung trả lời người báo")[2][:400], "in time"
    group_report.close()
    assert group_report.list_states() == ["DEAD"]
    shown = group_report.read_case_page()
    assert UNHEARD in shown and "Máy tự gửi khi họ nhắn riêng cho công an." in shown
    assert "Người này chưa nhận" in shown and "Không gửi được" not in shown


def test_no_officer_is_asked_to_repair_it(group_report: GroupReport, officer: Make) -> None:
    group_report.close()
    for user in (group_report.chief, officer("OPERATOR", "42"), officer("PROVINCE_DUTY", "42")):
        client = sign_in_browser(user)
        page = client.get("/hop-thu-di").content.decode()
        assert read_stuck_count(page) == "0" and "-230" not in page, user.role
        assert 'href="/hop-thu-di" class="hot"' not in page
        page_html = client.get("/hop-thu-di?xem=chua-nhan").content.decode()
        assert "-230" in page_html and "Khi họ nhắn riêng" in page_html
        assert (RESULT in page_html) == (user.role != "OPERATOR")
    stranger = sign_in_browser(officer("OFFICER", "18073")).get("/hop-thu-di?xem=chua-nhan").content.decode()
    assert "-230" not in stranger


def test_broken_deliveries_are_still_counted(group_report: GroupReport, officer: Make) -> None:
    group_report.close()
    Outgoing.objects.filter(state="DEAD").update(code="-201")
    assert read_stuck_count(sign_in_browser(officer("OPERATOR", "42")).get("/hop-thu-di").content.decode()) == "1"
    assert UNHEARD not in group_report.read_case_page()


def test_it_is_sent_when_they_write(group_report: GroupReport) -> None:
    group_report.close()
    outbox.requeue_deferred(now=clock.now())
    assert group_report.list_states() == ["DEAD"], "the reporter did not write"
    group_report.write_in_private("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    assert group_report.list_states() == ["SENT"] and RESULT in group_report.list_letters()[0][1]
    outbox.requeue_deferred(now=clock.now())
    assert group_report.list_states() == ["SENT"], "once"
    assert UNHEARD not in group_report.read_case_page()


def test_an_answer_and_a_question_go_when_they_write(group_report: GroupReport) -> None:
    """Like an outcome: officers believed that they had answered."""
    officer_actions.answer_reporters(
        code=group_report.case.code, officer=group_report.chief, text=ANSWER, version=None, now=clock.now()
    )
    officer_actions.ask_reporters(
        code=group_report.case.code, officer=group_report.chief, question=QUESTION, version=None, now=clock.now()
    )
    group_report.run_sender()
    assert group_report.list_states("ANSWER") == group_report.list_states("ASK") == ["DEAD"]
    assert "Máy tự gửi khi họ nhắn riêng" in group_report.read_case_page()
    group_report.write_in_private("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    assert group_report.list_states("ANSWER") == group_report.list_states("ASK") == ["SENT"]
    assert all("Viết ngày" not in text for _state, text in group_report.list_letters("ANSWER")), "it has today's date"


def test_a_late_message_states_its_date(group_report: GroupReport, monkeypatch: pytest.MonkeyPatch) -> None:
    officer_actions.answer_reporters(
        code=group_report.case.code, officer=group_report.chief, text=ANSWER, version=None, now=clock.now()
    )
    group_report.run_sender()
    Outgoing.objects.filter(purpose="ANSWER").update(created_at=dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC))
    group_report.write_in_private("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    ((state, text),) = group_report.list_letters("ANSWER")
    assert state == "SENT" and text.startswith("(Viết ngày 02/11/2026) [") and ANSWER in text


@pytest.mark.parametrize(
    ("wrote", "answered", "begins"),
    [
        ("My motorbike was stolen near the market", ANSWER, "(Written on 2 November 2026) ["),
        ("Ổ gà to giữa đường", "We have found it, please come and get your phone.", "(Written on 2 November 2026) ["),
        ("Ổ gà to giữa đường", ANSWER, "(Viết ngày 02/11/2026) ["),
    ],
)
def test_its_date_is_shown_in_the_readers_language(
    group_report: GroupReport, wrote: str, answered: str, begins: str
) -> None:
    talk = Report.objects.get(case=group_report.case).conversation
    assert talk is not None
    english = (
        message_texts.format_english_receipt(group_report.case.code, has_question=False) if is_english(wrote) else ""
    )
    queue_messages(
        [
            OutgoingDraft(
                key="ack",
                channel_id=talk.channel_id,
                conversation_id=talk.pk,
                text="Đã nhận." + english,
                purpose="ACK",
                unit_id=group_report.case.unit_id,
            )
        ],
        now=clock.now(),
    )
    officer_actions.answer_reporters(
        code=group_report.case.code, officer=group_report.chief, text=answered, version=None, now=clock.now()
    )
    group_report.run_sender()
    Outgoing.objects.filter(purpose="ANSWER").update(created_at=dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC))
    group_report.write_in_private("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    ((_state, text),) = group_report.list_letters("ANSWER")
    assert text.startswith(begins) and answered in text
    outbox.requeue_deferred(now=clock.now())
    assert group_report.list_letters("ANSWER")[0][1] == text, "once"


def test_a_question_of_a_closed_case_is_not_sent(group_report: GroupReport) -> None:
    officer_actions.ask_reporters(
        code=group_report.case.code, officer=group_report.chief, question=QUESTION, version=None, now=clock.now()
    )
    group_report.run_sender()
    group_report.close()
    group_report.write_in_private("Dạ cho em hỏi đường ở thị trấn Lộc Hà sửa xong chưa ạ")
    assert group_report.list_states("ASK") == ["CANCELLED"] and group_report.list_states() == ["SENT"]


def test_a_restricted_message_releases_no_outcome(group_report: GroupReport) -> None:
    """Officers read when it was sent, and could conclude that the person wrote about something else."""
    group_report.close()
    group_report.write_in_private(RUDE)
    assert Case.objects.filter(is_restricted=True).exists() and group_report.list_states() == ["DEAD"]


def test_a_withdrawn_outcome_is_not_sent(group_report: GroupReport) -> None:
    group_report.close("Đã vá xong.")
    closing.reopen_closed_case(
        code=group_report.case.code, officer=group_report.chief, reason="Chưa vá chỗ nào", version=None, now=clock.now()
    )
    group_report.close()
    group_report.write_in_private("Đường ở thị trấn Lộc Hà vá rồi ạ, em cảm ơn")
    assert group_report.list_states() == ["CANCELLED", "SENT"] and RESULT in group_report.list_letters()[1][1]


def test_an_outcome_is_sent_once(group_report: GroupReport) -> None:
    group_report.chat.send_text("Em là người báo ổ gà ở thị trấn Lộc Hà ạ")
    group_report.close()
    assert group_report.list_states() == ["SENT"] * len(group_report.list_states()) != []
    assert UNHEARD not in group_report.read_case_page()
