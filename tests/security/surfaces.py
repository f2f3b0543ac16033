"""Everything an officer can see, as bytes and as the statements it took: what attack A2 compares."""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from binhyen.cases.queries.everywhere import forget_places
from binhyen.conduct.desk import DirectorDesk, InspectorDesk, ProvinceDesk
from binhyen.kit import clock
from binhyen.kit.feed import Feed
from binhyen.kit.live import Live, publish
from binhyen.kit.models import LiveEvent
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.rules import Role
from binhyen.stats import grounds
from binhyen.vault import queries as vault
from tests.architecture.test_urls import OFFICERS, TOKEN
from tests.faults.desks import OpenDesk, unmarked

_NOISE = re.compile(
    rb'(?:csrfmiddlewaretoken|name="key)" value="[^"]+"|nonce="[^"]+"|<meta name="csrf-token"[^>]*>|X-CSRFToken[^}]*|"[A-Za-z0-9]{64}"'
    # A new secret or passkey of the second step, a new report's link.
    rb'|data-ends="\d+"'  # seconds left of the session
    rb'|<path d="[^"]+"/>|class="secret">[^<]+<|challenge&quot;: &quot;[^&]+&|/da-gui/[\w-]{43}'
)
_CASES = (Role.VILLAGE_TEAM, Role.OFFICER, Role.CHIEF, Role.PROVINCE_DUTY, Role.PROVINCE_STAFF)
_DESKS = (ProvinceDesk(), DirectorDesk(), InspectorDesk())
_UNIT_UP = _CASES[1:]
# Pages that are looked at in more than one way; `{code}` is the complaint's, `{words}` the name of whom it is about.
WAYS = {
    "/ban-truc": ("/ban-truc", "/ban-truc?the=tat-ca"), "/tim": ("/tim?q={words}", "/tim?q={code}"),
    "/ket-qua/{metric}": ("/ket-qua/reports",),
}  # fmt: skip
PARTS = {"<str:code>": "{code}", "<code>": "{code}", "<slug:metric>": "{metric}"}


def _simple() -> dict[str, frozenset[Role]]:
    """Every page of officers that has no other part than these, from the table that every address must stand in, and
    what a token reads; with who has it. All the rest is compared in test_conflicts_everywhere.py.
    """
    found = {route: frozenset(roles) for route, (method, roles) in OFFICERS.items() if method == "GET"}
    found |= {route: frozenset(_CASES if "cases" in route else _UNIT_UP) for route, m in TOKEN.items() if m == "GET"}
    return {route: roles for route, roles in found.items() if "<" not in _shape(route)}


def _shape(route: str) -> str:
    for part, name in PARTS.items():
        route = route.replace(part, name)
    return f"/{route}"


BY_MANY = _simple()
PAGES = tuple(
    (way, tuple(role for role in Role if role in roles))
    for route, roles in BY_MANY.items()
    for way in WAYS.get(_shape(route), (_shape(route),))
)


