"""Reporters at the web form, through the gateway; they repeat a form until they get their link."""

import http.client
import itertools
import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from binhyen.intake.tests.web import make_picture
from tests.faults.harness import UNRELATED_QUESTION, FaultHarness
from tests.process_harness import wait_until


@dataclass(slots=True)
class Form:
    """One submission with the same key and the same bytes at every retry. `link`: of the status page."""

    body: bytes
    key: str
    tries: int = 0
    link: str = ""


@dataclass(slots=True)
class FormSenders:
    """Browsers that send forms. `open`: requests in flight."""

    machine: FaultHarness
    cookie: str = ""
    token: str = ""
    open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> bool:
        """Return whether the form can be opened."""
        gateway = http.client.HTTPConnection("127.0.0.1", self.machine.stack.port, timeout=10)
        try:
            gateway.request("GET", "/bao-tin")
            answer = gateway.getresponse()
            match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
            self.cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        except (OSError, http.client.HTTPException):
            return False
        finally:
            gateway.close()
        self.token = match[1] if match else ""
        return bool(self.token)

    def generate_forms(self) -> Iterator[Form]:
        """Wait until the form can be opened; return forms without end, each of another person."""
        wait_until(self.look, why="the form")  # before anything is killed
        return map(self._build_form, itertools.count())

    def _build_form(self, number: int) -> Form:
        """Build the form with this number; every eighth has a photo."""
        key = secrets.token_urlsafe(32)
        fields = {"csrfmiddlewaretoken": self.token, "key": key, "text": UNRELATED_QUESTION}
        photos = {} if number % 8 else {"photos": make_picture()}
        return Form(encode_multipart(BOUNDARY, fields | photos), key)

    def post_form(self, form: Form) -> int:
        """Return 200 once the sender is redirected to their receipt, another status otherwise, 0 without an answer."""
        form.tries += 1
        gateway = http.client.HTTPConnection("127.0.0.1", self.machine.stack.port, timeout=10)
        with self.lock:
            self.open += 1
        try:
            gateway.request("POST", "/bao-tin", form.body, {"Content-Type": MULTIPART_CONTENT, "Cookie": self.cookie})
            answer = gateway.getresponse()
            form.link = (answer.headers["Location"] or "").removeprefix("/da-gui/")
            return 200 if answer.status == 303 else answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            with self.lock:
                self.open -= 1
            gateway.close()
