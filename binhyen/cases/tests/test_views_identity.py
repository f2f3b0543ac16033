"""«Xin mở danh tính» on the case page for owner, colleague and another unit; and the notice to the person."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.services.disclosure_notice import notify_disclosure
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.cases.views.list_rows import build_case_url
from binhyen.channels.models import Attachment, Channel, Conversation, Outgoing
from binhyen.channels.services import outbox
from binhyen.channels.services.messages import restart_reply_windows
from binhyen.channels.tests.windows import fake_zalo_responses, use_channel_window
from binhyen.conduct.tests.scene import RUDE
from binhyen.intake.pipeline import process_items
from binhyen.intake.tests.chat_reports import ChatPerson, build_item
from binhyen.people import access
from binhyen.vault import services as vault
from binhyen.vault.models import DisclosureRequest, Reporter
from binhyen.vault.pseudonyms import derive_pseudonym, format_case_scope
from binhyen.vault.services import disclosure, sealed_reasons
from binhyen.vault.tests.people import create_custodians, create_key
from tests import rls

pytestmark = pytest.mark.django_db
REASON = "Người báo bị dọa, cần cử người bảo vệ ngay hôm nay."


@pytest.fixture
def case(unit: Callable[[str], Any], now: dt.datetime) -> Case:
    """Open a case whose reporter left a name."""
    opened_case = open_case(unit("18568"))
    reporter = opened_case.reports.get().reporter_id
    vault.seal_identity(reporter_id=reporter, field=vault.Field.NAME, value="Trần Thị An", now=now)
    return opened_case


@pytest.fixture
def people(officer: Callable[..., Any], now: dt.datetime) -> list[Any]:
    """Create three custodians before anything is sealed."""
    return create_custodians(officer, now)


def build_request_form(case: Case, **more: str) -> dict[str, str]:
    reporter_name = derive_pseudonym(case.reports.get().reporter.pseudonym, format_case_scope(case.code))
    return {"who": reporter_name, "why": "PROTECT", "reason": REASON, "hours": "24"} | more


def build_identity_url(case: Case) -> str:
    return f"{build_case_url(case.code)}/danh-tinh"


def test_an_officer_asks_from_the_case_page(
    people: list[Any], case: Case, officer: Callable[..., Any], now: dt.datetime
) -> None:
    asker = officer()
    create_key(asker, now)
    client = sign_in_browser(asker)
    assert build_identity_url(case) in client.get(f"/vu-viec/{case.code}").content.decode()
    assert REASON not in client.get(build_identity_url(case)).content.decode()
    assert client.post(build_identity_url(case), build_request_form(case)).status_code == 303
    asked = DisclosureRequest.objects.get()
    assert (asked.subject, asked.requester, asked.hours, asked.reason) == (f"case:{case.code}", asker, 24, "")
    person, holder, pair = people[2]
    reason_text = sealed_reasons.open_reason(asked, holder=holder, pair=pair)
    assert reason_text and reason_text.reason == REASON, "the pages seal it; a custodian reads it"
    shown = client.get(build_identity_url(case)).content.decode()
    assert f"/giu-kin/xin/{asked.public_id}" in shown and "Chờ hai người" in shown
    assert REASON not in shown, "the pages may not read the reason again"
    assert AuditEntry.objects.filter(verb="identity_asked", object=f"case:{case.code}").count() == 1
    assert client.post(build_identity_url(case), build_request_form(case)).status_code == 422
    for person, holder, pair in people[:2]:
        disclosure.approve_request(opening_id=str(asked.public_id), officer=person, holder=holder, pair=pair, now=now)
    assert "Đang mở" in client.get(build_identity_url(case)).content.decode()


def test_the_case_page_leads_there_only_for_something(
    case: Case, unit: Callable[[str], Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    """No name and no picture: neither can be requested."""
    me, nobody = sign_in_browser(officer()), open_case(unit("18568"))
    shown = me.get(build_case_url(case.code)).content.decode()
    assert "Xin mở danh tính" in shown and "Xin bản gốc ảnh, tệp" not in shown
    shown = me.get(build_case_url(nobody.code)).content.decode()
    assert "Xin mở danh tính" not in shown and "Xin bản gốc ảnh, tệp" not in shown
    lock = vault.create_conversation_key(["IDENTITY"], now=now).pk
    Attachment.objects.create(
        message=nobody.case_messages.get().message, original="a/b", lock_id=lock, state="READY", preview="c/d"
    )
    shown = me.get(build_case_url(nobody.code)).content.decode()
    assert "Xin mở danh tính" not in shown and f'{build_case_url(nobody.code)}/danh-tinh#ban-goc"' in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": "ZZZZZZZZ"},
        {"who": ""},
        {"why": "x"},
        {"reason": "xem"},
        {"hours": "999"},
        {"hours": "²"},
        {"hours": ""},
    ],
)
def test_missing_fields_are_reported(
    case: Case, officer: Callable[..., Any], now: dt.datetime, wrong: dict[str, str]
) -> None:
    create_custodians(officer, now)
    create_key(asker := officer(), now)
    answer = sign_in_browser(asker).post(build_identity_url(case), build_request_form(case, **wrong))
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert not DisclosureRequest.objects.exists()


def test_without_a_key_or_ceremony_the_page_reports_it(
    case: Case, officer: Callable[..., Any], now: dt.datetime
) -> None:
    client = sign_in_browser(officer())
    assert "chưa trao khóa" in client.get(build_identity_url(case)).content.decode()
    create_custodians(officer, now)
    shown = client.get(build_identity_url(case)).content.decode()
    assert "Tạo khóa riêng" in shown and '<form method="post" action="/vu-viec' not in shown
    assert client.post(build_identity_url(case), build_request_form(case)).status_code == 422


def test_a_reporter_without_data_cannot_be_disclosed(unit: Any, officer: Callable[..., Any], now: dt.datetime) -> None:
    bare = open_case(unit("18568"))
    create_custodians(officer, now)
    create_key(asker := officer(), now)
    client = sign_in_browser(asker)
    assert "không để lại tên" in client.get(build_identity_url(bare)).content.decode()
    assert client.post(build_identity_url(bare), build_request_form(bare)).status_code == 422


def test_strangers_get_nothing(case: Case, officer: Callable[..., Any]) -> None:
    for role, commune, status in (
        ("OFFICER", "18073", 404),
        ("VILLAGE_TEAM", "18568", 403),
        ("PROVINCE_STAFF", "42", 403),
        ("CUSTODIAN", "42", 403),
    ):
        client = sign_in_browser(officer(role, commune))
        assert client.get(build_identity_url(case)).status_code == status, role
        assert client.post(build_identity_url(case), build_request_form(case)).status_code == status, role
    assert Client().get(build_identity_url(case))["Location"].startswith("/dang-nhap")


def test_conflicted_officers_neither_request_nor_approve(
    people: list[Any], case: Case, officer: Callable[..., Any], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exclusion is that of `access.matter`; here it excludes one person after the other."""
    excluded_officers: set[int] = set()
    plain = access.filter_subjects
    monkeypatch.setattr(
        access,
        "filter_subjects",
        lambda who, column: access.NOTHING if getattr(who, "pk", 0) in excluded_officers else plain(who, column),
    )
    asker = officer()
    create_key(asker, now)
    client = sign_in_browser(asker)
    excluded_officers.add(asker.pk)
    refused = client.post(build_identity_url(case), build_request_form(case))
    assert (
        refused.status_code == 422
        and "không liên quan" in refused.content.decode()
        and not DisclosureRequest.objects.exists()
    )
    excluded_officers.clear()
    client.post(build_identity_url(case), build_request_form(case))
    asked = str(DisclosureRequest.objects.get().public_id)

    def agree(number: int) -> DisclosureRequest:
        person, holder, pair = people[number]
        return disclosure.approve_request(opening_id=asked, officer=person, holder=holder, pair=pair, now=now)

    agree(0)
    for person in (people[1][0], people[0][0], asker):  # second approver, first approver, requester
        excluded_officers.add(person.pk)
        with pytest.raises(Exception, match=r"không liên quan|Không có yêu cầu"):
            agree(1)
        excluded_officers.clear()
    assert agree(1).opened_at


