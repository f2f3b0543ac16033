"""Incident matching: whether a new report belongs to an open incident.

The conditions are here: nothing secret, nothing about police, nothing of another unit, and by text only events that
many people see. Whether two reports are one incident is the learned score of `language/together`, the same that
`binhyen cluster` prints; for danger to life it only suggests, unless `strict_matching.py` is certain too.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.incident_features import Incident, IncidentFeatures, extract_features
from binhyen.cases.queries.duplicates import list_open_incidents, load_report_features
from binhyen.channels.queries import find_published
from binhyen.intake.accusations import describes_wrongdoing, has_accusation
from binhyen.intake.decision import CONFIDENTIAL_CATEGORIES, Action, is_sensitive
from binhyen.intake.items import DecidedItem, IncidentMatch
from binhyen.intake.model_cache import get_text_reader
from binhyen.intake.strict_matching import is_certain_match, is_other_incident, is_subset
from binhyen.language.dedup.pair_model import MAX_WINDOW, PairModel, share_identifier, shipped_pair_model
from binhyen.language.dedup.report_features import WINDOWS, ReportFeatures, idf_weight, is_common
from binhyen.language.distinctive_ids import is_distinctive
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import DANGER

# Events that many see. Thefts and the like match by a shared identifier only: two people may be robbed in one village.
_VISIBLE_CATEGORIES = frozenset(
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
_THEFT_CATEGORIES = frozenset(("theft", "scam"))
KEY_MATCH_CATEGORIES = _VISIBLE_CATEGORIES | _THEFT_CATEGORIES
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
_MAX_CANDIDATES = 4  # incidents compared with one report, the likeliest by their words
_MIN_CHANCE_WITHOUT_PLACE = (
    0.85  # minimum score of two reports without a common place: two lorries stand in two streets
)


@dataclass(frozen=True, slots=True)
class NewReport:
    """A new report. `load_features` extracts its features; called only if there is a candidate to compare with."""

    incident: Incident
    build_features: Callable[[], IncidentFeatures]

    def ignore_identifiers(self, public: Collection[str]) -> "NewReport":
        """Return the report without these identifiers and links, which police published themselves."""
        shared = self.incident.keys.intersection(public)
        if not shared:
            return self
        incident_without = replace(self.incident, keys=self.incident.keys - shared)
        return NewReport(incident_without, lambda: self.build_features().ignore_identifiers(shared))


FeaturesByCase = Mapping[int, Sequence[IncidentFeatures]]
"""Case id → the features of its reports."""
_Candidate = tuple[Incident, int, Sequence[IncidentFeatures]]


class BatchMatcher:
    """Matches a batch against the open cases of its units: `list_candidates`, then `match_all` with their features."""

    def __init__(
        self, new_reports: Sequence[NewReport | None], open_incidents: Sequence[Incident], pair_model: PairModel
    ) -> None:
        self._new_reports, self._pair_model = new_reports, pair_model
        self._features: dict[int, IncidentFeatures] = {}
        self._indexes: dict[int, _UnitIndex] = {}
        for case in open_incidents:
            self._get_index(case.unit_id).add(case, -1)
        self._candidates = [self._list_likely(report) if report else [] for report in new_reports]

    def list_candidates(self) -> set[int]:
        """Return the cases whose features are needed."""
        return {case.case_id for candidates in self._candidates for case, _ in candidates}

    def match_all(self, features_by_case: FeaturesByCase) -> list[IncidentMatch | None]:
        """Return the match of each new report (None: opens nothing): an open case or an earlier batch report."""
        matches: list[IncidentMatch | None] = []
        for position, report in enumerate(self._new_reports):
            matches.append(self._match_report(position, report, features_by_case) if report else None)
            if report is not None and not ((match := matches[-1]) and match.sure):
                self._get_index(report.incident.unit_id).add(report.incident, position)
        return matches

    def _match_report(self, position: int, report: NewReport, features_by_case: FeaturesByCase) -> IncidentMatch | None:
        batch_candidates = [pair for pair in self._list_likely(report) if pair[1] >= 0]
        candidates = [
            (incident, index, features_by_case.get(incident.case_id, ()))
            for incident, index in self._candidates[position]
        ]
        candidates += [(incident, index, (self._get_features(index),)) for incident, index in batch_candidates]
        own_features = self._get_features(position) if candidates else None
        if own_features is None:
            return None
        for candidate_incident, batch_index, candidate_features in candidates:
            if any(
                share_identifier(candidate.learned_features, own_features.learned_features)
                for candidate in candidate_features
            ) and _is_within_window(report.incident, candidate_incident):
                return IncidentMatch(
                    candidate_incident.case_id,
                    batch_index,
                    "key",
                    _may_share_replies(report.incident, candidate_incident, [*candidate_features, own_features]),
                    has_news=_has_news(candidate_features, own_features),
                )
        comparable_candidates = [
            (incident, index, candidate_features)
            for incident, index, candidate_features in candidates
            if can_match_by_text(report.incident, incident) and _is_recent_enough(candidate_features, own_features)
        ]
        certain = [
            candidate
            for candidate in comparable_candidates
            if not _has_danger(report.incident, candidate[0]) or self._is_certain(candidate[2], own_features)
        ]
        return self._choose_likeliest(certain, own_features) or self._choose_likeliest(
            comparable_candidates, own_features, is_certain=False
        )

    def _is_certain(self, candidate_features: Sequence[IncidentFeatures], own_features: IncidentFeatures) -> bool:
        points = any(
            self._pair_model.probability_with_reason(features.learned_features, own_features.learned_features)[1]
            == "point"
            for features in candidate_features
        )
        return is_certain_match(candidate_features, own_features, points=points)

    def _choose_likeliest(
        self, candidates: Sequence[_Candidate], own_features: IncidentFeatures, *, is_certain: bool = True
    ) -> IncidentMatch | None:
        best = self._pair_model.join(
            own_features.learned_features,
            [[features.learned_features for features in candidate_features] for _, _, candidate_features in candidates],
        )
        if best is None or best.why == "key":  # an identifier that was not sufficient above
            return None
        incident, batch_index, candidate_features = candidates[best.position]
        is_sufficient = _is_near if is_certain else _is_possible
        if best.why != "point" and not any(
            is_sufficient(features.learned_features, own_features.learned_features, best.chance)
            for features in candidate_features
        ):
            return None
        return IncidentMatch(
            incident.case_id, batch_index, best.why, is_certain, _has_news(candidate_features, own_features)
        )

    def _list_likely(self, report: NewReport) -> list[tuple[Incident, int]]:
        unit = self._indexes.get(report.incident.unit_id)
        return unit.find_likely(report.incident) if unit else []

    def _get_features(self, position: int) -> IncidentFeatures:
        features = self._features.get(position)
        if features is None:
            report = self._new_reports[position]
            assert report is not None
            features = self._features[position] = report.build_features()
        return features

    def _get_index(self, unit_id: int) -> "_UnitIndex":
        return self._indexes.setdefault(unit_id, _UnitIndex())


class _UnitIndex:
    """Word index of the incidents of one unit: the cost of a report does not grow with all open incidents."""

    def __init__(self) -> None:
        self._incidents: list[tuple[Incident, int]] = []
        self._positions_by_word: dict[str, list[int]] = {}

    def add(self, incident: Incident, position: int) -> None:
        for word in _distinctive_words(incident):
            self._positions_by_word.setdefault(word, []).append(len(self._incidents))
        self._incidents.append((incident, position))

    def find_likely(self, incident: Incident) -> list[tuple[Incident, int]]:
        """Return at most `_MAX_CANDIDATES`: those that share an identifier or the rarest words, then the newest."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in _distinctive_words(incident):
            word_score = 10.0 if word in incident.keys else idf_weight(word)
            for index in self._positions_by_word.get(word, ()):
                scores[index] += word_score
        ranked = sorted(scores, key=lambda entry_index: (-scores[entry_index], entry_index))
        unscored = (entry_index for entry_index in range(len(self._incidents)) if entry_index not in scores)
        worth_comparing = (
            self._incidents[entry_index]
            for entry_index in chain(ranked, unscored)
            if _is_worth_comparing(incident, self._incidents[entry_index][0])
        )
        return list(islice(worth_comparing, _MAX_CANDIDATES))


