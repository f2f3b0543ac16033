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
from binhyen.cases.services.unit_of_work import ESCALATION_ACTOR
from binhyen.cases.tests.scene import build_case_url, reload_case, sign_in_browser
from binhyen.channels.models import Channel, Conversation, Inbound, Outgoing
from binhyen.channels.retry_policy import format_inbound_context
from binhyen.channels.services import outbox
from binhyen.channels.tests.windows import fake_zalo_responses, use_channel_window
from binhyen.conduct.tests.scene import RUDE
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.intake.tests.chat_reports import ChatPerson, create_person, run_pipeline
from binhyen.kit import clock
from binhyen.vault import group_keys
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
NOISE = "Quán karaoke ở thị trấn Lộc Hà mở loa quá ồn"
STOLEN = "Bác bị mất xe máy biển 38N1-123.45 tối qua"


class ZaloChat:
    """A citizen in a Zalo chat, driven by its webhooks."""

    def __init__(self) -> None:
        self.channel = Channel.objects.create(kind="zalo_oa", name="Zalo", settings={"app_id": "1", "oa_id": "2"})

    def receive_event(self, event: str, *, hours_ago: float, **more: Any) -> None:
        stamp = str(int((clock.now() - dt.timedelta(hours=hours_ago)).timestamp() * 1000))
        payload = {
            "app_id": "1",
            "sender": {"id": "77"},
            "user_id_by_app": "1",
            "recipient": {"id": "2"},
            "follower": {"id": "77"},
            "event_name": event,
            "timestamp": stamp,
        }
        raw = json.dumps(payload | more).encode()
        name = sha256(raw).hexdigest()
        body = group_keys.seal_to_group("INTAKE", raw, context=format_inbound_context(self.channel.pk, name))
        Inbound.objects.create(
            channel=self.channel,
            external_id=name,
            event=event,
            sealed_body=body,
            received_at=clock.now(),
            due_at=clock.now(),
        )
        assert drain_inbox() == 1

    def send_text(self, text: str, *, hours_ago: float = 0) -> None:
        words = {"text": text, "msg_id": sha256(text.encode()).hexdigest()}
        self.receive_event("user_send_text", hours_ago=hours_ago, message=words)


@pytest.fixture
def chat() -> Iterator[ZaloChat]:
    new_chat = ZaloChat()
    yield new_chat
    Channel.objects.filter(pk=new_chat.channel.pk).update(is_active=False)


def read_visible(officer: Any) -> tuple[str, str, str]:
    """Collect the page's text about reaching the person, and the texts and counts of the case list."""
    case = Case.objects.get(is_restricted=False)
    client = sign_in_browser(officer)
    body = client.get(build_case_url(case)).content.decode()
    desk = client.get("/ban-truc").content.decode()
    (texts,) = re.findall(r'<p class="hint(?: due-over)?">([^<]*)</p>\n', body)[:1] or [""]
    return texts, body.count("Người báo"), re.sub(r'csrf\w*\W+\w+|[\w-]{60,}|data-ends="\d+"', "", desk)


def test_the_reply_window_reveals_no_complaint(chat: ZaloChat, officer: Make) -> None:
    duty = officer()
    chat.send_text(NOISE, hours_ago=41)
    before = read_visible(duty)
    assert "được 7 giờ" in before[0] or "được 6 giờ" in before[0], before[0]
    chat.send_text(RUDE)
    assert Case.objects.filter(is_restricted=True).count() == 1
    assert read_visible(duty) == before
    true = Conversation.objects.get(channel=chat.channel).last_interaction_at
    assert true is not None and clock.now() - true < dt.timedelta(hours=1), "the sender process knows the true state"


def get_session_end(officer: Any) -> str:
    (seconds,) = re.findall(r'data-ends="(\d+)"', sign_in_browser(officer).get("/ban-truc").content.decode())
    return seconds


