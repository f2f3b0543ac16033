"""A notice to 200,000 subscribers at a local sink: read, encrypted, sent, every outcome recorded. No TLS."""

import asyncio
import datetime as dt
import io
import multiprocessing
import resource
import time

import orjson

from bench.lab import delete_data, print_figure, scale_size

SUBSCRIBERS = scale_size(200_000, 200)
_ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


def main() -> None:
    from django.core.management import call_command

    from binhyen.channels.models import PushDelivery
    from binhyen.channels.services import push
    from binhyen.kit import clock

    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    sink = multiprocessing.Process(target=_run_sink, args=(ports,), daemon=True)
    sink.start()
    try:
        origin = f"http://127.0.0.1:{ports.get(timeout=30)}"
        call_command("connect_webpush", stand_in=origin, verbosity=0, stdout=io.StringIO())
        _seed_subscriptions(origin)
        channel = push.find_push_channel()
        assert channel is not None
        started_at, started, cpu_started = clock.now(), time.perf_counter(), time.process_time()
        draft = push.NoticeDraft(key="bench", title="Cảnh báo", url="/thong-bao", lifetime=dt.timedelta(hours=1))
        push.queue_notice(draft, now=started_at)
        accepted = push.deliver_notices(channel_id=channel.pk)
        assert accepted == SUBSCRIBERS, (accepted, push.count_outcomes(keys=["bench"]))
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu_started
        assert push.count_outcomes(keys=["bench"]) == {"SENT": SUBSCRIBERS}
        first = PushDelivery.objects.order_by("sent_at").values_list("sent_at", flat=True)[0]
        assert first is not None
        print_figure("push.last", seconds, "s", SUBSCRIBERS)
        print_figure("push.first", (first - started_at).total_seconds() * 1000, "ms", SUBSCRIBERS)
        print_figure("push.rate", SUBSCRIBERS / seconds, "1/s", SUBSCRIBERS, per_cpu_s=round(SUBSCRIBERS / cpu))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print_figure("push.memory", memory, "MiB", SUBSCRIBERS)
    finally:
        sink.terminate()
        delete_data()


def _run_sink(ports: "multiprocessing.Queue[int]") -> None:
    """Answer every request with 201, as a push service that accepts everything."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                await reader.readexactly(length)
                writer.write(_ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


def _seed_subscriptions(origin: str) -> None:
    """Store subscriptions of one browser key at different addresses, encrypted as the pages do."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from binhyen.channels.kinds.webpush.encryption import encode_base64url
    from binhyen.channels.kinds.webpush.vapid import get_current_key
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
