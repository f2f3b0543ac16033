"""Officers' pages of the register of found things: list, entry, one thing with claims, custody and hand-over."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from binhyen.cases.choices import OUTCOME_LABELS, Outcome
from binhyen.cases.models import Case
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.queries.lost_found import list_matches
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services.view_log import record_view
from binhyen.channels.services.media import store_upload
from binhyen.found import papers, queries, services
from binhyen.found.models import Claim, FoundItem, Receipt
from binhyen.found.rules import (
    CLAIM_LABELS,
    DECIDABLE,
    ENDINGS,
    FIELD_LABELS,
    FIELDS_BY_KIND,
    GROUND_LABELS,
    HOLDER_LABELS,
    KIND_LABELS,
    STEP_LABELS,
    TO_DECIDE,
    ClaimState,
    CustodyStep,
    FoundGround,
    HiddenField,
    ItemHolder,
    ItemKind,
)
from binhyen.kit import clock
from binhyen.kit.file_storage import NotAPicture
from binhyen.kit.hash_chain import find_broken_step
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.official_papers import FORMAT_PARAMETER, PAPER_FORMATS, Paper, build_paper_response
from binhyen.kit.signature_strokes import format_path, parse_strokes
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.kit.typed_dates import parse_typed_day, parse_typed_time
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_dong
from binhyen.ui.stored_text_i18n import translate_title

REGISTER_URL = "/nhat-duoc"
_ACTIONS = ("quyet-dinh", "bang", "ban-giao", "bien-nhan-moi", "trao-tra", "ket-thuc")
_TONES = {
    ClaimState.OPEN: "quiet",
    ClaimState.PROVED: "info",
    ClaimState.FROZEN: "warn",
    ClaimState.FAILED: "quiet",
    ClaimState.ACCEPTED: "good",
    ClaimState.REFUSED: "bad",
}


@require_any_permission(Permission.WORK_CASES)
def list_register(request: OfficerRequest) -> HttpResponse:
    search = to_nfc(request.GET.get("q", ""))[:100]
    page = queries.list_items(request.user, search=search, cursor=request.GET.get("sau", ""))
    context = {
        "now": clock.now(),
        "rows": [_build_row(item) for item in page.rows],
        "next_url": f"{REGISTER_URL}?{urlencode({'q': search, 'sau': page.next})}" if page.next else "",
        "search": search,
        "new_url": reverse("found_new"),
        "board_url": reverse("found_board"),
    }
    return render(request, "found/register.html", context)


def _build_row(item: FoundItem) -> dict[str, Any]:
    return {
        "url": f"{REGISTER_URL}/{item.public_id}",
        "code": format_code(item.code),
        "kind": _(KIND_LABELS[ItemKind(item.kind)]),
        "description": item.description,
        "place": item.place,
        "found_on": item.found_on,
        "found_time": item.found_time,
        "holder": _(HOLDER_LABELS[ItemHolder(item.holder)]),
        "waiting": getattr(item, "waiting", 0),
        "state": _build_state(item),
    }


def _build_state(item: FoundItem) -> dict[str, str]:
    if item.case.outcome:
        tone = "good" if item.case.outcome == Outcome.RETURNED else "quiet"
        return {"label": _(OUTCOME_LABELS[Outcome(item.case.outcome)]), "tone": tone}
    if item.is_public:
        return {"label": _("Trên bảng"), "tone": "info"}
    return {"label": _("Không đăng"), "tone": "quiet"}


@require_any_permission(Permission.WORK_CASES, methods=("GET", "HEAD", "POST"))
def register_page(request: OfficerRequest) -> HttpResponse:
    """Show the entry form, first for the kind of thing; a case that is entered already leads to its thing."""
    source = request.POST if request.method == "POST" else request.GET
    code = normalize_code(source.get("vu-viec", ""))[:8]
    case = _get_case(request, code) if code else None
    if case is not None and (item := queries.find_item_of_case(request.user, case.pk)) is not None:
        return redirect_after_post(f"{REGISTER_URL}/{item.public_id}")
    if request.method != "POST":
        return _render_form(request, case, dict(request.GET.items()))
    try:
        item = services.register_item(form=_parse_item(request), case_code=code, officer=request.user, now=clock.now())
    except (RuleViolation, NotAllowed) as refusal:
        return _render_form(request, case, request.POST.dict(), str(refusal))
    messages.success(request, _("Đã vào sổ, mã {code}.").format(code=format_code(item.code)))
    return redirect_after_post(f"{REGISTER_URL}/{item.public_id}")


def _get_case(request: OfficerRequest, code: str) -> Case:
    try:
        return get_visible_case(request.user, code)
    except NotFound:
        raise Http404 from None


def _render_form(request: OfficerRequest, case: Case | None, draft: dict[str, Any], problem: str = "") -> HttpResponse:
    kind = ItemKind(draft["kind"]) if draft.get("kind") in set(ItemKind) else None
    context = {
        "now": clock.now(),
        "list_url": REGISTER_URL,
        "form_url": reverse("found_new"),
        "case": {"code": format_code(case.code), "title": translate_title(case.title)} if case else None,
        "kind": {"value": kind, "label": _(KIND_LABELS[kind])} if kind else None,
        "kinds": [{"value": value, "label": _(label)} for value, label in KIND_LABELS.items()],
        "holders": [{"value": value, "label": _(label)} for value, label in HOLDER_LABELS.items()],
        "fields": [
            {"name": f"hidden_{name}", "label": _(FIELD_LABELS[name]), "value": draft.get(f"hidden_{name}", "")}
            for name in (FIELDS_BY_KIND[kind] if kind else ())
        ],
        "is_cattle": kind is ItemKind.CATTLE,
        "grounds": [
            {"value": value, "label": _(label), "chosen": value == (draft.get("ground") or FoundGround.DROPPED)}
            for value, label in GROUND_LABELS.items()
        ],
        "today": clock.to_vietnam_day(clock.now()).isoformat(),
        "draft": draft,
    }
    if problem:
        messages.error(request, problem)
    return render(request, "found/entry.html", context, status=422 if problem else 200)


def _parse_item(request: OfficerRequest) -> services.ItemForm:
    post = {name: collapse_spaces(to_nfc(value)) for name, value in request.POST.dict().items()}
    try:
        kind, holder = ItemKind(post.get("kind", "")), ItemHolder(post.get("holder", ""))
        ground = FoundGround(post.get("ground") or FoundGround.DROPPED)
        found_on = parse_typed_day(post.get("found_on", ""))
        found_time = parse_typed_time(post["found_time"]) if post.get("found_time") else None
        amount = post.get("value", "").replace(".", "").replace(",", "").replace(" ", "")
        value = int(amount) if amount else None
    except ValueError:
        raise RuleViolation(
            _("Chọn loại đồ, ai giữ, ngày nhặt (ví dụ: 01/12/2026); giờ nhặt, giá trị thì ghi đúng hoặc để trống.")
        ) from None
    if value is not None and not 0 <= value < 10**15:
        raise RuleViolation(_("Giá trị ước tính không đúng."))
    return services.ItemForm(
        kind=kind,
        description=post.get("description", "")[:120],
        found_on=found_on,
        found_time=found_time and found_time.replace(tzinfo=None),
        holder=holder,
        brand=post.get("brand", "")[:40],
        colour=post.get("colour", "")[:40],
        place=post.get("place", "")[:120],
        value=value,
        is_free_roaming=post.get("roams") == "yes",
        ground=ground,
        is_public=post.get("public") == "yes",
        details={
            HiddenField(name): text for name in HiddenField if (text := post.get(f"hidden_{name}", "").strip()[:200])
        },
    )


def _get_item(request: OfficerRequest, public_id: UUID) -> FoundItem:
    item = queries.find_item(request.user, public_id)
    if item is None:
        raise Http404
    return item


@require_any_permission(Permission.WORK_CASES)
def show_item(request: OfficerRequest, item: UUID) -> HttpResponse:
    row = _get_item(request, item)
    record_view(row.case, officer=request.user, now=clock.now())
    return _render_item(request, row, {})


def _render_item(request: OfficerRequest, item: FoundItem, draft: dict[str, Any], problem: str = "") -> HttpResponse:
    now = clock.now()
    url, entries = f"{REGISTER_URL}/{item.public_id}", list(item.custody.select_related("officer").order_by("number"))
    details = dict(item.details.values_list("field", "text"))
    receipt = getattr(item, "receipt", None)
    context = {
        "now": now,
        "row": _build_row(item),
        "list_url": REGISTER_URL,
        "case": {"code": format_code(item.case.code), "url": f"/vu-viec/{format_code(item.case.code)}"},
        "facts": [
            {"label": label, "value": value}
            for label, value in (
                (_("Hiệu"), item.brand),
                (_("Màu"), item.colour),
                (_("Nơi nhặt"), item.place),
                (_("Giá trị ước tính"), format_dong(item.value)),
            )
            if value
        ],
        "details": [{"label": _(FIELD_LABELS[name]), "text": details[name]} for name in HiddenField if name in details],
        "claims": [_build_claim(claim, details) for claim in queries.list_claims(item)],
        "custody": [
            {
                "number": entry.number,
                "step": _(STEP_LABELS[CustodyStep(entry.step)]),
                "giver": _(entry.giver),
                "receiver": _format_receiver(entry.receiver),
                "note": entry.note,
                "who": entry.officer.name,
                "at": entry.at,
            }
            for entry in entries
        ],
        "broken": find_broken_step((entry.parts, entry.digest) for entry in entries),
        "matches": _list_matches(request, item),
        "law": _build_law(item),
        "receipt": {
            "name": receipt.receiver_name,
            "signed_at": receipt.signed_at,
            "paper": receipt.paper,
            "url": f"{url}/bien-nhan",
        }
        if receipt
        else None,
        "is_open": item.case.is_open,
        "is_public": item.is_public,
        "next_number": len(entries) + 1,
        "paper_url": f"{url}/bien-nhan?giay=",
        "steps": [{"value": step, "label": _(STEP_LABELS[step])} for step in _list_steps(len(entries))],
        "endings": [{"value": outcome, "label": _(OUTCOME_LABELS[outcome])} for outcome in ENDINGS],
        "is_phone": item.kind == ItemKind.PHONE,
        "action_urls": {name.replace("-", "_"): f"{url}/{name}" for name in _ACTIONS} if item.case.is_open else {},
        "draft": draft,
    }
    if problem:
        messages.error(request, problem)
    return render(request, "found/item.html", context, status=422 if problem else 200)


def _format_receiver(receiver: str) -> str:
    """Return the receiving party, or the outcome that ended the custody."""
    return _(OUTCOME_LABELS[Outcome(receiver)]) if receiver in set(Outcome) else _(receiver)


def _list_steps(count: int) -> tuple[CustodyStep, ...]:
    return (CustodyStep.MOVED,) if count else (CustodyStep.RECEIVED,)


def _build_claim(claim: Claim, details: dict[str, str]) -> dict[str, Any]:
    state = ClaimState(claim.state)
    return {
        "id": claim.public_id,
        "code": format_code(claim.code),
        "state": {"label": _(CLAIM_LABELS[state]), "tone": _TONES[state]},
        "score": _("{right} trên {total} câu khớp, lần thử {tries}").format(
            right=claim.right, total=len(details), tries=claim.tries
        ),
        "answers": [
            {"label": _(FIELD_LABELS[name]), "text": claim.answers.get(name, ""), "expected": details[name]}
            for name in HiddenField
            if name in details
        ],
        "at": claim.at,
        "reason": claim.reason,
        "who": claim.officer.name if claim.officer else "",
        "can_decide": state in DECIDABLE,
        "is_waiting": state in TO_DECIDE,
    }


def _list_matches(request: OfficerRequest, item: FoundItem) -> dict[str, Any]:
    result = list_matches(request.user, item.case, now=clock.now())
    return {
        "rows": [
            {
                "code": format_code(match.case.code),
                "url": f"/vu-viec/{format_code(match.case.code)}",
                "title": translate_title(match.case.title),
                "reasons": ", ".join(match.reasons),
            }
            for match in result.visible_matches
        ],
        "elsewhere": result.elsewhere,
    }


def _build_law(item: FoundItem) -> dict[str, Any] | None:
    entitlement = services.get_entitlement(item)
    if entitlement is None or not item.case.is_open:
        return None
    return {
        "article": _(entitlement.article),
        "due_on": entitlement.due_on,
        "is_due": entitlement.is_due(clock.to_vietnam_day(clock.now())),
        "outcome": _(OUTCOME_LABELS[entitlement.outcome]),
        "finder": format_dong(entitlement.finder_share),
        "state": format_dong(entitlement.state_share),
        "salary": format_dong(entitlement.salary.amount),
        "source": _(entitlement.salary.source),
        "since": entitlement.salary.since,
        "must_wipe": entitlement.must_wipe,
        "announced_on": item.announced_on,
    }


@require_any_permission(Permission.WORK_CASES)
def print_receipt(request: OfficerRequest, item: UUID) -> HttpResponse:
    """Show the receipt to print and sign; with `tep` a file, with `giay` the public notice or that to the finder."""
    row = _get_item(request, item)
    receipt, extension = getattr(row, "receipt", None), request.GET.get(FORMAT_PARAMETER, "")
    if extension in PAPER_FORMATS and (paper := _build_paper(row, receipt, request.GET.get("giay", ""))) is not None:
        record_view(row.case, officer=request.user, now=clock.now())
        return build_paper_response(paper, extension)
    if receipt is None:
        raise Http404
    record_view(row.case, officer=request.user, now=clock.now())
    context = {
        "now": clock.now(),
        "back_url": f"{REGISTER_URL}/{row.public_id}",
        "unit": row.case.unit.name,
        "code": format_code(row.code),
        "kind": _(KIND_LABELS[ItemKind(row.kind)]),
        "description": ", ".join(filter(None, (row.description, row.brand, row.colour))),
        "place": row.place,
        "found_on": row.found_on,
        "receiver": receipt.receiver_name,
        "condition": receipt.condition,
        "officer": receipt.officer.name,
        "at": receipt.at,
        "signed_at": receipt.signed_at,
        "paper": receipt.paper,
        "receiver_path": format_path(parse_strokes(receipt.receiver_signature)),
        "officer_path": format_path(parse_strokes(receipt.officer_signature)),
    }
    return render(request, "found/receipt.html", context)


def _build_paper(item: FoundItem, receipt: Receipt | None, name: str) -> Paper | None:
    """Return the paper of this name, by default the minutes of the hand-over; None where there is none yet."""
    day = clock.to_vietnam_day(clock.now())
    if name == papers.NOTICE:
        return papers.build_public_notice(item, day=day) if item.is_public else None
    if name == papers.FINDER_NOTICE:
        entitlement = services.get_entitlement(item)
        return papers.build_finder_notice(item, entitlement, day=day) if entitlement else None
    return None if receipt is None else papers.build_hand_over_minutes(item, receipt, day=to_day(receipt))


def to_day(receipt: Receipt) -> dt.date:
    """Return the Vietnamese day of a receipt: of the signatures, else of its drawing up."""
    return clock.to_vietnam_day(receipt.signed_at or receipt.at)


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def act_on_item(request: OfficerRequest, item: UUID, action: str) -> HttpResponse:
    row = _get_item(request, item)
    post = {name: collapse_spaces(to_nfc(value)) for name, value in request.POST.dict().items()}
    try:
        done = _do_action(request, row, action, post)
    except (RuleViolation, NotAllowed) as refusal:
        return _render_item(request, _get_item(request, item), post, str(refusal))
    except NotAPicture as refusal:
        return _render_item(request, _get_item(request, item), post, _(str(refusal)))
    messages.success(request, done)
    return redirect_after_post(f"{REGISTER_URL}/{row.public_id}")


def _do_action(request: OfficerRequest, item: FoundItem, action: str, post: dict[str, str]) -> str:
    """Do one action; return the confirmation. Raises Http404 for an unknown one, RuleViolation, NotAllowed."""
    officer, now = request.user, clock.now()
    if action == "quyet-dinh":
        claim = next((c for c in queries.list_claims(item) if str(c.public_id) == post.get("claim")), None)
        if claim is None:
            raise RuleViolation(_("Chọn người nhận đồ."))
        services.decide_claim(
            claim=claim, accepts=post.get("verdict") == "yes", reason=post.get("reason", ""), officer=officer, now=now
        )
        return _("Đã ghi quyết định.")
    if action == "bang":
        services.set_public(item=item, is_public=post.get("public") == "yes", officer=officer, now=now)
        return _("Đã đổi trên bảng.")
    if action == "ban-giao":
        number = post.get("number", "")
        services.record_step(
            item=item,
            step=post.get("step", ""),
            giver=post.get("giver", ""),
            receiver=post.get("receiver", ""),
            note=post.get("note", ""),
            expected_number=int(number) if number.isascii() and number.isdigit() else 0,
            officer=officer,
            now=now,
        )
        return _("Đã ghi bàn giao.")
    if action == "bien-nhan-moi":
        services.draw_up_receipt(
            item=item,
            receiver_name=post.get("receiver_name", ""),
            condition=post.get("condition", ""),
            officer=officer,
            now=now,
        )
        return _("Đã lập biên nhận. In ra hoặc cùng ký trên màn hình.")
    if action == "trao-tra":
        photo = request.FILES.get("photo")
        attachment = store_upload(photo.read(), name=to_nfc(photo.name or "")) if photo else None
        services.hand_over(
            item=item,
            receiver_signed=post.get("receiver_signed") == "yes",
            officer_signed=post.get("officer_signed") == "yes",
            paper=post.get("paper", ""),
            receiver_strokes=post.get("receiver_strokes", ""),
            officer_strokes=post.get("officer_strokes", ""),
            attachment_ids=(attachment.pk,) if attachment else (),
            officer=officer,
            now=now,
        )
        return _("Đã trao trả. Người nhặt được báo kết quả.")
    if action == "ket-thuc":
        services.end_item(
            item=item,
            outcome=post.get("outcome", ""),
            reason=post.get("reason", ""),
            is_wiped=post.get("wiped") == "yes",
            officer=officer,
            now=now,
        )
        return _("Đã kết thúc.")
    raise Http404
