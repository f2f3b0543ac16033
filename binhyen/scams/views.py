"""The public check page, and the officers' register of scam indicators."""

import datetime as dt
from collections.abc import Collection
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from binhyen.areas.queries import get_directory
from binhyen.cases.choices import SCAM_CATEGORY
from binhyen.cases.models import Case, Report
from binhyen.cases.queries.case_detail import get_visible_case, list_merged_cases, list_thread
from binhyen.cases.queries.case_page import list_reports, map_report_alias_codes
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.channels.presenters import list_photos
from binhyen.intake.forms import LOSS_PROBLEM, parse_dong
from binhyen.intake.views.base import citizen_page
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.official_papers import FORMAT_PARAMETER, PAPER_FORMATS, build_paper_response
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.text import to_nfc
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.privacy.config import get_retention_span
from binhyen.scams import queries, services
from binhyen.scams.models import Indicator
from binhyen.scams.papers import build_bank_letter
from binhyen.scams.queries import CandidateAnswer
from binhyen.scams.rules.indicators import KIND_LABELS, MAX_CHECK_CHARS, IndicatorKind, list_checked_candidates
from binhyen.scams.rules.review import (
    ASSIGNERS_ONLY,
    STATE_LABELS,
    STATEMENT_CHARS,
    TRANSITIONS,
    Decision,
    IndicatorState,
    Verdict,
)
from binhyen.scams.rules.scripts import SCRIPT_LABELS
from binhyen.scams.rules.stopped import MAX_PROOF_CHARS, METHOD_LABELS
from binhyen.ui.formatting import format_dong, format_number
from binhyen.ui.stored_text_i18n import translate_title
from binhyen.vault.pseudonyms import format_case_scope, format_pseudonym

REGISTER_URL: Final = "/lua-dao"
CHECK_LIMIT: Final = RateLimit(burst=300, per_second=5)  # one address may be a thousand people of a mobile network
DISPUTE_LIMIT: Final = RateLimit(burst=5, per_second=1 / 600)
_PAGE: Final = 50
_CASES_SHOWN: Final = 50
_MONEY_PERIOD: Final = dt.timedelta(days=30)
_TOO_LONG: Final = N_("Nội dung dài quá 4.000 chữ cái. Bạn dán đoạn có số điện thoại, số tài khoản hoặc đường dẫn.")
_TOO_MANY: Final = N_("Đang có quá nhiều lượt từ mạng này. Bạn chờ một phút rồi bấm lại.")
_HEADINGS: Final = {
    Verdict.VERIFIED: (N_("Lừa đảo: công an đã xác nhận"), "bad", "alert"),
    Verdict.REPORTED: (N_("Có người báo lừa đảo, công an chưa xác nhận"), "warn", "alert"),
    Verdict.IMITATION: (N_("Trang này mang tên {name} nhưng không phải của {name}"), "warn", "alert"),
    Verdict.OFFICIAL: (N_("Đây là kênh của {name}, nhưng kẻ gian có thể giả số, giả trang"), "info", "info-circle"),
    Verdict.UNKNOWN: (N_("Chưa đủ thông tin. Không có nghĩa là an toàn"), "info", "help"),
}
_DECISION_LABELS: Final = {
    Decision.PROPOSE: N_("Đề nghị xác nhận lừa đảo"),
    Decision.CONFIRM: N_("Xác nhận lừa đảo"),
    Decision.REJECT: N_("Bỏ, không cảnh báo"),
    Decision.KEEP: N_("Giữ nguyên, trả lời phản đối"),
}
_STATE_TONES: Final = {
    IndicatorState.REPORTED: "info",
    IndicatorState.PROPOSED: "warn",
    IndicatorState.VERIFIED: "bad",
    IndicatorState.REJECTED: "quiet",
}


