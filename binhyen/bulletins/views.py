"""Screens of bulletins for officers, and the poster."""

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.areas import queries as areas
from binhyen.areas.models import Unit
from binhyen.bulletins import (
    attachment_services,
    cap_services,
    digest_services,
    manual_queries,
    measure_queries,
    posters,
    private_services,
    queries,
    services,
    text_template_services,
)
from binhyen.bulletins.audience_map import (
    RADII,
    find_center,
    find_communes_around,
    format_map_svg,
    get_projection,
    narrow_to_villages,
    parse_corners,
)
from binhyen.bulletins.audience_map import WIDTH as MAP_WIDTH
from binhyen.bulletins.cap.build import is_alert
from binhyen.bulletins.media_texts import (
    count_sms_parts,
    format_group_post,
    format_loudspeaker_script,
    format_plain_sms,
    format_private_message,
    format_push,
    format_sms,
)
from binhyen.bulletins.models import Bulletin, GroupDelivery
from binhyen.bulletins.public_views import (
    build_document_response,
    build_documents,
    build_picture_response,
    build_pictures,
)
from binhyen.bulletins.push_notices import count_subscribers, list_mail_keys, list_notice_keys
from binhyen.bulletins.queries import PUBLIC_URL, BulletinNotVisible
from binhyen.bulletins.rules import (
    BULLETIN_STATE_LABELS,
    GROUND_LABELS,
    MAX_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    TOPIC_LABELS,
    UNRELEASED_STATES,
    BulletinState,
    BulletinTopic,
    UrgentGround,
    add_figures,
    estimate_minutes,
    split_blocks,
)
from binhyen.bulletins.services import BULLETINS_URL, MANUAL_URL, TEMPLATES_URL, BulletinForm
from binhyen.bulletins.text_template_services import TemplateChoice
from binhyen.bulletins.text_templates import capitalize_first, fill_text, list_variables
from binhyen.cases.bulletin_source import find_proposal
from binhyen.cases.models import Case
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import NotFound
from binhyen.channels.dlp.detectors import LABELS, RELEASABLE, split_at_findings
from binhyen.channels.models import Group, Outgoing
from binhyen.channels.services.push import count_failure_codes, count_outcomes, is_under_way
from binhyen.kit import clock, file_storage
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.kit.typed_dates import INVALID_MOMENT, format_moment_field, parse_typed_moment
from binhyen.people.access import officer_may, visibility
from binhyen.people.factors.totp import build_qr_code
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_full_time, format_number
from binhyen.ui.label_cache import translated_labels

_TABS = {"cho-duyet": "waiting", "dang-soan": "draft", "hieu-luc": "current", "da-het": "ended"}
_TONES = {
    BulletinState.DRAFT: "quiet",
    BulletinState.SUBMITTED: "warn",
    BulletinState.APPROVED: "info",
    BulletinState.RELEASED: "good",
    BulletinState.CORRECTED: "quiet",
    BulletinState.WITHDRAWN: "bad",
    BulletinState.EXPIRED: "quiet",
}
_WRITERS = (Permission.WRITE_BULLETINS,)
_END_OF_DAY = dt.time(23, 59)


def _to_option(value: str, label: str, chosen: str) -> dict[str, Any]:
    return {"value": value, "label": label, "chosen": value == chosen}


def _get_state_tag(bulletin: Bulletin) -> dict[str, str]:
    state = BulletinState(bulletin.state)
    return {"label": translated_labels(BULLETIN_STATE_LABELS)[state], "tone": _TONES[state]}


# Officers' list and form.


@require_any_permission(*_WRITERS)
def show_bulletins(request: OfficerRequest) -> HttpResponse:
    now, officer = clock.now(), request.user
    tab = request.GET.get("xem", "")
    page = queries.get_bulletins_page(officer, tab=_TABS.get(tab, ""), cursor=request.GET.get("sau", "")[:100])
    labels = {
        "": _("Tất cả"),
        "cho-duyet": _("Chờ bạn xem"),
        "dang-soan": _("Chưa phát"),
        "hieu-luc": _("Đang hiệu lực"),
        "da-het": _("Đã hết"),
    }
    base = f"{BULLETINS_URL}?xem={tab}" if tab in _TABS else BULLETINS_URL
    context = {
        "now": now,
        "tabs": [
            {"label": label, "url": f"{BULLETINS_URL}?xem={name}" if name else BULLETINS_URL, "current": name == tab}
            for name, label in labels.items()
        ],
        "rows": [_build_row(row) for row in page.rows],
        "compose_url": f"{BULLETINS_URL}/soan",
        "manual_url": MANUAL_URL,
        "cap_count": len(cap_services.list_offered_alerts(officer, now=now)),
        "cap_url": f"{BULLETINS_URL}/nhan-cap",
        "pager": {
            "first_url": base if request.GET.get("sau") else "",
            "next_url": f"{base}{'&' if '?' in base else '?'}sau={page.next}" if page.next else "",
        },
    }
    return render(request, "bulletins/list.html", context)


