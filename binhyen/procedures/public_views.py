"""Public pages of procedures: menu with a question box, and one procedure."""

from itertools import groupby
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from binhyen.intake.model_cache import get_text_reader
from binhyen.intake.views.base import citizen_page
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.text import to_nfc, to_sort_key
from binhyen.language.training.anonymize import mask_personal_data
from binhyen.procedures import queries, services
from binhyen.procedures.models import Procedure
from binhyen.procedures.rules.matching import MAX_QUESTION_CHARS
from binhyen.procedures.rules.states import TOPIC_LABELS, Topic, split_lines
from binhyen.procedures.services import PUBLIC_URL
from binhyen.ui.label_cache import translated_labels

QUESTION_LIMIT: Final = RateLimit(burst=300, per_second=5)  # one address may be a thousand people of a mobile network
STORE_LIMIT: Final = RateLimit(burst=10, per_second=1 / 60)  # questions without an answer that one address adds
_TOO_LONG: Final = N_("Câu hỏi dài quá 1.000 chữ cái. Bạn viết ngắn lại: cần làm thủ tục gì, cho ai.")
_TOO_MANY: Final = N_("Đang có quá nhiều lượt từ mạng này. Bạn chờ một phút rồi bấm lại.")


@citizen_page("GET", "POST")
def show_menu(request: HttpRequest) -> HttpResponse:
    """Show the menu by topic; answer a typed question. Nothing is stored about the person."""
    typed = to_nfc(request.POST.get("text", "")).strip()
    if request.method != "POST" or not typed:
        return _render_menu(request, "")
    peer = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
    if not try_acquire(peer, QUESTION_LIMIT):
        return _render_menu(request, typed[:MAX_QUESTION_CHARS], error=_(_TOO_MANY), status=429)
    if len(typed) > MAX_QUESTION_CHARS:
        return _render_menu(request, typed[:MAX_QUESTION_CHARS], error=_(_TOO_LONG), status=422)
    now = clock.now()
    match = queries.match_question(typed, now)
    if not match.key and try_acquire(peer, STORE_LIMIT):
        masked = mask_personal_data(typed, get_text_reader().understand(typed).entities)
        services.record_unanswered(text=masked, nearest_key=match.ranked[0] if match.ranked else "", now=now)
    return _render_menu(request, typed, results=queries.list_nearest(match, now), is_answer=bool(match.key))


def _render_menu(
    request: HttpRequest,
    typed: str,
    *,
    results: list[Procedure] | None = None,
    is_answer: bool = False,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    labels = translated_labels(TOPIC_LABELS)
    order = list(Topic)
    rows = sorted(
        queries.list_valid_procedures(clock.now()),
        key=lambda row: (order.index(Topic(row.topic)), to_sort_key(row.title)),
    )
    context = {
        "typed": typed,
        "limit": MAX_QUESTION_CHARS,
        "error": error,
        "is_asked": results is not None,
        "is_answer": is_answer,
        "results": [_build_link(row) for row in results or ()],
        "topics": [
            {"label": labels[Topic(topic)], "anchor": topic.lower(), "rows": [_build_link(row) for row in group]}
            for topic, group in groupby(rows, key=lambda row: row.topic)
        ],
    }
    return render(request, "procedures/public_menu.html", context, status=status)


def _build_link(row: Procedure) -> dict[str, str]:
    return {"title": row.title, "url": f"{PUBLIC_URL}/{row.key}", "duration": row.duration, "fee": row.fee}


@require_safe
def show_procedure(request: HttpRequest, key: str) -> HttpResponse:
    """Show a procedure in use; one that ended answers 410 without its text."""
    now = clock.now()
    row = queries.find_valid_procedure(key, now)
    if row is None:
        if queries.find_ended_procedure(key, now) is None:
            raise Http404
        return render(request, "procedures/public_procedure.html", {"list_url": PUBLIC_URL}, status=410)
    context = {"list_url": PUBLIC_URL, "row": build_procedure(row, request.GET.get("chon", ""))}
    return render(request, "procedures/public_procedure.html", context)


def build_procedure(row: Procedure, chosen: str) -> dict[str, Any]:
    """Return the values of a procedure's page. `chosen`: number of the variant, as in the address."""
    content = row.content
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 3 else 0
    return {
        "title": content.title,
        "steps": split_lines(content.steps),
        "papers": split_lines(content.papers),
        "fee": content.fee,
        "duration": content.duration if len(content.duration) > 1 else "",
        "place": content.place,
        "hours": content.hours,
        "ask": content.ask,
        "variants": [
            {"label": item.label, "url": f"?chon={place}#truong-hop", "text": item.text, "chosen": place == number}
            for place, item in enumerate(content.variants, start=1)
        ],
        "source": content.source,
        "source_url": content.source_url,
        "source_on": content.source_on,
        "valid_from": content.valid_from,
        "valid_to": content.valid_to,
    }
