"""Sending against the fake Zalo, with its fault injection."""

import asyncio
import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa.client import Client, client
from binhyen.channels.kinds.zalo_oa.tests.lab import ADAPTER, StandIn, with_client
from binhyen.channels.types import OutgoingMessage, Receipt, SendFailed
from tests.ports import free_port

CS = "/openapi/v3.0/oa/message/cs"
LONG = "Công an xã đã nhận tin của bà con, xin cảm ơn. " * 100


def send(account: Account, message: OutgoingMessage, *, total: float = 10.0) -> Receipt:
    return with_client(lambda api: ADAPTER.send(api, account, message), total=total)


def find(account: Account, message: OutgoingMessage) -> Receipt | None:
    return with_client(lambda api: ADAPTER.find_sent(api, account, message))


def failed(account: Account, message: OutgoingMessage, *, total: float = 10.0) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        send(account, message, total=total)
    return caught.value


def group_of(zalo: StandIn) -> str:
    from binhyen.channels.kinds.zalo_oa import groups

    admin = zalo.citizen("Quản trị OA")
    work = lambda api: groups.create(api, zalo.account(), name="Tổ 1", description="", members=[admin])  # noqa: E731
    return with_client(work).group_id


def test_a_text_arrives_without_mentions(zalo: StandIn) -> None:
    receipt = send(zalo.account(), zalo.message("Chào [@123] bà con"))
    (row,) = zalo.sent()
    assert receipt.outside_ids == (row["message_id"],) and row["text"] == "Chào bà con"
    assert receipt.at == dt.datetime.fromtimestamp(row["time"] / 1000, dt.UTC)


def test_a_long_text_travels_in_parts_in_order(zalo: StandIn) -> None:
    receipt = send(zalo.account(), zalo.message(LONG))
    rows = zalo.sent()
    assert len(rows) == 3 and receipt.outside_ids == tuple(row["message_id"] for row in rows)
    assert " ".join(row["text"] for row in rows) == LONG.strip()


def test_a_visitor_of_a_web_page_is_answered_in_their_window(zalo: StandIn) -> None:
    visitor = zalo.control("citizens", {"name": "Khách", "anonymous": True})
    address = f"anonymous:{visitor['user_id']}:{visitor['conversation_id']}"
    receipt = send(zalo.account(), zalo.message("Đã nhận", to_person=address, quote_of="x"))
    assert receipt.outside_ids == (zalo.sent()[0]["message_id"],)
    with pytest.raises(SendFailed) as caught:
        find(zalo.account(), zalo.message("Đã nhận", to_person=address))
    assert caught.value.maybe_sent, "delivery is unknown: it is not sent twice on a guess"


def test_a_group_gets_text_and_no_quote(zalo: StandIn) -> None:
    group = group_of(zalo)
    receipt = send(zalo.account(), zalo.message("Nội quy nhóm", to_person=None, to_group=group, quote_of="x"))
    (row,) = zalo.sent()
    assert (row["group_id"], row["message_id"]) == (group, receipt.outside_ids[0]) and not row["quote_message_id"]


def test_quotes_and_what_happens_when_the_quoted_is_gone(zalo: StandIn) -> None:
    said = zalo.control("say", {"citizen": zalo.citizen(), "text": "Có trộm"})["msg_id"]
    send(zalo.account(), zalo.message("Đã nhận", quote_of=said))
    send(zalo.account(), zalo.message("Đã nhận lại", quote_of="0000"))
    assert [row["quote_message_id"] for row in zalo.sent()] == [said, ""]


def test_buttons_are_lines_of_text(zalo: StandIn) -> None:
    send(zalo.account(), zalo.message("Việc còn đang diễn ra?", buttons=(("Còn", "Còn"), ("Hết", "Đã hết"))))
    assert zalo.sent()[0]["text"].splitlines() == ["Việc còn đang diễn ra?", "• Còn", "• Hết: trả lời «Đã hết»"]


def test_one_session_serves_a_batch(zalo: StandIn) -> None:
    account, message = zalo.account(), zalo.message()

    async def batch() -> list[Receipt]:
        async with client() as api:
            return await asyncio.gather(*(ADAPTER.send(api, account, message) for _ in range(20)))

    ids = {receipt.outside_ids for receipt in asyncio.run(batch())}
    assert len(ids) == len(zalo.sent()) == 20