def _build_row(bulletin: Bulletin) -> dict[str, Any]:
    return {
        "title": bulletin.title or _("(đã xóa nội dung)"),
        "url": f"{BULLETINS_URL}/{format_code(bulletin.code)}",
        "topic": translated_labels(TOPIC_LABELS)[BulletinTopic(bulletin.topic)],
        "urgent": bool(bulletin.ground),
        "is_correction": bulletin.corrects_id is not None,
        "unit": bulletin.unit.name,
        "state": _get_state_tag(bulletin),
        "unreviewed": bulletin.released_at is not None
        and bulletin.approved_by_id is None
        and bulletin.reviewed_at is None,
        "at": bulletin.released_at or bulletin.changed_at,
        "groups": bulletin.group_count if bulletin.groups_fixed_at else None,
    }


@require_any_permission(*_WRITERS, methods=("GET", "HEAD", "POST"))
def compose_bulletin(request: OfficerRequest) -> HttpResponse:
    case = _get_source_case(request)
    template = None if case else text_template_services.find_template(request.user, _read_template_key(request))
    if request.method == "POST":
        fields = _read_fields(request)
    else:
        fields = _propose_fields(request.user, case) if case else _to_template_fields(template, {})
    error, is_filling = "", request.POST.get("do") == "fill"
    if is_filling:
        fields = _to_template_fields(template, _read_variables(request, template))
    elif request.method == "POST":
        try:
            row = services.create_bulletin(form=_to_form(fields), case=case, officer=request.user, now=clock.now())
        except RuleViolation as refusal:
            error = str(refusal)
        else:
            return redirect_after_post(f"{BULLETINS_URL}/{format_code(row.code)}?luu=moi")
    context = {
        "form": _build_form_fields(fields),
        "error": error,
        "case_code": case.code if case else "",
        "save_url": f"{BULLETINS_URL}/soan",
        "draft_key": f"ban-tin-moi-{request.user.public_id}" if case is None and template is None else "",
        "templates_url": TEMPLATES_URL,
        "template_key": template.key if template else "",
        "variables": [] if error or not template else list_variables(template.title, template.text),
        "open_variables": list_variables(fields.get("title", ""), fields.get("text", "")) if is_filling else [],
    }
    return render(request, "bulletins/compose.html", context, status=422 if error else 200)


def _read_template_key(request: OfficerRequest) -> str:
    return (request.POST if request.method == "POST" else request.GET).get("mau", "")[:40]


def _read_variables(request: OfficerRequest, template: TemplateChoice | None) -> dict[str, str]:
    """Return name → typed value of the template's variables."""
    names = list_variables(template.title, template.text) if template else []
    return {name: request.POST.get(f"bien-{number}", "") for number, name in enumerate(names, start=1)}


def _to_template_fields(template: TemplateChoice | None, values: dict[str, str]) -> dict[str, str]:
    if template is None:
        return {}
    return {
        "topic": template.topic,
        "title": capitalize_first(fill_text(template.title, values)),
        "text": fill_text(template.text, values),
    }


def _get_source_case(request: OfficerRequest) -> Case | None:
    """Return the case that the bulletin is about, if its address names one. Raises Http404."""
    source = request.POST if request.method == "POST" else request.GET
    code = source.get("vu-viec", "")[:24]
    if not code:
        return None
    try:
        return get_visible_case(request.user, code)
    except NotFound:
        raise Http404 from None


def _propose_fields(officer: Officer, case: Case | None) -> dict[str, str]:
    chosen = find_proposal(case, officer=officer, now=clock.now()) if case else None
    if chosen is None:
        return {}
    _source, proposal = chosen
    return {
        "topic": proposal.topic,
        "title": proposal.title,
        "text": proposal.text,
        "ground": proposal.ground,
        "expires": format_moment_field(proposal.expires_at),
    }


_FIELD_NAMES = ("topic", "title", "text", "ground", "scheduled", "expires", "acknowledge")


def _read_fields(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "")[:5000] for name in _FIELD_NAMES}


def _to_form(fields: dict[str, str]) -> BulletinForm:
    return BulletinForm(
        topic=fields["topic"],
        title=fields["title"],
        text=fields["text"],
        ground=fields["ground"],
        scheduled_at=_parse_local_time(fields["scheduled"]),
        expires_at=_parse_local_time(fields["expires"], default_time=_END_OF_DAY),
        asks_acknowledgement=fields["acknowledge"] == "yes",
    )


def _parse_local_time(text: str, *, default_time: dt.time = dt.time()) -> dt.datetime | None:
    """Parse the value of a field; None for an empty one. Raises RuleViolation."""
    if not text.strip():
        return None
    try:
        return parse_typed_moment(text, default_time=default_time)
    except ValueError:
        raise RuleViolation(_(INVALID_MOMENT)) from None


def _build_form_fields(fields: dict[str, str]) -> dict[str, Any]:
    topics, grounds = translated_labels(TOPIC_LABELS), translated_labels(GROUND_LABELS)
    return {
        "title": fields.get("title", ""),
        "text": fields.get("text", ""),
        "scheduled": fields.get("scheduled", ""),
        "expires": fields.get("expires", ""),
        "acknowledge": fields.get("acknowledge", "") == "yes",
        "topics": [_to_option(topic, topics[topic], fields.get("topic", "")) for topic in BulletinTopic],
        "grounds": [_to_option(ground, grounds[ground], fields.get("ground", "")) for ground in UrgentGround],
        "max_title": MAX_TITLE_LENGTH,
        "max_text": MAX_TEXT_LENGTH,
    }


