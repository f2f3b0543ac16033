"""A12 and resource limits: slow senders, endless headers, floods, large and deeply nested bodies. Messages of others
continue.

No test asserts a speed; a relevant limit is made small, and the tests wait for the forbidden effect.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from aiohttp import web
from django.test import Client
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from binhyen import gateway as gateways
from binhyen import settings as program
from binhyen.channels import webhooks
from binhyen.channels.webhooks import GroupCommitWriter, QueueFull, WebhookRow
from binhyen.gateway import UpstreamProxy
from binhyen.intake.tests.web import FIGHT
from binhyen.kit import clock, http_timeouts, rate_limits
from binhyen.kit.http_timeouts import TimeoutProtocol
from tests.faults.doorway import GatewayClient, build_text_event, get_zalo_channel, run_through_gateway, sign_body

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def answer_hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def serve_app(protocol: type[asyncio.Protocol], app: Any = answer_hello) -> AsyncIterator[int]:
    config = uvicorn.Config(app, port=0, http=protocol, lifespan="off", log_level="critical", proxy_headers=False)
    server = uvicorn.Server(config)
    config.setup_event_loop = lambda: None  # type: ignore[attr-defined]  # this loop is good enough
    server.capture_signals = do_nothing  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


@contextmanager
def do_nothing() -> Iterator[None]:
    yield


async def send_bytes(port: int, data: bytes, *, then: bytes = b"", wait: float = 5) -> bytes:
    """Send, and read until the other side closes or `wait` seconds are over; return b"" without an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        await writer.drain()
        if then:
            writer.write(then)
        return await asyncio.wait_for(reader.read(200), wait)
    except TimeoutError:
        return b""
    except ConnectionError:
        return b"reset"
    finally:
        writer.close()


