"""«Quay lại» after sending, and the same text again: one report, one number. The same text of another person is another
report."""

from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Message
from binhyen.intake.tests.web import FIGHT, NOISE, key_of, link, picture, tell
from binhyen.intake.views.report import A_MOMENT, LAST

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path: Any, settings: Any) -> None:
    settings.FILES_ROOT = tmp_path


def counts() -> tuple[int, int, int]:
    return Case.objects.count(), Report.objects.count(), Message.objects.count()


def test_the_same_words_from_the_same_browser_are_one_telling() -> None:
    client = Client()
    first, again = link(tell(client, FIGHT)), link(tell(client, FIGHT))
    assert first == again and counts() == (1, 1, 1)
    assert client.get(f"/da-gui/{again}").status_code == 200
    page = client.get(f"/theo-doi/{again}").content.decode()
    assert page.count(FIGHT) >= 1
    third = link(tell(client, FIGHT))
    assert third == first, "however often"


def test_somebody_else_with_the_same_words_is_another() -> None:
    assert link(tell(Client(), FIGHT)) != link(tell(Client(), FIGHT))
    assert counts()[1:] == (2, 2)


def test_other_words_are_another_telling_and_so_is_a_name_given_later() -> None:
    client = Client()
    told = {link(tell(client, text, **more)) for text, more in ((NOISE, {}), (FIGHT, {}), (FIGHT, {"name": "Lan"}))}
    assert len(told) == 3 and Report.objects.count() == 3


def test_photos_that_the_way_back_lost_are_not_missed_and_new_ones_are_taken() -> None:
    client = Client()
    first = link(tell(client, FIGHT, photos=[picture()]))
    assert link(tell(client, FIGHT)) == first and counts()[1:] == (1, 1)
    assert link(tell(client, FIGHT, photos=[picture((9, 9))])) != first, "no photo is discarded"


def test_what_the_browser_keeps_for_it_is_gone_in_minutes_and_told_to_this_page_only() -> None:
    client = Client()
    key = key_of(client.get("/bao-tin").content.decode())
    tell(client, FIGHT, key=key)
    kept = client.cookies[LAST]
    assert (kept.value, kept["path"], kept["max-age"]) == (key, "/bao-tin", A_MOMENT)
    assert kept["httponly"] and kept["samesite"] == "Lax"
    client.cookies[LAST] = "x" * 43
    assert link(tell(client, FIGHT)) not in ("", key) and Report.objects.count() == 2, "the control: without it, two"