@citizen_page("GET", "POST")
def show_check(request: HttpRequest) -> HttpResponse:
    """Answer about a pasted text, number or link; with `statement`, record a dispute. A check stores nothing."""
    typed = to_nfc(request.POST.get("text", "")).strip()
    if request.method != "POST" or not typed:
        return _render_check(request, "", [])
    peer = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
    if not try_acquire(peer, CHECK_LIMIT):
        return _render_check(request, typed[:MAX_CHECK_CHARS], [], error=_(_TOO_MANY), status=429)
    if len(typed) > MAX_CHECK_CHARS:
        return _render_check(request, typed[:MAX_CHECK_CHARS], [], error=_(_TOO_LONG), status=422)
    results = queries.check_candidates(list_checked_candidates(typed))
    if "statement" in request.POST:
        return _record_dispute(request, typed, results, peer)
    return _render_check(request, typed, results, is_checked=True)


def _record_dispute(request: HttpRequest, typed: str, results: list[CandidateAnswer], peer: str) -> HttpResponse:
    disputed = next((result for result in results if _get_ref(result) == request.POST.get("ref", "")), None)
    if not try_acquire(peer, DISPUTE_LIMIT):
        return _render_check(request, typed, results, is_checked=True, error=_(_TOO_MANY), status=429)
    try:
        if disputed is None:
            raise RuleViolation(_(services.NOTHING_TO_DISPUTE))
        services.record_dispute(
            candidate=disputed.candidate, statement=to_nfc(request.POST["statement"]), now=clock.now()
        )
    except RuleViolation as refusal:
        return _render_check(request, typed, results, is_checked=True, error=str(refusal), status=422)
    return _render_check(
        request, typed, queries.check_candidates([result.candidate for result in results]), is_checked=True, sent=True
    )


def _get_ref(result: CandidateAnswer) -> str:
    return f"{result.candidate.kind}:{result.candidate.value}"


def _render_check(
    request: HttpRequest,
    typed: str,
    results: list[CandidateAnswer],
    *,
    is_checked: bool = False,
    sent: bool = False,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "now": clock.now(),
        "typed": typed,
        "limit": MAX_CHECK_CHARS,
        "error": error,
        "sent": sent,
        "is_checked": is_checked,
        "results": [_build_result(result) for result in results],
        "draft": request.POST.get("statement", "") if error else "",
        "draft_ref": request.POST.get("ref", ""),
        "statement_limit": STATEMENT_CHARS[1],
        "offline_url": reverse("scam_offline_list"),
    }
    return render(request, "scams/check.html", context, status=status)


def _build_result(result: CandidateAnswer) -> dict[str, Any]:
    heading, tone, icon = _HEADINGS[result.verdict]
    row = result.indicator
    return {
        "kind": _(KIND_LABELS[result.candidate.kind]),
        "value": _format_indicator(result.candidate.kind, result.candidate.value),
        "heading": _(heading).format(name=_(result.candidate.owner or result.candidate.imitates)),
        "tone": tone,
        "icon": icon,
        "people": row.reporters if row else 0,
        "last_at": row.last_at if row else None,
        "verified_at": row.decided_at if row and result.verdict == Verdict.VERIFIED else None,
        "is_disputed": result.is_disputed,
        "ref": _get_ref(result) if row else "",
    }


def _format_indicator(kind: str, value: str) -> str:
    """Return an indicator as people read it: a script by its name."""
    if kind == IndicatorKind.SCRIPT:
        return _(SCRIPT_LABELS[value]) if value in SCRIPT_LABELS else value
    return _format_value(value)


def _format_value(value: str) -> str:
    return f"0{value[3:]}" if value.startswith("+84") else value.removesuffix("/")


