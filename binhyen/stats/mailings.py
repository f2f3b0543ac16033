"""Numbers by mail on a schedule: subscribe, and send within the recipient's rights at the time of sending.

A mail leaves the program, so it has sums only, those below MIN_SHOWN hidden, and a link to the rest behind the
sign-in. The name of a saved question is free text and stays here. Issued reports are official papers: they go as they
were signed, as PDF and Word.
"""

import datetime as dt
from collections.abc import Mapping
from email.utils import format_datetime
from smtplib import SMTPException  # nosemgrep: call-from-nowhere  names failures of Django's mail backend
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.clock import VIETNAM, to_vietnam_day
from binhyen.kit.csv_export import write_csv
from binhyen.kit.key_files import KeyFileMissing, read_key
from binhyen.kit.rls_scope import rls_scope
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.stats import queries
from binhyen.stats.area_filter import ALL_AREAS
from binhyen.stats.models import Mailing
from binhyen.stats.opendata.services import MIN_SHOWN
from binhyen.stats.period_filter import get_area_name, parse_period_fields
from binhyen.stats.periods import Period, label_period
from binhyen.stats.questions.queries import compute_pivot, find_saved_question
from binhyen.stats.questions.spec import InvalidQuestion, parse_question
from binhyen.stats.questions.tables import build_table, describe_question
from binhyen.stats.reports.content import from_json
from binhyen.stats.reports.documents import FORMATS
from binhyen.stats.reports.queries import list_issued_reports
from binhyen.stats.reports.word_template import render_report
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred

MAILINGS_URL = "/gui-thu"
MAX_MAILINGS = 20
_FIRST_HOUR = 6  # of the day in Viet Nam
_MAX_FAILURES = 12  # attempts, ten minutes apart; then the mail of this day is left out
_MAX_BATCH = 200
_MAX_REPORTS = 5  # of one mail; the newest
_REPORT_FORMATS = ("pdf", "docx")


class MailingRefused(Exception):
    """The mailing cannot be stored; the text is shown to the user."""


def list_mailings(officer: Any) -> list[Mailing]:
    """List the officer's own mailings, the newest first."""
    rows = Mailing.objects.filter(officer=officer.pk).select_related("question")
    return list(rows.order_by("-pk")[:MAX_MAILINGS])


