"""Load the units that come with the program. Idempotent; one bad row rejects everything."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from binhyen.areas.loading.demo import write_demo_villages
from binhyen.areas.loading.read import DATA, read_unit_files
from binhyen.areas.loading.units import write_units
from binhyen.areas.loading.write import WriteResult, write_areas
from binhyen.areas.queries.directory import mark_areas_changed
from binhyen.areas.rules.history import check_history
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Number of rows that a run added or corrected."""

    written: WriteResult
    units: int
    villages: int

    @property
    def has_changes(self) -> bool:
        return bool(self.written.has_changes or self.units or self.villages)


@transaction.atomic
def load_areas(*, now: dt.datetime, folder: Path = DATA, demo: bool = False) -> LoadResult:
    """Load all areas and units. Raises `rules.history.Refused` with «file:line» for a bad row; nothing is written
    then.
    """
    files = read_unit_files(folder)
    check_history(files.versions, files.edges)
    acquire_xact_lock(AdvisoryLock.AREAS)
    area_rows = write_areas(files)
    units = write_units(province_code=settings.PROVINCE_CODE, day=to_vietnam_day(now))
    villages = write_demo_villages(files.old_parts, folder) if demo else 0
    result = LoadResult(area_rows, units, villages)
    if result.has_changes:
        mark_areas_changed()
    return result


__all__ = ["DATA", "LoadResult", "load_areas"]
