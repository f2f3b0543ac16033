"""Officers' pages of the library of procedures: list, editor with approval, questions without an answer."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.kit.typed_dates import INVALID_DAY, parse_typed_day
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.procedures import queries, services
from binhyen.procedures.models import Procedure
from binhyen.procedures.public_views import build_procedure
from binhyen.procedures.queries import ProcedureNotVisible
from binhyen.procedures.rules.states import (
    MAX_LINE_LENGTH,
    MAX_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    STATE_LABELS,
    TOPIC_LABELS,
    VARIANT_HINT,
    ProcedureContent,
    ProcedureState,
    Topic,
    format_variants,
    is_valid_on,
    parse_variants,
)
from binhyen.procedures.services import PUBLIC_URL
from binhyen.ui.formatting import format_full_time
from binhyen.ui.label_cache import translated_labels

LIBRARY_URL: Final = "/thu-vien-thu-tuc"
_EDITORS: Final = (Permission.WRITE_BULLETINS,)
_TABS: Final = {"cho-duyet": "waiting", "dang-soan": "draft", "dang-dung": "current", "da-het": "ended"}
_MAX_QUESTIONS: Final = 200
_TONES: Final = {
    ProcedureState.DRAFT: "quiet",
    ProcedureState.SUBMITTED: "warn",
    ProcedureState.APPROVED: "good",
    ProcedureState.REPLACED: "quiet",
    ProcedureState.WITHDRAWN: "bad",
}
_TEXT_FIELDS: Final = ("questions", "steps", "papers", "variants")
_LINE_FIELDS: Final = ("topic", "title", "fee", "duration", "place", "hours", "ask", "source", "source_url")
_DATE_FIELDS: Final = ("source_on", "valid_from", "valid_to")


@require_any_permission(*_EDITORS)
def show_library(request: OfficerRequest) -> HttpResponse:
    """List versions by state; the province also sees how many questions wait for an answer."""
    now, tab = clock.now(), request.GET.get("xem", "")
    labels = {
        "": _("Tất cả"),
        "cho-duyet": _("Chờ duyệt"),
        "dang-soan": _("Đang soạn"),
        "dang-dung": _("Đang dùng"),
        "da-het": _("Đã hết"),
    }
    context = {
        "now": now,
        "tabs": [
            {"label": label, "url": f"{LIBRARY_URL}?xem={name}" if name else LIBRARY_URL, "current": name == tab}
            for name, label in labels.items()
        ],
        "rows": [_build_row(row, now) for row in queries.list_procedures(request.user, tab=_TABS.get(tab, ""))],
        "compose_url": f"{LIBRARY_URL}/soan",
        "questions_url": f"{LIBRARY_URL}/cau-hoi",
        "question_count": queries.list_unanswered(request.user).count(),
        "expiring_count": queries.list_expiring(request.user, now).count(),
    }
    return render(request, "procedures/library.html", context)


def _build_row(row: Procedure, now: dt.datetime) -> dict[str, Any]:
    state = ProcedureState(row.state)
    is_used = state == ProcedureState.APPROVED
    return {
        "title": row.title,
        "url": f"{LIBRARY_URL}/{row.public_id}",
        "topic": translated_labels(TOPIC_LABELS)[Topic(row.topic)],
        "unit": row.unit.name if row.unit else _("Có sẵn trong phần mềm"),
        "state": {"label": translated_labels(STATE_LABELS)[state], "tone": _TONES[state]},
        "is_expired": is_used and not is_valid_on(to_vietnam_day(now), row.valid_from, row.valid_to),
        "valid_to": row.valid_to,
        "answers": row.answers,
    }


@require_any_permission(*_EDITORS, methods=("GET", "HEAD", "POST"))
def compose_procedure(request: OfficerRequest) -> HttpResponse:
    fields, error = _read_fields(request), ""
    if request.method == "POST":
        try:
            row = services.create_procedure(content=_to_content(fields), officer=request.user, now=clock.now())
        except RuleViolation as refusal:
            error = str(refusal)
        else:
            return redirect_after_post(f"{LIBRARY_URL}/{row.public_id}")
    context = {
        "form": _build_form(fields),
        "error": error,
        "save_url": f"{LIBRARY_URL}/soan",
        "list_url": LIBRARY_URL,
    }
    return render(request, "procedures/compose.html", context, status=422 if error else 200)


def _read_fields(request: HttpRequest) -> dict[str, str]:
    longest = MAX_TEXT_LENGTH * 2  # a text that is too long is refused, not cut
    return {
        name: to_nfc(request.POST.get(name, "")).strip()[:longest]
        for name in (*_TEXT_FIELDS, *_LINE_FIELDS, *_DATE_FIELDS)
    }


def _to_content(fields: dict[str, str]) -> ProcedureContent:
    """Return the typed content. Raises RuleViolation for a date or a line of another shape."""
    try:
        variants = parse_variants(fields["variants"])
    except ValueError:
        raise RuleViolation(_(VARIANT_HINT)) from None
    lines = {name: collapse_spaces(fields[name]) for name in _LINE_FIELDS}
    texts = {name: "\n".join(map(str.strip, fields[name].splitlines())) for name in ("questions", "steps", "papers")}
    return ProcedureContent(
        variants=variants,
        source_on=_parse_day(fields["source_on"]),
        valid_from=_parse_day(fields["valid_from"]),
        valid_to=_parse_day(fields["valid_to"]),
        **lines,
        **texts,
    )


def _parse_day(text: str) -> dt.date | None:
    try:
        return parse_typed_day(text) if text.strip() else None
    except ValueError:
        raise RuleViolation(_(INVALID_DAY)) from None


def _build_form(fields: dict[str, str]) -> dict[str, Any]:
    topics = translated_labels(TOPIC_LABELS)
    return {
        **fields,
        "topics": [{"value": topic, "label": topics[topic], "chosen": topic == fields["topic"]} for topic in Topic],
        "max_title": MAX_TITLE_LENGTH,
        "max_text": MAX_TEXT_LENGTH,
        "max_line": MAX_LINE_LENGTH,
    }


def _to_fields(row: Procedure) -> dict[str, str]:
    dates = {name: getattr(row, name).isoformat() if getattr(row, name) else "" for name in _DATE_FIELDS}
    names = [name for name in (*_TEXT_FIELDS, *_LINE_FIELDS) if name != "variants"]
    return {name: getattr(row, name) for name in names} | dates | {"variants": format_variants(row.content.variants)}


@require_any_permission(*_EDITORS)
def show_version(request: OfficerRequest, procedure: UUID) -> HttpResponse:
    return _render_version(request, _get_or_404(request, procedure), None, "")


def _get_or_404(request: OfficerRequest, public_id: UUID) -> Procedure:
    try:
        return queries.get_visible_procedure(request.user, public_id)
    except ProcedureNotVisible:
        raise Http404 from None


def _render_version(request: OfficerRequest, row: Procedure, fields: dict[str, str] | None, error: str) -> HttpResponse:
    officer, now, url = request.user, clock.now(), f"{LIBRARY_URL}/{row.public_id}"
    is_own, may_approve = queries.is_own_procedure(officer, row), queries.may_approve(officer)
    is_draft, is_submitted = row.state == ProcedureState.DRAFT, row.state == ProcedureState.SUBMITTED
    is_used = row.state == ProcedureState.APPROVED
    context = {
        "now": now,
        "list_url": LIBRARY_URL,
        "row": _build_row(row, now),
        "procedure": build_procedure(row, ""),
        "questions": row.questions.splitlines(),
        "people": _list_people(row),
        "returned_note": row.returned_note if is_draft else "",
        "reason": row.reason,
        "error": error,
        "form": _build_form(fields or _to_fields(row)) if is_draft and is_own else None,
        "save_url": f"{url}/luu",
        "public_url": f"{PUBLIC_URL}/{row.key}" if is_used else "",
        "submit_url": f"{url}/gui-duyet" if is_draft and is_own else "",
        "approve_url": f"{url}/duyet" if is_submitted and may_approve and row.author_id != officer.pk else "",
        "return_url": f"{url}/tra-lai" if is_submitted and may_approve else "",
        "own_waits": is_submitted and row.author_id == officer.pk,
        "next_url": f"{url}/ban-moi" if is_used else "",
        "withdraw_url": f"{url}/rut" if (is_draft and is_own) or (is_used and may_approve) else "",
    }
    return render(request, "procedures/version.html", context, status=422 if error else 200)


def _list_people(row: Procedure) -> list[dict[str, str]]:
    steps = (
        (_("Soạn"), row.author.name if row.author else _("Có sẵn trong phần mềm"), row.created_at),
        (_("Duyệt"), row.approved_by.name if row.approved_by else "", row.approved_at),
        (_("Kết thúc"), row.ended_by.name if row.ended_by else "", row.ended_at),
    )
    return [
        {"label": label, "text": ", ".join(filter(None, [name, format_full_time(moment)]))}
        for label, name, moment in steps
        if moment is not None
    ]


Action = Callable[[OfficerRequest, UUID], str]


def _run_submit(request: OfficerRequest, procedure: UUID) -> str:
    services.submit_procedure(public_id=procedure, officer=request.user, now=clock.now())
    return _("Đã gửi duyệt. Một người khác ở công an tỉnh phải duyệt.")


def _run_approve(request: OfficerRequest, procedure: UUID) -> str:
    services.approve_procedure(public_id=procedure, officer=request.user, now=clock.now())
    return _("Đã duyệt. Từ giờ máy trả lời theo bản này.")


def _run_return(request: OfficerRequest, procedure: UUID) -> str:
    note = to_nfc(request.POST.get("note", ""))
    services.return_procedure(public_id=procedure, note=note, officer=request.user, now=clock.now())
    return _("Đã trả lại người soạn.")


def _run_withdraw(request: OfficerRequest, procedure: UUID) -> str:
    reason = to_nfc(request.POST.get("reason", ""))
    services.withdraw_procedure(public_id=procedure, reason=reason, officer=request.user, now=clock.now())
    return _("Đã rút. Máy không trả lời theo bản này nữa.")


_ACTIONS: Final[dict[str, Action]] = {
    "gui-duyet": _run_submit,
    "duyet": _run_approve,
    "tra-lai": _run_return,
    "rut": _run_withdraw,
}


@require_any_permission(*_EDITORS, methods=("POST",))
def handle_procedure_action(request: OfficerRequest, procedure: UUID, action: str) -> HttpResponse:
    row = _get_or_404(request, procedure)
    try:
        if action == "luu":
            return _save(request, row)
        if action == "ban-moi":
            draft = services.create_next_version(public_id=procedure, officer=request.user, now=clock.now())
            return redirect_after_post(f"{LIBRARY_URL}/{draft.public_id}")
        if action not in _ACTIONS:
            raise Http404
        messages.success(request, _ACTIONS[action](request, procedure))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(f"{LIBRARY_URL}/{procedure}")


def _save(request: OfficerRequest, row: Procedure) -> HttpResponse:
    fields = _read_fields(request)
    try:
        content = _to_content(fields)
        services.update_procedure(public_id=row.public_id, content=content, officer=request.user, now=clock.now())
    except RuleViolation as refusal:
        return _render_version(request, row, fields, str(refusal))
    messages.success(request, _("Đã lưu."))
    return redirect_after_post(f"{LIBRARY_URL}/{row.public_id}")


@require_any_permission(*_EDITORS)
def show_questions(request: OfficerRequest) -> HttpResponse:
    """List the questions without an answer, most asked first: for the province, which keeps the library."""
    _require_province(request)
    rows = queries.list_unanswered(request.user)[:_MAX_QUESTIONS]
    titles = {row.key: row for row in queries.list_procedures(request.user, tab="current")}
    context = {
        "list_url": LIBRARY_URL,
        "compose_url": f"{LIBRARY_URL}/soan",
        "rows": [
            {
                "text": row.text,
                "times": row.times,
                "last_on": row.last_on,
                "nearest": titles[row.nearest_key].title if row.nearest_key in titles else "",
                "nearest_url": f"{LIBRARY_URL}/{titles[row.nearest_key].public_id}"
                if row.nearest_key in titles
                else "",
                "settle_url": f"{LIBRARY_URL}/cau-hoi/{row.public_id}/xong",
            }
            for row in rows
        ],
    }
    return render(request, "procedures/questions.html", context)


def _require_province(request: OfficerRequest) -> None:
    if not queries.may_approve(request.user):
        raise PermissionDenied


@require_any_permission(*_EDITORS, methods=("POST",))
def settle_question(request: OfficerRequest, question: UUID) -> HttpResponse:
    _require_province(request)
    if not queries.list_unanswered(request.user).filter(public_id=question).exists():
        raise Http404
    services.delete_question(public_id=question, officer=request.user, now=clock.now())
    messages.success(request, _("Đã bỏ khỏi danh sách."))
    return redirect_after_post(f"{LIBRARY_URL}/cau-hoi")
