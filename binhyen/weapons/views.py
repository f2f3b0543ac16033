"""Officers' pages of weapons handed in: register, entry, one record with custody and receipt, campaigns."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from binhyen.cases.choices import OUTCOME_LABELS, Outcome
from binhyen.cases.models import Case
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services.view_log import record_view
from binhyen.channels.services.media import store_upload
from binhyen.kit import clock
from binhyen.kit.file_storage import NotAPicture
from binhyen.kit.hash_chain import find_broken_step
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.official_papers import FORMAT_PARAMETER, PAPER_FORMATS, Paper, build_paper_response
from binhyen.kit.signature_strokes import format_path, parse_strokes
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.kit.typed_dates import parse_typed_day
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_number
from binhyen.ui.stored_text_i18n import translate_title
from binhyen.weapons import queries, services
from binhyen.weapons.models import Weapon, WeaponAppointment, WeaponCustody, WeaponReceipt, WeaponRecord
from binhyen.weapons.papers import build_reception_minutes, build_step_minutes
from binhyen.weapons.public_views import format_quantities
from binhyen.weapons.rules import (
    DAY_PART_LABELS,
    EXPLOSIVE_KINDS,
    MEASURE_LABELS,
    VISIT_MODE_FOR_OFFICER,
    WEAPON_KIND_LABELS,
    WEAPON_ORIGIN_LABELS,
    WEAPON_STEP_LABELS,
    DayPart,
    Measure,
    StepForm,
    VisitMode,
    WeaponKind,
    WeaponOrigin,
    WeaponStep,
    list_next_custody_steps,
)

WEAPONS_URL = "/vu-khi"
_RECORD_ACTIONS = ("them", "bien-nhan-moi", "ky", "buoc", "ket-thuc")


@require_any_permission(Permission.WORK_CASES)
def list_weapon_register(request: OfficerRequest) -> HttpResponse:
    now, search = clock.now(), to_nfc(request.GET.get("q", ""))[:100]
    page = queries.list_weapon_records(request.user, search=search, cursor=request.GET.get("sau", ""))
    today = clock.to_vietnam_day(now)
    context = {
        "now": now,
        "rows": [_build_record_row(record, list(record.weapons.all())) for record in page.rows],
        "next_url": f"{WEAPONS_URL}?{urlencode({'q': search, 'sau': page.next})}" if page.next else "",
        "search": search,
        "new_url": reverse("weapons_new"),
        "campaigns_url": reverse("weapon_campaigns"),
        "appointments": [_build_appointment(row) for row in queries.list_appointments(request.user, today=today)],
    }
    return render(request, "weapons/register.html", context)


def _build_record_row(record: WeaponRecord, weapons: Sequence[Weapon]) -> dict[str, Any]:
    return {
        "url": f"{WEAPONS_URL}/{record.public_id}",
        "code": format_code(record.code),
        "weapons": [f"{_format_quantity(weapon)} · {weapon.description}" for weapon in weapons],
        "origin": _(WEAPON_ORIGIN_LABELS[WeaponOrigin(record.origin)]),
        "at": record.at,
        "unit": record.case.unit.name,
        "state": _build_record_state(record, weapons),
    }


def _build_record_state(record: WeaponRecord, weapons: Sequence[Weapon]) -> dict[str, str]:
    if any(weapon.last_step == WeaponStep.GUARDED for weapon in weapons):
        return {"label": _("Chờ công binh"), "tone": "bad"}
    if any(not weapon.last_step for weapon in weapons):
        return {"label": _("Chưa ký nhận"), "tone": "warn"}
    if all(weapon.ended_at for weapon in weapons):
        return {"label": _("Đã bàn giao, tiêu hủy"), "tone": "quiet"}
    return {"label": _("Đang giữ"), "tone": "info"}


def _format_quantity(weapon: Weapon) -> str:
    return f"{format_number(weapon.quantity)} {_(MEASURE_LABELS[Measure(weapon.measure)])}"


def _build_appointment(row: WeaponAppointment) -> dict[str, Any]:
    return {
        "case": {"code": format_code(row.case.code), "url": f"/vu-viec/{format_code(row.case.code)}"},
        "title": translate_title(row.case.title),
        "kind": _(WEAPON_KIND_LABELS[WeaponKind(row.kind)]),
        "mode": _(VISIT_MODE_FOR_OFFICER[VisitMode(row.mode)]),
        "day": row.day,
        "part": {"value": row.part, "label": _(DAY_PART_LABELS[DayPart(row.part)])},
        "is_answered": row.answered_at is not None,
        "answer_url": reverse("weapon_appointment", args=[row.public_id]),
        "parts": [
            {"value": value, "label": _(label), "chosen": value == row.part} for value, label in DAY_PART_LABELS.items()
        ],
    }


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def answer_appointment(request: OfficerRequest, appointment: UUID) -> HttpResponse:
    row = queries.find_appointment(request.user, appointment)
    if row is None:
        raise Http404
    try:
        day, part = parse_typed_day(request.POST.get("day", "")), DayPart(request.POST.get("part", ""))
        services.confirm_appointment(appointment=row, day=day, part=part, officer=request.user, now=clock.now())
    except (RuleViolation, NotAllowed) as refusal:
        messages.error(request, str(refusal))
    except ValueError:
        messages.error(request, _("Chọn ngày và buổi. Ngày viết như 01/12/2026."))
    else:
        messages.success(request, _("Đã hẹn. Người báo nhận được tin."))
    return redirect_after_post(WEAPONS_URL)


@require_any_permission(Permission.WORK_CASES, methods=("GET", "HEAD", "POST"))
def register_weapons_page(request: OfficerRequest) -> HttpResponse:
    """Show the entry form, first for the kind of weapon; a case that is entered already leads to its record."""
    source = request.POST if request.method == "POST" else request.GET
    code = normalize_code(source.get("vu-viec", ""))[:8]
    case = _get_weapon_case(request, code) if code else None
    if case is not None and (record := queries.find_weapon_record_of_case(request.user, case.pk)) is not None:
        return redirect_after_post(f"{WEAPONS_URL}/{record.public_id}")
    if request.method != "POST":
        return _render_entry(request, case, dict(request.GET.items()))
    post = _read_post(request)
    try:
        record = services.register_weapons(
            form=_parse_weapon(post),
            origin=_parse_origin(post),
            case_code=code,
            officer=request.user,
            now=clock.now(),
        )
    except (RuleViolation, NotAllowed) as refusal:
        return _render_entry(request, case, post, str(refusal))
    messages.success(request, _("Đã vào sổ, mã {code}.").format(code=format_code(record.code)))
    return redirect_after_post(f"{WEAPONS_URL}/{record.public_id}")


def _get_weapon_case(request: OfficerRequest, code: str) -> Case:
    try:
        return get_visible_case(request.user, code)
    except NotFound:
        raise Http404 from None


def _read_post(request: OfficerRequest) -> dict[str, str]:
    return {name: collapse_spaces(to_nfc(value)) for name, value in request.POST.dict().items()}


def _parse_origin(post: Mapping[str, str]) -> WeaponOrigin:
    try:
        return WeaponOrigin(post.get("origin", ""))
    except ValueError:
        raise RuleViolation(_("Chọn giao nộp hay thu giữ.")) from None


def _parse_weapon(post: Mapping[str, str]) -> services.WeaponForm:
    quantity = post.get("quantity", "").replace(".", "")
    try:
        kind, measure = WeaponKind(post.get("kind", "")), Measure(post.get("measure", ""))
    except ValueError:
        raise RuleViolation(_("Chọn loại và đơn vị tính.")) from None
    return services.WeaponForm(
        kind=kind,
        description=post.get("description", "")[:120],
        quantity=int(quantity) if quantity.isascii() and quantity.isdigit() and len(quantity) < 10 else 0,
        measure=measure,
        serial=post.get("serial", "")[:40],
        condition=post.get("condition", "")[:200],
        place=post.get("guard_place", "")[:120],
        engineers=post.get("engineers", "")[:120],
        is_confirmed=post.get("confirmed") == "yes",
    )


def _render_entry(request: OfficerRequest, case: Case | None, draft: dict[str, Any], problem: str = "") -> HttpResponse:
    now = clock.now()
    appointments = (
        queries.list_appointments(request.user, today=clock.to_vietnam_day(now), case_id=case.pk) if case else []
    )
    context = {
        "now": now,
        "list_url": WEAPONS_URL,
        "form_url": reverse("weapons_new"),
        "case": {"code": format_code(case.code), "title": translate_title(case.title)} if case else None,
        "appointments": [_build_appointment(row) for row in appointments],
        "origins": [{"value": value, "label": _(label)} for value, label in WEAPON_ORIGIN_LABELS.items()],
        **_build_weapon_fields(draft),
    }
    if problem:
        messages.error(request, problem)
    return render(request, "weapons/entry.html", context, status=422 if problem else 200)


def _build_weapon_fields(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context of the fields of one weapon; `kind` None asks for the kind first."""
    kind = WeaponKind(draft["kind"]) if draft.get("kind") in set(WeaponKind) else None
    return {
        "kind": {"value": kind, "label": _(WEAPON_KIND_LABELS[kind])} if kind else None,
        "is_explosive": kind in EXPLOSIVE_KINDS,
        "kinds": [{"value": value, "label": _(label)} for value, label in WEAPON_KIND_LABELS.items()],
        "measures": [
            {"value": value, "label": _(label), "chosen": value == draft.get("measure")}
            for value, label in MEASURE_LABELS.items()
        ],
        "draft": draft,
    }


