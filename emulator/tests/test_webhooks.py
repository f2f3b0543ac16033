"""Delivery: order per sender, retry delays, the unsubscribed state, faults during delivery."""

import asyncio
from typing import Any

import pytest

from emulator import sender
from emulator.sender import LADDER_SECONDS
from emulator.signing import webhook_mac
from emulator.tests.lab import Lab, run

WHO = "Trần Văn Đức"


async def say(lab: Lab, **content: Any) -> Any:
    return await lab.control("/say", {"citizen": WHO} | content)


def test_order_per_sender() -> None:
    async def scenario(lab: Lab) -> None:
        await lab.control("/say", {"many": [{"citizen": WHO, "text": f"{n}"} for n in range(30)]})
        await lab.settle()
        assert [event["message"]["text"] for event in lab.hook.events] == [str(n) for n in range(30)]

    run(scenario)


def test_the_ladder_then_unsubscribed_until_switched_on_by_hand() -> None:
    async def scenario(lab: Lab) -> None:
        lab.hook.statuses = [500] * 6
        await say(lab, text="đầu")
        await lab.settle()
        for number, seconds in enumerate(LADDER_SECONDS, start=1):
            lab.advance(seconds=seconds - 1)
            await lab.settle()
            assert len(lab.hook.got) == number
            lab.advance(seconds=1)
            assert await lab.emu.sender.changed.until(
                lambda number=number: len(lab.emu.world.deliveries[lab.emu.world.seq].attempts) > number, 5
            )
        assert [headers.get("num_retry") for headers, _ in lab.hook.got] == [None, "1", "2", "3", "4", "5"]
        assert len({body for _, body in lab.hook.got}) == 1
        log = await lab.control("/webhooks")
        assert (log["enabled"], log["counts"]) == (False, {"failed": 1})
        await say(lab, text="mất")
        assert (await lab.control("/webhooks"))["counts"] == {"failed": 1, "skipped": 1}
        await lab.control("/webhooks", {"enabled": True})
        await say(lab, text="lại có")
        await lab.settle()
        assert [event["message"]["text"] for event in lab.hook.events[6:]] == ["lại có"]

    run(scenario)


def test_the_time_factor_shortens_the_ladder() -> None:
    async def scenario(lab: Lab) -> None:
        lab.hook.statuses = [500]
        await say(lab, text="x")
        await lab.settle()
        delivery = lab.emu.world.deliveries[lab.emu.world.seq]
        assert delivery.state == "retrying"
        assert delivery.due_ms - lab.emu.now() == 300
        lab.advance(seconds=0.3)
        assert (await lab.control("/webhooks", wait=5))["counts"] == {"delivered": 1}

    run(scenario, factor=100.0)


def test_a_failed_event_does_not_hold_up_the_next_of_its_sender() -> None:
    async def scenario(lab: Lab) -> None:
        lab.hook.statuses = [503]
        await say(lab, text="một")
        await say(lab, text="hai")
        await lab.settle()
        lab.advance(seconds=30)
        await lab.control("/webhooks", wait=5)
        assert [event["message"]["text"] for event in lab.hook.events] == ["một", "hai", "một"]

    run(scenario)


def test_only_connection_failures_are_retried_by_switch() -> None:
    async def scenario(lab: Lab) -> None:
        await lab.control("/switches", {"retry_on": "connection"})
        lab.hook.statuses = [500]
        await say(lab, text="x")
        log = await lab.control("/webhooks", wait=5)
        assert (log["enabled"], log["counts"]) == (True, {"failed": 1})
        await lab.control("/webhooks", {"url": "http://127.0.0.1:9/closed"})
        await say(lab, text="y")
        await lab.settle()
        assert (await lab.control("/webhooks"))["counts"] == {"failed": 1, "retrying": 1}

    run(scenario)


