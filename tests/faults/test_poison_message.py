"""A message that makes the program fail is read by a person, and delays no other message (F10)."""

import datetime as dt
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.choices import State
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.channels.models import Channel, Inbound, Message, Outgoing
from binhyen.conduct.models import Complaint
from binhyen.intake import inbox_worker as intake
from binhyen.intake import interpret, replies
from binhyen.intake.pipeline import process_items
from binhyen.intake.tests.chat_reports import build_item, create_group, create_person, run_pipeline
from binhyen.intake.tests.web import make_picture, parse_status_token, submit_report
from binhyen.intake.texts import UNREAD_REASON
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.language.reading import DANGER
from tests.faults.doorway import UNRELATED_QUESTION, build_text_event, post_events

pytestmark = pytest.mark.fault
BAD = "zz cứu"  # for unknown reasons this text crashes the reader
POISON, GOOD = 50, 30


@pytest.fixture(autouse=True)
def _files(tmp_path: Any, settings: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture(autouse=True)
def stumbles(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = interpret._classify_item

    def fail_on_item(item: Any, *more: Any) -> Any:
        if BAD in item.message.text:
            raise ZeroDivisionError("nobody thought of it")
        return reads(item, *more)

    monkeypatch.setattr(interpret, "_classify_item", fail_on_item)
    english = replies.is_english
    monkeypatch.setattr(replies, "is_english", lambda text: 1 / 0 if BAD in text else english(text))


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant the defect: unreadable messages are forwarded to no person."""
    monkeypatch.setattr(intake, "MAX_PROCESSING_ATTEMPTS", 10**6)


def drain_with_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    start = clock.now()
    for second in range(0, 60, 3):
        monkeypatch.setattr(clock, "now", lambda s=second: start + dt.timedelta(seconds=s))
        intake.drain_inbox()


def test_poison_is_read_by_people_within_a_minute_and_keeps_nobody_waiting(
    oa: Channel, unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = [build_text_event(UNRELATED_QUESTION, user=f"8{i}") for i in range(GOOD)]
    everything[10:10] = [build_text_event(f"{BAD} {i}", user=f"7{i}") for i in range(POISON)]
    assert set(post_events(oa, *everything)) == {200}
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)  # a slow machine must not reach the next retry by itself
    intake.drain_inbox()
    assert Case.objects.count() == GOOD, "the neighbouring messages are read at the first attempt"
    drain_with_retries(monkeypatch)
    unknown = Case.objects.filter(urgency=DANGER)
    assert unknown.count() == POISON and {c.unit for c in unknown} == {unit("42")}
    assert sorted(c.snippet for c in unknown) == sorted(f"{BAD} {i}" for i in range(POISON))
    assert not Inbound.objects.exclude(state="DONE").exists()
    acknowledgements = Outgoing.objects.filter(case__in=unknown, purpose="ACK")
    assert acknowledgements.count() == POISON and all("113" in letter.text for letter in acknowledgements)
    message = Message.objects.filter(text__startswith=BAD)[0]
    assert message.reading["reasons"] == [UNREAD_REASON]


def test_control_without_a_person_they_lie_where_nobody_looks(
    oa: Channel, never: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_events(oa, build_text_event(BAD))
    drain_with_retries(monkeypatch)
    assert not Case.objects.exists() and Inbound.objects.get().state == "PENDING"


@pytest.mark.django_db
def test_a_form_with_a_picture_is_taken_in_though_its_words_are_not_read(client: Client, unit: Any) -> None:
    secret = parse_status_token(submit_report(client, BAD, photos=[make_picture()], place="gần chợ"))
    case = Case.objects.get()
    assert (case.unit, case.urgency, case.state, case.snippet) == (unit("42"), DANGER, State.NEW, BAD)
    assert Message.objects.get().attachments.count() == 1
    page = client.get(f"/theo-doi/{secret}").content.decode()
    assert BAD in page and "113" in page


@pytest.mark.django_db
def test_control_a_form_was_lost_to_an_error(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "binhyen.intake.web_reports.is_infrastructure_error", lambda problem: True
    )  # nothing is retried
    with pytest.raises(ZeroDivisionError):
        submit_report(client, BAD)
    assert not Case.objects.exists()


@pytest.mark.django_db
def test_a_further_word_on_a_cases_page_goes_to_that_case(client: Client) -> None:
    secret = parse_status_token(submit_report(client, UNRELATED_QUESTION))
    answer = client.post(f"/theo-doi/{secret}", {"text": BAD, "key": generate_token()})
    assert answer.status_code == 303
    case = Case.objects.get()
    assert case.urgency == DANGER and CaseMessage.objects.get(message__text=BAD).case == case


@pytest.mark.django_db
def test_whose_complaint_goes_on_is_read_above(now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, "Công an xã Lộc Hà nhận tiền của sòng bạc rồi làm ngơ"), moment=now)
    complaint = Complaint.objects.get()
    process_items(
        [replace(build_item(reporter, BAD, moment=now), processing_failed=True)], now=now + dt.timedelta(minutes=3)
    )
    assert Report.objects.count() == Case.objects.count() == 1 and Complaint.objects.get() == complaint
    assert not Message.objects.filter(text__contains=BAD).exists(), "sealed with the complaint"


@pytest.mark.django_db
def test_in_a_group_nothing_is_said_aloud_and_its_unit_does_not_read_it(unit: Any, now: dt.datetime) -> None:
    group = create_group(unit("18568"), now)
    process_items([replace(build_item(create_person(), BAD, moment=now, group=group), processing_failed=True)], now=now)
    case = Case.objects.get()
    assert (case.unit, case.sensitive, BAD in case.title + case.snippet) == (unit("42"), True, False)
    assert not Outgoing.objects.filter(group=group).exists()
    assert Outgoing.objects.get().purpose == "INVITE"


# Detected as complaints about police before the failure: on no desk in clear.
RUDE = "Công an xã Lộc Hà nhận tiền của sòng bạc rồi làm ngơ"


@pytest.fixture
def keeper_stumbles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binhyen.conduct.services.intake.store_text", lambda *args, **more: 1 / 0)


def check_nothing_in_clear(monkeypatch: pytest.MonkeyPatch, oa: Channel, client: Client) -> None:
    post_events(oa, build_text_event(RUDE), build_text_event(UNRELATED_QUESTION, user="8"))
    drain_with_retries(monkeypatch)
    with suppress(RuntimeError):
        submit_report(client, RUDE)
    assert Case.objects.count() == 1, "of the neighbour"
    assert not Message.objects.filter(text__contains="sòng bạc").exists()
    assert not Case.objects.filter(snippet__contains="sòng bạc").exists()
    [left] = Inbound.objects.exclude(state="DONE")
    assert left.reason == "ZeroDivisionError", "no list shows that it is one"


def test_a_complaint_that_cannot_be_kept_lies_open_to_nobody(
    oa: Channel, unit: Any, keeper_stumbles: None, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    check_nothing_in_clear(monkeypatch, oa, client)


def test_control_taken_for_unread_it_lies_on_the_provinces_desk(
    oa: Channel, unit: Any, keeper_stumbles: None, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setattr("binhyen.intake.confidential.no_plaintext_on_error", lambda understood: nullcontext())
    with pytest.raises(AssertionError):
        check_nothing_in_clear(monkeypatch, oa, client)
    assert Case.objects.filter(snippet__contains="sòng bạc", unit=unit("42")).exists()
