"""The security headers of every page, and that a view may be stricter."""

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from binhyen.kit.security_headers import POLICY
from binhyen.ui.middleware import page_headers


def answer(response: HttpResponse) -> HttpResponse:
    def view(_: HttpRequest) -> HttpResponse:
        return response

    found = page_headers(view)(RequestFactory().get("/"))
    assert isinstance(found, HttpResponse)
    return found


def test_a_page_gets_the_strict_policy() -> None:
    headers = answer(HttpResponse("x")).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["Cache-Control"] == "no-store"
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_a_file_keeps_its_own_stricter_policy() -> None:
    own = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=60"}
    headers = answer(HttpResponse("x", headers=own)).headers
    assert {name: headers[name] for name in own} == own
