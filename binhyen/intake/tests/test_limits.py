"""Brakes: photos before words, nobody's address kept, nobody stopped for a proxy's sake."""

import pytest

from binhyen.channels.models import Message
from binhyen.intake import limits
from binhyen.intake.limits import PHOTOS, WORDS, Buckets, Rate, peer_of
from binhyen.intake.tests.web import FIGHT, picture, tell

FEW = Rate(burst=3, per_second=1)


def test_a_bucket_empties_and_fills_again():
    buckets = Buckets()
    assert [buckets.take("198.51.100.7", FEW, at=10) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("198.51.100.8", FEW, at=10)
    assert buckets.take("198.51.100.7", FEW, at=11)
    assert not buckets.take("198.51.100.7", FEW, at=11)
    assert not buckets.take("198.51.100.7", FEW, count=3, at=12)
    assert buckets.take("198.51.100.7", FEW, count=3, at=20)


def test_no_address_is_kept_and_the_salt_changes_every_hour():
    buckets = Buckets()
    buckets.take("198.51.100.7", FEW, at=0)
    kept = set(buckets._left)
    assert all(b"198.51" not in key and len(key) == 8 for key in kept)
    buckets.take("198.51.100.7", FEW, at=3600)
    assert not kept & set(buckets._left)


def test_memory_has_a_limit():
    buckets = Buckets()
    for number in range(limits._MOST + 10):
        buckets.take(str(number), FEW, at=0)
    assert len(buckets._left) <= limits._MOST + 1


@pytest.mark.parametrize(
    ("header", "peer"),
    [("", ""), ("127.0.0.1", ""), ("::1", ""), ("203.0.113.9", "203.0.113.9"), ("6.6.6.6, 203.0.113.9", "203.0.113.9")],
)
def test_only_the_last_hop_counts(header, peer):
    assert peer_of(header) == peer


def test_photos_stop_long_before_words():
    assert PHOTOS.burst < WORDS.burst
    assert PHOTOS.per_second < WORDS.per_second


@pytest.mark.django_db
def test_under_a_flood_photos_are_refused_first_with_the_words_kept(client, tmp_path, settings, monkeypatch):
    settings.FILES_ROOT = tmp_path
    monkeypatch.setattr(limits, "buckets", Buckets())
    monkeypatch.setattr(limits, "monotonic", lambda: 1000.0)
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    for _ in range(int(PHOTOS.burst) // 5):
        assert tell(client, photos=[picture((4, 3)) for _ in range(5)]).status_code == 303
    answer = tell(client, photos=[picture((4, 3))])
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "gửi chữ trước" in answer.content.decode()
    assert FIGHT in answer.content.decode()
    assert tell(client).status_code == 303
    assert Message.objects.count() == PHOTOS.burst // 5 + 1


@pytest.mark.django_db
def test_words_stop_last_and_other_people_go_on(client, monkeypatch):
    monkeypatch.setattr(limits, "buckets", Buckets())
    monkeypatch.setattr(limits, "monotonic", lambda: 1000.0)
    while limits.allows("203.0.113.9", WORDS):
        pass
    refused = tell(client, key="")
    assert refused.status_code == 303, "no address, no brake"
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    answer = tell(client)
    assert answer.status_code == 429
    assert FIGHT in answer.content.decode()
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.10"
    assert tell(client).status_code == 303