# One bulletin.


@require_any_permission(*_WRITERS)
def show_bulletin(request: OfficerRequest, code: str) -> HttpResponse:
    row = _get_or_404(request.user, code)
    if request.GET.get("phan") == "tien-do":
        return render(request, "bulletins/_progress.html", _build_progress(request.user, row))
    return _render_bulletin(request, row, {}, "")


def _get_or_404(officer: Officer, code: str) -> Bulletin:
    try:
        return queries.get_visible_bulletin(officer, code)
    except BulletinNotVisible:
        raise Http404 from None


def _render_bulletin(request: OfficerRequest, row: Bulletin, fields: dict[str, str], error: str) -> HttpResponse:
    officer, now = request.user, clock.now()
    url = f"{BULLETINS_URL}/{format_code(row.code)}"
    is_own = queries.is_own_bulletin(officer, row)
    is_author, may_approve = row.author_id == officer.pk, officer_may(officer, Permission.APPROVE_BULLETINS)
    is_draft = row.state == BulletinState.DRAFT and is_own
    context: dict[str, Any] = {
        "now": now,
        "code": format_code(row.code),
        "row": _build_row(row),
        "people": _list_people(row),
        "returned_note": row.returned_note if row.state == BulletinState.DRAFT else "",
        "reason": row.reason,
        "withdrawn_in_part": row.state == BulletinState.RELEASED,
        "error": error,
        "erased": row.erased_at is not None,
        "original_url": f"{BULLETINS_URL}/{format_code(row.corrects.code)}" if row.corrects else "",
        "public_url": f"{PUBLIC_URL}/{format_code(row.code)}" if row.released_at else "",
        "poster_url": f"{url}/to-roi" if row.erased_at is None else "",
        "preview": _build_preview(row) if row.erased_at is None else None,
        "form": _build_form_fields(fields or _to_fields(row)) if is_draft else None,
        "save_url": f"{url}/luu",
        "template_save_url": f"{url}/luu-mau" if is_own and row.erased_at is None else "",
        "measure_url": f"{url}/do-luong" if row.released_at else "",
        **_build_acknowledgement(officer, row, url),
        "pictures": build_pictures(row, url),
        "picture_url": f"{url}/anh" if is_draft else "",
        "documents": build_documents(row, url),
        "document_url": f"{url}/tep" if is_draft else "",
        "audio_url": f"{url}/doc-tieng" if _can_read_aloud(row, is_own, now) else "",
        "remove_url": f"{url}/bo-tep" if is_draft else "",
        "max_alt": attachment_services.MAX_ALT_LENGTH,
        "max_pictures": attachment_services.MAX_PICTURES,
        "max_documents": attachment_services.MAX_DOCUMENTS,
        "draft_key": f"ban-tin-{row.code}-{officer.public_id}",
        "saved_key": _get_saved_key(request, row),
        "audience": _build_audience(request, row, url, is_draft) if row.corrects_id is None else None,
        "submit_url": f"{url}/gui-duyet" if is_draft else "",
        "urgent_url": f"{url}/phat-ngay" if is_draft and row.ground else "",
        "approve_url": f"{url}/duyet"
        if row.state == BulletinState.SUBMITTED and is_own and may_approve and not is_author
        else "",
        "own_waits": row.state == BulletinState.SUBMITTED and is_author,
        "return_url": f"{url}/tra-lai"
        if row.state in (BulletinState.SUBMITTED, BulletinState.APPROVED) and is_own and may_approve
        else "",
        "review_url": f"{url}/soat"
        if _build_row(row)["unreviewed"] and is_own and may_approve and not is_author
        else "",
        "withdraw_url": f"{url}/rut" if row.state == BulletinState.RELEASED and is_own else "",
        **(_build_area_withdrawal(row, url) if row.state == BulletinState.RELEASED and is_own else {}),
        "correct_url": f"{url}/dinh-chinh" if row.state == BulletinState.RELEASED and is_own else "",
        **(_build_progress(officer, row) if row.released_at else {}),
    }
    return render(request, "bulletins/bulletin.html", context, status=422 if error else 200)


def _can_read_aloud(row: Bulletin, is_own: bool, now: dt.datetime) -> bool:
    is_digest = is_own and row.digest_from is not None and queries.is_current(row, now=now)
    return is_digest and queries.find_audio(row) is None


def _build_area_withdrawal(row: Bulletin, url: str) -> dict[str, Any]:
    """Return the communes from which it may be withdrawn while it stays in force in the others."""
    communes, codes = areas.get_directory().communes, queries.list_commune_codes(row)
    if len(codes) < 2 or is_alert(row.topic, row.ground):
        return {}
    named = sorted((communes[code].full_name, code) for code in codes)
    return {
        "area_withdraw_url": f"{url}/rut-noi",
        "withdraw_areas": [_to_option(code, name, "") for name, code in named],
    }


