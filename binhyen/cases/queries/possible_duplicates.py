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
from binhyen.language.dedup.idf import idf_weight, is_common
from binhyen.language.distinctive_ids import is_public_phone
from binhyen.language.reading import DANGER

MAX_DISTANCE = 1500.0  # metres between two points of an event that a crowd sees
MIN_WORD_WEIGHT = 0.5  # weight of the words in both: a bridge, a load of timber; not «đánh nhau» alone
_MAX_COMPARED = 6  # cases of one commune whose text is compared, per page
_DATE_DIGITS = 8  # digits of a date without separators
_UNIQUE_DIGITS = 7  # digits that make a number unique
# events that a whole hamlet reports at once
_CROWDED, _AT_ONCE = frozenset(("fire", "traffic")), dt.timedelta(minutes=30)
REASON_LABELS = {
    "number": N_("cùng một số"),
    "point": N_("hai điểm gần nhau"),
    "spot": N_("cùng một chỗ"),
    "words": N_("lời kể giống nhau"),
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CaseFeatures:
    """Features of a case for this test.

    `text`: normalized report text; `search_text`: the search text with numbers; `commune_name`: normalized.
    """

    text: str
    folded: str
    home: str
    sensitive: bool
    urgency: int
    point: tuple[float, float] | None


def find_reason(left: CaseFeatures, right: CaseFeatures) -> str:
    """Return why two cases may be the same incident; "" where there is no reason."""
    if _is_confidential(left) or _is_confidential(right):
        return ""
    if shares_number(left, right):
        return "number"
    if left.point and right.point:
        return "point" if _compute_distance(left.point, right.point) <= MAX_DISTANCE else ""
    return "words" if _score_shared_words(left, right) >= MIN_WORD_WEIGHT else ""


def shares_number(left: CaseFeatures, right: CaseFeatures) -> bool:
    """Return whether both name the same plate, account or phone."""
    return bool(_extract_numbers(left) & _extract_numbers(right))


class ClusterCase(NamedTuple):
    """A case for clustering. `near_code`: the code of the case that it is offered to be merged with, or ""."""

    code: str
    near: str
    category: str
    commune_id: int | None
    at: dt.datetime


def cluster_cases(cases: Sequence[ClusterCase]) -> list[list[str]]:
    """Cluster the codes of cases that may be one incident.

    Connected are cases by the offers of intake, and fires or crashes of one commune within 30 minutes.
    Only to show them side by side, never to merge them. Clusters and their codes keep the input order; an offered case
    need not be among the cases.
    """
    leads: dict[str, str] = {}

    def find_root(code: str) -> str:
        while code in leads:
            code = leads[code]
        return code

    def unite(left: str, right: str) -> None:
        if find_root(left) != find_root(right):
            leads[find_root(left)] = find_root(right)

    latest: dict[tuple[str, int | None], ClusterCase] = {}
    for case in sorted(cases, key=lambda case: case.at):
        if case.near:
            unite(case.code, case.near)
        crowd = (case.category, case.commune_id)
        previous = latest.get(crowd)
        if previous is not None and case.at - previous.at <= _AT_ONCE:
            unite(case.code, previous.code)
        if case.category in _CROWDED and case.commune_id is not None:
            latest[crowd] = case
    clusters: dict[str, list[str]] = {}
    for case in cases:
        clusters.setdefault(find_root(case.code), []).append(case.code)
    return list(clusters.values())


def select_closest(features: CaseFeatures, others: Sequence[tuple[T, CaseFeatures]]) -> list[T]:
    """Return the few cases worth comparing by text.

    Most shared distinctive words first, then newest (the input order).
    """
    return [
        item for item, _ in sorted(others, key=lambda pair: -_score_shared_words(features, pair[1]))[:_MAX_COMPARED]
    ]


def _score_shared_words(left: CaseFeatures, right: CaseFeatures) -> float:
    """Return the weight of the shared words, without those of their communes' names."""
    shared = set(left.text.split()) & set(right.text.split()) - set(left.home.split()) - set(right.home.split())
    return sum(idf_weight(word) for word in shared if not is_common(word) and not any(char.isdigit() for char in word))


def _is_confidential(side: CaseFeatures) -> bool:
    return side.sensitive and side.urgency < DANGER  # a danger is public knowledge, even where a person is named in it


def _extract_numbers(side: CaseFeatures) -> set[str]:
    return {
        word
        for word in side.folded.split()
        if sum(char.isdigit() for char in word) >= _UNIQUE_DIGITS and _is_unique_number(word)
    }


def _is_unique_number(word: str) -> bool:
    """Return whether a word is a phone, plate or account: no date (26/11/2026, 26112026), sum (5.000.000), hotline."""
    day = len(word) == _DATE_DIGITS and word[4:6] == "20"
    return word.isalnum() and not day and not is_public_phone(word) and not word.rstrip("d").endswith("000")


def _compute_distance(left: tuple[float, float], right: tuple[float, float]) -> float:
    north = math.radians(right[0] - left[0])
    east = math.radians(right[1] - left[1]) * math.cos(math.radians(left[0]))
    return 6_371_000.0 * math.hypot(north, east)