def _get_record(request: OfficerRequest, public_id: UUID) -> WeaponRecord:
    record = queries.find_weapon_record(request.user, public_id)
    if record is None:
        raise Http404
    return record


@require_any_permission(Permission.WORK_CASES)
def show_weapon_record(request: OfficerRequest, record: UUID) -> HttpResponse:
    row = _get_record(request, record)
    record_view(row.case, officer=request.user, now=clock.now())
    return _render_record(request, row, dict(request.GET.items()))


def _render_record(
    request: OfficerRequest, record: WeaponRecord, draft: dict[str, Any], problem: str = ""
) -> HttpResponse:
    weapons, url = queries.list_weapons(record), f"{WEAPONS_URL}/{record.public_id}"
    is_keeper = queries.can_see_custody(request.user, record)
    custody = queries.list_custody(request.user, record)
    receipt = queries.find_receipt(request.user, record)
    is_signed = bool(receipt and receipt.signed_at)
    outcome = record.case.outcome
    context = {
        "now": clock.now(),
        "list_url": WEAPONS_URL,
        "url": url,
        "row": _build_record_row(record, weapons),
        "case": {"code": format_code(record.case.code), "url": f"/vu-viec/{format_code(record.case.code)}"},
        "outcome": _(OUTCOME_LABELS[Outcome(outcome)]) if outcome else "",
        "who": record.officer.name,
        "weapons": [_build_weapon(weapon, custody.get(weapon.pk, []), url, is_keeper=is_keeper) for weapon in weapons],
        "is_keeper": is_keeper,
        "is_open": record.case.is_open,
        "is_seizure": record.origin == WeaponOrigin.SEIZED,
        "has_explosive": any(weapon.kind in EXPLOSIVE_KINDS for weapon in weapons),
        "receipt": _build_receipt(receipt, url) if receipt else None,
        "can_add": is_keeper and record.case.is_open and not is_signed,
        "can_sign": is_keeper and not is_signed,
        "can_close": is_keeper and record.case.is_open and record.completed_on is not None,
        "action_urls": {name.replace("-", "_"): f"{url}/{name}" for name in _RECORD_ACTIONS} if is_keeper else {},
        **_build_weapon_fields(draft),
    }
    if problem:
        messages.error(request, problem)
    return render(request, "weapons/record.html", context, status=422 if problem else 200)


