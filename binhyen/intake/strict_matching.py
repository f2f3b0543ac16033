"""Strict incident matching for danger: whether two reports are certainly one incident, or certainly two. Pure.

The learned score is not enough where a life is at stake: in one hamlet a husband attacks his wife while youths fight,
and both reports use similar words. Danger reports are joined only if a place finer than a hamlet, coordinates or a text
that adds nothing links them, and nothing contradicts.
"""

import re
from collections.abc import Iterator, Sequence

from binhyen.cases.incident_features import IncidentFeatures
from binhyen.language.dedup.pair_model import has_different_topic
from binhyen.language.dedup.report_features import ReportFeatures

_AGE_GROUPS = frozenset(("child", "baby", "elder"))
_MAX_AGE_DIFFERENCE, _MIN_PEOPLE_CHANCE = 3, 0.5
_MIN_COPIED_WORDS, _MIN_COPIED_SHARE = (
    4,
    0.75,
)  # shared words that need no common place, their share: one text was copied from the other
_FAMILY_WORDS = re.compile(
    r"\b(?:chong|vo|bo|cha|me) (?:toi|tui|em|chau|minh|tao)\b"
    r"|\b(?:danh|doa|giet|duoi|chem|dap|bop co) (?:vo|chong|con|me|bo|cha)\b|\b(?:vo chong|bo duong|me ke|di ghe)\b"
)
_SEX_WORDS = (
    re.compile(r"\b(?:be|chau|con|em|dua|hoc sinh) trai\b|\bong (?:cu|noi|ngoai|gia)\b|\b(?:cu|gia) ong\b"),
    re.compile(r"\b(?:be|chau|con|em|dua|hoc sinh) gai\b|\bba (?:cu|noi|ngoai|gia)\b|\b(?:cu|gia) ba\b"),
)
_EXCLUSIVE_TOPICS = (
    frozenset(("crash",)),
    frozenset(("fight", "shots", "scream", "home")),
)  # an accident, and a deliberate act


def is_certain_match(reports: Sequence[IncidentFeatures], latest: IncidentFeatures, *, points: bool) -> bool:
    """Return whether `latest` certainly belongs to these reports. `points`: their coordinates are the same place."""
    is_linked = points or any(_is_linked(report, latest) for report in reports)
    return is_linked and not any(_contradicts(report, latest) for report in reports)


def _is_linked(earlier: IncidentFeatures, latest: IncidentFeatures) -> bool:
    return shares_spot(earlier, latest) or is_subset(earlier, latest)


def shares_spot(left: IncidentFeatures, right: IncidentFeatures) -> bool:
    """Return whether a house, a shop or a crossroads that one report names occurs in the text of the other."""
    return any(map(right.mentions_spot, left.spots)) or any(map(left.mentions_spot, right.spots))


def is_subset(earlier: IncidentFeatures, latest: IncidentFeatures) -> bool:
    """Return whether `latest` adds nothing to `earlier`: another incident would be indistinguishable."""
    common, all_words = earlier.matter & latest.matter, earlier.matter | latest.matter
    is_copied = len(common) >= _MIN_COPIED_WORDS and len(common) >= _MIN_COPIED_SHARE * len(all_words)
    is_contained = (
        bool(latest.matter)
        and latest.matter <= earlier.matter
        and bool(earlier.learned_features.spots & latest.learned_features.spots)
    )
    return (is_copied or is_contained) and all(map(earlier.mentions_spot, latest.spots))


def _contradicts(left: IncidentFeatures, right: IncidentFeatures) -> bool:
    return any(_iter_contradictions(left, right))


def _iter_contradictions(left: IncidentFeatures, right: IncidentFeatures) -> Iterator[bool]:
    left_profile, right_profile = left.learned_features.profile, right.learned_features.profile
    yield _is_disjoint(left_profile.topics & _AGE_GROUPS, right_profile.topics & _AGE_GROUPS)
    yield bool(left_profile.ages and right_profile.ages) and all(
        abs(topic_set - other_set) > _MAX_AGE_DIFFERENCE
        for topic_set in left_profile.ages
        for other_set in right_profile.ages
    )
    yield _is_disjoint(_find_sexes(left), _find_sexes(right))
    yield _is_disjoint(left_profile.people, right_profile.people)
    yield _is_disjoint(_get_plates(left.learned_features), _get_plates(right.learned_features))
    yield (
        _is_violent(left.learned_features)
        and _is_violent(right.learned_features)
        and _is_domestic(left) != _is_domestic(right)
    )
    yield any(
        _is_exclusive(topic_set, other_set, left_profile.topics, right_profile.topics)
        for topic_set, other_set in (_EXCLUSIVE_TOPICS, _EXCLUSIVE_TOPICS[::-1])
    )


def _is_disjoint(left: frozenset[str], right: frozenset[str]) -> bool:
    return bool(left and right) and not left & right


def _is_domestic(report: IncidentFeatures) -> bool:
    return _FAMILY_WORDS.search(report.text) is not None


def _find_sexes(report: IncidentFeatures) -> frozenset[str]:
    return frozenset(str(index) for index, pattern in enumerate(_SEX_WORDS) if pattern.search(report.text))


def _get_plates(features: ReportFeatures) -> frozenset[str]:
    return frozenset(key for key in features.keys if key.startswith("PLATE:"))


def _is_violent(features: ReportFeatures) -> bool:
    return any(features.chances.get(name, 0.0) > 0.3 for name in ("violence", "public_order", "theft"))


def _is_exclusive(
    topics: frozenset[str], other_topics: frozenset[str], left: frozenset[str], right: frozenset[str]
) -> bool:
    return bool(left & topics and right & other_topics) and not (left & other_topics or right & topics)


def is_other_incident(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return whether the events or the people differ: two children missing, each from its own home."""
    differ_in_people = (
        _is_about_people(left)
        and _is_about_people(right)
        and not (left.spots & right.spots or _is_same_person(left, right))
    )
    return differ_in_people or has_different_topic(left, right)


def _is_about_people(features: ReportFeatures) -> bool:
    return (
        sum(features.chances.get(category, 0.0) for category in ("missing_person", "found_person")) > _MIN_PEOPLE_CHANCE
    )


def _is_same_person(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return whether both have the same name, or an age that two people may guess differently, and no other name."""
    left_profile, right_profile = left.profile, right.profile
    if left_profile.people and right_profile.people:
        return bool(left_profile.people & right_profile.people)
    return any(
        abs(left_age - right_age) <= _MAX_AGE_DIFFERENCE
        for left_age in left_profile.ages
        for right_age in right_profile.ages
    )
