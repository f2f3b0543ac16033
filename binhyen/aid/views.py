"""Officers' pages of help for people in hardship: register, entry, a need with its pledges, printed papers."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from binhyen.aid import queries, services
from binhyen.aid.models import AidDelivery, Need, Pledge
from binhyen.aid.papers import build_delivery_minutes, build_thanks_letter
from binhyen.aid.public_views import format_units
from binhyen.aid.rules import (
    DONOR_LABELS,
    KIND_LABELS,
    MAX_NAME_CHARS,
    MAX_NOTE_CHARS,
    MAX_REASON_CHARS,
    MAX_SUMMARY_CHARS,
    MAX_UNIT_NAME_CHARS,
    STATUS_LABELS,
    DonorKind,
    NeedKind,
    PledgeState,
    PledgeStatus,
    get_pledge_status,
    parse_units,
)
from binhyen.cases.choices import OUTCOME_LABELS, Outcome
from binhyen.cases.models import Case
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services.view_log import record_view
from binhyen.channels.services.media import store_upload
from binhyen.kit import clock
from binhyen.kit.file_storage import NotAPicture
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.official_papers import FORMAT_PARAMETER, PAPER_FORMATS, build_paper_response
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.kit.typed_dates import parse_typed_day
from binhyen.people.access import officer_may
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.stored_text_i18n import translate_title
from binhyen.vault.rules import ACCESS_HOURS, REASON_LENGTH

REGISTER_URL: Final = "/hoan-canh"
_ENTERING = (Permission.WORK_CASES, Permission.REPORT_BACK)
_TONES = {
    PledgeStatus.RESERVED: "info",
    PledgeStatus.EXPIRED: "warn",
    PledgeStatus.DELIVERED: "good",
    PledgeStatus.CANCELLED: "quiet",
}


@require_any_permission(*_ENTERING)
def show_register(request: OfficerRequest) -> HttpResponse:
    search = to_nfc(request.GET.get("q", ""))[:100]
    page = queries.list_needs(request.user, search=search, cursor=request.GET.get("sau", ""), now=clock.now())
    context = {
        "now": clock.now(),
        "rows": [_build_row(need) for need in page.rows],
        "next_url": f"{REGISTER_URL}?{urlencode({'q': search, 'sau': page.next})}" if page.next else "",
        "search": search,
        "new_url": reverse("aid_new"),
        "board_url": reverse("aid_board"),
    }
    return render(request, "aid/register.html", context)


def _build_row(need: Need) -> dict[str, Any]:
    return {
        "url": f"{REGISTER_URL}/{need.public_id}",
        "code": format_code(need.code),
        "kind": _(KIND_LABELS[NeedKind(need.kind)]),
        "summary": need.summary,
        "household": need.household,
        "needed": format_units(need.needed, need.unit_name),
        "delivered": need.delivered,
        "waiting": getattr(need, "waiting", 0),
        "state": _build_state(need),
    }


def _build_state(need: Need) -> dict[str, str]:
    if need.case.outcome:
        tone = "good" if need.case.outcome == Outcome.HELPED else "quiet"
        return {"label": _(OUTCOME_LABELS[Outcome(need.case.outcome)]), "tone": tone}
    if need.verified_at is None:
        return {"label": _("Chờ xác minh"), "tone": "warn"}
    return {"label": _("Đang đăng"), "tone": "info"} if need.is_public else {"label": _("Không đăng"), "tone": "quiet"}


@require_any_permission(*_ENTERING, methods=("GET", "HEAD", "POST"))
def enter_need(request: OfficerRequest) -> HttpResponse:
    """Show the entry form, and enter the need; a case that is entered already leads to its need."""
    source = request.POST if request.method == "POST" else request.GET
    code = normalize_code(source.get("vu-viec", ""))[:8]
    case = _get_case(request, code) if code else None
    if case is not None and (need := queries.find_need_of_case(request.user, case.pk)) is not None:
        return redirect_after_post(f"{REGISTER_URL}/{need.public_id}")
    if request.method != "POST":
        return _render_form(request, case, {})
    try:
        need = services.register_need(form=_parse_need(request), case_code=code, officer=request.user, now=clock.now())
    except (RuleViolation, NotAllowed) as refusal:
        return _render_form(request, case, request.POST.dict(), str(refusal))
    messages.success(request, _("Đã vào sổ, mã {code}.").format(code=format_code(need.code)))
    return redirect_after_post(f"{REGISTER_URL}/{need.public_id}")


def _get_case(request: OfficerRequest, code: str) -> Case:
    try:
        return get_visible_case(request.user, code)
    except NotFound:
        raise Http404 from None


def _render_form(request: OfficerRequest, case: Case | None, draft: dict[str, Any], problem: str = "") -> HttpResponse:
    context = {
        "now": clock.now(),
        "list_url": REGISTER_URL,
        "form_url": reverse("aid_new"),
        "case": {"code": format_code(case.code), "title": translate_title(case.title)} if case else None,
        "kinds": [{"value": value, "label": _(label)} for value, label in KIND_LABELS.items()],
        "limits": {"summary": MAX_SUMMARY_CHARS, "unit_name": MAX_UNIT_NAME_CHARS, "reason": MAX_REASON_CHARS},
        "needs_second": not officer_may(request.user, Permission.WORK_CASES),
        "draft": draft,
    }
    if problem:
        messages.error(request, problem)
    return render(request, "aid/entry.html", context, status=422 if problem else 200)


def _read_post(request: OfficerRequest) -> dict[str, str]:
    return {name: collapse_spaces(to_nfc(value[:4000])) for name, value in request.POST.dict().items()}


def _parse_need(request: OfficerRequest) -> services.NeedForm:
    post = _read_post(request)
    needed = parse_units(post.get("needed", ""))
    if post.get("kind") not in set(NeedKind) or needed is None:
        raise RuleViolation(_("Chọn loại việc; số cần là một số từ 1 trở lên."))
    return services.NeedForm(
        kind=NeedKind(post["kind"]),
        summary=post.get("summary", "")[:MAX_SUMMARY_CHARS],
        unit_name=post.get("unit_name", "")[:MAX_UNIT_NAME_CHARS],
        needed=needed,
        household=post.get("household", "")[:100],
        household_place=post.get("household_place", "")[:120],
        reason=post.get("reason", "")[:MAX_REASON_CHARS],
    )


def _get_need(request: OfficerRequest, public_id: UUID) -> Need:
    need = queries.find_need(request.user, public_id)
    if need is None:
        raise Http404
    return need


@require_any_permission(*_ENTERING)
def show_need(request: OfficerRequest, need: UUID) -> HttpResponse:
    row = _get_need(request, need)
    record_view(row.case, officer=request.user, now=clock.now())
    return _render_need(request, row, {})


def _render_need(request: OfficerRequest, need: Need, draft: dict[str, Any], problem: str = "") -> HttpResponse:
    now, officer = clock.now(), request.user
    url, balance = f"{REGISTER_URL}/{need.public_id}", queries.get_balance(need, now=now)
    deliveries, can_work = queries.list_deliveries(need), officer_may(officer, Permission.WORK_CASES)
    can_act = can_work and need.case.is_open
    pledges = queries.list_pledges(need)
    same = queries.find_double_aid(officer, need, now=now)
    context = {
        "now": now,
        "row": _build_row(need),
        "list_url": REGISTER_URL,
        "public_url": reverse("aid_public", args=[format_code(need.code)])
        if queries.is_published(need, now=now)
        else "",
        "case": {"code": format_code(need.case.code), "url": f"/vu-viec/{format_code(need.case.code)}"},
        "private": {"household": need.household, "place": need.household_place, "reason": need.reason},
        "entered": {"who": need.officer.name, "at": need.at, "by_team": need.by_team},
        "verified": _build_verification(need),
        "is_public": need.is_public,
        "balance": {
            "needed": format_units(balance.needed, need.unit_name),
            "delivered": format_units(balance.delivered, need.unit_name),
            "reserved": format_units(balance.reserved, need.unit_name),
            "left": format_units(balance.units_left, need.unit_name),
            "is_complete": balance.delivered >= balance.needed,
        },
        "same": {"rows": [_build_row(other) for other in same.needs], "elsewhere": same.elsewhere},
        "pledges": [_build_pledge(pledge, need, now) for pledge in pledges],
        "open_pledges": [
            {"id": str(pledge.public_id), "label": _format_pledge(pledge, need, now)}
            for pledge in pledges
            if pledge.state == PledgeState.RESERVED
        ],
        "deliveries": [_build_delivery(row, need, url if can_work else "", now) for row in deliveries],
        "next_number": len(deliveries) + 1,
        "donors": [{"value": value, "label": _(label)} for value, label in DONOR_LABELS.items()],
        "limits": {"name": MAX_NAME_CHARS, "note": MAX_NOTE_CHARS},
        "contact": {"hours": ACCESS_HOURS, "shortest": REASON_LENGTH[0]},
        "today": clock.to_vietnam_day(now).isoformat(),
        "can_verify": can_act and need.verified_at is None and not (need.by_team and need.officer_id == officer.pk),
        "action_urls": {name.replace("-", "_"): f"{url}/{name}" for name in _ACTIONS} if can_act else {},
        "draft": draft,
    }
    if problem:
        messages.error(request, problem)
    return render(request, "aid/need.html", context, status=422 if problem else 200)


def _build_verification(need: Need) -> dict[str, Any] | None:
    if need.verified_at is None:
        return None
    who = need.verified_by.name if need.verified_by else ""
    return {"who": who, "at": need.verified_at, "note": need.check_note}


def _build_pledge(pledge: Pledge, need: Need, now: dt.datetime) -> dict[str, Any]:
    status = get_pledge_status(pledge.facts, now)
    return {
        "id": str(pledge.public_id),
        "code": format_code(pledge.code),
        "state": {"label": _(STATUS_LABELS[status]), "tone": _TONES[status]},
        "kind": _(DONOR_LABELS[DonorKind(pledge.donor_kind)]),
        "name": _get_donor_name(pledge, now),
        "units": format_units(pledge.units, need.unit_name),
        "delivered": format_units(pledge.delivered, need.unit_name) if pledge.delivered else "",
        "expires_at": pledge.expires_at if status is PledgeStatus.RESERVED else None,
        "note": pledge.note,
        "answer": _(pledge.answer) if pledge.answer else "",
        "at": pledge.at,
        "who": pledge.officer.name if pledge.officer else "",
        "has_contact": pledge.has_contact,
        "is_open": pledge.state == PledgeState.RESERVED,
    }


def _get_donor_name(pledge: Pledge, now: dt.datetime) -> str:
    return pledge.donor_name if queries.can_name(pledge, today=clock.to_vietnam_day(now)) else ""


def _format_pledge(pledge: Pledge, need: Need, now: dt.datetime) -> str:
    parts = (format_code(pledge.code), _get_donor_name(pledge, now), format_units(pledge.units, need.unit_name))
    return " · ".join(filter(None, parts))


def _build_delivery(delivery: AidDelivery, need: Need, url: str, now: dt.datetime) -> dict[str, Any]:
    """Build a row. `url`: of the need, for officers who may print its papers."""
    pledge = delivery.pledge
    return {
        "number": delivery.number,
        "units": format_units(delivery.units, need.unit_name),
        "receiver": delivery.receiver,
        "minutes": delivery.minutes,
        "note": delivery.note,
        "day": delivery.day,
        "pledge": _format_pledge(pledge, need, now) if pledge else "",
        "who": delivery.officer.name,
        "minutes_url": f"{url}/bien-ban/{delivery.public_id}" if url else "",
        "thanks_url": f"{url}/thu-cam-on/{delivery.public_id}"
        if url and pledge and _get_donor_name(pledge, now)
        else "",
    }


@require_any_permission(Permission.WORK_CASES)
def print_minutes(request: OfficerRequest, need: UUID, delivery: UUID) -> HttpResponse:
    """Show the minutes of a delivery to print and sign."""
    row = _get_need(request, need)
    handover = queries.find_delivery(row, delivery)
    if handover is None:
        raise Http404
    record_view(row.case, officer=request.user, now=clock.now())
    if (extension := request.GET.get(FORMAT_PARAMETER, "")) in PAPER_FORMATS:
        return build_paper_response(build_delivery_minutes(row, handover), extension)
    context = _build_paper(row, handover) | {
        "household": row.household,
        "place": row.household_place,
        "receiver": handover.receiver,
        "minutes": handover.minutes,
        "note": handover.note,
    }
    return render(request, "aid/minutes.html", context)


@require_any_permission(Permission.WORK_CASES)
def print_thanks(request: OfficerRequest, need: UUID, delivery: UUID) -> HttpResponse:
    """Show the letter of thanks for a delivery to print; only for a donor who agreed to be named."""
    row = _get_need(request, need)
    handover = queries.find_delivery(row, delivery)
    name = _get_donor_name(handover.pledge, clock.now()) if handover is not None and handover.pledge else ""
    if handover is None or not name:
        raise Http404
    record_view(row.case, officer=request.user, now=clock.now())
    if (extension := request.GET.get(FORMAT_PARAMETER, "")) in PAPER_FORMATS:
        letter = build_thanks_letter(row, handover, donor=name, day=clock.to_vietnam_day(clock.now()))
        return build_paper_response(letter, extension)
    return render(request, "aid/thanks.html", _build_paper(row, handover) | {"donor": name})


def _build_paper(need: Need, delivery: AidDelivery) -> dict[str, Any]:
    return {
        "now": clock.now(),
        "back_url": f"{REGISTER_URL}/{need.public_id}",
        "unit": need.case.unit.name,
        "code": format_code(need.code),
        "summary": need.summary,
        "units": format_units(delivery.units, need.unit_name),
        "day": delivery.day,
        "officer": delivery.officer.name,
    }


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def act_on_need(request: OfficerRequest, need: UUID, action: str) -> HttpResponse:
    row = _get_need(request, need)
    act = _ACTIONS.get(action)
    if act is None:
        raise Http404
    post = _read_post(request)
    try:
        done = act(request, row, post)
    except (RuleViolation, NotAllowed) as refusal:
        return _render_need(request, _get_need(request, need), post, _(str(refusal)))
    except NotAPicture as refusal:
        return _render_need(request, _get_need(request, need), post, _(str(refusal)))
    messages.success(request, done)
    return redirect_after_post(f"{REGISTER_URL}/{row.public_id}")


def _verify(request: OfficerRequest, need: Need, post: dict[str, str]) -> str:
    services.verify_need(
        need=need,
        check_note=post.get("check_note", ""),
        accepts_double=post.get("double") == "yes",
        officer=request.user,
        now=clock.now(),
    )
    return _("Đã xác minh. Hoàn cảnh đã lên trang công khai.")


def _set_public(request: OfficerRequest, need: Need, post: dict[str, str]) -> str:
    services.set_need_visibility(
        need=need, is_public=post.get("public") == "yes", officer=request.user, now=clock.now()
    )
    return _("Đã đổi trên trang công khai.")


def _record_pledge(request: OfficerRequest, need: Need, post: dict[str, str]) -> str:
    if post.get("donor_kind") not in set(DonorKind):
        raise RuleViolation(_("Chọn ai giúp: cá nhân, tổ chức hay trường học."))
    if post.get("donor_name") and post.get("agrees_naming") != "yes":
        raise RuleViolation(_("Muốn nêu tên khi cảm ơn thì người giúp phải đồng ý. Không thì để trống ô tên."))
    services.record_pledge(
        need=need,
        donor_kind=DonorKind(post["donor_kind"]),
        units=parse_units(post.get("units", "")),
        donor_name=post.get("donor_name", ""),
        note=post.get("note", ""),
        officer=request.user,
        now=clock.now(),
    )
    return _("Đã ghi lời hứa, giữ phần 30 ngày.")


def _get_pledge(need: Need, post: dict[str, str]) -> Pledge:
    pledge = queries.find_pledge(need, post.get("pledge", ""))
    if pledge is None:
        raise RuleViolation(_("Chọn lời hứa."))
    return pledge


def _answer_pledge(request: OfficerRequest, need: Need, post: dict[str, str]) -> str:
    services.answer_pledge(
        pledge=_get_pledge(need, post),
        answer=post.get("answer", ""),
        confirms=post.get("confirms") == "yes",
        officer=request.user,
        now=clock.now(),
    )
    return _("Đã gửi. Người giúp đọc qua đường dẫn riêng của họ.")


def _cancel_pledge(request: OfficerRequest, need: Need, post: dict[str, str]) -> str:
    services.cancel_pledge(
        pledge=_get_pledge(need, post), answer=post.get("answer", ""), officer=request.user, now=clock.now()
    )
    return _("Đã hủy lời hứa, trả lại phần.")


def _record_delivery(request: OfficerRequest, need: Need, post: dict[str, str]) -> str:
    photo, number = request.FILES.get("photo"), post.get("number", "")
    try:
        day = parse_typed_day(post.get("day", ""))
    except ValueError:
        raise RuleViolation(_("Ghi ngày trao, ví dụ: 01/12/2026.")) from None
    attachment = store_upload(photo.read(), name=to_nfc(photo.name or "")) if photo else None
    services.record_delivery(
        need=need,
        pledge=_get_pledge(need, post) if post.get("pledge") else None,
        units=parse_units(post.get("units", "")),
        receiver=post.get("receiver", ""),
        minutes=post.get("minutes", ""),
        note=post.get("note", ""),
        day=day,
        names_donor=post.get("names") == "yes",
        attachment_ids=(attachment.pk,) if attachment else (),
        expected_number=int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0,
        officer=request.user,
        now=clock.now(),
    )
    return _("Đã ghi lần trao. In biên bản để hai bên ký.")


def _close(request: OfficerRequest, need: Need, post: dict[str, str]) -> str:
    services.close_as_helped(
        need=need,
        result=to_nfc(request.POST.get("result", "")),
        accepts_rest=post.get("rest") == "yes",
        officer=request.user,
        now=clock.now(),
    )
    return _("Đã xong: hoàn cảnh đã được giúp.")


def _request_contact(request: OfficerRequest, need: Need, post: dict[str, str]) -> str:
    hours = post.get("hours", "")
    services.request_contact(
        pledge=_get_pledge(need, post),
        reason=post.get("reason", ""),
        hours=int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 4 else 0,
        officer=request.user,
        now=clock.now(),
    )
    return _("Đã gửi tới những người giữ danh tính.")


_ACTIONS: dict[str, Callable[[OfficerRequest, Need, dict[str, str]], str]] = {
    "xac-minh": _verify,
    "dang": _set_public,
    "loi-hua": _record_pledge,
    "tra-loi": _answer_pledge,
    "huy": _cancel_pledge,
    "trao": _record_delivery,
    "ket-thuc": _close,
    "xin-lien-he": _request_contact,
}