def _build_weapon(weapon: Weapon, steps: Sequence[WeaponCustody], url: str, *, is_keeper: bool) -> dict[str, Any]:
    return {
        "id": weapon.public_id,
        "kind": _(WEAPON_KIND_LABELS[WeaponKind(weapon.kind)]),
        "description": weapon.description,
        "serial": weapon.serial,
        "quantity": _format_quantity(weapon),
        "condition": weapon.condition,
        "step": _(WEAPON_STEP_LABELS[WeaponStep(weapon.last_step)]) if weapon.last_step else _("Chưa ký nhận"),
        "custody": [_build_step(step, weapon, url) for step in steps],
        "broken": find_broken_step((step.parts, step.digest) for step in steps),
        "next_number": len(steps) + 1,
        "next_steps": [
            {"value": step, "label": _(WEAPON_STEP_LABELS[step])}
            for step in (list_next_custody_steps(weapon.last_step) if is_keeper else ())
        ],
    }


def _build_step(step: WeaponCustody, weapon: Weapon, url: str) -> dict[str, Any]:
    facts = (
        (_("Bên giao"), _(step.giver)),
        (_("Bên nhận"), step.receiver),
        (_("Nơi giữ"), step.place),
        (_("Niêm phong"), step.seal),
        (_("Số giấy"), step.paper),
        (_("Ghi chú"), step.note),
    )
    return {
        "number": step.number,
        "step": _(WEAPON_STEP_LABELS[WeaponStep(step.step)]),
        "facts": [{"label": label, "value": value} for label, value in facts if value],
        "who": step.officer.name,
        "at": step.at,
        "minutes_url": f"{url}/bien-nhan?vat={weapon.public_id}&buoc={step.number}&tep=",
    }


