"""«Xin mở danh tính» on the case page for owner, colleague and another unit; and the notice to the person."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.services.disclosure_notice import tell_opened
from binhyen.cases.tests.scene import browser, open_case
from binhyen.cases.views.list_rows import case_url
from binhyen.channels.models import Attachment, Channel, Conversation, Outgoing
from binhyen.channels.services import deferred_delivery, outbox
from binhyen.channels.services.messages import interacted
from binhyen.channels.tests.windows import window_of_the_channel, zalo_answers
from binhyen.conduct.tests.scene import RUDE
from binhyen.intake.pipeline import run
from binhyen.intake.tests.telling import Person, item
from binhyen.people import access
from binhyen.vault import services as vault
from binhyen.vault.models import Opening, Reporter
from binhyen.vault.pseudonyms import called, in_case
from binhyen.vault.services import disclosure, sealed_reasons
from binhyen.vault.tests.people import custodians, key_of
from tests import rls

pytestmark = pytest.mark.django_db
REASON = "Người báo bị dọa, cần cử người bảo vệ ngay hôm nay."


@pytest.fixture
def case(unit: Callable[[str], Any], now: dt.datetime) -> Case:
    """Open a case whose reporter left a name."""
    found = open_case(unit("18568"))
    reporter = found.reports.get().reporter_id
    vault.seal_identity(reporter_id=reporter, field=vault.Field.NAME, value="Trần Thị An", now=now)
    return found


@pytest.fixture
def people(officer: Callable[..., Any], now: dt.datetime) -> list[Any]:
    """Create three custodians before anything is sealed."""
    return custodians(officer, now)


def form(case: Case, **more: str) -> dict[str, str]:
    who = called(case.reports.get().reporter.pseudonym, in_case(case.code))
    return {"who": who, "why": "PROTECT", "reason": REASON, "hours": "24"} | more


def address(case: Case) -> str:
    return f"{case_url(case.code)}/danh-tinh"


def test_an_officer_asks_from_the_case_page(
    people: list[Any], case: Case, officer: Callable[..., Any], now: dt.datetime
) -> None:
    asker = officer()
    key_of(asker, now)
    client = browser(asker)
    assert address(case) in client.get(f"/vu-viec/{case.code}").content.decode()
    assert REASON not in client.get(address(case)).content.decode()
    assert client.post(address(case), form(case)).status_code == 303
    asked = Opening.objects.get()
    assert (asked.subject, asked.requester, asked.hours, asked.reason) == (f"case:{case.code}", asker, 24, "")
    person, holder, pair = people[2]
    told = sealed_reasons.said(asked, holder=holder, pair=pair)
    assert told and told.reason == REASON, "the pages seal it; a custodian reads it"
    shown = client.get(address(case)).content.decode()
    assert f"/giu-kin/xin/{asked.public_id}" in shown and "Chờ hai người" in shown
    assert REASON not in shown, "the pages may not read the reason again"
    assert AuditEntry.objects.filter(verb="identity_asked", object=f"case:{case.code}").count() == 1
    assert client.post(address(case), form(case)).status_code == 422
    for person, holder, pair in people[:2]:
        disclosure.approve(opening_id=str(asked.public_id), officer=person, holder=holder, pair=pair, now=now)
    assert "Đang mở" in client.get(address(case)).content.decode()


def test_the_case_page_leads_there_only_for_something(case: Case, unit: Callable[[str], Any], officer: Callable[..., Any],
                                                      now: dt.datetime) -> None:  # fmt: skip
    """No name and no picture: neither can be requested."""
    me, nobody = browser(officer()), open_case(unit("18568"))
    shown = me.get(case_url(case.code)).content.decode()
    assert "Xin mở danh tính" in shown and "Xin bản gốc ảnh, tệp" not in shown
    shown = me.get(case_url(nobody.code)).content.decode()
    assert "Xin mở danh tính" not in shown and "Xin bản gốc ảnh, tệp" not in shown
    lock = vault.new_lock(["IDENTITY"], now=now).pk
    Attachment.objects.create(message=nobody.case_messages.get().message, original="a/b", lock_id=lock, state="READY",
                              shown="c/d")  # fmt: skip
    shown = me.get(case_url(nobody.code)).content.decode()
    assert "Xin mở danh tính" not in shown and f'{case_url(nobody.code)}/danh-tinh#ban-goc"' in shown


@pytest.mark.parametrize("wrong", [{"who": "ZZZZZZZZ"}, {"who": ""}, {"why": "x"}, {"reason": "xem"}, {"hours": "999"},
                                   {"hours": "²"}, {"hours": ""}])  # fmt: skip
def test_what_is_missing_is_said(
    case: Case, officer: Callable[..., Any], now: dt.datetime, wrong: dict[str, str]
) -> None:
    custodians(officer, now)
    key_of(asker := officer(), now)
    answer = browser(asker).post(address(case), form(case, **wrong))
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert not Opening.objects.exists()


def test_without_a_key_and_before_the_ceremony_the_page_says_what_is_missing(
    case: Case, officer: Callable[..., Any], now: dt.datetime
) -> None:
    client = browser(officer())
    assert "chưa trao khóa" in client.get(address(case)).content.decode()
    custodians(officer, now)
    shown = client.get(address(case)).content.decode()
    assert "Tạo khóa riêng" in shown and '<form method="post" action="/vu-viec' not in shown
    assert client.post(address(case), form(case)).status_code == 422


def test_who_left_nothing_cannot_be_opened(unit: Any, officer: Callable[..., Any], now: dt.datetime) -> None:
    bare = open_case(unit("18568"))
    custodians(officer, now)
    key_of(asker := officer(), now)
    client = browser(asker)
    assert "không để lại tên" in client.get(address(bare)).content.decode()
    assert client.post(address(bare), form(bare)).status_code == 422


def test_strangers_get_nothing(case: Case, officer: Callable[..., Any]) -> None:
    for role, commune, status in (("OFFICER", "18073", 404), ("VILLAGE_TEAM", "18568", 403),
                                  ("PROVINCE_STAFF", "42", 403), ("CUSTODIAN", "42", 403)):  # fmt: skip
        client = browser(officer(role, commune))
        assert client.get(address(case)).status_code == status, role
        assert client.post(address(case), form(case)).status_code == status, role
    assert Client().get(address(case))["Location"].startswith("/dang-nhap")


def test_whoever_is_in_the_conflict_set_neither_asks_nor_agrees(
    people: list[Any], case: Case, officer: Callable[..., Any], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exclusion is that of `access.matter`; here it excludes one person after the other."""
    barred: set[int] = set()
    plain = access.matter
    monkeypatch.setattr(
        access, "matter", lambda who, column: access.NOTHING if getattr(who, "pk", 0) in barred else plain(who, column)
    )
    asker = officer()
    key_of(asker, now)
    client = browser(asker)
    barred.add(asker.pk)
    refused = client.post(address(case), form(case))
    assert refused.status_code == 422 and "không liên quan" in refused.content.decode() and not Opening.objects.exists()
    barred.clear()
    client.post(address(case), form(case))
    asked = str(Opening.objects.get().public_id)

    def agree(number: int) -> Opening:
        person, holder, pair = people[number]
        return disclosure.approve(opening_id=asked, officer=person, holder=holder, pair=pair, now=now)

    agree(0)
    for person in (people[1][0], people[0][0], asker):  # second approver, first approver, requester
        barred.add(person.pk)
        with pytest.raises(Exception, match=r"không liên quan|Không có yêu cầu"):
            agree(1)
        barred.clear()
    assert agree(1).opened_at


