"""Page of one case."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.cases.choices import Verb
from binhyen.cases.models import Case, CaseEvent, Relation
from binhyen.cases.queries import case_detail, case_page, linked_tips
from binhyen.cases.queries.case_page import PossibleDuplicate
from binhyen.cases.queries.possible_duplicates import REASON_LABELS
from binhyen.cases.rules import should_alarm
from binhyen.cases.services.view_log import mark_read, record_view
from binhyen.cases.views import case_context, classification, thread
from binhyen.cases.views.decorators import require_case_access
from binhyen.cases.views.filters import DESK_URL
from binhyen.cases.views.list_rows import build_case_url
from binhyen.cases.views.matches import build_matches
from binhyen.cases.views.timeline import build_timeline
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest
from binhyen.ui.formatting import format_duration
from binhyen.ui.stored_text_i18n import beginning_translator, translate_title


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
    }
    return {
        form if any(urls[name] for name in forms.get(form, ())) else "action": text for form, text in errors.items()
    }


def _build_context(officer: Officer, open_case: Case, *, now: dt.datetime) -> dict[str, Any]:
    lines = case_detail.list_thread(officer, open_case)
    event_list = case_detail.list_events(open_case)
    corrected = any(event.verb == Verb.RELOCATED for event in event_list)
    shown = case_context.build_case_context(officer, open_case, corrected=corrected, now=now)
    can_work = officer_may(officer, Permission.WORK_CASES)
    entries = thread.build_thread(lines, open_case, officer, detaches=can_work)
    return {
        "now": now,
        "urls": {"desk": DESK_URL},
        "case": shown,
        "unheard": thread.format_undelivered(lines, open_case),
        "unhelped": open_case.unhelped,
        "thread": thread.add_evidence_entries(thread.mark_new_messages(entries, open_case, event_list), open_case),
        "understanding": classification.build_classification(
            lines, open_case, correct_url=shown["urls"].get("correct", "")
        ),
        "heard_as": classification.suggest_category(
            lines, open_case, event_list, correct_url=shown["urls"].get("correct", "")
        ),
        "relations": _list_relations(officer, open_case, event_list, undoes=can_work),
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


def _list_relations(
    officer: Officer, open_case: Case, happened: Sequence[CaseEvent], *, undoes: bool
) -> list[dict[str, Any]]:
    """List cases merged into this one, which can be unmerged, and related cases.

    `version`: of the case that undoing changes.
    """
    inside = case_detail.list_merged_cases(open_case)
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
                "undo_label": _("Tách lại"),
            }
        )
    return (
        rows
        + [
            {
                "label": str(Relation.Kind(relation.kind).label),
                "url": build_case_url(relation.other.code),
                "code": format_code(relation.other.code),
                "title": translate_title(relation.other.title),
                "undo_url": f"{build_case_url(open_case.code)}/bo-noi?into={relation.other.code}" if undoes else "",
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
