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
from binhyen.kit.ids import format_code
from binhyen.kit.text import to_nfc
from binhyen.kit.typed_dates import format_moment_field, parse_typed_moment
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.privacy import queries
from binhyen.privacy.models import Breach
from binhyen.privacy.rules.breaches import SOON_BEFORE
from binhyen.privacy.services import breaches as services
from binhyen.ui import formatting

REGISTER_URL = "/su-co-du-lieu"


@require_any_permission(*queries.BREACH_ABILITIES)
def list_breaches_page(request: OfficerRequest) -> HttpResponse:
    return _render_register(request, {})


def _render_register(request: OfficerRequest, draft: Mapping[str, str], problem: str = "") -> HttpResponse:
    """Render the register with its form; a rejected form keeps its input and shows the error."""
    now = clock.now()
    context = {
        "now": now,
        "rows": [_build_row(breach_row, now) for breach_row in queries.list_breaches()[:100]],
        "write_url": f"{REGISTER_URL}/ghi",
        "today": format_moment_field(now),
        "draft": draft,
    }
    return _render_with_error(request, "privacy/breaches.html", context, problem)


def _render_with_error(request: OfficerRequest, template: str, context: dict[str, Any], problem: str) -> HttpResponse:
    if problem:
        messages.error(request, problem)
    return render(request, template, context, status=422 if problem else 200)


def _build_row(row: Breach, now: dt.datetime) -> dict[str, Any]:
    is_reported = row.reported_at is not None
    return {
        "url": f"{REGISTER_URL}/{row.public_id}",
        "code": format_code(row.code),
        "what": row.what,
        "found_at": row.found_at,
        "due": formatting.build_due(
            row.due_at, now, soon=SOON_BEFORE, is_met=is_reported, label=_("Báo cơ quan chuyên trách")
        ),
        "late": row.reported_at is not None and row.reported_at > row.due_at,
        "state": {"label": _("Đã kết thúc"), "tone": "quiet"}
        if row.closed_at
        else {"label": _("Đã báo"), "tone": "good"}
        if is_reported
        else {"label": _("Chưa báo"), "tone": "bad"},
    }


@require_any_permission(*queries.BREACH_ABILITIES)
def show_breach(request: OfficerRequest, breach: UUID) -> HttpResponse:
    return _render_breach(request, _get_breach(breach), {})


def _render_breach(request: OfficerRequest, row: Breach, draft: Mapping[str, str], problem: str = "") -> HttpResponse:
    now = clock.now()
    context = {
        "now": now,
        "row": _build_row(row, now),
        "who": row.who,
        "people": row.people,
        "measures": row.measures,
        "by": row.officer.name,
        "at": row.at,
        "notified_at": row.notified_at,
        "reported_at": row.reported_at,
        "list_url": REGISTER_URL,
        "steps": [
            {
                "kind": breach_step.get_kind_display(),
                "text": breach_step.text,
                "at": breach_step.at,
                "who": breach_step.officer.name,
            }
            for breach_step in row.steps.select_related("officer").order_by("pk")
        ],
        "step_url": f"{REGISTER_URL}/{row.public_id}/them" if row.closed_at is None else "",
        "kinds": [{"value": value, "label": label} for value, label in services.Kind.choices],
        "draft": draft,
    }
    return _render_with_error(request, "privacy/breach.html", context, problem)


def _get_breach(public_id: UUID) -> Breach:
    row = queries.list_breaches().filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


@require_any_permission(*queries.BREACH_ABILITIES, methods=("POST",))
def record_breach_view(request: OfficerRequest) -> HttpResponse:
    post, now = request.POST.dict(), clock.now()
    people = post.get("people", "").strip()
    try:
        found_at = parse_typed_moment(post.get("found_at", ""))
        count = int(people) if people else None
    except ValueError:
        return _render_register(
            request, post, _("Ghi lúc phát hiện, ví dụ: 01/12/2026 19:00; số người là một số, hoặc để trống.")
        )
    try:
        row = services.record_breach(
            what=to_nfc(post.get("what", "")),
            who=to_nfc(post.get("who", "")),
            people=count,
            found_at=found_at,
            measures=to_nfc(post.get("measures", "")),
            officer=request.user,
            now=now,
        )
    except RuleViolation as refusal:
        return _render_register(request, post, str(refusal))
    messages.success(request, _("Đã ghi sự cố. Thời hạn 72 giờ bắt đầu tính."))
    return redirect_after_post(f"{REGISTER_URL}/{row.public_id}")


@require_any_permission(*queries.BREACH_ABILITIES, methods=("POST",))
def add_breach_step(request: OfficerRequest, breach: UUID) -> HttpResponse:
    row = _get_breach(breach)
    try:
        services.add_step(
            public_id=str(row.public_id),
            kind=request.POST.get("kind", ""),
            text=to_nfc(request.POST.get("text", "")),
            officer=request.user,
            now=clock.now(),
        )
    except RuleViolation as refusal:
        return _render_breach(request, row, request.POST.dict(), str(refusal))
    messages.success(request, _("Đã ghi."))
    return redirect_after_post(f"{REGISTER_URL}/{row.public_id}")
