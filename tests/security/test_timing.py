"""A2 in work done: the pages of somebody barred cost as much with complaints about them as without.

Seconds on a busy machine lie, and so do those on a processor of which others use the other half. So the work is counted
that takes the time: the calls which a request makes in Python, and the rows PostgreSQL reads for it. Both come out alike
every time; once with and once without is enough. Receipts of tips are compared by what they take on the clock in
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
from binhyen.cases.queries import around, detail
from binhyen.cases.queries.detail import NotFound
from binhyen.cases.queries.everywhere import forget_places
from binhyen.conduct.models import Complaint
from binhyen.intake import web
from binhyen.kit.ids import read_code, token
from binhyen.people.models import Officer
from tests.security.organisations import Organisation
from tests.security.surfaces import pages_of
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
SHARE = 0.1  # a difference is more than this part of the lesser
CALLS, ROWS = 300, 500  # and more than these: about a tenth of a millisecond each

ELSEWHERE = ("/api", "/bao-mat/", "/dia-ban/")  # asks by token; of one's own account; of the map


@dataclass(frozen=True, slots=True)
class Work:
    calls: int
    rows: int


Spent = Mapping[tuple[str, str], Work]


def rows_read() -> int:
    """All that this transaction has read so far, functions of the database included."""
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
    """Many tell of the same officer; afterwards nobody did."""
    with undone():
        for number in range(MORE):
            words = f"{made.words}. Lần thứ {number + 2}."
            web.send_report(sending=web.Sending(key=token(), text=words, insists=True), now=w.now)
        case = complain(made, w.now).case
        assert Complaint.objects.count() > MORE
        yield case


def look(officers: Sequence[Officer], code: str, words: str, only: str) -> Spent:
    """What each of their pages costs, asked a second time: the first fills what a process keeps."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_case, people_veto")  # plans are those of what is there, as an installation's are
        cursor.execute("SET LOCAL enable_seqscan = off")  # … whose tables are no handful of rows, quickest read whole
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
    """Pages (role, address) that cost another amount with complaints than without; `only`: of this page."""
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
    """The defect: a case that is there is read before it is asked whose it is; for one that is not it returns at once."""

    def read_first(officer: Any, code: str) -> Case:
        case = Case.objects.filter(code=read_code(code)).first()
        if case is None:
            raise NotFound
        for _ in range(4):
            list(case.events.all()), list(case.clocks.all()), around.hearers(case), around.evidence(case)
        return access_case(officer, code)

    return read_first


@pytest.mark.parametrize("world", [22], indirect=True)
def test_control_an_early_return_is_seen_by_its_work(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take_the_fence_down(world, monkeypatch)
    monkeypatch.setattr(detail, "access_case", eager(detail.access_case))
    assert told_by_work(world, only="/vu-viec/{code}")


def test_what_counts_as_a_difference() -> None:
    plain = Work(20_000, 3_000)
    assert not differ(plain, Work(21_900, 3_400)), "under a tenth, and under five hundred rows"
    assert differ(plain, Work(22_100, 3_000)) and differ(Work(22_100, 3_000), plain)
    assert differ(plain, Work(20_000, 3_600))
