"""Cost of encryption for the intake of one report; the target is 5 ms."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from bench.lab import compute_median, compute_percentile, print_figure, scale_size

TARGET = 5.0  # ms
SAMPLES = scale_size(300, 5)
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
    numbers = iter(range(10 * SAMPLES))

    def timed(work: Callable[[], Any]) -> list[tuple[float, float]]:
        """Return milliseconds of each of N runs and of its own CPU, each in a transaction that is rolled back."""
        timings = []
        for _ in range(SAMPLES):
            with transaction.atomic():
                started, cpu_started = time.perf_counter(), time.thread_time()
                work()
                timings.append(((time.perf_counter() - started) * 1000, (time.thread_time() - cpu_started) * 1000))
                transaction.set_rollback(True)
        return timings

    baseline = timed(lambda: Reporter.objects.create(created_at=now))
    _print_overhead("sealing.web_report", timed(lambda: services.create_reporter(FACTS, now=now)), baseline)
    _print_overhead(
        "sealing.new_person", timed(lambda: _create_contact(channel, f"2468{next(numbers)}", now)), baseline
    )
    _print_overhead("sealing.tip", timed(lambda: _store_tip(now)), [(0.0, 0.0)])
    sealed = timed(lambda: group_keys.seal_to_group("INTAKE", BODY, context="channels_inbound.sealed_body:1:x"))
    _print_overhead("sealing.webhook_body", sealed, [(0.0, 0.0)])


def _create_contact(channel: int, external_id: str, now: dt.datetime) -> None:
    from binhyen.vault import services

    services.get_or_create_reporters(channel, [external_id], now=now)


def _store_tip(now: dt.datetime) -> None:
    from binhyen.vault import services

    lock = services.create_conversation_key(["TIPS"], now=now)
    services.seal_text(lock_id=lock.pk, owner="tip:bench", kind=services.Kind.TOLD, text="Lời kể. " * 60, now=now)


def _print_overhead(name: str, values: list[tuple[float, float]], baseline: list[tuple[float, float]]) -> None:
    """Print median and 95th percentile minus the median of the same without encryption; `cpu`: of this process."""
    baseline_wall, baseline_cpu = (
        compute_median([wall for wall, _ in baseline]),
        compute_median([cpu for _, cpu in baseline]),
    )
    walls = [wall for wall, _ in values]
    cpu = round(compute_median([cpu for _, cpu in values]) - baseline_cpu, 3)
    print_figure(
        name,
        compute_median(walls) - baseline_wall,
        "ms",
        len(values),
        p95=round(compute_percentile(walls, 0.95) - baseline_wall, 3),
        cpu=cpu,
        target=TARGET,
    )
