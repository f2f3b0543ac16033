"""A chat sender who has an ordinary open case with the unit and also files a complaint about it: for attack A2.

The ordinary case exists with and without the complaint. Nothing on it, in its list, search or requests, and no effect
of an officer's actions on it, may reveal whether the complaint exists.
"""

import datetime as dt
import re
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from binhyen.areas.models import Unit
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case
from binhyen.cases.services import linking, officer_actions
from binhyen.channels.models import Channel, Conversation, Message, Outgoing
from binhyen.channels.services import DEFERRED_PREFIX, outbox
from binhyen.channels.services.deletion import delete_messages
from binhyen.channels.services.messages import restart_reply_windows
from binhyen.channels.services.outbox import requeue_deferred
from binhyen.intake.pipeline import process_items
from binhyen.intake.tests.chat_reports import ChatPerson, build_item
from binhyen.people.models import Officer
from binhyen.privacy.models import Request
from binhyen.privacy.services import requests
from binhyen.privacy.services.fulfilment import fulfil_granted_request
from binhyen.vault.models import Reporter
from tests.architecture.test_urls import OFFICERS
from tests.security.response_diff import Response, get_statement_shapes, remove_noise, roll_back

# What the sender does besides: answers the unit's question after complaining; requested erasure earlier, which is
# pending, or is granted after the complaint by the province's staff (`erased`); complains in a message that was
# attached to the case and that an officer detached from it.
STORIES = ("answer", "request", "erased", "detached")
# Pages that might reveal it, with the roles that can open each.
_PAGES = {
    "vu-viec/<str:code>": "/vu-viec/{beside}",
    "ban-truc": "/ban-truc",
    "tim": "/tim?q={said}",
    "tin-nhan": "/tin-nhan",
    "so-viec": "/so-viec",
    "yeu-cau-du-lieu": "/yeu-cau-du-lieu",
    "yeu-cau-du-lieu/<uuid:asked>": "/yeu-cau-du-lieu/{asked}",
}
CASE_AGE = dt.timedelta(hours=41)  # age of the case: how long the person can still be reached is shown
EXPIRED_CASE_AGE = dt.timedelta(days=9)  # the messaging window for a reply to the case has expired
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")  # new in every row
MILD_TEXT, COMPLAINT_TEXT = "Họ mở tới khuya mới nghỉ", "Bác Thức sang nhắc rồi lại cười, bảo cứ mặc kệ họ"


@dataclass(slots=True)
class OrdinaryCase:
    """The ordinary case. `said`: words only of the complaint, for a search; `worker`: of the unit; `above`: of the
    province, not concerned.
    """

    story: str
    who: ChatPerson
    case: Case
    words: str
    text: str
    worker: Officer
    province_officer: Officer
    away: Unit
    staff: Officer
    now: dt.datetime
    asked: str = str(UUID(int=0))  # id of the request

    def deeds(self, officer: Officer) -> list[Response]:
        """Perform every action that an officer may take on the case, with its letters sent; return the page's answer
        and the letters' final states.

        The actions run one by one, each from the same starting state.
        """
        if officer.role not in OFFICERS["vu-viec/<str:code>"][1]:
            return []
        return [self._perform_action(officer, name, sent) for name, sent in self._list_actions().items()]

    def _list_actions(self) -> dict[str, dict[str, str]]:
        return {
            "tra-loi": {"text": "Mai chúng tôi đến nhắc chủ quán."},
            "hoi-lai": {"text": "Họ mở tới mấy giờ?"},
            "ghi-chu": {"text": "Đã gọi chủ quán."},
            "giao": {"to": f"don-vi:{self.away.code}", "reason": "Gần hơn", "elsewhere": "yes"},
        }

    def _perform_action(self, officer: Officer, name: str, sent: dict[str, str]) -> Response:
        page, client = f"/vu-viec/{self.case.code}", Client()
        client.force_login(officer)
        with roll_back():
            version = Case.objects.values_list("version", flat=True).get(pk=self.case.pk)
            with CaptureQueriesContext(connection) as asked:
                answer = client.post(f"{page}/{name}", {**sent, "version": str(version)})
            self.run_sender()
            fates = Outgoing.objects.filter(case=self.case).order_by("pk")
            letter_states = [*fates.values_list("purpose", "state", "code", "reason", "attempts")]
            body = client.get(page).content + answer.content + repr(letter_states).encode()
        return Response(
            f"deed {name}", answer.status_code, _UUID.sub(b"", remove_noise(body)), get_statement_shapes(asked)
        )

    def run_sender(self) -> None:
        requeue_deferred(now=self.now)
        outbox.deliver_due(channel_id=self.who.channel)

    def pages(self, officer: Officer) -> list[str]:
        return [page for route, page in _PAGES.items() if officer.role in OFFICERS[route][1]]

    def file_complaint(self) -> None:
        if self.story == "detached":
            message = self._attach_and_detach(COMPLAINT_TEXT)
            linking.promote_message(
                message_id=str(message.public_id),
                officer=self.province_officer,
                category="officer_complaint",
                urgency=1,
                ladder=get_alarm_delays(),
                now=self.now,
            )
        else:
            self._write_message(self.words, self.now)
        self._continue_story()

    def create_without_complaint(self) -> None:
        """Create the same request and case without a complaint, so that it appears in the same lists."""
        if self.story == "detached":
            delete_messages([self._attach_and_detach(MILD_TEXT).pk])
        self._continue_story()

    def _continue_story(self) -> None:
        if self.story == "answer":
            self._write_message("Quán Hương Biển ạ", self.now)
        self.run_sender()
        if self.story == "erased":
            asked = Request.objects.get(public_id=self.asked)
            requests.answer_request(public_id=self.asked, officer=self.staff, grant=True, text="", now=self.now)
            fulfil_granted_request(request_id=asked.pk, now=self.now)
            asked.refresh_from_db()
            assert asked.state == "DONE"
        case_messages = Message.objects.filter(case_messages__case=self.case, case_messages__detached_at=None)
        for rows in (case_messages, Outgoing.objects.filter(case=self.case)):
            for number, row in enumerate(rows.order_by("pk")):  # the same names in both worlds
                row.public_id = UUID(int=number)
                row.save(update_fields=["public_id"])

    def _attach_and_detach(self, text: str) -> Message:
        """Attach a further message to the case and detach it again."""
        message = self._write_message(text, self.now)
        assert Case.objects.filter(case_messages__message=message).get() == self.case
        linking.detach_message(
            code=self.case.code, message_id=str(message.public_id), officer=self.worker, version=None, now=self.now
        )
        message.refresh_from_db()
        return message

    def _write_message(self, text: str, sent_at: dt.datetime) -> Message:
        return write_message(self.who, text, sent_at)