@require_any_permission(Permission.READ_LEDGER)
def list_page(request: OfficerRequest) -> HttpResponse:
    """List the indicators that the officer may see, disputed ones first, fifty a page."""
    number = request.GET.get("trang", "1")
    page = min(int(number), 1000) if number.isascii() and number.isdigit() and len(number) < 6 and int(number) else 1
    rows = list(queries.list_indicators(request.user)[(page - 1) * _PAGE : page * _PAGE + 1])
    now, losses = clock.now(), queries.sum_losses(request.user, rows[:_PAGE])
    recent = queries.count_recent(request.user, rows[:_PAGE], now=now)
    money = queries.sum_money(request.user, since=now - _MONEY_PERIOD)
    context = {
        "now": now,
        "days": _MONEY_PERIOD.days,
        "frauds": money.cases,
        "lost": format_dong(money.lost),
        "recovered": format_dong(money.recovered),
        "rows": [
            _build_row(row, losses.get(row.pk, 0)) | _build_growth(*recent.get(row.pk, (0, 0))) for row in rows[:_PAGE]
        ],
        "pager": {
            "first_url": REGISTER_URL if page > 1 else "",
            "next_url": f"{REGISTER_URL}?trang={page + 1}" if len(rows) > _PAGE else "",
        },
    }
    return render(request, "scams/indicators.html", context)


def _build_row(row: Indicator, lost: int) -> dict[str, Any]:
    state = IndicatorState(row.state)
    return {
        "url": f"{REGISTER_URL}/{row.public_id}",
        "kind": _(KIND_LABELS[IndicatorKind(row.kind)]),
        "value": _format_indicator(row.kind, row.value),
        "state": {"label": _(STATE_LABELS[state]), "tone": _STATE_TONES[state]},
        "reporters": row.reporters,
        "cases": row.cases,
        "communes": row.communes,
        "lost": format_dong(lost) if lost else "",
        "last_at": row.last_at,
        "is_disputed": bool(getattr(row, "disputed", False)),
    }


_GROWING = 3  # cases in seven days, more than in the seven before


def _build_growth(recent: int, before: int) -> dict[str, Any]:
    return {"recent": recent, "is_growing": recent >= _GROWING and recent > before}


@require_any_permission(Permission.READ_LEDGER)
def show_indicator(request: OfficerRequest, indicator: UUID) -> HttpResponse:
    row = queries.list_indicators(request.user).filter(public_id=indicator).first()
    if row is None:
        raise Http404
    return _render_indicator(request, row)


def _render_indicator(request: OfficerRequest, row: Indicator, *, draft: str = "", problem: str = "") -> HttpResponse:
    now, officer = clock.now(), request.user
    weeks = queries.count_weeks(officer, row, now=now)
    if problem:
        messages.error(request, problem)
    context = {
        "now": now,
        "list_url": REGISTER_URL,
        "row": _build_row(row, queries.sum_losses(officer, [row]).get(row.pk, 0)),
        "first_at": row.first_at,
        "weeks": [{"day": f"{day:%d/%m}", "count": count} for day, count in weeks],
        "most": max(count for _day, count in weeks) or 1,
        "communes": _list_communes(officer, row),
        "case_rows": [
            {"title": translate_title(case.title), "code": format_code(case.code), "url": f"/vu-viec/{case.code}"}
            for case in queries.list_indicator_cases(officer, row)[:_CASES_SHOWN]
        ],
        "proposal": {"who": row.proposed_by.name, "reason": row.proposal_reason} if row.proposed_by else None,
        "decided": {"who": row.decided_by.name, "reason": row.decision_reason, "at": row.decided_at}
        if row.decided_by
        else None,
        "disputes": [{"text": dispute.statement, "at": dispute.at} for dispute in queries.list_open_disputes(row)],
        "decisions": _list_decisions(officer, row),
        "letter_url": f"{REGISTER_URL}/{row.public_id}/cong-van"
        if row.kind == IndicatorKind.ACCOUNT and officer_may(officer, Permission.WORK_CASES)
        else "",
        "related": [
            {"url": f"{REGISTER_URL}/{other.public_id}", "shared": shared} | _build_label(other)
            for other, shared in queries.list_related_indicators(officer, row)
        ],
        "bulletin_url": _build_bulletin_url(officer, row),
        "draft": draft,
    }
    return render(request, "scams/indicator.html", context, status=422 if problem else 200)


