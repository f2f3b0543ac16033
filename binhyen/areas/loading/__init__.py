"""Load the units that come with the program. Idempotent; one bad row rejects everything."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from binhyen.areas.loading.demo import write_demo_villages
from binhyen.areas.loading.read import DATA, read
from binhyen.areas.loading.units import write_units
from binhyen.areas.loading.write import Written, write
from binhyen.areas.queries.directory import changed
from binhyen.areas.rules.history import check
from binhyen.kit.clock import vietnam_day
from binhyen.kit.locks import Lock, wait_for


@dataclass(frozen=True, slots=True)
class Loaded:
    """Number of rows that a run added or corrected."""

    written: Written
    units: int
    villages: int

    @property
    def anything(self) -> bool:
        return bool(self.written.anything or self.units or self.villages)


@transaction.atomic
def load_areas(*, now: dt.datetime, folder: Path = DATA, demo: bool = False) -> Loaded:
    """Load all areas and units. Raises `rules.history.Refused` with «file:line» for a bad row; nothing is written
    then.
    """
    files = read(folder)
    check(files.versions, files.edges)
    wait_for(Lock.AREAS)
    written = write(files)
    units = write_units(province_code=settings.PROVINCE_CODE, day=vietnam_day(now))
    villages = write_demo_villages(files.old_parts, folder) if demo else 0
    loaded = Loaded(written, units, villages)
    if loaded.anything:
        changed()
    return loaded


__all__ = ["DATA", "Loaded", "load_areas"]
