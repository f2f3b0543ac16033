"""Rate limits of the citizen pages: photos are limited before texts, texts before danger, and other people are not
affected."""

import pytest

from binhyen.channels.models import Message
from binhyen.intake.rate_limits import GUESSES, PHOTOS, WORDS
from binhyen.intake.tests.web import FIGHT, NOISE, link, picture, tell
from binhyen.kit import rate_limits


def test_photos_stop_long_before_words():
    assert PHOTOS.burst < WORDS.burst
    assert PHOTOS.per_second < WORDS.per_second


@pytest.mark.django_db
def test_under_a_flood_photos_are_refused_first_with_the_words_kept(client, tmp_path, settings, monkeypatch):
    settings.FILES_ROOT = tmp_path
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 1000.0)
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    for number in range(int(PHOTOS.burst) // 5):
        assert tell(client, f"{FIGHT} {number}", photos=[picture((4, 3)) for _ in range(5)]).status_code == 303
    answer = tell(client, photos=[picture((4, 3))])
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "gửi chữ trước" in answer.content.decode()
    assert FIGHT in answer.content.decode()
    assert tell(client).status_code == 303
    assert Message.objects.count() == PHOTOS.burst // 5 + 1


@pytest.mark.django_db
def test_words_stop_last_and_other_people_go_on(client, monkeypatch):
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 1000.0)
    while rate_limits.allows("203.0.113.9", WORDS):
        pass
    refused = tell(client, key="")
    assert refused.status_code == 303, "no address, no rate limit"
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    answer = tell(client, NOISE)
    assert answer.status_code == 429
    assert NOISE in answer.content.decode() and "113" in answer.content.decode()
    assert tell(client).status_code == 303, "danger to life is accepted"
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.10"
    assert tell(client).status_code == 303


@pytest.mark.django_db
def test_guessed_links_are_slowed_and_a_good_one_never_is(client, monkeypatch):
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 1000.0)
    mine = link(tell(client))
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    guesses = [client.get(f"/theo-doi/{'A' * 43}").status_code for _ in range(int(GUESSES.burst) + 1)]
    assert guesses == [404] * int(GUESSES.burst) + [429]
    assert client.get(f"/theo-doi/{mine}").status_code == 200