def _build_acknowledgement(officer: Officer, row: Bulletin, url: str) -> dict[str, Any]:
    """Return the button for an officer without a confirmation yet, or when it was confirmed."""
    if not row.asks_acknowledgement or row.state != BulletinState.RELEASED:
        return {}
    at = measure_queries.get_acknowledged_at(officer, row)
    return {"acknowledge_url": "" if at else f"{url}/da-doc", "acknowledged_at": at}


def _get_saved_key(request: OfficerRequest, row: Bulletin) -> str:
    """Return the key of the local draft that was just saved here, so that the browser deletes it."""
    saved = request.GET.get("luu", "")
    if saved == "moi":
        return f"ban-tin-moi-{request.user.public_id}"
    return f"ban-tin-{row.code}-{request.user.public_id}" if saved else ""


def _to_fields(row: Bulletin) -> dict[str, str]:
    return {
        "topic": row.topic,
        "title": row.title,
        "text": row.text,
        "ground": row.ground,
        "scheduled": format_moment_field(row.scheduled_at),
        "expires": format_moment_field(row.expires_at),
        "acknowledge": "yes" if row.asks_acknowledgement else "",
    }


def _list_people(row: Bulletin) -> list[dict[str, str]]:
    steps = (
        (_("Soạn"), row.author.name, row.created_at),
        (_("Duyệt"), row.approved_by.name if row.approved_by else "", row.approved_at),
        (_("Hẹn phát"), "", row.release_at if row.state == BulletinState.APPROVED else None),
        (_("Phát"), "", row.released_at),
        (_("Soát lại"), row.reviewed_by.name if row.reviewed_by else "", row.reviewed_at),
        (_("Hết hiệu lực"), "", row.expires_at),
        (_("Kết thúc"), row.ended_by.name if row.ended_by else "", row.ended_at),
    )
    return [
        {"label": label, "text": ", ".join(filter(None, [name, format_full_time(moment)]))}
        for label, name, moment in steps
        if moment is not None
    ]


def _build_preview(row: Bulletin) -> dict[str, Any]:
    text = queries.build_text(row)
    post = format_group_post(text, is_correction=row.corrects_id is not None)
    findings = services.find_findings(row) if row.state in UNRELEASED_STATES else ()
    sms = format_sms(text)
    plain_sms = format_plain_sms(sms)
    lengths = count_sms_parts(sms), count_sms_parts(plain_sms)
    labels = translated_labels(LABELS)
    kinds = list(dict.fromkeys(finding.kind for finding in findings))
    accepted = RELEASABLE | ({"CHILD"} if row.ground == UrgentGround.MISSING_CHILD else set())
    return {
        "segments": [{"text": part.text, "why": _(part.why)} for part in split_at_findings(post, findings)],
        "findings": [{"label": labels[kind], "blocks": kind not in accepted} for kind in kinds],
        "private": format_private_message(text),
        "push": format_push(text),
        "sms": sms,
        "sms_parts": [
            {"plain": plain, "n": length.parts, "characters": length.characters}
            for plain, length in zip((False, True), lengths, strict=True)
        ],
        "script": format_loudspeaker_script(text),
        "topic": text.topic,
        "title": text.title,
        "blocks": split_blocks(text.text),
        "unit": text.unit_name,
        "qr": build_qr_code(text.link),
    }


def _build_audience(request: OfficerRequest, row: Bulletin, url: str, can_edit: bool) -> dict[str, Any]:
    names = {place.area_id: place for place in areas.list_named_areas(area_ids=[*row.areas, *row.excluded_areas])}
    level_labels = {
        "": _("Nhóm xã, phường và nhóm thôn"),
        queries.SUBSCRIBERS_ONLY: _("Không nhóm nào, chỉ người đăng ký"),
        **{value: str(label) for value, label in Group.Level.choices},
    }
    context: dict[str, Any] = {
        "included": [{"id": names[pk].public_id, "name": names[pk].full_name} for pk in row.areas if pk in names],
        "excluded": [
            {"id": names[pk].public_id, "name": names[pk].full_name} for pk in row.excluded_areas if pk in names
        ],
        "level": level_labels.get(row.group_level, ""),
        "edit_url": f"{url}/noi-nhan" if can_edit else "",
    }
    if row.state in UNRELEASED_STATES:
        resolved = queries.resolve_audience(row)
        private = private_services.count_recipients(row, resolved.members_by_group, now=clock.now())
        heads = resolved.people + private
        context |= {"groups": resolved.group_count, "heads": heads, "private": private, "estimated": True}
        context["manual"] = len(resolved.members_by_manual_group)
        context["subscribers"] = count_subscribers(row)
    else:
        context |= {"groups": row.group_count, "heads": row.head_count, "private": row.private_count}
    if can_edit:
        context["levels"] = [_to_option(value, label, row.group_level) for value, label in level_labels.items()]
        context |= _build_map(row, url) if row.unit.level == Unit.Level.PROVINCE else {}
        context |= _build_choices(row, request.GET.get("xa", "")[:10], url)
    return context


