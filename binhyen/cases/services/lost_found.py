"""Lost and found matching: compare a new post with the other side shortly after it arrives, and notify both desks."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from binhyen.cases import event_data
from binhyen.cases.choices import Verb
from binhyen.cases.models import Case
from binhyen.cases.queries.lost_found import SIDES, board, named
from binhyen.cases.services.unit_of_work import INTAKE, Trace, leave_traces
from binhyen.kit.jobs import defer_once


def match_later(cases: Iterable[Case]) -> None:
    """Enqueue lost and found cases for matching after this transaction, in the process that holds the index."""
    ids = sorted(c.pk for c in cases if c.category in SIDES and not c.sensitive)
    if ids:
        defer_once(queue="bulk", task="cases.match", key=f"cases.match:{ids[0]}", arguments={"case_ids": ids})


def match(*, case_ids: Sequence[int], now: dt.datetime) -> int:
    """Compare these cases with all open posts of the other side; return the number of new pairs."""
    pairs = {
        (min(pk, int(other.id)), max(pk, int(other.id)))
        for pk, ranked in board.matches(case_ids, now=now)
        for other in ranked
    }
    return _tell(pairs, now=now) if pairs else 0


@transaction.atomic
def _tell(pairs: set[tuple[int, int]], *, now: dt.datetime) -> int:
    """Add an event to both cases of each new pair; its only data is the code of the other."""
    ids = {pk for pair in pairs for pk in pair}
    locked = Case.objects.select_for_update(of=("self",)).filter(pk__in=ids, is_open=True, sensitive=False)
    cases = {c.pk: c for c in locked.order_by("pk")}
    known = named(ids)
    found: dict[int, list[str]] = {}
    new = 0
    for one, other in sorted(pairs):
        if one not in cases or other not in cases or cases[other].code in known.get(one, ()):
            continue
        new += 1
        found.setdefault(one, []).append(cases[other].code)
        found.setdefault(other, []).append(cases[one].code)
    for pk in found:
        cases[pk].version += 1
        cases[pk].updated_at = now
    Case.objects.bulk_update([cases[pk] for pk in found], ["version", "updated_at"])
    traces = [Trace(cases[pk], Verb.MATCHED, INTAKE, event_data.Matched(cases=codes)) for pk, codes in found.items()]
    leave_traces(traces, now=now)
    return new
