"""Issued reports that an officer may read: of the own unit, of every unit for the province and the director."""

import uuid
from typing import Any

from django.db.models import QuerySet

from binhyen.people import access
from binhyen.stats.models import IssuedReport, ReportTemplate, UnitRemark

MAX_LISTED = 50


def list_issued_reports(officer: Any) -> list[IssuedReport]:
    """List the newest reports; their content is read on access."""
    rows = IssuedReport.objects.filter(access.filter_counts(officer)).defer("content").select_related("unit")
    with access.count_scope(officer):
        return list(rows.order_by("-pk")[:MAX_LISTED])


def find_report(officer: Any, public_id: uuid.UUID) -> IssuedReport | None:
    """Return a report; None alike where it does not exist and where the officer may not read it."""
    with access.count_scope(officer):
        rows = IssuedReport.objects.filter(access.filter_counts(officer), public_id=public_id)
        return rows.select_related("template").first()


def select_unanswered_remarks(officer: Any) -> QuerySet[UnitRemark]:
    """Select the remarks that the officer's unit still owes."""
    return UnitRemark.objects.filter(unit=officer.unit_id, answered_at=None)


def find_word_template(officer: Any) -> ReportTemplate | None:
    """Return the Word template in use by the officer's unit."""
    with access.count_scope(officer):
        return ReportTemplate.objects.filter(unit=officer.unit_id, is_active=True).first()
