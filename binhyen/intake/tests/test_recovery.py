"""A report is found again by its number and the word that its reporter chose, and by nothing else."""

import re
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case, Report
from binhyen.intake import recovery
from binhyen.intake.tests.web import NOISE, parse_status_token, submit_report
from binhyen.kit.ids import format_code
from binhyen.kit.rate_limits import buckets

pytestmark = pytest.mark.django_db
WORD = "Quán chè bà Năm"
COMPLAINT = "Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ"


@pytest.fixture(autouse=True)
def no_guesses() -> None:
    """Start with full limits: guesses of other tests do not count."""
    buckets._left.clear()


def look_up(client: Client, number: str, word: str) -> Any:
    return client.post("/tra-cuu", {"number": number, "word": word})


def test_the_number_with_its_word_opens_the_report(client: Client) -> None:
    token = parse_status_token(submit_report(client, NOISE, word=WORD))
    code = format_code(Case.objects.get().code)
    assert "nhập số tin và từ bạn đã đặt" in client.get(f"/da-gui/{token}").content.decode()
    for number, word in ((code, "quán chè bà Sáu"), ("ZZZZ-ZZZZ", WORD), ("", WORD)):
        refused = look_up(client, number, word)
        assert refused.status_code == 422 and "không khớp" in refused.content.decode()
        assert not word or word not in refused.content.decode(), "the word is not shown again"
    assert look_up(client, code.lower(), "quan che ba nam").headers["Location"] == f"/theo-doi/{token}"
    row = Report.objects.get()
    assert token.encode() not in bytes(row.recovery) and row.link_hash != token


def test_guesses_of_a_code_are_limited(client: Client) -> None:
    submit_report(client, NOISE, word=WORD)
    code = Case.objects.get().code
    for number in range(5):
        assert look_up(client, code, f"từ sai số {number}").status_code == 422
    assert look_up(client, code, WORD).status_code == 422, "used up"


def test_without_a_word_and_for_a_complaint_nothing_is_stored(client: Client) -> None:
    submit_report(client, NOISE)
    page = client.post("/bao-tin", {"text": NOISE, "word": "ngắn"})
    assert page.status_code == 422 and "từ 6 đến 60 chữ" in page.content.decode()
    token = parse_status_token(submit_report(client, COMPLAINT, word=WORD))
    assert not Report.objects.exclude(recovery=None).exists()
    assert recovery.find_link(Case.objects.filter(is_restricted=True).get().code, WORD) is None
    assert client.get(f"/theo-doi/{token}").status_code == 200, "control: its own link opens it"


def test_a_picture_stands_for_a_sentence(client: Client) -> None:
    token = parse_status_token(submit_report(client, "", topic="fire", place="chợ Lộc Hà"))
    page = client.get(f"/theo-doi/{token}").content.decode()
    assert "Có cháy" in page and Case.objects.get().category == "fire"
    assert "Công an hẹn trả lời" not in page, "in danger a date weeks away misleads"
    assert re.search("Nơi bạn ghi: chợ Lộc Hà", page), "the typed place is shown back"
    assert submit_report(client, "", topic="other").status_code == 422, "this picture says nothing"
    theft = parse_status_token(submit_report(client, "mất con gà", topic="theft"))
    theft_page = client.get(f"/theo-doi/{theft}").content.decode()
    assert "Trộm cắp: mất con gà" in theft_page and "Công an hẹn trả lời chậm nhất" in theft_page
