"""«Quay lại» after sending, and the same text again: one report, one number. The same text of another person is another
report."""

from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Message
from binhyen.intake.tests.web import FIGHT, NOISE, make_picture, parse_form_key, parse_status_token, submit_report
from binhyen.intake.views.report import LAST_KEY_COOKIE, LAST_KEY_SECONDS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path: Any, settings: Any) -> None:
    settings.FILES_ROOT = tmp_path


def count_rows() -> tuple[int, int, int]:
    return Case.objects.count(), Report.objects.count(), Message.objects.count()


def test_the_same_text_from_one_browser_is_one_report() -> None:
    client = Client()
    first, again = parse_status_token(submit_report(client, FIGHT)), parse_status_token(submit_report(client, FIGHT))
    assert first == again and count_rows() == (1, 1, 1)
    assert client.get(f"/da-gui/{again}").status_code == 200
    page = client.get(f"/theo-doi/{again}").content.decode()
    assert page.count(FIGHT) >= 1
    third = parse_status_token(submit_report(client, FIGHT))
    assert third == first, "however often"


def test_the_same_text_from_another_person_is_another_report() -> None:
    assert parse_status_token(submit_report(Client(), FIGHT)) != parse_status_token(submit_report(Client(), FIGHT))
    assert count_rows()[1:] == (2, 2)


def test_another_text_or_a_later_name_is_another_report() -> None:
    client = Client()
    links = {
        parse_status_token(submit_report(client, text, **more))
        for text, more in ((NOISE, {}), (FIGHT, {}), (FIGHT, {"name": "Lan"}))
    }
    assert len(links) == 3 and Report.objects.count() == 3


def test_photos_lost_by_going_back_are_not_required_and_new_ones_are_accepted() -> None:
    client = Client()
    first = parse_status_token(submit_report(client, FIGHT, photos=[make_picture()]))
    assert parse_status_token(submit_report(client, FIGHT)) == first and count_rows()[1:] == (1, 1)
    assert parse_status_token(submit_report(client, FIGHT, photos=[make_picture((9, 9))])) != first, (
        "no photo is discarded"
    )


def test_the_browser_keeps_the_marker_for_minutes_and_for_this_page_only() -> None:
    client = Client()
    key = parse_form_key(client.get("/bao-tin").content.decode())
    submit_report(client, FIGHT, key=key)
    cookie = client.cookies[LAST_KEY_COOKIE]
    assert (cookie.value, cookie["path"], cookie["max-age"]) == (key, "/bao-tin", LAST_KEY_SECONDS)
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    client.cookies[LAST_KEY_COOKIE] = "x" * 43
    assert parse_status_token(submit_report(client, FIGHT)) not in ("", key) and Report.objects.count() == 2, (
        "the control: without it, two"
    )
