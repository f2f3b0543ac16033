"""Citizens' pages: the board of found things, and claims by hidden details. No account, no script needed."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from binhyen.found import queries, services
from binhyen.found.models import Claim
from binhyen.found.rules import KIND_LABELS, MAX_TRIES, QUESTIONS, ClaimState, HiddenField, ItemKind
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code, generate_token
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.services import RuleViolation

# Tries on one thing from one network: claims under new links guess no faster.
ITEM_LIMIT = RateLimit(burst=6, per_second=6 / 86_400)
TRY_LIMIT = RateLimit(burst=60, per_second=0.1)  # tries from one network, a mobile network has many people
LINK_LENGTH = 43
P = ParamSpec("P")
_STATE_TEXTS = {
    ClaimState.OPEN: N_("Chưa khớp. Bạn còn {left} lần trả lời."),
    ClaimState.PROVED: N_("Câu trả lời khớp. Công an xem và quyết định."),
    ClaimState.FROZEN: N_("Có nhiều người cùng nhận. Công an xem và quyết định."),
    ClaimState.FAILED: N_("Không khớp. Nếu đúng là đồ của bạn, mang giấy tờ đến trụ sở công an."),
    ClaimState.ACCEPTED: N_("Bạn được nhận lại đồ. Mang giấy tờ tùy thân và mã này đến trụ sở."),
    ClaimState.REFUSED: N_("Công an đã xem: đồ này không trao cho bạn."),
}
_TONES = {ClaimState.ACCEPTED: "good", ClaimState.PROVED: "info", ClaimState.FROZEN: "warn", ClaimState.FAILED: "warn"}


def _public_page(
    *methods: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Decorate a page: not cached, not indexed, its address is sent nowhere."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @require_http_methods([*methods, "HEAD"])
        @wraps(view)
        def respond(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            response = view(request, *args, **kwargs)
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "no-referrer"
            return response

        return respond

    return decorate


@_public_page("GET")
def board_page(request: HttpRequest) -> HttpResponse:
    search = collapse_spaces(to_nfc(request.GET.get("q", "")))[:100]
    commune = request.GET.get("xa", "")[:10]
    rows, next_cursor = queries.list_public_items(
        commune_code=commune, search=search, cursor=request.GET.get("sau", "")[:200]
    )
    query = urlencode({"xa": commune, "q": search, "sau": next_cursor})
    context = {
        "now": clock.now(),
        "rows": [_build_item(item) for item in rows],
        "communes": [
            {"value": code, "label": name, "chosen": code == commune} for code, name in queries.list_commune_choices()
        ],
        "search": search,
        "is_filtered": bool(search or commune),
        "next_url": f"{reverse('found_board')}?{query}" if next_cursor else "",
        "report_url": "/bao-tin",
        "found_url": "/bao-tin?viec=nhat-duoc",
    }
    return render(request, "found/board.html", context)


def _build_item(item: queries.PublicItem) -> dict[str, Any]:
    return {
        "url": reverse("found_public", args=[format_code(item.code)]),
        "code": format_code(item.code),
        "kind": _(KIND_LABELS[ItemKind(item.kind)]),
        "title": ", ".join(filter(None, (item.description, item.brand, item.colour))),
        "place": ", ".join(filter(None, (item.place, item.commune))),
        "unit": item.unit,
        "found_on": item.found_on,
    }


@_public_page("GET", "POST")
def item_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a thing and, behind «Của tôi», its questions; a POST opens the claim."""
    item = queries.find_public_item(code)
    if item is None:
        raise Http404
    if request.method == "POST":
        return _submit(request, item.code, item.questions, request.POST.get("key", ""), back=_build_item(item))
    context = _build_claim_form(item.questions, generate_token()) | {"item": _build_item(item)}
    return render(request, "found/public_item.html", context)


def _build_claim_form(
    questions: tuple[HiddenField, ...], key: str, draft: dict[str, str] | None = None
) -> dict[str, Any]:
    return {
        "now": clock.now(),
        "key": key,
        "questions": [
            {"name": field.value, "label": _(QUESTIONS[field]), "value": (draft or {}).get(field, "")}
            for field in questions
        ],
        "max_tries": MAX_TRIES,
        "board_url": reverse("found_board"),
    }


def _submit(
    request: HttpRequest, code: str, questions: tuple[HiddenField, ...], link: str, *, back: dict[str, Any]
) -> HttpResponse:
    draft = {field.value: collapse_spaces(to_nfc(request.POST.get(field, ""))) for field in questions}
    peer = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
    problem, status = "", 422
    if len(link) != LINK_LENGTH or not link.isascii():
        link, problem = generate_token(), _("Mẫu này đã cũ. Bạn bấm gửi lần nữa.")
    elif peer and not (try_acquire(f"found/{code}/{peer}", ITEM_LIMIT) and try_acquire(f"found/{peer}", TRY_LIMIT)):
        problem, status = _("Đã thử nhiều lần từ mạng này. Bạn đến trụ sở công an, mang theo giấy tờ."), 429
    if not problem:
        try:
            services.submit_claim(item_code=code, link=link, answers=draft, now=clock.now())
        except RuleViolation as refusal:
            problem = str(refusal)
        else:
            return HttpResponse(status=303, headers={"Location": reverse("found_claim", args=[link])})
    context = _build_claim_form(questions, link, draft) | {"item": back, "error": problem}
    return render(request, "found/public_item.html", context, status=status)


@_public_page("GET", "POST")
def claim_page(request: HttpRequest, link: str) -> HttpResponse:
    """Show the state of a claim to the holder of its link; further tries are posted here."""
    claim = queries.find_claim(link) if len(link) == LINK_LENGTH else None
    if claim is None:
        raise Http404
    public = queries.find_public_item(claim.item.code)
    questions = tuple(field for field in HiddenField if field in claim.answers)
    if request.method == "POST" and public is not None and claim.state == ClaimState.OPEN:
        return _submit(request, claim.item.code, questions, link, back=_build_item(public))
    return render(request, "found/public_claim.html", _build_claim_page(claim, public, questions, link))


def _build_claim_page(
    claim: Claim, public: queries.PublicItem | None, questions: tuple[HiddenField, ...], link: str
) -> dict[str, Any]:
    state = ClaimState(claim.state)
    can_try = state is ClaimState.OPEN and public is not None
    form = _build_claim_form(questions if can_try else (), link)
    return form | {
        "item": _build_item(public) if public else None,
        "code": format_code(claim.code),
        "state": _(_STATE_TEXTS[state]).format(left=MAX_TRIES - claim.tries),
        "tone": _TONES.get(state, "info"),
        "needs_code": state in (ClaimState.PROVED, ClaimState.FROZEN, ClaimState.ACCEPTED),
        "can_try": can_try,
    }
