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
from tests.faults.doorway import put, said

pytestmark = pytest.mark.fault
DESKS = ("OFFICER", "CHIEF", "PROVINCE_DUTY", "OPERATOR")


def shown(officer: Any) -> bool:
    client = Client()
    client.force_login(officer)
    page = client.get("/hop-thu-di" if officer.role == "OPERATOR" else "/ban-truc").content.decode()
    return "Tin gửi tới đã chờ hơn một phút mà máy chưa đọc" in page and "data-behind hidden" not in page


@pytest.fixture
def desks(officer: Any) -> list[Any]:
    return [officer(role, "42" if role in DESKS[2:] else "18568") for role in DESKS]


def later(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    moment = clock.now() + dt.timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: moment)


def told() -> list[list[str]]:
    return list(LiveEvent.objects.filter(name="behind").values_list("topics", flat=True))


def test_a_minute_without_a_reader_is_said_on_every_desk(
    oa: Channel, desks: list[Any], unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(oa, said())
    with rls.acting_as("courier"):  # another process: the watched one cannot watch itself
        jobs.behind()
    assert told() == [] and not any(map(shown, desks)), "it arrived a moment ago"
    later(monkeypatch, 1.5)
    with rls.acting_as("courier"):
        jobs.behind()
    (topics,) = told()
    assert {"province", f"unit:{unit('18568').pk}"} <= set(topics)
    assert all(map(shown, desks))


def test_control_where_it_is_read_nobody_hears_anything(
    oa: Channel, desks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(oa, said())
    intake.drain()
    later(monkeypatch, 1.5)
    jobs.behind()
    assert told() == [] and not any(map(shown, desks))


def test_what_is_tried_again_later_is_not_unread(
    oa: Channel, desks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(intake, "_read", crash)
    put(oa, said())
    for _ in range(5):
        intake.drain()
        later(monkeypatch, 0.6)
    intake.drain()
    jobs.behind()
    assert told() == [] and not any(map(shown, desks))
