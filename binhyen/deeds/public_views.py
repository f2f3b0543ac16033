"""Public pages of good deeds: the roll of the year, and a school's letter with its answer."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.deeds import queries, services
from binhyen.deeds.rules import DEED_KIND_LABELS, DeedKind
from binhyen.intake.idempotency import is_token
from binhyen.intake.views.base import citizen_page
from binhyen.kit import clock
from binhyen.kit.text import collapse_spaces, to_nfc, to_sort_key
from binhyen.kit.typed_dates import parse_typed_day
from binhyen.people.services import RuleViolation


@citizen_page("GET")
def roll_page(request: HttpRequest) -> HttpResponse:
    today = clock.to_vietnam_day(clock.now())
    year = queries.parse_year(request.GET.get("nam", ""), today=today)
    commune, search = request.GET.get("xa", "")[:10], collapse_spaces(to_nfc(request.GET.get("q", "")))[:100]
    rows, next_cursor = queries.list_roll(
        year, today=today, commune_code=commune, search=search, cursor=request.GET.get("sau", "")[:200]
    )
    communes = sorted(get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    query = urlencode({"nam": year, "xa": commune, "q": search, "sau": next_cursor})
    context = {
        "year": year,
        "years": [{"value": value, "chosen": value == year} for value in queries.list_roll_years(today=today)],
        "communes": [
            {"value": entry.code, "label": entry.full_name, "chosen": entry.code == commune} for entry in communes
        ],
        "search": search,
        "is_filtered": bool(search or commune),
        "rows": [
            {
                "name": row.person_name,
                "kind": _(DEED_KIND_LABELS[DeedKind(row.kind)]),
                "text": row.text,
                "school": ", ".join(filter(None, (row.school_class, row.school))),
                "commune": row.commune,
                "day": row.approved_on,
            }
            for row in rows
        ],
        "next_url": f"{reverse('deed_roll')}?{query}" if next_cursor else "",
    }
    return render(request, "deeds/roll.html", context)


@citizen_page("GET", "POST")
def school_page(request: HttpRequest, link: str) -> HttpResponse:
    """Show the letter to the holder of the school's link; the school answers here that it praised the pupil."""
    now = clock.now()
    today = clock.to_vietnam_day(now)
    deed = queries.find_school_deed(link) if is_token(link) else None
    if deed is None:
        raise Http404
    error, note = "", collapse_spaces(to_nfc(request.POST.get("note", "")))
    if request.method == "POST":
        try:
            praised_on = parse_typed_day(request.POST.get("praised_on", ""))
            services.record_praise(deed=deed, praised_on=praised_on, note=note, officer=None, now=now)
        except RuleViolation as refusal:
            error = str(refusal)
        except ValueError:
            error = _("Chọn ngày đã biểu dương, ví dụ: 01/12/2026.")
        else:
            return HttpResponse(status=303, headers={"Location": reverse("deed_school", args=[link])})
    is_valid = queries.is_public(deed, today=today)
    context = {
        "now": now,
        "is_valid": is_valid,
        "unit": deed.case.unit.name,
        "name": deed.person_name if is_valid else "",
        "school": deed.school if is_valid else "",
        "school_class": deed.school_class if is_valid else "",
        "text": deed.text if is_valid else "",
        "approved_on": deed.approved_on,
        "praised_on": deed.praised_on,
        "today": today.isoformat(),
        "error": error,
        "note": note,
    }
    return render(request, "deeds/school.html", context, status=422 if error else 200)
