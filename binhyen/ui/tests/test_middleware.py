"""The security headers of every page, and that a view may be stricter."""

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from binhyen.kit.security_headers import CSP
from binhyen.ui.middleware import page_headers


def apply_middleware(response: HttpResponse) -> HttpResponse:
    def view(_: HttpRequest) -> HttpResponse:
        return response

    page_response = page_headers(view)(RequestFactory().get("/"))
    assert isinstance(page_response, HttpResponse)
    return page_response


def test_a_page_gets_the_strict_policy() -> None:
    headers = apply_middleware(HttpResponse("x")).headers
    assert headers["Content-Security-Policy"] == CSP
    assert "unsafe" not in CSP
    assert headers["Cache-Control"] == "no-store"
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_a_file_keeps_its_own_stricter_policy() -> None:
    own_headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=60"}
    headers = apply_middleware(HttpResponse("x", headers=own_headers)).headers
    assert {name: headers[name] for name in own_headers} == own_headers
