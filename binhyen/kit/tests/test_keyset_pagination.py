"""Cursors: they round-trip, and reveal no row number."""

import base64
import datetime as dt
import itertools

import pytest

from binhyen.kit.keyset_pagination import decode_cursor, encode_cursor, paginate_descending
from binhyen.kit.models import LiveEvent


def test_a_cursor_is_valid_in_its_own_list_only() -> None:
    cursor = encode_cursor("cases", (3, 2**62))
    assert decode_cursor("cases", cursor, 2) == (3, 2**62)
    assert decode_cursor("entries", cursor, 2) is None, "otherwise two lists would reveal the relation of their numbers"
    assert decode_cursor("cases", cursor, 1) is None


@pytest.mark.parametrize(
    "cursor", ["", "x", "////", "é", "=", "WzE3XQ", encode_cursor("cases", (17,))[:-2], "A" * 5000]
)
def test_an_unknown_cursor_is_the_first_page(cursor: str) -> None:
    assert decode_cursor("cases", cursor, 1) is None


def test_cursors_have_no_order_and_no_distance() -> None:
    """500 consecutive rows: half of the bits differ from one to the next, and half of the steps go down."""
    sealed = [base64.urlsafe_b64decode(encode_cursor("cases", (n,)) + "=") for n in range(500)]
    assert len({len(item) for item in sealed}) == 1
    pairs = list(itertools.pairwise(sealed))
    flips = [(int.from_bytes(a) ^ int.from_bytes(b)).bit_count() for a, b in pairs]
    assert 0.45 < sum(flips) / (len(flips) * len(sealed[0]) * 8) < 0.55
    assert 200 < sum(a < b for a, b in pairs) < 300


@pytest.mark.django_db
def test_pages_from_the_highest_down_show_each_row_once() -> None:
    """Rows that differ only in their key, a microsecond apart, and one inserted in between."""
    start = dt.datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=dt.UTC)
    moments = [start + dt.timedelta(microseconds=n // 3) for n in range(20)]
    LiveEvent.objects.all().delete()
    LiveEvent.objects.bulk_create([LiveEvent(topics=[], name="x", data={}, at=moment) for moment in moments])
    later, shown, cursor = start + dt.timedelta(days=1), [], ""
    while True:
        page = paginate_descending("events", LiveEvent.objects.all(), ("at", "id"), cursor=cursor, limit=3)
        shown += [row.pk for row in page.rows]
        cursor = page.next
        if not cursor:
            break
        LiveEvent.objects.create(topics=[], name="x", data={}, at=later)
    there = LiveEvent.objects.filter(at__lt=later).order_by("-at", "-id")
    assert shown == list(there.values_list("id", flat=True))