def test_the_person_is_notified_in_their_channel(case: Case, now: dt.datetime) -> None:
    report = case.reports.get()
    event_fields = {
        "key": "k",
        "reporter_id": report.reporter_id,
        "subject": f"case:{case.code}",
        "why": "bảo vệ",
        "now": now,
    }
    notify_disclosure(**event_fields)
    assert not Outgoing.objects.filter(key__startswith="owed:k:").exists(), "our own page shows it without a message"
    channel = Channel.objects.create(kind="zalo_oa", name="OA")
    talk = Conversation.objects.create(channel=channel, reporter=Reporter.objects.get(pk=report.reporter_id))
    type(report).objects.filter(pk=report.pk).update(conversation=talk)
    notify_disclosure(**event_fields)
    notify_disclosure(**event_fields)
    (row,) = Outgoing.objects.filter(key__startswith="owed:k:")
    assert "bảo vệ" in row.text and "An" not in row.text.split() and row.conversation == talk
    notify_disclosure(**event_fields | {"subject": "case:ZZZZZZZZ"})
    notify_disclosure(**event_fields | {"key": "away", "carried": True})
    away = Outgoing.objects.get(key__startswith="owed:away:")
    assert "máy không nối mạng" in away.text and "coi như đã mở" in away.text


class NoticeScene:
    """The notice to a reporter silent for seven days, until they write again."""

    def __init__(self, case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = now
        channel = Channel.objects.create(kind="zalo_oa", name="OA")
        report = case.reports.get()
        self.talk = Conversation.objects.create(channel=channel, reporter_id=report.reporter_id)
        restart_reply_windows({self.talk.pk: now - dt.timedelta(days=8)})
        type(report).objects.filter(pk=report.pk).update(conversation=self.talk)
        fake_zalo_responses(monkeypatch)
        monkeypatch.setattr("binhyen.kit.clock.now", lambda: self.now)
        notify_disclosure(
            key="k", reporter_id=report.reporter_id, subject=f"case:{case.code}", why="bảo vệ", now=self.now
        )

    def advance_time(self, minutes: int) -> str:
        """Advance the time, run the jobs and return the state of the notice."""
        self.now += dt.timedelta(minutes=minutes)
        with rls.acting_as("sender"):
            outbox.requeue_deferred(now=self.now)
            outbox.deliver_due(channel_id=self.talk.channel_id)
        return str(Outgoing.objects.get(key__startswith="owed:").state)

    def write_text(self, text: str) -> None:
        process_items(
            [build_item(ChatPerson(self.talk.reporter_id, self.talk.pk, self.talk.channel_id), text, moment=self.now)],
            now=self.now,
        )
        restart_reply_windows({self.talk.pk: self.now})


def test_after_seven_silent_days_the_person_is_notified_when_they_write(
    case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    zalo = NoticeScene(case, now, monkeypatch)
    assert zalo.advance_time(0) == "DEAD", "Zalo accepts nothing now"
    assert zalo.advance_time(60) == zalo.advance_time(60 * 24) == "DEAD", "and is not asked again and again"
    zalo.write_text("cảm ơn")
    assert zalo.advance_time(1) == "SENT"
    assert zalo.advance_time(60) == "SENT" and Outgoing.objects.filter(key__startswith="owed:").count() == 1


def test_a_complaint_brings_no_notice_of_another_case_to_life(
    case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Officers who read the delivery state may be the subjects of the complaint."""
    zalo = NoticeScene(case, now, monkeypatch)
    assert zalo.advance_time(0) == zalo.advance_time(60) == "DEAD"
    zalo.write_text(RUDE)
    assert Case.objects.filter(is_restricted=True).count() == 1
    assert zalo.advance_time(1) == zalo.advance_time(60) == "DEAD"
    zalo.write_text("Bác bị mất xe máy biển 38N1-123.45 tối qua")
    assert zalo.advance_time(1) == "SENT"


def test_control_by_their_newest_message_it_is_revived(
    case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_channel_window(monkeypatch)
    with pytest.raises(AssertionError, match="SENT"):
        test_a_complaint_brings_no_notice_of_another_case_to_life(case, now, monkeypatch)


def test_control_without_deferral_they_are_never_notified(
    case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "requeue_deferred", lambda now: 0)
    with pytest.raises(AssertionError):
        test_after_seven_silent_days_the_person_is_notified_when_they_write(case, now, monkeypatch)
