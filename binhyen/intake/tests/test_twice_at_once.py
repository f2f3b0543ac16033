"""The same form submitted twice at the same moment: one report. With another text: one report, and one sender is
informed. Concurrent forms of several people share a transaction, and an error affects only its own form."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection
from django.test import Client

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Conversation, Message
from binhyen.intake import pipeline, web_reports
from binhyen.intake.tests.web import FIGHT, NOISE, link, picture
from binhyen.kit.ids import token
from binhyen.vault.models import Reporter

HANDS = 4  # beside the test's own connection, fewer than the pool has


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


def at_once(texts: list[str], key: str, path: str = "/bao-tin"):
    gate = Barrier(len(texts))

    def send(text: str):
        try:
            client = Client()
            connection.ensure_connection()
            gate.wait(timeout=20)
            return client.post(path, {"text": text, "key": key, "photos": [picture((4, 3))]})
        finally:
            connection.close()

    with ThreadPoolExecutor(len(texts)) as pool:
        return list(pool.map(send, texts))


@pytest.mark.django_db
def test_this_is_the_test_database():
    """Marked so that pytest-django creates the test database even when this file runs alone."""
    assert connection.settings_dict["NAME"].startswith("test_")


def test_one_form_by_many_hands_is_one_report(real_db, tmp_path):
    answers = at_once([FIGHT] * HANDS, token())
    assert len({link(a) for a in answers}) == 1
    counts = [model.objects.count() for model in (Case, Message, Conversation, Reporter)]
    assert counts == [1, 1, 1, 1]
    assert len([f for f in tmp_path.rglob("*") if f.is_file()]) == 2, "original and preview of one photo"


def test_as_many_forms_are_as_many_reports(real_db):  # the negative control
    for number in range(HANDS):
        at_once([f"{FIGHT} {number}"], token())
    assert Case.objects.count() == HANDS


def test_one_form_with_two_contents_is_one_report(real_db):
    answers = at_once([FIGHT, NOISE], token())
    assert sorted(a.status_code for a in answers) == [303, 409]
    assert Case.objects.count() == 1


def test_more_words_by_many_hands_are_one_message(real_db):
    secret = link(Client().post("/bao-tin", {"text": FIGHT, "key": token()}))
    answers = at_once(["Họ vẫn còn đánh nhau"] * HANDS, token(), f"/theo-doi/{secret}")
    assert {a.status_code for a in answers} == {303}
    assert Message.objects.count() == 2


@pytest.fixture
def crowd(monkeypatch):
    """Hold the first report in progress until all others wait behind it."""
    run, calls = pipeline.run, []

    def held(items, *, now):
        calls.append(len(items))
        while len(calls) == 1 and len(items) + len(web_reports._together._waiting) < HANDS:
            Event().wait(0.001)
        return run(items, now=now)

    monkeypatch.setattr(pipeline, "run", held)
    return calls


def each_at_once(forms: list[dict[str, str]]):
    def send(form: dict[str, str]):
        try:
            return Client().post("/bao-tin", form)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))


def transactions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM channels_message")
        return cursor.fetchone()[0]


def test_reports_that_come_at_once_share_a_transaction(real_db, crowd):
    places = ("Lộc Hà", "Thạch Đài", "Nghèn", "Ích Hậu")
    forms = [
        {"text": f"Hàng xóm hát karaoke ồn quá ở {place}", "key": token(), "name": f"Người {n}"}
        for n, place in enumerate(places)
    ]
    answers = each_at_once(forms)
    assert (sum(crowd), len(crowd)) == (HANDS, transactions())
    assert transactions() <= 2
    for form, answer in zip(forms, answers, strict=True):
        page = Client().get(f"/theo-doi/{link(answer)}").content.decode()
        assert form["text"] in page
        assert not any(other["text"] in page for other in forms if other is not form)
    assert len(set(Report.objects.values_list("reporter_id", flat=True))) == HANDS


def test_a_form_used_before_is_told_to_its_own_sender(real_db, crowd):
    used = token()
    crowd.append(0)  # the next is not a first report: it waits for no other
    Client().post("/bao-tin", {"text": FIGHT, "key": used})
    crowd.clear()
    forms = [{"text": f"{NOISE} {n}", "key": used if n == 1 else token()} for n in range(HANDS)]
    assert [answer.status_code for answer in each_at_once(forms)] == [303, 409, 303, 303]
    assert Message.objects.count() == HANDS