def _build_label(row: Indicator) -> dict[str, str]:
    kind = IndicatorKind(row.kind)
    return {"kind": _(KIND_LABELS[kind]), "value": _format_indicator(kind, row.value)}


def _build_bulletin_url(officer: Officer, row: Indicator) -> str:
    """Return the address that drafts a warning from this cluster; "" without the right or a case of the scam kind."""
    if not officer_may(officer, Permission.WRITE_BULLETINS):
        return ""
    case = queries.list_indicator_cases(officer, row).filter(category=SCAM_CATEGORY).first()
    return f"/ban-tin/soan?vu-viec={case.code}" if case else ""


@require_any_permission(Permission.WORK_CASES)
def show_bank_letter(request: OfficerRequest, indicator: UUID) -> HttpResponse:
    """Show the letter to a bank about an account, laid out for printing (Decree 30/2020, annex I)."""
    row = queries.list_indicators(request.user).filter(public_id=indicator, kind=IndicatorKind.ACCOUNT).first()
    if row is None:
        raise Http404
    cases = queries.list_indicator_cases(request.user, row)[:_CASES_SHOWN]
    if (extension := request.GET.get(FORMAT_PARAMETER, "")) in PAPER_FORMATS:
        letter = build_bank_letter(
            request.user.unit,
            account=row.value,
            codes=[format_code(case.code) for case in cases],
            officer_name=request.user.name,
            day=clock.to_vietnam_day(clock.now()),
        )
        return build_paper_response(letter, extension)
    context = {
        "back_url": f"{REGISTER_URL}/{row.public_id}",
        "unit_name": get_directory().unit_name(request.user.unit_id),
        "today": clock.to_vietnam_day(clock.now()),
        "account": row.value,
        "codes": [format_code(case.code) for case in cases],
        "officer_name": request.user.name,
    }
    return render(request, "scams/bank_letter.html", context)


@require_any_permission(Permission.WORK_CASES, methods=("GET", "HEAD", "POST"))
def show_stop_form(request: OfficerRequest) -> HttpResponse:
    """Show the form that closes a fraud case as stopped, and close it."""
    source = request.POST if request.method == "POST" else request.GET
    code = normalize_code(source.get("vu-viec", ""))[:8]
    if request.method != "POST":
        return _render_stop_form(request, code)
    amount = to_nfc(source.get("amount", "")).strip()[:40]
    try:
        services.close_as_stopped(
            case_code=code,
            method=source.get("method", ""),
            amount=parse_dong(amount) if amount else 0,
            proof=to_nfc(source.get("proof", ""))[:MAX_PROOF_CHARS],
            result=to_nfc(source.get("result", "")),
            officer=request.user,
            now=clock.now(),
        )
    except NotFound:
        return _render_stop_form(request, "", problem=_("Không có vụ việc này, hoặc bạn không được xem."))
    except (RuleViolation, NotAllowed) as refusal:
        return _render_stop_form(request, code, problem=_(str(refusal)))
    messages.success(request, _("Đã xong vụ việc."))
    return redirect_after_post(f"/vu-viec/{code}")


def _render_stop_form(request: OfficerRequest, code: str, *, problem: str = "") -> HttpResponse:
    case = None
    if code:
        try:
            case = get_visible_case(request.user, code)
        except NotFound:
            raise Http404 from None
    if problem:
        messages.error(request, problem)
    context = {
        "now": clock.now(),
        "back_url": f"/vu-viec/{case.code}" if case else REGISTER_URL,
        "case": {"code": format_code(case.code), "title": translate_title(case.title)} if case else None,
        "methods": [{"value": value, "label": _(label)} for value, label in METHOD_LABELS.items()],
        "proof_limit": MAX_PROOF_CHARS,
        "draft": request.POST.dict(),
    }
    return render(request, "scams/stopped.html", context, status=422 if problem else 200)