def _distinctive_words(incident: Incident) -> set[str]:
    return {word for word in incident.folded.split()[:400] if not is_common(word)}


def is_joinable(incident: Incident) -> bool:
    """Return whether such a report may join an open incident; else it always stands alone."""
    if _is_secret(incident) or incident.is_complaint or incident.category in PROVINCE_ONLY_CATEGORIES:
        return False
    return (_is_visible(incident) and incident.commune_id is not None) or bool(
        incident.keys and incident.category in KEY_MATCH_CATEGORIES
    )


def may_be_same(left: Incident, right: Incident) -> bool:
    """Return whether two reports may be one incident at all, by cheap checks.

    Never across secrecy, never about an officer, never between units: a reader of one may always read the other.
    """
    if left.unit_id != right.unit_id or left.sensitive != right.sensitive or _is_secret(left) or _is_secret(right):
        return False
    if {left.category, right.category} & PROVINCE_ONLY_CATEGORIES or left.is_complaint or right.is_complaint:
        return False
    return _are_visible_in_commune(left, right) or (
        left.category == right.category and left.category in KEY_MATCH_CATEGORIES
    )


def can_match_by_text(left: Incident, right: Incident) -> bool:
    """Return whether text may link them: only events seen by many, in one known commune, of similar severity.

    Otherwise one would be lost in the other: danger in a petition, a stray cow in the smoke of burning rubbish.
    """
    is_similar = (
        _are_visible_in_commune(left, right)
        and _are_related_categories(left.category, right.category)
        and _have_similar_severity(left, right)
    )
    return is_similar and not _are_confidential(left, right)


