"""Citizens' pages: needs of people in hardship, pledges, one's own pledge. No account, no script, no name needed."""

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from binhyen.aid import queries, services
from binhyen.aid.models import Pledge
from binhyen.aid.rules import (
    DONOR_LABELS,
    KIND_LABELS,
    MAX_NAME_CHARS,
    MAX_NOTE_CHARS,
    DonorKind,
    NeedKind,
    PledgeState,
    PledgeStatus,
    count_reserved,
    get_pledge_status,
    parse_units,
)
from binhyen.consents.rules import CONSENT_TEXTS, Purpose
from binhyen.intake.views.base import citizen_page
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code, generate_token
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.services import RuleViolation
from binhyen.ui.formatting import format_number

PLEDGE_LIMIT: Final = RateLimit(burst=60, per_second=60 / 86_400)  # pledges from one network: schools share one
NEED_LIMIT: Final = RateLimit(burst=10, per_second=10 / 86_400)  # for one need
LINK_LENGTH: Final = 43
_STATUS_TEXTS: Final = {
    PledgeStatus.RESERVED: N_("Phần của bạn đang được giữ. Cảm ơn bạn."),
    PledgeStatus.EXPIRED: N_("Đã hết hạn giữ phần. Vẫn giúp được: mang đến trụ sở công an, hoặc hứa lại."),
    PledgeStatus.DELIVERED: N_("Đã trao tận tay. Thay mặt gia đình, cảm ơn bạn."),
    PledgeStatus.CANCELLED: N_("Lời hứa này đã kết thúc."),
}
_TONES: Final = {PledgeStatus.DELIVERED: "good", PledgeStatus.EXPIRED: "warn"}


