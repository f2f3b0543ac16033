"""A person with an ordinary case complains about police in the same chat: the case page reveals nothing of it, and the
answer to that case's question stays with the case."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from binhyen.cases.models import Case
from binhyen.cases.queries import case_page
from binhyen.cases.services import officer_actions, restricted_cases
from binhyen.cases.services.unit_of_work import ESCALATION
from binhyen.cases.tests.scene import browser, fresh, url
from binhyen.channels.models import Channel, Conversation, Inbound, Outgoing
from binhyen.channels.retry_policy import inbound_context
from binhyen.channels.services import outbox
from binhyen.channels.tests.windows import window_of_the_channel, zalo_answers
from binhyen.conduct.tests.scene import RUDE
from binhyen.intake.inbox_worker import drain
from binhyen.intake.tests.telling import Person, person, say
from binhyen.kit import clock
from binhyen.vault import group_keys
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
NOISE = "Quán karaoke ở thị trấn Lộc Hà mở loa quá ồn"
STOLEN = "Bác bị mất xe máy biển 38N1-123.45 tối qua"


class Chat:
    """A citizen in a Zalo chat, driven by its webhooks."""

    def __init__(self) -> None:
        self.channel = Channel.objects.create(kind="zalo_oa", name="Zalo", settings={"app_id": "1", "oa_id": "2"})

    def hears(self, event: str, *, hours_ago: float, **more: Any) -> None:
        stamp = str(int((clock.now() - dt.timedelta(hours=hours_ago)).timestamp() * 1000))
        told = {
            "app_id": "1", "sender": {"id": "77"}, "user_id_by_app": "1", "recipient": {"id": "2"},
            "follower": {"id": "77"}, "event_name": event, "timestamp": stamp,
        }  # fmt: skip
        raw = json.dumps(told | more).encode()
        name = sha256(raw).hexdigest()
        body = group_keys.seal("INTAKE", raw, context=inbound_context(self.channel.pk, name))
        Inbound.objects.create(channel=self.channel, outside_id=name, event=event, raw=body, received_at=clock.now(),
                               due_at=clock.now())  # fmt: skip
        assert drain() == 1

    def writes(self, text: str, *, hours_ago: float = 0) -> None:
        words = {"text": text, "msg_id": sha256(text.encode()).hexdigest()}
        self.hears("user_send_text", hours_ago=hours_ago, message=words)


@pytest.fixture
def chat() -> Iterator[Chat]:
    found = Chat()
    yield found
    Channel.objects.filter(pk=found.channel.pk).update(is_active=False)


def seen(officer: Any) -> tuple[str, str, str]:
    """Collect the page's text about reaching the person, and the texts and counts of the case list."""
    case = Case.objects.get(apart=False)
    client = browser(officer)
    body = client.get(url(case)).content.decode()
    desk = client.get("/ban-truc").content.decode()
    (said,) = re.findall(r'<p class="hint(?: due-over)?">([^<]*)</p>\n', body)[:1] or [""]
    return said, body.count("Người báo"), re.sub(r'csrf\w*\W+\w+|[\w-]{60,}|data-ends="\d+"', "", desk)


def test_the_reply_window_says_nothing_of_a_complaint(chat: Chat, officer: Make) -> None:
    duty = officer()
    chat.writes(NOISE, hours_ago=41)
    before = seen(duty)
    assert "được 7 giờ" in before[0] or "được 6 giờ" in before[0], before[0]
    chat.writes(RUDE)
    assert Case.objects.filter(apart=True).count() == 1
    assert seen(duty) == before
    true = Conversation.objects.get(channel=chat.channel).last_interaction_at
    assert true is not None and clock.now() - true < dt.timedelta(hours=1), "the sender process knows the true state"


def session_ends(officer: Any) -> str:
    (seconds,) = re.findall(r'data-ends="(\d+)"', browser(officer).get("/ban-truc").content.decode())
    return seconds


