"""Shared helpers: signed bodies, and the fake Zalo as a separate process."""

import asyncio
import datetime as dt
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA
from binhyen.channels.kinds.zalo_oa.client import ZaloClient, open_zalo_client
from binhyen.channels.kinds.zalo_oa.protocol import compute_webhook_mac
from binhyen.channels.types import OutgoingMessage
from binhyen.kit import clock
from tests.ports import free_port

T = TypeVar("T")
NOW = dt.datetime(2026, 11, 25, 1, 0, tzinfo=dt.UTC)
APP, OA, USER, GROUP = "360846524940903967", "388613280878808645", "246845883529197922", "f414c8f76fa586fbdfb4"
SECRET = "OA_SECRET_KEY_EXAMPLE"
ACCOUNT = ChannelAccount(
    1, {"app_id": APP, "oa_id": OA, "switches": {}}, {"webhook_secret": SECRET, "app_secret": "APP_SECRET"}
)
ADAPTER = ZaloOA()


def to_milliseconds(moment: dt.datetime = NOW) -> str:
    return str(int(moment.timestamp() * 1000))


def build_event(name: str, **fields: Any) -> dict[str, Any]:
    """Build a private event by USER in the documented shape; `fields` replace or add keys, None removes."""
    base: dict[str, Any] = {
        "app_id": APP,
        "sender": {"id": USER},
        "recipient": {"id": OA},
        "event_name": name,
        "timestamp": to_milliseconds(),
    }
    return {key: value for key, value in (base | fields).items() if value is not None}


def sign_body(
    body: bytes, *, first: str = APP, secret: str = SECRET, timestamp: str = "", prefix: str = "mac="
) -> dict[str, str]:
    return {"x-zevent-signature": prefix + compute_webhook_mac(first, body, timestamp or to_milliseconds(), secret)}


def parse(what: dict[str, Any]) -> Any:
    return ADAPTER.parse(ACCOUNT, what["event_name"], orjson.dumps(what))


def run_with_client(work: Callable[[ZaloClient], Coroutine[Any, Any, T]], *, total: float = 10.0) -> T:
    async def run_scenario() -> T:
        async with open_zalo_client(total=total) as api:
            return await work(api)

    return asyncio.run(run_scenario())


@dataclass
class FakeZalo:
    """A running emulator."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def control(self, path: str, body: Any = None, method: str = "") -> Any:
        request = urllib.request.Request(
            f"{self.url}/_control/{path}",
            data=None if body is None else orjson.dumps(body),
            method=method or ("GET" if body is None else "POST"),
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return orjson.loads(response.read())

    def fault(self, kind: str, **more: Any) -> None:
        self.control("faults", {"target": "api", "kind": kind} | more)

    def account(self, **switches: Any) -> ChannelAccount:
        setup = self.control("setup")
        settings = {key: setup[key] for key in ("app_id", "oa_id", "oauth_url", "openapi_url")}
        secrets = {"app_secret": setup["app_secret"], "webhook_secret": setup["oa_secret_key"]}
        return ChannelAccount(1, settings | {"switches": switches}, secrets, setup["access_token"])

    def get_citizen_id(self, name: str = "Nguyễn Thị Hoà") -> str:
        return next(c["user_id"] for c in self.control("citizens")["citizens"] if c["name"] == name)

    def sent(self) -> list[dict[str, Any]]:
        return self.control("sent")["sent"]

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.control("clock")["now"] / 1000, dt.UTC)

    def message(self, text: str = "Chào bà con", **more: Any) -> OutgoingMessage:
        wanted: dict[str, Any] = {
            "key": "k1",
            "text": text,
            "recipient_id": self.get_citizen_id(),
            "first_tried_at": self.now(),
        }
        return OutgoingMessage(**(wanted | more))


def _get_offset_seconds() -> int:
    return round(clock.OFFSET.total_seconds())


def start_fake_zalo() -> tuple[subprocess.Popen[bytes], FakeZalo]:
    """Start the fake Zalo and wait until it answers."""
    running = FakeZalo(free_port())
    process = subprocess.Popen(
        # on the date of the tests: a push service refuses a token that expired by its own clock
        [sys.executable, "-m", "emulator", "--port", str(running.port), "--clock-offset", str(_get_offset_seconds())],
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            running.control("setup")
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
        else:
            return process, running
    process.kill()
    process.wait()
    raise RuntimeError("the stand-in did not start")


def run_fake_zalo() -> Iterator[FakeZalo]:
    """Run the emulator for a fixture."""
    process, running = start_fake_zalo()
    yield running
    process.terminate()
    process.wait(timeout=10)
