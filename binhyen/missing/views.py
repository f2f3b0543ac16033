"""Officers' pages: list, entry, one person with release, sightings, matches and outcome, and the card to print."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from binhyen.areas.queries import get_directory, list_outlines
from binhyen.audit.rules.action_families import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.cases.choices import OUTCOME_LABELS, PERSON_OUTCOMES, Outcome
from binhyen.cases.models import Case
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services.view_log import record_view
from binhyen.channels.models import Attachment
from binhyen.intake.forms import PHONE_PROBLEM, parse_phone
from binhyen.kit import clock
from binhyen.kit.file_storage import NotAPicture
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code, generate_token, normalize_code
from binhyen.kit.keyset_pagination import Page
from binhyen.kit.official_papers import FORMAT_PARAMETER, PAPER_FORMATS, Paper, build_paper_response
from binhyen.kit.security_headers import SANDBOX_CSP
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.kit.typed_dates import format_moment_field, parse_typed_day
from binhyen.missing import papers, queries, services
from binhyen.missing.appeal_text import format_person, format_place, format_title
from binhyen.missing.bracelets import find_registration_of_case
from binhyen.missing.models import PersonRecord, Sighting
from binhyen.missing.photo_card import Card, render_card_pdf, render_card_png
from binhyen.missing.public_views import build_photo_response, list_commune_options, parse_local_time
from binhyen.missing.rules import pfif
from binhyen.missing.rules.matching import list_next_steps
from binhyen.missing.rules.records import (
    DEFAULT_PUBLIC_DAYS,
    EMERGENCY_REASONS,
    MAX_PUBLIC_DAYS,
    MOVEMENT_LABELS,
    PERSON_KIND_LABELS,
    RELEASE_GROUND_LABELS,
    SAFE_OUTCOMES,
    SEX_LABELS,
    SIDE_LABELS,
    SIGHTING_VERDICT_LABELS,
    UNIDENTIFIED_CATEGORY,
    Movement,
    PersonKind,
    RecordSide,
    ReleaseGround,
    Sex,
    SightingVerdict,
    format_age,
    is_minor,
    parse_age,
)
from binhyen.missing.rules.sketch_map import SketchMap, build_sketch
from binhyen.people.access import officer_may
from binhyen.people.factors.totp import build_qr_code
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_full_time
from binhyen.ui.stored_text_i18n import translate_title

REGISTER_URL = "/nguoi-lac"
_TABS = {"": "", "cho-soat": "review", "da-xong": "ended"}
_ACTIONS = ("dang", "soat", "go", "anh-moi", "thay", "xet", "da-tim", "khop", "ket-thuc")
_MAX_COMMUNES_SHOWN = 12
_VERDICT_TONES = {
    SightingVerdict.OPEN: "warn",
    SightingVerdict.LIKELY: "good",
    SightingVerdict.RULED_OUT: "quiet",
}


@require_any_permission(Permission.WORK_CASES)
def list_people_register(request: OfficerRequest) -> HttpResponse:
    tab = request.GET.get("xem", "")
    tab = tab if tab in _TABS else ""
    name = collapse_spaces(to_nfc(request.GET.get("ten", "")))[:80]
    page = (
        Page(queries.find_similar_names(request.user, name), "")
        if name
        else queries.list_records(request.user, tab=_TABS[tab], cursor=request.GET.get("sau", "")[:200])
    )
    public_ids = queries.list_current_appeal_ids([record.pk for record in page.rows], now=clock.now())
    labels = {"": _("Đang tìm"), "cho-soat": _("Chờ bạn soát lại"), "da-xong": _("Đã xong")}
    context = {
        "now": clock.now(),
        "tabs": [
            {"label": label, "url": f"{REGISTER_URL}?xem={name}" if name else REGISTER_URL, "current": name == tab}
            for name, label in labels.items()
        ],
        "rows": [_build_row(record, is_public=record.pk in public_ids) for record in page.rows],
        "next_url": f"{REGISTER_URL}?xem={tab}&sau={page.next}" if page.next else "",
        "name": name,
        "new_url": reverse("missing_new"),
        "care_url": reverse("missing_care_list"),
        "public_url": reverse("missing_appeals"),
    }
    return render(request, "missing/register.html", context)


def _format_details(record: PersonRecord) -> str:
    age = format_age(record.age_low, record.age_high)
    details = [
        _(SEX_LABELS[Sex(record.sex)]).lower() if record.sex != Sex.UNKNOWN else "",
        _("{age} tuổi").format(age=age) if age else "",
    ]
    return ", ".join(filter(None, details))


def _build_row(record: PersonRecord, *, is_public: bool) -> dict[str, Any]:
    return {
        "url": f"{REGISTER_URL}/{record.public_id}",
        "code": format_code(record.code),
        "name": record.name or _("Chưa rõ tên"),
        "kind": _(PERSON_KIND_LABELS[PersonKind(record.kind)]),
        "details": _format_details(record),
        "side": _(SIDE_LABELS[RecordSide(record.side)]),
        "place": record.place,
        "seen_at": record.seen_at,
        "waiting": getattr(record, "waiting", 0),
        "state": _build_state(record, is_public=is_public),
    }


def _build_state(record: PersonRecord, *, is_public: bool) -> dict[str, str]:
    if record.case.outcome:
        tone = "good" if record.case.outcome in SAFE_OUTCOMES else "quiet"
        return {"label": _(OUTCOME_LABELS[Outcome(record.case.outcome)]), "tone": tone}
    if not record.case.is_open:
        return {"label": _("Đã xong"), "tone": "quiet"}
    if is_public:
        return {"label": _("Đang đăng"), "tone": "info"}
    if record.released_at is not None:
        return {"label": _("Đã gỡ tin"), "tone": "quiet"}
    return {"label": _("Chưa đăng"), "tone": "warn"}


@require_any_permission(Permission.WORK_CASES, methods=("GET", "HEAD", "POST"))
def person_entry_page(request: OfficerRequest) -> HttpResponse:
    """Show the entry form; a case that is entered already leads to its record."""
    source = request.POST if request.method == "POST" else request.GET
    code = normalize_code(source.get("vu-viec", "")[:24])[:8]
    case = _get_case(request, code) if code else None
    if case is not None and (record := queries.find_record_of_case(request.user, case.pk)) is not None:
        return redirect_after_post(f"{REGISTER_URL}/{record.public_id}")
    if request.method != "POST":
        return _render_form(request, case, dict(request.GET.items()))
    if imported := request.FILES.get("pfif"):
        return _import_pfif(request, case, imported.read(pfif.MAX_BYTES + 1))
    upload = request.FILES.get("photo")
    try:
        record = services.register_person(
            form=_parse_form(request),
            case_code=code,
            photo=upload.read() if upload else None,
            photo_name=to_nfc(upload.name or "") if upload else "",
            case_photo_id=_get_case_photo_id(request, case),
            officer=request.user,
            now=clock.now(),
        )
    except (RuleViolation, NotAllowed) as refusal:
        return _render_form(request, case, request.POST.dict(), str(refusal))
    except NotAPicture as refusal:
        return _render_form(request, case, request.POST.dict(), _(str(refusal)))
    messages.success(request, _("Đã ghi hồ sơ. Xem lại rồi đăng tin tìm người."))
    return redirect_after_post(f"{REGISTER_URL}/{record.public_id}")


def _import_pfif(request: OfficerRequest, case: Case | None, data: bytes) -> HttpResponse:
    """Fill the entry form from the first record of a PFIF file; the officer checks and saves it."""
    try:
        people = pfif.parse_people(data)
    except pfif.BadPfif:
        return _render_form(request, case, {}, _("Tệp này không phải tệp PFIF đọc được."))
    if not people:
        return _render_form(request, case, {}, _("Tệp không có hồ sơ nào còn hiệu lực."))
    messages.info(request, _("Đã điền từ tệp, {n} hồ sơ. Xem lại rồi ghi.").format(n=len(people)))
    return _render_form(request, case, pfif.to_form_fields(people[0]))


def _get_case(request: OfficerRequest, code: str) -> Case:
    try:
        return get_visible_case(request.user, code)
    except NotFound:
        raise Http404 from None


def _get_case_photo_id(request: OfficerRequest, case: Case | None) -> int | None:
    chosen = request.POST.get("case_photo", "")
    photos: list[Attachment] = queries.list_case_photos(request.user, case) if case and chosen else []
    return next((photo.pk for photo in photos if str(photo.public_id) == chosen), None)


def _build_options(labels: dict[Any, str], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": _(label), "chosen": value == chosen} for value, label in labels.items()]


def _render_form(request: OfficerRequest, case: Case | None, draft: dict[str, Any], problem: str = "") -> HttpResponse:
    now = clock.now()
    default_side = RecordSide.UNIDENTIFIED if case and case.category == UNIDENTIFIED_CATEGORY else RecordSide.MISSING
    commune = draft.get("commune") or _get_commune_code(case.commune_id if case else request.user.unit.area_id)
    registration = find_registration_of_case(request.user, case.pk) if case else None
    context = {
        "now": now,
        "list_url": REGISTER_URL,
        "form_url": reverse("missing_new"),
        "care_url": reverse("missing_care", args=[registration.public_id]) if registration else "",
        "case": {"code": format_code(case.code), "title": translate_title(case.title), "words": case.snippet}
        if case
        else None,
        "sides": _build_options(SIDE_LABELS, draft.get("side") or default_side),
        "kinds": _build_options(PERSON_KIND_LABELS, draft.get("kind", "")),
        "sexes": _build_options(SEX_LABELS, draft.get("sex", "")),
        "movements": _build_options(MOVEMENT_LABELS, draft.get("movement") or Movement.WALK),
        "communes": list_commune_options(commune),
        "photos": [
            {"value": photo.public_id, "url": f"/tep/{photo.public_id}"}
            for photo in (queries.list_case_photos(request.user, case) if case else ())
        ],
        "latest": format_moment_field(now),
        "draft": {
            "place": case.place if case else "",
            "seen_at": format_moment_field(case.opened_at if case else now),
            **draft,
        },
    }
    if problem:
        messages.error(request, problem)
    return render(request, "missing/entry.html", context, status=422 if problem else 200)


def _get_commune_code(area_id: int | None) -> str:
    communes = get_directory().communes.values()
    return next((entry.code for entry in communes if entry.area_id == area_id), "")


def _parse_form(request: OfficerRequest) -> services.PersonForm:
    post = {name: collapse_spaces(to_nfc(value)) for name, value in request.POST.dict().items()}
    try:
        side, kind, sex = RecordSide(post.get("side", "")), PersonKind(post.get("kind", "")), Sex(post.get("sex", ""))
        movement = Movement(post.get("movement", ""))
    except ValueError:
        raise RuleViolation(_("Chọn loại người, giới tính, cách đi.")) from None
    try:
        age = parse_age(post.get("age", "")[:40])
    except ValueError:
        raise RuleViolation(_("Tuổi là một số, hoặc một khoảng như 70-80.")) from None
    phone = post.get("phone", "")
    if phone and not parse_phone(phone):
        raise RuleViolation(str(PHONE_PROBLEM))
    entry = get_directory().communes.get(post.get("commune", ""))
    return services.PersonForm(
        side=side,
        kind=kind,
        sex=sex,
        seen_at=parse_local_time(post.get("seen_at", "")) or clock.now(),
        name=post.get("name", "")[:80],
        other_names=post.get("other_names", "")[:120],
        age=age,
        clothes=post.get("clothes", "")[:160],
        marks=post.get("marks", "")[:160],
        health=post.get("health", "")[:200],
        place=post.get("place", "")[:120],
        commune_id=entry.area_id if entry else None,
        movement=movement,
        phone=parse_phone(phone),
        contact_name=post.get("contact_name", "")[:100],
    )


def _get_record(request: OfficerRequest, public_id: UUID) -> PersonRecord:
    record = queries.find_record(request.user, public_id)
    if record is None:
        raise Http404
    return record


_PAPER_LABELS = {papers.NOTICE: N_("Thông báo tìm người"), papers.HAND_OVER: N_("Biên bản bàn giao người")}


@require_any_permission(Permission.WORK_CASES)
def show_record(request: OfficerRequest, record: UUID) -> HttpResponse:
    row, now = _get_record(request, record), clock.now()
    record_view(row.case, officer=request.user, now=now)
    if (extension := request.GET.get(FORMAT_PARAMETER, "")) in PAPER_FORMATS:
        paper = _build_paper(request, row, now=now)
        if paper is None:
            raise Http404
        return build_paper_response(paper, extension)
    return _render_record(request, row, {})


def _build_paper(request: OfficerRequest, record: PersonRecord, *, now: dt.datetime) -> Paper | None:
    """Build the requested paper; None for an unknown name, and for the notice of an appeal that is not public."""
    name, day, place = request.GET.get("giay", ""), clock.to_vietnam_day(now), _format_seen_place(record)
    if name == papers.HAND_OVER:
        return papers.build_person_minutes(record, place=place, officer_name=request.user.name, day=day)
    if name == papers.NOTICE and queries.is_appeal_public(record, now=now):
        return papers.build_search_notice(record, place=place, day=day)
    return None


def _format_seen_place(record: PersonRecord) -> str:
    names = queries.list_commune_names()
    return ", ".join(dict.fromkeys(filter(None, (record.place, names.get(record.commune_id or 0, "")))))


def _render_record(
    request: OfficerRequest, record: PersonRecord, draft: dict[str, Any], problem: str = ""
) -> HttpResponse:
    now, officer, case = clock.now(), request.user, record.case
    url, is_public = f"{REGISTER_URL}/{record.public_id}", queries.is_appeal_public(record, now=now)
    matches = queries.list_record_matches(officer, record) if case.is_open else []
    sightings = queries.list_sightings(record)
    numbers = {sighting.pk: number for number, sighting in enumerate(reversed(sightings), start=1)}  # in order of time
    context = {
        "now": now,
        "row": _build_row(record, is_public=is_public),
        "is_missing": record.side == RecordSide.MISSING,
        "list_url": REGISTER_URL,
        "case": {"code": format_code(case.code), "url": f"/vu-viec/{format_code(case.code)}"},
        "photo_url": f"{url}/anh" if record.photo_id else "",
        "facts": _list_facts(record),
        "has_contact": record.contact_id is not None,
        "release": _build_release(record, officer, is_public=is_public),
        "release_form": _build_release_form(record, draft, now=now) if case.is_open and not is_public else None,
        "radius": _build_radius(record, now=now) if case.is_open and record.side == RecordSide.MISSING else None,
        "map": _build_map(record, sightings, numbers, now=now) if record.side == RecordSide.MISSING else None,
        "sightings": [
            _build_sighting(sighting, record, url) | {"number": numbers[sighting.pk]} for sighting in sightings
        ],
        "searched": [
            {"place": area.place, "party": area.party, "at": area.searched_at, "note": area.note}
            for area in queries.list_searched_areas(record)
        ],
        "matches": [_build_match(match) for match in matches],
        "duplicates": [_build_match(match) for match in queries.list_same_person(officer, record)]
        if case.is_open
        else [],
        "endings": [{"value": outcome, "label": _(OUTCOME_LABELS[outcome])} for outcome in PERSON_OUTCOMES],
        "result": case.result,
        "card_url": f"{url}/the" if is_public else "",
        "papers": [
            {"label": _(label), "name": name}
            for name, label in _PAPER_LABELS.items()
            if is_public or name != papers.NOTICE
        ],
        "public_url": f"/tim-nguoi/{format_code(record.code)}" if is_public else "",
        "bulletin_url": f"/ban-tin/soan?vu-viec={case.code}"
        if is_public and officer_may(officer, Permission.WRITE_BULLETINS)
        else "",
        "key": generate_token(),
        "latest": format_moment_field(now),
        "action_urls": {name.replace("-", "_"): f"{url}/{name}" for name in _ACTIONS} if case.is_open else {},
        "draft": {"seen_at": format_moment_field(now), "searched_at": format_moment_field(now), **draft},
    }
    if problem:
        messages.error(request, problem)
    return render(request, "missing/record.html", context, status=422 if problem else 200)


def _list_facts(record: PersonRecord) -> list[dict[str, str]]:
    place = _format_seen_place(record)
    facts = (
        (_("Tên gọi khác"), record.other_names),
        (_("Quần áo"), record.clothes),
        (_("Đặc điểm nhận dạng, dáng người"), record.marks),
        (_("Sức khỏe"), record.health),
        (_("Nơi thấy lần cuối") if record.side == RecordSide.MISSING else _("Nơi tìm thấy"), place),
        (_("Cách đi"), _(MOVEMENT_LABELS[Movement(record.movement)])),
    )
    return [{"label": label, "value": value} for label, value in facts if value]


def _build_release(record: PersonRecord, officer: Officer, *, is_public: bool) -> dict[str, Any] | None:
    if record.released_at is None or record.released_by is None:
        return None
    waits = is_public and record.reviewed_at is None
    return {
        "is_public": is_public,
        "ground": _(RELEASE_GROUND_LABELS[ReleaseGround(record.ground)]),
        "reason": record.ground_reason,
        "until": record.public_until,
        "who": record.released_by.name,
        "at": record.released_at,
        "shows_photo": record.shows_photo,
        "reviewer": record.reviewed_by.name if record.reviewed_by else "",
        "reviewed_at": record.reviewed_at,
        "waits": waits,
        "can_review": waits and record.released_by_id != officer.pk,
        "recalled_at": record.recalled_at,
    }


def _build_release_form(record: PersonRecord, draft: dict[str, Any], *, now: dt.datetime) -> dict[str, Any]:
    today = clock.to_vietnam_day(now)
    default_reason = EMERGENCY_REASONS.get(PersonKind(record.kind), "")
    return {
        "is_minor": is_minor(record.kind, record.age_low),
        "grounds": _build_options(RELEASE_GROUND_LABELS, draft.get("ground") or ReleaseGround.EMERGENCY),
        "reason": draft.get("reason") or (_(default_reason) if default_reason else ""),
        "until": draft.get("until") or (today + dt.timedelta(days=DEFAULT_PUBLIC_DAYS)).isoformat(),
        "first": today.isoformat(),
        "last": (today + dt.timedelta(days=MAX_PUBLIC_DAYS)).isoformat(),
        "has_photo": record.photo_id is not None,
    }


def _build_radius(record: PersonRecord, *, now: dt.datetime) -> dict[str, Any]:
    radius, names = queries.compute_radius(record, now=now), queries.list_commune_names()
    communes = [names[area] for area in queries.list_communes_within(record, radius) if area in names]
    steps = list_next_steps(PersonKind(record.kind), Movement(record.movement), record.seen_at, now)
    return {
        "km": _format_km(radius),
        "communes": communes[:_MAX_COMMUNES_SHOWN],
        "more": max(0, len(communes) - _MAX_COMMUNES_SHOWN),
        "steps": [{"at": moment, "km": _format_km(km)} for moment, km in steps],
    }


def _build_map(
    record: PersonRecord, sightings: Sequence[Sighting], numbers: dict[int, int], *, now: dt.datetime
) -> SketchMap | None:
    """Draw the last place, the circle and the sightings that are not ruled out; None without a place."""
    centre = queries.get_point(record)
    if centre is None:
        return None
    commune_points = queries.get_commune_points()
    points = [
        (str(numbers[sighting.pk]), commune_points[sighting.commune_id])
        for sighting in sightings
        if sighting.commune_id in commune_points and sighting.verdict != SightingVerdict.RULED_OUT
    ]
    return build_sketch(list_outlines(), centre, queries.compute_radius(record, now=now), points)


def _format_km(kilometres: float) -> str:
    return f"{kilometres:g}".replace(".", ",")


def _build_sighting(sighting: Sighting, record: PersonRecord, url: str) -> dict[str, Any]:
    verdict = SightingVerdict(sighting.verdict)
    distance = queries.get_distance_km(record, sighting)
    return {
        "id": sighting.public_id,
        "seen_at": sighting.seen_at,
        "place": sighting.place,
        "text": sighting.text,
        "distance": _("cách nơi thấy lần cuối {km} km").format(km=_format_km(round(distance))) if distance else "",
        "at": sighting.at,
        "by_desk": sighting.officer is not None and verdict is SightingVerdict.OPEN,
        "has_contact": sighting.contact_id is not None,
        "photo_url": f"{url}/anh/{sighting.public_id}" if sighting.photo_id else "",
        "verdict": {"label": _(SIGHTING_VERDICT_LABELS[verdict]), "tone": _VERDICT_TONES[verdict]},
        "is_open": verdict is SightingVerdict.OPEN,
    }


def _build_match(match: queries.RecordMatch) -> dict[str, Any]:
    reasons = ", ".join(_(reason) for reason in match.match.reasons)
    if match.record is None:
        return {"unit": match.unit, "reasons": reasons, "url": "", "code": "", "id": "", "name": ""}
    record = match.record
    return {
        "unit": match.unit,
        "reasons": reasons,
        "url": f"{REGISTER_URL}/{record.public_id}",
        "code": format_code(record.code),
        "id": record.public_id,
        "name": ", ".join(filter(None, (record.name or _("Chưa rõ tên"), _format_details(record)))),
    }


@require_any_permission(Permission.WORK_CASES)
def serve_photo(request: OfficerRequest, record: UUID) -> HttpResponse:
    row = _get_record(request, record)
    return _serve(request, row, row.photo)


@require_any_permission(Permission.WORK_CASES)
def serve_sighting_photo(request: OfficerRequest, record: UUID, sighting: UUID) -> HttpResponse:
    row = _get_record(request, record)
    chosen_sighting = next((s for s in queries.list_sightings(row) if s.public_id == sighting), None)
    return _serve(request, row, chosen_sighting.photo if chosen_sighting else None)


def _serve(request: OfficerRequest, record: PersonRecord, photo: Attachment | None) -> HttpResponse:
    data = queries.read_photo(photo)
    if data is None or photo is None:
        raise Http404
    event = ReadEvent(ReadKind.PHOTO, sensitive=record.case.sensitive)
    actor, subject = get_audit_actor(request.user), f"file:{photo.public_id}"
    record_read(event, actor=actor, object=subject, unit_id=request.user.unit_id, now=clock.now())
    return build_photo_response(data)


@require_any_permission(Permission.WORK_CASES)
def show_card(request: OfficerRequest, record: UUID) -> HttpResponse:
    """Show the card to print or to show on a phone, with `tep` a file; only while the appeal is public."""
    row = _get_record(request, record)
    appeal = queries.find_appeal(row.code, now=clock.now())
    if appeal is None:
        raise Http404
    record_view(row.case, officer=request.user, now=clock.now())
    link = f"{settings.PUBLIC_URL}/tim-nguoi/{format_code(row.code)}"
    if (extension := request.GET.get("tep", "")) in _CARD_FORMATS:
        return _build_card_file(row, appeal, link, extension)
    context = {
        "now": clock.now(),
        "back_url": f"{REGISTER_URL}/{row.public_id}",
        "title": format_title(appeal),
        "person": format_person(appeal),
        "photo_url": f"{REGISTER_URL}/{row.public_id}/anh" if appeal.has_photo else "",
        "clothes": appeal.clothes,
        "marks": appeal.marks,
        "place": format_place(appeal),
        "seen_at": appeal.seen_at,
        "unit": appeal.unit,
        "until": appeal.until,
        "link": link,
        "qr": build_qr_code(link),
    }
    return render(request, "missing/card.html", context)


_CARD_FORMATS = {"png": ("image/png", render_card_png), "pdf": ("application/pdf", render_card_pdf)}


def _build_card_file(row: PersonRecord, appeal: queries.Appeal, link: str, extension: str) -> HttpResponse:
    """Return the card as a file, in Vietnamese; no cache may keep it."""
    media_type, render_card = _CARD_FORMATS[extension]
    with override("vi"):
        place = format_place(appeal) or appeal.unit
        seen = f"{format_full_time(appeal.seen_at)}, {place}"
        facts = (
            (_("Thấy lần cuối") if appeal.side == RecordSide.MISSING else _("Tìm thấy lúc"), seen),
            (_("Quần áo"), appeal.clothes),
            (_("Đặc điểm nhận dạng"), appeal.marks),
        )
        card = Card(
            title=format_title(appeal),
            facts=tuple((label, value) for label, value in facts if value),
            call=_("Thấy người này? Báo {unit}, gọi 113, hoặc quét mã.").format(unit=appeal.unit),
            link=link,
            ending=_("Xóa ảnh này khi đã tìm thấy, muộn nhất sau ngày {day}.").format(day=f"{appeal.until:%d/%m/%Y}"),
            photo=queries.find_appeal_photo(row.code, now=clock.now()),
        )
    return HttpResponse(
        render_card(card),
        content_type=media_type,
        headers={
            # nosemgrep: file-name-from-outside  the code of the record
            "Content-Disposition": f'attachment; filename="tim-nguoi-{format_code(row.code)}.{extension}"',
            "Content-Security-Policy": SANDBOX_CSP,
            "Cache-Control": "no-store",
        },
    )


@require_any_permission(Permission.WORK_CASES, methods=("POST",))
def act_on_record(request: OfficerRequest, record: UUID, action: str) -> HttpResponse:
    row = _get_record(request, record)
    post = {name: collapse_spaces(to_nfc(value)) for name, value in request.POST.dict().items()}
    try:
        done = _do_action(request, row, action, post)
    except (RuleViolation, NotAllowed) as refusal:
        return _render_record(request, _get_record(request, record), post, str(refusal))
    except NotAPicture as refusal:
        return _render_record(request, _get_record(request, record), post, _(str(refusal)))
    messages.success(request, done)
    return redirect_after_post(f"{REGISTER_URL}/{row.public_id}")


def _do_action(request: OfficerRequest, record: PersonRecord, action: str, post: dict[str, str]) -> str:
    """Do one action; return the confirmation. Raises Http404 for an unknown one, RuleViolation, NotAllowed."""
    officer, now = request.user, clock.now()
    if action == "dang":
        services.release_record(
            record=record,
            ground=post.get("ground", ""),
            reason=post.get("reason", ""),
            until=_parse_day(post.get("until", "")),
            consent_code=post.get("consent", "")[:24],
            shows_photo=post.get("shows_photo") == "yes",
            officer=officer,
            now=now,
        )
        return _("Đã đăng tin tìm người. Một người khác soát lại sau.")
    if action == "soat":
        services.review_appeal(record=record, officer=officer, now=now)
        return _("Đã soát lại.")
    if action == "go":
        services.recall_appeal(record=record, officer=officer, now=now)
        return _("Đã gỡ tin và ảnh khỏi mọi trang.")
    if action == "anh-moi":
        upload = request.FILES.get("photo")
        if upload is None:
            raise RuleViolation(_("Chọn ảnh."))
        name = to_nfc(upload.name or "")
        services.change_photo(record=record, photo=upload.read(), photo_name=name, officer=officer, now=now)
        return _("Đã thay ảnh.")
    if action in ("thay", "xet", "da-tim"):
        return _do_search_action(request, record, action, post)
    if action == "khop":
        other = queries.find_record(officer, _parse_id(post.get("other", "")))
        if other is None:
            raise RuleViolation(_("Chọn hồ sơ khớp."))
        services.confirm_match(record=record, other=other, officer=officer, now=now)
        return _("Đã nối hai vụ. Kết thúc từng vụ khi gia đình đã nhận người.")
    if action == "ket-thuc":
        outcome, note = post.get("outcome", ""), post.get("note", "")
        services.end_record(record=record, outcome=outcome, note=note, officer=officer, now=now)
        return _("Đã kết thúc. Tin, ảnh, tên đã gỡ khỏi mọi trang.")
    raise Http404


def _do_search_action(request: OfficerRequest, record: PersonRecord, action: str, post: dict[str, str]) -> str:
    officer, now = request.user, clock.now()
    if action == "thay":
        upload = request.FILES.get("photo")
        form = services.SightingForm(
            key=post.get("key", "") or generate_token(),
            seen_at=parse_local_time(post.get("seen_at", "")) or now,
            place=post.get("place", ""),
            text=post.get("text", ""),
        )
        photo = upload.read() if upload else None
        services.enter_sighting(record=record, form=form, photo=photo, officer=officer, now=now)
        return _("Đã ghi tin có người thấy.")
    if action == "xet":
        services.judge_sighting(
            record=record,
            public_id=post.get("sighting", ""),
            verdict=post.get("verdict", ""),
            officer=officer,
            now=now,
        )
        return _("Đã ghi nhận xét.")
    services.record_searched_area(
        record=record,
        place=post.get("place", ""),
        party=post.get("party", ""),
        searched_at=parse_local_time(post.get("searched_at", "")) or now,
        note=post.get("note", ""),
        officer=officer,
        now=now,
    )
    return _("Đã ghi nơi đã tìm.")


def _parse_day(text: str) -> dt.date:
    try:
        return parse_typed_day(text)
    except ValueError:
        raise RuleViolation(_("Chọn ngày gỡ tin, ví dụ: 01/12/2026.")) from None


def _parse_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise RuleViolation(_("Chọn hồ sơ khớp.")) from None
