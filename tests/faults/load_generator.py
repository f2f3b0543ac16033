"""Page processes that die at a chosen point during a report on our own pages, forked from one with Django loaded
(helper.py).

A first child takes the form as the pages do and dies by SIGKILL at the point; a second, unharmed, gets the same form,
as a browser repeats a request without an answer. Prints a JSON list: each form, the state after the death, the answers.
"""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.crash_points import kill_self, run_in_child

UNRELATED_QUESTION = "Cho hỏi làm lại căn cước ở xã Lộc Hà cần giấy tờ gì"
# Points where a page process may die, and the forms that pass there: text, text with two photos, a further message on
# the status page.
POINTS = {
    "decoded": ("photos", "more"),
    "one_file": ("photos", "more"),
    "amid_rows": ("words", "photos", "more"),
    "before_commit": ("words", "photos", "more"),
    "after_commit": ("words", "photos", "more"),
    "before_answer": ("words", "photos", "more"),
}
STORED_POINTS = frozenset({"after_commit", "before_answer"})  # reports accepted by the killed process are stored


@dataclass(slots=True)
class Form:
    """One submission with the same key and the same bytes at every retry."""

    kind: str
    address: str = "/bao-tin"
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def post_form(self) -> dict[str, Any]:
        """Return the status, and the link of a report."""
        from django.test import Client

        from binhyen.intake.tests.web import make_picture
        from tests.rls import acting_as

        photos = {"words": 0, "photos": 2, "more": 1}[self.kind]
        fields: dict[str, Any] = {"text": UNRELATED_QUESTION, "key": self.key}
        if photos:
            fields["photos"] = [make_picture() for _ in range(photos)]
        with acting_as("pages"):
            answer = Client(SERVER_NAME="localhost").post(self.address, fields)
        return {"status": answer.status_code, "link": answer.headers.get("Location", "").removeprefix("/da-gui/")}


def arm_crash_point(point: str) -> None:
    """Kill this process when it reaches the point."""
    from binhyen.channels.services import media
    from binhyen.intake import pipeline, storage, web_reports
    from binhyen.intake.views import report, status
    from binhyen.kit import file_storage

    match point:
        case "decoded":
            _crash_after(media, "reencode_upload")
        case "one_file":
            _crash_after(file_storage, "store_file")
        case "amid_rows":
            _crash_after(storage, "store_messages")
        case "before_commit":
            _crash_after(pipeline, "process_items")
        case "after_commit":
            _crash_after(web_reports, "_store_reports")
            _crash_after(web_reports._store_batched, "_run")
            _crash_after(web_reports, "add_page_message")
        case "before_answer":
            report.redirect_see_other = status.redirect_see_other = kill_self
        case "forgetful":  # seeded defect: no form is recognised as a duplicate
            _disable_deduplication()
            arm_crash_point("after_commit")
        case "early":  # seeded defect: answers before the commit and dies in between
            web_reports.send_report = lambda sending, now: web_reports.derive_link(sending.key)


def _crash_after(place: Any, name: str) -> None:
    done = getattr(place, name)
    setattr(place, name, lambda *a, **k: (done(*a, **k), kill_self())[0])


def _disable_deduplication() -> None:
    from binhyen.intake import web_reports

    original_key, link = web_reports.Submission.derive_external_id, web_reports.derive_link
    web_reports.Submission.derive_external_id = lambda self: f"{original_key(self)[:40]}{secrets.token_hex(12)}"  # type: ignore[method-assign]
    web_reports.derive_link = lambda key: link(f"{key}{secrets.token_hex(8)}")


def _count_stored() -> int:
    from binhyen.channels.models import Message

    return Message.objects.count()


Report = Callable[..., Any]


def run_fork(work: Callable[[Report], None]) -> tuple[str, dict[str, Any]]:
    """Return how a fork ended, and its output until then."""
    read, write = os.pipe()
    end = run_in_child(lambda: work(lambda **facts: os.write(write, (json.dumps(facts) + "\n").encode())))
    os.close(write)
    facts: dict[str, Any] = {}
    with os.fdopen(read) as lines:
        for line in lines:
            facts |= json.loads(line)
    return end, facts


def submit_form(point: str, form: Form) -> dict[str, Any]:
    """Submit the form once with the death, and again unless it was answered."""

    def submit_first(say: Report) -> None:
        say(before=_count_stored())
        arm_crash_point(point)
        say(answered=form.post_form())
        kill_self()  # of a process that answered too early

    def submit_again(say: Report) -> None:
        if point == "forgetful":
            _disable_deduplication()
        say(left=_count_stored(), answered=form.post_form())

    ends, facts = zip(run_fork(submit_first), *([] if point == "early" else [run_fork(submit_again)]), strict=True)
    facts_by_key = {key: value for fact in facts for key, value in fact.items()}
    return {"point": point, "kind": form.kind, "key": form.key, "ends": list(ends), **facts_by_key}


def main(*points: str) -> None:
    from django.db import connection

    from binhyen.intake.idempotency import derive_link

    early = Form("words")
    answered = early.post_form()  # here, so that forks reuse data that pages read once; its connection is not inherited
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    results = [{"kind": early.kind, "key": early.key, "answered": answered}]
    for point in points:
        results += [
            submit_form(point, Form(kind, f"/theo-doi/{derive_link(early.key)}" if kind == "more" else "/bao-tin"))
            for kind in POINTS.get(point, ("words",))
        ]
    print(json.dumps(results))
