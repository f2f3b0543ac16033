"""Faults of the API on a real connection, each with its negative control."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from emulator.tests.lab import Lab, run_scenario, serve_emulator

CS = "/openapi/v3.0/oa/message/cs"
WHO = "Lê Thị Lựu"


class FaultClient:
    """A client that sends a message over the network; `sent` counts real arrivals."""

    def __init__(self, lab: Lab, base: str, session: aiohttp.ClientSession) -> None:
        self.lab, self.base, self.session = lab, base, session

    async def send(self) -> tuple[int, bytes]:
        body = {"recipient": {"user_id": self.lab.id(WHO)}, "message": {"text": "x"}}
        headers = {"access_token": self.lab.token}
        async with self.session.post(self.base + CS, json=body, headers=headers) as response:
            return response.status, await response.read()

    async def fault(self, kind: str, **more: Any) -> None:
        await self.lab.control("/faults", {"target": "api", "kind": kind, "endpoint": "*/message/cs"} | more)

    @property
    def sent(self) -> int:
        return sum(1 for message in self.lab.emu.world.messages.values() if message.src == 0)


def run_with_client(scenario: Callable[[FaultClient], Awaitable[None]], timeout: float = 5.0) -> None:
    async def run_all(lab: Lab) -> None:
        async with (
            serve_emulator(lab.emu) as base,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout)) as session,
        ):
            await scenario(FaultClient(lab, base, session))

    run_scenario(run_all, hooked=False)


@pytest.mark.parametrize(
    ("kind", "status", "part"),
    [
        ("rate_limit", 200, b'"error":-32'),
        ("http_429", 429, b"429"),
        ("http_5xx", 503, b"upstream"),
        ("token_expired", 200, b'"error":-220'),
        ("token_revoked", 200, b'"error":-216'),
        ("wrong_json", 200, b'{"data":{"message_id"'),
        ("empty", 200, b""),
        ("error", 200, b'"error":-211'),
    ],
)
def test_wrong_answers_once_then_right(kind: str, status: int, part: bytes) -> None:
    async def run_scenario(client: FaultClient) -> None:
        await client.fault(kind, count=1, code=-211)
        got, body = await client.send()
        assert got == status
        assert part in body
        assert client.sent == 0
        got, body = await client.send()
        assert b'"error":0' in body
        assert client.sent == 1

    run_with_client(run_scenario)


def test_a_lost_answer_after_the_effect() -> None:
    async def run_scenario(client: FaultClient) -> None:
        await client.fault("http_5xx", count=1, when="after", status=502)
        assert (await client.send())[0] == 502
        assert client.sent == 1

    run_with_client(run_scenario)


def test_a_connection_cut_or_half_closed() -> None:
    async def run_scenario(client: FaultClient) -> None:
        await client.fault("reset", count=1)
        with pytest.raises(aiohttp.ClientError):
            await client.send()
        await client.fault("half_close", count=1, when="after", seconds=0.05)
        with pytest.raises(aiohttp.ClientError):
            await client.send()
        assert client.sent == 1
        assert b'"error":0' in (await client.send())[1]

    run_with_client(run_scenario)


def test_no_answer_at_all() -> None:
    async def run_scenario(client: FaultClient) -> None:
        await client.fault("timeout", count=1, seconds=0.3)
        with pytest.raises((aiohttp.ClientError, asyncio.TimeoutError)):
            await client.send()
        assert client.sent == 0

    run_with_client(run_scenario, timeout=0.1)


def test_a_slow_drip_is_slow_and_right() -> None:
    async def run_scenario(client: FaultClient) -> None:
        await client.fault("slow_drip", count=1, seconds=0.2)
        began = time.monotonic()
        _, body = await client.send()
        assert time.monotonic() - began >= 0.2
        assert b'"error":0' in body
        assert client.sent == 1

    run_with_client(run_scenario)


def test_until_cleared_and_only_where_told() -> None:
    async def run_scenario(client: FaultClient) -> None:
        await client.fault("http_5xx")
        assert [(await client.send())[0] for _ in range(3)] == [503] * 3
        assert (await client.lab.get("/v2.0/oa/getoa")).error == 0
        rules = (await client.lab.control("/faults"))["faults"]
        assert rules[0]["hits"] == 3
        answer = await client.lab.call("DELETE", "/_control/faults", query={"id": rules[0]["id"]})
        assert answer.json == {"faults": []}
        assert (await client.send())[0] == 200

    run_with_client(run_scenario)


def test_the_refresh_endpoint_can_fail_without_eating_the_token() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/faults", {"target": "api", "kind": "token_revoked", "endpoint": "/oauth/*", "count": 1})
        pair = await lab.control("/setup")
        form = f"app_id={pair['app_id']}&grant_type=refresh_token&refresh_token={pair['refresh_token']}".encode()
        headers = {"secret_key": pair["app_secret"]}
        first = await lab.call("POST", "/oauth/v4/oa/access_token", form, headers=headers)
        assert first.error == -14014
        second = await lab.call("POST", "/oauth/v4/oa/access_token", form, headers=headers)
        assert second.json["access_token"]

    run_scenario(play_scenario)


def test_nonsense_faults_are_refused() -> None:
    async def play_scenario(lab: Lab) -> None:
        for wrong in (
            {"target": "api", "kind": "duplicate"},
            {"target": "moon", "kind": "timeout"},
            {"target": "api", "kind": "timeout", "when": "during"},
            {"target": "api", "kind": "error", "code": -9},
            {"target": "api", "kind": "timeout", "count": "two"},
            {"target": "api", "kind": "timeout", "colour": "red"},
        ):
            await lab.control("/faults", wrong, expect=400)
        assert (await lab.control("/faults"))["faults"] == []

    run_scenario(play_scenario)
