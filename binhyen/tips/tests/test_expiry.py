"""Tips expire one by one: the database selects the expired ones."""

import datetime as dt

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.kit import clock
from binhyen.tips import queries, services
from binhyen.tips.models import Tip
from binhyen.tips.rules import RETENTION, RETENTION_AFTER_CLOSING
from binhyen.tips.tests.page import submit_tip
from tests import rls

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def create_tips(client: Client, count: int) -> list[Tip]:
    for _ in range(count):
        assert submit_tip(client).status_code == 200
    return list(Tip.objects.order_by("pk"))


def test_waiting_open_tips_hide_no_closed_one(client: Client) -> None:
    now = clock.now()
    *waiting, closed = create_tips(client, 4)
    Tip.objects.filter(pk__in=[tip.pk for tip in waiting]).update(last_word_at=now - RETENTION_AFTER_CLOSING - 30 * DAY)
    Tip.objects.filter(pk=closed.pk).update(last_word_at=now - RETENTION_AFTER_CLOSING - DAY)
    Case.objects.filter(pk=closed.case_id).update(
        state="CLOSED", outcome="ANSWERED", closed_at=now - RETENTION_AFTER_CLOSING - DAY
    )
    stands = queries.get_tip_retention_status(now)
    assert (stands.count, stands.late, stands.next_at) == (4, 1, now - DAY), "the first to expire is not the oldest"
    with rls.acting_as("worker"):
        assert services.destroy_expired_tips(now=now, limit=len(waiting)) == 1
    assert list(Tip.objects.filter(gone_at=None).order_by("pk")) == waiting
    assert queries.get_tip_retention_status(now).late == 0


def test_the_database_selects_exactly_the_expired_tips(client: Client) -> None:
    now = clock.now()
    tip_list = create_tips(client, 6)
    ends = (RETENTION - DAY, RETENTION, RETENTION_AFTER_CLOSING)
    for tip, (reported_at, closed) in zip(tip_list, [(a, b) for a in ends[:2] for b in (None, *ends[1:])], strict=True):
        Tip.objects.filter(pk=tip.pk).update(last_word_at=now - reported_at)
        if closed:
            when = now - closed + (DAY if closed == RETENTION else dt.timedelta())
            Case.objects.filter(pk=tip.case_id).update(state="CLOSED", outcome="ANSWERED", closed_at=when)
    alive = Tip.objects.select_related("case")
    said_over = {tip.pk for tip in alive if (end := queries.ends_at(tip)) is not None and end <= now}
    assert {tip.pk for tip in queries.list_expired_tips(now=now, limit=10)} == said_over and 0 < len(said_over) < 6


def test_control_the_oldest_alone_were_looked_at(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    *waiting, closed = create_tips(client, 3)
    Tip.objects.filter(pk__in=[tip.pk for tip in waiting]).update(last_word_at=now - RETENTION_AFTER_CLOSING - 30 * DAY)
    Case.objects.filter(pk=closed.case_id).update(
        state="CLOSED", outcome="ANSWERED", closed_at=now - RETENTION_AFTER_CLOSING
    )

    def oldest(*, now: dt.datetime, limit: int) -> list[Tip]:
        old = Tip.objects.select_related("case").order_by("last_word_at")[:limit]
        return [tip for tip in old if (end := queries.ends_at(tip)) is not None and end <= now]

    monkeypatch.setattr(queries, "list_expired_tips", oldest)
    assert services.destroy_expired_tips(now=now, limit=2) == 0
