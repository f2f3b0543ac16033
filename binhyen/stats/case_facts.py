"""Facts of cases for counting. A tip that stood in a group and the private follow-ups of its authors are counted once.

They count as the tip (docs/decisions/0025-assigning-messages-to-cases.md). Where only a private follow-up is valuable,
the group of cases has one valuable tip.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.fields.json import KT

from binhyen.cases.choices import PERSON_OUTCOMES, Outcome, Verb
from binhyen.cases.models import Alarm, Case, CaseEvent, CaseMessage, Clock, Relation, Report
from binhyen.deeds.queries import list_commended_days
from binhyen.kit.clock import VIETNAM, to_vietnam_day
from binhyen.stats.metrics import (
    CHANNEL_GROUP,
    CHANNEL_LABELS,
    CHANNEL_OTHER,
    Breakdown,
    CaseFacts,
    build_key,
    get_breakdowns,
    get_contributions,
    is_valuable,
)
from binhyen.stats.models import Contribution

_FOLLOW_UP_FILTER = Q(verb=Verb.OPENED, data__has_key="after")


def list_counted_together(case_ids: Collection[int]) -> list[int]:
    """Return the ids of these cases and of all cases that are counted together with any of them."""
    heads = set(_get_counted_heads(_get_followed_codes(case_ids)).values())
    ids = {*case_ids, *heads}
    merged = Case.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids)).values_list("code", flat=True)
    followers = _select_follow_ups().filter(after__in=list(merged)).values_list("case_id", flat=True)
    return sorted({*ids, *followers})


def list_case_facts(cases: Iterable[Case]) -> list[tuple[Case, CaseFacts]]:
    """Return each case with its facts; the cases counted together with it need not be in `cases`."""
    cases = list(cases)
    ids = [case.pk for case in cases]
    gone, beside = list_extracted_ids(ids), _load_preceding(ids)
    partnered, late, commended = _list_partnered_ids(cases), _list_late_ids(cases), list_commended_days(ids)
    ratings, channels, arrivals = _list_ratings(ids), _list_channels(ids), _list_arrivals(ids)
    return [
        (
            case,
            replace(
                build_case_facts(case, gone, beside, partnered, late, commended, ratings),
                channel=channels.get(case.pk, CHANNEL_OTHER),
                arrival_minutes=_count_minutes(case, arrivals.get(case.pk)),
            ),
        )
        for case in cases
    ]


def _list_channels(case_ids: Collection[int]) -> dict[int, str]:
    """Return the channel code of each case: of its first message; as counted before, once messages are deleted."""
    links = CaseMessage.objects.filter(case__in=case_ids).order_by("case_id", "id").distinct("case_id")
    rows = links.values_list("case_id", "message__channel__kind", "message__group_id")
    channels = {
        case_id: CHANNEL_GROUP if group_id else kind if kind in CHANNEL_LABELS else CHANNEL_OTHER
        for case_id, kind, group_id in rows
    }
    prefix = build_key(Breakdown.CHANNEL, "")
    without_messages = [case_id for case_id in case_ids if case_id not in channels]
    counted = Contribution.objects.filter(case__in=without_messages, metric__startswith=prefix)
    for case_id, metric in counted.values_list("case_id", "metric") if without_messages else ():
        channels[case_id] = metric.removeprefix(prefix)
    return channels


def _list_arrivals(case_ids: Collection[int]) -> dict[int, dt.datetime]:
    """Return when officers arrived, of the cases whose alarm says so."""
    rows = Alarm.objects.filter(case__in=case_ids, arrived_at__isnull=False).values_list("case_id", "arrived_at")
    return {case_id: arrived_at for case_id, arrived_at in rows if arrived_at is not None}


def _count_minutes(case: Case, moment: dt.datetime | None) -> float | None:
    return (moment - case.opened_at).total_seconds() / 60 if moment is not None else None


def _list_ratings(case_ids: Collection[int]) -> dict[int, tuple[bool, dt.date]]:
    """Return the latest rating of each rated case with its day."""
    rows = Report.objects.filter(case__in=case_ids, was_helpful__isnull=False, rated_at__isnull=False)
    return {
        case_id: (bool(was_helpful), to_vietnam_day(rated_at))
        for case_id, was_helpful, rated_at in rows.order_by("rated_at", "pk").values_list(
            "case_id", "was_helpful", "rated_at"
        )
        if rated_at is not None
    }


def _list_late_ids(cases: Iterable[Case]) -> frozenset[int]:
    """Return the closed cases among these with a clock that stopped after its deadline."""
    ids = [case.pk for case in cases if case.closed_at is not None]
    return frozenset(Clock.objects.filter(case__in=ids, stopped_at__gt=F("due_at")).values_list("case_id", flat=True))


def _list_partnered_ids(cases: Iterable[Case]) -> frozenset[int]:
    """Return the returned lost things whose finder has a case too, and the found people whose family has one."""
    ids = [
        case.pk
        for case in cases
        if (case.category == "lost_item" and case.outcome == Outcome.RETURNED)
        or (case.category == "found_person" and case.outcome in PERSON_OUTCOMES)
    ]
    rows = Relation.objects.filter(case__in=ids, kind=Relation.Kind.MATCH) if ids else Relation.objects.none()
    return frozenset(rows.values_list("case_id", flat=True))


def list_extracted_ids(case_ids: Any) -> frozenset[int]:
    """Return the sealed tips among these cases from which a separate case was extracted."""
    events = CaseEvent.objects.filter(case__in=case_ids, case__kind="sealed_tip", verb=Verb.EXTRACTED)
    return frozenset(events.values_list("case_id", flat=True))


def build_case_facts(
    case: Case,
    extracted_ids: Collection[int],
    beside: Mapping[int, Sequence[Case]],
    partnered_ids: Collection[int] = (),
    late_ids: Collection[int] = (),
    commended_days: Mapping[int, dt.date] | None = None,
    ratings: Mapping[int, tuple[bool, dt.date]] | None = None,
) -> CaseFacts:
    """Build the facts of a case.

    `extracted_ids`: see `list_extracted_ids`. `beside`: for each follow-up, the case it follows and the earlier
    follow-ups of that case.
    """
    preceding = beside.get(case.pk)
    rating, rated_on = (ratings or {}).get(case.pk, (None, None))
    return CaseFacts(
        rating=rating,
        rated_on=rated_on,
        kind=case.kind,
        category=case.category,
        lane=case.lane,
        state=case.state,
        outcome=case.outcome,
        urgency=case.urgency,
        grade=case.tip_value,
        opened_on=to_vietnam_day(case.opened_at),
        opened_hour=case.opened_at.astimezone(VIETNAM).hour,
        closed_on=to_vietnam_day(case.closed_at) if case.closed_at else None,
        was_extracted=case.pk in extracted_ids,
        is_follow_up=preceding is not None,
        has_partner=case.pk in partnered_ids,
        response_minutes=_count_minutes(case, case.acknowledged_at),
        missed_deadline=case.pk in late_ids,
        commended_on=(commended_days or {}).get(case.pk),
        has_valuable_tip=any(
            is_valuable(earlier_case.state, earlier_case.tip_value, earlier_case.outcome) and is_counted(earlier_case)
            for earlier_case in preceding or ()
        ),
    )


def get_metrics(case: Case, facts: CaseFacts) -> Any:
    """Return the keys a case counts for, metrics and breakdowns, each with its day."""
    return {**get_contributions(facts), **get_breakdowns(facts)} if is_counted(case) else {}


def is_counted(case: Case) -> bool:
    """Return whether a case is counted; a complaint about police, or a case with facts from one, never is."""
    return not case.is_restricted and case.excluded_officers is None


def _load_preceding(case_ids: Collection[int]) -> dict[int, list[Case]]:
    heads = _get_counted_heads(_get_followed_codes(case_ids))
    if not heads:
        return {}
    all_of = _get_counted_heads(_get_followed_codes(list_counted_together(case_ids)))
    cases_by_id = Case.objects.in_bulk({*all_of, *all_of.values()})
    return {
        pk: [
            cases_by_id[head],
            *(
                cases_by_id[other_id]
                for other_id, other_head in sorted(all_of.items())
                if other_head == head and other_id < pk
            ),
        ]
        for pk, head in heads.items()
    }


def _get_followed_codes(case_ids: Collection[int]) -> dict[int, str]:
    """Return the code of the group tip for each case that follows one."""
    rows = _select_follow_ups().filter(case__in=case_ids)
    return {pk: code for pk, code in rows.values_list("case_id", "after") if code}


def _get_counted_heads(followed_codes: Mapping[int, str]) -> dict[int, int]:
    """Return the case that each follow-up counts as: the tip, or the case that the tip was merged into."""
    if not followed_codes:
        return {}
    rows = Case.objects.filter(code__in=set(followed_codes.values())).values_list("code", "pk", "merged_into")
    heads = {code: merged or pk for code, pk, merged in rows}
    return {pk: heads[code] for pk, code in followed_codes.items() if code in heads}


def _select_follow_ups() -> "QuerySet[Any]":
    return CaseEvent.objects.filter(_FOLLOW_UP_FILTER).annotate(after=KT("data__after"))