def _build_map(row: Bulletin, url: str) -> dict[str, Any]:
    """Return the map, an image that sends the clicked point without script, and the centers for the keyboard."""
    labels = {0: _("Chỉ xã, phường ấy"), **{km: _("Bán kính {n} km").format(n=km) for km in RADII if km}}
    communes = sorted(areas.get_directory().communes.values(), key=lambda entry: entry.full_name)
    return {
        "map_url": f"{url}/ban-do.svg?v={int(row.changed_at.timestamp())}",
        "map_width": MAP_WIDTH,
        "map_height": get_projection().height,
        "radii": [_to_option(str(km), label, "0") for km, label in labels.items()],
        "centers": [_to_option(entry.code, entry.full_name, "") for entry in communes],
    }


@require_any_permission(*_WRITERS)
def serve_audience_map(request: OfficerRequest, code: str) -> HttpResponse:
    """Serve the map of the audience."""
    row, directory = _get_or_404(request.user, code), areas.get_directory()
    whole = {entry.area_id: commune for commune, entry in directory.communes.items()}
    excluded = {whole[area] for area in row.excluded_areas if area in whole}
    svg = format_map_svg(queries.list_commune_codes(row), excluded)
    return HttpResponse(svg, content_type="image/svg+xml; charset=utf-8")


def _build_choices(row: Bulletin, commune_code: str, url: str) -> dict[str, Any]:
    """Return the areas to choose from: whole, communes of today, of before the merger, villages of one commune."""
    directory, today = areas.get_directory(), to_vietnam_day(clock.now())
    is_province = row.unit.level == Unit.Level.PROVINCE
    communes = sorted(directory.communes.values(), key=lambda entry: entry.full_name)
    if not is_province:
        communes = [entry for entry in communes if entry.unit_id == row.unit_id]
        commune_code = communes[0].code if communes else ""
    places = areas.list_named_areas(
        area_ids=[entry.area_id for entry in communes] + ([directory.province_area_id] if is_province else [])
    )
    former = areas.list_merged_communes([entry.area_id for entry in communes])
    selected = next((entry for entry in communes if entry.code == commune_code), None)
    villages = areas.list_villages_of_commune(selected.area_id, today) if selected else ()
    parts = (
        (_("Hiện nay"), places),
        (_("Xã, phường trước khi sáp nhập"), former),
        (_("Thôn, tổ dân phố của {name}").format(name=selected.full_name) if selected else "", villages),
    )
    return {
        "parts": [
            {"label": label, "options": [{"value": place.public_id, "label": place.full_name} for place in listed]}
            for label, listed in parts
            if listed
        ],
        "commune_url": url if is_province else "",
        "communes": [_to_option(entry.code, entry.full_name, commune_code) for entry in communes]
        if is_province
        else [],
    }


def _build_progress(officer: Officer, row: Bulletin) -> dict[str, Any]:
    """Return figures of the deliveries: total, by unit, failures with their reasons."""
    is_ended = row.state == BulletinState.WITHDRAWN
    sections: list[dict[str, Any]] = []
    for label, kinds in (
        (_("Bản tin tới các nhóm"), (GroupDelivery.Kind.POST, GroupDelivery.Kind.CORRECTION)),
        (_("Lời rút tin tới các nhóm đã nhận"), (GroupDelivery.Kind.WITHDRAWAL,)),
    ):
        rows = queries.count_by_unit(officer, row, kinds=kinds)
        if not rows:
            continue
        total = add_figures(figures for _, _, figures in rows)
        sections.append(
            {
                "label": label,
                "total": total,
                "count": total.total,
                "people": sum(people for _, people, _ in rows),
                "rows": [{"unit": name, "people": people, "figures": figures} for name, people, figures in rows],
            }
        )
    manual_rows = manual_queries.count_posts_by_unit(officer, row, is_own=queries.is_own_bulletin(officer, row))
    private = private_services.count_messages(officer, row)
    parts = (*(section["total"] for section in sections), private.release, private.withdrawal)
    notice_keys, mail_keys = list_notice_keys(row), list_mail_keys(row)
    devices, letters = _summarize_outcomes(notice_keys), _summarize_outcomes(mail_keys)
    is_waiting = row.groups_fixed_at is None or any(part.waiting for part in parts)
    is_waiting = is_waiting or bool(devices["waiting"] or letters["waiting"])
    is_waiting = is_waiting or is_under_way(keys=[*notice_keys, *mail_keys])
    url = f"{BULLETINS_URL}/{format_code(row.code)}"
    failures = queries.list_failures(officer, row)
    can_retry = queries.is_own_bulletin(officer, row) and (row.state == BulletinState.RELEASED or is_ended)
    return {
        "sections": sections,
        "private": private,
        "private_reasons": [f"{_(reason)}: {format_number(n)}" for reason, n in private.reasons],
        "devices": devices,
        "letters": letters,
        "minutes_left": _estimate_minutes_left(row) if is_waiting else None,
        "manual_rows": manual_rows,
        "manual": {
            name: sum(getattr(item, name) for item in manual_rows)
            for name in ("posted", "total", "people", "owed", "withdrawals_owed")
        },
        "manual_url": f"{url}/dang-tay",
        "preparing": row.groups_fixed_at is None and row.state == BulletinState.RELEASED,
        "refresh_url": f"{url}?phan=tien-do" if is_waiting and row.state != BulletinState.EXPIRED else "",
        "failures": [_build_failure(delivery) for delivery in failures],
        "retry_url": f"{url}/gui-lai"
        if can_retry
        and (
            devices["failed"]
            or letters["failed"]
            or any(reason != private_services.QUARANTINED for reason, _n in private.reasons)
            or any(not item["stopped"] for item in map(_build_failure, failures))
        )
        else "",
    }


