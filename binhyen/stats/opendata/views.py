"""Open data: the public page with its files, and the release by the province's staff."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.intake.views.base import citizen_page
from binhyen.kit import clock
from binhyen.kit.csv_export import csv_response
from binhyen.people.access import counts_province
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.stats import periods
from binhyen.stats.models import OpenDataRelease
from binhyen.stats.opendata import services
from binhyen.stats.opendata.services import (
    COMMUNE_METRICS,
    HIDDEN_NOTE,
    MIN_SHOWN,
    STEP,
    PublishedNumber,
    get_metric_labels,
)
from binhyen.stats.periods import InvalidPeriod
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred

OPEN_DATA_URL = "/du-lieu-mo"
_CSV_HEAD = ("thang", "cap", "ma", "ten", "chi_tieu", "gia_tri", "ghi_chu")


@citizen_page("GET")
def show_open_data(request: HttpRequest) -> HttpResponse:
    """Show the released months, and the numbers of one of them."""
    releases = services.list_newest_releases()
    release = _find_release(request.GET.get("thang", "")) if request.GET.get("thang") else None
    if release is None and releases:
        release = services.find_release(releases[0].month)
    context: dict[str, Any] = {
        "months": [
            {"url": f"{OPEN_DATA_URL}?thang={row.month:%Y-%m}", "label": f"{row.month.month}/{row.month.year}"}
            for row in releases
        ],
        "release": _describe_release(release) if release else None,
        "min_shown": MIN_SHOWN,
        "step": STEP,
    }
    return render(request, "stats/open_data.html", context)


def _describe_release(release: OpenDataRelease) -> dict[str, Any]:
    labels = get_metric_labels()
    base = f"{OPEN_DATA_URL}/{release.month:%Y-%m}"
    return {
        "month": f"{release.month.month}/{release.month.year}",
        "version": release.version - 1,
        "released_text": formatting.format_full_time(release.released_at),
        "files": [{"url": f"{base}.{code}", "label": code.upper()} for code in ("csv", "json")],
        "province": [
            {"label": _(label), "text": PublishedNumber(release.content["province"][metric]).text}
            for metric, label in labels.items()
            if metric in release.content["province"]
        ],
        "categories": [
            {"label": _(CATEGORY_LABELS[code]), "text": PublishedNumber(value).text}
            for code, value in release.content["categories"].items()
            if value != 0
        ],
        "head": [_(labels[metric]) for metric in COMMUNE_METRICS],
        "communes": [
            {
                "name": commune["name"],
                "numbers": [PublishedNumber(commune["numbers"].get(metric)).text for metric in COMMUNE_METRICS],
            }
            for commune in release.content["communes"]
        ],
    }


@citizen_page("GET")
def download_open_data(request: HttpRequest, month: str, format: str) -> HttpResponse:
    """Download the newest version of a month as CSV or JSON."""
    release = _find_release(month)
    if release is None or format not in ("csv", "json"):
        raise Http404
    if format == "csv":
        return csv_response(f"binh-yen-{release.month:%Y-%m}.csv", _CSV_HEAD, _list_lines(release))
    values = {
        "month": f"{release.month:%Y-%m}",
        "version": release.version,
        "method": {"below": MIN_SHOWN, "shown_as": None, "rounded_to": STEP},
        "labels": get_metric_labels(),
        "category_labels": dict(CATEGORY_LABELS),
        **release.content,
    }
    return HttpResponse(json.dumps(values, ensure_ascii=False, indent=1), content_type="application/json")


def _list_lines(release: OpenDataRelease) -> Iterator[tuple[str, ...]]:
    month, labels = f"{release.month:%Y-%m}", get_metric_labels()
    for metric, value in release.content["province"].items():
        yield (month, "tinh", "", "", labels[metric], *_format_value(value))
    for code, value in release.content["categories"].items():
        yield (month, "linh-vuc", code, CATEGORY_LABELS[code], labels["REPORTS"], *_format_value(value))
    for commune in release.content["communes"]:
        for metric, value in commune["numbers"].items():
            yield (month, "xa", commune["code"], commune["name"], labels[metric], *_format_value(value))


def _format_value(value: int | None) -> tuple[str, str]:
    return ("", HIDDEN_NOTE) if value is None else (str(value), "")


def _find_release(month: str) -> OpenDataRelease | None:
    try:
        return services.find_release(dt.date.fromisoformat(f"{month[:7]}-01"))
    except ValueError:
        return None


@require_any_permission(Permission.ISSUE_REPORTS, methods=("POST",))
def release_open_data(request: OfficerRequest) -> HttpResponse:
    """Release a month; only the province may."""
    if not counts_province(request.user):
        raise PermissionDenied
    try:
        month = periods.parse_day(f"{request.POST.get('thang', '')[:7]}-01")
        services.release_month(officer=request.user, month=month, now=clock.now())
    except (services.ReleaseRefused, InvalidPeriod) as refused:
        messages.error(request, translate_deferred(refused))
    else:
        messages.success(request, _("Đã công bố dữ liệu mở của tháng."))
    return redirect_after_post("/bao-cao#du-lieu-mo")
