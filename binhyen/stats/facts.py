"""What counting needs of cases, alone or beside others: a tip that stood in a group and what its authors said of it in
private (docs/decisions/0025-assigning-messages-to-cases.md) are one matter, counted as the tip. Where only a word in private is of value,
it is that matter's one valuable tip.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT

from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.words import Verb
from binhyen.kit.clock import vietnam_day
from binhyen.stats.rules import CaseFacts, contributions, valued

_FOLLOWS = Q(verb=Verb.OPENED, data__has_key="after")


def together(case_ids: Collection[int]) -> list[int]:
    """These, and whatever is one matter with any of them."""
    heads = set(_heads(_after(case_ids)).values())
    ids = {*case_ids, *heads}
    merged = Case.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids)).values_list("code", flat=True)
    followers = _followers().filter(after__in=list(merged)).values_list("case_id", flat=True)
    return sorted({*ids, *followers})


def counted(cases: Iterable[Case]) -> list[tuple[Case, CaseFacts]]:
    """Each with its facts. What is one matter with one of them need not be among them."""
    cases = list(cases)
    ids = [case.pk for case in cases]
    gone, beside = passed_on(ids), _beside(ids)
    return [(case, facts_of(case, gone, beside)) for case in cases]


def passed_on(case_ids: Any) -> frozenset[int]:
    """Of these cases the sealed tips that went on as cases of their own."""
    events = CaseEvent.objects.filter(case__in=case_ids, case__kind="sealed_tip", verb=Verb.EXTRACTED)
    return frozenset(events.values_list("case_id", flat=True))


def facts_of(case: Case, gone: Collection[int], beside: Mapping[int, Sequence[Case]]) -> CaseFacts:
    """`gone`: see `passed_on`; `beside`: of each that follows another, that one and those that followed it before."""
    before = beside.get(case.pk)
    return CaseFacts(
        kind=case.kind, category=case.category, lane=case.lane, state=case.state, outcome=case.outcome,
        urgency=case.urgency, grade=case.grade,
        opened_on=vietnam_day(case.opened_at), closed_on=vietnam_day(case.closed_at) if case.closed_at else None,
        passed_on=case.pk in gone, follows=before is not None,
        valued=any(valued(one.state, one.grade, one.outcome) and shows(one) for one in before or ()),
    )  # fmt: skip


def metrics_of(case: Case, facts: CaseFacts) -> Any:
    return contributions(facts) if shows(case) else {}


def shows(case: Case) -> bool:
    """A complaint about police, or facts from one, show in no number."""
    return not case.apart and case.barred is None


def _beside(case_ids: Collection[int]) -> dict[int, list[Case]]:
    heads = _heads(_after(case_ids))
    if not heads:
        return {}
    all_of = _heads(_after(together(case_ids)))
    known = Case.objects.in_bulk({*all_of, *all_of.values()})
    return {
        pk: [known[head], *(known[one] for one, its in sorted(all_of.items()) if its == head and one < pk)]
        for pk, head in heads.items()
    }


def _after(case_ids: Collection[int]) -> dict[int, str]:
    """Of those that follow a tip in a group its code."""
    rows = _followers().filter(case__in=case_ids)
    return {pk: code for pk, code in rows.values_list("case_id", "after") if code}


def _heads(after: Mapping[int, str]) -> dict[int, int]:
    """The case that each is counted as: the tip's, or that which it was merged into."""
    if not after:
        return {}
    found = Case.objects.filter(code__in=set(after.values())).values_list("code", "pk", "merged_into")
    heads = {code: merged or pk for code, pk, merged in found}
    return {pk: heads[code] for pk, code in after.items() if code in heads}


def _followers() -> "QuerySet[Any]":
    return CaseEvent.objects.filter(_FOLLOWS).annotate(after=KT("data__after"))
