"""Everything an officer can see, as bytes and as the SQL statements behind it: attack A2 compares these."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from binhyen.cases.queries.global_search import clear_place_cache
from binhyen.conduct.desk import DirectorDesk, InspectorDesk, ProvinceDesk
from binhyen.kit import clock
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.kit.models import LiveEvent
from binhyen.kit.sse import Feed
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.stats import area_filter
from binhyen.vault import queries as vault
from tests.architecture.test_urls import OFFICERS, TOKEN
from tests.faults.desks import OpenDesk, replace_random_ids

_NOISE = re.compile(
    rb'(?:csrfmiddlewaretoken|name="key)" value="[^"]+"|nonce="[^"]+"|<meta name="csrf-token"[^>]*>|X-CSRFToken[^}]*|"[A-Za-z0-9]{64}"'
    # A new secret or passkey of the second step, a new report's link.
    rb'|data-ends="\d+"'  # seconds left of the session
    rb"|'Location', '/(?:ban-tin|vu-viec)/[0-9A-Z]{4}-[0-9A-Z]{4}|\d+ ms<"  # the code of what was made; measured times
    rb"|(?s:PK\x03\x04.{10}|PK\x01\x02.{12})"  # the time of writing in a Word file
    rb'|<path d="[^"]+"/>|class="secret">[^<]+<|challenge&quot;: &quot;[^&]+&|/da-gui/[\w-]{43}'
)
_CONSTANTS = re.compile(r"'[^']*'?|\b\d+\b")  # of a statement: two with other values are alike
_CASES = (Role.VILLAGE_TEAM, Role.OFFICER, Role.CHIEF, Role.PROVINCE_DUTY, Role.PROVINCE_STAFF)
_DESKS = (ProvinceDesk(), DirectorDesk(), InspectorDesk())
_UNIT_UP = _CASES[1:]
# Pages requested in more than one way; `{code}` is the complaint's, `{words}` the name of its subject.
PAGE_VARIANTS = {
    "/ban-truc": ("/ban-truc", "/ban-truc?the=tat-ca"),
    "/tim": ("/tim?q={words}", "/tim?q={code}"),
    "/ket-qua/{metric}": ("/ket-qua/reports",),
}
PARTS = {"<str:code>": "{code}", "<code>": "{code}", "<slug:metric>": "{metric}"}


def _list_simple_pages() -> dict[str, frozenset[Role]]:
    """Return every page of officers without other address parts, from the table of all addresses, and the API reads of
    a token; with their roles. The remaining ones are compared in test_conflicts_every_address.py.
    """
    routes = {route: frozenset(roles) for route, (method, roles) in OFFICERS.items() if method == "GET"}
    routes |= {route: frozenset(_CASES if "cases" in route else _UNIT_UP) for route, m in TOKEN.items() if m == "GET"}
    return {route: roles for route, roles in routes.items() if "<" not in _normalise_route(route)}


def _normalise_route(route: str) -> str:
    for part, name in PARTS.items():
        route = route.replace(part, name)
    return f"/{route}"


PAGE_ROLES = _list_simple_pages()
PAGES = tuple(
    (way, tuple(role for role in Role if role in roles))
    for route, roles in PAGE_ROLES.items()
    for way in PAGE_VARIANTS.get(_normalise_route(route), (_normalise_route(route),))
)


# The subject of each address, besides its statements, which are compared for all: requirement 2 names them.
SURFACES: dict[str, tuple[str, ...]] = {
    "list": ("/ban-truc", "/ban-truc?the=tat-ca"),
    "search": ("/tim?q={words}", "/tim?q={code}"),
    "export": ("/ban-truc.csv", "/nhat-ky.csv"),
    "ledger": ("/ket-qua", "/ket-qua/reports", "/api/v1/ledger"),
    "audit": ("/nhat-ky", "/nhat-ky.csv", "/vet-cua-toi"),
    "detail": ("/vu-viec/{code}", "/api/v1/cases/{code}"),
    "count": ("/so-viec",),
    "live": ("live",),
    "custody": ("custody",),
}


@dataclass(frozen=True, slots=True)
class Response:
    """A response and the shapes of the statements behind it: their number and kind are the timing class."""

    name: str
    status: int
    body: bytes
    statements: tuple[str, ...]


def compare_surfaces(
    officer: Officer,
    *,
    code: str,
    ref: str,
    words: str,
    token: str = "",
    pages: Sequence[str],
    custody: Callable[[], AbstractContextManager[None]],
    **parts: str,
) -> list[Response]:
    """Return the surfaces of one officer: `pages` (of PAGES), the live feed and the handlers' desks, where the
    complaint is `ref`. `parts`: further address parts.
    """
    clear_place_cache()  # a cached name costs less for every reader
    area_filter._load_villages.cache_clear()
    client = Client()
    client.force_login(officer)
    responses = []
    for shape in pages:
        headers = {"Authorization": f"Bearer {token}"} if shape.startswith("/api") else {}
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(shape.format(code=code, words=words, **parts), headers=headers)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        responses.append(Response(shape, answer.status_code, remove_noise(body), get_statement_shapes(asked)))
    responses.append(Response("live", 200, asyncio.run(_read_streams(officer, _publish_event(officer))).encode(), ()))
    with custody(), CaptureQueriesContext(connection) as asked:
        desk_text = repr(read_desks(officer, ref)).encode()
    responses.append(Response("custody", 200, desk_text, get_statement_shapes(asked)))
    return responses


def _publish_event(officer: Officer) -> list[tuple[str, tuple[str, ...], str, dict[str, Any]]]:
    """Return all live events, followed by one that the officer receives in any world: its id would reveal the number of
    the others.
    """
    topics = access.list_live_topics(officer)
    publish_live([LiveEventData(topics, "case", {"case": "K7M29QXD", "version": 2})] if topics else [], now=clock.now())
    return [(str(e.mark), tuple(e.topics), e.name, e.data) for e in LiveEvent.objects.order_by("id")]


async def _read_streams(officer: Officer, events: list[tuple[str, tuple[str, ...], str, dict[str, Any]]]) -> str:
    """Return the feed of an officer's desk, and of one that reconnects after its first event."""
    topics = access.list_live_topics(officer)
    if not topics:
        return ""  # the gateway refuses a stream without topics
    feed = Feed("")
    desk = OpenDesk(feed, topics)
    await desk.until(lambda: bool(desk.said))
    for event in events:
        feed.publish_event(*event)
    await desk.disconnect()
    first = desk.said.partition("id: ")[2].partition("\n")[0]
    back = OpenDesk(feed, topics, last=first)
    await back.until(lambda: bool(back.said))
    await back.disconnect()
    return replace_random_ids(desk.said + back.said)


