"""Text of a rejected form is returned with the response, on every page."""

import html
import re
from typing import Any

import psycopg
import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from binhyen.cases.models import Report
from binhyen.intake import web_reports
from binhyen.ui import errors

WORDS = "Có nhóm thanh niên cầm dao đánh nhau <b>ở TDP Phú Mậu"
AWAY = psycopg.OperationalError("the server is gone")


def away(*_: Any, **__: Any) -> None:
    raise OperationalError("gone") from AWAY


def fields(answer: Any) -> dict[str, str]:
    """Return the fields that the page's form would send."""
    page = answer.content.decode()
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    typed = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in [*hidden, *typed]}


def failing(path: str, posted: dict[str, Any], problem: Exception = AWAY) -> HttpResponse:
    """Return the response to a form whose view, or earlier middleware, failed."""
    asked = RequestFactory().post(path, posted)
    asked.resolver_match = None
    try:
        raise problem
    except type(problem):
        return errors.failed(asked)


@pytest.mark.django_db
@pytest.mark.parametrize(("problem", "status"), [(away, 503), (lambda **_: 1 / 0, 500)])
def test_a_report_goes_back_and_is_sent_again_as_it_was(
    problem: Any, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    key = re.search(r'name="key" value="([^"]+)"', client.get("/bao-tin").content.decode())
    assert key
    told = {"key": key[1], "text": WORDS, "place": "Chợ Huyện", "phone": "", "name": ""}
    with monkeypatch.context() as broken:
        broken.setattr("binhyen.intake.web_reports.send_report", problem)
        answer = client.post("/bao-tin", told)
    assert answer.status_code == status and "<b>ở" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"], "it is not left in the browser"
    again = fields(answer)
    assert "Gửi lại</button>" in answer.content.decode()
    assert again | {"phone": "", "name": ""} == told
    assert client.post("/bao-tin", again).status_code == 303 and Report.objects.count() == 1


@pytest.mark.django_db
def test_an_installation_that_is_not_set_up_gives_the_words_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_ready(**_: Any) -> None:
        raise web_reports.NotReady

    monkeypatch.setattr("binhyen.intake.web_reports.send_report", not_ready)
    page = Client().get("/bao-tin").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    answer = Client().post("/bao-tin", {"key": key[1], "text": WORDS})
    assert answer.status_code == 503 and answer["Retry-After"] and fields(answer)["text"] == WORDS


@pytest.mark.parametrize("path", ["/vu-viec/K7MQ-2X9P/tra-loi?muc=3", "/theo-doi/abc", "/tep-khac"])
def test_words_of_every_form_go_back_also_where_no_view_was_reached(path: str) -> None:
    answer = failing(path, {"csrfmiddlewaretoken": "c", "outcome": "DONE", "text": WORDS, "part": ["1", "2"]})
    page = answer.content.decode()
    assert answer.status_code == 503 and answer["Retry-After"] and f'action="{path}"' in page
    assert fields(answer)["text"] == WORDS and fields(answer)["csrfmiddlewaretoken"] == "c"
    assert 'name="part" value="1"' in page and 'name="part" value="2"' in page


@pytest.mark.parametrize("secret", sorted(errors._SECRETS))
def test_what_opens_something_never_goes_back(secret: str) -> None:
    answer = failing("/giu-kin/xin", {"reason": WORDS, secret: "mat-khau-dai", "csrfmiddlewaretoken": "c"})
    page = answer.content.decode()
    assert "mat-khau-dai" not in page and fields(answer) == {"reason": WORDS} and "Gửi lại</button>" not in page
    alone = failing("/dang-nhap", {"username": "loc-ha.canbo1", secret: "mat-khau-dai"}).content.decode()
    assert "mat-khau-dai" not in alone and "loc-ha" not in alone


def test_control_without_words_there_is_the_plain_page() -> None:
    assert "<textarea" not in failing("/bao-tin", {"text": "  "}).content.decode()
    assert failing("/api/v1/cases", {"text": WORDS})["Content-Type"] == "application/problem+json"
