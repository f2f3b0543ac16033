"""Webhook delivery: signed, ordered per sender, retried with backoff, unsubscribed after the last retry."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import orjson

from emulator.clock import Clock
from emulator.faults import Fault, Faults
from emulator.pulse import Pulse
from emulator.signing import webhook_mac
from emulator.world import Delivery, Json, World

LADDER_SECONDS = (30, 300, 900, 1800, 3600)
ANSWER_SECONDS = 2.0
KEPT = 5000
OPEN_STATES = ("queued", "held", "retrying")


class WebhookSender:
    """Sender of webhook events. `factor` divides the retry delays; `changed` fires on each step of each delivery."""

    def __init__(self, world: World, clock: Clock, faults: Faults, touched: Callable[[], None], factor: float) -> None:
        self.world, self.clock, self.faults, self.touched, self.factor = world, clock, faults, touched, factor
        self.changed = Pulse()
        self._queues: dict[str, deque[Delivery]] = {}
        self._held: dict[str, list[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = {n for n, delivery in world.deliveries.items() if delivery.state in OPEN_STATES}
        self._gate = asyncio.Semaphore(32)
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Resume deliveries left by an earlier run."""
        for delivery in self.world.deliveries.values():
            if delivery.state == "retrying":
                self._spawn(self._retry_later(delivery))
            elif delivery.state in ("queued", "held"):
                self._enqueue(delivery)

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    def emit(self, event: Json, key: str) -> list[int]:
        """Queue one event; events of the same `key` stay in order.

        Return delivery numbers (none where switched off).
        """
        if not self._wanted(event):
            return []
        faults = self.faults.take_all("webhook", event["event_name"])
        kinds = {fault.kind for fault in faults}
        first = self._record(event, key, faults)
        made = [first] + [self._record(event, key, faults) for fault in faults if fault.kind == "duplicate"]
        waiting = self._held.pop(key, [])
        if "reorder" in kinds and first.state == "queued" and not waiting:
            first.state = "held"
            self._held[key] = [first]
            self._spawn(self._release_later(key, first, next(f.seconds for f in faults if f.kind == "reorder")))
            made = made[1:]
        for delivery in made + waiting:
            self._enqueue(delivery)
        self.touched()
        return [first.n, *(delivery.n for delivery in made if delivery is not first)]

    def pending(self) -> int:
        """Return the number of events neither delivered nor given up."""
        return len(self._open)

    def _wanted(self, event: Json) -> bool:
        switches = self.world.switches
        if not self.world.subscription.url or event["event_name"] in switches.events_off:
            return False
        is_text = event["event_name"] in ("user_send_text", "user_send_group_text")
        return not (switches.hash_only and is_text and not event["message"]["text"].startswith("#"))

    def _record(self, event: Json, key: str, faults: list[Fault]) -> Delivery:
        kinds = [fault.kind for fault in faults]
        account, switches = self.world.account, self.world.switches
        if "stale" in kinds:
            event = event | {"timestamp": str(int(event["timestamp"]) - 3_600_000)}
        raw = orjson.dumps(event)
        if "broken_body" in kinds:
            raw = raw[: len(raw) * 2 // 3].decode("utf-8", "ignore").encode()
        first_term = account.app_id if switches.mac_first_term == "app_id" else account.oa_id
        secret = account.oa_secret_key if switches.mac_secret == "oa_secret_key" else account.app_secret  # noqa: S105
        mac = webhook_mac(first_term, raw, event["timestamp"], secret)
        delivery = Delivery(
            n=self.world.next_seq(),
            event_name=event["event_name"],
            key=key,
            body=raw.decode(),
            timestamp=event["timestamp"],
            mac="0" * 64 if "bad_signature" in kinds else mac,
            faults=kinds,
            drop=kinds.count("drop"),
        )
        delivery.due_ms = self.clock.now_ms() + int(sum(f.seconds for f in faults if f.kind == "delay") * 1000)
        self._admit(delivery)
        return delivery

    def _admit(self, delivery: Delivery) -> None:
        if self.world.subscription.enabled:
            self._open.add(delivery.n)
        else:
            delivery.state = "skipped"
        self.world.deliveries[delivery.n] = delivery
        self._trim()

    def _trim(self) -> None:
        deliveries = self.world.deliveries
        if len(deliveries) > KEPT * 1.2:
            done = [n for n, delivery in deliveries.items() if delivery.state not in OPEN_STATES]
            for n in done[: len(deliveries) - KEPT]:
                del deliveries[n]

    def _enqueue(self, delivery: Delivery) -> None:
        if delivery.state == "skipped":
            return
        delivery.state = "queued"
        queue = self._queues.get(delivery.key)
        if queue is None:
            self._queues[delivery.key] = deque([delivery])
            self._spawn(self._run(delivery.key))
        else:
            queue.append(delivery)

    async def _run(self, key: str) -> None:
        queue = self._queues[key]
        while queue:
            delivery = queue[0]
            await self.clock.sleep_until(delivery.due_ms)
            async with self._gate:
                await self._attempt(delivery)
            queue.popleft()
        del self._queues[key]

    async def _release_later(self, key: str, delivery: Delivery, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if delivery.state == "held":
            self._held.pop(key, None)
            self._enqueue(delivery)

    async def _retry_later(self, delivery: Delivery) -> None:
        await self.clock.sleep_until(delivery.due_ms)
        if delivery.state == "retrying":
            self._enqueue(delivery)

    async def _attempt(self, delivery: Delivery) -> None:
        if delivery.state != "queued":
            return
        number = len(delivery.attempts)
        began = time.monotonic()
        if delivery.drop:
            delivery.drop -= 1
            status, error = 0, "dropped by a fault"
        else:
            status, error = await self._post(delivery, number)
        took = round((time.monotonic() - began) * 1000, 1)
        delivery.attempts.append(
            {"at": self.clock.now_ms(), "num_retry": number, "status": status, "error": error, "ms": took}
        )
        self._settle(delivery, number, status)
        if delivery.state not in OPEN_STATES:
            self._open.discard(delivery.n)
        self.changed.fire()
        self.touched()

    def _settle(self, delivery: Delivery, number: int, status: int) -> None:
        if status == 200:
            delivery.state = "delivered"
        elif status and self.world.switches.retry_on == "connection":
            delivery.state = "failed"
        elif number < len(LADDER_SECONDS):
            delivery.state = "retrying"
            delivery.due_ms = self.clock.now_ms() + int(LADDER_SECONDS[number] * 1000 / self.factor)
            self._spawn(self._retry_later(delivery))
        else:
            self._unsubscribe(delivery)

    def _unsubscribe(self, delivery: Delivery) -> None:
        self.world.subscription.enabled = False
        self.world.subscription.reason = f"{delivery.event_name} failed {len(delivery.attempts)} times"
        for n in self._open:
            self.world.deliveries[n].state = "failed"
        self._open.clear()

    async def _post(self, delivery: Delivery, number: int) -> tuple[int, str]:
        prefix = self.world.switches.mac_spelling if self.world.switches.mac_prefix else ""
        headers = {"Content-Type": "application/json", "X-ZEvent-Signature": prefix + delivery.mac}
        if number:
            headers["num_retry"] = str(number)
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        try:
            async with self._session.post(
                self.world.subscription.url, data=delivery.body.encode(), headers=headers, allow_redirects=False
            ) as response:
                await response.read()
                return response.status, ""
        except TimeoutError:
            return 0, "no answer within 2 s"
        except aiohttp.ClientError as error:
            return 0, f"{type(error).__name__}: {error}"[:200]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
