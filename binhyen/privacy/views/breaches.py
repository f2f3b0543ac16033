"""Breach register: description, the 72 hours, steps. For operators and the inspectorate."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.text import nfc
from binhyen.people.services import Refusal
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.privacy import queries
from binhyen.privacy.models import Breach
from binhyen.privacy.rules.alarms import SOON
from binhyen.privacy.services import breaches as services
from binhyen.ui import formatting

BOOK = "/su-co-du-lieu"


@officers(*queries.BREACH_BOOK)
def breaches(request: OfficerRequest) -> HttpResponse:
    return _book(request, {})


def _book(request: OfficerRequest, draft: Mapping[str, str], problem: str = "") -> HttpResponse:
    """Render the register with its form; a rejected form keeps its input and shows the error."""
    now = clock.now()
    context = {
        "now": now, "rows": [_row(b, now) for b in queries.breaches()[:100]], "write_url": f"{BOOK}/ghi",
        "today": f"{now.astimezone(clock.VIETNAM):%Y-%m-%dT%H:%M}", "draft": draft,
    }  # fmt: skip
    return _answer(request, "privacy/breaches.html", context, problem)


def _answer(request: OfficerRequest, template: str, context: dict[str, Any], problem: str) -> HttpResponse:
    if problem:
        messages.error(request, problem)
    return render(request, template, context, status=422 if problem else 200)


def _row(row: Breach, now: dt.datetime) -> dict[str, Any]:
    met = row.reported_at is not None
    return {
        "url": f"{BOOK}/{row.public_id}", "code": show_code(row.code), "what": row.what, "found_at": row.found_at,
        "due": formatting.due(row.due_at, now, soon=SOON, met=met, label=_("Báo cơ quan chuyên trách")),
        "late": row.reported_at is not None and row.reported_at > row.due_at,
        "state": {"label": _("Đã kết thúc"), "tone": "quiet"} if row.closed_at
        else {"label": _("Đã báo"), "tone": "good"} if met else {"label": _("Chưa báo"), "tone": "bad"},
    }  # fmt: skip


@officers(*queries.BREACH_BOOK)
def breach(request: OfficerRequest, breach: UUID) -> HttpResponse:
    return _page(request, _find(breach), {})


def _page(request: OfficerRequest, row: Breach, draft: Mapping[str, str], problem: str = "") -> HttpResponse:
    now = clock.now()
    context = {
        "now": now, "row": _row(row, now), "who": row.who, "people": row.people, "measures": row.measures,
        "by": row.officer.name, "at": row.at, "told_at": row.told_at, "reported_at": row.reported_at, "list_url": BOOK,
        "steps": [
            {"kind": s.get_kind_display(), "text": s.text, "at": s.at, "who": s.officer.name}
            for s in row.steps.select_related("officer").order_by("pk")
        ],
        "step_url": f"{BOOK}/{row.public_id}/them" if row.closed_at is None else "",
        "kinds": [{"value": value, "label": label} for value, label in services.Kind.choices],
        "draft": draft,
    }  # fmt: skip
    return _answer(request, "privacy/breach.html", context, problem)


def _find(public_id: UUID) -> Breach:
    row = queries.breaches().filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


@officers(*queries.BREACH_BOOK, methods=("POST",))
def write(request: OfficerRequest) -> HttpResponse:
    post, now = request.POST.dict(), clock.now()
    people = post.get("people", "").strip()
    try:
        found_at = dt.datetime.fromisoformat(post.get("found_at", "")).replace(tzinfo=clock.VIETNAM)
        count = int(people) if people else None
    except ValueError:
        return _book(request, post, _("Ghi lúc phát hiện; số người là một số, hoặc để trống."))
    try:
        row = services.found(
            what=nfc(post.get("what", "")), who=nfc(post.get("who", "")), people=count, found_at=found_at,
            measures=nfc(post.get("measures", "")), officer=request.user, now=now,
        )  # fmt: skip
    except Refusal as refusal:
        return _book(request, post, str(refusal))
    messages.success(request, _("Đã ghi sự cố. Đồng hồ 72 giờ đang chạy."))
    return see_other(f"{BOOK}/{row.public_id}")


@officers(*queries.BREACH_BOOK, methods=("POST",))
def step(request: OfficerRequest, breach: UUID) -> HttpResponse:
    row = _find(breach)
    try:
        services.add_step(
            public_id=str(row.public_id), kind=request.POST.get("kind", ""), text=nfc(request.POST.get("text", "")),
            officer=request.user, now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, row, request.POST.dict(), str(refusal))
    messages.success(request, _("Đã ghi."))
    return see_other(f"{BOOK}/{row.public_id}")