def write_message(sender: ChatPerson, text: str, sent_at: dt.datetime) -> Message:
    (result,) = process_items([build_item(sender, text, moment=sent_at)], now=sent_at)
    restart_reply_windows({sender.conversation: sent_at})
    return result.message


def create_ordinary_case(
    story: str,
    *,
    words: str,
    place: str,
    unit: Unit,
    worker: Officer,
    above: Officer,
    away: Unit,
    staff: Officer,
    silent: bool,
    now: dt.datetime,
) -> OrdinaryCase:
    """Report noise in the chat some hours or, if `silent`, many days ago; both worlds share this. A notice owed since
    then could not be delivered.
    """
    ago = EXPIRED_CASE_AGE if silent and story != "detached" else CASE_AGE
    channel = Channel.objects.create(kind="zalo_oa", name="Zalo", settings={"app_id": "1", "oa_id": "2"})
    reporter = Reporter.objects.create(created_at=now)
    talk = Conversation.objects.create(channel=channel, reporter=reporter, last_interaction_at=now - ago)
    sender = ChatPerson(reporter.pk, talk.pk, channel.pk)
    write_message(sender, f"Quán karaoke ở {place} mở loa quá ồn", now - ago)
    case = sender.case()
    assert case.unit_id == unit.pk and not case.is_restricted, (place, case.unit.name, unit.name)
    Outgoing.objects.filter(case=case).update(state=Outgoing.State.SENT, sent_at=now - ago)
    create_undelivered_notice(case, talk, now - ago)
    if story == "answer":
        officer_actions.ask_reporters(code=case.code, officer=worker, question="Quán tên gì?", version=None, now=now)
    complaint_words = COMPLAINT_TEXT if story == "detached" else "thái độ hách dịch"
    made = OrdinaryCase(story, sender, case, words, complaint_words, worker, above, away, staff, now)
    if story in ("request", "erased"):
        write_message(sender, "xóa dữ liệu", now - ago)
        made.asked = str(Request.objects.get(reporter=reporter).public_id)
        Outgoing.objects.filter(conversation=talk, case=None).update(state=Outgoing.State.SENT, sent_at=now - ago)
    return made


def create_undelivered_notice(case: Case, talk: Conversation, created_at: dt.datetime) -> None:
    """Create a notice whose delivery was given up."""
    Outgoing.objects.create(
        key=f"{DEFERRED_PREFIX}{case.pk}",
        channel=talk.channel,
        conversation=talk,
        case=case,
        unit=case.unit,
        purpose="ANSWER",
        text="Danh tính của bạn đã được mở.",
        state=Outgoing.State.DEAD,
        created_at=created_at,
        due_at=created_at,
        attempts=1,
    )