@require_any_permission(Permission.WORK_CASES, methods=("GET", "HEAD", "POST"))
def show_detail_form(request: OfficerRequest) -> HttpResponse:
    """Show and store details beside the messages of a fraud case: money lost, numbers and links in its pictures."""
    source = request.POST if request.method == "POST" else request.GET
    if "vu-viec" not in source:
        return redirect_after_post(REGISTER_URL)
    try:
        case = get_visible_case(request.user, normalize_code(source["vu-viec"])[:8])
    except NotFound:
        raise Http404 from None
    if case.category != SCAM_CATEGORY or case.erased_at:
        raise Http404
    reports = list_reports(case)
    if request.method != "POST":
        typed = {report.pk: format_number(report.loss_amount) for report in reports if report.loss_amount is not None}
        return _render_detail_form(request, case, reports, typed, queries.get_picture_text(case))
    typed = {report.pk: to_nfc(source.get(str(report.public_id), "")).strip()[:60] for report in reports}
    losses = {pk: parse_dong(text) if text else None for pk, text in typed.items()}
    wrong = {pk for pk, text in typed.items() if text and losses[pk] is None}
    picture_text = to_nfc(source.get("picture_text", "")).strip()[:MAX_CHECK_CHARS]
    if wrong:
        return _render_detail_form(request, case, reports, typed, picture_text, wrong=wrong)
    try:
        services.record_details(
            case=case, losses=losses, picture_text=picture_text, officer=request.user, now=clock.now()
        )
    except RuleViolation as refusal:
        return _render_detail_form(request, case, reports, typed, picture_text, problem=str(refusal))
    messages.success(request, _("Đã ghi."))
    return redirect_after_post(f"/vu-viec/{case.code}")


def _render_detail_form(
    request: OfficerRequest,
    case: Case,
    reports: list[Report],
    typed: dict[int, str],
    picture_text: str,
    *,
    wrong: Collection[int] = (),
    problem: str = "",
) -> HttpResponse:
    aliases = map_report_alias_codes(case, reports)
    context = {
        "now": clock.now(),
        "back_url": f"/vu-viec/{case.code}",
        "case": {"code": format_code(case.code), "title": translate_title(case.title)},
        "photos": [
            photo
            for entry in list_thread(request.user, case, list_merged_cases(case))
            if entry.message is not None
            for photo in list_photos(entry.message)
        ],
        "picture_text": picture_text,
        "problem": problem,
        "limit": MAX_CHECK_CHARS,
        "rows": [
            {
                "name": str(report.public_id),
                "who": format_pseudonym(report.reporter, format_case_scope(aliases[report.reporter_id])),
                "value": typed.get(report.pk, ""),
                "error": str(LOSS_PROBLEM) if report.pk in wrong else "",
            }
            for report in reports
        ],
    }
    return render(request, "scams/details.html", context, status=422 if wrong or problem else 200)


def _list_communes(officer: Officer, row: Indicator) -> list[dict[str, Any]]:
    directory = get_directory()
    return [
        {
            "name": directory.unit_name(directory.get_responsible_unit(area)[0]) if area else _("Chưa rõ địa điểm"),
            "count": count,
        }
        for area, count in queries.count_communes(officer, row)
    ]


def _list_decisions(officer: Officer, row: Indicator) -> list[dict[str, str]]:
    """List the decisions that this officer may take now."""
    has_disputes = bool(getattr(row, "disputed", False))
    state = IndicatorState(row.state)
    return [
        {"label": _(_DECISION_LABELS[decision]), "url": f"{REGISTER_URL}/{row.public_id}/{decision}"}
        for decision in Decision
        if (decision, state) in TRANSITIONS
        and officer_may(officer, Permission.ASSIGN if decision in ASSIGNERS_ONLY else Permission.WORK_CASES)
        and not (decision == Decision.CONFIRM and row.proposed_by_id == officer.pk)
        and (decision != Decision.KEEP or has_disputes)
    ]