def test_empty_and_aimless_messages_are_permanent_failures(zalo: StandIn) -> None:
    assert failed(zalo.account(), zalo.message(" ")).permanent
    assert failed(zalo.account(), zalo.message(to_person=None)).permanent
    assert failed(zalo.account(), zalo.message(to_group="g")).permanent


@pytest.mark.parametrize("hours", [48 + 1, 7 * 24 + 1])
def test_the_reply_window(zalo: StandIn, hours: int) -> None:
    zalo.control(
        "citizen",
        {
            "citizen": zalo.citizen(),
            "last_interaction": int((zalo.now() - dt.timedelta(hours=hours)).timestamp() * 1000),
        },
    )
    if hours < 7 * 24:
        assert send(zalo.account(), zalo.message())
    else:
        failure = failed(zalo.account(), zalo.message())
        assert failure.permanent and failure.code == "-230" and "chỉ cho gửi" in failure.reason


# fault → (permanent, pause, token refused, delivery unknown), whether the fault delivers the message
FAULTS: list[tuple[dict[str, Any], tuple[bool, bool, bool, bool]]] = [
    ({"kind": "rate_limit"}, (False, True, False, False)),
    ({"kind": "http_429"}, (False, True, False, False)),
    ({"kind": "http_5xx", "status": 502}, (False, False, False, True)),
    ({"kind": "token_expired"}, (False, False, True, False)),
    ({"kind": "token_revoked"}, (False, False, True, False)),
    ({"kind": "wrong_json", "when": "after"}, (False, False, False, True)),
    ({"kind": "empty", "when": "after"}, (False, False, False, True)),
    ({"kind": "half_close", "when": "after", "seconds": 0.1}, (False, False, False, True)),
    ({"kind": "reset", "when": "after"}, (False, False, False, True)),
    ({"kind": "timeout", "when": "after", "seconds": 3}, (False, False, False, True)),
    ({"kind": "slow_drip", "seconds": 3}, (False, False, False, True)),
    ({"kind": "error", "code": -230}, (True, False, False, False)),
    ({"kind": "error", "code": -232}, (True, False, False, False)),
    ({"kind": "error", "code": -213}, (True, False, False, False)),
    ({"kind": "error", "code": -244}, (True, False, False, False)),
    ({"kind": "error", "code": -200}, (False, False, False, False)),
]


@pytest.mark.fault
@pytest.mark.parametrize(("fault", "wanted"), FAULTS, ids=lambda x: x["kind"] if isinstance(x, dict) else "")
def test_each_fault_is_typed_and_a_message_that_went_through_is_found(
    zalo: StandIn, fault: dict[str, Any], wanted: tuple[bool, bool, bool, bool]
) -> None:
    account, message = zalo.account(), zalo.message("Đã nhận tin")
    zalo.fault(endpoint=CS, count=1, **fault)
    failure = failed(account, message, total=0.5)
    assert (failure.permanent, failure.pause_channel, failure.token_refused, failure.maybe_sent) == wanted
    sent = zalo.sent()
    receipt = find(account, message)
    assert (receipt.outside_ids if receipt else ()) == tuple(row["message_id"] for row in sent)
    if not wanted[0] and receipt is None:  # negative control: nothing arrived, so the next attempt sends, and once
        assert len(send(account, message).outside_ids) == len(zalo.sent()) == 1


def test_without_a_fault_the_same_call_passes(zalo: StandIn) -> None:
    assert send(zalo.account(), zalo.message("Đã nhận tin"), total=0.5)


def test_a_closed_door_has_not_sent(zalo: StandIn) -> None:
    account = zalo.account()
    nowhere = replace(account, settings={**account.settings, "openapi_url": f"http://127.0.0.1:{free_port()}"})
    failure = failed(nowhere, zalo.message())
    assert not failure.maybe_sent and not failure.permanent


