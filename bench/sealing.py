"""Cost of encryption for the intake of one report; the target is 5 ms."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from bench.lab import middle, percentile, say, size

TARGET = 5.0  # ms
N = size(300, 5)
FACTS = {"NAME": "Trần Thị An", "PHONE": "0912345678", "ADDRESS": "TDP Phú Mậu, xã Lộc Hà"}
BODY = b"x" * 1500  # a webhook


def main() -> None:
    from django.db import transaction

    from binhyen.channels.models import Channel
    from binhyen.kit import clock
    from binhyen.vault import group_keys, services
    from binhyen.vault.models import Reporter

    now = clock.now()
    channel = Channel.objects.get_or_create(kind="web", defaults={"name": "Trang báo tin"})[0].pk
    numbers = iter(range(10 * N))

    def timed(work: Callable[[], Any]) -> list[tuple[float, float]]:
        """Return milliseconds of each of N runs and of its own CPU, each in a transaction that is rolled back."""
        found = []
        for _ in range(N):
            with transaction.atomic():
                started, used = time.perf_counter(), time.thread_time()
                work()
                found.append(((time.perf_counter() - started) * 1000, (time.thread_time() - used) * 1000))
                transaction.set_rollback(True)
        return found

    bare = timed(lambda: Reporter.objects.create(created_at=now))
    _figure("sealing.web_report", timed(lambda: services.new_reporter(FACTS, now=now)), bare)
    _figure("sealing.new_person", timed(lambda: _meet(channel, f"2468{next(numbers)}", now)), bare)
    _figure("sealing.tip", timed(lambda: _tip(now)), [(0.0, 0.0)])
    sealed = timed(lambda: group_keys.seal("INTAKE", BODY, context="channels_inbound.raw:1:x"))
    _figure("sealing.webhook_body", sealed, [(0.0, 0.0)])


def _meet(channel: int, outside: str, now: dt.datetime) -> None:
    from binhyen.vault import services

    services.reporters_of(channel, [outside], now=now)


def _tip(now: dt.datetime) -> None:
    from binhyen.vault import services

    lock = services.new_lock(["TIPS"], now=now)
    services.seal_text(lock_id=lock.pk, owner="tip:bench", kind=services.Kind.TOLD, text="Lời kể. " * 60, now=now)


def _figure(name: str, values: list[tuple[float, float]], without: list[tuple[float, float]]) -> None:
    """Print median and 95th percentile minus the median of the same without encryption; `cpu`: of this process."""
    base, spent = middle([wall for wall, _ in without]), middle([cpu for _, cpu in without])
    walls = [wall for wall, _ in values]
    cpu = round(middle([cpu for _, cpu in values]) - spent, 3)
    say(
        name,
        middle(walls) - base,
        "ms",
        len(values),
        p95=round(percentile(walls, 0.95) - base, 3),
        cpu=cpu,
        target=TARGET,
    )