def _estimate_minutes_left(row: Bulletin) -> int | None:
    """Return the minutes until what waits for groups and private chats is sent, at the rate of the last minutes."""
    now = clock.now()
    paces = queries.count_pace(row, now=now), private_services.count_private_pace(row, now=now)
    waiting, recent = map(sum, zip(*paces, strict=True))
    return estimate_minutes(waiting, recent, queries.RATE_WINDOW)


def _summarize_outcomes(keys: list[str]) -> dict[str, Any]:
    """Return the figures of deliveries to subscribers; the uncertain ones may have arrived."""
    outcomes = count_outcomes(keys=keys)
    waiting = outcomes.get("QUEUED", 0) + outcomes.get("SENDING", 0)
    failed, uncertain = outcomes.get("DEAD", 0), outcomes.get("UNKNOWN", 0)
    return {
        "sent": outcomes.get("SENT", 0),
        "failed": failed,
        "uncertain": uncertain,
        "waiting": waiting,
        "total": sum(outcomes.values()),
        "codes": [f"{code}: {format_number(n)}" for code, n in count_failure_codes(keys=keys)] if failed else [],
    }


def _build_failure(delivery: GroupDelivery) -> dict[str, Any]:
    outgoing = delivery.outgoing
    assert outgoing is not None
    stopped = outgoing.state == Outgoing.State.HELD
    reason = _("máy giữ lại vì lời có thể lộ tin kín; xem ở trang nhóm") if stopped else _(outgoing.reason)
    return {
        "name": delivery.group.name,
        "url": f"/nhom/{delivery.group.public_id}",
        "reason": reason,
        "stopped": stopped or outgoing.state == Outgoing.State.CANCELLED,
    }


# Actions on one bulletin.

Action = Callable[[OfficerRequest, str], str]


def _run_submit(request: OfficerRequest, code: str) -> str:
    services.submit_bulletin(code=code, officer=request.user, now=clock.now())
    return _("Đã gửi duyệt. Một người khác phải duyệt trước khi phát.")


def _run_approve(request: OfficerRequest, code: str) -> str:
    row = services.approve_bulletin(code=code, officer=request.user, now=clock.now())
    if row.state == BulletinState.RELEASED:
        return _("Đã duyệt và phát.")
    if row.state == BulletinState.DRAFT:
        raise RuleViolation(_("Bản tin gốc không còn hiệu lực."))
    return _("Đã duyệt. Máy phát lúc {at}.").format(at=format_full_time(row.release_at) if row.release_at else "")


def _run_send_back(request: OfficerRequest, code: str) -> str:
    services.send_back(code=code, note=request.POST.get("note", ""), officer=request.user, now=clock.now())
    return _("Đã trả lại người soạn.")


def _run_release_urgently(request: OfficerRequest, code: str) -> str:
    services.release_urgently(code=code, officer=request.user, now=clock.now())
    return _("Đã phát. Một người khác sẽ soát lại.")


def _run_review(request: OfficerRequest, code: str) -> str:
    services.review_release(code=code, officer=request.user, now=clock.now())
    return _("Đã ghi là bạn soát lại.")


def _run_withdraw(request: OfficerRequest, code: str) -> str:
    services.withdraw_bulletin(code=code, reason=request.POST.get("reason", ""), officer=request.user, now=clock.now())
    return _("Đã rút. Máy đang báo đúng những nhóm đã nhận.")


def _run_area_withdrawal(request: OfficerRequest, code: str) -> str:
    commune, reason = request.POST.get("commune", "")[:10], request.POST.get("reason", "")
    services.withdraw_from_communes(
        code=code, communes=[commune] if commune else [], reason=reason, officer=request.user, now=clock.now()
    )
    return _("Đã rút ở nơi này. Nơi khác vẫn còn hiệu lực.")


def _run_retry(request: OfficerRequest, code: str) -> str:
    count = services.retry_failed(code=code, officer=request.user, now=clock.now())
    return ngettext("Đang gửi lại {n} tin.", "Đang gửi lại {n} tin.", count).format(n=format_number(count))


