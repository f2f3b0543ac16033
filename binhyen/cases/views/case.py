"""Page of one case."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.map_drawing import draw_area_map
from binhyen.areas.queries import get_directory
from binhyen.cases.choices import CATEGORY_LABELS, PROVINCE_ONLY_CATEGORIES, Verb
from binhyen.cases.event_data import PIN
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Case, CaseEvent, Relation
from binhyen.cases.queries import case_detail, case_page, linked_tips, lost_found
from binhyen.cases.queries.case_detail import ThreadEntry
from binhyen.cases.queries.case_page import PossibleDuplicate
from binhyen.cases.queries.duplicates import REASON_LABELS
from binhyen.cases.queries.lost_found import LinkedCase
from binhyen.cases.rules import should_alarm
from binhyen.cases.services.view_log import mark_read, record_view
from binhyen.cases.views import case_context, thread
from binhyen.cases.views.case_context import build_correction_choices
from binhyen.cases.views.decorators import require_case_access
from binhyen.cases.views.filters import DESK_URL
from binhyen.cases.views.list_rows import build_case_url
from binhyen.cases.views.timeline import build_timeline
from binhyen.channels.presenters import GROUPS_URL
from binhyen.channels.queries import list_groups
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.text import fold_text
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_sign_in
from binhyen.ui import formatting
from binhyen.ui.formatting import format_duration
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import beginning_translator, translate_reason, translate_title

# Classification panel: the reader's result as plain values.

_ENTITY_LABELS = {
    "PHONE": N_("Điện thoại"),
    "BANK_ACCOUNT": N_("Tài khoản"),
    "ID_NUMBER": N_("Số giấy tờ"),
    "PLATE": N_("Biển số"),
    "URL": N_("Liên kết"),
    "MONEY": N_("Số tiền"),
    "AGE": N_("Tuổi"),
    "TIME": N_("Lúc"),
    "PLACE": N_("Địa điểm"),
    "ITEM": N_("Vật"),
    "COLOR": N_("Màu"),
    "BRAND": N_("Hiệu"),
    "PERSON": N_("Người"),
}


def build_classification(lines: Sequence[ThreadEntry], case: Case, *, correct_url: str) -> dict[str, Any] | None:
    """Build the reader's result for the most urgent message; None where none was classified."""
    read = [line.message for line in lines if line.message is not None and line.message.reading]
    if not read:
        return None
    reading = max(read, key=lambda message: (message.urgency, -message.pk)).reading
    return {
        "category": translated_labels(CATEGORY_LABELS).get(reading.get("category", ""), _("Khác")),
        "entities": _deduplicate_entities(_to_entity_row(entity) for entity in reading.get("entities", ())),
        "reasons": [translate_reason(reason_code) for reason_code in reading.get("reasons", ())],
        "correct_url": correct_url,
        "sealed": any(line.message is not None and line.message.lock_id for line in lines),
        **build_correction_choices(case),
    }


def suggest_category(
    lines: Sequence[ThreadEntry], case: Case, happened: Sequence[CaseEvent], *, correct_url: str
) -> dict[str, str] | None:
    """Suggest the category of an urgent follow-up that differs from the case's, if no officer corrected it since.

    Accepted with one tap; never a complaint about police, which would leave this desk for good.
    """
    messages = [line.message for line in lines if line.message is not None and line.message.reading]
    urgent_messages = [message for message in messages[1:] if should_alarm(message.urgency)]
    if not urgent_messages or not correct_url or get_kind(case.kind).sealed:
        return None
    category = urgent_messages[-1].category
    corrected = any(
        event.verb == Verb.RECLASSIFIED and event.at >= urgent_messages[-1].received_at for event in happened
    )
    if corrected or category in {case.category, *PROVINCE_ONLY_CATEGORIES, "other"} or category not in CATEGORY_LABELS:
        return None
    return {"label": translated_labels(CATEGORY_LABELS)[category], "category": category, "url": correct_url}


