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


def kill_self(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def arm_crash_point(point: str) -> None:
    """Kill this process when it reaches the point."""
    from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA
    from binhyen.channels.services import outbox

    match point:
        case "claimed":
            outbox._send_rows = kill_self
        case "before_send":
            ZaloOA.send = kill_self  # type: ignore[method-assign]
        case "after_send":
            outbox._save_results = kill_self
        case "after_mark":
            mark = outbox._save_results
            outbox._save_results = lambda *a, **k: (mark(*a, **k), kill_self())[0]  # type: ignore[misc]
        case "dead_letter":
            failed = outbox._apply_failure
            outbox._apply_failure = lambda *a, **k: (failed(*a, **k), kill_self())[0]  # type: ignore[misc]
        case "blind":  # seeded defect: dies after the send, and delivery is never checked
            outbox._save_results = kill_self


def deliver_letters() -> None:
    from binhyen.channels.models import Channel
    from binhyen.channels.services import outbox

    outbox.deliver_due(channel_id=Channel.objects.get(kind="zalo_oa").pk)


def disable_delivery_check() -> None:
    from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA

    async def find_nothing(*_: Any) -> None:
        return None

    ZaloOA.find_sent = find_nothing  # type: ignore[method-assign,assignment]


def expire_leases() -> None:
    from binhyen.channels.models import Outgoing
    from binhyen.kit import clock

    Outgoing.objects.filter(state="SENDING").update(lease_until=clock.now() - dt.timedelta(seconds=1))


def queue_letters(people: list[str], round_: int) -> None:
    from binhyen.channels.models import Channel
    from binhyen.channels.services import OutgoingDraft, outbox
    from binhyen.channels.services.messages import get_or_create_conversations
    from binhyen.kit import clock
    from binhyen.vault.services import get_or_create_reporters

    now, channel = clock.now(), Channel.objects.get(kind="zalo_oa").pk
    reporters = get_or_create_reporters(channel, people, now=now)
    talks = get_or_create_conversations(channel, list(reporters.values()))
    outbox.queue_messages(
        [
            OutgoingDraft(
                key=f"{round_}:{recipient}",
                channel_id=channel,
                conversation_id=talks[reporters[recipient]].pk,
                text=f"Thư {round_} cho {recipient}",
                purpose="ANSWER",
            )
            for recipient in people
        ],
        now=now,
    )


def run_in_child(*functions: Callable[[], None]) -> str:
    """Run functions in a fork; return «done», or the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for work in functions:
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
        asked = [disable_delivery_check] if point == "blind" else []
        ends = [
            run_in_child(
                lambda n=round_: queue_letters(list(people), n), lambda: arm_crash_point(point), deliver_letters
            ),  # type: ignore[misc]
            run_in_child(*asked, expire_leases, deliver_letters),
        ]
        print(*ends)