def _build_receipt(receipt: WeaponReceipt, url: str) -> dict[str, Any]:
    return {
        "giver": receipt.giver_name or _(services.UNNAMED_GIVER),
        "is_unnamed": not receipt.giver_name,
        "place": receipt.place,
        "seal": receipt.seal,
        "paper": receipt.paper,
        "witness": receipt.witness,
        "signed_at": receipt.signed_at,
        "url": f"{url}/bien-nhan",
    }


@require_any_permission(Permission.WORK_CASES)
def print_weapon_receipt(request: OfficerRequest, record: UUID) -> HttpResponse:
    """Show the receipt to print and sign; 404 where custody is not visible."""
    row = _get_record(request, record)
    receipt = queries.find_receipt(request.user, row)
    extension = request.GET.get(FORMAT_PARAMETER, "")
    if extension in PAPER_FORMATS and (minutes := _build_minutes(request, row, receipt)) is not None:
        record_view(row.case, officer=request.user, now=clock.now())
        return build_paper_response(minutes, extension)
    if receipt is None:
        raise Http404
    record_view(row.case, officer=request.user, now=clock.now())
    context = {
        "now": clock.now(),
        "back_url": f"{WEAPONS_URL}/{row.public_id}",
        "unit": row.case.unit.name,
        "code": format_code(row.code),
        "is_seizure": row.origin == WeaponOrigin.SEIZED,
        "weapons": [
            {
                "kind": WEAPON_KIND_LABELS[WeaponKind(weapon.kind)],
                "description": weapon.description,
                "serial": weapon.serial,
                "quantity": f"{format_number(weapon.quantity)} {MEASURE_LABELS[Measure(weapon.measure)]}",
                "condition": weapon.condition,
            }
            for weapon in queries.list_weapons(row)
        ],
        "giver": receipt.giver_name or services.UNNAMED_GIVER,
        "witness": receipt.witness,
        "seal": receipt.seal,
        "officer": receipt.officer.name,
        "day": clock.to_vietnam_day(receipt.at),
        "signed_at": receipt.signed_at,
        "paper": receipt.paper,
        "giver_path": format_path(parse_strokes(receipt.giver_signature)),
        "officer_path": format_path(parse_strokes(receipt.officer_signature)),
    }
    return render(request, "weapons/receipt.html", context)


def _build_minutes(request: OfficerRequest, record: WeaponRecord, receipt: WeaponReceipt | None) -> Paper | None:
    """Return the minutes of the step of custody in `vat` and `buoc`, or those of the reception; None where hidden."""
    weapons = queries.list_weapons(record)
    weapon = next((row for row in weapons if str(row.public_id) == request.GET.get("vat", "")), None)
    if weapon is None:
        return None if receipt is None else build_reception_minutes(record, receipt, weapons)
    steps = queries.list_custody(request.user, record).get(weapon.pk, [])
    step = next((row for row in steps if str(row.number) == request.GET.get("buoc", "")), None)
    return None if step is None else build_step_minutes(record, weapon, step)


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def act_on_weapon_record(request: OfficerRequest, record: UUID, action: str) -> HttpResponse:
    row, post = _get_record(request, record), _read_post(request)
    try:
        confirmation = _do_record_action(request, row, action, post)
    except (RuleViolation, NotAllowed) as refusal:
        return _render_record(request, _get_record(request, record), post, str(refusal))
    except NotAPicture as refusal:
        return _render_record(request, _get_record(request, record), post, _(str(refusal)))
    messages.success(request, confirmation)
    return redirect_after_post(f"{WEAPONS_URL}/{row.public_id}")


