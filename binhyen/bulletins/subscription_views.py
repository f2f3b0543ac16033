"""The citizen's page to get notices of an area and its topics on this device, without an account."""

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from binhyen.areas import queries as areas
from binhyen.bulletins.rules import TOPIC_LABELS
from binhyen.channels.adapter import BrowserSubscription
from binhyen.channels.services import push
from binhyen.kit import clock
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.text import to_sort_key
from binhyen.people.services import RuleViolation

SUBSCRIBE_URL, END_URL = "/nhan-tin", "/nhan-tin/thoi"
_WORKER_URL, _SCOPE_URL = "/chuong/ung-dung.js", "/chuong/nguoi-dan"
SUBSCRIBE_LIMIT: Final = RateLimit(burst=200, per_second=1)  # from one network: a village shares one
_FIELDS = ("endpoint", "p256dh", "auth", "key")


@require_http_methods(["GET", "HEAD", "POST"])
def show_subscription(request: HttpRequest) -> HttpResponse:
    """Show the choice of area and topics; a POST of the page's script stores the subscription and answers JSON."""
    if request.method == "POST":
        return _subscribe(request)
    communes = sorted(areas.get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    chosen = request.GET.get("xa", "")[:10]
    context = {
        "key": push.get_push_key(),
        "worker_url": _WORKER_URL,
        "scope_url": _SCOPE_URL,
        "on_url": SUBSCRIBE_URL,
        "off_url": END_URL,
        "areas": [{"value": e.code, "label": e.full_name, "chosen": e.code == chosen} for e in communes],
        "topics": [{"value": topic.value, "label": _(label)} for topic, label in TOPIC_LABELS.items()],
    }
    return render(request, "bulletins/subscription.html", context)


def _subscribe(request: HttpRequest) -> HttpResponse:
    if not try_acquire(peer_from_forwarded(request.headers.get("X-Forwarded-For", "")), SUBSCRIBE_LIMIT):
        return JsonResponse({"error": _("Đang có quá nhiều yêu cầu từ mạng này. Bạn chờ một phút.")}, status=429)
    code, communes = request.POST.get("xa", "")[:10], areas.get_directory().communes
    topics = {topic for topic in request.POST.getlist("topic")[:20] if topic in TOPIC_LABELS}
    if code and code not in communes:
        return JsonResponse({"error": _("Chọn xã, phường trong danh sách.")}, status=422)
    if not topics:
        return JsonResponse({"error": _("Chọn ít nhất một chủ đề.")}, status=422)
    try:
        push.subscribe_to_bulletins(
            area_id=communes[code].area_id if code else None,
            topics=() if len(topics) == len(TOPIC_LABELS) else topics,
            device=BrowserSubscription(*(request.POST.get(name, "")[:1000] for name in _FIELDS)),
            now=clock.now(),
        )
    except RuleViolation as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    return JsonResponse({})


@require_http_methods(["POST"])
def stop_notices(request: HttpRequest) -> HttpResponse:
    """End the subscription of this browser: it alone knows its address."""
    push.end_subscription(endpoint=request.POST.get("endpoint", "")[:1000], now=clock.now())
    return JsonResponse({})