def _run_audience(request: OfficerRequest, code: str) -> str:
    action, area_ids = request.POST.get("do", ""), _parse_uuids(request.POST.getlist("area"))
    if action == "circle":
        find = _find_areas_in_shape if request.POST.get("shape", "").strip() else _find_areas_in_circle
        action, area_ids = "add", find(request)
    own_area_ids = area_ids & _list_allowed_ids(request.user, code) if action in ("add", "exclude") else area_ids
    if action in ("add", "exclude") and not own_area_ids:
        raise RuleViolation(_("Hãy chọn một địa bàn trong danh sách."))
    services.change_audience(
        code=code,
        add=own_area_ids if action == "add" else (),
        exclude=own_area_ids if action == "exclude" else (),
        remove=own_area_ids if action == "remove" else (),
        level=request.POST.get("level") if action == "level" else None,
        officer=request.user,
        now=clock.now(),
    )
    return _("Đã đổi nơi nhận.")


def _find_areas_in_circle(request: OfficerRequest) -> set[UUID]:
    """Return the communes around the clicked point of the map, or around the middle of the chosen commune."""
    radius, center = request.POST.get("km", ""), request.POST.get("center", "")[:10]
    if radius not in map(str, RADII):
        raise RuleViolation(_("Hãy chọn bán kính trong danh sách."))
    x, y = (request.POST.get(f"point.{axis}", "")[:5] for axis in "xy")
    if x.isdecimal() and y.isdecimal() and not center:
        point: tuple[float, float] | None = get_projection().to_point(int(x), int(y))
    else:
        point = find_center(center)
    codes = find_communes_around(*point, int(radius)) if point else []
    area_ids = _list_commune_ids(codes)
    if point and int(radius) and request.POST.get("villages"):
        area_ids = narrow_to_villages(
            area_ids,
            lambda place: areas.measure_distance(*point, *place) <= int(radius),
            day=to_vietnam_day(clock.now()),
        )
    return _to_public_ids(area_ids)


def _find_areas_in_shape(request: OfficerRequest) -> set[UUID]:
    """Return the communes that the drawn shape touches; its corners are pixels of the map."""
    corners = parse_corners(request.POST.get("shape", "")[:1000])
    if len(corners) < 3:
        raise RuleViolation(_("Vùng vẽ cần ít nhất ba góc."))
    projection = get_projection()
    points = [projection.to_point(x, y) for x, y in corners]
    area_ids = _list_commune_ids(areas.find_communes_in_polygon(points))
    if request.POST.get("villages"):
        ring = [(longitude, latitude) for latitude, longitude in points]
        area_ids = narrow_to_villages(
            area_ids,
            lambda place: areas.is_inside(ring, place[1], place[0]),
            day=to_vietnam_day(clock.now()),
        )
    return _to_public_ids(area_ids)


def _list_commune_ids(codes: Collection[str]) -> set[int]:
    if not codes:
        raise RuleViolation(_("Chỗ này ở ngoài tỉnh. Hãy bấm vào một xã, phường trên bản đồ."))
    communes = areas.get_directory().communes
    return {communes[code].area_id for code in codes if code in communes}


def _to_public_ids(area_ids: Collection[int]) -> set[UUID]:
    return {place.public_id for place in areas.list_named_areas(area_ids=area_ids)}


def _parse_uuids(values: list[str]) -> set[UUID]:
    parsed = set()
    for value in values[:100]:
        try:
            parsed.add(UUID(value))
        except ValueError:
            continue
    return parsed


def _list_allowed_ids(officer: Officer, code: str) -> set[UUID]:
    """Return the areas that the officer may choose: any for the province, those inside the own commune for others."""
    row = queries.get_visible_bulletin(officer, code)
    directory, today = areas.get_directory(), to_vietnam_day(clock.now())
    communes = [
        entry.area_id
        for entry in directory.communes.values()
        if visibility(officer).province or entry.unit_id == row.unit_id
    ]
    places = [*areas.list_named_areas(area_ids=communes), *areas.list_merged_communes(communes)]
    if row.unit.level == Unit.Level.PROVINCE:
        places += areas.list_named_areas(area_ids=[directory.province_area_id, *_list_village_ids()])
    else:
        places += [place for commune in communes for place in areas.list_villages_of_commune(commune, today)]
    return {place.public_id for place in places}


def _list_village_ids() -> list[int]:
    return list(areas.get_directory().villages.values())


def _run_acknowledge(request: OfficerRequest, code: str) -> str:
    services.acknowledge_bulletin(code=code, officer=request.user, now=clock.now())
    return _("Đã ghi là bạn đã đọc.")


def _run_add_picture(request: OfficerRequest, code: str) -> str:
    upload = request.FILES.get("photo")
    if upload is not None and (upload.size or 0) > file_storage.MAX_BYTES:
        raise RuleViolation(_("Ảnh quá lớn (tối đa 20 MB)."))
    data, alt = upload.read() if upload is not None else b"", request.POST.get("alt", "")[:500]
    attachment_services.add_picture(code=code, data=data, alt=alt, officer=request.user, now=clock.now())
    return _("Đã thêm ảnh. Thông tin ẩn trong ảnh đã được xóa.")


def _run_add_document(request: OfficerRequest, code: str) -> str:
    upload, limit = request.FILES.get("document"), attachment_services.MAX_DOCUMENT_BYTES
    name, data = (upload.name or "", upload.read(limit + 1)) if upload is not None else ("", b"")
    attachment_services.add_document(code=code, name=name, data=data, officer=request.user, now=clock.now())
    return _("Đã thêm tệp.")


