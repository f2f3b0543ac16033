"""Incident matching: whether a new report belongs to an open incident. Pure: no clock, no database.

The conditions are here: nothing secret, nothing about police, nothing of another unit, and by text only events that
many people see. Whether two reports are one incident is the learned score of `language/together`, the same that
`binhyen cluster` prints; for danger to life it only suggests, unless `strict_matching.py` is certain too.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from binhyen.cases.choices import NEVER_DOWN
from binhyen.cases.incident_features import Incident, Telling
from binhyen.cases.queries.duplicate_candidates import incidents, read_tellings
from binhyen.channels.queries import published
from binhyen.intake.accusations import accuses, wrongs
from binhyen.intake.decision import CONFIDED
from binhyen.intake.strict_matching import adds_nothing, bound, two_matters
from binhyen.language.dedup import LONGEST, WINDOWS, Pair, Told, exact, shipped
from binhyen.language.dedup.idf import common, weight
from binhyen.language.places import Gazetteer
from binhyen.language.reading import DANGER

# Events that many see. Thefts and the like match by a shared identifier only: two people may be robbed in one village.
_SEEN = frozenset(
    ("violence", "fire", "traffic", "public_order", "environment_noise", "missing_person", "found_person",
     "weapon_handover")
)  # fmt: skip
_ROBBED = frozenset(("theft", "scam"))
BY_KEY = _SEEN | _ROBBED
# Categories used for one incident by people and the classifier alike; any other two are two incidents.
_KIN = (
    frozenset(("violence", "public_order", "weapon_handover", "theft", "drugs_gambling")),
    frozenset(("traffic", "fire", "welfare")),
    frozenset(("traffic", "public_order")),
    frozenset(("fire", "environment_noise")),
    frozenset(("missing_person", "found_person", "welfare")),
)
_ANYTHING = "other"  # the classifier finds no category
_FEARED = 2  # urgency of a possible danger to life
_COMPARED = 4  # incidents compared with one report, the likeliest by their words
_VAGUE = 0.85  # minimum score of two reports without a common place: two lorries stand in two streets


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new report. `load_features` extracts its features; called only if there is a candidate to compare with."""

    incident: Incident
    told: Callable[[], Telling]

    def without(self, public: Collection[str]) -> "Fresh":
        """Return the report without these identifiers and links, which police published themselves."""
        shared = self.incident.keys.intersection(public)
        if not shared:
            return self
        less = replace(self.incident, keys=self.incident.keys - shared)
        return Fresh(less, lambda: self.told().without(shared))


@dataclass(frozen=True, slots=True)
class Match:
    """The match of a new report: a case, or (case_id 0) the report at `position` of the same batch. `why`: a code.

    `is_certain`: else it stays separate, and the other case is suggested to the officer; `has_news`: it adds
    information.
    """

    case_id: int
    position: int
    why: str
    sure: bool = True
    news: bool = True


Tellings = Mapping[int, Sequence[Telling]]
"""Case id → the features of its reports."""
_Open = tuple[Incident, int, Sequence[Telling]]