def _are_visible_in_commune(left: Incident, right: Incident) -> bool:
    return (
        left.commune_id is not None and left.commune_id == right.commune_id and _is_visible(left) and _is_visible(right)
    )


def _are_related_categories(left: str, right: str) -> bool:
    return (
        left == right
        or _UNKNOWN_CATEGORY in (left, right)
        or any({left, right} <= group for group in _RELATED_CATEGORIES)
    )


def _have_similar_severity(left: Incident, right: Incident) -> bool:
    """Return whether the severity is similar: both dangers, or one category that was less urgent at first.

    E.g. a crash that turns out to be serious. Smoke that worried no one is no house fire.
    """
    lower_urgency = min(left.urgency, right.urgency)
    if max(left.urgency, right.urgency) < DANGER or lower_urgency >= DANGER:
        return True
    return left.category == right.category and (lower_urgency >= _THREATENING_URGENCY or left.category != "fire")


def _are_confidential(left: Incident, right: Incident) -> bool:
    """Return whether only an identifier may link them: they are confidential; one hamlet has two rogues."""
    return min(left.urgency, right.urgency) < DANGER and bool({left.category, right.category} & CONFIDENTIAL_CATEGORIES)


def _has_danger(left: Incident, right: Incident) -> bool:
    """Return whether either reports danger: a calm report beside it may only be badly worded."""
    return max(left.urgency, right.urgency) >= DANGER


def _is_worth_comparing(incident: Incident, candidate: Incident) -> bool:
    """Return whether the pair is worth comparing: text or an identifier may link them."""
    return may_be_same(incident, candidate) and (bool(incident.keys) or can_match_by_text(incident, candidate))


def _has_news(candidate_features: Sequence[IncidentFeatures], own_features: IncidentFeatures) -> bool:
    return not any(is_subset(features, own_features) for features in candidate_features)


def _is_recent_enough(candidate_features: Sequence[IncidentFeatures], own_features: IncidentFeatures) -> bool:
    """Return whether a report of it is recent enough for such incidents."""
    now, window = own_features.learned_features.at, own_features.learned_features.window
    return any(
        abs((now - features.learned_features.at).total_seconds())
        <= 3600 * max(window, features.learned_features.window)
        for features in candidate_features
    )


def _is_near(left: ReportFeatures, right: ReportFeatures, chance: float) -> bool:
    """Return whether they share more than the commune name and contradict each other neither in event nor in place.

    Rubbish burns at one place, a house at another.
    """
    shares_place = bool(left.spots & right.spots)
    if (left.spots and right.spots and not shares_place) or is_other_incident(left, right):
        return False
    return _shares_words(left, right) and (shares_place or chance >= _MIN_CHANCE_WITHOUT_PLACE)


def _is_possible(left: ReportFeatures, right: ReportFeatures, chance: float) -> bool:
    """Return whether to suggest the match to the officer: people name one place each in their own words."""
    return not is_other_incident(left, right) and (_shares_words(left, right) or chance >= _MIN_CHANCE_WITHOUT_PLACE)


def _shares_words(left: ReportFeatures, right: ReportFeatures) -> bool:
    return bool((left.words & right.words) - left.home - right.home)


def _is_visible(incident: Incident) -> bool:
    return incident.category in _VISIBLE_CATEGORIES or incident.urgency >= DANGER