def test_the_person_is_told_where_they_talk_to_us(case: Case, now: dt.datetime) -> None:
    report = case.reports.get()
    said = {"key": "k", "reporter_id": report.reporter_id, "subject": f"case:{case.code}", "why": "bảo vệ", "now": now}
    tell_opened(**said)
    assert not Outgoing.objects.filter(key__startswith="owed:k:").exists(), "our own page shows it without a message"
    channel = Channel.objects.create(kind="zalo_oa", name="OA")
    talk = Conversation.objects.create(channel=channel, reporter=Reporter.objects.get(pk=report.reporter_id))
    type(report).objects.filter(pk=report.pk).update(conversation=talk)
    tell_opened(**said)
    tell_opened(**said)
    (row,) = Outgoing.objects.filter(key__startswith="owed:k:")
    assert "bảo vệ" in row.text and "An" not in row.text.split() and row.conversation == talk
    tell_opened(**said | {"subject": "case:ZZZZZZZZ"})
    tell_opened(**said | {"key": "away", "carried": True})
    away = Outgoing.objects.get(key__startswith="owed:away:")
    assert "máy không nối mạng" in away.text and "coi như đã mở" in away.text


class Zalo:
    """The notice to a reporter who was silent for seven days, until they write again."""

    def __init__(self, case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = now
        channel = Channel.objects.create(kind="zalo_oa", name="OA")
        report = case.reports.get()
        self.talk = Conversation.objects.create(channel=channel, reporter_id=report.reporter_id)
        interacted({self.talk.pk: now - dt.timedelta(days=8)})
        type(report).objects.filter(pk=report.pk).update(conversation=self.talk)
        zalo_answers(monkeypatch)
        monkeypatch.setattr("binhyen.kit.clock.now", lambda: self.now)
        tell_opened(
            key="k", reporter_id=report.reporter_id, subject=f"case:{case.code}", why="bảo vệ", now=self.now
        )  # fmt: skip

    def later(self, minutes: int) -> str:
        """Advance the time, run the jobs and return the state of the notice."""
        self.now += dt.timedelta(minutes=minutes)
        with rls.acting_as("courier"):
            deferred_delivery.owe_again(now=self.now)
            outbox.deliver(channel_id=self.talk.channel_id)
        return str(Outgoing.objects.get(key__startswith="owed:").state)

    def says(self, text: str) -> None:
        run([item(Person(self.talk.reporter_id, self.talk.pk, self.talk.channel_id), text, at=self.now)], now=self.now)
        interacted({self.talk.pk: self.now})


def test_who_was_silent_for_seven_days_is_told_when_they_write(
    case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    zalo = Zalo(case, now, monkeypatch)
    assert zalo.later(0) == "DEAD", "Zalo accepts nothing now"
    assert zalo.later(60) == zalo.later(60 * 24) == "DEAD", "and is not asked again and again"
    zalo.says("cảm ơn")
    assert zalo.later(1) == "SENT"
    assert zalo.later(60) == "SENT" and Outgoing.objects.filter(key__startswith="owed:").count() == 1


def test_a_complaint_brings_no_notice_of_another_case_to_life(
    case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Officers who read the delivery state may be the subjects of the complaint."""
    zalo = Zalo(case, now, monkeypatch)
    assert zalo.later(0) == zalo.later(60) == "DEAD"
    zalo.says(RUDE)
    assert Case.objects.filter(apart=True).count() == 1
    assert zalo.later(1) == zalo.later(60) == "DEAD"
    zalo.says("Bác bị mất xe máy biển 38N1-123.45 tối qua")
    assert zalo.later(1) == "SENT"


def test_control_by_their_newest_word_it_comes_to_life(
    case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    window_of_the_channel(monkeypatch)
    with pytest.raises(AssertionError, match="SENT"):
        test_a_complaint_brings_no_notice_of_another_case_to_life(case, now, monkeypatch)


def test_control_without_that_they_never_hear(case: Case, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred_delivery, "owe_again", lambda now: 0)
    with pytest.raises(AssertionError):
        test_who_was_silent_for_seven_days_is_told_when_they_write(case, now, monkeypatch)
