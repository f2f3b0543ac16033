"""Rare paths of the citizen pages: no channel yet, an erased conversation, a failed write."""

import pytest
from django.db import IntegrityError

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Channel, Message
from binhyen.intake import pipeline, web_reports
from binhyen.intake.tests.web import FIGHT, make_picture, parse_status_token, submit_report
from binhyen.intake.views.base import REPORT_LIMIT
from binhyen.kit import rate_limits
from binhyen.kit.ids import generate_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


def test_without_a_web_channel_the_page_says_so_and_the_operator_reads_the_reason(client):
    Channel.objects.filter(kind="web").update(kind="was-web")
    answer = submit_report(client)
    assert answer.status_code == 503
    assert "tel:113" in answer.content.decode()
    assert "set_up" in str(web_reports.NotReady())


def test_with_photos_the_second_sending_stores_nothing(client, tmp_path):
    key = generate_token()
    first = submit_report(client, key=key, photos=[make_picture()])
    stored = sorted(tmp_path.rglob("*"))
    assert parse_status_token(submit_report(client, key=key, photos=[make_picture()])) == parse_status_token(first)
    assert sorted(tmp_path.rglob("*")) == stored
    assert submit_report(client, key=key, photos=[make_picture((9, 9))]).status_code == 409


def test_a_page_with_an_erased_conversation_still_shows_the_state(client):
    secret = parse_status_token(submit_report(client, photos=[make_picture()]))
    photo = Message.objects.get().attachments.get()
    Report.objects.update(conversation=None)
    page = client.get(f"/theo-doi/{secret}").content.decode()
    assert "Đã gửi tới công an" in page
    assert "<textarea" not in page
    assert client.get(f"/theo-doi/{secret}/anh/{photo.public_id}").status_code == 404
    assert client.post(f"/theo-doi/{secret}", {"text": "thêm", "key": generate_token()}).status_code == 303
    assert Message.objects.count() == 1


def test_a_follow_up_without_a_key_is_accepted_and_rate_limited(client, monkeypatch):
    secret = parse_status_token(submit_report(client))
    assert client.post(f"/theo-doi/{secret}", {"text": FIGHT}).status_code == 303
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 1000.0)
    while rate_limits.try_acquire("203.0.113.9", REPORT_LIMIT):
        pass
    answer = client.post(f"/theo-doi/{secret}", {"text": "Lời này ở lại"}, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "Lời này ở lại" in answer.content.decode()


def test_a_broken_write_is_no_repeated_sending(client, monkeypatch, tmp_path):
    def raise_error(*_, **__):
        raise IntegrityError("something else")

    secret = parse_status_token(submit_report(client))
    monkeypatch.setattr(pipeline, "process_items", raise_error)
    with pytest.raises(IntegrityError):
        submit_report(client, photos=[make_picture()])
    with pytest.raises(IntegrityError):
        client.post(f"/theo-doi/{secret}", {"text": "thêm", "key": generate_token()})
    assert not [f for f in tmp_path.rglob("*") if f.is_file()], "files of a failed submission must be deleted"
    assert Case.objects.count() == 1