def _is_secret(incident: Incident) -> bool:
    """Return whether it is a tip or a victim's own report. A fight is public, even with names in it."""
    return incident.sensitive and incident.urgency < DANGER


def _may_share_replies(left: Incident, right: Incident, candidate_features: Sequence[IncidentFeatures]) -> bool:
    """Return whether a reporter of one may receive the replies to the other.

    A shared identifier joins events seen by all, and victims of one thief; in other accusations the second person to
    name it may be the accused, asking.
    """
    categories = {left.category, right.category}
    if min(left.urgency, right.urgency) >= DANGER or categories <= _THEFT_CATEGORIES:
        return True
    return not categories & CONFIDENTIAL_CATEGORIES and not any(
        has_accusation(features.text) or describes_wrongdoing(features.text) for features in candidate_features
    )


def _is_within_window(left: Incident, right: Incident) -> bool:
    """Return whether they lie within the usual duration of one incident: a plate may recur years later."""
    hours = min(WINDOWS[left.category], WINDOWS[right.category])
    return abs(left.at - right.at) <= dt.timedelta(hours=hours)


def find_incidents(new_reports: Sequence[NewReport | None], gazetteer: Gazetteer) -> list[IncidentMatch | None]:
    """Return for each report that would open a case the incident it joins; None if it stands alone."""
    keys = {key for report in new_reports if report is not None for key in report.incident.keys}
    public = find_published(keys) if keys else frozenset()
    without_public = [report.ignore_identifiers(public) if report is not None else None for report in new_reports]
    joinable_reports = [
        report if report is not None and is_joinable(report.incident) else None for report in without_public
    ]
    candidates = [report.incident for report in joinable_reports if report is not None]
    if not candidates:
        return [None] * len(new_reports)
    since = min(incident.at for incident in candidates) - dt.timedelta(hours=MAX_WINDOW)
    open_incidents = list_open_incidents(
        units={incident.unit_id for incident in candidates}, categories=KEY_MATCH_CATEGORIES, since=since
    )
    matcher = BatchMatcher(joinable_reports, open_incidents, shipped_pair_model())
    case_ids = matcher.list_candidates()
    places_by_case = {
        incident.case_id: (incident.category, incident.commune_id)
        for incident in open_incidents
        if incident.case_id in case_ids
    }
    return matcher.match_all(load_report_features(places_by_case, gazetteer))


def match_incidents(decided_items: Sequence[DecidedItem]) -> list[DecidedItem]:
    """Turn reports that would open a case of an already open incident into further reports of it."""
    directory, gazetteer = areas.get_directory(), get_text_reader().gazetteer
    new_reports = [
        _build_new_report(decided, directory, gazetteer) if _would_open_case(decided) else None
        for decided in decided_items
    ]
    matches = find_incidents(new_reports, gazetteer)
    return [
        _apply_match(decided, match) if match else decided
        for decided, match in zip(decided_items, matches, strict=True)
    ]


def _would_open_case(decided: DecidedItem) -> bool:
    return decided.decision.do is Action.OPEN and not decided.item.processing_failed


def _apply_match(decided: DecidedItem, match: IncidentMatch) -> DecidedItem:
    if not match.sure:
        return replace(decided, possible_match=match)
    return replace(
        decided,
        decision=replace(decided.decision, do=Action.JOIN, reason="cùng sự việc"),
        incident_match=match,
        question=None,
    )


def _build_new_report(decided: DecidedItem, directory: Directory, gazetteer: Gazetteer) -> NewReport:
    destination = decided.decision.destination or decided.facts.province_destination
    incident = Incident(
        case_id=0,
        category=decided.decision.category,
        urgency=decided.decision.urgency,
        sensitive=is_sensitive(decided.facts),
        is_complaint=False,
        unit_id=destination.unit_id,
        commune_id=destination.commune_id,
        at=decided.item.message.sent_at,
        folded=decided.search_text,
        keys=frozenset(str(entity.norm).lower() for entity in decided.reading.entities if is_distinctive(entity)),
    )
    commune = next(
        (candidate.code for candidate in directory.communes.values() if candidate.area_id == destination.commune_id),
        None,
    )
    message = decided.item.message
    return NewReport(
        incident,
        lambda: extract_features(
            message.text,
            message.sent_at,
            commune,
            dict(decided.reading.top),
            decided.reading.entities,
            gazetteer,
            message.location,
        ),
    )
