"""Lost and found matching: compare a new post with the other side shortly after it arrives, and notify both desks."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from binhyen.cases import event_data
from binhyen.cases.choices import Verb
from binhyen.cases.models import Case
from binhyen.cases.queries.lost_found import SIDES, get_matched_codes, post_index
from binhyen.cases.services.unit_of_work import INTAKE_ACTOR, ChangeRecord, record_changes
from binhyen.kit.jobs import defer_once


def enqueue_matching(cases: Iterable[Case]) -> None:
    """Enqueue lost and found cases for matching after this transaction, in the process that holds the index."""
    ids = sorted(case.pk for case in cases if case.category in SIDES and not case.sensitive)
    if ids:
        defer_once(queue="bulk", task="cases.match", key=f"cases.match:{ids[0]}", arguments={"case_ids": ids})


def match_posts(*, case_ids: Sequence[int], now: dt.datetime) -> int:
    """Compare these cases with all open posts of the other side; return the number of new pairs."""
    pairs = {
        (min(pk, int(candidate.id)), max(pk, int(candidate.id)))
        for pk, ranked in post_index.matches(case_ids, now=now)
        for candidate in ranked
    }
    return record_matches(pairs, now=now) if pairs else 0


@transaction.atomic
def record_matches(pairs: set[tuple[int, int]], *, now: dt.datetime) -> int:
    """Add an event to both cases of each new pair; its only data is the code of the other."""
    ids = {pk for pair in pairs for pk in pair}
    locked = Case.objects.select_for_update(of=("self",)).filter(pk__in=ids, is_open=True, sensitive=False)
    cases = {locked_case.pk: locked_case for locked_case in locked.order_by("pk")}
    existing = get_matched_codes(ids)
    codes_by_case: dict[int, list[str]] = {}
    new_count = 0
    for left, right in sorted(pairs):
        if left not in cases or right not in cases or cases[right].code in existing.get(left, ()):
            continue
        new_count += 1
        codes_by_case.setdefault(left, []).append(cases[right].code)
        codes_by_case.setdefault(right, []).append(cases[left].code)
    for pk in codes_by_case:
        cases[pk].version += 1
        cases[pk].updated_at = now
    Case.objects.bulk_update([cases[pk] for pk in codes_by_case], ["version", "updated_at"])
    records = [
        ChangeRecord(cases[pk], Verb.MATCHED, INTAKE_ACTOR, event_data.MatchedData(cases=codes))
        for pk, codes in codes_by_case.items()
    ]
    record_changes(records, now=now)
    return new_count
