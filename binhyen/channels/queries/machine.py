"""State of the machine for operators: clocks that disagree, a silent worker, files on hosts that are not allowed."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count

from binhyen.channels.models import Attachment, Channel, Inbound
from binhyen.kit.periodic import heartbeat
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope

_LAST = 9  # webhooks that tell how far our clock is from the sender's
_BEHIND = dt.timedelta(minutes=5)  # no webhook comes before it was signed
_AHEAD = dt.timedelta(hours=3)  # a retry comes up to two hours late
_SHOWN_FOR = dt.timedelta(days=1)  # a step of a clock
_SILENT = dt.timedelta(seconds=30)
_APART = 30.0  # seconds between this machine's clock and the database's
MOST_HOSTS = 20


@dataclass(frozen=True, slots=True)
class Gap:
    """By how much our clock is ahead of a sender's; negative: behind."""

    channel: Channel
    ahead: dt.timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """A clock that jumped by so many seconds."""

    process: str
    at: dt.datetime
    seconds: float


def list_clock_gaps() -> list[Gap]:
    """Channels whose last webhooks were signed at times that our clock contradicts."""
    gaps = []
    for channel in Channel.objects.exclude(kind="web").order_by("id"):
        rows = Inbound.objects.filter(channel=channel, signed_at__isnull=False).order_by("-id")
        late = sorted(got - (signed or got) for got, signed in rows.values_list("received_at", "signed_at")[:_LAST])
        if late and late[len(late) // 2] < -_BEHIND:
            gaps.append(Gap(channel, late[len(late) // 2]))
        elif late and late[0] > _AHEAD:
            gaps.append(Gap(channel, late[0]))
    return gaps


def database_offset() -> float:
    """Seconds that this machine's clock is ahead of the database's; 0.0 where it hardly is."""
    offset = heartbeat.clock_offset()
    return offset if abs(offset) >= _APART else 0.0


def steps() -> list[Step]:
    """Clocks that jumped within the last day."""
    since = heartbeat.database_time() - _SHOWN_FOR
    return [Step(*row) for row in heartbeat.last_steps(since=since)]


def silent(work: str) -> bool:
    """Has this work not been done for half a minute? Not where it never was: the program is new."""
    last = heartbeat.last_beat(work)
    return last is not None and heartbeat.database_time() - last > _SILENT


def unlisted_hosts() -> list[tuple[str, int]]:
    """Return hosts that are not allowed, with the number of waiting files; the most files first."""
    with rls_scope(PROGRAM_SCOPE):
        rows = Attachment.objects.filter(state=Attachment.State.UNLISTED).order_by().values_list("unlisted_host")
        return list(rows.annotate(n=Count("id")).order_by("-n", "unlisted_host")[:MOST_HOSTS])
