"""Delivery processes that die at a chosen point (F2), forked from one process that has Django loaded (helper.py).

A round: a first child queues letters, delivers and dies by SIGKILL at the point; its lease expires; a second child,
unharmed, delivers the remaining ones. Prints how each child ended.
"""

import datetime as dt
import os
import signal
from collections.abc import Callable
from typing import Any

POINTS = ("claimed", "before_send", "after_send", "after_mark", "dead_letter")


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """Kill this process when it reaches the point."""
    from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA
    from binhyen.channels.services import outbox

    match point:
        case "claimed":
            outbox._send = die
        case "before_send":
            ZaloOA.send = die  # type: ignore[method-assign]
        case "after_send":
            outbox._mark = die
        case "after_mark":
            mark = outbox._mark
            outbox._mark = lambda *a, **k: (mark(*a, **k), die())[0]  # type: ignore[misc]
        case "dead_letter":
            failed = outbox._mark_failed
            outbox._mark_failed = lambda *a, **k: (failed(*a, **k), die())[0]  # type: ignore[misc]
        case "blind":  # seeded defect: dies after the send, and delivery is never checked
            outbox._mark = die


def deliver() -> None:
    from binhyen.channels.models import Channel
    from binhyen.channels.services import outbox

    outbox.deliver(channel_id=Channel.objects.get(kind="zalo_oa").pk)


def blind() -> None:
    from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA

    async def nothing(*_: Any) -> None:
        return None

    ZaloOA.find_sent = nothing  # type: ignore[method-assign,assignment]


def lease_is_over() -> None:
    from binhyen.channels.models import Outgoing
    from binhyen.kit import clock

    Outgoing.objects.filter(state="SENDING").update(lease_until=clock.now() - dt.timedelta(seconds=1))


def write(people: list[str], round_: int) -> None:
    from binhyen.channels.models import Channel
    from binhyen.channels.services import Draft, outbox
    from binhyen.channels.services.messages import conversations_of
    from binhyen.kit import clock
    from binhyen.vault.services import reporters_of

    now, channel = clock.now(), Channel.objects.get(kind="zalo_oa").pk
    reporters = reporters_of(channel, people, now=now)
    talks = conversations_of(channel, list(reporters.values()))
    outbox.queue(
        [Draft(key=f"{round_}:{who}", channel_id=channel, conversation_id=talks[reporters[who]].pk,
               text=f"Thư {round_} cho {who}", purpose="ANSWER") for who in people],
        now=now,
    )  # fmt: skip


def child(*works: Callable[[], None]) -> str:
    """Run functions in a fork; return «done», or the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for work in works:
                work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return "done" if os.WEXITSTATUS(status) == 0 else "failed"


def main(point: str, rounds: str, *people: str) -> None:
    for round_ in range(int(rounds)):
        asked = [blind] if point == "blind" else []
        ends = [
            child(lambda n=round_: write(list(people), n), lambda: arm(point), deliver),  # type: ignore[misc]
            child(*asked, lease_is_over, deliver),
        ]
        print(*ends)
