"""Everything an officer can see, as bytes and as the SQL statements behind it: attack A2 compares these."""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from binhyen.cases.queries.global_search import forget_places
from binhyen.conduct.desk import DirectorDesk, InspectorDesk, ProvinceDesk
from binhyen.kit import clock
from binhyen.kit.live_events import Live, publish
from binhyen.kit.models import LiveEvent
from binhyen.kit.sse import Feed
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.stats import area_filter
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
# Pages requested in more than one way; `{code}` is the complaint's, `{words}` the name of its subject.
WAYS = {
    "/ban-truc": ("/ban-truc", "/ban-truc?the=tat-ca"), "/tim": ("/tim?q={words}", "/tim?q={code}"),
    "/ket-qua/{metric}": ("/ket-qua/reports",),
}  # fmt: skip
PARTS = {"<str:code>": "{code}", "<code>": "{code}", "<slug:metric>": "{metric}"}


def _simple() -> dict[str, frozenset[Role]]:
    """Return every page of officers without other address parts, from the table of all addresses, and the API reads of
    a token; with their roles. The remaining ones are compared in test_conflicts_everywhere.py.
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


# The subject of each address, besides its statements, which are compared for all: requirement 2 names them.
SURFACES: dict[str, tuple[str, ...]] = {
    "list": ("/ban-truc", "/ban-truc?the=tat-ca"), "search": ("/tim?q={words}", "/tim?q={code}"),
    "export": ("/ban-truc.csv", "/nhat-ky.csv"), "ledger": ("/ket-qua", "/ket-qua/reports", "/api/v1/ledger"),
    "audit": ("/nhat-ky", "/nhat-ky.csv", "/vet-cua-toi"), "detail": ("/vu-viec/{code}", "/api/v1/cases/{code}"),
    "count": ("/so-viec",), "live": ("live",), "custody": ("custody",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """A response and the shapes of the statements behind it: their number and kind are the timing class."""

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
    """Return the surfaces of one officer: `pages` (of PAGES), the live feed and the handlers' desks, where the
    complaint is `ref`. `parts`: further address parts.
    """
    forget_places()  # a cached name costs less, whoever looked it up
    area_filter._villages.cache_clear()
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
    """Return all live events, followed by one that the officer receives in any world: its id would reveal the number of
    the others.
    """
    topics = access.live_topics(officer)
    publish([Live(topics, "case", {"case": "K7M29QXD", "version": 2})] if topics else [], now=clock.now())
    return [(str(e.mark), tuple(e.topics), e.name, e.data) for e in LiveEvent.objects.order_by("id")]


async def _streams(officer: Officer, told: list[tuple[str, tuple[str, ...], str, dict[str, Any]]]) -> str:
    """Return the feed of an officer's desk, and of one that reconnects after its first event."""
    topics = access.live_topics(officer)
    if not topics:
        return ""  # the gateway refuses a stream without topics
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
    """Roll back the changes of the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def pages_of(officer: Officer) -> list[str]:
    return [shape for shape, roles in PAGES if officer.role in roles]


def at_the_desks(officer: Officer, ref: str) -> tuple[Any, ...]:
    """Return the lists of the handlers' desks, the complaint by its id, and requests to disclose its reporter."""
    return lists_of(officer), one_of(officer, ref), [o.pk for o in vault.visible_openings(officer)]


def lists_of(officer: Officer) -> list[list[str]]:
    now = clock.now()
    return [[t.ref for over in (False, True) for t in desk.talks(officer, over=over, now=now).rows] for desk in _DESKS]


def one_of(officer: Officer, ref: str) -> list[Any]:
    """Return each desk's view of the complaint for this officer."""
    return [desk.talk(officer, ref, now=clock.now()) for desk in _DESKS]


def quiet(body: bytes) -> bytes:
    """Return the body without values that differ every time."""
    return _NOISE.sub(b"", body)


def shapes_of(asked: CaptureQueriesContext) -> tuple[str, ...]:
    """Return the beginning of each statement: its columns and tables, without its parameters."""
    return tuple(q["sql"].split(" WHERE ")[0][:200] for q in asked.captured_queries if "SAVEPOINT" not in q["sql"])


def differences(one: Sequence[Look], other: Sequence[Look]) -> list[str]:
    """Return the differences between the two worlds, by surface."""
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
