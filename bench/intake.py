"""Webhook benchmark: signed, deduplicated, acknowledged after the commit, with case opening in the background."""

import itertools
import json
import time
from hashlib import sha256
from typing import Any

from bench.client import closed_loop, open_loop, post
from bench.client import run as run_client
from bench.lab import Meter, empty, percentile, processes, say, size, wal_syncs

APP, SECRET = "360846524940903967", "OA_SECRET_KEY_EXAMPLE"
TEXTS = (
    "Có nhóm thanh niên đánh nhau ở TDP Phú Mậu", "Tôi bị mất xe máy biển 38N1-123.45 ở Nghèn tối qua",
    "chao ca nha", "Trom cho o thon Nam Thuong xa Thach Dai", "Cho hỏi làm căn cước cần giấy tờ gì",
    "Nhà hàng xóm hát karaoke ồn quá ở xã Ích Hậu", "Có ai rao bán hàng đa cấp ở thị trấn Lộc Hà",
    "cảm ơn các anh công an", "Nhận được tin nhắn trúng thưởng bắt chuyển tiền có phải lừa đảo không", "ok a",
)  # fmt: skip
_NOWHERE = "http://127.0.0.1:9"  # the discard port: answers stay in the outbox, nothing leaves the machine
_counter = itertools.count(int(time.time()) * 1000)


def channel_path() -> str:
    """Return the webhook path of a channel without a real account."""
    from binhyen.channels.models import Channel, Credential

    channel, _ = Channel.objects.update_or_create(
        kind="zalo_oa", defaults={"name": "bench", "is_active": True,
                                  "settings": {"app_id": APP, "oa_id": "388613280878808645",
                                               "oauth_url": _NOWHERE, "openapi_url": _NOWHERE}},
    )  # fmt: skip
    row, _ = Credential.objects.get_or_create(channel=channel)
    row.put(app_secret="x", webhook_secret=SECRET)
    row.save()
    return f"/webhooks/{channel.public_id.hex}"


def requests(count: int, senders: int = 5000) -> list[bytes]:
    path, made = channel_path(), []
    for _ in range(count):
        n = next(_counter)
        stamp = str(int(time.time() * 1000))
        body: dict[str, Any] = {
            "app_id": APP, "sender": {"id": str(10**17 + n % senders)}, "user_id_by_app": "1",
            "recipient": {"id": "388613280878808645"}, "event_name": "user_send_text",
            "message": {"text": TEXTS[n % len(TEXTS)], "msg_id": f"{n:020x}"}, "timestamp": stamp,
        }  # fmt: skip
        raw = json.dumps(body, ensure_ascii=False).encode()
        mac = sha256(APP.encode() + raw + stamp.encode() + SECRET.encode()).hexdigest()
        made.append(post(path, raw, {"X-ZEvent-Signature": f"mac={mac}", "Content-Type": "application/json"}))
    return made


def _port() -> int:
    from binhyen import settings

    return settings.PORT


def _open(name: str, per_second: int, seconds: int, **more: Any) -> None:
    made = requests(size(per_second * seconds, 50))
    with Meter() as meter:
        outcome = run_client(lambda: open_loop(_port(), made, per_second))
    say(f"{name}.p50", percentile(outcome.latencies, 0.5), "ms", len(made), per_second=per_second, **more)
    say(f"{name}.p99", percentile(outcome.latencies, 0.99), "ms", len(made), bad=outcome.bad, **more,
        **meter.per(len(made)))  # fmt: skip


def main() -> None:
    empty()
    channel_path()
    with processes("door", "worker"):
        run_client(lambda: closed_loop(_port(), requests(size(500, 8)), 8))  # warm-up
        _open("intake.500", 500, 20)
        _open("intake.2000", 2000, 8)
        made = requests(size(30_000, 64))
        with Meter() as meter:
            outcome = run_client(lambda: closed_loop(_port(), made, 64))
        say("intake.most", outcome.rate, "msg/s", len(made), clients=64, bad=outcome.bad, **meter.per(len(made)))
    fsyncs()
    slow_disk()


def fsyncs() -> None:
    """Count fsyncs of the gateway alone, and with the worker, until all received messages are read."""
    from binhyen.channels.models import Inbound

    for name, running in (("intake.fsyncs", ["door"]), ("intake.fsyncs.worker", ["door", "worker"])):
        empty()
        with processes(*running):
            run_client(lambda: closed_loop(_port(), requests(size(200, 8)), 8))
            while "worker" in running and Inbound.objects.filter(state="PENDING").exists():
                time.sleep(0.02)  # the worker reads by now
            made = requests(size(10_000, 64))
            before = wal_syncs()
            run_client(lambda m=made: closed_loop(_port(), m, 32))  # type: ignore[misc]
            while "worker" in running and Inbound.objects.filter(state="PENDING").exists():
                time.sleep(0.1)
        say(name, (wal_syncs() - before) / len(made), "fsync/msg", len(made), clients=32)


def slow_disk() -> None:
    """Delay commits 5 ms before each flush (commit_delay), as on a disk with a 5 ms fsync."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET commit_delay = 5000")
        cursor.execute("ALTER SYSTEM SET commit_siblings = 0")
        cursor.execute("SELECT pg_reload_conf()")
    try:
        with processes("door", "worker"):
            run_client(lambda: closed_loop(_port(), requests(size(300, 8)), 8))
            _open("intake.500.slow_disk", 500, 10, fsync_ms=5)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER SYSTEM RESET commit_delay")
            cursor.execute("ALTER SYSTEM RESET commit_siblings")
            cursor.execute("SELECT pg_reload_conf()")
