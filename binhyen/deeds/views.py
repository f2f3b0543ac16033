"""Officers' pages of good deeds: list, draft, one deed with approval, school and certificate."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.cases.models import Case
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services.view_log import record_view
from binhyen.deeds import queries, services
from binhyen.deeds.models import Deed
from binhyen.deeds.papers import build_certificate
from binhyen.deeds.rules import (
    DEED_KIND_LABELS,
    DEED_STATE_LABELS,
    DeedKind,
    DeedState,
    get_draft_text,
    suggest_kind,
)
from binhyen.kit import clock
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.official_papers import FORMAT_PARAMETER, PAPER_FORMATS, build_paper_response
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.kit.typed_dates import parse_typed_day
from binhyen.people.access import officer_may
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.stored_text_i18n import translate_title

DEEDS_URL = "/viec-tot"
_DEED_READERS = (Permission.WORK_CASES, Permission.APPROVE_BULLETINS)
_STATE_TONES = {DeedState.DRAFT: "warn", DeedState.APPROVED: "good", DeedState.REFUSED: "quiet"}


@require_any_permission(*_DEED_READERS)
def list_deeds_page(request: OfficerRequest) -> HttpResponse:
    page = queries.list_deeds(request.user, cursor=request.GET.get("sau", ""))
    context = {
        "now": clock.now(),
        "rows": [_build_deed_row(deed) for deed in page.rows],
        "next_url": f"{DEEDS_URL}?sau={page.next}" if page.next else "",
        "new_url": reverse("deed_new") if officer_may(request.user, Permission.WORK_CASES) else "",
        "roll_url": reverse("deed_roll"),
    }
    return render(request, "deeds/list.html", context)


def _build_deed_row(deed: Deed) -> dict[str, Any]:
    today = clock.to_vietnam_day(clock.now())
    state = DeedState(deed.state)
    label, tone = _(DEED_STATE_LABELS[state]), _STATE_TONES[state]
    if state is DeedState.APPROVED and not queries.is_public(deed, today=today):
        label, tone = _("Đã rút đồng ý"), "bad"
    is_shown = state is not DeedState.APPROVED or queries.is_public(deed, today=today)
    return {
        "url": f"{DEEDS_URL}/{deed.public_id}",
        "code": format_code(deed.code),
        "name": deed.person_name if is_shown and deed.person_name else _("Đã xóa tên"),
        "kind": _(DEED_KIND_LABELS[DeedKind(deed.kind)]),
        "text": deed.text if is_shown else "",
        "school": ", ".join(filter(None, (deed.school_class, deed.school))) if is_shown else "",
        "state": {"label": label, "tone": tone},
        "praised_on": deed.praised_on,
        "at": deed.at,
    }


@require_any_permission(Permission.WORK_CASES, methods=("GET", "HEAD", "POST"))
def draft_page(request: OfficerRequest) -> HttpResponse:
    """Show or accept the draft of a deed for a closed case; without a case, ask for its code."""
    source = request.POST if request.method == "POST" else request.GET
    code = normalize_code(source.get("vu-viec", ""))[:8]
    if not code:
        context = {"now": clock.now(), "form_url": reverse("deed_new"), "case": None, "list_url": DEEDS_URL}
        return render(request, "deeds/draft.html", context)
    case = _get_closed_case(request, code)
    if request.method != "POST":
        return _render_draft(request, case, {})
    post = {name: collapse_spaces(to_nfc(value)) for name, value in request.POST.dict().items()}
    try:
        deed = _create_draft(request, case, post)
    except (RuleViolation, NotAllowed) as refusal:
        return _render_draft(request, case, post, str(refusal))
    messages.success(request, _("Đã soạn. Chờ người khác duyệt."))
    return redirect_after_post(f"{DEEDS_URL}/{deed.public_id}")


def _get_closed_case(request: OfficerRequest, code: str) -> Case:
    try:
        return get_visible_case(request.user, code)
    except NotFound:
        raise Http404 from None


def _create_draft(request: OfficerRequest, case: Case, post: dict[str, str]) -> Deed:
    now = clock.now()
    consents = queries.list_praise_consents(request.user, case.pk, today=clock.to_vietnam_day(now))
    consent = next((row for row in consents if row.code == normalize_code(post.get("consent", ""))), None)
    try:
        kind = DeedKind(post.get("kind", ""))
    except ValueError:
        raise RuleViolation(_("Chọn việc tốt gì.")) from None
    form = services.DeedForm(
        kind=kind,
        person_name=post.get("person_name", "")[:100],
        text=post.get("text", "")[:300],
        school=post.get("school", "")[:120],
        school_class=post.get("school_class", "")[:20],
        is_adult=post.get("is_adult") == "yes",
    )
    return services.draft_deed(case_code=case.code, form=form, consent=consent, officer=request.user, now=now)


def _render_draft(request: OfficerRequest, case: Case, draft: dict[str, str], problem: str = "") -> HttpResponse:
    now = clock.now()
    suggested = suggest_kind(case.category, case.outcome)
    obstacle = services.find_praise_obstacle(case)
    code = format_code(case.code)
    context = {
        "now": now,
        "form_url": reverse("deed_new"),
        "case": {"code": code, "title": translate_title(case.title), "url": f"/vu-viec/{code}"},
        "obstacle": _(obstacle) if obstacle else "",
        "consents_url": f"/dong-y/{code}",
        "consents": [
            {
                "code": format_code(row.code),
                "label": _(row.get_by_display()),
                "age": row.age,
                "chosen": row.code == normalize_code(draft.get("consent", "")),
            }
            for row in queries.list_praise_consents(request.user, case.pk, today=clock.to_vietnam_day(now))
        ],
        "kinds": [
            {"value": kind, "label": _(label), "chosen": kind == draft.get("kind", suggested)}
            for kind, label in DEED_KIND_LABELS.items()
        ],
        "draft": {"text": get_draft_text(suggested)} | draft,
    }
    if problem:
        messages.error(request, problem)
    return render(request, "deeds/draft.html", context, status=422 if problem else 200)


def _get_deed(request: OfficerRequest, public_id: UUID) -> Deed:
    deed = queries.find_deed(request.user, public_id)
    if deed is None:
        raise Http404
    return deed


@require_any_permission(*_DEED_READERS)
def show_deed(request: OfficerRequest, deed: UUID) -> HttpResponse:
    row = _get_deed(request, deed)
    record_view(row.case, officer=request.user, now=clock.now())
    return _render_deed(request, row, {})


def _render_deed(
    request: OfficerRequest, deed: Deed, draft: dict[str, str], problem: str = "", *, school_link: str = ""
) -> HttpResponse:
    now = clock.now()
    today, url, code = clock.to_vietnam_day(now), f"{DEEDS_URL}/{deed.public_id}", format_code(deed.case.code)
    is_public, can_work = queries.is_public(deed, today=today), request.user.may(Permission.WORK_CASES)
    context = {
        "now": now,
        "list_url": DEEDS_URL,
        "row": _build_deed_row(deed),
        "case": {"code": code, "url": f"/vu-viec/{code}"},
        "consents_url": f"/dong-y/{code}",
        "author": deed.author.name,
        "decision": {"who": deed.decided_by.name, "at": deed.decided_at, "reason": deed.reason}
        if deed.decided_by
        else None,
        "is_public": is_public,
        "can_decide": deed.state == DeedState.DRAFT
        and request.user.may(Permission.APPROVE_BULLETINS)
        and deed.author_id != request.user.pk,
        "can_send": bool(is_public and deed.school and can_work and deed.praised_on is None),
        "sent_at": deed.sent_at,
        "school_note": deed.school_note,
        "school_link": school_link,
        "certificate_url": f"{url}/thu-khen" if is_public else "",
        "roll_url": reverse("deed_roll"),
        "bulletin_url": f"/ban-tin/soan?vu-viec={deed.case.code}"
        if is_public and request.user.may(Permission.WRITE_BULLETINS)
        else "",
        "action_urls": {
            "decide": f"{url}/duyet",
            "send": f"{url}/gui-truong",
            "praise": f"{url}/truong-da-khen",
        },
        "today": today.isoformat(),
        "draft": draft,
    }
    if problem:
        messages.error(request, problem)
    return render(request, "deeds/deed.html", context, status=422 if problem else 200)


@require_any_permission(*_DEED_READERS)
def print_certificate(request: OfficerRequest, deed: UUID) -> HttpResponse:
    """Show the certificate to print; 404 unless the person may be named."""
    row = _get_deed(request, deed)
    if not queries.is_public(row, today=clock.to_vietnam_day(clock.now())):
        raise Http404
    record_view(row.case, officer=request.user, now=clock.now())
    if (extension := request.GET.get(FORMAT_PARAMETER, "")) in PAPER_FORMATS:
        certificate = build_certificate(row, day=clock.to_vietnam_day(clock.now()))
        return build_paper_response(certificate, extension)
    context = {
        "back_url": f"{DEEDS_URL}/{row.public_id}",
        "unit": row.case.unit.name,
        "code": format_code(row.code),
        "name": row.person_name,
        "school": row.school,
        "school_class": row.school_class,
        "text": row.text,
        "day": row.approved_on,
    }
    return render(request, "deeds/certificate.html", context)


@require_any_permission(*_DEED_READERS, methods=("POST",))
def act_on_deed(request: OfficerRequest, deed: UUID, action: str) -> HttpResponse:
    row, now = _get_deed(request, deed), clock.now()
    post = {name: collapse_spaces(to_nfc(value)) for name, value in request.POST.dict().items()}
    try:
        if action == "gui-truong":  # the link is shown once, on this page
            token = services.create_school_link(deed=row, officer=request.user, now=now)
            link = request.build_absolute_uri(reverse("deed_school", args=[token]))
            return _render_deed(request, _get_deed(request, deed), {}, school_link=link)
        confirmation = _do_deed_action(request, row, action, post, now=now)
    except (RuleViolation, NotAllowed) as refusal:
        return _render_deed(request, _get_deed(request, deed), post, str(refusal))
    messages.success(request, confirmation)
    return redirect_after_post(f"{DEEDS_URL}/{row.public_id}")


def _do_deed_action(request: OfficerRequest, deed: Deed, action: str, post: dict[str, str], *, now: dt.datetime) -> str:
    """Do one action; return the confirmation. Raises Http404 for an unknown one, RuleViolation, NotAllowed."""
    if action == "duyet":
        approves = post.get("verdict") == "yes"
        services.decide_deed(deed=deed, approves=approves, reason=post.get("reason", ""), officer=request.user, now=now)
        return _("Đã duyệt. Tên hiện trên trang gương tốt.") if approves else _("Đã ghi không duyệt.")
    if action == "truong-da-khen":
        if not request.user.may(Permission.WORK_CASES):
            raise NotAllowed(_("Bạn không có quyền làm việc này."))
        try:
            praised_on = parse_typed_day(post.get("praised_on", ""))
        except ValueError:
            raise RuleViolation(_("Chọn ngày đã biểu dương, ví dụ: 01/12/2026.")) from None
        services.record_praise(
            deed=deed, praised_on=praised_on, note=post.get("note", ""), officer=request.user, now=now
        )
        return _("Đã ghi trường biểu dương.")
    raise Http404