SLOW = {
    "nothing at all": b"",
    "half a request line": b"GET / HT",
    "half of the headers": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
    "half a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_timeouts, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(http_timeouts, "BODY_SECONDS", 0.2)


async def send_slowly(protocol: type[asyncio.Protocol], what: str, wait: float) -> bytes:
    async with serve_app(protocol) as port:
        return await send_bytes(port, SLOW[what], wait=wait)


@pytest.mark.parametrize("what", SLOW)
def test_a_slow_sender_is_sent_away(impatient: None, what: str) -> None:
    assert asyncio.run(send_slowly(TimeoutProtocol, what, 20)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("what", ["nothing at all", "half a body"])
def test_control_without_patience_they_stay(impatient: None, what: str) -> None:
    assert asyncio.run(send_slowly(HttpToolsProtocol, what, 2.5)) == b""


def test_others_are_answered_while_slow_ones_wait() -> None:
    async def run_scenario() -> None:
        async with serve_app(TimeoutProtocol) as port:
            open_ones = [await asyncio.open_connection("127.0.0.1", port) for _ in range(150)]
            for _, writer in open_ones:
                writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n")
            assert (await send_bytes(port, GET, wait=20)).startswith(b"HTTP/1.1 200")
            for _, writer in open_ones:
                writer.close()

    asyncio.run(run_scenario())


MUCH = {
    "a header without end": b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000,
    "a line without end": b"GET /" + b"a" * 200_000,
    "headers too long": b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: a\r\n" % n for n in range(500)) + b"\r\n",
}


@pytest.mark.parametrize("what", MUCH)
def test_headers_have_an_end(what: str) -> None:
    async def run_scenario() -> bytes:
        async with serve_app(TimeoutProtocol) as port:
            return await send_bytes(port, MUCH[what], then=b"b" * 70_000, wait=20)

    assert asyncio.run(run_scenario())[:12] in {b"HTTP/1.1 431", b"HTTP/1.1 400", b"reset"}


def test_what_is_no_http_is_refused_with_every_header() -> None:
    async def run_scenario() -> bytes:
        async with serve_app(TimeoutProtocol) as port:
            return await send_bytes(port, b"\x16\x03\x01 nonsense\r\n\r\n", wait=20)

    answer = asyncio.run(run_scenario())
    assert answer.startswith(b"HTTP/1.1 400") and b"traceback" not in answer.lower()


# Photos wait, text messages do not.


def send_photos(many: int, tmp_path: Path, at_once: int) -> tuple[int, int]:
    """Send photos together, and text messages among them; return how many photos the pages had at once, and the
    messages' status.
    """

    async def run_senders() -> tuple[int, int]:
        peak = here = 0
        enough = asyncio.Event()

        async def serve_page(request: web.Request) -> web.Response:
            nonlocal peak, here
            if len(await request.read()) <= gateways.MAX_TEXT_BODY:
                return web.Response(text="words")
            here += 1
            peak = max(peak, here)
            await enough.wait()
            here -= 1
            return web.Response(text="photos")

        app = web.Application(client_max_size=10**8)
        app.router.add_post("/x", serve_page)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.UnixSite(runner, str(tmp_path / "p.sock")).start()
        pages = UpstreamProxy(str(tmp_path / "p.sock"))
        pages._photo_slots = asyncio.Semaphore(at_once)
        sent = [asyncio.create_task(post_body(pages, b"x" * 100_000)) for _ in range(many)]
        async with asyncio.timeout(20):
            while peak < min(at_once, many):
                await asyncio.sleep(0)
        status = await post_body(pages, b"words")
        enough.set()
        assert [await s for s in sent] == [200] * many
        await pages.close()
        await runner.cleanup()
        return peak, status

    return asyncio.run(run_senders())


async def post_body(pages: Any, body: bytes, *, declared: str = "") -> int:
    got: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        got.append(message)

    length = declared or str(len(body))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/x",
        "raw_path": b"/x",
        "query_string": b"",
        "headers": [(b"content-length", length.encode())],
        "client": ("127.0.0.1", 1),
    }
    await pages(scope, receive, send)
    return int(got[0]["status"])


def test_photos_leave_threads_for_words(tmp_path: Path) -> None:
    assert gateways.MAX_PHOTO_THREADS < program.PAGE_PROCESSES * program.PAGE_THREADS
    assert send_photos(12, tmp_path, 2) == (2, 200)


def test_control_without_turns_photos_take_every_thread(tmp_path: Path) -> None:
    assert send_photos(12, tmp_path, 100)[0] > 2


def test_when_too_many_photos_are_on_their_way_words_still_come_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run_scenario() -> list[int]:
        pages = UpstreamProxy(str(tmp_path / "nobody.sock"))
        pages._uploads.total_bytes = gateways.UPLOADS.total
        photo, words = await post_body(pages, b"x" * 100_000), await post_body(pages, b"words")
        await pages.close()
        return [photo, words]

    refused: list[str] = []
    plain = gateways.static_pages.send_fallback_page

    async def serve_page(send: Any, status: int, words: str, **more: Any) -> None:
        refused.append(words)
        await plain(send, status, words, **more)

    monkeypatch.setattr(gateways.static_pages, "send_fallback_page", serve_page)
    assert asyncio.run(run_scenario()) == [503, 503]
    refusals = (gateways.static_pages.TOO_MANY_PHOTOS_TEXT, gateways.static_pages.STARTING_UNSENT_TEXT)
    assert tuple(refused) == refusals, "the text messages reached the pages"


# Webhooks: a channel's backlog affects only that channel; a frequently refused sender may send nothing long.


def test_a_channel_that_floods_does_not_stop_another() -> None:
    async def run_scenario() -> None:
        committer = GroupCommitWriter("postgresql://nobody@127.0.0.1:9/none")  # nothing is ever committed here
        body = b"x" * (webhooks.MAX_PENDING_BYTES // 4)
        waiting = [asyncio.create_task(committer.store(1, f"a{n}", "e", body)) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await committer.store(1, "a9", "e", body)
        other = asyncio.create_task(committer.store(2, "b", "e", b"words"))
        await asyncio.sleep(0)
        assert [row.channel_id for row in committer._rows] == [1, 1, 1, 2] and not other.done()
        for task in (*waiting, other):
            task.cancel()
        await asyncio.gather(*waiting, other, return_exceptions=True)
        assert not +committer._pending_bytes, "finished items wait no more"

    asyncio.run(run_scenario())


def test_a_row_s_size_counts_its_body() -> None:
    row = asyncio.run(build_row(b"x" * 5000))
    assert row.size() >= 5000


async def build_row(body: bytes) -> WebhookRow:
    return WebhookRow(1, "a", "e", body, asyncio.get_running_loop().create_future())


HOSTILE_BODIES = {
    "two megabytes": (b'{"a":"' + b"x" * 2_000_000 + b'"}', {413}),
    "deep lists": (b"[" * 100_000 + b"]" * 100_000, {400, 401, 403}),
    "deep objects": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, {400, 401, 403}),
    "a long line": (b'{"a":"' + b"x" * 900_000 + b'"}', {400, 401, 403}),
    "a long number": (b'{"timestamp":' + b"9" * 100_000 + b"}", {400, 401, 403}),
    "no text": (bytes(range(256)), {400, 401, 403}),
    "half a letter": (b'{"a":"\xc3"}', {400, 401, 403}),
    "nothing": (b"", {400, 401, 403}),
}


@pytest.mark.usefixtures("real_db")
def test_hostile_bodies_are_refused_and_a_good_one_is_taken() -> None:
    channel = get_zalo_channel()

    async def post_each(doorway: GatewayClient) -> dict[str, int]:
        statuses = {
            what: await doorway.post_body(body, sign_body(body, "1")) for what, (body, _) in HOSTILE_BODIES.items()
        }
        statuses["good"] = await doorway.send(build_text_event())
        return statuses

    statuses = run_through_gateway(channel, post_each)
    assert statuses.pop("good") == 200
    assert {what: status for what, status in statuses.items() if status not in HOSTILE_BODIES[what][1]} == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 50_000, b'"' + b"x" * 2_500_000 + b'"', b"\xff\xfe", b"9" * 5000]
)
def test_the_api_refuses_hostile_bodies_with_words(officer: Any, body: bytes) -> None:
    from binhyen.api import services
    from binhyen.api.scopes import Scope

    made = services.create_token(
        officer=officer("CHIEF"), name="x", scopes=frozenset(Scope), days=1, actor="system:test", now=clock.now()
    )
    answer = Client(raise_request_exception=False).post(
        "/api/v1/cases/ZZZZZZZZ/note",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {made.value}"},
    )
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"] and FIGHT not in answer.content.decode()