def find_next_day(schedule: str, after: dt.date) -> dt.date:
    """Return the first day of the schedule after a day."""
    if schedule == Mailing.Schedule.WEEKLY:
        return after + dt.timedelta(days=7 - after.weekday())
    if schedule == Mailing.Schedule.MONTHLY:
        return (after.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return after + dt.timedelta(days=1)


def find_mailed_period(schedule: str, on: dt.date) -> Period:
    """Return the finished day, week or month that the mail of a day is about."""
    last = on - dt.timedelta(days=1)
    if schedule == Mailing.Schedule.WEEKLY:
        last = on - dt.timedelta(days=on.weekday() + 1)
        return label_period(last - dt.timedelta(days=6), last)
    if schedule == Mailing.Schedule.MONTHLY:
        last = on.replace(day=1) - dt.timedelta(days=1)
        return label_period(last.replace(day=1), last)
    return label_period(last, last)


@transaction.atomic
def store_mailing(
    *, officer: Officer, address: str, schedule: str, question_id: Any, has_reports: bool = False, now: dt.datetime
) -> Mailing:
    """Store a mailing; the same content and schedule again changes its address. Raises MailingRefused.

    `question_id`: public id of a saved question that the officer may read; None for the ledger, or with `has_reports`
    for the issued reports.
    """
    if not access.officer_may(officer, Permission.READ_STATISTICS):
        raise MailingRefused(_("Bạn không có quyền làm việc này."))
    address = normalize_mail_address(address)
    if schedule not in Mailing.Schedule.values:
        raise MailingRefused(_("Hãy chọn lịch gửi."))
    question = find_saved_question(officer, question_id) if question_id else None
    if question_id and (question is None or not access.officer_may(officer, Permission.READ_LEDGER)):
        raise MailingRefused(_("Không có câu hỏi này. Hãy chọn trong danh sách."))
    rows = Mailing.objects.filter(officer=officer)
    if rows.exclude(question=question, has_reports=has_reports, schedule=schedule).count() >= MAX_MAILINGS:
        raise MailingRefused(_("Bạn đã đặt {n} thư. Hãy bỏ bớt.").format(n=MAX_MAILINGS))
    values = {"address": address, "next_on": find_next_day(schedule, to_vietnam_day(now)), "failures": 0}
    mailing, _created = Mailing.objects.update_or_create(
        officer=officer,
        question=question,
        has_reports=has_reports,
        schedule=schedule,
        defaults=values,
        create_defaults=values | {"created_at": now},
    )
    _record("mailing.stored", mailing, officer, now=now)
    return mailing


def normalize_mail_address(address: str) -> str:
    """Return a mail address of an allowed domain. Raises MailingRefused."""
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise MailingRefused(_("Địa chỉ thư không đúng.")) from None
    domain = address.rpartition("@")[2].lower()
    if len(address) > 120 or domain not in settings.MAIL_DOMAINS:
        raise MailingRefused(
            _("Chỉ gửi đến hộp thư công vụ: {domains}.").format(domains=", ".join(settings.MAIL_DOMAINS) or "–")
        )
    return address


@transaction.atomic
def delete_mailing(*, officer: Officer, mailing: Mailing, now: dt.datetime) -> None:
    """Delete an own mailing. Raises MailingRefused for one of another officer."""
    if mailing.officer_id != officer.pk:
        raise MailingRefused(_("Bạn không có quyền làm việc này."))
    _record("mailing.deleted", mailing, officer, now=now)
    mailing.delete()


def _record(verb: str, mailing: Mailing, officer: Officer, *, now: dt.datetime) -> None:
    detail = {"schedule": mailing.schedule, "question": mailing.question_id is not None}
    detail |= {"reports": True} if mailing.has_reports else {}
    actor, subject = f"officer:{officer.public_id}", f"mailing:{mailing.public_id}"
    record_actions([AuditAction(actor, verb, subject, officer.unit_id, detail)], now=now)


def send_due(*, now: dt.datetime) -> tuple[int, int]:
    """Send the mails of today that are not sent; return how many were sent and how many failed.

    A mail that cannot be sent is tried again at the next run. One whose officer may read no numbers any more is
    deleted.
    """
    today = to_vietnam_day(now)
    if not settings.SMTP_URL or now.astimezone(VIETNAM).hour < _FIRST_HOUR:
        return 0, 0
    due = list(Mailing.objects.filter(next_on__lte=today).order_by("pk").values_list("pk", flat=True)[:_MAX_BATCH])
    outcomes = [_send_mailing(pk, today, now=now) for pk in due]
    return outcomes.count(True), outcomes.count(False)


@transaction.atomic
def _send_mailing(mailing_id: int, today: dt.date, *, now: dt.datetime) -> bool | None:
    """Send one mail under its row lock; return None if another worker has it, or nothing is to be sent."""
    rows = Mailing.objects.filter(pk=mailing_id, next_on__lte=today).select_for_update(skip_locked=True, of=("self",))
    mailing = rows.select_related("officer__unit", "question").first()
    if mailing is None:
        return None
    domain = mailing.address.rpartition("@")[2].lower()
    if domain not in settings.MAIL_DOMAINS or not access.officer_may(mailing.officer, Permission.READ_STATISTICS):
        _record("mailing.stopped", mailing, mailing.officer, now=now)
        mailing.delete()
        return None
    message = build_mail(mailing, today, now=now)
    if message is not None:
        try:
            message.connection = get_connection(password=_read_password())
            message.send()
        except (SMTPException, OSError):  # the text of the error may quote the address: it is not logged
            _note_failure(mailing, today)
            return False
        mailing.sent_at = now
    mailing.failures, mailing.next_on = 0, find_next_day(mailing.schedule, today)
    mailing.save(update_fields=["failures", "next_on", "sent_at"])
    return None if message is None else True


def _note_failure(mailing: Mailing, today: dt.date) -> None:
    mailing.failures += 1
    if mailing.failures % _MAX_FAILURES == 0:
        mailing.next_on = find_next_day(mailing.schedule, today)
    mailing.save(update_fields=["failures", "next_on"])


def _read_password() -> str | None:
    try:
        return read_key("worker", "smtp").decode().strip()
    except KeyFileMissing:
        return None  # a relay without sign-in


def build_mail(mailing: Mailing, today: dt.date, *, now: dt.datetime) -> EmailMessage | None:
    """Build the mail with the numbers of now; None for a question that the officer may not ask any more, and without a
    new report.
    """
    officer = mailing.officer
    with rls_scope(access.get_rls_scope(officer)):
        if mailing.has_reports:
            return _build_report_mail(mailing, now=now)
        if mailing.question is None:
            subject, text, table = _write_ledger(officer, find_mailed_period(mailing.schedule, today))
        else:
            saved = find_saved_question(officer, mailing.question.public_id)
            if saved is None or not access.officer_may(officer, Permission.READ_LEDGER):
                return None
            try:
                subject, text, table = _write_answer(officer, saved.query, now=now)
            except InvalidQuestion:
                return None
    foot = _("Số dưới {n} không ghi trong thư. Xem đủ và bỏ nhận thư: {url}").format(
        n=MIN_SHOWN, url=f"{settings.PUBLIC_URL}{MAILINGS_URL}"
    )
    message = _start_mail(mailing, subject, f"{text}\n\n{foot}", now=now)
    if table:
        message.attach("so-lieu.csv", table.encode(), "text/csv")
    return message


def _start_mail(mailing: Mailing, subject: str, text: str, *, now: dt.datetime) -> EmailMessage:
    return EmailMessage(
        subject=f"[Bình Yên] {subject}",
        body=f"{subject}\n\n{text}\n",
        to=[mailing.address],
        headers={"Auto-Submitted": "auto-generated", "Date": format_datetime(now)},
    )


def _build_report_mail(mailing: Mailing, *, now: dt.datetime) -> EmailMessage | None:
    """Build the mail with the reports issued since the last one, as they were frozen; None without any."""
    since = mailing.sent_at or mailing.created_at
    reports = [row for row in list_issued_reports(mailing.officer) if row.issued_at > since][:_MAX_REPORTS]
    if not reports:
        return None
    contents = [(row, from_json(row.content)) for row in reports]
    lines = [f"- {content.format_number()}: {content.subject}" for _row, content in contents]
    foot = _("Xem mọi báo cáo và bỏ nhận thư: {url}").format(url=f"{settings.PUBLIC_URL}{MAILINGS_URL}")
    subject = _("{n} báo cáo mới phát hành").format(n=len(reports))
    message = _start_mail(mailing, subject, "\n".join([*lines, "", foot]), now=now)
    for row, content in contents:
        template = bytes(row.template.file) if row.template else None
        for code in _REPORT_FORMATS:
            name = f"bao-cao-{row.year}-{row.number:02d}-{row.version}.{code}"
            message.attach(name, render_report(content, code, template), FORMATS[code].media_type)
    return message


def _write_ledger(officer: Officer, period: Period) -> tuple[str, str, str]:
    """Return subject and text of the ledger of a period."""
    entries = queries.get_ledger(officer, period)
    lines = [f"- {_(entry.line.label)}: {_hide_small(entry.value)}" for entry in entries if entry.value]
    subject = f"{get_area_name(officer, ALL_AREAS)} · {translate_deferred(period.label)}"
    return subject, "\n".join(lines) or _("Chưa có vụ việc nào trong kỳ này."), ""


def _write_answer(officer: Officer, query: str, *, now: dt.datetime) -> tuple[str, str, str]:
    """Return subject, text and CSV of a question. Raises InvalidQuestion.

    Sums of rows and columns are left out: the hidden numbers could be computed from them.
    """
    fields: Mapping[str, str] = dict(parse_qsl(query))
    question, asked = parse_question(fields), parse_period_fields(officer, fields, now=now)
    answer = compute_pivot(officer, question, asked.period, ground=asked.ground)
    table = build_table(question, answer)
    is_count = question.definition.kind == "COUNT"
    keys = sorted(answer.cells.values()) if is_count else []
    head = [table["head"], *(table["columns"] if table["has_columns"] else [table["value_label"]])]
    lines = [
        [row["label"], *(_hide_small_text(cell["text"]) if is_count else cell["text"] for cell in row["cells"])]
        for row in table["rows"]
    ]
    subject = f"{describe_question(question)} · {translate_deferred(asked.period.label)}"
    total = _hide_small(round(answer.total)) if is_count and answer.total and not (keys and keys[0] < MIN_SHOWN) else ""
    text = f"{get_area_name(officer, asked.ground)}. " + (
        _("Cộng: {n}.").format(n=total) if total else _("Bảng số ở tệp kèm theo.")
    )
    return subject, text, write_csv(head, lines)


def _hide_small(value: int) -> str:
    return f"<{MIN_SHOWN}" if 0 < value < MIN_SHOWN else formatting.format_number(value)


def _hide_small_text(text: str) -> str:
    return f"<{MIN_SHOWN}" if text.isdigit() and 0 < int(text) < MIN_SHOWN else text
