"""Open cases that a new report may tell of too, for intake (which acts for the system, not for a person)."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db.models import Q

from binhyen.cases.models import Case
from binhyen.cases.told import Incident
from binhyen.cases.words import NEVER_DOWN, Lane

_LOOKED_AT = 2000  # the newest open cases; index cases_open, so the cost does not grow with the register
_MOST = 400
_COMPLAINTS = (Lane.COMPLAINT, Lane.DENUNCIATION)
_COLUMNS = (
    "pk", "category", "unit_id", "commune_id", "area_id", "place", "latitude", "longitude", "opened_at", "folded",
)  # fmt: skip


def incidents(*, units: Collection[int], categories: Collection[str], since: dt.datetime) -> list[Incident]:
    """The newest open cases of these units and categories that may be joined: nothing sensitive, no complaint."""
    # nosemgrep: query-without-sight  for intake alone; nobody is shown them
    newest = Case.objects.filter(is_open=True).order_by("-id").values("pk")[:_LOOKED_AT]
    rows = Case.objects.filter(  # nosemgrep: query-without-sight  for intake alone; nobody is shown them
        Q(pk__in=newest), unit_id__in=units, category__in=set(categories) - NEVER_DOWN, sensitive=False,
        opened_at__gte=since,
    ).exclude(lane__in=_COMPLAINTS)  # fmt: skip
    return [_incident(row) for row in rows.order_by("-pk").values(*_COLUMNS)[:_MOST]]


def _incident(row: dict[str, Any]) -> Incident:
    latitude, longitude, at, pk = (row.pop(name) for name in ("latitude", "longitude", "opened_at", "pk"))
    point = (latitude, longitude) if latitude is not None and longitude is not None else None
    return Incident(case_id=pk, at=at, point=point, sensitive=False, complaint=False, **row)
