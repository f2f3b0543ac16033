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
from binhyen.cases.queries.case_page import Similar
from binhyen.cases.queries.possible_duplicates import WHYS
from binhyen.cases.rules import alarm_starts
from binhyen.cases.services.view_log import look, saw_page
from binhyen.cases.views import case_context, classification, thread
from binhyen.cases.views.decorators import screen
from binhyen.cases.views.filters import DESK
from binhyen.cases.views.list_rows import case_url
from binhyen.cases.views.matches import matches
from binhyen.cases.views.timeline import timeline
from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.people.access import may
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest
from binhyen.ui.formatting import span
from binhyen.ui.stored_text_i18n import beginnings, title


@screen()
def case(request: OfficerRequest, code: str) -> HttpResponse:
    return page(request, code)


def page(
    request: OfficerRequest,
    code: str,
    *,
    errors: dict[str, str] | None = None,
    draft: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page, or its body for htmx. `errors`: by form; `draft`: the refused input. Raises NotFound."""
    found = case_detail.access_case(request.user, code)
    now = clock.now()
    context = _context(request.user, found, now=now)
    saw_page(found, officer=request.user, now=now)
    look(found, officer=request.user)
    template = "desk/_case.html" if request.htmx else "desk/case.html"
    across = {"across": "yes" if (context["matches"] or {}).get("linked") else ""}
    told = _beside(errors or {}, context["case"]["urls"] | across)
    return render(request, template, context | {"errors": told, "draft": draft or {}}, status=status)


def _beside(errors: dict[str, str], urls: dict[str, str]) -> dict[str, str]:
    """Move an error to the general actions where its form is not shown to this officer."""
    forms = {
        "text": ("reply",), "note": ("note",), "close": ("close",), "relate": ("merge", "relate"),
        "evidence": ("evidence",), "correct": ("correct",), "across": ("across",), "place": ("set_place",),
    }  # fmt: skip
    return {
        form if any(urls[name] for name in forms.get(form, ())) else "action": text for form, text in errors.items()
    }


def _context(officer: Officer, found: Case, *, now: dt.datetime) -> dict[str, Any]:
    lines = case_detail.thread(officer, found)
    happened = case_detail.events(found)
    corrected = any(event.verb == Verb.RELOCATED for event in happened)
    shown = case_context.show(officer, found, corrected=corrected, now=now)
    works = may(officer, May.WORK_CASES)
    said = thread.thread(lines, found, officer, detaches=works)
    return {
        "now": now,
        "urls": {"desk": DESK},
        "case": shown,
        "unheard": thread.unheard(lines, found),
        "unhelped": found.unhelped,
        "thread": thread.with_proofs(thread.fresh(said, found, happened), found),
        "understanding": classification.understanding(lines, found, correct_url=shown["urls"].get("correct", "")),
        "heard_as": classification.heard_as(lines, found, happened, correct_url=shown["urls"].get("correct", "")),
        "relations": _relations(officer, found, happened, undoes=works),
        "similar": (similar := _similar(officer, found, happened, merges=bool(shown["urls"].get("merge")))),
        "merges": sum(bool(one["into"]) for one in similar),
        "matches": matches(officer, found, now=now),
        "timeline": timeline(happened, officer),
        "timeline_open": False,
    }


def _relations(officer: Officer, found: Case, happened: Sequence[CaseEvent], *, undoes: bool) -> list[dict[str, Any]]:
    """List cases merged into this one, which can be unmerged, and related cases.

    `version`: of the case that undoing changes.
    """
    inside = case_detail.absorbed(found)
    seen = case_page.visible(officer, [c.pk for c in inside])
    rows = [
        {
            "label": _("Đã gộp vào đây"),
            "url": case_url(c.code) if c.pk in seen else "",
            "code": show_code(c.code),
            "title": title(c.title) if c.pk in seen else _("vụ của đơn vị khác"),
            "undo_label": _("Tách ra"),
            "undo_url": f"{case_url(c.code)}/tach" if undoes and c.pk in seen else "",
            "version": c.version,
        }
        for c in inside
    ]
    if found.merged_into is not None and undoes:
        target = found.merged_into
        rows.append(
            {
                "label": _("Đã gộp vào"),
                "url": case_url(target.code),
                "code": show_code(target.code),
                "title": title(target.title) if case_page.sees(officer, target.pk) else _("vụ của đơn vị khác"),
                "undo_url": f"{case_url(found.code)}/tach",
                "version": found.version,
                "undo_label": _("Tách lại"),
            }
        )
    return (
        rows
        + [
            {
                "label": str(Relation.Kind(r.kind).label),
                "url": case_url(r.other.code),
                "code": show_code(r.other.code),
                "title": title(r.other.title),
                "undo_url": f"{case_url(found.code)}/bo-noi?into={r.other.code}" if undoes else "",
                "version": found.version,
                "undo_label": _("Bỏ nối"),
            }
            for r in case_page.related(officer, found)
        ]
        + _confided(officer, found, happened)
    )


def _confided(officer: Officer, found: Case, happened: Sequence[CaseEvent]) -> list[dict[str, str]]:
    before = [(_("Tin trong nhóm"), one) for one in linked_tips.stood_in_group(officer, happened)]
    after = [(_("Nhắn riêng thêm"), one) for one in linked_tips.said_in_private(officer, found)]
    return [
        {"label": label, "url": case_url(one.code), "code": show_code(one.code), "title": title(one.title),
         "undo_url": "", "undo_label": ""}
        for label, one in before + after
    ]  # fmt: skip


def _near_of(happened: Sequence[CaseEvent]) -> str:
    """Return the code of the case that intake took for a possible duplicate."""
    return next((str(e.data.get("near", "")) for e in happened if e.verb == Verb.OPENED), "")


def _similar(officer: Officer, found: Case, happened: Sequence[CaseEvent], *, merges: bool) -> list[dict[str, Any]]:
    """List possible duplicates. `into`: value of the merge form; cases of two units can only be linked."""
    begins = beginnings()
    return [
        {
            "url": case_url(one.case.code),
            "code": show_code(one.case.code),
            "title": title(one.case.title),
            "words": begins(one.case.snippet),
            "rings": alarm_starts(one.case.urgency) and one.case.acknowledged_at is None,
            "reason": _near(found, one),
            "into": f"{show_code(one.case.code)}/{one.case.version}" if merges and one.here else "",
        }
        for one in case_page.similar(officer, found, near=_near_of(happened))
    ]


def _near(found: Case, one: Similar) -> str:
    apart = span((one.case.opened_at - found.opened_at).total_seconds())
    said = _("cùng xã, {why}, cách nhau {span}") if one.here else _("xã bên, {why}, cách nhau {span}")
    return said.format(why=_(WHYS[one.why]), span=apart)
