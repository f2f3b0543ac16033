"""«Chuông trên điện thoại»: an officer's devices and number, officers of the unit without an alarm, the worker."""

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from binhyen.channels import queries
from binhyen.channels.adapter import BrowserSubscription
from binhyen.channels.services import push
from binhyen.channels.services.push import NoticeDraft
from binhyen.kit import clock
from binhyen.people.access import officer_may
from binhyen.people.queries import get_duty_phone
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.services.roster import set_duty_phone
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.people.views.sign_in_flow import describe_user_agent
from binhyen.ui.middleware import is_cross_site
from binhyen.ui.service_workers import build_worker_response

BELL_URL = "/chuong"
WORKER_URL = f"{BELL_URL}/ung-dung.js"
OFFICER_SCOPE = f"{BELL_URL}/can-bo"
_WORKER_FILE = "ui/js/push-worker.js"
_TEST_TIME = dt.timedelta(minutes=5)
_FIELDS = ("endpoint", "p256dh", "auth", "key")


def parse_browser_subscription(request: HttpRequest) -> BrowserSubscription:
    """Return the posted subscription; the service checks it."""
    return BrowserSubscription(*(request.POST.get(name, "")[:1000] for name in _FIELDS))


@require_any_permission(Permission.WORK_CASES)
def show_bell(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    leads = officer_may(request.user, Permission.ASSIGN)
    reach = queries.list_unit_reach(request.user.unit_id, now=now) if leads else []
    context = {
        "now": now,
        "key": push.get_push_key(),
        "worker_url": WORKER_URL,
        "scope_url": OFFICER_SCOPE,
        "on_url": f"{BELL_URL}/bat",
        "off_url": f"{BELL_URL}/tat",
        "test_url": f"{BELL_URL}/thu",
        "phone_url": f"{BELL_URL}/so",
        "phone": get_duty_phone(request.user),
        "devices": queries.list_own_devices(request.user),
        "reach": reach,
        "silent": [row.name for row in reach if not row.has_device],
    }
    return render(request, "account/bell.html", context)


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def subscribe_browser(request: OfficerRequest) -> HttpResponse:
    """Store the subscription of this browser. Answers JSON for the page's script."""
    try:
        push.subscribe_officer(
            officer=request.user,
            device=parse_browser_subscription(request),
            browser=describe_user_agent(request.headers.get("User-Agent", "")),
            now=clock.now(),
        )
    except RuleViolation as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    return JsonResponse({})


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def end_device(request: OfficerRequest) -> HttpResponse:
    """End one of the own devices: by its id from the list, or this browser's by its address."""
    now, endpoint = clock.now(), request.POST.get("endpoint", "")[:1000]
    if endpoint:
        push.end_subscription(endpoint=endpoint, now=now)
        return JsonResponse({})
    try:
        ended = push.end_own_subscription(officer=request.user, public_id=UUID(request.POST.get("id", "")), now=now)
    except ValueError:
        ended = False
    messages.success(request, _("Máy đó không nhận báo động nữa.") if ended else _("Máy đó đã tắt từ trước."))
    return redirect_after_post(BELL_URL)


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def send_test_notice(request: OfficerRequest) -> HttpResponse:
    """Send a notice to the own devices, once a minute at most."""
    now = clock.now()
    if not queries.list_own_devices(request.user):
        messages.error(request, _("Chưa có máy nào nhận báo động."))
        return redirect_after_post(BELL_URL)
    with override("vi"):
        title, body = _("Thử chuông"), _("Máy này nhận được báo động.")
    draft = NoticeDraft(
        key=f"test:{request.user.public_id}:{now:%Y%m%d%H%M}",
        title=title,
        body=body,
        url=BELL_URL,
        lifetime=_TEST_TIME,
        officers=[request.user.pk],
        is_urgent=True,
    )
    push.queue_notice(draft, now=now)
    messages.success(request, _("Đã gửi thử. Thông báo hiện trên máy trong vài giây."))
    return redirect_after_post(BELL_URL)


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def save_duty_phone(request: OfficerRequest) -> HttpResponse:
    try:
        set_duty_phone(officer=request.user, phone=request.POST.get("phone", "")[:40], now=clock.now())
        messages.success(request, _("Đã lưu số gọi khi trực."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(BELL_URL)


# nosemgrep: csrf-switched-off  no cookie is used: only the browser of the old address knows it
@csrf_exempt
@require_http_methods(["POST"])
def renew_browser(request: HttpRequest) -> HttpResponse:
    """Move a subscription to the new address that the push service gave the browser."""
    if is_cross_site(request):
        return JsonResponse({}, status=403)
    old_endpoint = request.POST.get("old", "")[:1000]
    try:
        is_known = push.renew_subscription(
            old_endpoint=old_endpoint, device=parse_browser_subscription(request), now=clock.now()
        )
    except RuleViolation as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    return JsonResponse({}, status=200 if is_known else 422)


@require_safe
def serve_push_worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker that shows notices; it reads no page and stores nothing."""
    return build_worker_response(_WORKER_FILE)


@require_safe
def serve_officer_manifest(request: HttpRequest) -> HttpResponse:
    """Serve the web app manifest of the desk: installed on the phone, it receives notices also on an iPhone."""
    manifest = {
        "name": _("Bình Yên: bàn trực"),
        "short_name": _("Bình Yên"),
        "id": "/ban-truc",
        "start_url": "/ban-truc",
        "scope": "/",
        "display": "standalone",
        "lang": "vi",
        "theme_color": "#0b4a3c",
        "background_color": "#ffffff",
        "icons": [{"src": static("ui/logo.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(manifest, content_type="application/manifest+json")