def test_the_page_is_the_same_on_a_slow_machine(chat: Chat, officer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """`data-ends` counts the remaining seconds of a session, which a slow rendering reduces."""
    duty = officer()
    chat.writes(NOISE, hours_ago=41)
    before, ends = seen(duty), session_ends(duty)
    read, slept = clock.now, [0.0]

    def slow() -> dt.datetime:
        slept[0] += 0.5
        return read() + dt.timedelta(seconds=slept[0])

    monkeypatch.setattr(clock, "now", slow)
    assert seen(duty) == before
    assert session_ends(duty) != ends, "control: the pages differ in that number"


def test_who_left_and_came_back_to_complain_is_not_given_away(chat: Chat, officer: Make) -> None:
    duty = officer()
    chat.writes(NOISE, hours_ago=41)
    chat.hears("unfollow", hours_ago=30)
    before = seen(duty)
    chat.writes(RUDE)
    assert seen(duty) == before


def test_control_the_channels_own_window_gives_it_away(
    chat: Chat, officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def true(_: Any, talks: Any) -> dict[int, dt.datetime]:
        last = Coalesce(F("last_interaction_at"), Value(clock.now()))
        return dict(Conversation.objects.filter(pk__in=talks).values_list("pk", last))

    monkeypatch.setattr(case_page, "last_words", true)
    duty = officer()
    chat.writes(NOISE, hours_ago=41)
    before = seen(duty)
    chat.writes(RUDE)
    assert seen(duty) != before


def test_a_word_on_the_case_itself_starts_the_window_anew(chat: Chat, officer: Make) -> None:
    duty = officer()
    chat.writes(NOISE, hours_ago=41)
    chat.writes("Họ vẫn mở loa đến giờ này", hours_ago=0)
    assert "được 2 ngày" in seen(duty)[0] or "được 47 giờ" in seen(duty)[0], seen(duty)[0]


# Fate of an answer.


def answered(officer: Any, monkeypatch: pytest.MonkeyPatch, case: Case | None = None) -> tuple[Any, ...]:
    """Answer the ordinary case and run the sender; return how page and row describe the delivery."""
    zalo_answers(monkeypatch)
    case = case or Case.objects.get(apart=False)
    case.refresh_from_db()
    officer_actions.answer(code=case.code, officer=officer, text="Mai chúng tôi nhắc.", version=None, now=clock.now())
    with rls.acting_as("courier"):
        outbox.deliver(channel_id=Channel.objects.get(kind="zalo_oa").pk)
    row = Outgoing.objects.filter(case=case, purpose="ANSWER").latest("pk")
    shown = browser(officer).get(url(case)).content.decode()
    return row.state, row.code, row.reason, row.attempts, "Người này chưa nhận" in shown


def test_the_fate_of_an_answer_says_nothing_of_a_complaint(
    chat: Chat, officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty = officer()
    chat.writes(NOISE, hours_ago=9 * 24)
    before = answered(duty, monkeypatch)
    assert before[0] == "DEAD" and before[2].startswith("Zalo chỉ cho gửi") and before[4]
    chat.writes(RUDE)
    complaint = Case.objects.get(apart=True)
    assert answered(duty, monkeypatch) == before
    letters = Outgoing.objects.filter(purpose="APART")
    assert complaint and {row.state for row in letters} == {"SENT"}, "messages about the complaint use the true window"
    outbox.retry(public_id=str(Outgoing.objects.filter(state="DEAD").latest("pk").public_id), officer=duty,
                 now=clock.now())  # fmt: skip
    outbox.deliver(channel_id=chat.channel.pk)
    assert not Outgoing.objects.filter(purpose="ANSWER").exclude(state="DEAD").exists(), "neither does a retry"
    chat.writes("xem dữ liệu")
    noise = Case.objects.order_by("pk")[0]
    assert answered(duty, monkeypatch, noise)[0] == "SENT", "an unrestricted message opens it"


def test_control_by_the_channels_window_it_tells(chat: Chat, officer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    window_of_the_channel(monkeypatch)
    with pytest.raises(AssertionError, match="SENT"):
        test_the_fate_of_an_answer_says_nothing_of_a_complaint(chat, officer, monkeypatch)


# Assignment of an answer.


def asked_and_complained(officer: Make, now: dt.datetime) -> tuple[Person, Case]:
    """Let the unit ask something; then the person complains about police."""
    bac = person()
    say((bac, NOISE), at=now)
    case = bac.case()
    officer_actions.ask(code=case.code, officer=officer(), question="Quán tên gì?", version=None, now=now)
    say((bac, RUDE), at=now + dt.timedelta(minutes=5))
    assert Case.objects.filter(reports__reporter=bac.reporter, apart=True).count() == 1
    return bac, case


def words(case: Case) -> int:
    return case.case_messages.filter(detached_at=None).count()


def test_the_answer_goes_to_what_asked(officer: Make, now: dt.datetime) -> None:
    bac, case = asked_and_complained(officer, now)
    say((bac, "Quán Hương Biển ạ"), at=now + dt.timedelta(minutes=9))
    assert (fresh(case).state, words(case)) == ("WORKING", 2)
    say((bac, "Cán bộ ấy nói tôi phải đưa tiền mới làm giấy tờ"), at=now + dt.timedelta(minutes=12))
    assert words(case) == 2, "no question is open any more: the next message belongs to the complaint"


def test_intakes_own_question_counts_too(now: dt.datetime) -> None:
    bac = person()
    say((bac, STOLEN), at=now)
    case = bac.case()
    say((bac, RUDE), at=now + dt.timedelta(minutes=5))
    say((bac, "ở xã Lộc Hà"), at=now + dt.timedelta(minutes=9))
    assert words(case) == 2 and fresh(case).commune_id is not None


def test_words_that_complain_go_to_the_complaint(officer: Make, now: dt.datetime) -> None:
    bac, case = asked_and_complained(officer, now)
    say((bac, "Công an xã còn đòi tiền tôi lần nữa, thái độ hách dịch"), at=now + dt.timedelta(minutes=9))
    assert (fresh(case).state, words(case)) == ("WAITING", 1)
    assert Case.objects.filter(reports__reporter=bac.reporter, apart=True).count() == 1


def test_who_was_written_to_by_the_handlers_answers_them(officer: Make, now: dt.datetime) -> None:
    bac, case = asked_and_complained(officer, now)
    complaint = Case.objects.get(reports__reporter=bac.reporter, apart=True)
    restricted_cases.answered(case_id=complaint.pk, actor=ESCALATION, now=now + dt.timedelta(minutes=7))
    say((bac, "Lúc chín giờ sáng ạ"), at=now + dt.timedelta(minutes=9))
    assert (fresh(case).state, words(case)) == ("WAITING", 1), "in doubt no lower unit reads it"