def _run_remove_attachment(request: OfficerRequest, code: str) -> str:
    for public_id in _parse_uuids([request.POST.get("file", "")]):
        attachment_services.remove_attachment(code=code, public_id=public_id, officer=request.user, now=clock.now())
    return _("Đã bỏ khỏi bản tin.")


def _run_read_aloud(request: OfficerRequest, code: str) -> str:
    digest_services.add_digest_audio(code=code, officer=request.user, now=clock.now())
    return _("Đã tạo tệp âm thanh. Tệp ở trang công khai và nguồn podcast.")


def _run_save_template(request: OfficerRequest, code: str) -> str:
    text_template_services.save_as_template(code=code, officer=request.user, now=clock.now())
    return _("Đã lưu thành mẫu. Chữ trong ngoặc nhọn, ví dụ {nơi}, là chỗ điền sau.")


_ACTIONS: dict[str, Action] = {
    "da-doc": _run_acknowledge,
    "luu-mau": _run_save_template,
    "doc-tieng": _run_read_aloud,
    "anh": _run_add_picture,
    "tep": _run_add_document,
    "bo-tep": _run_remove_attachment,
    "noi-nhan": _run_audience,
    "gui-duyet": _run_submit,
    "duyet": _run_approve,
    "tra-lai": _run_send_back,
    "phat-ngay": _run_release_urgently,
    "soat": _run_review,
    "rut": _run_withdraw,
    "rut-noi": _run_area_withdrawal,
    "gui-lai": _run_retry,
}


@require_any_permission(*_WRITERS, methods=("POST",))
def handle_action(request: OfficerRequest, code: str, action: str) -> HttpResponse:
    url = f"{BULLETINS_URL}/{code}"
    try:
        if action == "luu":
            return _save(request, code)
        if action == "dinh-chinh":
            draft = services.start_correction(code=code, officer=request.user, now=clock.now())
            return redirect_after_post(f"{BULLETINS_URL}/{format_code(draft.code)}")
        if action not in _ACTIONS:
            raise Http404
        messages.success(request, _ACTIONS[action](request, code))
    except BulletinNotVisible:
        raise Http404 from None
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    chosen_commune = request.POST.get("xa", "")
    anchor = f"?xa={chosen_commune}#noi-nhan" if chosen_commune.isalnum() and action == "noi-nhan" else ""
    return redirect_after_post(url + (anchor or ("#noi-nhan" if action == "noi-nhan" else "")))


def _save(request: OfficerRequest, code: str) -> HttpResponse:
    fields = _read_fields(request)
    try:
        row = services.update_bulletin(code=code, form=_to_form(fields), officer=request.user, now=clock.now())
    except RuleViolation as refusal:
        return _render_bulletin(request, queries.get_visible_bulletin(request.user, code), fields, str(refusal))
    messages.success(request, _("Đã lưu."))
    return redirect_after_post(f"{BULLETINS_URL}/{format_code(row.code)}?luu=xong")


@require_any_permission(*_WRITERS)
def serve_poster_pdf(request: OfficerRequest, code: str) -> HttpResponse:
    """Serve the A4 poster as PDF."""
    row = _get_or_404(request.user, code)
    if row.erased_at is not None:
        raise Http404
    first = next(iter(queries.list_pictures(row)), None)
    picture = queries.read_picture(row, first.public_id) if first else None
    data = posters.render_bulletin_poster(queries.build_text(row), picture=picture)
    return serve_pdf(data, f"to-roi-{format_code(row.code)}.pdf")


def serve_pdf(data: bytes, name: str) -> HttpResponse:
    # nosemgrep: file-name-from-outside  every caller gives a name with a code or a day of ours
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(data, content_type="application/pdf", headers=headers)


@require_any_permission(*_WRITERS)
def show_poster(request: OfficerRequest, code: str) -> HttpResponse:
    row = _get_or_404(request.user, code)
    if row.erased_at is not None:
        raise Http404
    text = queries.build_text(row)
    context = {
        "back_url": f"{BULLETINS_URL}/{format_code(row.code)}",
        "pdf_url": f"{BULLETINS_URL}/{format_code(row.code)}/to-roi.pdf",
        "topic": text.topic,
        "title": text.title,
        "blocks": split_blocks(text.text),
        "unit": text.unit_name,
        "link": text.link,
        "qr": build_qr_code(text.link),
        "pictures": build_pictures(row, f"{BULLETINS_URL}/{format_code(row.code)}")[:1],
    }
    return render(request, "bulletins/poster.html", context)


@require_any_permission(*_WRITERS)
def serve_picture(request: OfficerRequest, code: str, picture: UUID) -> HttpResponse:
    """Serve a picture of a bulletin to an officer who sees it."""
    return build_picture_response(_get_or_404(request.user, code), picture)


@require_any_permission(*_WRITERS)
def serve_document(request: OfficerRequest, code: str, document: UUID) -> HttpResponse:
    """Serve a document of a bulletin to an officer who sees it."""
    return build_document_response(_get_or_404(request.user, code), document)
