"""The labelled streams of `cluster` through the whole pipeline: intake joins like `binhyen cluster`, except where
confidentiality, unit borders or a victim's own matter forbid it."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations

import pytest

from binhyen.areas import queries as areas
from binhyen.areas.models import Unit
from binhyen.cases.choices import Verb
from binhyen.cases.incident_features import Incident
from binhyen.cases.models import Case, CaseEvent, CaseMessage
from binhyen.channels.models import Group
from binhyen.intake import incident_matching
from binhyen.intake.decision import Do
from binhyen.intake.incident_matching import comparable
from binhyen.intake.items import Result
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.kit import clock
from binhyen.language.training.evaluate_sets import Rows, by_set, f1, pairs, rows_of

pytestmark = pytest.mark.django_db


def test_the_labelled_streams_through_the_journey() -> None:
    """When written: 28 right, none wrong, 37 missed; with the labels of the shipped model 20, none, 39. Dangers join
    only if something finer than the hamlet matches, the others are offered to their desk (below: 46 of 65 would join by
    likelihood alone). 22 more of the 59 are offered to officers (18 before), and no two that are different."""
    total = _figures()
    assert total["extra"] <= 1
    assert f1(total) >= 0.5, total
    assert total["hit"] + total["offered"] >= 41, total
    assert total["offered wrongly"] <= 1, total


def test_what_is_likely_alone_joins_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incident_matching, "bound", lambda *_, **__: True)
    assert f1(_figures()) >= 0.76


def test_without_the_learnt_weights_it_finds_little(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = incident_matching.shipped()
    deaf = type(shipped)(dict.fromkeys(shipped.weights, 0.0), shipped.bias)
    monkeypatch.setattr(incident_matching, "shipped", lambda: deaf)
    assert f1(_figures(sets=1)) < 0.3


def _figures(sets: int = 7) -> Counter[str]:
    """Count hits, extras and misses over the pairs that may be joined at all."""
    total: Counter[str] = Counter()
    for rows in list(by_set(rows_of("dev", "cluster")).values())[:sets]:
        results = _told(rows, _groups(rows))
        feeds = dict(CaseMessage.objects.values_list("message_id", "case_id"))
        found = {key: str(feeds[r.message.pk]) if r.message.pk in feeds else None for key, r in results.items()}
        gold, offers = {row["id"]: row["gold"] for row in rows}, _offers()
        for one, other in combinations(results, 2):
            if not _may(results[one], results[other]):
                assert found[one] is None or found[one] != found[other], (one, other)
                if gold[one] == gold[other]:
                    total["kept apart"] += gold[one] is not None
                continue
            if (found[other], found[one]) in offers:
                total["offered" if gold[one] is not None and gold[one] == gold[other] else "offered wrongly"] += 1
            total += pairs([{"id": i, "gold": gold[i]} for i in (one, other)], found)
    return total


def _offers() -> set[tuple[str | None, str | None]]:
    """List cases with the open case that was proposed when they opened."""
    known = {code: str(pk) for pk, code in Case.objects.values_list("pk", "code")}
    near = CaseEvent.objects.filter(verb=Verb.OPENED).values_list("case_id", "data__near")
    return {(str(case), known[code]) for case, code in near if code}


def _may(one: Result, other: Result) -> bool:
    both = [_incident(one), _incident(other)]
    return one.decision.do in (Do.OPEN, Do.JOIN) and other.decision.do in (Do.OPEN, Do.JOIN) and comparable(*both)


def _incident(result: Result) -> Incident:
    decision, seat, message = result.decision, result.decision.seat, result.message
    return Incident(
        0, decision.category, decision.urgency, message.sensitive, complaint=False,
        unit_id=seat.unit_id if seat else 0, commune_id=seat.commune_id if seat else None, at=message.sent_at, folded="",
    )  # fmt: skip


def _told(rows: Rows, groups: dict[str, Group]) -> dict[str, Result]:
    """Send every report at the time offset given in its row."""
    first = datetime.fromisoformat(rows[0]["posted_at"])
    shift = timedelta(days=(clock.now() - first).days - 2)  # «tối nay» depends on the hour at which it was written
    results: dict[str, Result] = {}
    for row in rows:
        at = datetime.fromisoformat(row["posted_at"]) + shift
        (results[row["id"]],) = say((person(), row["text"]), at=at, group=groups.get(row["group"] or ""))
    return results


def _groups(rows: Rows) -> dict[str, Group]:
    codes = {name: areas.gazetteer().commune_of_group(name) for name in {r["group"] for r in rows} if name}
    communes = areas.directory().communes
    units = {code: Unit.objects.get(pk=communes[code].unit_id) for code in codes.values() if code in communes}
    return {name: group_of(units[code], clock.now()) for name, code in codes.items() if code in units}
