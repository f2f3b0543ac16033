"""The citizens' page for handing in weapons: advice first, then what, where and when. No name is asked."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.intake.complaint_store import NotStoredYet
from binhyen.intake.forms import MAX_PHOTOS_PER_FORM, PHONE_PROBLEM, parse_phone
from binhyen.intake.idempotency import is_token
from binhyen.intake.views.base import (
    SENT_ALREADY,
    check_rate_limits,
    citizen_page,
    format_photo_problem,
    read_photos,
    redirect_see_other,
)
from binhyen.intake.web_reports import BadPhoto, KeyReused
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.kit.typed_dates import parse_typed_day
from binhyen.people.services import RuleViolation
from binhyen.ui.formatting import format_number
from binhyen.weapons import queries, services
from binhyen.weapons.rules import (
    DAY_PART_LABELS,
    MAX_DAYS_AHEAD,
    MEASURE_LABELS,
    VISIT_MODE_LABELS,
    WEAPON_KIND_LABELS,
    DayPart,
    VisitMode,
    WeaponKind,
)

_MAX_CHARS = {"description": 300, "place": 200, "phone": 20}


@citizen_page("GET", "POST")
def weapon_report_page(request: HttpRequest) -> HttpResponse:
    """Show or accept the form; the response to a submission is the receipt of a report."""
    if request.method != "POST":
        return _render_report_form(request, {}, generate_token())
    draft = {name: collapse_spaces(to_nfc(value)) for name, value in request.POST.dict().items()}
    key = draft.get("key", "")
    if not is_token(key):
        key = generate_token()
    photos = request.FILES.getlist("photos")
    try:
        form = _parse_visit(draft, len(photos))
    except RuleViolation as refusal:
        return _render_report_form(request, draft, key, str(refusal))
    if limit_text := check_rate_limits(request, len(photos), form.build_text()):
        response = _render_report_form(request, draft, key, limit_text, status=429)
        response.headers["Retry-After"] = "60"
        return response
    try:
        token = services.submit_weapon_report(
            key=key,
            form=form.with_photos(read_photos(photos)),
            insists=draft.get("insist") == "yes",
            now=clock.now(),
        )
    except RuleViolation as refusal:
        return _render_report_form(request, draft, key, str(refusal))
    except BadPhoto as bad:
        return _render_report_form(request, draft, key, format_photo_problem(bad.number, str(bad)))
    except KeyReused:
        return _render_report_form(request, draft, generate_token(), _(SENT_ALREADY), status=409)
    except NotStoredYet as not_stored:
        return _render_report_form(request, draft, key, elsewhere=not_stored.elsewhere.lines)
    return redirect_see_other("sent", token)


def _parse_visit(draft: Mapping[str, str], photo_count: int) -> services.VisitForm:
    try:
        kind, mode, part = (
            WeaponKind(draft.get("kind", "")),
            VisitMode(draft.get("mode", "")),
            DayPart(draft.get("part", "")),
        )
    except ValueError:
        raise RuleViolation(_("Bạn chọn vật gì, ai đến với ai, và buổi nào.")) from None
    try:
        day = parse_typed_day(draft.get("day", ""))
    except ValueError:
        raise RuleViolation(_("Bạn chọn ngày, ví dụ: 01/12/2026.")) from None
    if len(draft.get("place", "")) < 3:
        raise RuleViolation(_("Bạn ghi vật đó đang ở đâu, thôn, xã nào.")) from None
    if any(len(draft.get(name, "")) > limit for name, limit in _MAX_CHARS.items()):
        raise RuleViolation(_("Có ô dài quá. Bạn viết ngắn lại."))
    phone = draft.get("phone", "")
    if phone and not parse_phone(phone):
        raise RuleViolation(str(PHONE_PROBLEM))
    if photo_count > MAX_PHOTOS_PER_FORM:
        raise RuleViolation(
            _("Bạn chọn {chosen} ảnh. Mỗi lần gửi được tối đa {most} ảnh.").format(
                chosen=photo_count, most=MAX_PHOTOS_PER_FORM
            )
        )
    return services.VisitForm(
        kind=kind,
        description=draft.get("description", ""),
        place=draft["place"],
        mode=mode,
        day=day,
        part=part,
        phone=parse_phone(phone),
    )


def _render_report_form(
    request: HttpRequest,
    draft: Mapping[str, str],
    key: str,
    error: str = "",
    *,
    elsewhere: tuple[str, ...] = (),
    status: int = 422,
) -> HttpResponse:
    today = clock.to_vietnam_day(clock.now())
    context = {
        "action_url": reverse("weapon_report"),
        "key": key,
        "error": error,
        "elsewhere": elsewhere,
        "kinds": _build_choices(WEAPON_KIND_LABELS, draft.get("kind", "")),
        "modes": _build_choices(VISIT_MODE_LABELS, draft.get("mode", "")),
        "parts": _build_choices(DAY_PART_LABELS, draft.get("part", "")),
        "first_day": today.isoformat(),
        "last_day": (today + dt.timedelta(days=MAX_DAYS_AHEAD)).isoformat(),
        "draft": draft,
        "campaigns": [
            {
                "name": campaign.name,
                "ends_on": campaign.ends_on,
                "totals": format_quantities(counts),
            }
            for campaign, counts in queries.list_public_campaigns(today=today)
        ],
    }
    return render(request, "weapons/report.html", context, status=status if error or elsewhere else 200)


def _build_choices(labels: Mapping[Any, str], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": _(label), "chosen": value == chosen} for value, label in labels.items()]


def format_quantities(counts: queries.CampaignCounts) -> list[str]:
    """Return a line for each kind and measure: «Đạn các loại: 120 viên»."""
    return [
        f"{_(WEAPON_KIND_LABELS[kind])}: {format_number(total)} {_(MEASURE_LABELS[measure])}"
        for (kind, measure), total in counts.quantities.items()
    ]
