"""The inbox: webhooks wait as rows until intake has processed them; an unreadable row never blocks the others."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F, Q

from binhyen.areas.models import Unit
from binhyen.channels import queries
from binhyen.channels.models import Inbound
from binhyen.channels.retry_policy import INBOUND_TRIES, LONGEST_WAIT, SKEW, inbound_context, next_try
from binhyen.kit import logs
from binhyen.kit.clock import vietnam_day
from binhyen.kit.live_events import Live, publish
from binhyen.kit.locks import Lock, wait_for
from binhyen.vault import process_keys

State = Inbound.State
log = logs.get("intake")
_COUNT = """
WITH heard AS (
    UPDATE channels_channel c SET heard_at = h.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS h(id, at)
    WHERE c.id = h.id AND (c.heard_at IS NULL OR c.heard_at < h.at - interval '1 minute')
)
INSERT INTO channels_eventcount (channel_id, day, event, known, count)
SELECT c, %s, e, k, n FROM unnest(%s::bigint[], %s::text[], %s::boolean[], %s::int[]) AS t(c, e, k, n)
ON CONFLICT (channel_id, day, event) DO UPDATE SET count = channels_eventcount.count + excluded.count,
    known = excluded.known
"""


def wait_for_door() -> None:
    """Return once every webhook whose job is the present one is committed. Own transaction.

    The other side is channels/sql/channels_take_in.sql.
    """
    wait_for(Lock.DOOR)


def claim(*, most: int, now: dt.datetime) -> list[Inbound]:
    """Lock and return the oldest waiting rows. One reader at a time, so that the order is kept."""
    be_the_one_reader()
    waiting = Inbound.objects.select_for_update(of=("self",), skip_locked=True).filter(due(now))
    return list(waiting.order_by("id")[:most])


def due(now: dt.datetime) -> Q:
    """Rows to read now; also what came «in the future» and was never put off, and what waits longer than anything
    ever does: the clock was set back since.
    """
    set_back = Q(received_at__gt=now + SKEW, due_at=F("received_at")) | Q(due_at__gt=now + LONGEST_WAIT)
    return Q(state=State.PENDING) & (Q(due_at__lte=now) | set_back)


def be_the_one_reader() -> None:
    """Wait for the reader lock and hold it until the end of the caller's transaction."""
    wait_for(Lock.READING)


def body_of(row: Inbound) -> bytes:
    """Return the webhook's body; only the worker has the key.

    Raises key_files.KeyFileMissing, envelopes.EnvelopeError.
    """
    return process_keys.open_("INTAKE", row.raw, context=inbound_context(row.channel_id, row.outside_id))


def done(rows: Sequence[Inbound], *, now: dt.datetime) -> None:
    """Save processed or postponed rows (PENDING, due later).

    Bodies of processed ones, with external ids, are deleted.
    """
    Inbound.objects.filter(pk__in=[r.pk for r in rows if r.state == State.DONE]).update(state=State.DONE, raw=b"")
    others = [r for r in rows if r.state != State.DONE]
    if others:
        Inbound.objects.bulk_update(others, ["state", "reason", "raw", "due_at"])
    _count([r for r in rows if r.state != State.PENDING], now)


def _count(rows: Sequence[Inbound], now: dt.datetime) -> None:
    sums: dict[tuple[int, str, bool], int] = {}
    for row in rows:
        key = (row.channel_id, row.event, row.state != State.UNKNOWN)
        sums[key] = sums.get(key, 0) + 1
    if sums:
        channels, events, known = zip(*sorted(sums), strict=True)
        counts = [sums[key] for key in sorted(sums)]
        heard = {row.channel_id: row.received_at for row in sorted(rows, key=lambda row: row.received_at)}
        with connection.cursor() as cursor:
            cursor.execute(
                _COUNT,
                [
                    list(heard),
                    list(heard.values()),
                    vietnam_day(now),
                    list(channels),
                    list(events),
                    list(known),
                    counts,
                ],
            )


def failed(row: Inbound, reason: str, *, now: dt.datetime) -> None:
    """Record that processing this row crashed: retry later, and after some attempts leave it to an operator.

    A row that is no longer waiting was processed after all: its commit arrived, only the response was lost.
    """
    attempts = row.attempts + 1
    Inbound.objects.filter(pk=row.pk, state=State.PENDING).update(
        attempts=attempts, reason=reason[:200],
        state=State.DEAD if attempts >= INBOUND_TRIES else State.PENDING,
        due_at=next_try(attempts, retry_after=None, now=now),
    )  # fmt: skip


def read_again(*, now: dt.datetime) -> int:
    """Requeue unreadable webhooks once the program is fixed; return their number. Deleted bodies stay deleted."""
    rows = Inbound.objects.filter(state=State.DEAD).exclude(raw=b"")
    return rows.update(state=State.PENDING, attempts=0, reason="", due_at=now)


@transaction.atomic
def say_if_behind(*, now: dt.datetime) -> bool:
    """Alert every desk if webhooks are not processed: the worker hangs or its machine is down.

    Repeated at each call.
    """
    behind = queries.behind(now=now).exists()
    if behind:
        units = Unit.objects.filter(level=Unit.Level.COMMUNE).values_list("pk", flat=True)
        publish([Live(("province", *(f"unit:{pk}" for pk in units)), "behind", {})], now=now)
        log.error("intake_behind")
    return behind


def waiting(*, now: dt.datetime) -> bool:
    return Inbound.objects.filter(due(now)).exists()