@contextmanager
def roll_back() -> Iterator[None]:
    """Roll back the changes of the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def list_pages(officer: Officer) -> list[str]:
    return [shape for shape, roles in PAGES if officer.role in roles]


def read_desks(officer: Officer, ref: str) -> tuple[Any, ...]:
    """Return the lists of the handlers' desks, the complaint by its id, and requests to disclose its reporter."""
    return read_lists(officer), read_complaint(officer, ref), [o.pk for o in vault.list_visible_requests(officer)]


def read_lists(officer: Officer) -> list[list[str]]:
    now = clock.now()
    return [[t.ref for over in (False, True) for t in desk.talks(officer, over=over, now=now).rows] for desk in _DESKS]


def read_complaint(officer: Officer, ref: str) -> list[Any]:
    """Return each desk's view of the complaint for this officer."""
    return [desk.talk(officer, ref, now=clock.now()) for desk in _DESKS]


def remove_noise(body: bytes) -> bytes:
    """Return the body without values that differ every time."""
    return _NOISE.sub(b"", body)


def get_statement_shapes(asked: CaptureQueriesContext) -> tuple[str, ...]:
    """Return the beginning of each statement: its columns and tables, without its parameters."""
    return tuple(q["sql"].split(" WHERE ")[0][:200] for q in asked.captured_queries if "SAVEPOINT" not in q["sql"])


def list_differences(left: Sequence[Response], right: Sequence[Response]) -> list[str]:
    """Return the differences between the two worlds, by surface."""
    differing = []
    for a, b in zip(left, right, strict=True):
        if (a.status, a.body) != (b.status, b.body):
            differing.append(f"{a.name}: {a.status}/{b.status} {_excerpt_around(a.body, b.body)}")
        elif len(a.statements) != len(b.statements):
            differing.append(
                f"{a.name}: {len(a.statements)} and {len(b.statements)} statements {_compare_statements(a, b)}"
            )
    return differing


def _compare_statements(left: Response, right: Response) -> str:
    """Return the statements that one side has more of, without their values."""
    a, b = (
        Counter(_CONSTANTS.sub("", text.split(" VALUES ")[0]) for text in side.statements) for side in (left, right)
    )
    return f"only left {sorted((a - b).elements())}, only right {sorted((b - a).elements())}"


def _excerpt_around(left: bytes, right: bytes) -> str:
    offset = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return f"…{left[max(0, offset - 40) : offset + 60]!r} / …{right[max(0, offset - 40) : offset + 60]!r}"
