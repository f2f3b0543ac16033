"""Unparsable webhooks: responsible operators see them on every page, and can reprocess them."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.channels import jobs
from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA
from binhyen.channels.models import Channel, Inbound
from binhyen.channels.retry_policy import inbound_context
from binhyen.channels.tests.test_views_outbox import browser
from binhyen.intake import inbox_worker as intake
from binhyen.vault import group_keys
from tests.faults.doorway import FIGHT, said, zalo_channel

pytestmark = pytest.mark.django_db
TOLD = "chưa bàn trực nào thấy: 1."


@pytest.fixture
def changed() -> Iterator[pytest.MonkeyPatch]:
    """Make Zalo send messages in a format that this version does not parse, until `undo`."""

    def parse(*_: Any) -> Any:
        raise ValueError("another form")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ZaloOA, "parse", parse)
        yield patch


def arrives(channel: Channel, *, at: dt.datetime) -> Inbound:
    body = group_keys.seal("INTAKE", orjson.dumps(said(FIGHT, at=at)), context=inbound_context(channel.pk, "m1"))
    row = Inbound.objects.create(
        channel=channel, outside_id="m1", event="user_send_text", raw=body, received_at=at, due_at=at
    )
    intake.drain()
    return row


def page(officer: Any, path: str = "/hop-thu-di") -> str:
    return browser(officer).get(path).content.decode()


def test_who_answers_for_it_hears_of_it_on_every_page(
    officer: Any, changed: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    row = arrives(zalo_channel(), at=now)
    duty, operator = officer("PROVINCE_DUTY", "42"), officer("OPERATOR", "42")
    assert TOLD in page(duty, "/ban-truc") and "gọi người vận hành" in page(duty, "/ket-qua")
    assert TOLD in page(operator) and "/hop-thu-di/doc-lai" in page(operator)
    assert "/hop-thu-di/doc-lai" not in page(duty)
    for other in (officer("CHIEF"), officer("PROVINCE_STAFF", "42")):
        assert "chưa bàn trực nào thấy" not in page(other, "/ket-qua"), "which could do nothing about it"
    Inbound.objects.filter(pk=row.pk).update(received_at=now - dt.timedelta(days=2))
    assert TOLD not in page(duty, "/ban-truc") and "/hop-thu-di/doc-lai" in page(operator)


def test_mended_it_is_read_when_an_operator_says_so(
    officer: Any, changed: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    row = arrives(zalo_channel(), at=now)
    operator = officer("OPERATOR", "42")
    for who in (officer("PROVINCE_DUTY", "42"), officer("CHIEF")):
        assert browser(who).post("/hop-thu-di/doc-lai").status_code == 403
    assert browser(operator).get("/hop-thu-di/doc-lai").status_code == 405
    changed.undo()
    assert browser(operator).post("/hop-thu-di/doc-lai").headers["Location"] == "/hop-thu-di"
    assert ProcrastinateJob.objects.filter(task_name="channels.read_anew", queue_name="intake").count() == 1
    assert AuditEntry.objects.filter(verb="channel.read_again").count() == 1
    jobs.read_anew()
    intake.drain()
    row.refresh_from_db()
    assert row.state == "DONE" and Case.objects.get().snippet == FIGHT
    assert "/hop-thu-di/doc-lai" not in page(operator)


def test_control_before_it_is_mended_nothing_changes(
    officer: Any, changed: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    row = arrives(zalo_channel(), at=now)
    jobs.read_anew()
    intake.drain()
    row.refresh_from_db()
    assert (row.state, row.reason, bool(row.raw)) == ("DEAD", "sai cấu trúc", True)


def test_a_body_that_is_gone_stays_gone(changed: pytest.MonkeyPatch, now: dt.datetime) -> None:
    row = arrives(zalo_channel(), at=now)
    Inbound.objects.filter(pk=row.pk).update(raw=b"")
    jobs.read_anew()
    row.refresh_from_db()
    assert row.state == "DEAD"
