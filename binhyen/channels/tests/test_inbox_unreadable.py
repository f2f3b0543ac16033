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
from binhyen.channels.retry_policy import format_inbound_context
from binhyen.channels.tests.test_views_outbox import sign_in_browser
from binhyen.intake import inbox_worker as intake
from binhyen.vault import group_keys
from tests.faults.doorway import FIGHT, build_text_event, get_zalo_channel

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


def receive_webhook(channel: Channel, *, moment: dt.datetime) -> Inbound:
    body = group_keys.seal_to_group(
        "INTAKE", orjson.dumps(build_text_event(FIGHT, moment=moment)), context=format_inbound_context(channel.pk, "m1")
    )
    row = Inbound.objects.create(
        channel=channel, external_id="m1", event="user_send_text", sealed_body=body, received_at=moment, due_at=moment
    )
    intake.drain_inbox()
    return row


def read_page(officer: Any, path: str = "/hop-thu-di") -> str:
    return sign_in_browser(officer).get(path).content.decode()


def test_responsible_officers_see_it_on_every_page(officer: Any, changed: pytest.MonkeyPatch, now: dt.datetime) -> None:
    row = receive_webhook(get_zalo_channel(), moment=now)
    duty, operator = officer("PROVINCE_DUTY", "42"), officer("OPERATOR", "42")
    assert TOLD in read_page(duty, "/ban-truc") and "gọi người vận hành" in read_page(duty, "/ket-qua")
    assert TOLD in read_page(operator) and "/hop-thu-di/doc-lai" in read_page(operator)
    assert "/hop-thu-di/doc-lai" not in read_page(duty)
    for other in (officer("CHIEF"), officer("PROVINCE_STAFF", "42")):
        assert "chưa bàn trực nào thấy" not in read_page(other, "/ket-qua"), "which could do nothing about it"
    Inbound.objects.filter(pk=row.pk).update(received_at=now - dt.timedelta(days=2))
    assert TOLD not in read_page(duty, "/ban-truc") and "/hop-thu-di/doc-lai" in read_page(operator)


def test_after_a_fix_an_operator_reprocesses_it(officer: Any, changed: pytest.MonkeyPatch, now: dt.datetime) -> None:
    row = receive_webhook(get_zalo_channel(), moment=now)
    operator = officer("OPERATOR", "42")
    for user in (officer("PROVINCE_DUTY", "42"), officer("CHIEF")):
        assert sign_in_browser(user).post("/hop-thu-di/doc-lai").status_code == 403
    assert sign_in_browser(operator).get("/hop-thu-di/doc-lai").status_code == 405
    changed.undo()
    assert sign_in_browser(operator).post("/hop-thu-di/doc-lai").headers["Location"] == "/hop-thu-di"
    assert ProcrastinateJob.objects.filter(task_name="channels.read_anew", queue_name="intake").count() == 1
    assert AuditEntry.objects.filter(verb="channel.read_again").count() == 1
    jobs.requeue_dead_webhooks()
    intake.drain_inbox()
    row.refresh_from_db()
    assert row.state == "DONE" and Case.objects.get().snippet == FIGHT
    assert "/hop-thu-di/doc-lai" not in read_page(operator)


def test_control_before_it_is_mended_nothing_changes(
    officer: Any, changed: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    row = receive_webhook(get_zalo_channel(), moment=now)
    jobs.requeue_dead_webhooks()
    intake.drain_inbox()
    row.refresh_from_db()
    assert (row.state, row.reason, bool(row.sealed_body)) == ("DEAD", "sai cấu trúc", True)


def test_a_body_that_is_gone_stays_gone(changed: pytest.MonkeyPatch, now: dt.datetime) -> None:
    row = receive_webhook(get_zalo_channel(), moment=now)
    Inbound.objects.filter(pk=row.pk).update(sealed_body=b"")
    jobs.requeue_dead_webhooks()
    row.refresh_from_db()
    assert row.state == "DEAD"