def _deduplicate_entities(entities: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Deduplicate the entities."""
    return list({(entity["label"], entity["text"].casefold()): entity for entity in reversed(list(entities))}.values())[
        ::-1
    ]


def _to_entity_row(entity: dict[str, Any]) -> dict[str, str]:
    norm = entity.get("norm")
    shown = formatting.format_number(norm) if isinstance(norm, int) else str(norm or "")
    if entity["type"] == "ITEM" or fold_text(shown) in fold_text(entity["text"]):
        shown = ""  # a repetition, or an internal code of the item, adds nothing
    return {
        "label": translated_labels(_ENTITY_LABELS).get(entity["type"], entity["type"]),
        "text": entity["text"],
        "norm": shown,
    }


# Lost and found on the case page: linked cases, and likely matches («Có thể trùng khớp»), as plain values.

_MAX_REASONS = 6  # the strongest; the others are shown on the case itself
_ELSEWHERE = {
    "lost_item": N_("{n} tin nhặt được do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."),
    "found_item": N_("{n} tin báo mất do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."),
}


def build_matches(officer: Officer, case: Case, *, now: dt.datetime) -> dict[str, Any] | None:
    """Build `matches` of `desk/case.html`; None where there is nothing to show.

    Of other units' cases only the count, and of linked ones only the fields of `lost_found.LinkedCase`.
    """
    linked = lost_found.list_linked(officer, case)
    result = lost_found.list_matches(officer, case, without=[item.code for item in linked], now=now)
    if not linked and not result.visible_matches and not result.elsewhere:
        return None
    rows = [
        {
            "url": build_case_url(likely.case.code),
            "code": format_code(likely.case.code),
            "title": translate_title(likely.case.title),
            "reasons": [translate_reason(item) for item in likely.reasons[:_MAX_REASONS]],
        }
        for likely in result.visible_matches
    ]
    elsewhere = _(_ELSEWHERE[case.category]).format(n=result.elsewhere) if result.elsewhere else ""
    own_url = build_case_url(case.code) if officer_may(officer, Permission.WORK_CASES) else ""
    linked_rows = [_build_linked(item, case, own_url=own_url) for item in linked]
    return {"linked": linked_rows, "rows": rows, "elsewhere": elsewhere}


def _build_linked(partner: LinkedCase, case: Case, *, own_url: str) -> dict[str, Any]:
    """Build a linked case. The page of another unit's case is not accessible, so it gets a message form instead.

    `own_url`: the URL of this case if the officer works on it.
    """
    return {
        "url": build_case_url(partner.code) if partner.is_visible else "",
        "code": format_code(partner.code),
        "unit": partner.unit,
        "category": translated_labels(CATEGORY_LABELS)[partner.category],
        "thing": partner.item,
        "open": partner.is_open,
        "write_url": f"{own_url}/nhan-ben-kia" if own_url and partner.unit != case.unit.name else "",
        "undo_url": f"{own_url}/bo-noi?into={partner.code}" if own_url else "",
    }


@require_sign_in()
def serve_area_map(request: OfficerRequest) -> HttpResponse:
    """Serve the drawing of a commune and its surroundings, on which officers pick a point."""
    names = {code: entry.full_name for code, entry in get_directory().communes.items()}
    code = request.GET.get("xa", "")
    return HttpResponse(draw_area_map(code if code in names else "", names), content_type="image/svg+xml")


@require_case_access()
def show_case(request: OfficerRequest, code: str) -> HttpResponse:
    return render_case_page(request, code)


def render_case_page(
    request: OfficerRequest,
    code: str,
    *,
    errors: dict[str, str] | None = None,
    draft: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page, or its body for htmx. `errors`: by form; `draft`: the refused input. Raises NotFound."""
    open_case = case_detail.get_visible_case(request.user, code)
    now = clock.now()
    context = _build_context(request.user, open_case, now=now)
    record_view(open_case, officer=request.user, now=now)
    mark_read(open_case, officer=request.user)
    template = "desk/_case.html" if request.htmx else "desk/case.html"
    across = {"across": "yes" if (context["matches"] or {}).get("linked") else ""}
    errors_by_form = _place_errors(errors or {}, context["case"]["urls"] | across)
    return render(request, template, context | {"errors": errors_by_form, "draft": draft or {}}, status=status)


def _place_errors(errors: dict[str, str], urls: dict[str, str]) -> dict[str, str]:
    """Move an error to the general actions where its form is not shown to this officer."""
    forms = {
        "text": ("reply",),
        "note": ("note",),
        "close": ("close",),
        "relate": ("merge", "relate"),
        "evidence": ("evidence",),
        "correct": ("correct",),
        "across": ("across",),
        "place": ("set_place",),
        "pin": ("set_pin",),
    }
    return {
        form if any(urls[name] for name in forms.get(form, ())) else "action": text for form, text in errors.items()
    }


def _build_context(officer: Officer, open_case: Case, *, now: dt.datetime) -> dict[str, Any]:
    merged_cases, reports = case_detail.list_merged_cases(open_case), case_page.list_reports(open_case)
    lines = case_detail.list_thread(officer, open_case, merged_cases)
    event_list = case_detail.list_events(open_case)
    corrected = any(event.verb == Verb.RELOCATED and PIN not in event.data for event in event_list)
    shown = case_context.build_case_context(officer, open_case, reports, corrected=corrected, now=now)
    can_work = officer_may(officer, Permission.WORK_CASES)
    entries = thread.mark_new_messages(
        thread.build_thread(lines, open_case, officer, detaches=can_work), open_case, event_list
    )
    return {
        "now": now,
        "urls": {"desk": DESK_URL},
        "case": shown,
        "callbacks": case_context.build_callback_rows(officer, open_case, reports),
        "callback_url": f"{shown['url']}/goi-lai",
        "unheard": thread.format_undelivered(lines, open_case),
        "unhelped": open_case.reporter_unsatisfied,
        "thread": thread.add_evidence_entries(entries, open_case),
        "group_only": _list_groups_without_reply(officer, open_case, lines, shown["urls"]),
        "understanding": build_classification(lines, open_case, correct_url=shown["urls"].get("correct", "")),
        "heard_as": suggest_category(lines, open_case, event_list, correct_url=shown["urls"].get("correct", "")),
        "relations": _list_relations(officer, open_case, merged_cases, event_list, undoes=can_work),
        "similar": (
            similar := _list_possible_duplicates(
                officer, open_case, event_list, merges=bool(shown["urls"].get("merge"))
            )
        ),
        "merges": sum(bool(candidate["into"]) for candidate in similar),
        "matches": build_matches(officer, open_case, now=now),
        "timeline": build_timeline(event_list, officer),
        "timeline_open": False,
    }


def _list_groups_without_reply(
    officer: Officer, open_case: Case, lines: Sequence[ThreadEntry], action_urls: dict[str, str]
) -> list[dict[str, str]]:
    """List the groups of a case whose authors wrote only there: the page says how they can be answered."""
    if action_urls["reply"] or not action_urls["take"] + action_urls["close"] or not open_case.is_open:
        return []
    groups = {line.message.group for line in lines if line.message is not None and line.message.group is not None}
    if not groups:
        return []
    visible_ids = set(list_groups(officer).filter(pk__in=[group.pk for group in groups]).values_list("pk", flat=True))
    return [
        {"name": group.name, "url": f"{GROUPS_URL}/{group.public_id}" if group.pk in visible_ids else ""}
        for group in sorted(groups, key=lambda group: group.name)
    ]


def _list_relations(
    officer: Officer, open_case: Case, inside: Sequence[Case], happened: Sequence[CaseEvent], *, undoes: bool
) -> list[dict[str, Any]]:
    """List cases merged into this one (`inside`), which can be unmerged, and related cases.

    `version`: of the case that undoing changes.
    """
    visible_ids = case_page.filter_visible(officer, [merged_case.pk for merged_case in inside])
    rows = [
        {
            "label": _("Đã gộp vào đây"),
            "url": build_case_url(merged_case.code) if merged_case.pk in visible_ids else "",
            "code": format_code(merged_case.code),
            "title": translate_title(merged_case.title) if merged_case.pk in visible_ids else _("vụ của đơn vị khác"),
            "undo_label": _("Tách ra"),
            "undo_url": f"{build_case_url(merged_case.code)}/tach" if undoes and merged_case.pk in visible_ids else "",
            "version": merged_case.version,
        }
        for merged_case in inside
    ]
    if open_case.merged_into is not None and undoes:
        target = open_case.merged_into
        rows.append(
            {
                "label": _("Đã gộp vào"),
                "url": build_case_url(target.code),
                "code": format_code(target.code),
                "title": translate_title(target.title)
                if case_page.is_visible(officer, target.pk)
                else _("vụ của đơn vị khác"),
                "undo_url": f"{build_case_url(open_case.code)}/tach",
                "version": open_case.version,
                "undo_label": _("Tách ra"),
            }
        )
    return (
        rows
        + [
            {
                "label": str(Relation.Kind(relation.kind).label),
                "url": build_case_url(relation.related_case.code),
                "code": format_code(relation.related_case.code),
                "title": translate_title(relation.related_case.title),
                "undo_url": f"{build_case_url(open_case.code)}/bo-noi?into={relation.related_case.code}"
                if undoes
                else "",
                "version": open_case.version,
                "undo_label": _("Bỏ nối"),
            }
            for relation in case_page.list_related(officer, open_case)
        ]
        + _list_linked_tips(officer, open_case, happened)
    )


def _list_linked_tips(officer: Officer, open_case: Case, happened: Sequence[CaseEvent]) -> list[dict[str, str]]:
    followed_tips = [
        (_("Tin trong nhóm"), linked_case) for linked_case in linked_tips.find_followed_tip(officer, happened)
    ]
    follow_ups = [
        (_("Nhắn riêng thêm"), linked_case) for linked_case in linked_tips.list_private_follow_ups(officer, open_case)
    ]
    return [
        {
            "label": label,
            "url": build_case_url(linked_case.code),
            "code": format_code(linked_case.code),
            "title": translate_title(linked_case.title),
            "undo_url": "",
            "undo_label": "",
        }
        for label, linked_case in followed_tips + follow_ups
    ]


def _get_near_code(happened: Sequence[CaseEvent]) -> str:
    """Return the code of the case that intake took for a possible duplicate."""
    return next((str(event.data.get("near", "")) for event in happened if event.verb == Verb.OPENED), "")


def _list_possible_duplicates(
    officer: Officer, open_case: Case, happened: Sequence[CaseEvent], *, merges: bool
) -> list[dict[str, Any]]:
    """List possible duplicates. `into`: value of the merge form; cases of two units can only be linked."""
    begins = beginning_translator()
    return [
        {
            "url": build_case_url(candidate.case.code),
            "code": format_code(candidate.case.code),
            "title": translate_title(candidate.case.title),
            "words": begins(candidate.case.snippet),
            "rings": should_alarm(candidate.case.urgency) and candidate.case.acknowledged_at is None,
            "reason": _format_reason(open_case, candidate),
            "into": f"{format_code(candidate.case.code)}/{candidate.case.version}" if merges and candidate.here else "",
        }
        for candidate in case_page.list_possible_duplicates(officer, open_case, near_code=_get_near_code(happened))
    ]


def _format_reason(open_case: Case, candidate: PossibleDuplicate) -> str:
    time_apart = format_duration((candidate.case.opened_at - open_case.opened_at).total_seconds())
    template = _("cùng xã, {why}, cách nhau {span}") if candidate.here else _("xã bên, {why}, cách nhau {span}")
    return template.format(why=_(REASON_LABELS[candidate.why]), span=time_apart)
