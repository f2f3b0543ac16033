"""A2 in work done: the pages of an excluded officer cost as much with complaints about them as without.

Seconds on a busy machine are unreliable, and so is CPU time if others use the other half of the core. So the work
behind the time is counted: the Python calls of a request, and the rows that PostgreSQL reads for it. Both are the same
every time; once with and once without is enough. Receipts of tips are compared by time in
`binhyen/tips/tests/test_receipts.py`.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.queries import case_detail, case_page
from binhyen.cases.queries.case_detail import NotFound
from binhyen.cases.queries.global_search import forget_places
from binhyen.conduct.models import Complaint
from binhyen.intake import web_reports
from binhyen.kit.ids import read_code, token
from binhyen.people.models import Officer
from tests.security.org_factory import Organisation
from tests.security.response_diff import pages_of
from tests.security.test_conflicts import (  # noqa: F401  pytest takes its fixtures by name
    World,
    complain,
    nothing_compiled,
    take_the_fence_down,
    undone,
    world,
)

pytestmark = pytest.mark.django_db
MORE = 5  # complaints besides the one that is worked on
SHARE = 0.1  # a difference is more than this part of the smaller value
CALLS, ROWS = 300, 500  # and more than these: about a tenth of a millisecond each

ELSEWHERE = ("/api", "/bao-mat/", "/dia-ban/")  # token requests; a person's own account; the map


@dataclass(frozen=True, slots=True)
class Work:
    calls: int
    rows: int


Spent = Mapping[tuple[str, str], Work]


def rows_read() -> int:
    """Return all rows read by this transaction so far, including those of database functions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_all_tables")
        return int(cursor.fetchone()[0])


def work(ask: Callable[[], object]) -> Work:
    calls, before = 0, rows_read()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        ask()
    finally:
        sys.setprofile(None)
    return Work(calls, rows_read() - before)


def differ(one: Work, other: Work) -> bool:
    return _apart(one.calls, other.calls, CALLS) or _apart(one.rows, other.rows, ROWS)


def _apart(one: int, other: int, least: int) -> bool:
    return abs(one - other) > max(least, SHARE * min(one, other))


@contextmanager
def complained(made: Organisation, w: World) -> Iterator[Case]:
    """Create many complaints about the same officer and remove them afterwards."""
    with undone():
        for number in range(MORE):
            words = f"{made.words}. Lần thứ {number + 2}."
            web_reports.send_report(sending=web_reports.Sending(key=token(), text=words, insists=True), now=w.now)
        case = complain(made, w.now).case
        assert Complaint.objects.count() > MORE
        yield case


def look(officers: Sequence[Officer], code: str, words: str, only: str) -> Spent:
    """Measure each of their pages on the second request: the first fills the caches of the process."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_case, people_veto")  # plans fit the existing rows, as in an installation
        cursor.execute("SET LOCAL enable_seqscan = off")  # … whose tables are too large for a sequential scan
    spent = {}
    for officer in officers:
        client = Client()
        client.force_login(officer)
        pages = [shape for shape in pages_of(officer) if only in ("", shape) and not shape.startswith(ELSEWHERE)]
        for shape in pages:
            address = shape.format(code=code, words=words)
            client.get(address)
            forget_places()
            spent[str(officer.role), shape] = work(lambda: client.get(address))  # noqa: B023  asked at once
    return spent


def told_by_work(w: World, *, only: str = "") -> dict[tuple[str, str], tuple[Work, Work]]:
    """Return pages (role, address) whose cost differs with and without complaints; `only`: this page."""
    made = w.maker.make()
    one_a_role = {o.role: o for group in made.barred.values() for o in group}
    officers = [made.subject, *(o for role, o in sorted(one_a_role.items()) if role != made.subject.role)]
    with complained(made, w) as case:
        code = case.code
        with_ = look(officers, code, made.subject.name, only)
    without = look(officers, code, made.subject.name, only)
    return {page: (with_[page], without[page]) for page in without if differ(with_[page], without[page])}


@pytest.mark.parametrize("world", [21], indirect=True)
def test_pages_cost_as_much_with_complaints_as_without(world: World) -> None:  # noqa: F811
    assert told_by_work(world) == {}


def eager(access_case: Callable[[Any, str], Case]) -> Callable[[Any, str], Case]:
    """Read an existing case before the access check (defect); for a missing one it returns at once."""

    def read_first(officer: Any, code: str) -> Case:
        case = Case.objects.filter(code=read_code(code)).first()
        if case is None:
            raise NotFound
        for _ in range(4):
            list(case.events.all()), list(case.clocks.all()), case_page.hearers(case), case_page.evidence(case)
        return access_case(officer, code)

    return read_first


@pytest.mark.parametrize("world", [22], indirect=True)
def test_control_an_early_return_is_seen_by_its_work(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take_the_fence_down(world, monkeypatch)
    monkeypatch.setattr(case_detail, "access_case", eager(case_detail.access_case))
    assert told_by_work(world, only="/vu-viec/{code}")


def test_what_counts_as_a_difference() -> None:
    plain = Work(20_000, 3_000)
    assert not differ(plain, Work(21_900, 3_400)), "under a tenth, and under five hundred rows"
    assert differ(plain, Work(22_100, 3_000)) and differ(Work(22_100, 3_000), plain)
    assert differ(plain, Work(20_000, 3_600))