def test_a_slow_receiver_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sender.ANSWER_SECONDS == 2.0
    monkeypatch.setattr(sender, "ANSWER_SECONDS", 0.05)

    async def scenario(lab: Lab) -> None:
        lab.hook.slow = asyncio.Event()
        await say(lab, text="x")
        await lab.settle()
        lab.hook.slow.set()
        (delivery,) = (await lab.control("/webhooks"))["deliveries"]
        assert delivery["state"] == "retrying"
        assert delivery["attempts"][0]["error"] == "no answer within 2 s"

    run(scenario)


def test_events_can_be_switched_off_one_by_one_and_texts_to_hash_only() -> None:
    async def scenario(lab: Lab) -> None:
        await lab.control("/switches", {"events_off": ["user_send_image"], "hash_only": True})
        await say(lab, photo=True)
        await say(lab, text="không dấu thăng")
        await say(lab, text="#báo tin")
        await lab.settle()
        assert [event["message"]["text"] for event in lab.hook.events] == ["#báo tin"]

    run(scenario)


async def fault(lab: Lab, kind: str, **more: Any) -> Any:
    return await lab.control("/faults", {"target": "webhook", "kind": kind} | more)


def test_duplicates_counted_down_then_gone() -> None:
    async def scenario(lab: Lab) -> None:
        await fault(lab, "duplicate", count=1)
        await say(lab, text="hai lần")
        await say(lab, text="một lần")
        await lab.settle()
        assert [event["message"]["text"] for event in lab.hook.events] == ["hai lần", "hai lần", "một lần"]
        assert lab.hook.got[0][1] == lab.hook.got[1][1]

    run(scenario)


def test_reordering_swaps_neighbours_of_one_sender() -> None:
    async def scenario(lab: Lab) -> None:
        await fault(lab, "reorder", count=1)
        for text in ("một", "hai", "ba"):
            await say(lab, text=text)
        await lab.settle()
        assert [event["message"]["text"] for event in lab.hook.events] == ["hai", "một", "ba"]

    run(scenario)


def test_a_held_event_comes_by_itself_when_nothing_follows() -> None:
    async def scenario(lab: Lab) -> None:
        await fault(lab, "reorder", seconds=0.05)
        await say(lab, text="một mình")
        assert (await lab.control("/webhooks", wait=5))["counts"] == {"delivered": 1}

    run(scenario)


def test_delay_and_drop_follow_the_clock() -> None:
    async def scenario(lab: Lab) -> None:
        await fault(lab, "delay", seconds=3, count=1)
        await say(lab, text="chậm")
        assert lab.hook.got == []
        lab.advance(seconds=3)
        await lab.control("/webhooks", wait=5)
        assert lab.hook.names == ["user_send_text"]
        await fault(lab, "drop", count=1)
        await say(lab, text="rơi")
        await lab.settle()
        assert len(lab.hook.got) == 1
        lab.advance(seconds=30)
        await lab.control("/webhooks", wait=5)
        headers, _ = lab.hook.got[1]
        assert headers["num_retry"] == "1"

    run(scenario)


def test_forged_broken_and_stale_events() -> None:
    async def scenario(lab: Lab) -> None:
        account = lab.emu.world.account
        for kind in ("bad_signature", "broken_body", "stale"):
            await fault(lab, kind, count=1)
            await say(lab, text="Có người lạ vào ngõ 12")
        await lab.settle()
        (bad, bad_raw), (_, broken), (stale, stale_raw) = lab.hook.got
        stamp = str(lab.emu.now())
        right = webhook_mac(account.app_id, bad_raw, stamp, account.oa_secret_key)
        assert bad["x-zevent-signature"] != f"mac={right}"
        assert not broken.endswith(b"}")
        old = str(lab.emu.now() - 3_600_000)
        assert (
            stale["x-zevent-signature"] == f"mac={webhook_mac(account.app_id, stale_raw, old, account.oa_secret_key)}"
        )

    run(scenario)


def test_a_fault_can_be_for_one_event_only() -> None:
    async def scenario(lab: Lab) -> None:
        await fault(lab, "duplicate", endpoint="user_send_image")
        await say(lab, text="một")
        await say(lab, photo=True)
        await lab.settle()
        assert sorted(lab.hook.names) == ["user_send_image", "user_send_image", "user_send_text"]

    run(scenario)
