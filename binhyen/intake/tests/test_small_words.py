"""Short messages around a case: status questions, «dạ vâng», a sticker, «alo». They change nothing, and get a reply."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.choices import NEVER_DOWN, STATE_FOR_CITIZEN, Outcome, State
from binhyen.cases.message_texts import EMERGENCY, NOT_YET
from binhyen.cases.models import Alarm, Case, Report
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.tests.scene import browser, fresh, open_case, url
from binhyen.channels.models import Message, Outgoing
from binhyen.channels.types import Media
from binhyen.conduct.models import Complaint
from binhyen.intake import interpret, texts
from binhyen.intake.tests.telling import Person, group_of, person, say
from binhyen.intake.tests.web import NOISE, link, tell
from binhyen.kit.ids import show_code, token
from binhyen.language.classify.short_replies import Reply
from binhyen.language.tests.sentences_of_asking import BLAME, PURE
from binhyen.language.tests.test_brief import ANSWERS

pytestmark = pytest.mark.django_db
STICKER = (Media("sticker", "https://x.zdn.vn/s"),)
RUDE = "Anh công an xã Lộc Hà hách dịch, đòi tiền khi tôi làm giấy tờ"
HOUR = dt.timedelta(hours=1)


def with_case(unit: Any, now: dt.datetime, **more: Any) -> tuple[Person, Case]:
    """Create a reporter with a case some hours old."""
    case = open_case(
        unit("18568"), text="Quán nhà bên mở nhạc to", category="environment_noise", now=now - 5 * HOUR, **more
    )
    report = Report.objects.get(case=case)
    talk = report.conversation
    assert talk is not None
    return Person(report.reporter_id, talk.pk, talk.channel_id), case


def ended(case: Case, officer: Any, now: dt.datetime) -> None:
    closing.close(
        code=case.code,
        officer=officer,
        outcome=Outcome.RESOLVED,
        result="Đã nhắc nhở.",
        evidence="Biên bản số 1",
        version=None,
        now=now,
    )


# Status questions.


def test_who_asks_how_it_stands_hears_it_and_the_officers_see_the_question(
    unit: Any, officer: Any, now: dt.datetime
) -> None:
    asking = [(*with_case(unit, now), text) for text in PURE]
    say(*((who, text) for who, _, text in asking), at=now)
    desk = browser(officer())
    for who, case, text in asking:
        assert (fresh(case).case_messages.count(), fresh(case).state) == (2, State.NEW), text
        assert who.heard() == [f"[{show_code(case.code)}] {STATE_FOR_CITIZEN[State.NEW]}"], text
    page = desk.get(url(asking[0][1])).content.decode()
    assert asking[0][2] in page and STATE_FOR_CITIZEN[State.NEW] in page
    assert not Case.objects.filter(category__in=NEVER_DOWN).exists()


def test_control_without_it_many_are_sealed(unit: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpret.brief, "asks", lambda text, reading: False)
    say(*((with_case(unit, now)[0], text) for text in PURE), at=now)
    assert Complaint.objects.count() >= 5


def test_who_blames_somebody_goes_up(unit: Any, now: dt.datetime) -> None:
    blaming = [(*with_case(unit, now), text) for text in BLAME]
    say(*((who, text) for who, _, text in blaming), at=now)
    below = [text for _, case, text in blaming if case.case_messages.count() > 1]
    assert below == [] and Complaint.objects.count() >= len(BLAME) - 2, "some are referred elsewhere"


def test_each_state_is_said_in_its_own_words(unit: Any, officer: Any, now: dt.datetime) -> None:
    who, case = with_case(unit, now)
    mine = officer()
    heard = []
    officer_actions.acknowledge(code=case.code, officer=mine, version=None, now=now)
    for hour, step in enumerate((
        lambda: officer_actions.ask(code=case.code, officer=mine, question="Quán tên gì?", version=None, now=now),
        lambda: ended(case, mine, now),
    )):  # fmt: skip
        say((who, "việc của tôi sao rồi ạ"), at=now + hour * HOUR)
        heard.append(who.heard("ACK")[-1])
        step()
    say((who, "việc của tôi sao rồi ạ"), at=now + 2 * HOUR)
    assert [text.partition("] ")[2] for text in heard] == [
        STATE_FOR_CITIZEN[State.RECEIVED], STATE_FOR_CITIZEN[State.WAITING],
    ]  # fmt: skip
    assert who.heard("ACK")[-1].endswith(f"{STATE_FOR_CITIZEN[State.CLOSED]}\n{NOT_YET}")
    assert fresh(case).state == State.CLOSED, "a question reopens nothing"


def test_who_also_complained_about_police_asks_above_and_nobody_below_sees_it(unit: Any, now: dt.datetime) -> None:
    who, case = with_case(unit, now)
    say((who, RUDE), at=now)
    complaint = Complaint.objects.get()
    say((who, "Nhà bên nhà tôi có người trộm chó tối qua ở xã Lộc Hà"), at=now + 2 * HOUR)
    newest = who.case()
    assert newest.pk not in (case.pk, complaint.case_id), "the newest is an ordinary one"
    say((who, "đơn của tôi giải quyết chưa"), at=now + 4 * HOUR)
    assert complaint.case.case_messages.count() == 2
    assert (fresh(case).case_messages.count(), fresh(newest).case_messages.count()) == (1, 1)
    told = Outgoing.objects.filter(conversation=who.conversation).latest("pk")
    assert told.text.startswith(f"[{show_code(complaint.case.code)}]") and told.case is None


def test_on_the_status_page_as_well(client: Any, now: dt.datetime) -> None:
    secret = link(tell(client, NOISE))
    client.post(f"/theo-doi/{secret}", {"text": "Đơn của tôi giải quyết chưa", "key": token()})
    page = client.get(f"/theo-doi/{secret}").content.decode()
    assert page.count(STATE_FOR_CITIZEN[State.NEW]) == 2 and Case.objects.count() == 1


def test_who_has_no_case_is_read_as_ever(now: dt.datetime) -> None:
    who = person()
    say((who, "việc của tôi sao rồi ạ"), at=now)
    assert not any(STATE_FOR_CITIZEN[State.NEW] in text for text in who.heard())


# Feedback after closing.

SMALL = [(text, meant) for meant, said in ANSWERS.items() for text in said if meant]
COUNTED = {Reply.YES: True, Reply.ASSENT: True, Reply.NO: False, Reply.KIND: None}
FURTHER = ["chưa xong, nó lại mở nhạc", "vẫn chưa thấy ai xuống", "hôm nay lại ồn", "không hài lòng", "ok nhưng vẫn ồn"]


def test_small_words_after_a_close_take_nothing_up_again(unit: Any, officer: Any, now: dt.datetime) -> None:
    mine = officer()
    answering = [(*with_case(unit, now), text, meant) for text, meant in SMALL]
    for _, case, _, _ in answering:
        ended(case, mine, now)
    say(*((who, text) for who, _, text, _ in answering), at=now + HOUR)
    for _, case, text, meant in answering:
        assert fresh(case).state == State.CLOSED, text
        assert Report.objects.get(case=case).helped is COUNTED[meant], text
        assert case.case_messages.filter(message__text=text).exists(), "it is shown with the case"


@pytest.mark.parametrize("text", FURTHER)
def test_a_further_word_takes_it_up_again(text: str, unit: Any, officer: Any, now: dt.datetime) -> None:
    who, case = with_case(unit, now)
    ended(case, officer(), now)
    say((who, text), at=now + HOUR)
    assert fresh(case).state == State.WORKING and Report.objects.get(case=case).helped is None


def test_thanks_in_own_words_take_nothing_up_again(unit: Any, officer: Any, now: dt.datetime) -> None:
    who, case = with_case(unit, now)
    ended(case, officer(), now)
    say((who, "Cảm ơn các anh, hết ồn rồi"), at=now + HOUR)
    say((who, ""), at=now + HOUR, media=STICKER)
    assert (fresh(case).state, case.case_messages.count()) == (State.CLOSED, 3)


def test_danger_after_a_close_rings(unit: Any, officer: Any, now: dt.datetime) -> None:
    who, case = with_case(unit, now)
    ended(case, officer(), now)
    say((who, "dạ nó đang cầm dao chém chồng em, cứu với"), at=now + HOUR)
    assert Alarm.objects.exists() and any(EMERGENCY in told for told in who.heard())


def test_once_rated_a_courtesy_counts_no_more(unit: Any, officer: Any, now: dt.datetime) -> None:
    who, case = with_case(unit, now)
    ended(case, officer(), now)
    say((who, "không"), at=now + HOUR)
    say((who, "dạ vâng"), at=now + 2 * HOUR)
    assert Report.objects.get(case=case).helped is False and fresh(case).unhelped
    say((who, "Có, cảm ơn các anh"), at=now + 3 * HOUR)
    assert Report.objects.get(case=case).helped is True, "the last answer counts"


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
    secret = link(tell(client, NOISE))
    case = Case.objects.get()
    ended(case, officer(), now)
    client.post(f"/theo-doi/{secret}", {"text": text, "key": token()})
    assert (fresh(case).state, Report.objects.get().helped) == (state, helped)
    assert text in client.get(f"/theo-doi/{secret}").content.decode()


def test_of_a_complaint_nothing_is_lost_and_nothing_taken_up(now: dt.datetime) -> None:
    who = person()
    say((who, RUDE), at=now)
    complaint = Complaint.objects.get()
    Case.objects.filter(pk=complaint.case_id).update(state=State.CLOSED, closed_at=now, outcome=Outcome.RESOLVED)
    say((who, "Có, cảm ơn các anh"), at=now + HOUR)
    assert (complaint.case.case_messages.count(), Case.objects.get().state) == (2, State.CLOSED)
    say((who, "chưa xong, anh ấy lại đòi tiền"), at=now + 2 * HOUR)
    assert Case.objects.get().state == State.WORKING


# Stickers and calls.


def test_a_sticker_opens_no_case_and_is_kept(unit: Any, now: dt.datetime) -> None:
    stranger, neighbour = person(), person()
    say((stranger, ""), at=now, media=STICKER)
    say((neighbour, ""), at=now, media=STICKER, group=group_of(unit("18568"), now))
    assert not Case.objects.exists() and Message.objects.count() == 2
    assert len(stranger.heard()) == 1 and neighbour.heard() == []
    say((person(), ""), at=now, media=(Media("image", "https://x.zdn.vn/a"),))
    assert Case.objects.count() == 1, "the control: a photo goes to an officer"


def test_a_bare_call_is_heard_and_nothing_rings(now: dt.datetime) -> None:
    who = person()
    say((who, "alo công an ơi"), at=now)
    say((who, "công an ơi"), at=now + dt.timedelta(seconds=30))
    assert who.heard() == [texts.LISTENING] and texts.LISTENING.count("113") == 1
    assert not Case.objects.exists()
    say((who, "Có người đánh nhau ở chợ xã Lộc Hà"), at=now + dt.timedelta(minutes=1))
    assert who.case().urgency == 3


@pytest.mark.parametrize("text", ["cứu", "cứu với", "cứu em"])
def test_a_cry_is_urgent_as_ever(text: str, now: dt.datetime) -> None:
    who = person()
    say((who, text), at=now)
    assert who.case().urgency == 3 and who.heard()[0].startswith(EMERGENCY)


@pytest.mark.parametrize(
    ("text", "english"), [("Thank you, where is the police station?", True), ("xin chào các anh công an", False)]
)
def test_who_greets_in_english_reads_where_they_are(text: str, english: bool, unit: Any) -> None:
    who = person()
    say((who, text))
    (greeting,) = who.heard()
    assert greeting.startswith("Chào bạn, đây là kênh riêng của")
    assert ("This is the police." in greeting and "113 (police)" in greeting) is english
    assert not Case.objects.exists()
