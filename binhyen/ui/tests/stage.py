"""A loopback server that shows the sample screens with their real scripts, styles and headers, for browser tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.template.loader import get_template

from binhyen.kit.security_headers import CSP
from binhyen.ui.tests.more_samples import build_more_pages
from binhyen.ui.tests.samples import CASE, DESK, OFFICER, build_pages

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff": "font/woff"}


class StageServer:
    """Controls of the tests (context of the desk, event stream) and the received requests."""

    def __init__(self) -> None:
        self.desk: dict[str, Any] = dict(DESK)
        self.shell = replace(OFFICER, rings=())  # of every page but the desk
        self.asked: list[str] = []
        self.posted: list[tuple[str, bytes]] = []
        self.events: list[str] = []
        self.resumed_from: list[str] = []
        self.more = threading.Condition()
        self.drop = threading.Event()
        self.over = threading.Event()
        self.ended = False  # the session: the gateway answers 204, and browsers stop asking
        self.port = 0

    def set_counts(self, *rings: str, **more: int) -> None:
        """Set the counts of the frame: codes of cases with an alarm; numbers by the path of a page
        without its slash."""
        numbers = {"ban-truc": len(rings), **more}
        nav = tuple(replace(item, count=numbers.get(item.url[1:], item.count)) for item in OFFICER.nav)
        self.shell = replace(OFFICER, nav=nav, rings=rings)

    def add_frame(self, context: dict[str, Any]) -> dict[str, Any]:
        """Add today's officer frame to the context, where the page has one and is not the desk."""
        moves = context.get("shell", OFFICER) is OFFICER and context is not self.desk
        return {**context, "shell": self.shell} if moves else context

    def send(self, *, name: str, row: int, data: str) -> None:
        """Send one event in the format of the feed."""
        with self.more:
            self.events.append(f'id: e.{row}\nevent: {name}\ndata: {{"id": {row}, {data}}}\n\n')
            self.more.notify_all()

    def drop_stream(self) -> None:
        """Drop the open stream, like a bad network."""
        with self.more:
            self.drop.set()
            self.more.notify_all()

    def wait_for_more(self, shown: int) -> list[str]:
        """Return events after the first `shown`, as soon as there are any or the stream has to end."""
        with self.more:
            self.more.wait_for(lambda: len(self.events) > shown or self.drop.is_set() or self.over.is_set(), 5)
            return self.events[shown:]

    def url(self, screen: str) -> str:
        return f"http://127.0.0.1:{self.port}/{screen}"


class _Handler(BaseHTTPRequestHandler):
    stage: StageServer

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.stage.asked.append(self.path)
        if path == "/live/ban-truc":
            self._stream()
        elif path.startswith("/static/"):
            static_path = finders.find(path.removeprefix("/static/"))
            self._answer(
                Path(static_path).read_bytes() if static_path else b"", TYPES.get(Path(path).suffix, "text/plain")
            )
        elif self.stage.ended and self.path in ("/ban-truc?phan=hang", "/so-viec"):
            self._locked()
        elif self.path == "/ban-truc?phan=hang":
            self._page("desk/_queue.html", self.stage.desk)
        elif path == CASE["url"]:
            self._page("desk/_case.html", build_pages()["case"][1])
        elif path == "/so-viec":
            self._page("ui/_numbers.html", {})
        elif path == "/desk":
            self._page("desk/desk.html", self.stage.desk)
        else:
            template, context = {**build_pages(), **build_more_pages()}.get(path[1:], ("404.html", {}))
            self._page(template, context)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.stage.posted.append((self.path, body))
        if self.headers.get("HX-Request"):
            self._page("desk/_queue.html", self.stage.desk)
        elif self.path == "/report":
            self.send_response(303)
            self.send_header("Location", "/sent")
            self.end_headers()
        else:
            self._page("public/sent.html", build_more_pages()["sent"][1])

    def _locked(self) -> None:
        """Answer a fragment request like people/view_auth.py."""
        self.send_response(204)
        self.send_header("HX-Trigger", "screen-locked")
        self.end_headers()

    def _page(self, template: str, context: dict[str, Any]) -> None:
        html = get_template(template).render({**self.stage.add_frame(context), "csrf_token": "t" * 32})
        self._answer(html.encode(), "text/html; charset=utf-8")

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.stage.resumed_from.append(self.headers.get("Last-Event-ID", ""))
        self.send_response(204 if self.stage.ended else 200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"" if self.stage.ended else b"retry: 50\n\n")
        shown = 0
        while not (self.stage.ended or self.stage.over.is_set()):
            fresh = self.stage.wait_for_more(shown)
            shown += len(fresh)
            self.wfile.write("".join(fresh).encode())
            if self.stage.drop.is_set():
                self.stage.drop.clear()
                return


@contextmanager
def open_stage() -> Iterator[StageServer]:
    stage = StageServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"stage": stage}))
    server.daemon_threads = True
    stage.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield stage
    finally:
        stage.over.set()
        with stage.more:
            stage.more.notify_all()
        server.shutdown()
        server.server_close()
        thread.join()
