"""The page shown while the page server is down: it fits a phone, reloads by itself, and has the emergency numbers."""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binhyen.gateway import PAGE_BODY_LIMIT, UpstreamProxy
from binhyen.ui import static_pages

Asked = Callable[..., tuple[int, dict[str, str], str]]


@pytest.fixture
def ask(tmp_path: Path) -> Asked:
    """Send one request while the page server is missing."""

    def asked(
        method: str, body: bytes = b"", length: int | None = None, path: str = "/bao-tin"
    ) -> tuple[int, dict[str, str], str]:
        got: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            got.append(message)

        async def run_scenario() -> None:
            pages = UpstreamProxy(str(tmp_path / "nobody.sock"))
            lines = [(b"content-length", str(len(body) if length is None else length).encode())] if body else []
            await pages(
                {
                    "type": "http",
                    "method": method,
                    "path": path,
                    "raw_path": path.encode(),
                    "query_string": b"",
                    "headers": lines,
                    "client": ("203.0.113.9", 1),
                },
                receive,
                send,
            )
            await pages.close()

        asyncio.run(run_scenario())
        headers = {name.decode(): value.decode() for name, value in got[0]["headers"]}
        return got[0]["status"], headers, got[1]["body"].decode()

    return asked


def has_texts(body: str, words: static_pages.TextPair) -> bool:
    """Check both languages: a heading, and an instruction."""
    first, _, remaining = words[0].partition(". ")
    return f"<h1>{first}</h1><p>{remaining}</p>" in body and f'<p lang="en">{words[1]}</p>' in body


def test_a_get_request_reloads_by_itself(ask: Asked) -> None:
    status, headers, body = ask("GET")
    assert (status, headers["refresh"], headers["retry-after"]) == (503, "3", "2")
    assert has_texts(body, static_pages.STARTING_TEXT)


def test_a_post_request_is_not_replaced_by_its_form(ask: Asked) -> None:
    """The form would come back empty, and the person would think it had arrived."""
    status, headers, body = ask("POST", b"text=x")
    assert status == 503 and "refresh" not in headers and has_texts(body, static_pages.STARTING_UNSENT_TEXT)


def test_an_api_client_gets_json(ask: Asked) -> None:
    for method, body, length, status, error in (
        ("GET", b"", None, 503, "later"),
        ("POST", b"{}", None, 503, "later"),
        ("POST", b"x", PAGE_BODY_LIMIT + 1, 413, "too_long"),
    ):
        got, headers, body_text = ask(method, body, length, "/api/v1/cases")
        problem = json.loads(body_text)
        assert (got, headers["content-type"], problem["status"]) == (status, "application/problem+json", status)
        assert problem["error"] == error and problem["detail"] and ("retry-after" in headers) == (status == 503)


def test_an_oversized_request_gets_a_page_with_a_link(ask: Asked) -> None:
    status, headers, body = ask("POST", b"x", PAGE_BODY_LIMIT + 1)
    assert status == 413 and "refresh" not in headers and has_texts(body, static_pages.TOO_LARGE_TEXT)
    assert 'href="/bao-tin"' in body


@pytest.mark.parametrize("sent", [("GET",), ("POST", b"x", PAGE_BODY_LIMIT + 1)])
def test_it_fits_a_phone_and_shows_emergency_numbers(ask: Asked, sent: tuple[Any, ...]) -> None:
    body = ask(*sent)[2]
    assert 'name="viewport" content="width=device-width' in body and 'content="light dark"' in body
    assert [f"tel:{number}" in body for number in (113, 114, 115)] == [True] * 3
    assert "style=" not in body and "<script" not in body, "the policy allows none"


@pytest.mark.parametrize("sent", [("GET",), ("POST", b"x", PAGE_BODY_LIMIT + 1)])
def test_it_has_our_face_and_asks_the_pages_for_nothing(ask: Asked, sent: tuple[Any, ...]) -> None:
    """Its only style sheet is allowed by its hash; a file would not be reachable."""
    _, headers, body = ask(*sent)
    ((sheet,), policy) = re.findall(r"<style>(.*?)</style>", body), headers["content-security-policy"]
    allowed = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"style-src 'sha256-{allowed}';" in policy and policy.startswith("default-src 'none';")
    assert not re.search(r"unsafe|https?:|\*|'self'", policy) and "frame-ancestors 'none'" in policy
    assert not re.search(r"url\(|@import|@font-face", sheet) and not re.search(r"<(link|img|script)|src=", body)
    tokens = (Path(static_pages.__file__).parent / "static/ui/css/tokens.css").read_text("utf-8")
    used = set(re.findall(r"var\((--[\w-]+)\)", sheet))
    assert used and used <= set(re.findall(r"(--[\w-]+):", tokens)), "no colour of its own"
    assert headers["x-robots-tag"] == "noindex" and '<meta name="robots" content="noindex">' in body
