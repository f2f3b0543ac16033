"""Disclosure requests: ask two custodians for a reporter's identity or an original file.

The answer can be read in the custody process only (/giu-kin).
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.cases.models import Case
from binhyen.cases.queries import case_detail, case_page
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import callbacks
from binhyen.cases.services.view_log import record_view
from binhyen.cases.views.case import render_case_page
from binhyen.cases.views.case_context import build_callback_rows
from binhyen.cases.views.decorators import require_case_officer
from binhyen.cases.views.list_rows import CUSTODY_URL, build_case_url
from binhyen.channels.models import Attachment
from binhyen.channels.presenters import format_channel
from binhyen.channels.services.media import get_sealed_original
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import translate_title
from binhyen.vault import queries as vault
from binhyen.vault.pseudonyms import derive_pseudonym, format_case_scope, format_pseudonym
from binhyen.vault.rules import ACCESS_HOURS, PURPOSE_LABELS, REASON_LENGTH, STATE_LABELS
from binhyen.vault.services import SealedFile
from binhyen.vault.services.disclosure import request_disclosure


@require_case_officer("GET", "HEAD", "POST")
def handle_disclosure_request(request: OfficerRequest, code: str) -> HttpResponse:
    """Show the form and the officer's own requests; POST creates one. 303 to the same page, or 422 beside the form."""
    case = case_detail.get_visible_case(request.user, code)
    return _submit_request(request, case) if request.method == "POST" else _render_page(request, case)


def _submit_request(request: OfficerRequest, case: Case) -> HttpResponse:
    reporter_id, file = _resolve_choice(request, case, request.POST.get("who", ""))
    hours, reason = request.POST.get("hours", ""), collapse_spaces(to_nfc(request.POST.get("reason", "")))
    if reporter_id is None and file is None:
        return _render_page(request, case, error=_("Chọn người báo hoặc ảnh."), status=422)
    try:
        request_disclosure(
            officer=request.user,
            reporter_id=reporter_id,
            file=file,
            subject=f"case:{case.code}",
            why=request.POST.get("why", ""),
            reason=reason,
            hours=int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 4 else 0,
            now=clock.now(),
        )
    except RuleViolation as refusal:
        return _render_page(request, case, error=_(str(refusal)), status=422)
    messages.success(request, _("Đã gửi tới những người giữ danh tính."))
    return redirect_after_post(f"{build_case_url(case.code)}/danh-tinh")


def _resolve_choice(request: OfficerRequest, case: Case, chosen: str) -> tuple[int | None, SealedFile | None]:
    """Resolve the form's choice to a reporter and, if it is one, a file. (None, None) for an unknown choice."""
    if not chosen.startswith("anh:"):
        report = next(
            (
                candidate
                for candidate in case_page.list_reports(case)
                if _format_reporter_id(candidate.reporter, case) == chosen
            ),
            None,
        )
        return (report.reporter_id, None) if report else (None, None)
    rows = case_page.list_originals(request.user, case)
    row = next((candidate for candidate in rows if str(candidate.public_id) == chosen.removeprefix("anh:")), None)
    return (row.message.reporter_id if row.message else None, get_sealed_original(row)) if row else (None, None)


def _format_reporter_id(reporter: Any, case: Case) -> str:
    return derive_pseudonym(reporter.pseudonym, format_case_scope(case.code))


def _render_page(request: OfficerRequest, case: Case, *, error: str = "", status: int = 200) -> HttpResponse:
    people, now = _list_reporters(request.user, case), clock.now()
    record_view(case, officer=request.user, now=now)
    has_key, typed = vault.get_holder_id(request.user) is not None, request.POST
    context = {
        "now": now,
        "error": error,
        "typed": typed,
        "has_key": has_key,
        "ready": vault.is_group_ready("IDENTITY"),
        "people": people,
        "choice": [person for person in people if person["keeps"]],
        "originals": _list_original_files(request.user, case),
        "whys": [
            {"value": purpose.value, "label": label} for purpose, label in translated_labels(PURPOSE_LABELS).items()
        ],
        "hours": ACCESS_HOURS,
        "shortest": REASON_LENGTH[0],
        "longest": REASON_LENGTH[1],
        "case": {"code": format_code(case.code), "title": translate_title(case.title)},
        "urls": {
            "case": build_case_url(case.code),
            "here": f"{build_case_url(case.code)}/danh-tinh",
            "custody": CUSTODY_URL,
        },
    }
    return render(request, "desk/identity.html", context, status=status)