# What each address is of, beside the statements it takes, which are compared of all: requirement 2 names them.
SURFACES: dict[str, tuple[str, ...]] = {
    "list": ("/ban-truc", "/ban-truc?the=tat-ca"), "search": ("/tim?q={words}", "/tim?q={code}"),
    "export": ("/ban-truc.csv", "/nhat-ky.csv"), "ledger": ("/ket-qua", "/ket-qua/reports", "/api/v1/ledger"),
    "audit": ("/nhat-ky", "/nhat-ky.csv", "/vet-cua-toi"), "detail": ("/vu-viec/{code}", "/api/v1/cases/{code}"),
    "count": ("/so-viec",), "live": ("live",), "custody": ("custody",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What came back, and the shapes of the statements behind it: their number and kind are the timing class."""

    name: str
    status: int
    body: bytes
    statements: tuple[str, ...]


def looks(
    officer: Officer,
    *,
    code: str,
    ref: str,
    words: str,
    token: str = "",
    pages: Sequence[str],
    custody: Callable[[], AbstractContextManager[None]],
    **parts: str,
) -> list[Look]:
    """The surfaces of one officer: `pages` (of PAGES), the live feed and the handlers' desks, where the complaint is
    `ref`. `parts`: of addresses besides.
    """
    forget_places()  # a name looked up before costs less, whoever looked
    grounds._villages.cache_clear()
    client = Client()
    client.force_login(officer)
    found = []
    for shape in pages:
        headers = {"Authorization": f"Bearer {token}"} if shape.startswith("/api") else {}
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(shape.format(code=code, words=words, **parts), headers=headers)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        found.append(Look(shape, answer.status_code, quiet(body), shapes_of(asked)))
    found.append(Look("live", 200, asyncio.run(_streams(officer, _told(officer))).encode(), ()))
    with custody(), CaptureQueriesContext(connection) as asked:
        seen = repr(at_the_desks(officer, ref)).encode()
    found.append(Look("custody", 200, seen, shapes_of(asked)))
    return found


def _told(officer: Officer) -> list[tuple[str, tuple[str, ...], str, dict[str, Any]]]:
    """All live events, and after them one that the officer hears in any world: it shows what its id says of the others."""
    topics = access.live_topics(officer)
    publish([Live(topics, "case", {"case": "K7M29QXD", "version": 2})] if topics else [], now=clock.now())
    return [(str(e.mark), tuple(e.topics), e.name, e.data) for e in LiveEvent.objects.order_by("id")]


async def _streams(officer: Officer, told: list[tuple[str, tuple[str, ...], str, dict[str, Any]]]) -> str:
    """What the feed says to a desk of the officer, and to one that comes back after the first it heard."""
    topics = access.live_topics(officer)
    if not topics:
        return ""  # the door lets nobody listen to nothing
    feed = Feed("")
    desk = OpenDesk(feed, topics)
    await desk.until(lambda: bool(desk.said))
    for event in told:
        feed.hear(*event)
    await desk.drop()
    first = desk.said.partition("id: ")[2].partition("\n")[0]
    back = OpenDesk(feed, topics, last=first)
    await back.until(lambda: bool(back.said))
    await back.drop()
    return unmarked(desk.said + back.said)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def pages_of(officer: Officer) -> list[str]:
    return [shape for shape, roles in PAGES if officer.role in roles]


def at_the_desks(officer: Officer, ref: str) -> tuple[Any, ...]:
    """The lists of the handlers' desks, the complaint by its id, and requests to open who told of it."""
    return lists_of(officer), one_of(officer, ref), [o.pk for o in vault.visible_openings(officer)]


def lists_of(officer: Officer) -> list[list[str]]:
    now = clock.now()
    return [[t.ref for over in (False, True) for t in desk.talks(officer, over=over, now=now).rows] for desk in _DESKS]


def one_of(officer: Officer, ref: str) -> list[Any]:
    """What each desk says of the complaint to this officer."""
    return [desk.talk(officer, ref, now=clock.now()) for desk in _DESKS]


def quiet(body: bytes) -> bytes:
    """Without what is another one every time."""
    return _NOISE.sub(b"", body)


def shapes_of(asked: CaptureQueriesContext) -> tuple[str, ...]:
    """How each begins: which columns of which tables, without what is looked for."""
    return tuple(q["sql"].split(" WHERE ")[0][:200] for q in asked.captured_queries if "SAVEPOINT" not in q["sql"])


def differences(one: Sequence[Look], other: Sequence[Look]) -> list[str]:
    """What tells the two worlds apart, by surface."""
    found = []
    for a, b in zip(one, other, strict=True):
        if (a.status, a.body) != (b.status, b.body):
            found.append(f"{a.name}: {a.status}/{b.status} {_around(a.body, b.body)}")
        elif len(a.statements) != len(b.statements):
            found.append(f"{a.name}: {len(a.statements)} and {len(b.statements)} statements")
    return found


def _around(one: bytes, other: bytes) -> str:
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, at - 40) : at + 60]!r} / …{other[max(0, at - 40) : at + 60]!r}"