class Wave:
    """Matches a batch against the open cases of its units: `list_candidates`, then `match_all` with their features."""

    def __init__(self, fresh: Sequence[Fresh | None], known: Sequence[Incident], pair: Pair) -> None:
        self._fresh, self._pair = fresh, pair
        self._told: dict[int, Telling] = {}
        self._units: dict[int, _Unit] = {}
        for case in known:
            self._of(case.unit_id).add(case, -1)
        self._known = [self._likely(each) if each else [] for each in fresh]

    def wanted(self) -> set[int]:
        """Return the cases whose features are needed."""
        return {case.case_id for likely in self._known for case, _ in likely}

    def gather(self, tellings: Tellings) -> list[Match | None]:
        """Return the match of each new report (None: opens nothing): an open case or an earlier batch report."""
        found: list[Match | None] = []
        for position, each in enumerate(self._fresh):
            found.append(self._match(position, each, tellings) if each else None)
            if each is not None and not ((match := found[-1]) and match.sure):
                self._of(each.incident.unit_id).add(each.incident, position)
        return found

    def _match(self, position: int, each: Fresh, tellings: Tellings) -> Match | None:
        earlier = [pair for pair in self._likely(each) if pair[1] >= 0]
        likely = [(o, p, tellings.get(o.case_id, ())) for o, p in self._known[position]]
        likely += [(o, p, (self._read(p),)) for o, p in earlier]
        mine = self._read(position) if likely else None
        if mine is None:
            return None
        for other, where, told in likely:
            if any(exact(one.told, mine.told) for one in told) and _one_thing(each.incident, other):
                return Match(
                    other.case_id, where, "key", _openly(each.incident, other, [*told, mine]), news=_news(told, mine)
                )
        able = [(o, p, told) for o, p, told in likely if by_words(each.incident, o) and _lasts(told, mine)]
        sure = [one for one in able if not _grave(each.incident, one[0]) or self._bound(one[2], mine)]
        return self._likeliest(sure, mine) or self._likeliest(able, mine, sure=False)

    def _bound(self, told: Sequence[Telling], mine: Telling) -> bool:
        points = any(self._pair.judge(one.told, mine.told)[1] == "point" for one in told)
        return bound(told, mine, points=points)

    def _likeliest(self, among: Sequence[_Open], mine: Telling, *, sure: bool = True) -> Match | None:
        joined = self._pair.join(mine.told, [[one.told for one in told] for _, _, told in among])
        if joined is None or joined.why == "key":  # an identifier that was not sufficient above
            return None
        other, where, told = among[joined.position]
        enough = _near if sure else _perhaps
        if joined.why != "point" and not any(enough(one.told, mine.told, joined.chance) for one in told):
            return None
        return Match(other.case_id, where, joined.why, sure, _news(told, mine))

    def _likely(self, each: Fresh) -> list[tuple[Incident, int]]:
        unit = self._units.get(each.incident.unit_id)
        return unit.likely(each.incident) if unit else []

    def _read(self, position: int) -> Telling:
        told = self._told.get(position)
        if told is None:
            each = self._fresh[position]
            assert each is not None
            told = self._told[position] = each.told()
        return told

    def _of(self, unit_id: int) -> "_Unit":
        return self._units.setdefault(unit_id, _Unit())


class _Unit:
    """Word index of the incidents of one unit: the cost of a report does not grow with all open incidents."""

    def __init__(self) -> None:
        self._all: list[tuple[Incident, int]] = []
        self._holding: dict[str, list[int]] = {}

    def add(self, incident: Incident, position: int) -> None:
        for word in _words(incident):
            self._holding.setdefault(word, []).append(len(self._all))
        self._all.append((incident, position))

    def likely(self, mine: Incident) -> list[tuple[Incident, int]]:
        """Return at most `_MAX_CANDIDATES`: those that share an identifier or the rarest words, then the newest."""
        shared: defaultdict[int, float] = defaultdict(float)
        for word in _words(mine):
            worth = 10.0 if word in mine.keys else weight(word)
            for index in self._holding.get(word, ()):
                shared[index] += worth
        ranked = sorted(shared, key=lambda i: (-shared[i], i))
        rest = (i for i in range(len(self._all)) if i not in shared)
        able = (self._all[i] for i in chain(ranked, rest) if _worth(mine, self._all[i][0]))
        return list(islice(able, _COMPARED))


def _words(incident: Incident) -> set[str]:
    return {word for word in incident.folded.split()[:400] if not common(word)}


def joinable(incident: Incident) -> bool:
    """Return whether such a report may join an open incident; else it always stands alone."""
    if _secret(incident) or incident.complaint or incident.category in NEVER_DOWN:
        return False
    return (_seen(incident) and incident.commune_id is not None) or bool(incident.keys and incident.category in BY_KEY)


def comparable(one: Incident, other: Incident) -> bool:
    """Return whether two reports may be one incident at all, by cheap checks.

    Never across secrecy, never about an officer, never between units: a reader of one may always read the other.
    """
    if one.unit_id != other.unit_id or one.sensitive != other.sensitive or _secret(one) or _secret(other):
        return False
    if {one.category, other.category} & NEVER_DOWN or one.complaint or other.complaint:
        return False
    return _seen_there(one, other) or (one.category == other.category and one.category in BY_KEY)