def _list_reporters(officer: Officer, case: Case) -> list[dict[str, Any]]:
    """List the reporters of the case by pseudonym, with the officer's own requests about them."""
    all_reports = case_page.list_reports(case)
    reports = {case_report.reporter_id: case_report for case_report in reversed(all_reports)}
    aliases = case_page.map_report_alias_codes(case, all_reports)
    keeps, now = vault.find_reporters_with_data(reports), clock.now()
    return [
        {
            "id": _format_reporter_id(report.reporter, case),
            "keeps": number in keeps,
            "name": format_pseudonym(report.reporter, format_case_scope(aliases[number])),
            "channel": format_channel(report.conversation.channel) if report.conversation else _("Trong nhóm"),
            "requests": [
                {
                    "url": f"{CUSTODY_URL}/xin/{disclosure.id}",
                    "state": translated_labels(STATE_LABELS)[disclosure.state],
                    "at": disclosure.asked_at,
                }
                for disclosure in vault.list_own_requests(officer, number, subject=f"case:{case.code}", now=now)
            ],
        }
        for number, report in reversed(reports.items())
    ]


def _format_file_label(row: Attachment, number: int) -> str:
    """Return the label of a file: its number, and its name where there is no preview."""
    if row.state == Attachment.State.READY:
        return _("Ảnh %(number)s") % {"number": number}
    return " ".join(filter(None, [_("Tệp %(number)s") % {"number": number}, row.name]))


def _list_original_files(officer: Officer, case: Case) -> list[dict[str, Any]]:
    """List the encrypted original files of the case, with the officer's own requests about each."""
    now, aliases = clock.now(), case_page.map_report_alias_codes(case, case_page.list_reports(case))
    return [
        {
            "id": f"anh:{row.public_id}",
            "label": _format_file_label(row, number),
            "from": format_pseudonym(
                row.message.reporter, format_case_scope(aliases.get(row.message.reporter_id, case.code))
            )
            if row.message
            else _("Cán bộ đưa lên"),
            "at": row.message.sent_at if row.message else None,
            "kilobytes": max(1, row.size // 1024),
            "requests": [
                {
                    "url": f"{CUSTODY_URL}/xin/{disclosure.id}",
                    "state": STATE_LABELS[disclosure.state],
                    "at": disclosure.asked_at,
                }
                for disclosure in vault.list_own_requests(
                    officer, None, row.original, subject=f"case:{case.code}", now=now
                )
            ],
        }
        for number, row in enumerate(case_page.list_originals(officer, case), start=1)
    ]


# Call back: one press shows the number that a reporter left for it, once; the person reads when it was shown.

_REVEALED = "callback_revealed"  # session key: (case code, pseudonym) of the number that the next GET shows


@require_case_officer("GET", "HEAD", "POST")
def show_callback_number(request: OfficerRequest, code: str) -> HttpResponse:
    """Record and redirect (POST), then show the number once (GET): a reload leads to the case and records nothing.

    422 on the case page where the number may not be called.
    """
    case, now = case_detail.get_visible_case(request.user, code), clock.now()
    reports = case_page.list_reports(case)
    rows = {row["id"]: row for row in build_callback_rows(request.user, case, reports)}
    try:
        if request.method == "POST":
            row = _find_row(rows, request.POST.get("who", ""))
            callbacks.record_reveal(code=case.code, reporter_id=row["reporter_id"], officer=request.user, now=now)
            request.session[_REVEALED] = [case.code, row["id"]]
            return redirect_after_post(request.path)
        revealed = request.session.get(_REVEALED)
        if request.method == "HEAD" or not revealed or revealed[0] != case.code:
            messages.info(request, _("Số chỉ hiện một lần. Cần xem lại thì bấm «Xem số để gọi lại»."))
            return redirect_after_post(build_case_url(case.code))
        del request.session[_REVEALED]
        row = _find_row(rows, revealed[1])
        number = callbacks.read_revealed_number(code=case.code, reporter_id=row["reporter_id"], officer=request.user)
    except NotAllowed as refused:
        return render_case_page(request, case.code, errors={"action": _(str(refused))}, status=422)
    record_view(case, officer=request.user, now=now)
    context = {
        "now": now,
        "case": {
            "code": format_code(case.code),
            "title": translate_title(case.title),
            "url": build_case_url(case.code),
        },
        "name": row["name"],
        "number": _format_number(number),
        "call_url": f"tel:{number}",
        "seen": row["seen"][1:],  # without this time
    }
    response = render(request, "desk/callback.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _find_row(rows: dict[str, dict[str, Any]], pseudonym: str) -> dict[str, Any]:
    if pseudonym not in rows:
        raise NotAllowed(callbacks.NO_NUMBER)
    return rows[pseudonym]


def _format_number(number: str) -> str:
    """Return the number in groups: «0912 345 678»."""
    return f"{number[:4]} {number[4:7]} {number[7:]}".strip()
