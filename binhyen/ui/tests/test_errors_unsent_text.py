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


def raise_unavailable(*_: Any, **__: Any) -> None:
    raise OperationalError("gone") from AWAY


def read_form_fields(answer: Any) -> dict[str, str]:
    """Return the fields that the page's form would send."""
    page = answer.content.decode()
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    typed = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in [*hidden, *typed]}


def submit_failing_form(path: str, posted: dict[str, Any], problem: Exception = AWAY) -> HttpResponse:
    """Return the response to a form whose view, or earlier middleware, failed."""
    asked = RequestFactory().post(path, posted)
    asked.resolver_match = None
    try:
        raise problem
    except type(problem):
        return errors.handle_server_error(asked)


@pytest.mark.django_db
@pytest.mark.parametrize(("problem", "status"), [(raise_unavailable, 503), (lambda **_: 1 / 0, 500)])
def test_a_report_is_returned_and_sent_again_unchanged(
    problem: Any, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    key = re.search(r'name="key" value="([^"]+)"', client.get("/bao-tin").content.decode())
    assert key
    payload = {"key": key[1], "text": WORDS, "place": "Chợ Huyện", "phone": "", "name": ""}
    with monkeypatch.context() as broken:
        broken.setattr("binhyen.intake.web_reports.send_report", problem)
        answer = client.post("/bao-tin", payload)
    assert answer.status_code == status and "<b>ở" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"], "it is not left in the browser"
    again = read_form_fields(answer)
    assert "Gửi lại</button>" in answer.content.decode()
    assert again | {"phone": "", "name": ""} == payload
    assert client.post("/bao-tin", again).status_code == 303 and Report.objects.count() == 1


@pytest.mark.django_db
def test_an_installation_that_is_not_set_up_returns_the_text_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_ready(**_: Any) -> None:
        raise web_reports.NotReady

    monkeypatch.setattr("binhyen.intake.web_reports.send_report", not_ready)
    page = Client().get("/bao-tin").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    answer = Client().post("/bao-tin", {"key": key[1], "text": WORDS})
    assert answer.status_code == 503 and answer["Retry-After"] and read_form_fields(answer)["text"] == WORDS


@pytest.mark.parametrize("path", ["/vu-viec/K7MQ-2X9P/tra-loi?muc=3", "/theo-doi/abc", "/tep-khac"])
def test_text_of_every_form_is_returned_even_without_a_view(path: str) -> None:
    answer = submit_failing_form(
        path, {"csrfmiddlewaretoken": "c", "outcome": "DONE", "text": WORDS, "part": ["1", "2"]}
    )
    page = answer.content.decode()
    assert answer.status_code == 503 and answer["Retry-After"] and f'action="{path}"' in page
    assert read_form_fields(answer)["text"] == WORDS and read_form_fields(answer)["csrfmiddlewaretoken"] == "c"
    assert 'name="part" value="1"' in page and 'name="part" value="2"' in page


@pytest.mark.parametrize("secret", sorted(errors._SECRETS))
def test_secrets_are_never_returned(secret: str) -> None:
    answer = submit_failing_form("/giu-kin/xin", {"reason": WORDS, secret: "mat-khau-dai", "csrfmiddlewaretoken": "c"})
    page = answer.content.decode()
    assert (
        "mat-khau-dai" not in page and read_form_fields(answer) == {"reason": WORDS} and "Gửi lại</button>" not in page
    )
    alone = submit_failing_form("/dang-nhap", {"username": "loc-ha.canbo1", secret: "mat-khau-dai"}).content.decode()
    assert "mat-khau-dai" not in alone and "loc-ha" not in alone


def test_control_without_text_there_is_the_plain_page() -> None:
    assert "<textarea" not in submit_failing_form("/bao-tin", {"text": "  "}).content.decode()
    assert submit_failing_form("/api/v1/cases", {"text": WORDS})["Content-Type"] == "application/problem+json"
