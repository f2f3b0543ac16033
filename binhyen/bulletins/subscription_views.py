"""The citizen's page to get notices of an area and its topics on this device or by e-mail, without an account."""

from collections.abc import Collection
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from binhyen.areas import queries as areas
from binhyen.bulletins.rules import TOPIC_LABELS, BulletinTopic
from binhyen.channels.adapter import BrowserSubscription
from binhyen.channels.services import push
from binhyen.channels.texts import MAIL_URL
from binhyen.kit import clock
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.text import to_sort_key
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import redirect_after_post
from binhyen.ui.label_cache import translated_labels

SUBSCRIBE_URL, END_URL = "/nhan-tin", "/nhan-tin/thoi"
_WORKER_URL, _SCOPE_URL = "/chuong/ung-dung.js", "/chuong/nguoi-dan"
SUBSCRIBE_LIMIT: Final = RateLimit(burst=200, per_second=1)  # from one network: a village shares one
MAIL_LIMIT: Final = RateLimit(burst=20, per_second=1 / 60)  # each request sends a letter to an address of choice
_FIELDS = ("endpoint", "p256dh", "auth", "key")


@require_http_methods(["GET", "HEAD", "POST"])
def show_subscription(request: HttpRequest) -> HttpResponse:
    """Show the choice of area and topics; a POST of the page's script stores the subscription and answers JSON."""
    if request.method == "POST":
        return _subscribe(request)
    return _render_choice(request, code=request.GET.get("xa", "")[:10], is_asked=request.GET.get("thu") == "da-gui")


def _render_choice(
    request: HttpRequest,
    *,
    code: str,
    topics: Collection[str] = tuple(TOPIC_LABELS),
    address: str = "",
    error: str = "",
    is_asked: bool = False,
    status: int = 200,
) -> HttpResponse:
    communes = sorted(areas.get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    labels = translated_labels(TOPIC_LABELS)
    context = {
        "key": push.get_push_key(),
        "mail_url": MAIL_URL if push.find_mail_channel() else "",
        "worker_url": _WORKER_URL,
        "scope_url": _SCOPE_URL,
        "on_url": SUBSCRIBE_URL,
        "off_url": END_URL,
        "areas": [{"value": e.code, "label": e.full_name, "chosen": e.code == code} for e in communes],
        "topics": [{"value": t.value, "label": labels[t], "chosen": t in topics} for t in BulletinTopic],
        "address": address,
        "error": error,
        "is_asked": is_asked,
    }
    return render(request, "bulletins/subscription.html", context, status=status)


def _parse_choice(request: HttpRequest) -> tuple[int | None, Collection[str]]:
    """Return the area's id and the topics, none for all. Raises RuleViolation."""
    code, communes = request.POST.get("xa", "")[:10], areas.get_directory().communes
    topics = {topic for topic in request.POST.getlist("topic")[:20] if topic in TOPIC_LABELS}
    if code and code not in communes:
        raise RuleViolation(_("Chọn xã, phường trong danh sách."))
    if not topics:
        raise RuleViolation(_("Chọn ít nhất một chủ đề."))
    return communes[code].area_id if code else None, () if len(topics) == len(TOPIC_LABELS) else topics


def _is_rate_limited(request: HttpRequest, limit: RateLimit, name: str = "") -> bool:
    peer = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
    return not try_acquire(f"{name}{peer}" if peer else "", limit)


def _subscribe(request: HttpRequest) -> HttpResponse:
    if _is_rate_limited(request, SUBSCRIBE_LIMIT):
        return JsonResponse({"error": _("Đang có quá nhiều yêu cầu từ mạng này. Bạn chờ một phút.")}, status=429)
    try:
        area_id, topics = _parse_choice(request)
        push.subscribe_to_bulletins(
            area_id=area_id,
            topics=topics,
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


# By e-mail.


@require_http_methods(["GET", "HEAD", "POST"])
def request_letters(request: HttpRequest) -> HttpResponse:
    """Send the letter that asks the owner of an address for confirmation; the answer is the same for any address."""
    if request.method != "POST":
        return _render_choice(request, code="")
    address, error, status = request.POST.get("email", "")[:300], "", 422
    if _is_rate_limited(request, MAIL_LIMIT, "mail/"):
        error, status = _("Đang có quá nhiều yêu cầu từ mạng này. Bạn chờ một phút."), 429
    else:
        try:
            area_id, topics = _parse_choice(request)
            push.request_mail_subscription(address=address, area_id=area_id, topics=topics, now=clock.now())
        except RuleViolation as refusal:
            error = str(refusal)
    if not error:
        return redirect_after_post(f"{SUBSCRIBE_URL}?thu=da-gui")
    return _render_choice(
        request,
        code=request.POST.get("xa", "")[:10],
        topics=request.POST.getlist("topic")[:20],
        address=address,
        error=error,
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def show_letters(request: HttpRequest, token: str) -> HttpResponse:
    """Show the subscription of a letter's link; a POST confirms it. Opening the link alone changes nothing."""
    if request.method == "POST":
        push.confirm_mail_subscription(token[:80], now=clock.now())
    return _render_letters(request, token[:80])


# nosemgrep: csrf-switched-off  mail programs post without a cookie (RFC 8058): only the reader knows the token
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end_letters(request: HttpRequest, token: str) -> HttpResponse:
    """End a subscription by one click of a mail program, or by the button of the page."""
    is_ended = request.method == "POST" and push.end_mail_subscription(token[:80], now=clock.now())
    return _render_letters(request, token[:80], is_ended=is_ended)


def _render_letters(request: HttpRequest, token: str, *, is_ended: bool = False) -> HttpResponse:
    row, labels = push.find_mail_subscription(token, now=clock.now()), translated_labels(TOPIC_LABELS)
    context: dict[str, Any] = {"subscribe_url": SUBSCRIBE_URL, "is_ended": is_ended, "row": None}
    if row is not None:
        entry = next((e for e in areas.get_directory().communes.values() if e.area_id == row.area_id), None)
        context |= {
            "row": {
                "is_pending": row.is_pending,
                "area": entry.full_name if entry else _("Cả tỉnh"),
                "topics": [labels[BulletinTopic(topic)] for topic in row.topics if topic in TOPIC_LABELS],
            },
            "confirm_url": f"{MAIL_URL}/{token}",
            "end_url": f"{MAIL_URL}/{token}/thoi",
        }
    return render(request, "bulletins/letters.html", context, status=200 if row or is_ended else 404)