@require_any_permission(Permission.READ_LEDGER, methods=("POST",))
def decide(request: OfficerRequest, indicator: UUID, decision: str) -> HttpResponse:
    """Take a decision on an indicator; the form without script returns to its page."""
    row = queries.list_indicators(request.user).filter(public_id=indicator).first()
    if row is None or decision not in set(Decision):
        raise Http404
    reason = to_nfc(request.POST.get("reason", ""))
    try:
        services.decide_indicator(
            public_id=str(indicator), decision=Decision(decision), reason=reason, officer=request.user, now=clock.now()
        )
    except RuleViolation as refusal:
        return _render_indicator(request, row, draft=reason, problem=str(refusal))
    messages.success(request, _("Đã ghi."))
    return redirect_after_post(f"{REGISTER_URL}/{row.public_id}")


# Lists of confirmed indicators for other systems and for phones without a line. Nothing unconfirmed leaves here.

MAX_ITEMS: Final = 5000
OFFLINE_ITEMS: Final = 3000
PREFIX_CHARS: Final = 10  # of SHA-256 in hex: a list of 3,000 matches a number by chance once in 300 million
OFFLINE_DAYS: Final = 7


def _list_confirmed(limit: int) -> list[Indicator]:
    with rls_scope(PROGRAM_SCOPE):
        rows = Indicator.objects.filter(state=IndicatorState.VERIFIED).exclude(kind=IndicatorKind.SCRIPT)
        return list(rows.order_by("-last_at", "-pk")[:limit])


def build_feed(now: dt.datetime) -> dict[str, Any]:
    """Return confirmed indicators, each with the moment from which it must not be used any more."""
    span = get_retention_span("scam")
    items = [
        {
            "id": str(row.public_id),
            "kind": row.kind.lower(),
            "value": row.value,
            "confirmed_at": _format_time(row.decided_at or row.last_at),
            "last_reported_at": _format_time(row.last_at),
            "expires_at": _format_time(row.last_at + span),
        }
        for row in _list_confirmed(MAX_ITEMS)
        if row.last_at + span > now
    ]
    return {"version": 1, "valid_until": _format_time(now + dt.timedelta(days=1)), "items": items}


def _format_time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def build_offline_list(now: dt.datetime) -> dict[str, Any]:
    """Return hash prefixes of confirmed values: a phone compares the typed text without sending it anywhere."""
    prefixes = sorted({hash_value(row.value) for row in _list_confirmed(OFFLINE_ITEMS)})
    until = now + dt.timedelta(days=OFFLINE_DAYS)
    return {"made": _format_time(now), "until": _format_time(until), "chars": PREFIX_CHARS, "list": "".join(prefixes)}


def hash_value(value: str) -> str:
    return sha256(value.encode()).hexdigest()[:PREFIX_CHARS]


@require_http_methods(["GET", "HEAD"])
def serve_indicator_feed(request: HttpRequest) -> HttpResponse:
    return _serve(request, build_feed(clock.now()))


@require_http_methods(["GET", "HEAD"])
def serve_offline_list(request: HttpRequest) -> HttpResponse:
    return _serve(request, build_offline_list(clock.now()))


def _serve(request: HttpRequest, content: dict[str, Any]) -> HttpResponse:
    """Return the list, or 304 where the reader has the same items already."""
    items = content.get("items") or content.get("list") or ""
    tag = quote_etag(sha256(repr(items).encode()).hexdigest()[:32])
    if request.headers.get("If-None-Match", "") == tag:
        response: HttpResponse = HttpResponse(status=304)
    else:
        response = JsonResponse(content, json_dumps_params={"ensure_ascii": False})
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "no-store"  # a withdrawn warning must not live on in a proxy
    return response
