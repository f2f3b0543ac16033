"""Unread messages, a hanging worker or a lost machine: every desk is alerted and sees where to read."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from binhyen.channels import jobs
from binhyen.channels.models import Channel
from binhyen.intake import inbox_worker as intake
from binhyen.kit import clock
from binhyen.kit.models import LiveEvent
from tests import rls
from tests.faults.doorway import build_text_event, post_events

pytestmark = pytest.mark.fault
DESKS = ("OFFICER", "CHIEF", "PROVINCE_DUTY", "OPERATOR")


def list_shown_warnings(officer: Any) -> bool:
    client = Client()
    client.force_login(officer)
    page = client.get("/hop-thu-di" if officer.role == "OPERATOR" else "/ban-truc").content.decode()
    return "Tin gửi tới đã chờ hơn một phút mà máy chưa đọc" in page and "data-behind hidden" not in page


@pytest.fixture
def desks(officer: Any) -> list[Any]:
    return [officer(role, "42" if role in DESKS[2:] else "18568") for role in DESKS]


def advance_clock(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    moment = clock.now() + dt.timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: moment)


def report_text() -> list[list[str]]:
    return list(LiveEvent.objects.filter(name="behind").values_list("topics", flat=True))


def test_a_minute_without_a_reader_is_said_on_every_desk(
    oa: Channel, desks: list[Any], unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_events(oa, build_text_event())
    with rls.acting_as("sender"):  # another process: the watched one cannot watch itself
        jobs.check_backlog()
    assert report_text() == [] and not any(map(list_shown_warnings, desks)), "it arrived a moment ago"
    advance_clock(monkeypatch, 1.5)
    with rls.acting_as("sender"):
        jobs.check_backlog()
    (topics,) = report_text()
    assert {"province", f"unit:{unit('18568').pk}"} <= set(topics)
    assert all(map(list_shown_warnings, desks))


def test_control_where_it_is_read_nobody_hears_anything(
    oa: Channel, desks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    post_events(oa, build_text_event())
    intake.drain_inbox()
    advance_clock(monkeypatch, 1.5)
    jobs.check_backlog()
    assert report_text() == [] and not any(map(list_shown_warnings, desks))


def test_what_is_tried_again_later_is_not_unread(
    oa: Channel, desks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash_reader(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(intake, "_process_rows", crash_reader)
    post_events(oa, build_text_event())
    for _ in range(5):
        intake.drain_inbox()
        advance_clock(monkeypatch, 0.6)
    intake.drain_inbox()
    jobs.check_backlog()
    assert report_text() == [] and not any(map(list_shown_warnings, desks))
