"""Probability that two reports concern one incident: exact numbers, copied texts and points decide, else the weights.

The only such model of the program: intake calls `join`; `binhyen cluster` evaluates pairs a second time with all
reports available (`clustering.py`).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from binhyen.language.dedup.report_features import WINDOWS, ReportFeatures, hours_between_events, idf_weight
from binhyen.language.entities.gazetteers import read_rows_of

# Pairwise features of two reports, each a number: shared words, place, time, and counter-evidence.
#
# Pure. The weights are trained (`data/together.tsv`); a feature is only added if a person can understand it.

_CALM: Final = ("other", "admin_question", "thanks")
_LOSS: Final = ("lost_item", "found_item")
_PEOPLE: Final = ("missing_person", "found_person")
_SUDDEN: Final = ("violence", "traffic", "fire")
_ASIDE: Final = frozenset(("sale", "asking"))
_PERSON_TOPICS: Final = frozenset(("child", "elder", "baby"))  # topics that describe a person, not an event
_RELATIONS: Final = ("unknown", "same0", "same1", "same2", "beside0", "beside1", "beside2", "far0", "far1", "far2")
_LONG_REPORT_WORDS = 20  # words of a complete report; a brief one names only the main place and subject
_AGE_TOLERANCE = 3  # years by which two people's guesses of an age differ

PairFeatures = dict[str, float]


def extract_pair_features(left: ReportFeatures, right: ReportFeatures, hours: float, window: float) -> PairFeatures:
    """Return all features, in a fixed order.

    `hours` between the reports; `window`: hours within which such incidents are one.
    """
    features = _word_features(left, right)
    features.update(_place_features(left, right))
    features.update(_category_features(left, right))
    features.update(_time_features(left, right, hours, window))
    features.update(_topic_features(left, right))
    features.update(_item_features(left, right))
    features.update(_interaction_features(features))
    return features


def _sum_weights(grams: Iterable[str]) -> float:
    # sorted: floating-point addition gives the same sum in every process
    return sum(idf_weight(gram) for gram in sorted(grams))


def _cosine(left: frozenset[str], right: frozenset[str]) -> float:
    return _sum_weights(left & right) / math.sqrt(max(1.0, _sum_weights(left)) * max(1.0, _sum_weights(right)))


def _word_features(left: ReportFeatures, right: ReportFeatures) -> PairFeatures:
    """Return features of shared words: all, those that name places and people (anchors), and the others (the event)."""
    names = left.anchors | right.anchors
    shared = left.words & right.words
    pairs = left.pairs & right.pairs
    name_pairs = {pair for pair in pairs if not names.isdisjoint(pair.split())}
    left_words, right_words = left.words - names, right.words - names
    return {
        "words": _cosine(left.words, right.words),
        "pairs": min(3.0, _sum_weights(pairs)),
        "names": min(2.0, _sum_weights(shared & names)),
        "name_pairs": min(2.0, _sum_weights(name_pairs)),
        "what": min(2.0, _sum_weights(left_words & right_words)),
        "what_words": _cosine(left_words, right_words),
        "what_pairs": min(2.0, _sum_weights(pairs - name_pairs)),
        "strange": float(bool(left.anchors and right.anchors) and not left.anchors & right.anchors),
        "brief": max(0.0, 1.0 - max(len(left.words), len(right.words)) / _LONG_REPORT_WORDS),
        "refers": float(right.refers),
        "again": float(right.again),
    }


def _place_features(left: ReportFeatures, right: ReportFeatures) -> PairFeatures:
    relation = _relate_communes(left, right)
    left_places, right_places = left.spots | left.parts, right.spots | right.parts
    return {
        "spot": float(bool(left.spots & right.spots)),
        "spots_differ": float(bool(left.spots and right.spots) and not left.spots & right.spots),
        "apart": float(bool(left_places and right_places) and not left_places & right_places),
        "part": float(bool(left.parts & right.parts)),
        "parts_differ": float(bool(left.parts and right.parts) and not left.parts & right.parts),
        **{name: float(name == relation) for name in _RELATIONS},
        "near": float(relation.startswith("same")),
        "beside": float(relation.startswith("beside")),
        "group": float(left.group is not None and left.group == right.group),
    }


def _relate_communes(left: ReportFeatures, right: ReportFeatures) -> str:
    """Return how the communes relate, and how many of the two texts name theirs (else the group's commune is used)."""
    if not left.communes or not right.communes:
        return "unknown"
    named = left.named + right.named
    if left.communes & right.communes:
        return f"same{named}"
    return f"beside{named}" if left.communes & right.area or right.communes & left.area else f"far{named}"


def _category_features(left: ReportFeatures, right: ReportFeatures) -> PairFeatures:
    pair = (left, right)
    return {
        "category": sum(math.sqrt(chance * right.chances.get(name, 0.0)) for name, chance in left.chances.items()),
        "calm": max(_sum_chances(report, _CALM) for report in pair),
        "loss": max(_sum_chances(report, _LOSS) for report in pair),
        "scam": min(_sum_chances(report, ("scam",)) for report in pair),
        "person": min(_sum_chances(report, _PEOPLE) for report in pair),
        "sudden": min(_sum_chances(report, _SUDDEN) for report in pair),
    }


def _sum_chances(report: ReportFeatures, names: Iterable[str]) -> float:
    return sum(report.chances.get(name, 0.0) for name in names)


def _time_features(left: ReportFeatures, right: ReportFeatures, hours: float, window: float) -> PairFeatures:
    return {
        "share_of_window": hours / window,
        "log_hours": math.log1p(hours),
        "soon": math.exp(-hours),
        "at_once": math.exp(-4 * hours),
        "said_when": float(left.span is not None or right.span is not None),
        "other_time": float(bool(left.span or right.span) and hours > max(4.0, window)),
        "late": max(0.0, min(1.0, (hours - 6) / 12)),
    }


def _topic_features(left: ReportFeatures, right: ReportFeatures) -> PairFeatures:
    left_topics, right_topics = left.profile.topics - _PERSON_TOPICS, right.profile.topics - _PERSON_TOPICS
    left_persons, right_persons = left.profile.topics & _PERSON_TOPICS, right.profile.topics & _PERSON_TOPICS
    akin = bool(left_topics & right_topics) or any(
        frozenset((left_topic, right_topic)) in _load_related_topics()
        for left_topic in left_topics
        for right_topic in right_topics
    )
    kinds, all_kinds = left.kinds & right.kinds, left.kinds | right.kinds
    return {
        "topic": float(bool(left_topics & right_topics)),
        "topics": len(left_topics & right_topics) / max(1, len(left_topics | right_topics)),
        "topics_akin": float(akin),
        "topics_differ": float(bool(left_topics and right_topics) and not akin),
        "no_topic": float(not left_topics or not right_topics),
        "who": float(bool(left_persons & right_persons)),
        "who_differ": float(bool(left_persons and right_persons) and not left_persons & right_persons),
        "aside": float(bool(_ASIDE & (left_topics ^ right_topics))),
        "kinds": len(kinds) / max(1, len(all_kinds)),
    }


def has_different_topic(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if both name the event and it differs: a crash and a broken lamp at one crossing."""
    return bool(_topic_features(left, right)["topics_differ"])


def _item_features(left: ReportFeatures, right: ReportFeatures) -> PairFeatures:
    left_profile, right_profile = left.profile, right.profile
    age_gaps = [abs(left_age - right_age) for left_age in left_profile.ages for right_age in right_profile.ages]
    types = {key.split(":")[0] for key in left_profile.keys} & {key.split(":")[0] for key in right_profile.keys}
    return {
        "item": float(bool(left_profile.items & right_profile.items)),
        "items_differ": float(
            bool(left_profile.items and right_profile.items) and not left_profile.items & right_profile.items
        ),
        "people": float(bool(left_profile.people & right_profile.people)),
        "numbers_differ": float(bool(types) and not left_profile.keys & right_profile.keys),
        "color": float(bool(left_profile.colors & right_profile.colors)),
        "age": float(bool(age_gaps) and min(age_gaps) <= _AGE_TOLERANCE),
        "ages_differ": float(bool(age_gaps) and min(age_gaps) > _AGE_TOLERANCE),
    }


# Interaction terms. One feature alone misleads: the same place counts only with the same subject, and soon.
_INTERACTIONS: Final = tuple(
    tuple(line.split())
    for line in (
        "near soon",
        "near soon category",
        "near what",
        "near topic",
        "brief near",
        "brief strange",
        "brief apart",
        "brief soon",
        "brief topic",
        "brief what",
        "brief topics_differ",
        "near apart",
        "soon apart",
        "near topics_differ",
        "near topic soon",
        "beside topic",
        "beside topic soon",
        "beside what",
        "beside soon category",
        "spot topics_differ",
        "spot topic",
        "again topic",
        "other_time topic",
        "other_time spot",
        "names what",
        "names topic",
        "names topics_differ",
        "names category",
        "names soon",
        "refers soon near",
        "again log_hours",
        "soon category",
        "spot soon",
        "sudden log_hours",
        "sudden late",
        "strange topic",
    )
)


def _interaction_features(features: Mapping[str, float]) -> PairFeatures:
    return {"*".join(names): math.prod(features[name] for name in names) for names in _INTERACTIONS}


@lru_cache(maxsize=1)
def _load_related_topics() -> frozenset[frozenset[str]]:
    """Return pairs of topics that may describe one incident: a gas bottle explodes, and a house burns."""
    return frozenset(frozenset(row) for row in read_rows_of("topics_akin.tsv"))


TABLE: Final = "together.tsv"
MAX_WINDOW: Final = max(WINDOWS.values())
JOIN_THRESHOLD: Final = 0.5  # More likely than not: a wrong join hides a report, a missed one only duplicates a case.
_COPY_SIMILARITY = 0.8  # so similar that one was copied from the other
_MIN_COPY_WORDS = 4
_LOSSES: Final = ("lost_item", "found_item")
_MIN_CATEGORY_CHANCE = 0.5
_CHANCE_BY_NUMBER_END = 0.95
_CHANCE_MARGIN = 0.002  # probabilities are bounded: no pair is certain or impossible
_MIN_RARE_WEIGHT = 0.3  # idf weight of a shared word that alone justifies comparing two reports of distant places


REASONS: Final = ("key", "point", "spot", "words")
_SAME_PLACE_METRES, _OTHER_PLACE_METRES = (
    150.0,
    1500.0,
)  # metres between the points sent with two reports: the same place, two places
_SAME_CATEGORY = 0.5  # the category distributions agree more than they differ


@dataclass(frozen=True, slots=True)
class JoinDecision:
    """The group a report joins, the probability, and the reason (the strongest of REASONS)."""

    position: int
    chance: float
    why: str


@dataclass(frozen=True, slots=True)
class PairModel:
    """Trained weights of the pair features."""

    weights: Mapping[str, float]
    bias: float

    def join(self, new: ReportFeatures, groups: Sequence[Sequence[ReportFeatures]]) -> JoinDecision | None:
        """Return the most likely group for `new`, the latest report; None unless more likely than not."""
        best = None
        for position, members in enumerate(groups):
            judged = [self.probability_with_reason(member, new) for member in members]
            average = combine_chances([chance for chance, _ in judged])
            if average >= JOIN_THRESHOLD and (best is None or average > best.chance):
                best = JoinDecision(position, average, min((why for _, why in judged if why), key=REASONS.index))
        return best

    def probability(self, earlier: ReportFeatures, later: ReportFeatures) -> float:
        """Return the probability 0..1 that `earlier` and `later` concern one incident."""
        return self.probability_with_reason(earlier, later)[0]

    def probability_with_reason(self, earlier: ReportFeatures, later: ReportFeatures) -> tuple[float, str]:
        """Return the probability and its reason: one of REASONS, or «» if there is none."""
        probability, why, _ = self.evaluate(earlier, later)
        return probability, why

    def evaluate(self, earlier: ReportFeatures, later: ReportFeatures) -> tuple[float, str, PairFeatures | None]:
        """Return the probability, its reason, and the features; features are None if a rule decides instead."""
        posted = abs((later.at - earlier.at).total_seconds()) / 3600
        hours = hours_between_events(earlier.span, earlier.at, later.span, later.at)
        window = max(earlier.window, later.window)
        if share_identifier(earlier, later):
            return (1.0, "key", None) if posted <= 2 * MAX_WINDOW else (0.0, "", None)
        if (
            min(hours, posted) > 2 * window
            or not is_comparable(earlier, later)
            or has_conflicting_colors(earlier, later)
        ):
            return 0.0, "", None
        metres = _distance_metres(earlier, later)
        if metres is not None and metres > _OTHER_PLACE_METRES:
            return 0.0, "", None
        features = extract_pair_features(earlier, later, hours, window)
        if matches_number_end(earlier, later) or matches_number_end(later, earlier):
            return _CHANCE_BY_NUMBER_END, "words", None
        if (
            features["words"] >= _COPY_SIMILARITY
            and hours <= window
            and len(earlier.words & later.words) >= _MIN_COPY_WORDS
        ):
            return 1.0, "words", None
        same_place = metres is not None and metres <= _SAME_PLACE_METRES and hours <= window
        if same_place and features["category"] >= _SAME_CATEGORY and not features["topics_differ"]:
            return 1.0, "point", None
        return self.of(features), "spot" if features["spot"] or features["near"] else "words", features

    def of(self, features: Mapping[str, float]) -> float:
        """Return the probability by the features alone. Raises KeyError for a feature without a weight."""
        total = self.bias + sum(self.weights[name] * value for name, value in features.items() if value)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def combine_chances(chances: Sequence[float]) -> float:
    """Combine probabilities by the mean of their log-odds: a nearly certain one outweighs a doubtful one."""
    bounded = (max(_CHANCE_MARGIN, min(1 - _CHANCE_MARGIN, chance)) for chance in chances)
    return 1 / (1 + math.exp(-sum(math.log(chance / (1 - chance)) for chance in bounded) / max(1, len(chances))))


def share_identifier(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if both name the same plate, account, paper, phone or link, and it is distinctive."""
    return bool(left.keys & right.keys)


def shares_place(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if both name one place finer than a commune, or one rare name, in their own words."""
    names = (left.anchors & right.anchors) - left.home - right.home
    return bool(left.spots & right.spots) or _sum_weights(names) > _MIN_RARE_WEIGHT


def matches_number_end(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if one gives the end of a number («đuôi 337») and the other such a number, or the same end."""
    return any(end in right.ends or any(key.endswith(end) for key in right.profile.keys) for end in left.ends)


def is_comparable(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if the features are worth computing: the places may match, or a place or rare word is shared.

    A cheap filter: most pairs fail it.
    """
    if left.communes & right.area or right.communes & left.area or not left.communes or not right.communes:
        return True
    if any(not spot[-1].isdecimal() for spot in left.spots & right.spots):
        return True
    return any(idf_weight(word) > _MIN_RARE_WEIGHT for word in left.words & right.words)


def has_conflicting_colors(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if both lost, or found, an item of one kind in different colours: a black wallet and a brown one."""
    left_profile, right_profile = left.profile, right.profile
    lost = any(
        left.chances.get(name, 0.0) > _MIN_CATEGORY_CHANCE and right.chances.get(name, 0.0) > _MIN_CATEGORY_CHANCE
        for name in _LOSSES
    )
    return (
        lost and bool(left_profile.colors and right_profile.colors) and not left_profile.colors & right_profile.colors
    )


def _distance_metres(left: ReportFeatures, right: ReportFeatures) -> float | None:
    """Return the distance in metres between the points sent with the reports; None if one is missing."""
    if left.point is None or right.point is None:
        return None
    (north, east), (north_too, east_too) = left.point, right.point
    return math.hypot(north - north_too, (east - east_too) * math.cos(math.radians(north))) * 111_320


@lru_cache(maxsize=1)
def shipped_pair_model() -> PairModel:
    """Return the weights that are shipped with the program."""
    weights = {row[0]: float(row[1]) for row in read_rows_of(TABLE)}
    return PairModel(weights, weights.pop("bias"))