@citizen_page("GET")
def show_board(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    search = collapse_spaces(to_nfc(request.GET.get("q", "")))[:100]
    commune = request.GET.get("xa", "")[:10]
    rows, next_cursor = queries.list_public_needs(
        commune_code=commune, search=search, cursor=request.GET.get("sau", "")[:200], now=now
    )
    query = urlencode({"xa": commune, "q": search, "sau": next_cursor})
    helped = [] if search or request.GET.get("sau") else queries.list_helped_needs(commune_code=commune, now=now)
    context = {
        "now": now,
        "rows": [_build_need(need) for need in rows],
        "helped": [_build_need(need) for need in helped],
        "communes": [
            {"value": code, "label": name, "chosen": code == commune} for code, name in queries.list_board_communes()
        ],
        "search": search,
        "is_filtered": bool(search or commune),
        "next_url": f"{reverse('aid_board')}?{query}" if next_cursor else "",
        "report_url": "/bao-tin",
    }
    return render(request, "aid/board.html", context)


def _build_need(need: queries.PublicNeed) -> dict[str, Any]:
    balance = need.balance
    return {
        "url": reverse("aid_public", args=[format_code(need.code)]),
        "code": format_code(need.code),
        "kind": _(KIND_LABELS[NeedKind(need.kind)]),
        "summary": need.summary,
        "commune": need.commune,
        "unit": need.unit,
        "verified_on": need.verified_on,
        "is_open": need.is_open,
        "needed": format_units(balance.needed, need.unit_name),
        "delivered": format_units(balance.delivered, need.unit_name),
        "reserved": format_units(balance.reserved, need.unit_name) if balance.reserved else "",
        "left": format_units(balance.units_left, need.unit_name) if balance.units_left else "",
        "thanks": [{"name": donor.name, "units": format_units(donor.units, need.unit_name)} for donor in need.thanks],
        "others": format_units(need.other_units, need.unit_name) if need.other_units else "",
    }


def format_units(units: int, unit_name: str) -> str:
    """Return «20 suất quà»."""
    return f"{format_number(units)} {unit_name}"


@citizen_page("GET", "POST")
def need_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a need with its free units; a POST pledges units of it and leads to the pledge's own address."""
    need = queries.find_public_need(code, now=clock.now())
    if need is None:
        raise Http404
    if request.method == "POST":
        return _submit(request, need)
    return _render_need(request, need, generate_token(), {})


def _submit(request: HttpRequest, need: queries.PublicNeed) -> HttpResponse:
    draft = {name: collapse_spaces(to_nfc(value[:2000])) for name, value in request.POST.dict().items()}
    link, problem, status = draft.get("key", ""), "", 422
    peer = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
    if len(link) != LINK_LENGTH or not link.isascii():
        link, problem = generate_token(), _("Mẫu này đã cũ. Bạn bấm gửi lần nữa.")
    elif peer and not (try_acquire(f"aid/{need.code}/{peer}", NEED_LIMIT) and try_acquire(f"aid/{peer}", PLEDGE_LIMIT)):
        problem, status = _("Đã hứa nhiều lần từ mạng này. Bạn gọi hoặc đến trụ sở công an xã giúp nhé."), 429
    if not problem:
        try:
            services.submit_pledge(need_code=need.code, link=link, form=_parse_pledge(draft), now=clock.now())
        except RuleViolation as refusal:
            problem = str(refusal)
        else:
            return HttpResponse(status=303, headers={"Location": reverse("aid_pledge", args=[link])})
    fresh = queries.find_public_need(need.code, now=clock.now())
    if fresh is None:
        raise Http404
    return _render_need(request, fresh, link, draft, problem, status)


def _parse_pledge(draft: dict[str, str]) -> services.PledgeForm:
    try:
        kind = DonorKind(draft.get("donor_kind", ""))
    except ValueError:
        raise RuleViolation(_("Chọn ai giúp: cá nhân, tổ chức hay trường học.")) from None
    return services.PledgeForm(
        donor_kind=kind,
        units=parse_units(draft.get("units", "")),
        note=draft.get("note", "")[:MAX_NOTE_CHARS],
        donor_name=draft.get("donor_name", "")[:MAX_NAME_CHARS],
        agrees_naming=draft.get("agrees_naming") == "yes",
        contact_name=draft.get("contact_name", "")[:100],
        phone=draft.get("phone", "")[:40],
        agrees_contact=draft.get("agrees_contact") == "yes",
    )


def _render_need(
    request: HttpRequest,
    need: queries.PublicNeed,
    key: str,
    draft: dict[str, str],
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "now": clock.now(),
        "need": _build_need(need),
        "board_url": reverse("aid_board"),
        "key": key,
        "error": error,
        "donors": [{"value": value, "label": _(label)} for value, label in DONOR_LABELS.items()],
        "naming_text": _(CONSENT_TEXTS[Purpose.PRAISE][-1]),
        "contact_text": _(CONSENT_TEXTS[Purpose.CONTACT][-1]),
        "name_limit": MAX_NAME_CHARS,
        "note_limit": MAX_NOTE_CHARS,
        "draft": draft,
    }
    return render(request, "aid/public_need.html", context, status=status)


@citizen_page("GET", "POST")
def pledge_page(request: HttpRequest, link: str) -> HttpResponse:
    """Show a pledge to the holder of its link, who may withdraw it, or the consent to be named."""
    pledge = queries.find_pledge_by_link(link) if len(link) == LINK_LENGTH else None
    if pledge is None:
        raise Http404
    if request.method != "POST":
        return _render_pledge(request, pledge)
    try:
        if request.POST.get("action") == "ten":
            services.withdraw_name(pledge=pledge, now=clock.now())
        else:
            services.withdraw_pledge(pledge=pledge, now=clock.now())
    except RuleViolation as refusal:
        return _render_pledge(request, pledge, str(refusal))
    return HttpResponse(status=303, headers={"Location": reverse("aid_pledge", args=[link])})


def _render_pledge(request: HttpRequest, pledge: Pledge, error: str = "") -> HttpResponse:
    now, need = clock.now(), pledge.need
    status = get_pledge_status(pledge.facts, now)
    public = queries.find_public_need(need.code, now=now)
    context = {
        "now": now,
        "error": error,
        "need": _build_need(public) if public else None,
        "board_url": reverse("aid_board"),
        "code": format_code(pledge.code),
        "units": format_units(pledge.units, need.unit_name),
        "delivered": format_units(pledge.delivered, need.unit_name) if pledge.delivered else "",
        "status": _(_STATUS_TEXTS[status]),
        "tone": _TONES.get(status, "info"),
        "expires_at": pledge.expires_at if count_reserved(pledge.facts, now) else None,
        "answer": _(pledge.answer) if pledge.answer else "",
        "donor_name": pledge.donor_name if queries.can_name(pledge, today=clock.to_vietnam_day(now)) else "",
        "disclosures": [notice.at for notice in queries.list_contact_disclosures(pledge)],
        "can_withdraw": pledge.state == PledgeState.RESERVED,
    }
    return render(request, "aid/pledge.html", context, status=422 if error else 200)