def test_the_page_is_the_same_on_a_slow_machine(chat: ZaloChat, officer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """`data-ends` counts the remaining seconds of a session, which a slow rendering reduces."""
    duty = officer()
    chat.send_text(NOISE, hours_ago=41)
    before, ends = read_visible(duty), get_session_end(duty)
    read, slept = clock.now, [0.0]

    def slow() -> dt.datetime:
        slept[0] += 0.5
        return read() + dt.timedelta(seconds=slept[0])

    monkeypatch.setattr(clock, "now", slow)
    assert read_visible(duty) == before
    assert get_session_end(duty) != ends, "control: the pages differ in that number"


def test_a_person_who_returns_to_complain_is_not_revealed(chat: ZaloChat, officer: Make) -> None:
    duty = officer()
    chat.send_text(NOISE, hours_ago=41)
    chat.receive_event("unfollow", hours_ago=30)
    before = read_visible(duty)
    chat.send_text(RUDE)
    assert read_visible(duty) == before


def test_control_the_channels_own_window_reveals_it(
    chat: ZaloChat, officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def true(_: Any, talks: Any) -> dict[int, dt.datetime]:
        last = Coalesce(F("last_interaction_at"), Value(clock.now()))
        return dict(Conversation.objects.filter(pk__in=talks).values_list("pk", last))

    monkeypatch.setattr(case_page, "get_last_message_times", true)
    duty = officer()
    chat.send_text(NOISE, hours_ago=41)
    before = read_visible(duty)
    chat.send_text(RUDE)
    assert read_visible(duty) != before


def test_a_message_on_the_case_itself_restarts_the_window(chat: ZaloChat, officer: Make) -> None:
    duty = officer()
    chat.send_text(NOISE, hours_ago=41)
    chat.send_text("Họ vẫn mở loa đến giờ này", hours_ago=0)
    assert "được 2 ngày" in read_visible(duty)[0] or "được 47 giờ" in read_visible(duty)[0], read_visible(duty)[0]


# Fate of an answer.


def answer_and_deliver(officer: Any, monkeypatch: pytest.MonkeyPatch, case: Case | None = None) -> tuple[Any, ...]:
    """Answer the ordinary case and run the sender; return how page and row describe the delivery."""
    fake_zalo_responses(monkeypatch)
    case = case or Case.objects.get(is_restricted=False)
    case.refresh_from_db()
    officer_actions.answer_reporters(
        code=case.code, officer=officer, text="Mai chúng tôi nhắc.", version=None, now=clock.now()
    )
    with rls.acting_as("sender"):
        outbox.deliver_due(channel_id=Channel.objects.get(kind="zalo_oa").pk)
    row = Outgoing.objects.filter(case=case, purpose="ANSWER").latest("pk")
    shown = sign_in_browser(officer).get(build_case_url(case)).content.decode()
    return row.state, row.code, row.reason, row.attempts, "Người này chưa nhận" in shown


def test_the_delivery_state_reveals_no_complaint(
    chat: ZaloChat, officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty = officer()
    chat.send_text(NOISE, hours_ago=9 * 24)
    before = answer_and_deliver(duty, monkeypatch)
    assert before[0] == "DEAD" and before[2].startswith("Zalo chỉ cho gửi") and before[4]
    chat.send_text(RUDE)
    complaint = Case.objects.get(is_restricted=True)
    assert answer_and_deliver(duty, monkeypatch) == before
    letters = Outgoing.objects.filter(purpose="APART")
    assert complaint and {row.state for row in letters} == {"SENT"}, "messages about the complaint use the true window"
    outbox.retry_message(
        public_id=str(Outgoing.objects.filter(state="DEAD").latest("pk").public_id), officer=duty, now=clock.now()
    )
    outbox.deliver_due(channel_id=chat.channel.pk)
    assert not Outgoing.objects.filter(purpose="ANSWER").exclude(state="DEAD").exists(), "neither does a retry"
    chat.send_text("xem dữ liệu")
    noise = Case.objects.order_by("pk")[0]
    assert answer_and_deliver(duty, monkeypatch, noise)[0] == "SENT", "an unrestricted message opens it"


def test_control_the_channels_window_would_reveal_it(
    chat: ZaloChat, officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_channel_window(monkeypatch)
    with pytest.raises(AssertionError, match="SENT"):
        test_the_delivery_state_reveals_no_complaint(chat, officer, monkeypatch)


# Assignment of an answer.


def ask_then_complain(officer: Make, now: dt.datetime) -> tuple[ChatPerson, Case]:
    """Let the unit ask something; then the person complains about police."""
    bac = create_person()
    run_pipeline((bac, NOISE), moment=now)
    case = bac.case()
    officer_actions.ask_reporters(code=case.code, officer=officer(), question="Quán tên gì?", version=None, now=now)
    run_pipeline((bac, RUDE), moment=now + dt.timedelta(minutes=5))
    assert Case.objects.filter(reports__reporter=bac.reporter, is_restricted=True).count() == 1
    return bac, case


def count_messages(case: Case) -> int:
    return case.case_messages.filter(detached_at=None).count()


def test_the_answer_goes_to_the_case_that_asked(officer: Make, now: dt.datetime) -> None:
    bac, case = ask_then_complain(officer, now)
    run_pipeline((bac, "Quán Hương Biển ạ"), moment=now + dt.timedelta(minutes=9))
    assert (reload_case(case).state, count_messages(case)) == ("WORKING", 2)
    run_pipeline((bac, "Cán bộ ấy nói tôi phải đưa tiền mới làm giấy tờ"), moment=now + dt.timedelta(minutes=12))
    assert count_messages(case) == 2, "no question is open any more: the next message belongs to the complaint"


def test_intakes_own_question_counts_too(now: dt.datetime) -> None:
    bac = create_person()
    run_pipeline((bac, STOLEN), moment=now)
    case = bac.case()
    run_pipeline((bac, RUDE), moment=now + dt.timedelta(minutes=5))
    run_pipeline((bac, "ở xã Lộc Hà"), moment=now + dt.timedelta(minutes=9))
    assert count_messages(case) == 2 and reload_case(case).commune_id is not None


def test_complaining_messages_go_to_the_complaint(officer: Make, now: dt.datetime) -> None:
    bac, case = ask_then_complain(officer, now)
    run_pipeline((bac, "Công an xã còn đòi tiền tôi lần nữa, thái độ hách dịch"), moment=now + dt.timedelta(minutes=9))
    assert (reload_case(case).state, count_messages(case)) == ("WAITING", 1)
    assert Case.objects.filter(reports__reporter=bac.reporter, is_restricted=True).count() == 1


def test_a_reply_to_the_handlers_goes_to_the_handlers(officer: Make, now: dt.datetime) -> None:
    bac, case = ask_then_complain(officer, now)
    complaint = Case.objects.get(reports__reporter=bac.reporter, is_restricted=True)
    restricted_cases.record_desk_answer(case_id=complaint.pk, actor=ESCALATION_ACTOR, now=now + dt.timedelta(minutes=7))
    run_pipeline((bac, "Lúc chín giờ sáng ạ"), moment=now + dt.timedelta(minutes=9))
    assert (reload_case(case).state, count_messages(case)) == ("WAITING", 1), "in doubt no lower unit reads it"
