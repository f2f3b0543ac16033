"""Rare paths of the citizen pages: no channel yet, an erased conversation, a failed write."""

import pytest
from django.db import IntegrityError

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Channel, Message
from binhyen.intake import pipeline, web_reports
from binhyen.intake.rate_limits import WORDS
from binhyen.intake.tests.web import FIGHT, link, picture, tell
from binhyen.kit import rate_limits
from binhyen.kit.ids import token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


def test_without_a_web_channel_the_page_says_so_and_the_operator_reads_why(client):
    Channel.objects.filter(kind="web").update(kind="was-web")
    answer = tell(client)
    assert answer.status_code == 503
    assert "tel:113" in answer.content.decode()
    assert "set_up" in str(web_reports.NotReady())


def test_with_photos_the_second_sending_stores_nothing(client, tmp_path):
    key = token()
    first = tell(client, key=key, photos=[picture()])
    stored = sorted(tmp_path.rglob("*"))
    assert link(tell(client, key=key, photos=[picture()])) == link(first)
    assert sorted(tmp_path.rglob("*")) == stored
    assert tell(client, key=key, photos=[picture((9, 9))]).status_code == 409


def test_a_page_whose_conversation_is_gone_still_tells_the_state(client):
    secret = link(tell(client, photos=[picture()]))
    photo = Message.objects.get().attachments.get()
    Report.objects.update(conversation=None)
    page = client.get(f"/theo-doi/{secret}").content.decode()
    assert "Đã gửi tới công an" in page
    assert "<textarea" not in page
    assert client.get(f"/theo-doi/{secret}/anh/{photo.public_id}").status_code == 404
    assert client.post(f"/theo-doi/{secret}", {"text": "thêm", "key": token()}).status_code == 303
    assert Message.objects.count() == 1


def test_more_words_without_a_key_are_taken_and_the_brake_keeps_them(client, monkeypatch):
    secret = link(tell(client))
    assert client.post(f"/theo-doi/{secret}", {"text": FIGHT}).status_code == 303
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 1000.0)
    while rate_limits.allows("203.0.113.9", WORDS):
        pass
    answer = client.post(f"/theo-doi/{secret}", {"text": "Lời này ở lại"}, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "Lời này ở lại" in answer.content.decode()


def test_a_broken_write_is_no_repeated_sending(client, monkeypatch, tmp_path):
    def broken(*_, **__):
        raise IntegrityError("something else")

    secret = link(tell(client))
    monkeypatch.setattr(pipeline, "run", broken)
    with pytest.raises(IntegrityError):
        tell(client, photos=[picture()])
    with pytest.raises(IntegrityError):
        client.post(f"/theo-doi/{secret}", {"text": "thêm", "key": token()})
    assert not [f for f in tmp_path.rglob("*") if f.is_file()], "files of a failed submission must be deleted"
    assert Case.objects.count() == 1
