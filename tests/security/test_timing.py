"""A2 in seconds: the pages of somebody barred take as long with complaints about them as without.

Seconds on a busy machine lie, so nothing here is a figure. What is compared is the time on a processor, of this process
and of its database connection; every page is asked in turns, with and without, and only what in the middle of many looks
differs by a quarter and by two milliseconds, three times over, counts as a difference. Receipts of tips are compared by
what they take on the clock in `binhyen/tips/tests/test_receipts.py`.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
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
ROUNDS, LOOKS = 3, 5  # with and without in turns, and how often each page is asked each time
SHARE, LEAST = 0.25, 0.002  # a difference is more than both: of the shorter median, and in seconds

ELSEWHERE = ("/api", "/bao-mat/", "/dia-ban/")  # asks by token; of one's own account; of the map

Spent = Mapping[tuple[str, str], Sequence[float]]


def on_a_processor() -> float:
    """Seconds, of this thread and of the process of PostgreSQL that serves it; what others take is not in it."""
    server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return time.thread_time() + int(server.split()[0]) / 1e9


def differ(one: Sequence[float], other: Sequence[float]) -> bool:
    a, b = sorted((statistics.median(one), statistics.median(other)))
    return b - a > LEAST and b > a * (1 + SHARE)


def apart(with_: Spent, without: Spent) -> set[tuple[str, str]]:
    return {page for page in without if differ(with_[page], without[page])}


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


def look(
    officers: Sequence[Officer], code: str, words: str, only: str, spent: dict[tuple[str, str], list[float]]
) -> None:  # fmt: skip
    """Each of their pages some times over; the first look of each is not counted."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_case, people_veto")  # plans are those of what is there, as an installation's are
    for officer in officers:
        client = Client()
        client.force_login(officer)
        pages = [shape for shape in pages_of(officer) if only in ("", shape) and not shape.startswith(ELSEWHERE)]
        for shape in pages:
            client.get(shape.format(code=code, words=words))
        for _ in range(LOOKS):
            for shape in pages:
                forget_places()
                started = on_a_processor()
                client.get(shape.format(code=code, words=words))
                spent[str(officer.role), shape].append(on_a_processor() - started)


def measured(made: Organisation, officers: Sequence[Officer], only: str, w: World) -> set[tuple[str, str]]:
    """Pages (role, address) that take another time with complaints than without."""
    with_: dict[tuple[str, str], list[float]] = defaultdict(list)
    without: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        with complained(made, w) as case:
            code = case.code
            look(officers, code, made.subject.name, only, with_)
        look(officers, code, made.subject.name, only, without)
    return apart(with_, without)


def told_by_time(w: World, *, tries: int = 3, only: str = "") -> set[tuple[str, str]]:
    """What differed every time; `only`: of this page."""
    made = w.maker.make()
    one_a_role = {o.role: o for group in made.barred.values() for o in group}
    officers = [made.subject, *(o for role, o in sorted(one_a_role.items()) if role != made.subject.role)][:2]
    found = measured(made, officers, only, w)
    for _ in range(tries - 1):
        if not found:
            break
        found &= measured(made, officers, only, w)
    return found


@pytest.mark.parametrize("world", [21], indirect=True)
def test_pages_take_as_long_with_complaints_as_without(world: World) -> None:  # noqa: F811
    assert told_by_time(world) == set()


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
def test_control_an_early_return_is_seen_by_its_time(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take_the_fence_down(world, monkeypatch)
    monkeypatch.setattr(detail, "access_case", eager(detail.access_case))
    assert told_by_time(world, only="/vu-viec/{code}")


def test_what_counts_as_a_difference() -> None:
    assert not differ([0.004] * 9, [0.0059] * 9), "half as much again, and under two milliseconds"
    assert not differ([0.020] * 9, [0.0245] * 9), "four milliseconds, and under a quarter"
    assert differ([0.004] * 9, [0.0065] * 9)
    assert not differ([0.004] * 5 + [0.9] * 4, [0.004] * 9), "a machine that was busy for a moment"
