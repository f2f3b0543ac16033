"""Cheap test whether two cases may be the same incident. Pure.

People on both sides of a commune border report the same event, and the police of each side open a case; this only
informs officers with access to both, nothing is merged. Stricter than within a commune: a shared number, points close
together, or distinctive words in both.
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from binhyen.kit.i18n_markers import N_
from binhyen.language.dedup.idf import common, weight
from binhyen.language.distinctive_ids import everybodys_phone
from binhyen.language.reading import DANGER

CLOSE = 1500.0  # metres between two points of an event that a crowd sees
TELLING = 0.5  # weight of the words in both: a bridge, a load of timber; not «đánh nhau» alone
_READ = 6  # cases of one commune whose text is compared, per page
_DAY = 8  # digits of a date without separators
_FIGURES = 7  # digits that make a number unique
# events that a whole hamlet reports at once
_CROWDED, _AT_ONCE = frozenset(("fire", "traffic")), dt.timedelta(minutes=30)
WHYS = {
    "number": N_("cùng một số"), "point": N_("hai điểm gần nhau"), "spot": N_("cùng một chỗ"),
    "words": N_("lời kể giống nhau"),
}  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Side:
    """Features of a case for this test.

    `text`: normalized report text; `search_text`: the search text with numbers; `commune_name`: normalized.
    """

    said: str
    folded: str
    home: str
    sensitive: bool
    urgency: int
    point: tuple[float, float] | None


def why(one: Side, other: Side) -> str:
    """Return why two cases may be the same incident; "" where there is no reason."""
    if _secret(one) or _secret(other):
        return ""
    if one_number(one, other):
        return "number"
    if one.point and other.point:
        return "point" if _metres(one.point, other.point) <= CLOSE else ""
    return "words" if _shared(one, other) >= TELLING else ""


def one_number(one: Side, other: Side) -> bool:
    """Return whether both name the same plate, account or phone."""
    return bool(_numbers(one) & _numbers(other))


class Told(NamedTuple):
    """A case for clustering. `near_code`: the code of the case that it is offered to be merged with, or ""."""

    code: str
    near: str
    category: str
    commune_id: int | None
    at: dt.datetime


def heaps(cases: Sequence[Told]) -> list[list[str]]:
    """Cluster the codes of cases that may be one incident.

    Connected are cases by the offers of intake, and fires or crashes of one commune within 30 minutes.
    Only to show them side by side, never to merge them. Clusters and their codes keep the input order; an offered case
    need not be among the cases.
    """
    leads: dict[str, str] = {}

    def end(code: str) -> str:
        while code in leads:
            code = leads[code]
        return code

    def tie(one: str, other: str) -> None:
        if end(one) != end(other):
            leads[end(one)] = end(other)

    latest: dict[tuple[str, int | None], Told] = {}
    for case in sorted(cases, key=lambda case: case.at):
        if case.near:
            tie(case.code, case.near)
        crowd = (case.category, case.commune_id)
        before = latest.get(crowd)
        if before is not None and case.at - before.at <= _AT_ONCE:
            tie(case.code, before.code)
        if case.category in _CROWDED and case.commune_id is not None:
            latest[crowd] = case
    found: dict[str, list[str]] = {}
    for case in cases:
        found.setdefault(end(case.code), []).append(case.code)
    return list(found.values())


def closest(mine: Side, others: Sequence[tuple[T, Side]]) -> list[T]:
    """Return the few cases worth comparing by text.

    Most shared distinctive words first, then newest (the input order).
    """
    return [each for each, _ in sorted(others, key=lambda pair: -_shared(mine, pair[1]))[:_READ]]


def _shared(one: Side, other: Side) -> float:
    """Return the weight of the shared words, without those of their communes' names."""
    shared = set(one.said.split()) & set(other.said.split()) - set(one.home.split()) - set(other.home.split())
    return sum(weight(word) for word in shared if not common(word) and not any(c.isdigit() for c in word))


def _secret(side: Side) -> bool:
    return side.sensitive and side.urgency < DANGER  # a danger is public knowledge, even where a person is named in it


def _numbers(side: Side) -> set[str]:
    return {word for word in side.folded.split() if sum(c.isdigit() for c in word) >= _FIGURES and _one_thing(word)}


def _one_thing(word: str) -> bool:
    """Return whether a word is a phone, plate or account: no date (26/11/2026, 26112026), sum (5.000.000), hotline."""
    day = len(word) == _DAY and word[4:6] == "20"
    return word.isalnum() and not day and not everybodys_phone(word) and not word.rstrip("d").endswith("000")


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    north = math.radians(other[0] - one[0])
    east = math.radians(other[1] - one[1]) * math.cos(math.radians(one[0]))
    return 6_371_000.0 * math.hypot(north, east)
