"""Webhook delivery: signed, ordered per sender, retried with backoff, unsubscribed after the last retry."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import orjson

from emulator.clock import EmulatorClock
from emulator.faults import FaultRule, FaultRules
from emulator.pulse import ChangeSignal
from emulator.signing import sign_webhook
from emulator.world import Delivery, Json, World

RETRY_DELAYS_SECONDS = (30, 300, 900, 1800, 3600)
RESPONSE_TIMEOUT_SECONDS = 2.0
MAX_DELIVERIES = 5000
OPEN_STATES = ("queued", "held", "retrying")


class WebhookSender:
    """Sender of webhook events. `factor` divides the retry delays; `changed` fires on each step of each delivery."""

    def __init__(
        self, world: World, clock: EmulatorClock, faults: FaultRules, mark_dirty: Callable[[], None], factor: float
    ) -> None:
        self.world, self.clock, self.faults, self.mark_dirty, self.factor = world, clock, faults, mark_dirty, factor
        self.changed = ChangeSignal()
        self._queues: dict[str, deque[Delivery]] = {}
        self._held: dict[str, list[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = {number for number, delivery in world.deliveries.items() if delivery.state in OPEN_STATES}
        self._concurrency = asyncio.Semaphore(32)
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Resume deliveries left by an earlier run."""
        for delivery in self.world.deliveries.values():
            if delivery.state == "retrying":
                self._start_task(self._retry_later(delivery))
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

    def queue_event(self, event: Json, key: str) -> list[int]:
        """Queue one event; events of the same `key` stay in order.

        Return delivery numbers (none where switched off).
        """
        if not self._is_enabled(event):
            return []
        faults = self.faults.use_all_matches("webhook", event["event_name"])
        kinds = {fault.kind for fault in faults}
        first = self._create_delivery(event, key, faults)
        new_deliveries = [first] + [
            self._create_delivery(event, key, faults) for fault in faults if fault.kind == "duplicate"
        ]
        released = self._held.pop(key, [])
        if "reorder" in kinds and first.state == "queued" and not released:
            first.state = "held"
            self._held[key] = [first]
            self._start_task(
                self._release_later(key, first, next(rule.seconds for rule in faults if rule.kind == "reorder"))
            )
            new_deliveries = new_deliveries[1:]
        for delivery in new_deliveries + released:
            self._enqueue(delivery)
        self.mark_dirty()
        return [first.n, *(delivery.n for delivery in new_deliveries if delivery is not first)]

    def count_pending(self) -> int:
        """Return the number of events neither delivered nor given up."""
        return len(self._open)

    def _is_enabled(self, event: Json) -> bool:
        switches = self.world.switches
        if not self.world.subscription.url or event["event_name"] in switches.events_off:
            return False
        is_text = event["event_name"] in ("user_send_text", "user_send_group_text")
        return not (switches.hash_only and is_text and not event["message"]["text"].startswith("#"))

    def _create_delivery(self, event: Json, key: str, faults: list[FaultRule]) -> Delivery:
        kinds = [fault.kind for fault in faults]
        account, switches = self.world.account, self.world.switches
        if "stale" in kinds:
            event = event | {"timestamp": str(int(event["timestamp"]) - 3_600_000)}
        raw = orjson.dumps(event)
        if "broken_body" in kinds:
            raw = raw[: len(raw) * 2 // 3].decode("utf-8", "ignore").encode()
        first_term = account.app_id if switches.mac_first_term == "app_id" else account.oa_id
        secret = account.oa_secret_key if switches.mac_secret == "oa_secret_key" else account.app_secret  # noqa: S105
        mac = sign_webhook(first_term, raw, event["timestamp"], secret)
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
        delivery.due_ms = self.clock.now_ms() + int(sum(rule.seconds for rule in faults if rule.kind == "delay") * 1000)
        self._admit(delivery)
        return delivery

    def _admit(self, delivery: Delivery) -> None:
        if self.world.subscription.enabled:
            self._open.add(delivery.n)
        else:
            delivery.state = "skipped"
        self.world.deliveries[delivery.n] = delivery
        self._delete_oldest()

    def _delete_oldest(self) -> None:
        deliveries = self.world.deliveries
        if len(deliveries) > MAX_DELIVERIES * 1.2:
            finished = [number for number, delivery in deliveries.items() if delivery.state not in OPEN_STATES]
            for number in finished[: len(deliveries) - MAX_DELIVERIES]:
                del deliveries[number]

    def _enqueue(self, delivery: Delivery) -> None:
        if delivery.state == "skipped":
            return
        delivery.state = "queued"
        queue = self._queues.get(delivery.key)
        if queue is None:
            self._queues[delivery.key] = deque([delivery])
            self._start_task(self._deliver_queue(delivery.key))
        else:
            queue.append(delivery)

    async def _deliver_queue(self, key: str) -> None:
        queue = self._queues[key]
        while queue:
            delivery = queue[0]
            await self.clock.sleep_until(delivery.due_ms)
            async with self._concurrency:
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
        started = time.monotonic()
        if delivery.drop:
            delivery.drop -= 1
            status, error = 0, "dropped by a fault"
        else:
            status, error = await self._post(delivery, number)
        duration_ms = round((time.monotonic() - started) * 1000, 1)
        delivery.attempts.append(
            {"at": self.clock.now_ms(), "num_retry": number, "status": status, "error": error, "ms": duration_ms}
        )
        self._apply_status(delivery, number, status)
        if delivery.state not in OPEN_STATES:
            self._open.discard(delivery.n)
        self.changed.notify_all()
        self.mark_dirty()

    def _apply_status(self, delivery: Delivery, number: int, status: int) -> None:
        if status == 200:
            delivery.state = "delivered"
        elif status and self.world.switches.retry_on == "connection":
            delivery.state = "failed"
        elif number < len(RETRY_DELAYS_SECONDS):
            delivery.state = "retrying"
            delivery.due_ms = self.clock.now_ms() + int(RETRY_DELAYS_SECONDS[number] * 1000 / self.factor)
            self._start_task(self._retry_later(delivery))
        else:
            self._unsubscribe(delivery)

    def _unsubscribe(self, delivery: Delivery) -> None:
        self.world.subscription.enabled = False
        self.world.subscription.reason = f"{delivery.event_name} failed {len(delivery.attempts)} times"
        for number in self._open:
            self.world.deliveries[number].state = "failed"
        self._open.clear()

    async def _post(self, delivery: Delivery, number: int) -> tuple[int, str]:
        prefix = self.world.switches.mac_spelling if self.world.switches.mac_prefix else ""
        headers = {"Content-Type": "application/json", "X-ZEvent-Signature": prefix + delivery.mac}
        if number:
            headers["num_retry"] = str(number)
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=RESPONSE_TIMEOUT_SECONDS)
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

    def _start_task(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
