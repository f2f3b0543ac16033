"""Lists of confirmed indicators for other systems and for phones without a line. Nothing unconfirmed leaves here."""

import datetime as dt
from hashlib import sha256
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import quote_etag
from django.views.decorators.http import require_http_methods

from binhyen.kit import clock
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.privacy.config import get_retention_span
from binhyen.scams.models import Indicator
from binhyen.scams.rules.indicators import IndicatorKind
from binhyen.scams.rules.review import IndicatorState

MAX_ITEMS: Final = 5000
OFFLINE_ITEMS: Final = 3000
PREFIX_CHARS: Final = 10  # of SHA-256 in hex: a list of 3,000 matches a number by chance once in 300 million
OFFLINE_DAYS: Final = 7


def _list_confirmed(limit: int) -> list[Indicator]:
    with rls_scope(PROGRAM_SCOPE):
        rows = Indicator.objects.filter(state=IndicatorState.VERIFIED).exclude(kind=IndicatorKind.SCRIPT)
        return list(rows.order_by("-last_at", "-pk")[:limit])


def build_feed(now: dt.datetime) -> dict[str, Any]:
    """Return confirmed indicators, each with the moment from which it must not be used any more."""
    span = get_retention_span("scam")
    items = [
        {
            "id": str(row.public_id),
            "kind": row.kind.lower(),
            "value": row.value,
            "confirmed_at": _format_time(row.decided_at or row.last_at),
            "last_reported_at": _format_time(row.last_at),
            "expires_at": _format_time(row.last_at + span),
        }
        for row in _list_confirmed(MAX_ITEMS)
        if row.last_at + span > now
    ]
    return {"version": 1, "valid_until": _format_time(now + dt.timedelta(days=1)), "items": items}


def _format_time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def build_offline_list(now: dt.datetime) -> dict[str, Any]:
    """Return hash prefixes of confirmed values: a phone compares the typed text without sending it anywhere."""
    prefixes = sorted({hash_value(row.value) for row in _list_confirmed(OFFLINE_ITEMS)})
    until = now + dt.timedelta(days=OFFLINE_DAYS)
    return {"made": _format_time(now), "until": _format_time(until), "chars": PREFIX_CHARS, "list": "".join(prefixes)}


def hash_value(value: str) -> str:
    return sha256(value.encode()).hexdigest()[:PREFIX_CHARS]


@require_http_methods(["GET", "HEAD"])
def serve_indicator_feed(request: HttpRequest) -> HttpResponse:
    return _serve(request, build_feed(clock.now()))


@require_http_methods(["GET", "HEAD"])
def serve_offline_list(request: HttpRequest) -> HttpResponse:
    return _serve(request, build_offline_list(clock.now()))


def _serve(request: HttpRequest, content: dict[str, Any]) -> HttpResponse:
    """Return the list, or 304 where the reader has the same items already."""
    items = content.get("items") or content.get("list") or ""
    tag = quote_etag(sha256(repr(items).encode()).hexdigest()[:32])
    if request.headers.get("If-None-Match", "") == tag:
        response: HttpResponse = HttpResponse(status=304)
    else:
        response = JsonResponse(content, json_dumps_params={"ensure_ascii": False})
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "no-store"  # a withdrawn warning must not live on in a proxy
    return response
