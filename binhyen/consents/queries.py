"""Reads of consents: officers see those of their unit's cases, citizens their own."""

import datetime as dt
from collections.abc import Sequence

from binhyen.consents.models import Consent
from binhyen.consents.rules import Purpose, is_in_force
from binhyen.kit.ids import normalize_code
from binhyen.people import access
from binhyen.people.models import Officer


def list_case_consents(officer: Officer, case_id: int) -> Sequence[Consent]:
    rows = Consent.objects.filter(access.visible_filter(officer), case_id=case_id)
    return list(rows.select_related("officer").order_by("-id"))


def list_reporter_consents(reporter_id: int) -> Sequence[Consent]:
    return list(Consent.objects.filter(reporter_id=reporter_id).order_by("-id"))


def find_child_consent(officer: Officer, code: str, *, on: dt.date) -> Consent | None:
    """Return the consent with this code that allows the officer to publish a child's details on that day."""
    row = Consent.objects.filter(
        access.visible_filter(officer), code=normalize_code(code), purpose=Purpose.CHILD
    ).first()
    return row if row is not None and is_in_force(row.facts, on) else None
