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

from tests.faults.crash_points import child, die

ALONE = "Cho hỏi làm lại căn cước ở xã Lộc Hà cần giấy tờ gì"
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
KEPT = frozenset({"after_commit", "before_answer"})  # what the killed process accepted is stored


@dataclass(slots=True)
class Form:
    """One submission with the same key and the same bytes at every retry."""

    kind: str
    address: str = "/bao-tin"
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def post(self) -> dict[str, Any]:
        """Return the status, and the link of a report."""
        from django.test import Client

        from binhyen.intake.tests.web import picture
        from tests.rls import acting_as

        photos = {"words": 0, "photos": 2, "more": 1}[self.kind]
        fields: dict[str, Any] = {"text": ALONE, "key": self.key}
        if photos:
            fields["photos"] = [picture() for _ in range(photos)]
        with acting_as("pages"):
            answer = Client().post(self.address, fields)
        return {"status": answer.status_code, "link": answer.headers.get("Location", "").removeprefix("/da-gui/")}


def arm(point: str) -> None:
    """Kill this process when it reaches the point."""
    from binhyen.channels.services import media
    from binhyen.intake import pipeline, web_reports
    from binhyen.intake.views import report, status
    from binhyen.kit import file_storage

    match point:
        case "decoded":
            _after(media, "cleaned")
        case "one_file":
            _after(file_storage, "store")
        case "amid_rows":
            _after(pipeline, "hear_messages")
        case "before_commit":
            _after(pipeline, "run")
        case "after_commit":
            _after(web_reports, "_take")
            _after(web_reports._together, "_work")
            _after(web_reports, "write_more")
        case "before_answer":
            report.see_other = status.see_other = die
        case "forgetful":  # seeded defect: no form is recognised as a duplicate
            _forget()
            arm("after_commit")
        case "early":  # seeded defect: answers before the commit and dies in between
            web_reports.send_report = lambda sending, now: web_reports.link_of(sending.key)


def _after(place: Any, name: str) -> None:
    done = getattr(place, name)
    setattr(place, name, lambda *a, **k: (done(*a, **k), die())[0])


def _forget() -> None:
    from binhyen.intake import web_reports

    known, link = web_reports.Sending.outside_id, web_reports.link_of
    web_reports.Sending.outside_id = lambda self: f"{known(self)[:40]}{secrets.token_hex(12)}"  # type: ignore[method-assign]
    web_reports.link_of = lambda key: link(f"{key}{secrets.token_hex(8)}")


def _stored() -> int:
    from binhyen.channels.models import Message

    return Message.objects.count()


Say = Callable[..., Any]


def heard(work: Callable[[Say], None]) -> tuple[str, dict[str, Any]]:
    """Return how a fork ended, and its output until then."""
    read, write = os.pipe()
    end = child(lambda: work(lambda **facts: os.write(write, (json.dumps(facts) + "\n").encode())))
    os.close(write)
    facts: dict[str, Any] = {}
    with os.fdopen(read) as lines:
        for line in lines:
            facts |= json.loads(line)
    return end, facts


def tell(point: str, form: Form) -> dict[str, Any]:
    """Submit the form once with the death, and again unless it was answered."""

    def first(say: Say) -> None:
        say(before=_stored())
        arm(point)
        say(answered=form.post())
        die()  # of a process that answered too early

    def again(say: Say) -> None:
        if point == "forgetful":
            _forget()
        say(left=_stored(), answered=form.post())

    ends, facts = zip(heard(first), *([] if point == "early" else [heard(again)]), strict=True)
    said = {key: value for each in facts for key, value in each.items()}
    return {"point": point, "kind": form.kind, "key": form.key, "ends": list(ends), **said}


def main(*points: str) -> None:
    from django.db import connection

    from binhyen.intake.idempotency import link_of

    early = Form("words")
    answered = early.post()  # here, so that forks reuse what pages read once; its connection is not inherited
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    told = [{"kind": early.kind, "key": early.key, "answered": answered}]
    for point in points:
        told += [
            tell(point, Form(kind, f"/theo-doi/{link_of(early.key)}" if kind == "more" else "/bao-tin"))
            for kind in POINTS.get(point, ("words",))
        ]
    print(json.dumps(told))
