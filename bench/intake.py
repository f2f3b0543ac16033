"""Webhook benchmark: signed, deduplicated, acknowledged after the commit, with case opening in the background."""

import itertools
import json
import time
from hashlib import sha256
from typing import Any

from bench.client import build_post, run_client, run_closed_loop, run_open_loop
from bench.lab import Meter, compute_percentile, count_wal_syncs, delete_data, print_figure, run_processes, scale_size

APP, OA, SECRET = "360846524940903967", "388613280878808645", "OA_SECRET_KEY_EXAMPLE"
TEXTS = (
    "Có nhóm thanh niên đánh nhau ở TDP Phú Mậu",
    "Tôi bị mất xe máy biển 38N1-123.45 ở Nghèn tối qua",
    "chao ca nha",
    "Trom cho o thon Nam Thuong xa Thach Dai",
    "Cho hỏi làm căn cước cần giấy tờ gì",
    "Nhà hàng xóm hát karaoke ồn quá ở xã Ích Hậu",
    "Có ai rao bán hàng đa cấp ở thị trấn Lộc Hà",
    "cảm ơn các anh công an",
    "Nhận được tin nhắn trúng thưởng bắt chuyển tiền có phải lừa đảo không",
    "ok a",
)
_NOWHERE = "http://127.0.0.1:9"  # the discard port: answers stay in the outbox, nothing leaves the machine
_counter = itertools.count(int(time.time()) * 1000)


def ensure_channel() -> str:
    """Return the webhook path of a channel without a real account."""
    from binhyen.channels.models import Channel, Credential

    channel, _ = Channel.objects.update_or_create(
        kind="zalo_oa",
        defaults={
            "name": "bench",
            "is_active": True,
            "settings": {"app_id": APP, "oa_id": OA, "oauth_url": _NOWHERE, "openapi_url": _NOWHERE},
        },
    )
    row, _ = Credential.objects.get_or_create(channel=channel)
    row.update_secrets(app_secret="x", webhook_secret=SECRET)
    row.save()
    return f"/webhooks/{channel.public_id.hex}"


def build_requests(count: int, senders: int = 5000) -> list[bytes]:
    path = ensure_channel()
    numbers = [next(_counter) for _ in range(count)]
    return [build_event(path, TEXTS[number % len(TEXTS)], number, senders=senders) for number in numbers]


def build_event(path: str, text: str, number: int, *, senders: int, group: str = "") -> bytes:
    """Build the signed event of a text, in private or in a group. `number` gives its sender and its id."""
    stamp = str(int(time.time() * 1000))
    body: dict[str, Any] = {
        "app_id": APP,
        "oa_id": OA,
        "sender": {"id": str(10**17 + number % senders)},
        "recipient": {"id": group or OA},
        "event_name": "user_send_group_text" if group else "user_send_text",
        "message": {"text": text, "msg_id": f"{number:020x}"},
        "timestamp": stamp,
    }
    if not group:
        body["user_id_by_app"] = "1"
    raw = json.dumps(body, ensure_ascii=False).encode()
    mac = sha256(APP.encode() + raw + stamp.encode() + SECRET.encode()).hexdigest()
    return build_post(path, raw, {"X-ZEvent-Signature": f"mac={mac}", "Content-Type": "application/json"})


def _get_port() -> int:
    from binhyen import settings

    return settings.PORT


def measure_rate(name: str, per_second: int, seconds: int, **extra: Any) -> None:
    prepared = build_requests(scale_size(per_second * seconds, 50))
    with Meter() as meter:
        outcome = run_client(lambda: run_open_loop(_get_port(), prepared, per_second))
    print_figure(
        f"{name}.p50", compute_percentile(outcome.latencies, 0.5), "ms", len(prepared), per_second=per_second, **extra
    )
    print_figure(
        f"{name}.p99",
        compute_percentile(outcome.latencies, 0.99),
        "ms",
        len(prepared),
        bad=outcome.bad,
        **extra,
        **meter.per_operation(len(prepared)),
    )


def main() -> None:
    delete_data()
    ensure_channel()
    with run_processes("gateway", "worker"):
        run_client(lambda: run_closed_loop(_get_port(), build_requests(scale_size(500, 8)), 8))  # warm-up
        measure_rate("intake.500", 500, 20)
        measure_rate("intake.2000", 2000, 8)
        prepared = build_requests(scale_size(30_000, 64))
        with Meter() as meter:
            outcome = run_client(lambda: run_closed_loop(_get_port(), prepared, 64))
        print_figure(
            "intake.most",
            outcome.rate,
            "msg/s",
            len(prepared),
            clients=64,
            bad=outcome.bad,
            **meter.per_operation(len(prepared)),
        )
    fsyncs()
    slow_disk()


def fsyncs() -> None:
    """Count fsyncs of the gateway alone, and with the worker, until all received messages are read."""
    from binhyen.channels.models import Inbound

    for name, running in (("intake.fsyncs", ["gateway"]), ("intake.fsyncs.worker", ["gateway", "worker"])):
        delete_data()
        with run_processes(*running):
            run_client(lambda: run_closed_loop(_get_port(), build_requests(scale_size(200, 8)), 8))
            while "worker" in running and Inbound.objects.filter(state="PENDING").exists():
                time.sleep(0.02)  # the worker reads by now
            prepared = build_requests(scale_size(10_000, 64))
            syncs_before = count_wal_syncs()
            run_client(lambda batch=prepared: run_closed_loop(_get_port(), batch, 32))  # type: ignore[misc]
            while "worker" in running and Inbound.objects.filter(state="PENDING").exists():
                time.sleep(0.1)
        print_figure(name, (count_wal_syncs() - syncs_before) / len(prepared), "fsync/msg", len(prepared), clients=32)


def slow_disk() -> None:
    """Delay commits 5 ms before each flush (commit_delay), as on a disk with a 5 ms fsync."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET commit_delay = 5000")
        cursor.execute("ALTER SYSTEM SET commit_siblings = 0")
        cursor.execute("SELECT pg_reload_conf()")
    try:
        with run_processes("gateway", "worker"):
            run_client(lambda: run_closed_loop(_get_port(), build_requests(scale_size(300, 8)), 8))
            measure_rate("intake.500.slow_disk", 500, 10, fsync_ms=5)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER SYSTEM RESET commit_delay")
            cursor.execute("ALTER SYSTEM RESET commit_siblings")
            cursor.execute("SELECT pg_reload_conf()")
