"""Does a new report tell of an incident that is open already? Pure: no clock, no database.

What may be joined at all is decided here: nothing secret, nothing about police, nothing of another unit, and by words
only what many people see happen. Whether two that may are one is the learnt judgement of `language/together`, the same
that `binhyen cluster` prints; of danger to life it only offers, unless `surely.py` has no doubt either.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from binhyen.cases.told import Incident, Telling
from binhyen.cases.words import NEVER_DOWN
from binhyen.intake.pointing import accuses, wrongs
from binhyen.intake.rules import CONFIDED
from binhyen.intake.surely import adds_nothing, bound, two_matters
from binhyen.language.reading import DANGER
from binhyen.language.together import WINDOWS, Pair, Told, exact
from binhyen.language.together.rarity import common, weight

# What many see happen. Of thefts and the like only a shared number tells: two people were robbed in one village.
_SEEN = frozenset(
    ("violence", "fire", "traffic", "public_order", "environment_noise", "missing_person", "found_person",
     "weapon_handover")
)  # fmt: skip
_ROBBED = frozenset(("theft", "scam"))
BY_KEY = _SEEN | _ROBBED
# What people call one incident by different names, and the reader with them; anything else in two of them is two.
_KIN = (
    frozenset(("violence", "public_order", "weapon_handover", "theft", "drugs_gambling")),
    frozenset(("traffic", "fire", "welfare")),
    frozenset(("traffic", "public_order")),
    frozenset(("fire", "environment_noise")),
    frozenset(("missing_person", "found_person", "welfare")),
)
_ANYTHING = "other"  # the reader cannot name what it is
_FEARED = 2  # the urgency of what may become a danger to life
_COMPARED = 4  # incidents that one report is compared with, the likeliest by their words
_VAGUE = 0.85  # asked of two that name no spot in common: two lorries stand in two streets


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new report. `told` reads it for comparing; it is called only where there is something to compare with."""

    incident: Incident
    told: Callable[[], Telling]

    def without(self, public: Collection[str]) -> "Fresh":
        """The same where these numbers and links tell nothing: police made them known themselves."""
        shared = self.incident.keys.intersection(public)
        if not shared:
            return self
        less = replace(self.incident, keys=self.incident.keys - shared)
        return Fresh(less, lambda: self.told().without(shared))


@dataclass(frozen=True, slots=True)
class Match:
    """Where a new report belongs: a case, or (case_id 0) the report at `position` of the same wave. `why`: a code;
    `sure`: else it stands for itself, and whoever reads it is offered the other; `news`: it tells what nobody told.
    """

    case_id: int
    position: int
    why: str
    sure: bool = True
    news: bool = True


Tellings = Mapping[int, Sequence[Telling]]
"""Case id → what its tellers told."""
_Open = tuple[Incident, int, Sequence[Telling]]


class Wave:
    """The reports of one wave beside the open cases of their units. First `wanted`, then, with those read, `gather`."""

    def __init__(self, fresh: Sequence[Fresh | None], known: Sequence[Incident], pair: Pair) -> None:
        self._fresh, self._pair = fresh, pair
        self._told: dict[int, Telling] = {}
        self._units: dict[int, _Unit] = {}
        for case in known:
            self._of(case.unit_id).add(case, -1)
        self._known = [self._likely(each) if each else [] for each in fresh]

    def wanted(self) -> set[int]:
        """Cases whose tellings are compared."""
        return {case.case_id for likely in self._known for case, _ in likely}

    def gather(self, tellings: Tellings) -> list[Match | None]:
        """For each new report (None: opens nothing) what it joins: an open case, or an earlier one of the wave."""
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
        if joined is None or joined.why == "key":  # a number that did not suffice above
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
    """The incidents of one unit, found by their words: the cost of a report does not grow with all that is open."""

    def __init__(self) -> None:
        self._all: list[tuple[Incident, int]] = []
        self._holding: dict[str, list[int]] = {}

    def add(self, incident: Incident, position: int) -> None:
        for word in _words(incident):
            self._holding.setdefault(word, []).append(len(self._all))
        self._all.append((incident, position))

    def likely(self, mine: Incident) -> list[tuple[Incident, int]]:
        """At most `_COMPARED`: those that share a number or the most telling words, then the newest."""
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
    """May such a report be one more of something that is open? Else it always stands for itself."""
    if _secret(incident) or incident.complaint or incident.category in NEVER_DOWN:
        return False
    return (_seen(incident) and incident.commune_id is not None) or bool(incident.keys and incident.category in BY_KEY)


