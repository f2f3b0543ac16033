"""Token buckets empty and refill; no address is stored; a shared proxy blocks no client."""

import pytest

from binhyen.kit import rate_limits
from binhyen.kit.rate_limits import ConcurrencyLimit, RateLimit, TokenBuckets, peer_from_forwarded

FEW = RateLimit(burst=3, per_second=1)


def test_a_bucket_empties_and_fills_again():
    buckets = TokenBuckets()
    assert [buckets.take("198.51.100.7", FEW, now=10) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("198.51.100.8", FEW, now=10)
    assert buckets.take("198.51.100.7", FEW, now=11)
    assert not buckets.take("198.51.100.7", FEW, now=11)
    assert not buckets.take("198.51.100.7", FEW, count=3, now=12)
    assert buckets.take("198.51.100.7", FEW, count=3, now=20)


def test_no_address_is_stored_and_the_key_changes_every_day():
    buckets = TokenBuckets()
    buckets.take("198.51.100.7", FEW, now=0)
    bucket_keys = set(buckets._left)
    assert all(b"198.51" not in key and len(key) == 12 for key in bucket_keys)
    buckets.take("198.51.100.7", FEW, now=86_400)
    assert not bucket_keys & set(buckets._left)


def exhaust_bucket(buckets: TokenBuckets, client_key: str, *, moment: float = 0) -> int:
    """Return how many calls are allowed until one is refused."""
    return next(count for count in range(10_000) if not buckets.take(client_key, FEW, now=moment))


def test_memory_is_bounded_and_the_least_recently_used_bucket_is_evicted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limits, "_MAX_BUCKETS", 50)
    buckets = TokenBuckets()
    exhaust_bucket(buckets, "198.51.100.7")
    exhaust_bucket(buckets, "198.51.100.8")
    for number in range(500):
        buckets.take(f"192.0.2.{number}", FEW, now=0)
        assert not buckets.take("198.51.100.7", FEW, now=0), "refused continuously, so never the least recently used"
    assert len(buckets._left) == 50
    assert buckets.take("198.51.100.8", FEW, now=0), "control: the unused bucket was evicted"


def test_the_addresses_of_one_ipv6_network_share_a_bucket():
    buckets = TokenBuckets()
    peers = {peer_from_forwarded(f"2001:db8:1:2::{number:x}") for number in range(1, 100)}
    assert len(peers) == 1
    assert exhaust_bucket(buckets, peers.pop()) == FEW.burst
    assert buckets.take(peer_from_forwarded("2001:db8:1:3::1"), FEW, now=0), (
        "control: a neighbouring network is another one"
    )


@pytest.mark.parametrize("prefix", ["", "tips/"])
def test_the_networks_of_one_ipv6_site_share_a_wider_bucket(prefix: str):
    buckets = TokenBuckets()
    took = [buckets.take(prefix + peer_from_forwarded(f"2001:db8:1:{n:x}::1"), FEW, now=0) for n in range(1, 200)]
    assert sum(took) == FEW.burst * rate_limits.SITE_FACTOR
    assert buckets.is_empty(prefix + peer_from_forwarded("2001:db8:1:ffff::1"), FEW, now=0)
    assert not buckets.is_empty(prefix + peer_from_forwarded("2001:db8:2:1::1"), FEW, now=0)
    assert buckets.take(prefix + peer_from_forwarded("2001:db8:2:1::1"), FEW, now=0), "control: another site"
    assert buckets.take(prefix + peer_from_forwarded("2001:db8:1:1::1"), FEW, now=10), "and this one again, later"


def test_a_refused_site_evicts_no_other_site(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limits, "_MAX_BUCKETS", 50)
    buckets = TokenBuckets()
    exhaust_bucket(buckets, "198.51.100.7")
    for number in range(2000):
        buckets.take(peer_from_forwarded(f"2001:db8:1:{number:x}::1"), FEW, now=0)
    assert not buckets.take("198.51.100.7", FEW, now=0)
    for number in range(100):
        buckets.take(f"192.0.2.{number}", FEW, now=0)
    assert buckets.take("198.51.100.7", FEW, now=0), "control: networks that are not refused do"


@pytest.mark.parametrize(
    ("header", "peer"),
    [
        ("", ""),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:127.0.0.1", ""),
        ("fe80::1%eth0", "fe80::/64"),
        ("203.0.113.9, 2001:DB8:0:1:2::3", "2001:db8:0:1::/64"),
        ("not-an-address", "not-an-address"),
    ],
)
def test_only_the_last_hop_counts(header, peer):
    assert peer_from_forwarded(header) == peer


def test_a_check_consumes_nothing():
    buckets = TokenBuckets()
    for _ in range(5):
        assert not buckets.is_empty("198.51.100.7", FEW, now=0)
    while buckets.take("198.51.100.7", FEW, now=0):
        pass
    assert buckets.is_empty("198.51.100.7", FEW, now=0)
    assert not buckets.is_empty("198.51.100.7", FEW, now=1)
    assert not buckets.is_empty("", FEW, now=0)


def test_open_requests_are_counted_and_released():
    streams = ConcurrencyLimit()
    assert [streams.try_enter(("one", 2), ("office", 3)) for _ in range(3)] == [True, True, False]
    assert streams.try_enter(("other", 2), ("office", 3), (None, 0))
    assert not streams.try_enter(("third", 2), ("office", 3)), "the office is full"
    for _ in range(2):
        streams.leave("one", "office")
    streams.leave("other", "office", None)
    assert not streams._count
