"""Seeded defects: the program with one thing broken, or killed at a chosen moment, run as its process.

    uvicorn tests.faults.defects:<name> --factory       gateway_*
    python -m tests.faults.defects <name>               worker_*

A fault test that does not detect these proves nothing. `FAULTS_FOLDER` remembers which deaths have already happened.
"""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any


def die_once(mark: str) -> None:
    """Kill this process with SIGKILL the first time any process reaches this mark."""
    path = Path(os.environ["FAULTS_FOLDER"]) / f"died-{mark}"
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def gateway_dies_after_commit() -> Any:
    """Run the gateway unchanged; the machine goes down between the commit and the answer."""
    from binhyen.channels.webhooks import GroupCommitWriter, WebhookRow
    from binhyen.gateway import create

    class DyingCommitter(GroupCommitWriter):
        async def _commit_batch(self, batch: Sequence[WebhookRow]) -> None:
            await super()._commit_batch(batch)
            die_once("after-commit")

    return _run_gateway(create(), DyingCommitter)


def gateway_answers_early() -> Any:
    """Run a broken gateway that answers before the commit; the machine goes down in between."""
    from binhyen.channels.webhooks import GroupCommitWriter, WebhookRow
    from binhyen.gateway import create

    class EarlyCommitter(GroupCommitWriter):
        async def store(self, channel_id: int, external_id: str, event: str, body: bytes, *_: Any, **__: Any) -> None:
            self._rows.append(
                WebhookRow(channel_id, external_id, event, body, asyncio.get_running_loop().create_future())
            )
            self._has_rows.set()

        async def _commit_batch(self, batch: Sequence[WebhookRow]) -> None:
            await asyncio.sleep(0.3)  # the answer is being sent
            die_once("before-commit")
            await super()._commit_batch(batch)

    return _run_gateway(create(), EarlyCommitter)


def gateway_knows_no_message_again() -> Any:
    """Run a broken gateway whose duplicate check finds nothing. It also dies after the commit."""
    from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA

    _forget_messages(ZaloOA)
    return gateway_dies_after_commit()


def worker_knows_no_message_again() -> None:
    """Run a worker with the same broken duplicate check."""
    from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA

    _forget_messages(ZaloOA)
    _run_worker()


def worker_dies_after_send() -> None:
    """Run the worker unchanged; the machine goes down after the send, before it is marked as sent."""
    _die_before_mark()
    _run_worker()


def worker_never_asks() -> None:
    """Run a broken worker that treats a lost receipt as «not sent»."""
    from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA

    async def find_nothing(self: ZaloOA, *_: Any) -> None:
        return None

    ZaloOA.find_sent = find_nothing  # type: ignore[method-assign,assignment]
    _die_before_mark()
    _run_worker()


def _run_gateway(gateway: Any, committer: Any) -> Any:
    gateway.webhooks.writer = committer(gateway.webhooks.writer._dsn)
    return gateway


def _forget_messages(adapter: Any) -> None:
    accept_webhook, parse = adapter.accept_webhook, adapter.parse

    def accept_again(self: Any, *args: Any, **more: Any) -> Any:
        taken = accept_webhook(self, *args, **more)
        return replace(taken, external_id=f"{taken.external_id}~{secrets.token_hex(4)}")

    def parse_again(self: Any, *args: Any) -> Any:
        message = parse(self, *args)
        return replace(message, external_id=f"{message.external_id}~{secrets.token_hex(4)}")

    adapter.accept_webhook, adapter.parse = accept_again, parse_again


def _die_before_mark() -> None:
    from binhyen.channels.services import outbox

    mark = outbox._save_results

    def die_now(*args: Any, **more: Any) -> int:
        die_once("before-mark")
        return mark(*args, **more)

    outbox._save_results = die_now


def _run_worker() -> None:
    from binhyen.supervisor import READER_POOLS, SENDER_POOLS, run_worker

    run_worker([*READER_POOLS, *SENDER_POOLS])


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "binhyen.settings"
    import django

    django.setup()
    globals()[sys.argv[1]]()
