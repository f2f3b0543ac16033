"""A page of Chromium that renders answers of the test client with their real headers: attack A7.

A page fails if anything ran, opened a dialog, became mark-up, or was stopped only by the content policy. Answers reach
Chromium through Playwright's routing: nothing leaves the machine.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders

from tests.security.browser import CHROMIUM

MARKS = [
    pytest.mark.browser,
    pytest.mark.django_db,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
HOST = "http://testserver"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
}
WATCH = """
window.__stopped = [];
addEventListener("securitypolicyviolation", (e) => __stopped.push(e.violatedDirective + " " + e.blockedURI));
"""
FOUND = """() => [
  ...(window.__ran ? ["ran"] : []),
  ...window.__stopped,
  ...[...document.querySelectorAll("[data-xss]")].map((e) => "mark-up: " + e.tagName),
  ...[...document.querySelectorAll("[href],[action],[formaction],[src]")]
    .filter((e) => ["href", "action", "formaction", "src"].some((a) => /^\\s*javascript:/i.test(e.getAttribute(a) || "")))
    .map((e) => "address: " + e.tagName),
]"""
EVENTS = "".join(
    f'id: e.{n}\nevent: {name}\ndata: {{"id": {n}, "case": "<img data-xss src=x onerror=__ran=1>", "version": 99}}\n\n'
    for n, name in enumerate(("case", "alarm", "quiet", "flag", "queue", "reset", "close"), start=1)
)


class BrowserTab:
    """A page of Chromium that is given answers of the test client, and static files. Every other request gets an empty
    answer.
    """

    def __init__(self, browser: Any) -> None:
        self.answers: dict[str, Any] = {}
        self.problems: list[str] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.add_init_script(WATCH)
        self.context.route("**/*", self._serve_request)
        self.page = self.context.new_page()
        self.page.on("dialog", self._record_dialog)

    def _record_dialog(self, dialog: Any) -> None:
        self.problems.append("a dialog")
        dialog.dismiss()

    def _serve_request(self, route: Any) -> Any:
        parts = urlsplit(route.request.url)
        where = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if parts.netloc != "testserver":
            self.problems.append(f"asks {parts.netloc}")
            route.abort()
        elif parts.path.startswith("/static/"):
            static_path = finders.find(parts.path.removeprefix("/static/"))
            body = Path(static_path).read_bytes() if static_path else b""
            route.fulfill(
                status=200 if static_path else 404,
                content_type=TYPES.get(Path(parts.path).suffix, "text/plain"),
                body=body,
            )
        elif parts.path == "/live":
            route.fulfill(status=200, content_type="text/event-stream", body=EVENTS)
        else:
            answer = self.answers.get(
                where
            )  # the test client cannot be called here: another context, another connection
            if answer is None:
                return route.fulfill(status=204)
            headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-length"}
            return route.fulfill(status=answer.status_code, headers=headers, body=answer.content)
        return None

    def assert_shown_as_text(self, answer: Any, where: str) -> None:
        """Raise AssertionError unless the page shows its payloads as text."""
        assert answer.status_code < 500, where
        self.answers[where] = answer
        self.problems.clear()
        self.page.goto(HOST + where, wait_until="load")
        self.page.wait_for_timeout(30)  # the live feed's events, and content loaded by htmx
        violations = [*self.problems, *self.page.evaluate(FOUND)]
        assert violations == [], f"{where}: {violations[:5]}"
