"""Delivery: order per sender, retry delays, the unsubscribed state, faults during delivery."""

import asyncio
from typing import Any

import pytest

from emulator import sender
from emulator.sender import RETRY_DELAYS_SECONDS
from emulator.signing import sign_webhook
from emulator.tests.lab import Lab, run_scenario

WHO = "Trần Văn Đức"


async def send_citizen_message(lab: Lab, **content: Any) -> Any:
    return await lab.control("/say", {"citizen": WHO} | content)


def test_order_per_sender() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/say", {"many": [{"citizen": WHO, "text": f"{n}"} for n in range(30)]})
        await lab.wait_until_delivered()
        assert [event["message"]["text"] for event in lab.hook.events] == [str(n) for n in range(30)]

    run_scenario(play_scenario)


def test_the_ladder_then_unsubscribed_until_switched_on_by_hand() -> None:
    async def play_scenario(lab: Lab) -> None:
        lab.hook.statuses = [500] * 6
        await send_citizen_message(lab, text="đầu")
        await lab.wait_until_delivered()
        for number, seconds in enumerate(RETRY_DELAYS_SECONDS, start=1):
            lab.advance_clock(seconds=seconds - 1)
            await lab.wait_until_delivered()
            assert len(lab.hook.received) == number
            lab.advance_clock(seconds=1)
            assert await lab.emu.sender.changed.until(
                lambda number=number: len(lab.emu.world.deliveries[lab.emu.world.seq].attempts) > number, 5
            )
        assert [headers.get("num_retry") for headers, _ in lab.hook.received] == [None, "1", "2", "3", "4", "5"]
        assert len({body for _, body in lab.hook.received}) == 1
        log = await lab.control("/webhooks")
        assert (log["enabled"], log["counts"]) == (False, {"failed": 1})
        await send_citizen_message(lab, text="mất")
        assert (await lab.control("/webhooks"))["counts"] == {"failed": 1, "skipped": 1}
        await lab.control("/webhooks", {"enabled": True})
        await send_citizen_message(lab, text="lại có")
        await lab.wait_until_delivered()
        assert [event["message"]["text"] for event in lab.hook.events[6:]] == ["lại có"]

    run_scenario(play_scenario)


def test_the_time_factor_shortens_the_ladder() -> None:
    async def play_scenario(lab: Lab) -> None:
        lab.hook.statuses = [500]
        await send_citizen_message(lab, text="x")
        await lab.wait_until_delivered()
        delivery = lab.emu.world.deliveries[lab.emu.world.seq]
        assert delivery.state == "retrying"
        assert delivery.due_ms - lab.emu.now() == 300
        lab.advance_clock(seconds=0.3)
        assert (await lab.control("/webhooks", wait=5))["counts"] == {"delivered": 1}

    run_scenario(play_scenario, factor=100.0)


def test_a_failed_event_does_not_hold_up_the_next_of_its_sender() -> None:
    async def play_scenario(lab: Lab) -> None:
        lab.hook.statuses = [503]
        await send_citizen_message(lab, text="một")
        await send_citizen_message(lab, text="hai")
        await lab.wait_until_delivered()
        lab.advance_clock(seconds=30)
        await lab.control("/webhooks", wait=5)
        assert [event["message"]["text"] for event in lab.hook.events] == ["một", "hai", "một"]

    run_scenario(play_scenario)


def test_only_connection_failures_are_retried_by_switch() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/switches", {"retry_on": "connection"})
        lab.hook.statuses = [500]
        await send_citizen_message(lab, text="x")
        log = await lab.control("/webhooks", wait=5)
        assert (log["enabled"], log["counts"]) == (True, {"failed": 1})
        await lab.control("/webhooks", {"url": "http://127.0.0.1:9/closed"})
        await send_citizen_message(lab, text="y")
        await lab.wait_until_delivered()
        assert (await lab.control("/webhooks"))["counts"] == {"failed": 1, "retrying": 1}

    run_scenario(play_scenario)


def test_a_slow_receiver_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sender.RESPONSE_TIMEOUT_SECONDS == 2.0
    monkeypatch.setattr(sender, "RESPONSE_TIMEOUT_SECONDS", 0.05)

    async def play_scenario(lab: Lab) -> None:
        lab.hook.slow = asyncio.Event()
        await send_citizen_message(lab, text="x")
        await lab.wait_until_delivered()
        lab.hook.slow.set()
        (delivery,) = (await lab.control("/webhooks"))["deliveries"]
        assert delivery["state"] == "retrying"
        assert delivery["attempts"][0]["error"] == "no answer within 2 s"

    run_scenario(play_scenario)


