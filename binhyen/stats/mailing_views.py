"""Page of mailings: which numbers an officer gets by mail, and when."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.people.access import officer_may
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.stats import mailings, periods
from binhyen.stats.mailings import MAILINGS_URL, MailingRefused
from binhyen.stats.models import Mailing
from binhyen.stats.questions.queries import list_saved_questions

_REPORTS = "bao-cao"  # in the form, beside the ids of saved questions
_LEDGER_LABEL, _REPORTS_LABEL = N_("Bảng kết quả của kỳ vừa qua"), N_("Báo cáo mới phát hành (PDF, Word)")


@require_any_permission(Permission.READ_STATISTICS, methods=("GET", "HEAD", "POST"))
def edit_mailings(request: OfficerRequest) -> HttpResponse:
    """Show the mailings, or add one."""
    if request.method != "POST":
        return _render(request)
    content = request.POST.get("noi-dung", "")
    try:
        mailings.store_mailing(
            officer=request.user,
            address=request.POST.get("hop-thu", ""),
            schedule=request.POST.get("lich", ""),
            question_id=None if content == _REPORTS else _parse_question_id(content),
            has_reports=content == _REPORTS,
            now=clock.now(),
        )
    except MailingRefused as refused:
        return _render(request, error=str(refused))
    messages.success(request, _("Đã đặt lịch gửi thư."))
    return redirect_after_post(MAILINGS_URL)


def _parse_question_id(text: str) -> uuid.UUID | None:
    """Return the id of a saved question, None for the ledger. Raises MailingRefused."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise MailingRefused(_("Không có câu hỏi này. Hãy chọn trong danh sách.")) from None


@require_any_permission(Permission.READ_STATISTICS, methods=("POST",))
def remove_mailing(request: OfficerRequest, mailing: uuid.UUID) -> HttpResponse:
    """Delete an own mailing."""
    row = Mailing.objects.filter(public_id=mailing, officer=request.user.pk).first()
    if row is None:
        raise Http404
    mailings.delete_mailing(officer=request.user, mailing=row, now=clock.now())
    messages.success(request, _("Đã bỏ thư định kỳ."))
    return redirect_after_post(MAILINGS_URL)


def _render(request: OfficerRequest, *, error: str = "") -> HttpResponse:
    post = request.POST
    questions = list_saved_questions(request.user) if officer_may(request.user, Permission.READ_LEDGER) else []
    contents = [
        ("", _(_LEDGER_LABEL)),
        (_REPORTS, _(_REPORTS_LABEL)),
        *((str(saved.public_id), saved.name) for saved in questions),
    ]
    context: dict[str, Any] = {
        "now": clock.now(),
        "error": error,
        "is_available": bool(settings.SMTP_URL and settings.MAIL_DOMAINS),
        "domains": ", ".join(settings.MAIL_DOMAINS),
        "action_url": MAILINGS_URL,
        "contents": [
            {"value": value, "label": label, "chosen": value == post.get("noi-dung", "")} for value, label in contents
        ],
        "schedules": [
            {"value": value, "label": label, "chosen": value == post.get("lich", "")}
            for value, label in Mailing.Schedule.choices
        ],
        "address": post.get("hop-thu", ""),
        "mailings": [_to_row(row) for row in mailings.list_mailings(request.user)],
    }
    return render(request, "stats/mailings.html", context, status=422 if error else 200)


def _to_row(row: Mailing) -> dict[str, Any]:
    return {
        "content": row.question.name if row.question else _(_REPORTS_LABEL if row.has_reports else _LEDGER_LABEL),
        "schedule": row.get_schedule_display(),
        "address": row.address,
        "next_on": periods.format_day(row.next_on),
        "sent_at": row.sent_at,
        "has_failed": row.failures > 0,
        "delete_url": f"{MAILINGS_URL}/{row.public_id}/bo",
    }