def by_words(one: Incident, other: Incident) -> bool:
    """Return whether text may link them: only events seen by many, in one known commune, of similar severity.

    Otherwise one would be lost in the other: danger in a petition, a stray cow in the smoke of burning rubbish.
    """
    able = _seen_there(one, other) and _akin(one.category, other.category) and _as_grave(one, other)
    return able and not _in_confidence(one, other)


def _seen_there(one: Incident, other: Incident) -> bool:
    return one.commune_id is not None and one.commune_id == other.commune_id and _seen(one) and _seen(other)


def _akin(one: str, other: str) -> bool:
    return one == other or _ANYTHING in (one, other) or any({one, other} <= kin for kin in _KIN)


def _as_grave(one: Incident, other: Incident) -> bool:
    """Return whether the severity is similar: both dangers, or one category that was less urgent at first.

    E.g. a crash that turns out to be serious. Smoke that worried no one is no house fire.
    """
    least = min(one.urgency, other.urgency)
    if max(one.urgency, other.urgency) < DANGER or least >= DANGER:
        return True
    return one.category == other.category and (least >= _FEARED or one.category != "fire")


def _in_confidence(one: Incident, other: Incident) -> bool:
    """Return whether only an identifier may link them: they are confidential; one hamlet has two rogues."""
    return min(one.urgency, other.urgency) < DANGER and bool({one.category, other.category} & CONFIDED)


def _grave(one: Incident, other: Incident) -> bool:
    """Return whether either reports danger: a calm report beside it may only be badly told."""
    return max(one.urgency, other.urgency) >= DANGER


def _worth(mine: Incident, other: Incident) -> bool:
    """Return whether the pair is worth comparing: text or an identifier may link them."""
    return comparable(mine, other) and (bool(mine.keys) or by_words(mine, other))


def _news(tellings: Sequence[Telling], mine: Telling) -> bool:
    return not any(adds_nothing(one, mine) for one in tellings)


def _lasts(tellings: Sequence[Telling], mine: Telling) -> bool:
    """Return whether a report of it is recent enough for such incidents."""
    now, window = mine.told.at, mine.told.window
    return any(abs((now - t.told.at).total_seconds()) <= 3600 * max(window, t.told.window) for t in tellings)


def _near(one: Told, mine: Told, chance: float) -> bool:
    """Return whether they share more than the commune name and contradict each other neither in event nor in place.

    Rubbish burns at one place, a house at another.
    """
    there = bool(one.spots & mine.spots)
    if (one.spots and mine.spots and not there) or two_matters(one, mine):
        return False
    return _share(one, mine) and (there or chance >= _VAGUE)


def _perhaps(one: Told, mine: Told, chance: float) -> bool:
    """Return whether to suggest the match to the officer: people name one place each in their own words."""
    return not two_matters(one, mine) and (_share(one, mine) or chance >= _VAGUE)


def _share(one: Told, mine: Told) -> bool:
    return bool((one.words & mine.words) - one.home - mine.home)


def _seen(incident: Incident) -> bool:
    return incident.category in _SEEN or incident.urgency >= DANGER


def _secret(incident: Incident) -> bool:
    """Return whether it is a tip or a victim's own report. A fight is public, even with names in it."""
    return incident.sensitive and incident.urgency < DANGER


def _openly(one: Incident, other: Incident, tellings: Sequence[Telling]) -> bool:
    """Return whether a reporter of one may receive the replies to the other.

    A shared identifier joins events seen by all, and victims of one thief; in other accusations the second person to
    name it may be the accused, asking.
    """
    both = {one.category, other.category}
    if min(one.urgency, other.urgency) >= DANGER or both <= _ROBBED:
        return True
    return not both & CONFIDED and not any(accuses(each.said) or wrongs(each.said) for each in tellings)


def _one_thing(one: Incident, other: Incident) -> bool:
    """Return whether they lie within the usual duration of one incident: a plate may recur years later."""
    hours = min(WINDOWS[one.category], WINDOWS[other.category])
    return abs(one.at - other.at) <= dt.timedelta(hours=hours)


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