def test_events_can_be_switched_off_one_by_one_and_texts_to_hash_only() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/switches", {"events_off": ["user_send_image"], "hash_only": True})
        await send_citizen_message(lab, photo=True)
        await send_citizen_message(lab, text="không dấu thăng")
        await send_citizen_message(lab, text="#báo tin")
        await lab.wait_until_delivered()
        assert [event["message"]["text"] for event in lab.hook.events] == ["#báo tin"]

    run_scenario(play_scenario)


async def set_fault(lab: Lab, kind: str, **more: Any) -> Any:
    return await lab.control("/faults", {"target": "webhook", "kind": kind} | more)


def test_duplicates_counted_down_then_gone() -> None:
    async def play_scenario(lab: Lab) -> None:
        await set_fault(lab, "duplicate", count=1)
        await send_citizen_message(lab, text="hai lần")
        await send_citizen_message(lab, text="một lần")
        await lab.wait_until_delivered()
        assert [event["message"]["text"] for event in lab.hook.events] == ["hai lần", "hai lần", "một lần"]
        assert lab.hook.received[0][1] == lab.hook.received[1][1]

    run_scenario(play_scenario)


def test_reordering_swaps_neighbours_of_one_sender() -> None:
    async def play_scenario(lab: Lab) -> None:
        await set_fault(lab, "reorder", count=1)
        for text in ("một", "hai", "ba"):
            await send_citizen_message(lab, text=text)
        await lab.wait_until_delivered()
        assert [event["message"]["text"] for event in lab.hook.events] == ["hai", "một", "ba"]

    run_scenario(play_scenario)


def test_a_held_event_comes_by_itself_when_nothing_follows() -> None:
    async def play_scenario(lab: Lab) -> None:
        await set_fault(lab, "reorder", seconds=0.05)
        await send_citizen_message(lab, text="một mình")
        assert (await lab.control("/webhooks", wait=5))["counts"] == {"delivered": 1}

    run_scenario(play_scenario)


def test_delay_and_drop_follow_the_clock() -> None:
    async def play_scenario(lab: Lab) -> None:
        await set_fault(lab, "delay", seconds=3, count=1)
        await send_citizen_message(lab, text="chậm")
        assert lab.hook.received == []
        lab.advance_clock(seconds=3)
        await lab.control("/webhooks", wait=5)
        assert lab.hook.list_names == ["user_send_text"]
        await set_fault(lab, "drop", count=1)
        await send_citizen_message(lab, text="rơi")
        await lab.wait_until_delivered()
        assert len(lab.hook.received) == 1
        lab.advance_clock(seconds=30)
        await lab.control("/webhooks", wait=5)
        headers, _ = lab.hook.received[1]
        assert headers["num_retry"] == "1"

    run_scenario(play_scenario)


def test_forged_broken_and_stale_events() -> None:
    async def play_scenario(lab: Lab) -> None:
        account = lab.emu.world.account
        for kind in ("bad_signature", "broken_body", "stale"):
            await set_fault(lab, kind, count=1)
            await send_citizen_message(lab, text="Có người lạ vào ngõ 12")
        await lab.wait_until_delivered()
        (bad, bad_raw), (_, broken), (stale, stale_raw) = lab.hook.received
        stamp = str(lab.emu.now())
        right = sign_webhook(account.app_id, bad_raw, stamp, account.oa_secret_key)
        assert bad["x-zevent-signature"] != f"mac={right}"
        assert not broken.endswith(b"}")
        old = str(lab.emu.now() - 3_600_000)
        assert (
            stale["x-zevent-signature"] == f"mac={sign_webhook(account.app_id, stale_raw, old, account.oa_secret_key)}"
        )

    run_scenario(play_scenario)


def test_a_fault_can_be_for_one_event_only() -> None:
    async def play_scenario(lab: Lab) -> None:
        await set_fault(lab, "duplicate", endpoint="user_send_image")
        await send_citizen_message(lab, text="một")
        await send_citizen_message(lab, photo=True)
        await lab.wait_until_delivered()
        assert sorted(lab.hook.list_names) == ["user_send_image", "user_send_image", "user_send_text"]

    run_scenario(play_scenario)
