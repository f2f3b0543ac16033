"""Citizens' pages: current appeals, one appeal with its picture, and the form for a sighting. No account, no script."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.intake.forms import PHONE_PROBLEM, parse_phone
from binhyen.intake.views.base import check_rate_limits, citizen_page
from binhyen.kit import clock
from binhyen.kit.file_storage import NotAPicture
from binhyen.kit.ids import format_code, generate_token
from binhyen.kit.security_headers import SANDBOX_CSP
from binhyen.kit.text import collapse_spaces, to_nfc, to_sort_key
from binhyen.kit.typed_dates import INVALID_MOMENT, format_moment_field, parse_typed_moment
from binhyen.missing import queries, services
from binhyen.missing.appeal_text import format_bulletin_text, format_person, format_place, format_title
from binhyen.missing.rules import pfif
from binhyen.missing.rules.records import RecordSide
from binhyen.people.services import RuleViolation

KEY_LENGTH = 43
SENT_PARAMETER = "da-gui"
_FIELDS = ("seen_at", "place", "text", "phone")


def parse_local_time(text: str) -> dt.datetime | None:
    """Parse the value of a field; None for an empty one. Raises RuleViolation."""
    if not text.strip():
        return None
    try:
        return parse_typed_moment(text)
    except ValueError:
        raise RuleViolation(_(INVALID_MOMENT)) from None


@citizen_page("GET")
def appeals_page(request: HttpRequest) -> HttpResponse:
    now, commune = clock.now(), request.GET.get("xa", "")[:10]
    context = {
        "now": now,
        "rows": [_build_appeal(appeal) for appeal in queries.list_appeals(now=now, commune_code=commune)],
        "communes": list_commune_options(commune),
        "is_filtered": commune in get_directory().communes,
        "report_url": "/bao-tin",
    }
    return render(request, "missing/appeals.html", context)


def list_commune_options(chosen: str) -> list[dict[str, Any]]:
    """Return the communes for a select field, by name."""
    entries = sorted(get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    return [{"value": entry.code, "label": entry.full_name, "chosen": entry.code == chosen} for entry in entries]


def _build_appeal(appeal: queries.Appeal) -> dict[str, Any]:
    code = format_code(appeal.code)
    return {
        "url": reverse("missing_appeal", args=[code]),
        "photo_url": reverse("missing_appeal_photo", args=[code]) if appeal.has_photo else "",
        "code": code,
        "title": format_title(appeal),
        "person": format_person(appeal),
        "place": format_place(appeal),
        "clothes": appeal.clothes,
        "marks": appeal.marks,
        "seen_at": appeal.seen_at,
        "unit": appeal.unit,
        "until": appeal.until,
        "is_missing": appeal.side == RecordSide.MISSING,
    }


@citizen_page("GET", "POST")
def appeal_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show an appeal, or after its recall the request to delete copies; a POST stores a sighting."""
    now = clock.now()
    appeal = queries.find_appeal(code, now=now)
    if appeal is None:
        if not queries.has_ended_appeal(code):
            raise Http404
        return render(request, "missing/ended.html", {"now": now, "appeals_url": reverse("missing_appeals")})
    if request.method == "POST":
        return _store_sighting(request, appeal)
    return _render_appeal(request, appeal, {})


def _render_appeal(
    request: HttpRequest, appeal: queries.Appeal, draft: dict[str, str], problem: str = "", status: int = 200
) -> HttpResponse:
    now = clock.now()
    context = {
        "now": now,
        "appeal": _build_appeal(appeal),
        "appeals_url": reverse("missing_appeals"),
        "is_sent": request.method != "POST" and SENT_PARAMETER in request.GET,
        "key": generate_token(),
        "latest": format_moment_field(now),
        "draft": {"seen_at": format_moment_field(now), **draft},
        "error": problem,
    }
    return render(request, "missing/appeal.html", context, status=status)


def _store_sighting(request: HttpRequest, appeal: queries.Appeal) -> HttpResponse:
    draft = {name: collapse_spaces(to_nfc(request.POST.get(name, ""))) for name in _FIELDS}
    upload = request.FILES.get("photo")
    if limit_text := check_rate_limits(request, 1 if upload else 0, draft["text"]):
        return _render_appeal(request, appeal, draft, limit_text, status=429)
    try:
        form = _build_form(draft, request.POST.get("key", ""))
        services.report_sighting(code=appeal.code, form=form, photo=upload.read() if upload else None, now=clock.now())
    except RuleViolation as refusal:
        return _render_appeal(request, appeal, draft, str(refusal), status=422)
    except NotAPicture as refusal:
        return _render_appeal(request, appeal, draft, _(str(refusal)), status=422)
    target = f"{reverse('missing_appeal', args=[format_code(appeal.code)])}?{SENT_PARAMETER}=1#da-gui"
    return HttpResponse(status=303, headers={"Location": target})


def _build_form(draft: dict[str, str], key: str) -> services.SightingForm:
    if draft["phone"] and not parse_phone(draft["phone"]):
        raise RuleViolation(str(PHONE_PROBLEM))
    seen_at: dt.datetime | None = parse_local_time(draft["seen_at"])
    return services.SightingForm(
        key=key if len(key) == KEY_LENGTH else generate_token(),
        seen_at=seen_at or clock.now(),
        place=draft["place"],
        text=draft["text"],
        phone=parse_phone(draft["phone"]),
    )


@citizen_page("GET")
def appeal_photo(request: HttpRequest, code: str) -> HttpResponse:
    """Serve the picture of a current appeal; never cached, so that a recall reaches every page at once."""
    data = queries.find_appeal_photo(code, now=clock.now())
    if data is None:
        raise Http404
    return build_photo_response(data)


@citizen_page("GET")
def pfif_feed(request: HttpRequest) -> HttpResponse:
    """Serve current appeals as PFIF 1.4 for other registers, with tombstones of those that ended."""
    published = queries.list_published_appeals(now=clock.now())
    text = pfif.format_pfif([_build_pfif(item) for item in published])
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


def _build_pfif(item: queries.PublishedAppeal) -> pfif.PfifPerson:
    record_id = f"{urlsplit(settings.PUBLIC_URL).hostname}/{item.public_id}"
    if item.appeal is None:
        return pfif.PfifPerson(record_id, item.released_at, item.released_at, item.ended_at, is_expired=True)
    appeal, link = item.appeal, f"{settings.PUBLIC_URL}/tim-nguoi/{format_code(item.appeal.code)}"
    low, high = appeal.age_low, appeal.age_high
    return pfif.PfifPerson(
        record_id,
        item.released_at,
        item.released_at,
        item.ended_at,
        source_name=appeal.unit,
        source_url=link,
        full_name=appeal.name,
        description=format_bulletin_text(appeal, link=link),
        sex=appeal.sex,
        age="" if low is None else str(low) if low == high else f"{low}-{high}",
        photo_url=f"{link}/anh" if appeal.has_photo else "",
    )


def build_photo_response(data: bytes) -> HttpResponse:
    """Return a picture of our own encoder; no cache may keep it."""
    return HttpResponse(
        data,
        content_type="image/jpeg",
        headers={
            "Content-Disposition": 'inline; filename="anh.jpg"',
            "Content-Security-Policy": SANDBOX_CSP,
            "Cache-Control": "no-store",
        },
    )
