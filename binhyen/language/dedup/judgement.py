"""Judgement of two reports, or of a report and an open incident: join, offer the pair to an officer, or keep apart.

The only such decision: intake, the case page and `binhyen cluster` call `judge_incidents`. The trained score says how
likely one incident is; this module says what the score is enough for. It is not enough where a life is at stake: in one
hamlet a husband attacks his wife while youths fight, and both reports use similar words. Dangers join only if a place
finer than a hamlet, coordinates or a text that adds nothing links them, and nothing contradicts; else they are offered.
Pure.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import align
from binhyen.language.dedup.pair_model import JOIN_THRESHOLD, has_different_topic
from binhyen.language.dedup.report_features import (
    MIN_NAME_IDF,
    ReportFeatures,
    extract_report_features,
    idf,
)
from binhyen.language.entities.place_cues import LANDMARK, TITLES, TYPES
from binhyen.language.phrase_trie import word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import DANGER, Entity
from binhyen.language.tokenizer import tokenize

# Events that many see. Thefts and the like join by a shared identifier only: two people may be robbed in one village.
VISIBLE_CATEGORIES = frozenset(
    (
        "violence",
        "fire",
        "traffic",
        "public_order",
        "environment_noise",
        "missing_person",
        "found_person",
        "weapon_handover",
    )
)
# Categories used for one incident by people and the classifier alike; any other two are two incidents.
_RELATED_CATEGORIES = (
    frozenset(("violence", "public_order", "weapon_handover", "theft", "drugs_gambling")),
    frozenset(("traffic", "fire", "welfare")),
    frozenset(("traffic", "public_order")),
    frozenset(("fire", "environment_noise")),
    frozenset(("missing_person", "found_person", "welfare")),
)
_UNKNOWN_CATEGORY = "other"  # the classifier finds no category
_THREATENING_URGENCY = 2  # urgency of a possible danger to life
# Place words at least as wide as a hamlet: two separate dangers fit into such a place.
_WIDE_PLACES = word_set("""
    song bien bai nui ru rung de deo doc ho kenh ngoi dong canh khu kcn kkt kdt cum ccn dao hon cang cua doi bau thon
    xom to tdp khoi lang ban ap doi tieu duong pho ql tl quoc tinh huong dai cao km p x h xa phuong thi huyen tp tt
    """)
_SHOP_NAME_WORDS = 2  # words: «quán bà Tình»
# Calls for help and function words: they say nothing about the incident.
_CALL_WORDS = word_set("""
    a ad ai alo an anh ba bac ban ben can cac cap chi chinh cho chu co con cong cua cuu da dan dang day de di dia do
    du em gap giup giu goi gui ho hom kia lam lap len luc ma may minh moi nay ngay nghi nguoi nha nhe nhanh ni o oi qua
    quyen ra rat roi sang sao tai te thay thi thoi tin toi tren trong tuc va voi vua xin xuong
    """)
_MIN_CHANCE_WITHOUT_PLACE = (
    0.85  # minimum score of two reports without a common place: two lorries stand in two streets
)
_AGE_GROUPS = frozenset(("child", "baby", "elder"))
_MAX_AGE_DIFFERENCE, _MIN_PEOPLE_CHANCE = 3, 0.5
_MIN_COPIED_WORDS, _MIN_COPIED_SHARE = (
    4,
    0.85,
)  # shared words that need no common place, their share: one text was copied from the other
_FAMILY_WORDS = re.compile(
    r"\b(?:chong|vo|bo|cha|me) (?:toi|tui|em|chau|minh|tao)\b"
    r"|\b(?:danh|doa|giet|duoi|chem|dap|bop co) (?:vo|chong|con|me|bo|cha)\b|\b(?:vo chong|bo duong|me ke|di ghe)\b"
)
_MAX_LETTERS = 2000  # of a report read for its numbers
_HOUSE_NUMBER = re.compile(r"\b(?:nha so|so nha|phong|ngo|hem|kiot|ki ot) (\d{1,4})\b")
_NUMBER = re.compile(r"\b\d{1,4}\b")
_SEX_WORDS = (
    re.compile(r"\b(?:be|chau|con|em|dua|hoc sinh) trai\b|\bong (?:cu|noi|ngoai|gia)\b|\b(?:cu|gia) ong\b"),
    re.compile(r"\b(?:be|chau|con|em|dua|hoc sinh) gai\b|\bba (?:cu|noi|ngoai|gia)\b|\b(?:cu|gia) ba\b"),
)
_EXCLUSIVE_TOPICS = (
    frozenset(("crash",)),
    frozenset(("fight", "shots", "scream", "home")),
)  # an accident, and a deliberate act


class MatchVerdict(IntEnum):
    """What to do with a report that may be of an incident already reported."""

    SEPARATE = 0
    OFFER = 1  # an officer decides
    JOIN = 2


@dataclass(frozen=True, slots=True)
class ReportedIncident:
    """What is known of one incident, open or new: its category, its urgency and the features of its reports."""

    category: str
    urgency: int
    reports: Sequence["IncidentFeatures"]

    @property
    def is_visible(self) -> bool:
        """Whether many see such an event, so that several people report it."""
        return self.category in VISIBLE_CATEGORIES or self.urgency >= DANGER


@dataclass(frozen=True, slots=True)
class Score:
    """A trained score: probability, and its reason (one of REASONS of the pair model).

    `in_context`: of a whole stream, which accounts for all other reports; the score of a pair alone needs support.
    """

    chance: float
    why: str
    in_context: bool = False


@dataclass(frozen=True, slots=True)
class IncidentFeatures:
    """Features of one report text, ready to be compared.

    `learned_features`: for the learned model; `text`: the normalized text; `spots`: its places finer than a hamlet, as
    written («quan hai xom», «ong tinh»); `matter`: the words other than places and calls for help; `numbers`: its short
    numbers; `houses`: those of houses, lanes and rooms.
    """

    learned_features: ReportFeatures
    text: str
    spots: frozenset[str]
    matter: frozenset[str]
    numbers: frozenset[str]
    houses: frozenset[str]

    def ignore_identifiers(self, norms: Collection[str]) -> "IncidentFeatures":
        """Return a copy that ignores these numbers and links (lower case)."""
        return replace(self, learned_features=self.learned_features.without_identifiers(norms))

    def mentions_spot(self, spot: str) -> bool:
        return f" {spot} " in f" {self.text} "


def extract_features(
    text: str,
    sent_at: dt.datetime,
    commune: str | None,
    chances: Mapping[str, float],
    entities: Sequence[Entity],
    gazetteer: Gazetteer,
    point: tuple[float, float] | None = None,
) -> IncidentFeatures:
    """Extract the features of one report, as the learned model needs them."""
    places = [_normalize(entity.text) for entity in entities if entity.type == "PLACE"]
    normalized, folded = _normalize(text), fold_text(text[:_MAX_LETTERS])
    content = f" {normalized} "
    for place in sorted(places, key=len, reverse=True):
        content = content.replace(f" {place} ", " ")
    return IncidentFeatures(
        learned_features=extract_report_features(text, sent_at, commune, chances, entities, gazetteer, point),
        text=normalized,
        spots=frozenset(_find_named_places(entities, gazetteer)) | frozenset(_find_house_owners(text, entities)),
        matter=frozenset(content.replace(" cuu hoa ", " ").split()) - _CALL_WORDS,
        numbers=frozenset(_NUMBER.findall(folded)),
        houses=frozenset(_HOUSE_NUMBER.findall(folded)),
    )


def _normalize(text: str) -> str:
    return " ".join(tokenize(text).tokens)


def _find_named_places(entities: Sequence[Entity], gazetteer: Gazetteer) -> Iterator[str]:
    """Find named places (shop, crossroads, bridge), and their bare name where no hamlet has it.

    «quán karaoke Ruby» yields «quán Ruby» as well.
    """
    for entity in entities:
        view = align(entity.text)
        typed = TYPES.find(view, 0) if entity.type == "PLACE" and view.words else None
        if (
            typed is not None
            and typed[0] < len(view.words)
            and (typed[1] == LANDMARK or view.words[0] not in _WIDE_PLACES)
        ):
            yield _normalize(entity.text)
            name = " ".join(view.words[typed[0] :])
            if not gazetteer.find_by_name(name) and (" " in name or idf(name) > MIN_NAME_IDF):
                yield name


def _find_house_owners(text: str, entities: Sequence[Entity]) -> Iterator[str]:
    """Find the owners of a house or inn: «ông Tính», «quán cháo Bà Tình»."""
    for entity in entities:
        preceding = _normalize(text[: entity.start]).split()[-1:]
        if entity.type == "PERSON" and preceding and preceding[0] in TITLES:
            yield f"{preceding[0]} {_normalize(entity.text)}"
        elif entity.type == "PLACE":
            place_words = _normalize(entity.text).split()
            if (
                len(place_words) > _SHOP_NAME_WORDS and place_words[-2] in TITLES and place_words[-3] != "nga"
            ):  # «ngã ba Nghèn»
                yield " ".join(place_words[-2:])


def judge_incidents(earlier: ReportedIncident, later: ReportedIncident, score: Score) -> MatchVerdict:
    """Judge whether `later`, mostly a single new report, is of the incident of `earlier`."""
    if score.chance < JOIN_THRESHOLD:
        return MatchVerdict.SEPARATE
    if score.why == "key":
        return MatchVerdict.JOIN
    unsupported = MatchVerdict.OFFER if score.in_context else MatchVerdict.SEPARATE
    if not are_similar(earlier, later):
        return unsupported
    pairs = [(report, latest) for report in earlier.reports for latest in later.reports]
    is_same_place = score.why == "point"
    is_near = is_same_place or any(_is_near(report, latest, score.chance) for report, latest in pairs)
    if is_near and _may_join_unseen(earlier, later, is_same_place):
        return MatchVerdict.JOIN
    is_possible = is_same_place or any(_is_possible(report, latest, score.chance) for report, latest in pairs)
    return MatchVerdict.OFFER if is_possible else unsupported


def _may_join_unseen(earlier: ReportedIncident, later: ReportedIncident, is_same_place: bool) -> bool:
    """Return whether no officer needs to confirm: calm events that many see, and dangers that are certainly one."""
    if max(earlier.urgency, later.urgency) >= DANGER:
        return is_certain_match(earlier.reports, later.reports, is_same_place=is_same_place)
    return earlier.is_visible and later.is_visible


def are_similar(left: ReportedIncident, right: ReportedIncident) -> bool:
    """Return whether category and severity allow one incident at all; otherwise one would be lost in the other."""
    return _are_related_categories(left.category, right.category) and _have_similar_severity(left, right)


def _are_related_categories(left: str, right: str) -> bool:
    return (
        left == right
        or _UNKNOWN_CATEGORY in (left, right)
        or any({left, right} <= group for group in _RELATED_CATEGORIES)
    )


def _have_similar_severity(left: ReportedIncident, right: ReportedIncident) -> bool:
    """Return whether the severity is similar: both dangers, or one category that was less urgent at first.

    E.g. a crash that turns out to be serious. Smoke that worried no one is no house fire.
    """
    lower_urgency = min(left.urgency, right.urgency)
    if max(left.urgency, right.urgency) < DANGER or lower_urgency >= DANGER:
        return True
    return left.category == right.category and (lower_urgency >= _THREATENING_URGENCY or left.category != "fire")


def _is_near(earlier: IncidentFeatures, latest: IncidentFeatures, chance: float) -> bool:
    """Return whether they share more than the commune name and contradict each other neither in event nor in place.

    Rubbish burns at one place, a house at another.
    """
    left, right = earlier.learned_features, latest.learned_features
    has_common_place = bool(left.spots & right.spots)
    if (left.spots and right.spots and not has_common_place) or is_other_incident(left, right):
        return False
    return _shares_words(left, right) and (has_common_place or chance >= _MIN_CHANCE_WITHOUT_PLACE)


def _is_possible(earlier: IncidentFeatures, latest: IncidentFeatures, chance: float) -> bool:
    """Return whether to suggest the match to the officer: people name one place each in their own words."""
    left, right = earlier.learned_features, latest.learned_features
    return not is_other_incident(left, right) and (_shares_words(left, right) or chance >= _MIN_CHANCE_WITHOUT_PLACE)


def _shares_words(left: ReportFeatures, right: ReportFeatures) -> bool:
    return bool((left.words & right.words) - left.home - right.home)


def is_certain_match(
    reports: Sequence[IncidentFeatures], latest: Sequence[IncidentFeatures], *, is_same_place: bool
) -> bool:
    """Return whether both are certainly one incident. `is_same_place`: by their coordinates."""
    pairs = [(report, new) for report in reports for new in latest]
    is_linked = is_same_place or any(shares_spot(*pair) or is_subset(*pair) for pair in pairs)
    return is_linked and not any(_contradicts(*pair) for pair in pairs)


def shares_spot(left: IncidentFeatures, right: IncidentFeatures) -> bool:
    """Return whether a house, a shop or a crossroads that one report names occurs in the text of the other."""
    return any(map(right.mentions_spot, left.spots)) or any(map(left.mentions_spot, right.spots))


def is_subset(earlier: IncidentFeatures, latest: IncidentFeatures) -> bool:
    """Return whether `latest` adds nothing to `earlier`: another incident would be indistinguishable."""
    common, all_words = earlier.matter & latest.matter, earlier.matter | latest.matter
    is_copied = (
        len(common) >= _MIN_COPIED_WORDS
        and len(common) >= _MIN_COPIED_SHARE * len(all_words)
        and latest.numbers <= earlier.numbers
    )
    is_contained = (
        bool(latest.matter)
        and latest.matter <= earlier.matter
        and bool(earlier.learned_features.spots & latest.learned_features.spots)
    )
    return (is_copied or is_contained) and all(map(earlier.mentions_spot, latest.spots))


def _contradicts(left: IncidentFeatures, right: IncidentFeatures) -> bool:
    """Return whether ages, sexes, names, plates or kinds of event exclude one incident."""
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
    yield _is_disjoint(left.houses, right.houses)
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
