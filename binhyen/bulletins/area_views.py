"""The citizen's page of an area: bulletins, warnings, the station; readable offline. And the form of the station."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from binhyen.areas import queries as areas
from binhyen.bulletins import coverage_services, queries
from binhyen.bulletins.cap.build import is_alert
from binhyen.bulletins.models import Station
from binhyen.bulletins.public_views import FEED_URL, build_public_row
from binhyen.bulletins.services import AREA_URL, MANUAL_URL, STATION_URL
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import to_sort_key
from binhyen.people.queries import list_ids_on_duty
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_full_time
from binhyen.ui.service_workers import build_worker_response

# Public boards of other features, by the first part of their address; each can be installed on a phone.
BOARD_NAMES = {
    "do-nhat-duoc": N_("Đồ nhặt được"),
    "tim-nguoi": N_("Tìm người"),
    "guong-tot": N_("Gương người tốt"),
    "giup-do": N_("Giúp đỡ hoàn cảnh khó khăn"),
}
_WORKER_FILE = "ui/js/offline-worker.js"


@require_safe
def show_area_list(request: HttpRequest) -> HttpResponse:
    communes = sorted(areas.get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    context = {"areas": [{"url": f"{AREA_URL}/{entry.code}", "name": entry.full_name} for entry in communes]}
    return render(request, "bulletins/area_list.html", context)


def _get_commune_or_404(code: str) -> areas.CommuneEntry:
    entry = areas.get_directory().communes.get(code)
    if entry is None:
        raise Http404
    return entry


@require_safe
def show_area(request: HttpRequest, code: str) -> HttpResponse:
    """Show what is in force in a commune, with whole texts: one page is enough to read it offline."""
    entry, now = _get_commune_or_404(code), clock.now()
    station = Station.objects.filter(unit=entry.unit_id).first()
    bulletins = queries.list_current(now=now, commune_code=code)
    alerts = [row for row in bulletins if is_alert(row.topic, row.ground)]
    context = {
        "now": now,
        "made": now.isoformat(timespec="seconds"),
        "made_text": format_full_time(now),
        "name": entry.full_name,
        "code": code,
        "unit": areas.get_directory().unit_name(entry.unit_id),
        "station": _build_station(station) if station else None,
        "on_duty": len(list_ids_on_duty(entry.unit_id, now)),
        "alerts": [build_public_row(row) for row in alerts],
        "rows": [build_public_row(row) for row in bulletins if row not in alerts],
        "feed_url": f"{FEED_URL}?xa={code}",
        "subscribe_url": f"/nhan-tin?xa={code}",
        "manifest_url": f"{AREA_URL}/{code}/ung-dung.webmanifest",
    }
    return render(request, "bulletins/area.html", context)


def _build_station(station: Station) -> dict[str, str]:
    digits = station.phone
    shown = f"{digits[:4]} {digits[4:7]} {digits[7:]}"
    return {"phone": shown.strip(), "call_url": f"tel:{digits}", "address": station.address}


@require_safe
def serve_manifest(request: HttpRequest, code: str) -> HttpResponse:
    """Serve the web app manifest: the page of this area as an app."""
    entry = _get_commune_or_404(code)
    return _build_manifest(_("Bình Yên {area}").format(area=entry.full_name), f"{AREA_URL}/{code}", AREA_URL)


@require_safe
def serve_board_manifest(request: HttpRequest, board: str) -> HttpResponse:
    """Serve the web app manifest of a public board: an icon on the phone that opens it."""
    if board not in BOARD_NAMES:
        raise Http404
    return _build_manifest(_(BOARD_NAMES[board]), f"/{board}", "/")


def _build_manifest(name: str, url: str, scope: str) -> HttpResponse:
    manifest = {
        "name": name,
        "short_name": "Bình Yên",
        "id": url,
        "start_url": url,
        "scope": scope,
        "display": "standalone",
        "lang": "vi",
        "theme_color": "#0b4a3c",
        "background_color": "#ffffff",
        "icons": [{"src": static("ui/logo.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(manifest, content_type="application/manifest+json")


@require_safe
def serve_worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker below the pages that it may read; always checked for a new version."""
    return build_worker_response(_WORKER_FILE)


@require_any_permission(Permission.APPROVE_BULLETINS, methods=("GET", "HEAD", "POST"))
def edit_station(request: OfficerRequest) -> HttpResponse:
    """Show and save telephone and address of the own unit."""
    station = Station.objects.filter(unit=request.user.unit_id).first()
    phone, address, error = (station.phone, station.address, "") if station else ("", "", "")
    if request.method == "POST":
        phone, address = request.POST.get("phone", "")[:40], request.POST.get("address", "")[:400]
        try:
            coverage_services.change_station(phone=phone, address=address, officer=request.user, now=clock.now())
        except RuleViolation as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("Đã lưu. Trang của xã, phường có số mới."))
            return redirect_after_post(STATION_URL)
    code = areas.get_directory().get_commune_code(request.user.unit.area_id)
    context = {
        "back_url": MANUAL_URL,
        "action_url": STATION_URL,
        "page_url": f"{AREA_URL}/{code}" if code else "",
        "unit": request.user.unit.name,
        "phone": phone,
        "address": address,
        "error": error,
    }
    return render(request, "bulletins/station.html", context, status=422 if error else 200)
