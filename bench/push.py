"""A notice to 200,000 subscribers at a local sink: read, encrypted, sent, every outcome recorded. No TLS."""

import asyncio
import datetime as dt
import io
import multiprocessing
import os
import resource
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, cast

import httptools
import orjson
import psutil
import uvloop

from bench.lab import delete_data, measure_cpu, print_figure, scale_size

if TYPE_CHECKING:
    from binhyen.channels.models import Channel

_SENDER = """
import django
django.setup()
from binhyen.channels.services import push
push.deliver_notices(channel_id={})
"""
SUBSCRIBERS = scale_size(200_000, 200)
_CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
_REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def main() -> None:
    from binhyen.channels.models import PushDelivery
    from binhyen.channels.services import push
    from binhyen.kit import clock

    sink, origin = _start_sink()
    try:
        channel = _seed_subscriptions(origin)
        started_at, started, cpu_started = clock.now(), time.perf_counter(), _measure_cpu(sink)
        draft = push.NoticeDraft(key="bench", title="Cảnh báo", url="/thong-bao", lifetime=dt.timedelta(hours=1))
        push.queue_notice(draft, now=started_at)
        with _HelperWatch(sink) as helpers:
            accepted = push.deliver_notices(channel_id=channel.pk)
        assert accepted == SUBSCRIBERS, (accepted, push.count_failure_codes(keys=["bench"]))
        seconds = time.perf_counter() - started
        cpu = {name: value - cpu_started[name] for name, value in _measure_cpu(sink).items()}
        assert push.count_outcomes(keys=["bench"]) == {"SENT": SUBSCRIBERS}
        first = PushDelivery.objects.order_by("sent_at").values_list("sent_at", flat=True)[0]
        assert first is not None
        print_figure("push.last", seconds, "s", SUBSCRIBERS)
        print_figure("push.first", (first - started_at).total_seconds() * 1000, "ms", SUBSCRIBERS)
        parts = {f"{name}_us": round(value / SUBSCRIBERS * 1e6, 1) for name, value in cpu.items()}
        print_figure("push.rate", SUBSCRIBERS / seconds, "1/s", SUBSCRIBERS, **parts)
        sender_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print_figure("push.memory", sender_memory + helpers.memory, "MiB", SUBSCRIBERS, helper=round(helpers.memory, 1))
    finally:
        sink.terminate()
        delete_data()


def resume() -> None:
    """Kill the sender in the middle; print how many messages were sent twice, listed as uncertain, and missed."""
    from binhyen.channels.models import PushDelivery
    from binhyen.channels.services import push
    from binhyen.kit import clock

    sink, origin = _start_sink()
    try:
        channel = _seed_subscriptions(origin)
        draft = push.NoticeDraft(key="bench", title="Cảnh báo", url="/thong-bao", lifetime=dt.timedelta(hours=1))
        push.queue_notice(draft, now=clock.now())
        sender = subprocess.Popen([sys.executable, "-c", _SENDER.format(channel.pk)])
        while _read_counts(origin)["received"] < SUBSCRIBERS // 2 and sender.poll() is None:
            time.sleep(0.02)
        sender.kill()
        sender.wait()
        killed = time.perf_counter()
        while (counts := push.count_outcomes(keys=["bench"])) != {"SENT": SUBSCRIBERS}:
            assert time.perf_counter() - killed < 900, counts
            push.deliver_notices(channel_id=channel.pk)  # as the sweep of every second
            time.sleep(0.2)
        print_figure("push.resume.last", time.perf_counter() - killed, "s", SUBSCRIBERS)
        counts = _read_counts(origin)
        listed = PushDelivery.objects.filter(is_uncertain=True).count()
        print_figure(
            "push.resume.twice", counts["received"] - counts["devices"], "messages", SUBSCRIBERS, listed=listed
        )
        print_figure("push.resume.missed", SUBSCRIBERS - counts["devices"], "messages", SUBSCRIBERS)
    finally:
        sink.terminate()
        delete_data()


def intake() -> None:
    """Print the latency of webhooks that come while the notice is sent."""
    from bench.intake import build_requests, ensure_channel, measure_rate
    from bench.lab import run_processes
    from binhyen.channels.services import push
    from binhyen.kit import clock

    sink, origin = _start_sink()
    try:
        channel = _seed_subscriptions(origin)
        ensure_channel()
        with run_processes("gateway", "worker"):
            build_requests(1)  # imports before the measurement
            draft = push.NoticeDraft(key="bench", title="Cảnh báo", url="/thong-bao", lifetime=dt.timedelta(hours=1))
            push.queue_notice(draft, now=clock.now())
            # At the rank that the supervisor gives the sender; the push service would be another machine.
            sender = subprocess.Popen(["nice", "-n", "10", sys.executable, "-c", _SENDER.format(channel.pk)])
            os.setpriority(os.PRIO_PROCESS, sink.pid or 0, 10)
            while _read_counts(origin)["received"] == 0 and sender.poll() is None:
                time.sleep(0.02)
            measure_rate("push.intake", 100, 15)
            print_figure("push.intake.sent_after", int(sender.poll() is None), "bool", SUBSCRIBERS)
            sender.wait()
        assert push.count_outcomes(keys=["bench"]) == {"SENT": SUBSCRIBERS}
    finally:
        sink.terminate()
        delete_data()


