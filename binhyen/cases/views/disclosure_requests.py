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
from binhyen.cases.services.view_log import saw_page
from binhyen.cases.views.decorators import asks_for_identities
from binhyen.cases.views.list_rows import CUSTODY, case_url
from binhyen.channels.models import Attachment
from binhyen.channels.presenters import channel_label
from binhyen.channels.services.media import sealed_original
from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.text import nfc, squeeze
from binhyen.people.models import Officer
from binhyen.people.services import Refusal
from binhyen.people.view_auth import OfficerRequest, see_other
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import title
from binhyen.vault import queries as vault
from binhyen.vault.pseudonyms import called, in_case, known_as
from binhyen.vault.rules import HOURS, REASON, STATE_LABELS, WHY_LABELS
from binhyen.vault.services import SealedFile
from binhyen.vault.services.disclosure import ask


@asks_for_identities("GET", "HEAD", "POST")
def identity(request: OfficerRequest, code: str) -> HttpResponse:
    """Show the form and the officer's own requests; POST creates one. 303 to the same page, or 422 beside the form."""
    found = case_detail.access_case(request.user, code)
    return _ask(request, found) if request.method == "POST" else _page(request, found)


def _ask(request: OfficerRequest, found: Case) -> HttpResponse:
    who, file = _about(request, found, request.POST.get("who", ""))
    hours, reason = request.POST.get("hours", ""), squeeze(nfc(request.POST.get("reason", "")))
    if who is None and file is None:
        return _page(request, found, error=_("Chọn người báo hoặc ảnh."), status=422)
    try:
        ask(
            officer=request.user, reporter_id=who, file=file, subject=f"case:{found.code}",
            why=request.POST.get("why", ""), reason=reason,
            hours=int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 4 else 0, now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, found, error=_(str(refusal)), status=422)
    messages.success(request, _("Đã gửi tới những người giữ danh tính."))
    return see_other(f"{case_url(found.code)}/danh-tinh")


def _about(request: OfficerRequest, found: Case, chosen: str) -> tuple[int | None, SealedFile | None]:
    """Resolve the form's choice to a reporter and, if it is one, a file. (None, None) for an unknown choice."""
    if not chosen.startswith("anh:"):
        report = next((r for r in case_page.hearers(found) if _id(r.reporter, found) == chosen), None)
        return (report.reporter_id, None) if report else (None, None)
    rows = case_page.originals(request.user, found)
    row = next((r for r in rows if str(r.public_id) == chosen.removeprefix("anh:")), None)
    return (row.message.reporter_id if row.message else None, sealed_original(row)) if row else (None, None)


def _id(reporter: Any, found: Case) -> str:
    return called(reporter.pseudonym, in_case(found.code))


def _page(request: OfficerRequest, found: Case, *, error: str = "", status: int = 200) -> HttpResponse:
    people, now = _people(request.user, found), clock.now()
    saw_page(found, officer=request.user, now=now)
    has_key, typed = vault.holder_id_of(request.user) is not None, request.POST
    context = {
        "now": now, "error": error, "typed": typed, "has_key": has_key,
        "ready": vault.ready("IDENTITY"), "people": people, "choice": [p for p in people if p["keeps"]],
        "originals": _originals(request.user, found),
        "whys": [{"value": w.value, "label": label} for w, label in spoken(WHY_LABELS).items()],
        "hours": HOURS, "shortest": REASON[0], "longest": REASON[1],
        "case": {"code": show_code(found.code), "title": title(found.title)},
        "urls": {"case": case_url(found.code), "here": f"{case_url(found.code)}/danh-tinh", "custody": CUSTODY},
    }  # fmt: skip
    return render(request, "desk/identity.html", context, status=status)


def _people(officer: Officer, found: Case) -> list[dict[str, Any]]:
    """List the reporters of the case by pseudonym, with the officer's own requests about them."""
    reports = {r.reporter_id: r for r in reversed(case_page.hearers(found))}
    keeps, now = vault.keeps_something(reports), clock.now()
    return [
        {
            "id": _id(report.reporter, found), "keeps": number in keeps,
            "name": known_as(report.reporter, in_case(found.code)),
            "channel": channel_label(report.conversation.channel) if report.conversation else _("Trong nhóm"),
            "requests": [
                {"url": f"{CUSTODY}/xin/{known.id}", "state": spoken(STATE_LABELS)[known.state], "at": known.asked_at}
                for known in vault.openings_of(officer, number, subject=f"case:{found.code}", now=now)
            ],
        }
        for number, report in reversed(reports.items())
    ]  # fmt: skip


def _label(row: Attachment, number: int) -> str:
    """Return the label of a file: its number, and its name where there is no preview."""
    if row.state == Attachment.State.READY:
        return _("Ảnh %(number)s") % {"number": number}
    return " ".join(filter(None, [_("Tệp %(number)s") % {"number": number}, row.name]))


def _originals(officer: Officer, found: Case) -> list[dict[str, Any]]:
    """List the encrypted original files of the case, with the officer's own requests about each."""
    now = clock.now()
    return [
        {
            "id": f"anh:{row.public_id}", "label": _label(row, number),
            "from": known_as(row.message.reporter, in_case(found.code)) if row.message else _("Cán bộ đưa lên"),
            "at": row.message.sent_at if row.message else None, "kilobytes": max(1, row.size // 1024),
            "requests": [
                {"url": f"{CUSTODY}/xin/{known.id}", "state": STATE_LABELS[known.state], "at": known.asked_at}
                for known in vault.openings_of(officer, None, row.original, subject=f"case:{found.code}", now=now)
            ],
        }
        for number, row in enumerate(case_page.originals(officer, found), start=1)
    ]  # fmt: skip
