"""Remarks of the communes for the province's report: ask, answer, remind, and the paragraphs they become."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from binhyen.areas.models import Unit
from binhyen.areas.queries import get_directory
from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import collapse_spaces, to_nfc, to_sort_key
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.stats import periods
from binhyen.stats.models import RemarkRequest, UnitRemark
from binhyen.stats.periods import Period
from binhyen.stats.reports.content import MANY_MISSING_REMARKS, MISSING_REMARKS, REMARK

MIN_TEXT, MAX_TEXT = 5, 2000
_MAX_NAMED = 10


class RemarkRefused(Exception):
    """The remark or request cannot be stored; the text is shown to the user."""


def find_request(period: Period) -> RemarkRequest | None:
    """Return the request for exactly this period."""
    return RemarkRequest.objects.filter(first=period.first, last=period.last).first()


def list_open_remarks(officer: Any) -> list[UnitRemark]:
    """List the requests to the officer's unit, the newest first; answered ones stay until their request is old."""
    rows = UnitRemark.objects.filter(unit=officer.unit_id).select_related("request")
    return list(rows.order_by("-request_id")[:3])


def list_unit_remarks(request: RemarkRequest) -> list[UnitRemark]:
    """List the units of a request by name."""
    rows = UnitRemark.objects.filter(request=request).select_related("unit")
    return sorted(rows, key=lambda remark: to_sort_key(remark.unit.name))


def list_remark_texts(officer: Any, period: Period) -> list[str]:
    """Return the paragraphs of the report of this period; none without a request."""
    if not access.counts_province(officer):
        return []
    with access.count_scope(officer):
        request = find_request(period)
        remarks = list_unit_remarks(request) if request else []
    texts = [REMARK.format(unit=remark.unit.name, text=remark.text) for remark in remarks if remark.text]
    missing = [remark.unit.name for remark in remarks if not remark.text]
    if missing:
        form = MISSING_REMARKS if len(missing) <= _MAX_NAMED else MANY_MISSING_REMARKS
        texts.append(form.format(n=len(missing), names=", ".join(missing)))
    return texts


@transaction.atomic
def request_remarks(
    *, officer: Officer, period: Period, due_on: dt.date, question: str, now: dt.datetime
) -> RemarkRequest:
    """Ask every commune for a remark on a period. Raises RemarkRefused, or InvalidPeriod for one of the future."""
    if not _may_ask(officer):
        raise RemarkRefused(_("Bạn không có quyền làm việc này."))
    today = to_vietnam_day(now)
    periods.check_begun(period, today=today)
    if due_on < today:
        raise RemarkRefused(_("Hạn gửi phải từ hôm nay trở đi."))
    if find_request(period) is not None:
        raise RemarkRefused(_("Kỳ này đã xin nhận xét rồi."))
    text = collapse_spaces(to_nfc(question))[:500]
    request = RemarkRequest.objects.create(
        first=period.first, last=period.last, due_on=due_on, question=text, asked_by=officer, asked_at=now
    )
    units = [unit.id for unit in get_directory().open_units if unit.level == Unit.Level.COMMUNE]
    UnitRemark.objects.bulk_create(UnitRemark(request=request, unit_id=unit) for unit in units)
    _record("report.remarks_asked", request, officer, {"units": len(units)}, now=now)
    return request


@transaction.atomic
def store_remark(*, officer: Officer, remark: UnitRemark, text: str, now: dt.datetime) -> None:
    """Store the remark of the officer's unit; it may be changed until the report is issued. Raises RemarkRefused."""
    if remark.unit_id != officer.unit_id or not access.officer_may(officer, Permission.ISSUE_REPORTS):
        raise RemarkRefused(_("Chỉ trưởng công an của đơn vị mới gửi nhận xét được."))
    clean = collapse_spaces(to_nfc(text))
    if not MIN_TEXT <= len(clean) <= MAX_TEXT:
        raise RemarkRefused(_("Nhận xét phải dài từ 5 đến 2.000 chữ."))
    remark.text, remark.officer, remark.answered_at = clean, officer, now
    remark.save(update_fields=["text", "officer", "answered_at"])
    _record("report.remark_given", remark.request, officer, {}, now=now)


@transaction.atomic
def mark_units_reminded(*, officer: Officer, request: RemarkRequest, now: dt.datetime) -> int:
    """Remind the units that did not answer; return how many. Raises RemarkRefused."""
    if not _may_ask(officer):
        raise RemarkRefused(_("Bạn không có quyền làm việc này."))
    count = _mark_reminded(request.pk, now)
    _record("report.remarks_reminded", request, officer, {"units": count}, now=now)
    return count


@transaction.atomic
def remind_due(*, now: dt.datetime) -> int:
    """Remind units of requests that are due tomorrow or overdue by up to a month, once a day."""
    today = to_vietnam_day(now)
    due = RemarkRequest.objects.filter(
        due_on__range=(today - dt.timedelta(days=30), today + dt.timedelta(days=1))
    ).values_list("pk", flat=True)
    return sum(_mark_reminded(pk, now) for pk in due)


def _mark_reminded(request_id: int, now: dt.datetime) -> int:
    rows = UnitRemark.objects.filter(request=request_id, answered_at=None)
    return rows.update(reminders=F("reminders") + 1, reminded_at=now)


def _may_ask(officer: Any) -> bool:
    return access.officer_may(officer, Permission.ISSUE_REPORTS) and access.counts_province(officer)


def _record(verb: str, request: RemarkRequest, officer: Officer, detail: dict[str, int], *, now: dt.datetime) -> None:
    action = AuditAction(f"officer:{officer.public_id}", verb, f"report:{request.public_id}", officer.unit_id, detail)
    record_actions([action], now=now)
