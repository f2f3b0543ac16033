"""Lookup of open incidents that new reports belong to: at most three statements per batch of any size."""

import datetime as dt
from collections.abc import Sequence

from binhyen.cases.queries.incidents import incidents, read_tellings
from binhyen.channels.queries import published
from binhyen.intake.sameness import BY_KEY, Fresh, Match, Wave, joinable
from binhyen.language.places import Gazetteer
from binhyen.language.together import LONGEST, shipped


def find(fresh: Sequence[Fresh | None], gazetteer: Gazetteer) -> list[Match | None]:
    """Return for each report that would open a case the incident it joins; None if it stands alone."""
    keys = {key for each in fresh if each is not None for key in each.incident.keys}
    public = published(keys) if keys else frozenset()
    less = [each.without(public) if each is not None else None for each in fresh]
    able = [each if each is not None and joinable(each.incident) else None for each in less]
    candidates = [each.incident for each in able if each is not None]
    if not candidates:
        return [None] * len(fresh)
    since = min(i.at for i in candidates) - dt.timedelta(hours=LONGEST)
    known = incidents(units={i.unit_id for i in candidates}, categories=BY_KEY, since=since)
    wave = Wave(able, known, shipped())
    wanted = wave.wanted()
    of = {i.case_id: (i.category, i.commune_id) for i in known if i.case_id in wanted}
    return wave.gather(read_tellings(of, gazetteer))