def _do_record_action(request: OfficerRequest, record: WeaponRecord, action: str, post: dict[str, str]) -> str:
    """Do one action; return the confirmation. Raises Http404 for an unknown one, RuleViolation, NotAllowed."""
    officer, now = request.user, clock.now()
    if action == "them":
        services.add_weapon(record=record, form=_parse_weapon(post), officer=officer, now=now)
        return _("Đã thêm vào sổ.")
    if action == "bien-nhan-moi":
        giver = "" if post.get("unnamed") == "yes" else post.get("giver_name", "")
        if not giver and post.get("unnamed") != "yes":
            raise RuleViolation(_("Ghi họ tên người nộp, hoặc đánh dấu «không nêu tên»."))
        services.draw_up_weapon_receipt(
            record=record,
            giver_name=giver,
            place=post.get("place", ""),
            seal=post.get("seal", ""),
            officer=officer,
            now=now,
        )
        return _("Đã lập biên nhận. In ra hoặc cùng ký trên màn hình.")
    if action == "ky":
        return _sign(request, record, post)
    if action == "buoc":
        _record_step(request, record, post)
        return _("Đã ghi vào sổ giữ.")
    if action == "ket-thuc":
        services.close_weapon_case(record=record, officer=officer, now=now)
        return _("Đã kết thúc vụ việc.")
    raise Http404


def _sign(request: OfficerRequest, record: WeaponRecord, post: dict[str, str]) -> str:
    photo = request.FILES.get("photo")
    attachment = store_upload(photo.read(), name=to_nfc(photo.name or "")) if photo else None
    services.sign_weapon_receipt(
        record=record,
        giver_signed=post.get("giver_signed") == "yes",
        officer_signed=post.get("officer_signed") == "yes",
        witness=post.get("witness", ""),
        paper=post.get("paper", ""),
        clearance=post.get("clearance", ""),
        giver_strokes=post.get("giver_strokes", ""),
        officer_strokes=post.get("officer_strokes", ""),
        attachment_ids=(attachment.pk,) if attachment else (),
        officer=request.user,
        now=clock.now(),
    )
    return _("Đã ký nhận và ghi vào sổ giữ.")


def _record_step(request: OfficerRequest, record: WeaponRecord, post: dict[str, str]) -> None:
    weapon = next((row for row in queries.list_weapons(record) if str(row.public_id) == post.get("weapon")), None)
    if weapon is None:
        raise RuleViolation(_("Chọn vật trong sổ."))
    number = post.get("number", "")
    services.record_weapon_step(
        weapon=weapon,
        form=StepForm(
            step=post.get("step", ""),
            receiver=post.get("receiver", ""),
            place=post.get("place", ""),
            seal=post.get("seal", ""),
            paper=post.get("paper", ""),
            note=post.get("note", ""),
        ),
        expected_number=int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0,
        officer=request.user,
        now=clock.now(),
    )


@require_any_permission(Permission.READ_LEDGER, methods=("GET", "HEAD", "POST"))
def campaigns_page(request: OfficerRequest) -> HttpResponse:
    """Show campaigns with their counters; chiefs and the duty desk start one."""
    post, status = _read_post(request) if request.method == "POST" else {}, 200
    if request.method == "POST":
        try:
            services.start_campaign(
                name=post.get("name", ""),
                starts_on=parse_typed_day(post.get("starts_on", "")),
                ends_on=parse_typed_day(post.get("ends_on", "")),
                officer=request.user,
                now=clock.now(),
            )
        except (RuleViolation, NotAllowed) as refusal:
            messages.error(request, str(refusal))
            status = 422
        except ValueError:
            messages.error(request, _("Chọn ngày bắt đầu và ngày kết thúc, ví dụ: 01/12/2026."))
            status = 422
        else:
            messages.success(request, _("Đã mở đợt vận động."))
            return redirect_after_post(reverse("weapon_campaigns"))
    context = {
        "now": clock.now(),
        "list_url": WEAPONS_URL if request.user.may(Permission.WORK_CASES) else "",
        "form_url": reverse("weapon_campaigns"),
        "can_start": queries.may_run_campaigns(request.user),
        "today": clock.to_vietnam_day(clock.now()).isoformat(),
        "rows": [
            {
                "name": campaign.name,
                "unit": campaign.unit.name,
                "starts_on": campaign.starts_on,
                "ends_on": campaign.ends_on,
                "cases": counts.cases,
                "totals": format_quantities(counts),
            }
            for campaign, counts in queries.list_campaigns(request.user)
        ],
        "draft": post,
    }
    return render(request, "weapons/campaigns.html", context, status=status)
