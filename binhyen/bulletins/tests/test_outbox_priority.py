"""Urgent messages overtake what waits; a text to many groups is checked once and compared once."""

import datetime as dt
from typing import Any

import pytest

from binhyen.bulletins.tests.scene import create_channel, create_group
from binhyen.channels.dlp.tests.origin_stories import BETRAYING
from binhyen.channels.models import Channel, Outgoing
from binhyen.channels.services import URGENT_PRIORITY, GroupPost, async_dlp, outbound_dlp, outbox
from binhyen.channels.services.async_dlp import ConfidentialText
from binhyen.channels.tests.worker import run_content_review
from binhyen.kit.ids import generate_uuid7

pytestmark = pytest.mark.django_db
PUBLIC = "Tối nay cắt điện từ 22 giờ, bà con chuẩn bị đèn pin."


def queue(text: str, groups: list[Any], author: Any, now: dt.datetime, *, priority: int = 0) -> tuple[Any, ...]:
    post = GroupPost(f"t{priority}:", text, "BULLETIN", author.unit_id, author.pk, priority)
    return outbox.queue_group_post(post, [group.pk for group in groups], now=now)


def test_urgent_goes_first_through_review_and_sending(
    officer: Any, unit: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "DELIVERY_BATCH_SIZE", 50)
    author = officer("OFFICER")
    groups = [create_group(unit("18568")) for _ in range(60)]
    queue(PUBLIC, groups, author, now)
    queue("Tìm người lạc gần chợ, ai thấy gọi 113.", groups[:3], author, now, priority=URGENT_PRIORITY)
    while async_dlp.review_pending(now=now):
        pass
    assert set(Outgoing.objects.values_list("state", flat=True)) == {"QUEUED"}
    first = outbox._claim_due(create_channel().pk, now=now)
    assert [row.priority for row in first[:4]] == [1, 1, 1, 0] and len(first) == outbox.DELIVERY_BATCH_SIZE
    queue("Nước dâng nhanh, lên chỗ cao ngay.", groups[:2], author, now, priority=2)
    while async_dlp.review_pending(now=now):
        pass
    assert [row.priority for row in outbox._claim_due(create_channel().pk, now=now)][:3] == [2, 2, 0]


def test_one_check_and_one_comparison_for_many_groups(
    officer: Any, unit: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = officer("PROVINCE_STAFF", "42")
    groups = [create_group(unit(code)) for code in ("18568", "18073") for _ in range(5)]
    calls: list[str] = []
    check, build = outbound_dlp.check_text, async_dlp.build_match_query
    monkeypatch.setattr(outbound_dlp, "check_text", lambda *a, **k: calls.append("check") or check(*a, **k))
    monkeypatch.setattr(async_dlp, "build_match_query", lambda *a, **k: calls.append("compare") or build(*a, **k))
    assert queue(PUBLIC, groups, author, now) == ()
    assert queue(PUBLIC, groups, author, now) == ()  # again: no second message
    assert async_dlp.review_pending(now=now) == 10
    assert calls == ["check", "check", "compare"]
    assert [row.unit_id for row in Outgoing.objects.order_by("pk")] == [group.unit_id for group in groups]
    assert Channel.objects.get(pk=create_channel().pk).outgoing_set.filter(state="QUEUED").count() == 10


def test_a_text_that_repeats_a_report_is_stopped_in_the_groups_of_that_unit_only(
    officer: Any, unit: Any, now: dt.datetime
) -> None:
    report, post = BETRAYING["a part said again"][0]
    author = officer("PROVINCE_STAFF", "42")
    local, other = create_group(unit("18568")), create_group(unit("18073"))
    async_dlp.defer_fingerprints([ConfidentialText(generate_uuid7(), report, local.unit_id)], now=now)
    assert queue(post, [local, other], author, now) == ()
    run_content_review()
    assert {row.group_id: row.state for row in Outgoing.objects.all()} == {local.pk: "HELD", other.pk: "QUEUED"}
