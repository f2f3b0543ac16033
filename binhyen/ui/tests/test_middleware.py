"""The security headers of every page, and that a view may be stricter; the style sheet inside a first page."""

import gzip
import re
from base64 import b64encode
from hashlib import sha256

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory

from binhyen.kit.security_headers import CSP
from binhyen.ui.context import PageFrame
from binhyen.ui.middleware import page_headers

FIRST = {"Sec-Fetch-Site": "none", "Accept-Encoding": "gzip, br"}


def apply_middleware(response: HttpResponse, **headers: str) -> HttpResponse:
    def view(_: HttpRequest) -> HttpResponse:
        return response

    page_response = page_headers(view)(RequestFactory().get("/", headers=headers))
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


def test_a_first_page_holds_its_style_sheet_and_compresses_nothing_else() -> None:
    page = render_to_string("ui/public.html", {"shell": PageFrame()})
    sizes = []
    for secret in ("a" * 70_000, "".join(f"{number:05}" for number in range(14_000))):
        whole = page.replace("</main>", f"{secret}</main>")
        answer = apply_middleware(HttpResponse(whole), **FIRST)
        text = gzip.decompress(answer.content).decode()
        ((css,),) = [re.findall(r"<style>(.*?)</style>", text, flags=re.DOTALL)]
        digest = b64encode(sha256(css.encode()).digest()).decode()
        assert f"style-src 'self' 'sha256-{digest}';" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"] and "../" not in css and secret in text
        sheets = re.findall(r"<link rel=.stylesheet.[^>]*>", text)
        assert len(sheets) == 1 and 'media="print"' in sheets[0], "for the next page, and it delays nothing"
        assert re.search(r"theme\.js[^>]* async>", text)
        assert {"Sec-Fetch-Site", "Accept-Encoding", "Cookie"} <= set(answer["Vary"].split(", ")), "for caches"
        assert answer["Content-Length"] == str(len(answer.content)) and len(answer.content) < len(whole) + 16_000
        sizes.append(len(answer.content))
    assert sizes[0] == sizes[1], "the length says nothing about the text"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        FIRST | {"Sec-Fetch-Site": "same-origin"},
        FIRST | {"Accept-Encoding": "br"},
        FIRST | {"Cookie": f"{settings.SESSION_COOKIE_NAME}=x"},
    ],
)
def test_a_later_page_and_an_old_browser_load_the_file(headers: dict[str, str]) -> None:
    page = render_to_string("ui/public.html", {"shell": PageFrame()})
    answer = apply_middleware(HttpResponse(page), **headers)
    assert answer.content.decode() == page and answer["Content-Security-Policy"] == CSP
