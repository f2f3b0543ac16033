"""Facts of cases for counting. A tip that stood in a group and the private follow-ups of its authors are counted once.

They count as the tip (docs/decisions/0025-assigning-messages-to-cases.md). Where only a private follow-up is valuable,
the group of cases has one valuable tip.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT

from binhyen.cases.choices import Verb
from binhyen.cases.models import Case, CaseEvent
from binhyen.kit.clock import vietnam_day
from binhyen.stats.metrics import CaseFacts, contributions, valued

_FOLLOWS = Q(verb=Verb.OPENED, data__has_key="after")


def together(case_ids: Collection[int]) -> list[int]:
    """Return the ids of these cases and of all cases that are counted together with any of them."""
    heads = set(_heads(_after(case_ids)).values())
    ids = {*case_ids, *heads}
    merged = Case.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids)).values_list("code", flat=True)
    followers = _followers().filter(after__in=list(merged)).values_list("case_id", flat=True)
    return sorted({*ids, *followers})


def counted(cases: Iterable[Case]) -> list[tuple[Case, CaseFacts]]:
    """Return each case with its facts; the cases counted together with it need not be in `cases`."""
    cases = list(cases)
    ids = [case.pk for case in cases]
    gone, beside = passed_on(ids), _beside(ids)
    return [(case, facts_of(case, gone, beside)) for case in cases]


def passed_on(case_ids: Any) -> frozenset[int]:
    """Return the sealed tips among these cases from which a separate case was extracted."""
    events = CaseEvent.objects.filter(case__in=case_ids, case__kind="sealed_tip", verb=Verb.EXTRACTED)
    return frozenset(events.values_list("case_id", flat=True))


def facts_of(case: Case, gone: Collection[int], beside: Mapping[int, Sequence[Case]]) -> CaseFacts:
    """Build the facts of a case.

    `extracted_ids`: see `list_extracted_ids`. `beside`: for each follow-up, the case it follows and the earlier
    follow-ups of that case.
    """
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
    """Return whether a case is counted; a complaint about police, or a case with facts from one, never is."""
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
    """Return the code of the group tip for each case that follows one."""
    rows = _followers().filter(case__in=case_ids)
    return {pk: code for pk, code in rows.values_list("case_id", "after") if code}


def _heads(after: Mapping[int, str]) -> dict[int, int]:
    """Return the case that each follow-up counts as: the tip, or the case that the tip was merged into."""
    if not after:
        return {}
    found = Case.objects.filter(code__in=set(after.values())).values_list("code", "pk", "merged_into")
    heads = {code: merged or pk for code, pk, merged in found}
    return {pk: heads[code] for pk, code in after.items() if code in heads}


def _followers() -> "QuerySet[Any]":
    return CaseEvent.objects.filter(_FOLLOWS).annotate(after=KT("data__after"))