def _start_sink() -> tuple[multiprocessing.Process, str]:
    """Start a sink and connect the channel to it; return its origin."""
    from django.core.management import call_command

    delete_data()  # of a run that was stopped
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    sink = multiprocessing.Process(target=_run_sink, args=(ports,), daemon=True)
    sink.start()
    origin = f"http://127.0.0.1:{ports.get(timeout=30)}"
    call_command("connect_webpush", stand_in=origin, rotate=True, drop_old=True, verbosity=0, stdout=io.StringIO())
    return sink, origin


def _read_counts(origin: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{origin}/counts", timeout=30) as response:
        counts: dict[str, int] = orjson.loads(response.read())
    return counts


def _measure_cpu(sink: multiprocessing.Process) -> dict[str, float]:
    """Return the processor seconds so far of the sender, its helper (once it has ended), PostgreSQL and the sink."""
    helper = resource.getrusage(resource.RUSAGE_CHILDREN)
    times = psutil.Process(sink.pid).cpu_times()
    return {
        "sender": time.process_time(),
        "helper": helper.ru_utime + helper.ru_stime,
        "postgres": measure_cpu()["postgres"],
        "sink": times.user + times.system,
    }


class _HelperWatch(threading.Thread):
    """Reads the largest memory of the sender's helper process, in MiB."""

    def __init__(self, sink: multiprocessing.Process) -> None:
        super().__init__(daemon=True)
        self._sink, self._stopped, self.memory = sink, threading.Event(), 0.0

    def run(self) -> None:
        while not self._stopped.wait(0.5):
            for child in psutil.Process().children():
                with suppress(psutil.Error):
                    if child.pid != self._sink.pid and "binhyen.channels.encryption_helper" in child.cmdline():
                        self.memory = max(self.memory, child.memory_info().rss / 2**20)

    def __enter__(self) -> "_HelperWatch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()


class _SinkConnection(asyncio.Protocol):
    """A push service that accepts everything: parses each request and reads its whole body of a valid length."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.parser = cast(asyncio.Transport, transport), httptools.HttpRequestParser(self)
        self.start_request()

    received = 0
    devices: ClassVar[set[bytes]] = set()

    def start_request(self) -> None:
        self.declared = self.size = 0
        self.has_token = False

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"content-length":
            self.declared = int(value)
        elif name == b"authorization":
            self.has_token = value.startswith(b"vapid t=")

    def on_url(self, url: bytes) -> None:
        self.url = url

    def on_body(self, body: bytes) -> None:
        self.size += len(body)

    def on_message_complete(self) -> None:
        if self.url == b"/counts":
            body = orjson.dumps({"received": _SinkConnection.received, "devices": len(self.devices)})
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            return
        _SinkConnection.received += 1
        self.devices.add(self.url)
        is_valid = self.has_token and 103 < self.size == self.declared <= 4096
        self.transport.write(_CREATED if is_valid else _REFUSED)
        self.start_request()


def _run_sink(ports: "multiprocessing.Queue[int]") -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_SinkConnection, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


def _seed_subscriptions(origin: str) -> "Channel":
    """Store subscriptions of one browser key at different addresses, encrypted as the pages do."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from binhyen.channels.kinds.webpush.encryption import encode_base64url, get_current_key
    from binhyen.channels.models import PushSubscription
    from binhyen.channels.services import push
    from binhyen.kit import clock
    from binhyen.kit.bulk_insert import copy_rows
    from binhyen.kit.ids import generate_uuid7
    from binhyen.vault import envelopes, group_keys

    channel = push.find_push_channel()
    assert channel is not None
    key = get_current_key(channel.settings)
    assert key is not None
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = encode_base64url(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    device = {"p256dh": point, "auth": encode_base64url(b"1" * 16), "kid": key["kid"]}
    sealers = [envelopes.Sealer(group_keys.get_current_keys("DELIVERY")[0].public) for _ in range(100)]
    made_at = clock.now()

    def build_row(number: int) -> tuple[object, ...]:
        endpoint = f"{origin}/push/{number:022}"
        digest = push.hash_endpoint(endpoint)
        value = orjson.dumps(device | {"endpoint": endpoint})
        sealed = sealers[number % 100].seal(value, context=push.format_push_context(digest))
        return (generate_uuid7(), channel.pk, [], sealed, digest, "", made_at, "")

    columns = ("public_id", "channel_id", "topics", "sealed", "endpoint_hash", "browser", "made_at", "ended_code")
    copy_rows(PushSubscription, columns, (build_row(number) for number in range(SUBSCRIBERS)))
    return channel
