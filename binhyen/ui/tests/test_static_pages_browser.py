"""The gateway's own page in a real browser: our colours without a file from the page server."""

from contextlib import suppress
from typing import Any

import pytest

from binhyen.ui import static_pages
from binhyen.ui.tests.test_scripts_browser import browser, pytestmark

__all__ = ["browser", "pytestmark"]


def render_page() -> tuple[dict[str, str], str]:
    """Return headers and body; written by hand because a browser thread has its own event loop."""
    got: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        got.append(message)

    with suppress(StopIteration):
        static_pages.send_fallback_page(send, 503, static_pages.STARTING_TEXT, reloads=True).send(None)  # type: ignore[attr-defined]
    return {name.decode(): value.decode() for name, value in got[0]["headers"]}, got[1]["body"].decode()


@pytest.mark.parametrize(("scheme", "header"), [("light", "rgb(11, 74, 60)"), ("dark", "rgb(10, 43, 35)")])
def test_a_browser_draws_it_so(browser: Any, scheme: str, header: str) -> None:
    """At the width of the smallest phones, with its own policy; where that blocks the style sheet, nothing has a
    colour."""
    refused: list[str] = []
    headers, body = render_page()
    shown = {name: value for name, value in headers.items() if name not in ("content-length", "refresh")}
    context = browser.new_context(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    page = context.new_page()
    page.on("console", lambda line: refused.append(line.text))
    page.route("**/*", lambda route: route.fulfill(status=200, headers=shown, body=body))
    page.goto("http://127.0.0.1:9/bao-tin")
    call = page.get_by_role("link", name="113").bounding_box()
    assert call["height"] >= 44 and call["width"] >= 44
    assert page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor") == header
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert refused == []
