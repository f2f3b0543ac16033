"""Short messages around a case: status questions, «dạ vâng», a sticker, «alo». They change nothing, and get a reply."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES, STATE_FOR_CITIZEN, Outcome, State, get_state_text
from binhyen.cases.message_texts import EMERGENCY, NOT_DONE_YET
from binhyen.cases.models import Alarm, Case, Report
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.channels.models import Message, Outgoing
from binhyen.channels.types import Media
from binhyen.conduct.models import Complaint
from binhyen.intake import interpret, texts
from binhyen.intake.tests.chat_reports import ChatPerson, create_group, create_person, run_pipeline
from binhyen.intake.tests.web import NOISE, parse_status_token, submit_report
from binhyen.kit.ids import format_code, generate_token
from binhyen.language.classify.short_replies import ShortReply
from binhyen.language.tests.sentences_of_asking import BLAME, PURE
from binhyen.language.tests.test_short_replies import ANSWERS

pytestmark = pytest.mark.django_db
STICKER = (Media("sticker", "https://x.zdn.vn/s"),)
RUDE = "Anh công an xã Lộc Hà hách dịch, đòi tiền khi tôi làm giấy tờ"
HOUR = dt.timedelta(hours=1)


def create_reporter_with_case(unit: Any, now: dt.datetime, **more: Any) -> tuple[ChatPerson, Case]:
    """Create a reporter with a case some hours old."""
    case = open_case(
        unit("18568"), text="Quán nhà bên mở nhạc to", category="environment_noise", now=now - 5 * HOUR, **more
    )
    report = Report.objects.get(case=case)
    talk = report.conversation
    assert talk is not None
    return ChatPerson(report.reporter_id, talk.pk, talk.channel_id), case


def close_case(case: Case, officer: Any, now: dt.datetime) -> None:
    closing.close_case(
        code=case.code,
        officer=officer,
        outcome=Outcome.RESOLVED,
        result="Đã nhắc nhở.",
        evidence="Biên bản số 1",
        version=None,
        now=now,
    )


# Status questions.


def test_a_status_question_is_answered_and_shown_to_officers(unit: Any, officer: Any, now: dt.datetime) -> None:
    asking = [(*create_reporter_with_case(unit, now), text) for text in PURE]
    run_pipeline(*((reporter, text) for reporter, _, text in asking), moment=now)
    desk = sign_in_browser(officer())
    for reporter, case, text in asking:
        assert (reload_case(case).case_messages.count(), reload_case(case).state) == (2, State.NEW), text
        assert reporter.list_received() == [f"[{format_code(case.code)}] {STATE_FOR_CITIZEN[State.NEW]}"], text
    page = desk.get(build_case_url(asking[0][1])).content.decode()
    assert asking[0][2] in page and STATE_FOR_CITIZEN[State.NEW] in page
    assert not Case.objects.filter(category__in=PROVINCE_ONLY_CATEGORIES).exists()


def test_control_without_it_many_are_sealed(unit: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpret.short_replies, "is_status_question", lambda text, reading: False)
    run_pipeline(*((create_reporter_with_case(unit, now)[0], text) for text in PURE), moment=now)
    assert Complaint.objects.count() >= 5


def test_blame_is_escalated(unit: Any, now: dt.datetime) -> None:
    blaming = [(*create_reporter_with_case(unit, now), text) for text in BLAME]
    run_pipeline(*((reporter, text) for reporter, _, text in blaming), moment=now)
    below = [text for _, case, text in blaming if case.case_messages.count() > 1]
    assert below == [] and Complaint.objects.count() >= len(BLAME) - 2, "some are referred elsewhere"


def test_each_state_has_its_own_text(unit: Any, officer: Any, now: dt.datetime) -> None:
    reporter, case = create_reporter_with_case(unit, now)
    assignee = officer()
    replies = []
    officer_actions.acknowledge_alarm(code=case.code, officer=assignee, version=None, now=now)
    for hour, step in enumerate(
        (
            lambda: officer_actions.ask_reporters(
                code=case.code, officer=assignee, question="Quán tên gì?", version=None, now=now
            ),
            lambda: close_case(case, assignee, now),
        )
    ):
        run_pipeline((reporter, "việc của tôi sao rồi ạ"), moment=now + hour * HOUR)
        replies.append(reporter.list_received("ACK")[-1])
        step()
    run_pipeline((reporter, "việc của tôi sao rồi ạ"), moment=now + 2 * HOUR)
    assert [text.partition("] ")[2] for text in replies] == [
        get_state_text(State.RECEIVED, is_assigned=False),
        STATE_FOR_CITIZEN[State.WAITING],
    ]
    assert reporter.list_received("ACK")[-1].endswith(f"{STATE_FOR_CITIZEN[State.CLOSED]}\n{NOT_DONE_YET}")
    assert reload_case(case).state == State.CLOSED, "a question reopens nothing"


def test_a_status_question_of_a_complainant_goes_above_and_is_hidden_below(unit: Any, now: dt.datetime) -> None:
    reporter, case = create_reporter_with_case(unit, now)
    run_pipeline((reporter, RUDE), moment=now)
    complaint = Complaint.objects.get()
    run_pipeline((reporter, "Nhà bên nhà tôi có người trộm chó tối qua ở xã Lộc Hà"), moment=now + 2 * HOUR)
    newest = reporter.case()
    assert newest.pk not in (case.pk, complaint.case_id), "the newest is an ordinary one"
    run_pipeline((reporter, "đơn của tôi giải quyết chưa"), moment=now + 4 * HOUR)
    assert complaint.case.case_messages.count() == 2
    assert (reload_case(case).case_messages.count(), reload_case(newest).case_messages.count()) == (1, 1)
    last_message = Outgoing.objects.filter(conversation=reporter.conversation).latest("pk")
    assert last_message.text.startswith(f"[{format_code(complaint.case.code)}]") and last_message.case is None


def test_on_the_status_page_as_well(client: Any, now: dt.datetime) -> None:
    secret = parse_status_token(submit_report(client, NOISE))
    client.post(f"/theo-doi/{secret}", {"text": "Đơn của tôi giải quyết chưa", "key": generate_token()})
    page = client.get(f"/theo-doi/{secret}").content.decode()
    assert page.count(STATE_FOR_CITIZEN[State.NEW]) == 2 and Case.objects.count() == 1


def test_without_a_case_it_is_read_normally(now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, "việc của tôi sao rồi ạ"), moment=now)
    assert not any(STATE_FOR_CITIZEN[State.NEW] in text for text in reporter.list_received())


# Feedback after closing.

SMALL = [(text, meant) for meant, answers in ANSWERS.items() for text in answers if meant]
COUNTED = {ShortReply.YES: True, ShortReply.ASSENT: True, ShortReply.NO: False, ShortReply.KIND: None}
FURTHER = ["chưa xong, nó lại mở nhạc", "vẫn chưa thấy ai xuống", "hôm nay lại ồn", "không hài lòng", "ok nhưng vẫn ồn"]


def test_short_messages_after_closing_reopen_nothing(unit: Any, officer: Any, now: dt.datetime) -> None:
    assignee = officer()
    answering = [(*create_reporter_with_case(unit, now), text, meant) for text, meant in SMALL]
    for _, case, _, _ in answering:
        close_case(case, assignee, now)
    run_pipeline(*((reporter, text) for reporter, _, text, _ in answering), moment=now + HOUR)
    for _, case, text, meant in answering:
        assert reload_case(case).state == State.CLOSED, text
        assert Report.objects.get(case=case).was_helpful is COUNTED[meant], text
        assert case.case_messages.filter(message__text=text).exists(), "it is shown with the case"


@pytest.mark.parametrize("text", FURTHER)
def test_a_follow_up_reopens_it(text: str, unit: Any, officer: Any, now: dt.datetime) -> None:
    reporter, case = create_reporter_with_case(unit, now)
    close_case(case, officer(), now)
    run_pipeline((reporter, text), moment=now + HOUR)
    assert reload_case(case).state == State.WORKING and Report.objects.get(case=case).was_helpful is None


def test_thanks_in_free_text_reopen_nothing(unit: Any, officer: Any, now: dt.datetime) -> None:
    reporter, case = create_reporter_with_case(unit, now)
    close_case(case, officer(), now)
    run_pipeline((reporter, "Cảm ơn các anh, hết ồn rồi"), moment=now + HOUR)
    run_pipeline((reporter, ""), moment=now + HOUR, media=STICKER)
    assert (reload_case(case).state, case.case_messages.count()) == (State.CLOSED, 3)


def test_danger_after_closing_raises_an_alarm(unit: Any, officer: Any, now: dt.datetime) -> None:
    reporter, case = create_reporter_with_case(unit, now)
    close_case(case, officer(), now)
    run_pipeline((reporter, "dạ nó đang cầm dao chém chồng em, cứu với"), moment=now + HOUR)
    assert Alarm.objects.exists() and any(EMERGENCY in report_text for report_text in reporter.list_received())


def test_once_rated_a_courtesy_counts_no_more(unit: Any, officer: Any, now: dt.datetime) -> None:
    reporter, case = create_reporter_with_case(unit, now)
    close_case(case, officer(), now)
    run_pipeline((reporter, "không"), moment=now + HOUR)
    run_pipeline((reporter, "dạ vâng"), moment=now + 2 * HOUR)
    assert Report.objects.get(case=case).was_helpful is False and reload_case(case).reporter_unsatisfied
    run_pipeline((reporter, "Có, cảm ơn các anh"), moment=now + 3 * HOUR)
    assert Report.objects.get(case=case).was_helpful is True, "the last answer counts"


@pytest.mark.parametrize(
    ("text", "helped", "state"),
    [
        ("cảm ơn công an, xe tìm thấy rồi", None, State.CLOSED),
        ("Có, cảm ơn các anh", True, State.CLOSED),
        ("dạ", True, State.CLOSED),
        ("❤️", None, State.CLOSED),
        ("chưa ạ", False, State.CLOSED),
        ("chưa xong, nó lại hát", None, State.WORKING),
    ],
)
def test_on_the_page_of_the_case_the_same(
    text: str, helped: bool | None, state: State, client: Any, officer: Any, now: dt.datetime
) -> None:
    secret = parse_status_token(submit_report(client, NOISE))
    case = Case.objects.get()
    close_case(case, officer(), now)
    client.post(f"/theo-doi/{secret}", {"text": text, "key": generate_token()})
    assert (reload_case(case).state, Report.objects.get().was_helpful) == (state, helped)
    assert text in client.get(f"/theo-doi/{secret}").content.decode()


def test_of_a_complaint_nothing_is_lost_and_nothing_reopened(now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, RUDE), moment=now)
    complaint = Complaint.objects.get()
    Case.objects.filter(pk=complaint.case_id).update(state=State.CLOSED, closed_at=now, outcome=Outcome.RESOLVED)
    run_pipeline((reporter, "Có, cảm ơn các anh"), moment=now + HOUR)
    assert (complaint.case.case_messages.count(), Case.objects.get().state) == (2, State.CLOSED)
    run_pipeline((reporter, "chưa xong, anh ấy lại đòi tiền"), moment=now + 2 * HOUR)
    assert Case.objects.get().state == State.WORKING


# Stickers and calls.


def test_a_sticker_opens_no_case_and_is_stored(unit: Any, now: dt.datetime) -> None:
    stranger, neighbour = create_person(), create_person()
    run_pipeline((stranger, ""), moment=now, media=STICKER)
    run_pipeline((neighbour, ""), moment=now, media=STICKER, group=create_group(unit("18568"), now))
    assert not Case.objects.exists() and Message.objects.count() == 2
    assert len(stranger.list_received()) == 1 and neighbour.list_received() == []
    run_pipeline((create_person(), ""), moment=now, media=(Media("image", "https://x.zdn.vn/a"),))
    assert Case.objects.count() == 1, "the control: a photo goes to an officer"


def test_a_bare_call_is_answered_without_an_alarm(now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, "alo công an ơi"), moment=now)
    run_pipeline((reporter, "công an ơi"), moment=now + dt.timedelta(seconds=30))
    assert reporter.list_received() == [texts.LISTENING_TEXT] and texts.LISTENING_TEXT.count("113") == 1
    assert not Case.objects.exists()
    run_pipeline((reporter, "Có người đánh nhau ở chợ xã Lộc Hà"), moment=now + dt.timedelta(minutes=1))
    assert reporter.case().urgency == 3


@pytest.mark.parametrize("text", ["cứu", "cứu với", "cứu em"])
def test_a_cry_is_urgent_as_ever(text: str, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, text), moment=now)
    assert reporter.case().urgency == 3 and reporter.list_received()[0].startswith(EMERGENCY)


@pytest.mark.parametrize(
    ("text", "english"), [("Thank you, where is the police station?", True), ("xin chào các anh công an", False)]
)
def test_an_english_greeting_gets_an_english_introduction(text: str, english: bool, unit: Any) -> None:
    reporter = create_person()
    run_pipeline((reporter, text))
    (greeting,) = reporter.list_received()
    assert greeting.startswith("Chào bạn, đây là kênh riêng của")
    assert ("This is the police." in greeting and "113 (police)" in greeting) is english
    assert not Case.objects.exists()
