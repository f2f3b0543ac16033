"""Pages of bracelets: registration for officers, and the finder's page behind the code."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.audit.rules.action_families import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.cases.rules import NotAllowed
from binhyen.intake.forms import PHONE_PROBLEM, parse_phone
from binhyen.intake.views.base import TOO_MANY, citizen_page
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.missing import bracelets
from binhyen.missing.models import CareRegistration
from binhyen.missing.public_views import build_photo_response
from binhyen.missing.queries import read_photo
from binhyen.missing.rules.records import PERSON_KIND_LABELS, SEX_LABELS, PersonKind, Sex
from binhyen.missing.views import REGISTER_URL
from binhyen.people.factors.totp import build_qr_code
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission

_FINDER_LIMIT = RateLimit(burst=6, per_second=6 / 3600)  # reports by bracelets from one network
_FIELDS = ("name", "other_names", "marks", "habits", "health", "contact_name", "guardian_paper", "kind", "sex")
_SENT = "da-gui"


def _read_post(request: HttpRequest) -> dict[str, str]:
    return {name: collapse_spaces(to_nfc(value)) for name, value in request.POST.dict().items()}


@require_any_permission(Permission.WORK_CASES, methods=("GET", "HEAD", "POST"))
def registrations_page(request: OfficerRequest) -> HttpResponse:
    """List the registrations of the unit, and register a person."""
    draft, status = _read_post(request) if request.method == "POST" else {}, 200
    if request.method == "POST":
        try:
            row = bracelets.register_care(
                form=_parse_form(draft), photo=_read_photo(request), officer=request.user, now=clock.now()
            )
        except (RuleViolation, NotAllowed) as refusal:
            messages.error(request, str(refusal))
            status = 422
        else:
            messages.success(request, _("Đã đăng ký. In nhãn mã QR dán lên vòng tay."))
            return redirect_after_post(reverse("missing_care", args=[row.public_id]))
    context = {
        "now": clock.now(),
        "list_url": REGISTER_URL,
        "form_url": reverse("missing_care_list"),
        "rows": [_build_row(row) for row in bracelets.list_registrations(request.user)],
        "kinds": [
            {"value": kind, "label": _(PERSON_KIND_LABELS[kind]), "chosen": kind == draft.get("kind")}
            for kind in bracelets.CARE_KINDS
        ],
        "sexes": [
            {"value": sex, "label": _(label), "chosen": sex == draft.get("sex")} for sex, label in SEX_LABELS.items()
        ],
        "draft": draft,
    }
    return render(request, "missing/care_list.html", context, status=status)


def _read_photo(request: HttpRequest) -> bytes | None:
    upload = request.FILES.get("photo")
    return upload.read() if upload else None


def _parse_form(post: dict[str, str]) -> bracelets.CareForm:
    phone, year = post.get("phone", ""), post.get("birth_year", "")
    if phone and not parse_phone(phone):
        raise RuleViolation(str(PHONE_PROBLEM))
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise RuleViolation(_("Năm sinh không đúng."))
    return bracelets.CareForm(
        **{name: post.get(name, "") for name in _FIELDS},
        phone=parse_phone(phone),
        birth_year=int(year) if year else None,
    )


def _build_row(row: CareRegistration) -> dict[str, Any]:
    now = clock.now()
    is_valid = row.ended_at is None and row.valid_until >= clock.to_vietnam_day(now)
    return {
        "url": reverse("missing_care", args=[row.public_id]),
        "code": format_code(row.code),
        "name": row.name,
        "kind": _(PERSON_KIND_LABELS[PersonKind(row.kind)]),
        "unit": row.unit.name,
        "state": {"label": _("Đang dùng"), "tone": "good"} if is_valid else {"label": _("Đã hết"), "tone": "quiet"},
        "valid_until": row.valid_until,
        "is_valid": is_valid,
    }


@require_any_permission(Permission.WORK_CASES)
def show_registration(request: OfficerRequest, registration: UUID) -> HttpResponse:
    row = _get_registration(request, registration)
    url, code = reverse("missing_care", args=[row.public_id]), format_code(row.code)
    link = f"{settings.PUBLIC_URL}/vong-tay/{code}"
    facts = (
        (_("Tên gọi khác"), row.other_names),
        (_("Giới tính"), _(SEX_LABELS[Sex(row.sex)])),
        (_("Năm sinh"), str(row.birth_year or "")),
        (_("Đặc điểm nhận dạng, dáng người"), row.marks),
        (_("Hay đi đâu"), row.habits),
        (_("Sức khỏe"), row.health),
        (_("Giấy đồng ý"), row.guardian_paper),
    )
    context = {
        "now": clock.now(),
        "list_url": reverse("missing_care_list"),
        "row": _build_row(row),
        "facts": [{"label": label, "value": value} for label, value in facts if value],
        "case": {"code": format_code(row.last_case.code), "url": f"/vu-viec/{format_code(row.last_case.code)}"}
        if row.last_case
        else None,
        "photo_url": f"{url}/anh" if row.photo else "",
        "photo_form_url": f"{url}/doi-anh",
        "link": link,
        "qr": build_qr_code(link),
        "search_url": f"{url}/tim",
        "renew_url": f"{url}/gia-han",
        "end_url": f"{url}/rut",
    }
    return render(request, "missing/care.html", context)


def _get_registration(request: OfficerRequest, public_id: UUID) -> CareRegistration:
    row = bracelets.find_registration(request.user, public_id)
    if row is None:
        raise Http404
    return row


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def act_on_registration(request: OfficerRequest, registration: UUID, action: str) -> HttpResponse:
    row, now = _get_registration(request, registration), clock.now()
    target = reverse("missing_care", args=[row.public_id])
    try:
        if action == "tim":
            record = bracelets.open_search(row=row, officer=request.user, now=now)
            messages.success(request, _("Đã mở hồ sơ tìm người. Xem lại giờ, nơi thấy lần cuối rồi đăng tin."))
            return redirect_after_post(f"{REGISTER_URL}/{record.public_id}")
        if action == "gia-han":
            bracelets.renew_care(row=row, officer=request.user, now=now)
        elif action == "rut":
            bracelets.end_care(row=row, officer=request.user, now=now)
        elif action == "doi-anh":
            photo = _read_photo(request)
            if photo is None:
                raise RuleViolation(_("Bạn chọn một ảnh."))
            bracelets.change_care_photo(row=row, photo=photo, officer=request.user, now=now)
        else:
            raise Http404
    except (RuleViolation, NotAllowed) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Đã ghi."))
    return redirect_after_post(target)


@require_any_permission(Permission.WORK_CASES)
def serve_care_photo(request: OfficerRequest, registration: UUID) -> HttpResponse:
    """Serve the picture to the unit that registered the person, and log the reading."""
    row = _get_registration(request, registration)
    data = read_photo(row.photo)
    if data is None or row.photo is None:
        raise Http404
    actor, subject = get_audit_actor(request.user), f"file:{row.photo.public_id}"
    event = ReadEvent(ReadKind.PHOTO, sensitive=True)
    record_read(event, actor=actor, object=subject, unit_id=request.user.unit_id, now=clock.now())
    return build_photo_response(data)


@citizen_page("GET", "POST")
def bracelet_page(request: HttpRequest, code: str) -> HttpResponse:
    """Lead the finder of a wearer to the police without any word about the person."""
    now = clock.now()
    unit = bracelets.find_bracelet_unit(code, now=now)
    if unit is None:
        raise Http404
    form_url = reverse("missing_bracelet", args=[code])
    draft, error, status = _read_post(request) if request.method == "POST" else {}, "", 200
    if request.method == "POST":
        peer = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
        phone = draft.get("phone", "")
        try:
            if peer and not try_acquire(f"bracelet/{peer}", _FINDER_LIMIT):
                error, status = _(TOO_MANY), 429
            elif phone and not parse_phone(phone):
                error, status = str(PHONE_PROBLEM), 422
            else:
                bracelets.report_found_wearer(
                    code=code,
                    place=draft.get("place", "")[:160],
                    text=draft.get("text", "")[:300],
                    phone=parse_phone(phone),
                    now=now,
                )
                return HttpResponse(status=303, headers={"Location": f"{form_url}?{_SENT}=1"})
        except RuleViolation as refusal:
            error, status = str(refusal), 422
    context = {
        "now": now,
        "unit": unit,
        "draft": draft,
        "error": error,
        "form_url": form_url,
        "is_sent": _SENT in request.GET,
    }
    return render(request, "missing/bracelet.html", context, status=status)
