"""Context of a case page: reporters, possible assignees, possible duplicates, relations and evidence."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Max, Q, QuerySet, When
from django.db.models.fields.json import KeyTextTransform

from binhyen.areas import queries as areas
from binhyen.areas.models import Unit
from binhyen.areas.queries import UnitInfo
from binhyen.cases import event_data
from binhyen.cases.choices import Verb
from binhyen.cases.kinds import get_case_kinds
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Evidence, Relation, Report
from binhyen.cases.queries.duplicates import (
    CaseFeatures,
    ClusterCase,
    cluster_cases,
    find_reason,
    load_report_features,
    select_closest,
    shares_number,
)
from binhyen.cases.queries.linked_tips import must_stay_at_province
from binhyen.cases.rules import may_assign
from binhyen.channels.models import Attachment
from binhyen.kit import prepared_queries, rls_scope
from binhyen.kit.text import fold_text
from binhyen.language.dedup.judgement import MatchVerdict, ReportedIncident, Score, judge_incidents
from binhyen.language.dedup.pair_model import shipped_pair_model
from binhyen.language.reading import DANGER
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import list_ids_on_duty
from binhyen.people.roles import Permission, can_assign_to

MAX_TIME_APART = dt.timedelta(hours=24)
_MOST_SIMILAR, _MOST_COMPARED = 6, 60  # of a dangerous case all cases offered together with it are shown
_SEALED_KINDS = sorted(code for code, kind in get_case_kinds().items() if kind.sealed)


@dataclass(frozen=True, slots=True)
class AssignmentOptions:
    """Options for assigning or transferring a case.

    Officers of its unit and of its village teams, those on duty first; other units.
    """

    people: tuple[Officer, ...]
    units: tuple[UnitInfo, ...]
    on_duty: frozenset[int] = frozenset()  # subset of `people`, by the duty roster


def filter_visible(officer: Any, case_ids: Collection[int]) -> frozenset[int]:
    """Return the subset of these cases that the officer may see."""
    if not case_ids:
        return frozenset()
    return frozenset(Case.objects.filter(access.filter_cases(officer), pk__in=case_ids).values_list("pk", flat=True))


def is_visible(officer: Any, case_id: int) -> bool:
    """Return whether the officer may see the case, e.g. still after their last action."""
    rows = prepared_queries.fetch_rows(
        ("sees", access.get_visibility_key(officer)),
        lambda: Case.objects.filter(access.filter_cases(officer), pk=prepared_queries.ID_PARAM).values("pk"),
        {prepared_queries.ID_PARAM: case_id},
    )
    return bool(rows)


def filter_visible_codes(officer: Any, codes: Collection[str]) -> set[str]:
    """Return the subset of these codes whose cases the officer may see."""
    if not codes:
        return set()
    return set(Case.objects.filter(access.filter_cases(officer), code__in=codes).values_list("code", flat=True))


def list_reports(case: Case) -> list[Report]:
    """Return all reports of the case, oldest first, then those of cases merged into it."""
    family = Q(case=case) | Q(case__merged_into=case)
    rows = Report.objects.filter(family).select_related("reporter", "conversation", "conversation__channel")
    return sorted(rows.order_by("id"), key=lambda report: report.case_id != case.pk)


def map_report_alias_codes(case: Case, reports: Sequence[Report]) -> dict[int, str]:
    """Return by reporter the code of the case that names them, as `case_detail.map_alias_codes`."""
    merged_codes = {}
    if any(report.case_id != case.pk for report in reports):
        # nosemgrep: query-without-sight  only codes of cases merged into one that the officer sees
        merged_codes = dict(Case.objects.filter(merged_into=case).values_list("pk", "code"))
    return {report.reporter_id: merged_codes.get(report.case_id, case.code) for report in reversed(reports)}


def get_last_message_times(officer: Any, conversation_ids: Collection[int]) -> dict[int, dt.datetime]:
    """Return by private conversation when its reporter last wrote on a case that the officer may see.

    Pages must count from these times: not even the existence of a restricted message may be disclosed.
    """
    if not conversation_ids:
        return {}
    rows = prepared_queries.fetch_rows(
        ("last messages", access.get_visibility_key(officer)),
        lambda: _select_last_message_times(officer),
        {prepared_queries.ID_LIST_PARAM: list(conversation_ids)},
    )
    return {row["message__conversation"]: row["at"] for row in rows}


def _select_last_message_times(officer: Any) -> QuerySet[Any, Any]:
    links = CaseMessage.objects.filter(
        access.filter_cases(officer, prefix="case__"),
        message__conversation__in=prepared_queries.ids_subquery(),
        detached_at=None,
    )
    return links.values("message__conversation").annotate(at=Max("message__sent_at")).order_by()


def count_other_cases(officer: Any, case: Case, reporter_ids: Collection[int]) -> int:
    """Count other visible cases of these reporters, none of them confidential.

    A link between a named group member and a confidential report of theirs must appear nowhere.
    """
    if case.sensitive:
        return 0
    sight_filter = access.filter_cases(officer, prefix="case__")
    other_reports = Report.objects.filter(sight_filter, reporter_id__in=reporter_ids, case__sensitive=False)
    return other_reports.exclude(case=case).exclude(case__merged_into=case).values("case").distinct().count()


def has_single_reporter(case: Case) -> bool:
    """Return whether a tip has no other reporter and no related case: a reply then cannot name another reporter.

    No message is sent to the holder of a receipt, so outbound DLP did not check it for them.
    """
    with rls_scope.rls_scope(rls_scope.PROGRAM_SCOPE):  # a receipt may see nothing related to its case
        # nosemgrep: query-without-sight  no officer asks: existence of rows related to the receipt's own case
        others = Report.objects.filter(case=case), Case.objects.filter(merged_into=case), case.relations.all()
        return not any(rows.exists() for rows in others)


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """A possible duplicate: the reason (possible_duplicates.REASON_LABELS), and whether it is in the same commune."""

    case: Case
    why: str
    here: bool


def list_possible_duplicates(officer: Any, case: Case, *, near_code: str = "") -> list[PossibleDuplicate]:
    """List possible duplicates: visible open cases, opened within a day of this one, same category or also dangerous.

    In the same commune: cases likely equal by their report texts or with a shared number; for province visibility also
    neighbouring communes. `near_code`: code of a case of any category to include. For a dangerous case also those that
    intake was unsure about.
    A sealed tip has no possible duplicates: an extract from it would lead back to it. Nor has a private follow-up of a
    group tip: merged into the tip, it would be visible to the tip's unit (see linked_tips.py).
    """
    if case.commune_id is None or must_stay_at_province(case):
        return []
    around = areas.list_neighbours(case.commune_id) if access.visibility(officer).province else ()
    same_incident_filter = Q(category=case.category, commune_id__in=[case.commune_id, *around])
    is_dangerous = case.urgency >= DANGER
    same_incident_filter |= Q(urgency__gte=DANGER, commune_id=case.commune_id) if is_dangerous else Q()
    candidates = Case.objects.filter(
        access.filter_cases(officer),
        same_incident_filter | Q(code=near_code) if near_code else same_incident_filter,
        is_open=True,
        opened_at__range=(case.opened_at - MAX_TIME_APART, case.opened_at + MAX_TIME_APART),
    )
    own_first = Choice(When(commune_id=case.commune_id, then=0), default=1)
    others = candidates.exclude(pk__in=[case.pk, case.merged_into_id or 0]).exclude(kind__in=_SEALED_KINDS)
    others = others.exclude(snippet=event_data.PRIVATE_FOLLOW_UP_TEXT)
    rows = list(others.defer("search", "result").order_by(own_first, "-id")[:_MOST_COMPARED])
    features = _to_case_features(case)
    sides = [(row, _to_case_features(row)) for row in rows]
    reasons = find_likely_duplicates(
        case, select_closest(features, [(row, side) for row, side in sides if row.commune_id == case.commune_id])
    )
    cluster = _find_cluster(case, near_code, rows) if is_dangerous else frozenset()
    here = [
        PossibleDuplicate(
            row,
            "number" if shares_number(features, side) else reasons.get(row.pk, "words" if row.code in cluster else ""),
            here=True,
        )
        for row, side in sides
        if row.commune_id == case.commune_id
    ]
    there = [
        PossibleDuplicate(row, find_reason(features, side), here=False)
        for row, side in sides
        if row.commune_id != case.commune_id
    ]
    return [candidate for candidate in [*here, *there] if candidate.why][: max(_MOST_SIMILAR, len(cluster))]


def _find_cluster(case: Case, near_code: str, others: Sequence[Case]) -> frozenset[str]:
    """Return the codes of the cases connected with this one by the offers of intake. One statement."""
    opened = CaseEvent.objects.filter(case__in=[candidate.pk for candidate in others], verb=Verb.OPENED)
    offers = dict(opened.values_list("case__code", KeyTextTransform("near", "data")))
    members = [
        ClusterCase(
            candidate.code,
            offers.get(candidate.code) or "",
            candidate.category,
            candidate.commune_id,
            candidate.opened_at,
        )
        for candidate in others
    ]
    members.append(ClusterCase(case.code, near_code, case.category, case.commune_id, case.opened_at))
    return frozenset(next(cluster for cluster in cluster_cases(members) if case.code in cluster)) - {case.code}


def find_likely_duplicates(case: Case, others: Sequence[Case]) -> dict[int, str]:
    """Return which of these few cases are likely the same incident, by their report texts: id → reason."""
    if not others:
        return {}
    features_by_case = load_report_features(
        {member.pk: (member.category, member.commune_id) for member in [case, *others]}, areas.get_gazetteer()
    )
    reasons = {}
    for candidate in others:
        first, later = (
            features_by_case.get(member.pk, [])
            for member in sorted((case, candidate), key=lambda member: member.opened_at)
        )
        decision = (
            shipped_pair_model().join(later[0].learned_features, [[features.learned_features for features in first]])
            if first and later
            else None
        )
        if decision is None:
            continue
        sides = (
            ReportedIncident(case.category, case.urgency, first),
            ReportedIncident(candidate.category, candidate.urgency, later),
        )
        if judge_incidents(*sides, Score(decision.chance, decision.why)) is not MatchVerdict.SEPARATE:
            one_spot = any(features.learned_features.spots & later[0].learned_features.spots for features in first)
            reasons[candidate.pk] = {"key": "number", "spot": "spot" if one_spot else "words"}.get(
                decision.why, decision.why
            )
    return reasons


def _to_case_features(case: Case) -> CaseFeatures:
    code = areas.get_directory().get_commune_code(case.commune_id or 0)
    name = fold_text(areas.get_directory().communes[code].full_name) if code else ""
    point = (case.latitude, case.longitude) if case.latitude is not None and case.longitude is not None else None
    text = "" if case.snippet == event_data.GROUP_TIP_TEXT else case.snippet
    return CaseFeatures(fold_text(f"{text} {case.place}"), case.search_text, name, case.sensitive, case.urgency, point)


def list_related(officer: Any, case: Case) -> list[Relation]:
    """List relations to visible cases; for lost and found see lost_found.py."""
    rows = Relation.objects.filter(access.filter_cases(officer, prefix="related_case__"), case=case).exclude(
        kind="MATCH"
    )
    return list(rows.select_related("related_case").order_by("id"))


def list_group_cases(officer: Any, group_id: int, *, limit: int = 20) -> list[Case]:
    """List the newest visible cases with a message from this group."""
    case_ids = CaseMessage.objects.filter(message__group_id=group_id, detached_at=None).values("case_id")
    return list(Case.objects.filter(access.filter_cases(officer), pk__in=case_ids).order_by("-id")[:limit])


def list_evidence(case: Case) -> list[Evidence]:
    evidence_ids = prepared_queries.fetch_rows(
        "evidence",
        lambda: Evidence.objects.filter(case=prepared_queries.ID_PARAM).values("pk"),
        {prepared_queries.ID_PARAM: case.pk},
    )
    if not evidence_ids:  # most cases have none: plan no joins for them
        return []
    return list(case.evidence.select_related("attachment", "officer").order_by("id"))


def list_originals(officer: Officer, case: Case) -> list[Attachment]:
    """List encrypted original files of the case and of cases merged into it; none of sealed group messages.

    Takes the officer: the case must be visible to them.
    """
    return list(_select_originals(officer, case.pk).select_related("message__reporter").order_by("id")[:100])


def has_originals(officer: Officer, case: Case) -> bool:
    rows = prepared_queries.fetch_rows(
        ("originals", access.get_visibility_key(officer)),
        lambda: _select_originals(officer, prepared_queries.ID_PARAM).values("pk")[:1],
        {prepared_queries.ID_PARAM: case.pk},
    )
    return bool(rows)


def _select_originals(officer: Officer, case_id: int) -> QuerySet[Attachment]:
    case_ids = (
        Case.objects.filter(access.filter_cases(officer)).filter(Q(pk=case_id) | Q(merged_into=case_id)).values("pk")
    )
    message_ids = CaseMessage.objects.filter(case_id__in=case_ids, detached_at=None).values("message_id")
    rows = Attachment.objects.filter(
        Q(message_id__in=message_ids, message__ciphertext=None) | Q(evidence__case_id__in=case_ids)
    )
    return rows.exclude(original="").exclude(lock=None)


def assignment_options(officer: Officer, case: Case, *, now: dt.datetime) -> AssignmentOptions:
    """Return the options to assign or transfer the case; empty where the officer may not."""
    people: list[Officer] = []
    on_duty: frozenset[int] = frozenset()
    is_taken = case.assignee_id not in (None, officer.pk)
    can_assign, can_work = (
        access.officer_may(officer, ability) for ability in (Permission.ASSIGN, Permission.WORK_CASES)
    )
    if may_assign(can_assign=can_assign, can_work=can_work, is_taken=is_taken):
        near = Q(unit_id=case.unit_id) | Q(unit__parent_id=case.unit_id, unit__level="VILLAGE")
        candidates = Officer.objects.filter(near, is_active=True).exclude(pk__in=[case.assignee_id or 0, officer.pk])
        on_duty = list_ids_on_duty(case.unit_id, now)
        people = [
            colleague
            for colleague in candidates.select_related("unit").order_by("name", "pk")
            if can_assign_to(officer.role, colleague.role)
        ]
        people.sort(key=lambda colleague: colleague.pk not in on_duty)
    can_transfer = access.officer_may(officer, Permission.HAND_ON) and not must_stay_at_province(case)
    units = areas.get_directory().open_units if can_transfer else ()
    closed = {case.unit_id}
    if case.excluded_officers is not None:
        people = [colleague for colleague in people if colleague.pk not in case.excluded_officers]
        closed |= access.excluded_units(f"case:{case.code}", [unit.id for unit in units])
    return AssignmentOptions(tuple(people), tuple(unit for unit in units if unit.id not in closed), on_duty)


def find_transfer_unit(code: str) -> Unit | None:
    """Return a current unit by the code that the transfer form sends."""
    return Unit.objects.filter(code=code, valid_to=None).first()
