"""A2 in work done: the pages of an excluded officer cost as much with complaints about them as without.

Seconds on a busy machine are unreliable, and so is CPU time if others use the other half of the core. So the work
behind the time is counted: the Python calls of a request, and the rows that PostgreSQL reads for it. Both are the same
every time; once with and once without is enough. Receipts of tips are compared by time in
`binhyen/tips/tests/test_receipts.py`.
"""

import gc
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.queries import case_detail, case_page
from binhyen.cases.queries.case_detail import NotFound
from binhyen.cases.queries.global_search import clear_place_cache
from binhyen.conduct.models import Complaint
from binhyen.intake import web_reports
from binhyen.kit.ids import generate_token, normalize_code
from binhyen.people.models import Officer
from tests.security.org_factory import Organisation
from tests.security.response_diff import list_pages
from tests.security.test_conflicts import (  # noqa: F401  pytest takes its fixtures by name
    World,
    disable_rls,
    file_complaint,
    nothing_compiled,
    roll_back,
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


def count_rows_read() -> int:
    """Return the rows read by this transaction so far, including those of database functions.

    Not those of the catalog: the server reads it again whenever a background ANALYZE invalidates its caches.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


def measure_work(ask: Callable[[], object]) -> Work:
    calls, before = 0, count_rows_read()

    def count_call(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    gc.disable()  # finalizers of earlier pages would count as calls of this one
    sys.setprofile(count_call)
    try:
        ask()
    finally:
        sys.setprofile(None)
        gc.enable()
    return Work(calls, count_rows_read() - before)


def is_different(left: Work, right: Work) -> bool:
    return is_beyond(left.calls, right.calls, CALLS) or is_beyond(left.rows, right.rows, ROWS)


def is_beyond(left: int, right: int, least: int) -> bool:
    return abs(left - right) > max(least, SHARE * min(left, right))


@contextmanager
def file_many_complaints(made: Organisation, w: World) -> Iterator[Case]:
    """Create many complaints about the same officer and remove them afterwards."""
    with roll_back():
        for number in range(MORE):
            words = f"{made.words}. Lần thứ {number + 2}."
            web_reports.send_report(
                sending=web_reports.Submission(key=generate_token(), text=words, is_insisting=True), now=w.now
            )
        case = file_complaint(made, w.now).case
        assert Complaint.objects.count() > MORE
        yield case


def measure_pages(officers: Sequence[Officer], code: str, words: str, only: str) -> Spent:
    """Measure each of their pages on the second request: the first fills the caches of the process."""
    with connection.cursor() as cursor:
        # Plans fit the existing rows, as in an installation; until the end of the transaction no background ANALYZE
        # changes them: of two measures of a page one would have another plan.
        cursor.execute("ANALYZE " + ", ".join(sorted(model._meta.db_table for model in apps.get_models())))
        cursor.execute("SET LOCAL enable_seqscan = off")  # … whose tables are too large for a sequential scan
    spent = {}
    for officer in officers:
        client = Client()
        client.force_login(officer)
        pages = [shape for shape in list_pages(officer) if only in ("", shape) and not shape.startswith(ELSEWHERE)]
        for shape in pages:
            address = shape.format(code=code, words=words)
            client.get(address)
            clear_place_cache()
            spent[str(officer.role), shape] = measure_work(lambda: client.get(address))  # noqa: B023  asked at once
    return spent


def list_differing_pages(w: World, *, only: str = "") -> dict[tuple[str, str], tuple[Work, Work]]:
    """Return pages (role, address) whose cost differs with and without complaints; `only`: this page.

    They differ twice: some caches of a process are filled again after seconds, which a slow page may meet once.
    """
    made = w.maker.make()
    one_a_role = {o.role: o for group in made.excluded.values() for o in group}
    officers = [made.subject, *(o for role, o in sorted(one_a_role.items()) if role != made.subject.role)]
    first = _compare_pages(w, made, officers, only)
    second = _compare_pages(w, made, officers, only) if first else {}
    return {page: costs for page, costs in second.items() if page in first}


def _compare_pages(
    w: World, made: Organisation, officers: Sequence[Officer], only: str
) -> dict[tuple[str, str], tuple[Work, Work]]:
    with file_many_complaints(made, w) as case:
        code = case.code
        with_ = measure_pages(officers, code, made.subject.name, only)
    without = measure_pages(officers, code, made.subject.name, only)
    return {page: (with_[page], without[page]) for page in without if is_different(with_[page], without[page])}


@pytest.mark.parametrize("world", [21], indirect=True)
def test_pages_cost_as_much_with_complaints_as_without(world: World) -> None:  # noqa: F811
    assert list_differing_pages(world) == {}


def read_before_check(access_case: Callable[[Any, str], Case]) -> Callable[[Any, str], Case]:
    """Read an existing case before the access check (defect); for a missing one it returns at once."""

    def read_first(officer: Any, code: str) -> Case:
        case = Case.objects.filter(code=normalize_code(code)).first()
        if case is None:
            raise NotFound
        for _ in range(4):
            (
                list(case.events.all()),
                list(case.clocks.all()),
                case_page.list_reports(case),
                case_page.list_evidence(case),
            )
        return access_case(officer, code)

    return read_first


@pytest.mark.parametrize("world", [22], indirect=True)
def test_control_an_early_return_is_seen_by_its_work(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disable_rls(world, monkeypatch)
    monkeypatch.setattr(case_detail, "get_visible_case", read_before_check(case_detail.get_visible_case))
    assert list_differing_pages(world, only="/vu-viec/{code}")


def test_what_counts_as_a_difference() -> None:
    plain = Work(20_000, 3_000)
    assert not is_different(plain, Work(21_900, 3_400)), "under a tenth, and under five hundred rows"
    assert is_different(plain, Work(22_100, 3_000)) and is_different(Work(22_100, 3_000), plain)
    assert is_different(plain, Work(20_000, 3_600))
