"""Issue a report: frozen content under a number of the unit and year; a correction is a new version of it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.erasure_log import iter_erasures, record_erasure
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.stats import area_filter, periods
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.models import IssuedReport, ReportTemplate
from binhyen.stats.periods import Period
from binhyen.stats.reports.build import build_content
from binhyen.stats.reports.content import compare_contents, from_json, to_json
from binhyen.stats.reports.narrative import keep_texts
from binhyen.stats.reports.queries import find_word_template
from binhyen.stats.reports.word_template import check_template

MAX_NUMBER = 99_999
MIN_REASON = 5
_NOTED = "report"  # kind of the notes on issued numbers


class ReportRefused(Exception):
    """The report cannot be issued; the text is shown to the user."""


@transaction.atomic
def issue_report(
    *,
    officer: Officer,
    period: Period,
    ground: AreaFilter,
    number: int | None = None,
    example_codes: Sequence[str] | None = None,
    now: dt.datetime,
) -> IssuedReport:
    """Issue the report of a period that is over. `number`: chosen by hand; None: the next one of the unit and year.

    `example_codes`: the typical cases to name; None: the first candidates.

    Raises ReportRefused, or InvalidPeriod.
    """
    _require_issuer(officer)
    today = to_vietnam_day(now)
    periods.check_over(period, today=today)
    content = build_content(officer, period, ground=ground, example_codes=example_codes, now=now)
    acquire_xact_lock(AdvisoryLock.REPORT_NUMBER)  # two people issue at the same time: one after the other
    rows = IssuedReport.objects.filter(unit=officer.unit_id, year=today.year)
    noted = _list_noted_numbers(officer, today.year)
    last = max(rows.aggregate(last=Max("number", default=0))["last"], *noted, 0)
    wanted = last + 1 if number is None else number
    if not 1 <= wanted <= MAX_NUMBER:
        raise ReportRefused(_("Số báo cáo phải từ 1 đến 99999."))
    if rows.filter(number=wanted).exists():
        raise ReportRefused(_("Số {n} năm nay đã dùng. Số tiếp theo là {next}.").format(n=wanted, next=last + 1))
    if wanted in noted:
        raise ReportRefused(
            _("Số {n} đã phát hành, nhưng máy đã được khôi phục từ bản sao cũ hơn. Số tiếp theo là {next}.").format(
                n=wanted, next=last + 1
            )
        )
    issued = replace(content, number=wanted, issued_on=today.isoformat())
    report = IssuedReport.objects.create(
        unit=officer.unit,
        year=today.year,
        number=wanted,
        area_key=ground.key,
        first=period.first,
        last=period.last,
        content=to_json(issued),
        template=find_word_template(officer),
        issued_by=officer,
        issued_at=now,
    )
    _record(report, "report.issued", officer, now=now)
    record_erasure(_NOTED, [f"{officer.unit.public_id}.{today.year}.{wanted}"])
    return report


@transaction.atomic
def correct_report(*, report: IssuedReport, officer: Officer, reason: str, now: dt.datetime) -> IssuedReport:
    """Issue the next version with the numbers of now; it says what changed and why. Raises ReportRefused."""
    _require_issuer(officer)
    if report.unit_id != officer.unit_id:
        raise ReportRefused(_("Chỉ đơn vị đã phát hành mới đính chính được."))
    reason = reason.strip()[:300]
    if len(reason) < MIN_REASON:
        raise ReportRefused(_("Hãy ghi lý do đính chính."))
    acquire_xact_lock(AdvisoryLock.REPORT_NUMBER)
    versions = IssuedReport.objects.filter(unit=report.unit_id, year=report.year, number=report.number)
    latest = versions.latest("version")
    if latest.pk != report.pk:
        raise ReportRefused(_("Đã có bản đính chính mới hơn. Hãy đính chính bản ấy."))
    ground = area_filter.find_area_by_key(report.area_key) if report.area_key else ALL_AREAS
    if ground is None:
        raise ReportRefused(_("Địa bàn của báo cáo này không còn. Hãy lập báo cáo mới cho địa bàn hiện nay."))
    period = periods.label_period(report.first, report.last)
    content = build_content(officer, period, ground=ground, now=now)
    corrected = replace(
        content,
        sections=keep_texts(from_json(report.content).sections, content.sections),
        number=report.number,
        version=report.version + 1,
        issued_on=to_vietnam_day(now).isoformat(),
        note=reason,
        changes=compare_contents(from_json(report.content), content),
    )
    row = IssuedReport.objects.create(
        unit=report.unit,
        year=report.year,
        number=report.number,
        version=report.version + 1,
        area_key=report.area_key,
        first=report.first,
        last=report.last,
        content=to_json(corrected),
        template=report.template,
        note=reason,
        issued_by=officer,
        issued_at=now,
    )
    _record(row, "report.corrected", officer, now=now)
    return row


def _list_noted_numbers(officer: Officer, year: int) -> list[int]:
    """Return the numbers that the notes outside the database say were issued: a restored backup may lack them."""
    start = f"{officer.unit.public_id}.{year}."
    numbers = [entry.removeprefix(start) for entry in iter_erasures(_NOTED) if entry.startswith(start)]
    return [int(number) for number in numbers if number.isdigit()]


def _require_issuer(officer: Any) -> None:
    if not access.officer_may(officer, Permission.ISSUE_REPORTS):
        raise ReportRefused(_("Bạn không có quyền làm việc này."))


def _record(report: IssuedReport, verb: str, officer: Officer, *, now: dt.datetime) -> None:
    detail = {"number": report.number, "year": report.year, "version": report.version}
    action = AuditAction(f"officer:{officer.public_id}", verb, f"report:{report.public_id}", report.unit_id, detail)
    record_actions([action], now=now)


@transaction.atomic
def set_template(*, officer: Officer, file: bytes | None, now: dt.datetime) -> None:
    """Use a Word file for the unit's reports; None: the program's own layout again.

    Raises ReportRefused, or InvalidTemplate for a file that cannot be one.
    """
    _require_issuer(officer)
    if file is not None:
        check_template(file)
    ReportTemplate.objects.filter(unit=officer.unit_id, is_active=True).update(is_active=False)
    if file is not None:
        ReportTemplate.objects.create(unit=officer.unit, file=file, uploaded_by=officer, uploaded_at=now)
    detail = {"bytes": len(file or b"")}
    actor = f"officer:{officer.public_id}"
    record_actions([AuditAction(actor, "report.template_changed", "report:template", officer.unit_id, detail)], now=now)