def comparable(one: Incident, other: Incident) -> bool:
    """May the two be one incident at all, by what costs nothing to know?

    Never across secrecy, never about an officer, never between units: whoever may read the one may read the other.
    """
    if one.unit_id != other.unit_id or one.sensitive != other.sensitive or _secret(one) or _secret(other):
        return False
    if {one.category, other.category} & NEVER_DOWN or one.complaint or other.complaint:
        return False
    return _seen_there(one, other) or (one.category == other.category and one.category in BY_KEY)


def by_words(one: Incident, other: Incident) -> bool:
    """May words tell? Only of what many see, where both are known to be in one commune, and never where one of them
    would be lost in the other: danger in a petition, a stray cow in the smoke of somebody's rubbish.
    """
    able = _seen_there(one, other) and _akin(one.category, other.category) and _as_grave(one, other)
    return able and not _in_confidence(one, other)


def _seen_there(one: Incident, other: Incident) -> bool:
    return one.commune_id is not None and one.commune_id == other.commune_id and _seen(one) and _seen(other)


def _akin(one: str, other: str) -> bool:
    return one == other or _ANYTHING in (one, other) or any({one, other} <= kin for kin in _KIN)


def _as_grave(one: Incident, other: Incident) -> bool:
    """Danger to life joins danger, or the very same as it was first called: a crash that turns out to be a bad one.
    Smoke that nobody feared is no house on fire.
    """
    least = min(one.urgency, other.urgency)
    if max(one.urgency, other.urgency) < DANGER or least >= DANGER:
        return True
    return one.category == other.category and (least >= _FEARED or one.category != "fire")


def _in_confidence(one: Incident, other: Incident) -> bool:
    """What accuses somebody or was told in confidence is one by a number only: in one hamlet there are two rogues."""
    return min(one.urgency, other.urgency) < DANGER and bool({one.category, other.category} & CONFIDED)


def _grave(one: Incident, other: Incident) -> bool:
    """Danger in either: what sounds calm beside it may only be badly told."""
    return max(one.urgency, other.urgency) >= DANGER


def _worth(mine: Incident, other: Incident) -> bool:
    """Only these are read: words may join them, or a number."""
    return comparable(mine, other) and (bool(mine.keys) or by_words(mine, other))


def _news(tellings: Sequence[Telling], mine: Telling) -> bool:
    return not any(adds_nothing(one, mine) for one in tellings)


def _lasts(tellings: Sequence[Telling], mine: Telling) -> bool:
    """Somebody told of it not longer ago than such incidents last."""
    now, window = mine.told.at, mine.told.window
    return any(abs((now - t.told.at).total_seconds()) <= 3600 * max(window, t.told.window) for t in tellings)


def _near(one: Told, mine: Told, chance: float) -> bool:
    """They share more than the name of their commune, and contradict each other neither in what happened nor in where:
    rubbish burns at one place, a house at another.
    """
    there = bool(one.spots & mine.spots)
    if (one.spots and mine.spots and not there) or two_matters(one, mine):
        return False
    return _share(one, mine) and (there or chance >= _VAGUE)


def _perhaps(one: Told, mine: Told, chance: float) -> bool:
    """Enough to offer the one to whoever reads the other: people name one place each in their own words."""
    return not two_matters(one, mine) and (_share(one, mine) or chance >= _VAGUE)


def _share(one: Told, mine: Told) -> bool:
    return bool((one.words & mine.words) - one.home - mine.home)


def _seen(incident: Incident) -> bool:
    return incident.category in _SEEN or incident.urgency >= DANGER


def _secret(incident: Incident) -> bool:
    """A tip, a victim's own word. A fight that goes on is told by the whole market, whoever is named in it."""
    return incident.sensitive and incident.urgency < DANGER


def _openly(one: Incident, other: Incident, tellings: Sequence[Telling]) -> bool:
    """May whoever told the one hear what is answered to the other? A number that both name joins what everybody sees
    and those whom one thief robbed; where else somebody is accused, the second to name it may be the accused, asking.
    """
    both = {one.category, other.category}
    if min(one.urgency, other.urgency) >= DANGER or both <= _ROBBED:
        return True
    return not both & CONFIDED and not any(accuses(each.said) or wrongs(each.said) for each in tellings)


def _one_thing(one: Incident, other: Incident) -> bool:
    """A number in both is one incident within the time such incidents take: a plate comes back years later."""
    hours = min(WINDOWS[one.category], WINDOWS[other.category])
    return abs(one.at - other.at) <= dt.timedelta(hours=hours)
