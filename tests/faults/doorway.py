"""The real gateway inside the test process: bare ASGI over the test database, and webhooks to post to it."""

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import orjson

from binhyen.channels.kinds.zalo_oa.protocol import compute_webhook_mac
from binhyen.channels.models import Channel, Credential
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.webhooks import WebhookApp
from binhyen.kit import clock
from tests.process_harness import get_owner_dsn

T = TypeVar("T")
APP, OA, SECRET = "360846524940903967", "388613280878808645", "OA_SECRET_KEY_EXAMPLE"
FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu"
# a question of one person only: matches no report of others
UNRELATED_QUESTION = "Cho hỏi làm lại căn cước ở xã Lộc Hà cần giấy tờ gì"
_numbers = itertools.count(1)


def get_zalo_channel() -> Channel:
    """Return the only Official Account of the test database, with known keys and no server behind it."""
    channel, _ = Channel.objects.update_or_create(
        kind="zalo_oa",
        defaults={
            "name": "OA",
            "is_active": True,
            "paused_until": None,
            "paused_reason": "",
            "settings": {
                "app_id": APP,
                "oa_id": OA,
                "openapi_url": "http://127.0.0.1:9",
                "oauth_url": "http://127.0.0.1:9",
            },
        },
    )
    row = Credential(channel=channel, expires_at=clock.now() + dt.timedelta(days=1))
    row.update_secrets(webhook_secret=SECRET, app_secret="A", access_token="t", refresh_token="r")
    row.save()
    return channel


def to_milliseconds(moment: dt.datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def build_event(name: str = "user_send_text", *, moment: dt.datetime | None = None, **fields: Any) -> dict[str, Any]:
    """Return a private event as in Zalo's documents; `fields` replace or add, None removes."""
    base = {
        "app_id": APP,
        "sender": {"id": "9001"},
        "recipient": {"id": OA},
        "event_name": name,
        "timestamp": to_milliseconds(moment or clock.now()),
    }
    return {key: value for key, value in (base | fields).items() if value is not None}


def build_text_event(
    text: str = FIGHT, *, user: str = "9001", msg_id: str = "", moment: dt.datetime | None = None
) -> dict[str, Any]:
    return build_event(
        sender={"id": user}, message={"text": text, "msg_id": msg_id or f"m{next(_numbers)}"}, moment=moment
    )


def sign_body(body: bytes, timestamp: str, *, first: str = APP, secret: str = SECRET) -> str:
    return f"mac={compute_webhook_mac(first, body, timestamp, secret)}"


class GatewayClient:
    """A client of the gateway. `post` returns (status, headers)."""

    def __init__(self, gateway: WebhookApp, public_id: str) -> None:
        self.gateway, self._path = gateway, f"/webhooks/{public_id}"

    async def send(self, what: dict[str, Any]) -> int:
        """Post a correctly signed event; return the status."""
        body = orjson.dumps(what)
        return await self.post_body(body, sign_body(body, str(what.get("timestamp", ""))))

    async def post_body(self, body: bytes, mac: str) -> int:
        return (await self.answer(body, mac))[0]

    async def answer(self, body: bytes, mac: str) -> tuple[int, dict[bytes, bytes]]:
        signature = mac.encode("utf-8", "replace")
        headers = [(b"content-length", str(len(body)).encode()), (b"x-zevent-signature", signature)]
        scope = {"type": "http", "method": "POST", "path": self._path, "headers": headers}
        got: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            got.append(message)

        await self.gateway(scope, receive, send)
        return got[0]["status"], dict(got[0]["headers"])


@asynccontextmanager
async def open_gateway(public_id: str, address: str) -> AsyncIterator[GatewayClient]:
    gateway = WebhookApp(address, get_channel_kinds())
    task = asyncio.create_task(gateway.writer.run())
    try:
        yield GatewayClient(gateway, public_id)
    finally:
        crashed = task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await gateway.writer.close()
        assert not crashed, "the gateway's writer task ended"


def run_through_gateway(channel: Channel, work: Callable[[GatewayClient], Coroutine[Any, Any, T]]) -> T:
    """Run `work` with an open gateway on the test database."""
    public_id, address = channel.public_id.hex, get_owner_dsn()

    async def run_work() -> T:
        async with open_gateway(public_id, address) as doorway:
            return await work(doorway)

    return asyncio.run(run_work())


def post_events(channel: Channel, *events: dict[str, Any]) -> list[int]:
    """Post each event once, one after the other; return the statuses."""

    async def post_all(doorway: GatewayClient) -> list[int]:
        return [await doorway.send(event_body) for event_body in events]

    return run_through_gateway(channel, post_all)
