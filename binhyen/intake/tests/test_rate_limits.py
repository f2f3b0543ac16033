"""Rate limits of the citizen pages: photos are limited before texts, texts before danger, and other people are not
affected."""

import pytest

from binhyen.channels.models import Message
from binhyen.intake.tests.web import FIGHT, NOISE, make_picture, parse_status_token, submit_report
from binhyen.intake.views.base import INVALID_LINK_LIMIT, PHOTO_RATE_LIMIT, REPORT_LIMIT
from binhyen.kit import rate_limits


def test_photos_are_limited_long_before_text():
    assert PHOTO_RATE_LIMIT.burst < REPORT_LIMIT.burst
    assert PHOTO_RATE_LIMIT.per_second < REPORT_LIMIT.per_second


@pytest.mark.django_db
def test_under_a_flood_photos_are_refused_first_and_the_text_is_preserved(client, tmp_path, settings, monkeypatch):
    settings.FILES_ROOT = tmp_path
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 1000.0)
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    for number in range(int(PHOTO_RATE_LIMIT.burst) // 5):
        assert (
            submit_report(client, f"{FIGHT} {number}", photos=[make_picture((4, 3)) for _ in range(5)]).status_code
            == 303
        )
    answer = submit_report(client, photos=[make_picture((4, 3))])
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "gửi chữ trước" in answer.content.decode()
    assert FIGHT in answer.content.decode()
    assert submit_report(client).status_code == 303
    assert Message.objects.count() == PHOTO_RATE_LIMIT.burst // 5 + 1


@pytest.mark.django_db
def test_text_is_limited_last_and_other_people_continue(client, monkeypatch):
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 1000.0)
    while rate_limits.try_acquire("203.0.113.9", REPORT_LIMIT):
        pass
    refused = submit_report(client, key="")
    assert refused.status_code == 303, "no address, no rate limit"
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    answer = submit_report(client, NOISE)
    assert answer.status_code == 429
    assert NOISE in answer.content.decode() and "113" in answer.content.decode()
    assert submit_report(client).status_code == 303, "danger to life is accepted"
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.10"
    assert submit_report(client).status_code == 303


@pytest.mark.django_db
def test_guessed_links_are_slowed_and_a_valid_one_never_is(client, monkeypatch):
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 1000.0)
    own_link = parse_status_token(submit_report(client))
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    guesses = [client.get(f"/theo-doi/{'A' * 43}").status_code for _ in range(int(INVALID_LINK_LIMIT.burst) + 1)]
    assert guesses == [404] * int(INVALID_LINK_LIMIT.burst) + [429]
    assert client.get(f"/theo-doi/{own_link}").status_code == 200
