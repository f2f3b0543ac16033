"""Which new reports tell of an incident that is open already: one statement a wave, whatever its size."""

import datetime as dt
from collections.abc import Sequence

from binhyen.cases import queries as cases
from binhyen.cases.told import Incident
from binhyen.intake.gathering import Match, Sameness, joinable
from binhyen.language.cluster import WINDOWS
from binhyen.language.places import Gazetteer

_seen: list[Sameness] = []


def find(fresh: Sequence[Incident | None], gazetteer: Gazetteer) -> list[Match | None]:
    """For each report that would open a case the incident it joins; None where it stands alone."""
    able = [i if i is not None and joinable(i) else None for i in fresh]
    candidates = [i for i in able if i is not None]
    if not candidates:
        return [None] * len(fresh)
    kin = {category for i in candidates for category in joinable(i)}
    oldest = min(i.at - dt.timedelta(hours=max(WINDOWS[c] for c in joinable(i))) for i in candidates)
    known = cases.incidents(units={i.unit_id for i in candidates}, categories=kin, since=oldest)
    return _sameness(gazetteer).gather(able, known)


def _sameness(gazetteer: Gazetteer) -> Sameness:
    if not _seen or _seen[0].gazetteer is not gazetteer:
        _seen[:] = [Sameness(gazetteer)]
    return _seen[0]
