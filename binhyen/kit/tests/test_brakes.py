"""Token buckets empty and refill; no address is stored; a shared proxy blocks nobody."""

import pytest

from binhyen.kit import rate_limits
from binhyen.kit.rate_limits import Buckets, Open, Rate, peer_of

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


def use_up(buckets: Buckets, who: str, *, at: float = 0) -> int:
    """Return how many calls are allowed until one is refused."""
    return next(count for count in range(10_000) if not buckets.take(who, FEW, at=at))


def test_memory_has_a_limit_and_the_least_recently_used_bucket_goes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limits, "_MOST", 50)
    buckets = Buckets()
    use_up(buckets, "198.51.100.7")
    use_up(buckets, "198.51.100.8")
    for number in range(500):
        buckets.take(f"192.0.2.{number}", FEW, at=0)
        assert not buckets.take("198.51.100.7", FEW, at=0), "refused continuously, so never the least recently used"
    assert len(buckets._left) == 50
    assert buckets.take("198.51.100.8", FEW, at=0), "control: the unused bucket was evicted"


def test_the_addresses_of_one_ipv6_network_share_a_bucket():
    buckets = Buckets()
    peers = {peer_of(f"2001:db8:1:2::{number:x}") for number in range(1, 100)}
    assert len(peers) == 1
    assert use_up(buckets, peers.pop()) == FEW.burst
    assert buckets.take(peer_of("2001:db8:1:3::1"), FEW, at=0), "control: a neighbouring network is another one"


@pytest.mark.parametrize("prefix", ["", "tips/"])
def test_the_networks_of_one_ipv6_site_share_a_wider_bucket(prefix: str):
    buckets = Buckets()
    took = [buckets.take(prefix + peer_of(f"2001:db8:1:{n:x}::1"), FEW, at=0) for n in range(1, 200)]
    assert sum(took) == FEW.burst * rate_limits.SITE_FACTOR
    assert buckets.spent(prefix + peer_of("2001:db8:1:ffff::1"), FEW, at=0)
    assert not buckets.spent(prefix + peer_of("2001:db8:2:1::1"), FEW, at=0)
    assert buckets.take(prefix + peer_of("2001:db8:2:1::1"), FEW, at=0), "control: another site"
    assert buckets.take(prefix + peer_of("2001:db8:1:1::1"), FEW, at=10), "and this one again, later"


def test_a_site_that_is_refused_pushes_nobody_out_of_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limits, "_MOST", 50)
    buckets = Buckets()
    use_up(buckets, "198.51.100.7")
    for number in range(2000):
        buckets.take(peer_of(f"2001:db8:1:{number:x}::1"), FEW, at=0)
    assert not buckets.take("198.51.100.7", FEW, at=0)
    for number in range(100):
        buckets.take(f"192.0.2.{number}", FEW, at=0)
    assert buckets.take("198.51.100.7", FEW, at=0), "control: networks that are not refused do"


@pytest.mark.parametrize(
    ("header", "peer"),
    [
        ("", ""), ("127.0.0.1", ""), ("::1", ""), ("203.0.113.9", "203.0.113.9"), ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"), ("::ffff:127.0.0.1", ""), ("fe80::1%eth0", "fe80::/64"),
        ("203.0.113.9, 2001:DB8:0:1:2::3", "2001:db8:0:1::/64"), ("not-an-address", "not-an-address"),
    ],
)  # fmt: skip
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