def test_a_wrong_token_is_refused_and_a_proof_is_sent_where_wanted(zalo: StandIn) -> None:
    account = zalo.account(proof=True)
    zalo.control("switches", {"require_proof": True})
    try:
        assert send(account, zalo.message())
        assert failed(replace(account, settings={**account.settings, "switches": {}}), zalo.message()).code == "-242"
        assert failed(replace(account, access_token="nonsense"), zalo.message()).token_refused
    finally:
        zalo.control("switches", {"require_proof": False})


def test_a_long_text_cut_off_half_way_is_finished_not_repeated(zalo: StandIn) -> None:
    account, message = zalo.account(), zalo.message(LONG)
    zalo.fault("reset", endpoint=CS, count=1, when="after")
    assert failed(account, message).maybe_sent and len(zalo.sent()) == 1
    assert find(account, message) is None, "a part is missing"
    receipt = send(account, message)
    assert len(zalo.sent()) == 3 and receipt.outside_ids == tuple(row["message_id"] for row in zalo.sent())
    found = find(account, message)
    assert found is not None and found.outside_ids == receipt.outside_ids


def test_found_only_if_said_by_us_to_them_since_the_first_try(zalo: StandIn) -> None:
    account = zalo.account()
    send(account, zalo.message("Đã nhận"))
    zalo.control("say", {"citizen": zalo.citizen(), "text": "Câu của dân"})
    zalo.control("clock", {"advance": 3600})
    later = zalo.message("Đã nhận")
    assert find(account, later) is None, "dated an hour before the first attempt"
    assert find(account, zalo.message("Câu của dân", first_tried_at=later.first_tried_at)) is None
    assert find(account, zalo.message("Đã nhận", to_person=zalo.citizen("Lê Thị Lựu"))) is None
    assert find(account, replace(later, first_tried_at=None)) is None


def test_found_below_a_long_talk_and_in_a_group(zalo: StandIn) -> None:
    account, message = zalo.account(), zalo.message("Đã nhận")
    wanted = send(account, message)
    zalo.control("say", {"many": [{"citizen": zalo.citizen(), "text": f"câu {n}"} for n in range(35)]})
    found = find(account, message)
    assert found is not None and found.outside_ids == wanted.outside_ids
    group = zalo.message("Đã nhận", to_person=None, to_group=group_of(zalo))
    assert find(account, group) is None
    receipt = send(account, group)
    again = find(account, group)
    assert again is not None and again.outside_ids == receipt.outside_ids


@pytest.mark.fault
def test_a_history_that_cannot_be_read_leaves_the_question_open(zalo: StandIn) -> None:
    account, message = zalo.account(), zalo.message()
    for fault in ({"kind": "http_5xx"}, {"kind": "error", "code": -201}, {"kind": "wrong_json"}):
        zalo.fault(endpoint="/openapi/v2.0/oa/conversation", count=1, **fault)
        with pytest.raises(SendFailed) as caught:
            find(account, message)
        assert caught.value.maybe_sent and not caught.value.permanent


def test_our_own_pace_holds_before_zalo_has_to_refuse(zalo: StandIn) -> None:
    account = zalo.account()
    account = replace(account, settings={**account.settings, "per_minute": 2})
    message = zalo.message()
    assert send(account, message) and send(account, message)
    failure = failed(account, message)
    assert failure.code == "PACE" and failure.pause_channel and 0 < (failure.retry_after or 0) <= 60
    assert len(zalo.sent()) == 2


def test_what_zalo_says_of_its_limit_is_obeyed(zalo: StandIn) -> None:
    zalo.control("switches", {"oa_rate_limit": 3})
    try:
        codes = []
        for _ in range(6):
            try:
                send(zalo.account(), zalo.message())
            except SendFailed as failure:
                codes.append(failure.code)
        assert codes and codes[0] in {"PACE", "-32"} and codes[-1] == "PACE"
    finally:
        zalo.control("switches", {"oa_rate_limit": 0})


def test_flood_of_an_answer_is_cut(monkeypatch: pytest.MonkeyPatch, zalo: StandIn) -> None:
    from binhyen.channels.kinds.zalo_oa import client as http

    monkeypatch.setattr(http, "_ANSWER_LIMIT", 10)

    async def call(api: Client) -> Receipt:
        return await ADAPTER.send(api, zalo.account(), zalo.message())

    with pytest.raises(SendFailed) as caught:
        with_client(call)
    assert caught.value.maybe_sent
