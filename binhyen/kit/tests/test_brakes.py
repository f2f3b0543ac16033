"""Buckets empty and fill; nobody's address is kept; nobody is stopped for a proxy's sake."""

import pytest

from binhyen.kit import brakes
from binhyen.kit.brakes import Buckets, Open, Rate, peer_of

FEW = Rate(burst=3, per_second=1)


def test_a_bucket_empties_and_fills_again():
    buckets = Buckets()
    assert [buckets.take("198.51.100.7", FEW, at=10) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("198.51.100.8", FEW, at=10)
    assert buckets.take("198.51.100.7", FEW, at=11)
    assert not buckets.take("198.51.100.7", FEW, at=11)
    assert not buckets.take("198.51.100.7", FEW, count=3, at=12)
    assert buckets.take("198.51.100.7", FEW, count=3, at=20)


def test_no_address_is_kept_and_the_key_changes_every_day():
    buckets = Buckets()
    buckets.take("198.51.100.7", FEW, at=0)
    kept = set(buckets._left)
    assert all(b"198.51" not in key and len(key) == 12 for key in kept)
    buckets.take("198.51.100.7", FEW, at=86_400)
    assert not kept & set(buckets._left)


def test_memory_has_a_limit():
    buckets = Buckets()
    for number in range(brakes._MOST + 10):
        buckets.take(str(number), FEW, at=0)
    assert len(buckets._left) <= brakes._MOST + 1


@pytest.mark.parametrize(
    ("header", "peer"),
    [("", ""), ("127.0.0.1", ""), ("::1", ""), ("203.0.113.9", "203.0.113.9"), ("6.6.6.6, 203.0.113.9", "203.0.113.9")],
)
def test_only_the_last_hop_counts(header, peer):
    assert peer_of(header) == peer


def test_a_look_takes_nothing():
    buckets = Buckets()
    for _ in range(5):
        assert not buckets.spent("198.51.100.7", FEW, at=0)
    while buckets.take("198.51.100.7", FEW, at=0):
        pass
    assert buckets.spent("198.51.100.7", FEW, at=0)
    assert not buckets.spent("198.51.100.7", FEW, at=1)
    assert not buckets.spent("", FEW, at=0)


def test_open_things_are_counted_and_forgotten():
    streams = Open()
    assert [streams.enter(("one", 2), ("office", 3)) for _ in range(3)] == [True, True, False]
    assert streams.enter(("other", 2), ("office", 3), (None, 0))
    assert not streams.enter(("third", 2), ("office", 3)), "the office is full"
    for _ in range(2):
        streams.leave("one", "office")
    streams.leave("other", "office", None)
    assert not streams._count
