"""Reads of consents: officers see those of their unit's cases, citizens their own."""

import datetime as dt
from collections.abc import Sequence

from binhyen.consents.models import Consent
from binhyen.consents.rules import Purpose, holds
from binhyen.kit.ids import read_code
from binhyen.people import access
from binhyen.people.models import Officer


def of_case(officer: Officer, case_id: int) -> Sequence[Consent]:
    rows = Consent.objects.filter(access.within(officer), case_id=case_id)
    return list(rows.select_related("officer").order_by("-id"))


def of_reporter(reporter_id: int) -> Sequence[Consent]:
    return list(Consent.objects.filter(reporter_id=reporter_id).order_by("-id"))


def to_publish_child(officer: Officer, code: str, *, on: dt.date) -> Consent | None:
    """Return the consent with this code that allows the officer to publish a child's details on that day."""
    row = Consent.objects.filter(access.within(officer), code=read_code(code), purpose=Purpose.CHILD).first()
    return row if row is not None and holds(row.facts, on) else None