@pytest.mark.django_db
def test_a_form_of_megabytes_gets_an_answer_that_a_person_reads() -> None:
    answer = Client(raise_request_exception=False).post("/bao-tin", {"text": "x" * 3_000_000})
    assert answer.status_code in {400, 413} and '<html lang="vi">' in answer.content.decode()
    assert Client().post("/bao-tin", {"text": "x" * 100_000}).status_code == 422


# Client addresses.

PEERS: list[tuple[bool, str, list[str], str]] = [
    (False, "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
    (False, "127.0.0.1", ["198.51.100.1"], "127.0.0.1"),
    (True, "127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
    (True, "127.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
    (True, "127.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
    (True, "127.0.0.1", [], "127.0.0.1"),
    (True, "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
    (True, "::1", ["198.51.100.1"], "198.51.100.1"),
    (True, "", ["198.51.100.1"], "198.51.100.1"),
]


@pytest.mark.parametrize(("proxy", "peer", "forwarded", "who"), PEERS)
def test_an_address_is_believed_from_the_proxy_only(
    monkeypatch: pytest.MonkeyPatch, proxy: bool, peer: str, forwarded: list[str], who: str
) -> None:
    monkeypatch.setattr(program, "BEHIND_PROXY", proxy)
    scope = {"client": (peer, 1) if peer else None, "headers": [(b"x-forwarded-for", t.encode()) for t in forwarded]}
    assert rate_limits.client_ip(scope) == who


def test_control_a_gateway_that_believes_everybody_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "is_from_proxy", lambda _: True)
    wrong = [
        p
        for p in PEERS
        if rate_limits.client_ip({"client": (p[1], 1), "headers": [(b"x-forwarded-for", t.encode()) for t in p[2]]})
        != p[3]
    ]
    assert wrong


def test_a_caller_s_word_on_https_reaches_no_page(tmp_path: Path) -> None:
    """Only the proxy may declare that a request came by https; the same header of any other client is dropped."""

    async def run_scenario() -> list[str]:
        forwarded_headers: list[str] = []

        async def serve_page(request: web.Request) -> web.Response:
            forwarded_headers.extend(name.lower() for name in request.headers)
            return web.Response()

        app = web.Application()
        app.router.add_get("/x", serve_page)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.UnixSite(runner, str(tmp_path / "p.sock")).start()
        pages = UpstreamProxy(str(tmp_path / "p.sock"))
        names = (
            "x-forwarded-proto",
            "forwarded",
            "x-forwarded-host",
            "x-real-ip",
            "x_forwarded_proto",
            "x_forwarded_for",
        )
        made_up = [(name.encode(), b"x") for name in names]  # to the pages `_` is `-`
        scope = {
            "method": "GET",
            "path": "/x",
            "raw_path": b"/x",
            "query_string": b"",
            "headers": made_up,
            "client": ("203.0.113.9", 1),
        }
        await pages(scope, wait_forever, drop_message)
        await pages.close()
        await runner.cleanup()
        return forwarded_headers

    forwarded_headers = asyncio.run(run_scenario())
    assert [name for name in forwarded_headers if "forwarded" in name or name == "x-real-ip"] == ["x-forwarded-for"]


async def wait_forever() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def drop_message(message: dict[str, Any]) -> None:
    return None
