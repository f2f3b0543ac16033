"""Incident matching: whether a new report belongs to an open incident.

The conditions of access are here: nothing secret, nothing about police, nothing of another unit, and by text only
events that many people see. Whether two reports are one incident is decided by `language/dedup/judgement.py`, the same
that `binhyen cluster` prints.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.incident_features import Incident
from binhyen.cases.queries.duplicates import list_open_incidents, load_report_features
from binhyen.channels.queries import find_published
from binhyen.intake.accusations import describes_wrongdoing, has_accusation
from binhyen.intake.decision import CONFIDENTIAL_CATEGORIES, Action, is_sensitive
from binhyen.intake.items import DecidedItem, IncidentMatch
from binhyen.intake.model_cache import get_text_reader
from binhyen.language.dedup.judgement import (
    VISIBLE_CATEGORIES,
    IncidentFeatures,
    MatchVerdict,
    ReportedIncident,
    Score,
    are_similar,
    extract_features,
    is_subset,
    judge_incidents,
)
from binhyen.language.dedup.pair_model import MAX_WINDOW, PairModel, share_identifier, shipped_pair_model
from binhyen.language.dedup.report_features import WINDOWS, idf_weight, is_common
from binhyen.language.distinctive_ids import is_distinctive
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import DANGER

_THEFT_CATEGORIES = frozenset(("theft", "scam"))
KEY_MATCH_CATEGORIES = VISIBLE_CATEGORIES | _THEFT_CATEGORIES
_MAX_CANDIDATES = 4  # incidents compared with one report, the likeliest by their words


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
            candidate
            for candidate in candidates
            if can_match_by_text(report.incident, candidate[0]) and _is_recent_enough(candidate[2], own_features)
        ]
        return self._choose_likeliest(report.incident, own_features, comparable_candidates)

    def _choose_likeliest(
        self, incident: Incident, own_features: IncidentFeatures, candidates: Sequence[_Candidate]
    ) -> IncidentMatch | None:
        """Return the likeliest candidate to join; without one, the likeliest to offer."""
        report = ReportedIncident(incident.category, incident.urgency, (own_features,))
        best, best_rank = None, (0, 0.0)
        for candidate, batch_index, candidate_features in candidates:
            group = [features.learned_features for features in candidate_features]
            decision = self._pair_model.join(own_features.learned_features, [group])
            if decision is None or decision.why == "key":  # an identifier that was not sufficient above
                continue
            evidence = ReportedIncident(candidate.category, candidate.urgency, candidate_features)
            verdict = judge_incidents(evidence, report, Score(decision.chance, decision.why))
            if verdict is not MatchVerdict.SEPARATE and (verdict, decision.chance) > best_rank:
                best_rank = verdict, decision.chance
                has_news = _has_news(candidate_features, own_features)
                best = IncidentMatch(
                    candidate.case_id, batch_index, decision.why, verdict is MatchVerdict.JOIN, has_news=has_news
                )
        return best

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
    """Return whether text may link them: only similar events seen by many, in one known commune, not confidential."""
    if not _are_visible_in_commune(left, right) or _are_confidential(left, right):
        return False
    return are_similar(
        ReportedIncident(left.category, left.urgency, ()), ReportedIncident(right.category, right.urgency, ())
    )


def _are_visible_in_commune(left: Incident, right: Incident) -> bool:
    return (
        left.commune_id is not None and left.commune_id == right.commune_id and _is_visible(left) and _is_visible(right)
    )


def _are_confidential(left: Incident, right: Incident) -> bool:
    """Return whether only an identifier may link them: they are confidential; one hamlet has two rogues."""
    return min(left.urgency, right.urgency) < DANGER and bool({left.category, right.category} & CONFIDENTIAL_CATEGORIES)


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


def _is_visible(incident: Incident) -> bool:
    return incident.category in VISIBLE_CATEGORIES or incident.urgency >= DANGER


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
