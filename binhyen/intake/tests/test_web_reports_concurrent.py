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
from binhyen.intake.tests.web import FIGHT, NOISE, make_picture, parse_status_token
from binhyen.kit.ids import generate_token
from binhyen.vault.models import Reporter

HANDS = 4  # beside the test's own connection, fewer than the pool has


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


def send_concurrently(texts: list[str], key: str, path: str = "/bao-tin"):
    gate = Barrier(len(texts))

    def send(text: str):
        try:
            client = Client()
            connection.ensure_connection()
            gate.wait(timeout=20)
            return client.post(path, {"text": text, "key": key, "photos": [make_picture((4, 3))]})
        finally:
            connection.close()

    with ThreadPoolExecutor(len(texts)) as pool:
        return list(pool.map(send, texts))


@pytest.mark.django_db
def test_this_is_the_test_database():
    """Marked so that pytest-django creates the test database even when this file runs alone."""
    assert connection.settings_dict["NAME"].startswith("test_")


def test_one_form_sent_concurrently_is_one_report(real_db, tmp_path):
    answers = send_concurrently([FIGHT] * HANDS, generate_token())
    assert len({parse_status_token(a) for a in answers}) == 1
    counts = [model.objects.count() for model in (Case, Message, Conversation, Reporter)]
    assert counts == [1, 1, 1, 1]
    assert len([f for f in tmp_path.rglob("*") if f.is_file()]) == 2, "original and preview of one photo"


def test_as_many_forms_are_as_many_reports(real_db):  # the negative control
    for number in range(HANDS):
        send_concurrently([f"{FIGHT} {number}"], generate_token())
    assert Case.objects.count() == HANDS


def test_one_form_with_two_contents_is_one_report(real_db):
    answers = send_concurrently([FIGHT, NOISE], generate_token())
    assert sorted(a.status_code for a in answers) == [303, 409]
    assert Case.objects.count() == 1


def test_a_follow_up_sent_concurrently_is_one_message(real_db):
    secret = parse_status_token(Client().post("/bao-tin", {"text": FIGHT, "key": generate_token()}))
    answers = send_concurrently(["Họ vẫn còn đánh nhau"] * HANDS, generate_token(), f"/theo-doi/{secret}")
    assert {a.status_code for a in answers} == {303}
    assert Message.objects.count() == 2


@pytest.fixture
def crowd(monkeypatch):
    """Hold the first report in progress until all others wait behind it."""
    run, calls = pipeline.process_items, []

    def wait_and_open(items, *, now):
        calls.append(len(items))
        while len(calls) == 1 and len(items) + len(web_reports._store_batched._waiting) < HANDS:
            Event().wait(0.001)
        return run(items, now=now)

    monkeypatch.setattr(pipeline, "process_items", wait_and_open)
    return calls


def send_forms_concurrently(forms: list[dict[str, str]]):
    def send(form: dict[str, str]):
        try:
            return Client().post("/bao-tin", form)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))


def count_transactions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM channels_message")
        return cursor.fetchone()[0]


def test_concurrent_reports_share_a_transaction(real_db, crowd):
    places = ("Lộc Hà", "Thạch Đài", "Nghèn", "Ích Hậu")
    forms = [
        {"text": f"Hàng xóm hát karaoke ồn quá ở {place}", "key": generate_token(), "name": f"Người {n}"}
        for n, place in enumerate(places)
    ]
    answers = send_forms_concurrently(forms)
    assert (sum(crowd), len(crowd)) == (HANDS, count_transactions())
    assert count_transactions() <= 2
    for form, answer in zip(forms, answers, strict=True):
        page = Client().get(f"/theo-doi/{parse_status_token(answer)}").content.decode()
        assert form["text"] in page
        assert not any(other["text"] in page for other in forms if other is not form)
    assert len(set(Report.objects.values_list("reporter_id", flat=True))) == HANDS


def test_a_reused_form_is_reported_to_its_own_sender(real_db, crowd):
    used = generate_token()
    crowd.append(0)  # the next is not a first report: it waits for no other
    Client().post("/bao-tin", {"text": FIGHT, "key": used})
    crowd.clear()
    forms = [{"text": f"{NOISE} {n}", "key": used if n == 1 else generate_token()} for n in range(HANDS)]
    assert [answer.status_code for answer in send_forms_concurrently(forms)] == [303, 409, 303, 303]
    assert Message.objects.count() == HANDS
