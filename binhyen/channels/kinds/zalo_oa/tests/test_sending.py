"""Sending against the fake Zalo, with its fault injection."""

import asyncio
import datetime as dt
import io
import random
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import sending
from binhyen.channels.kinds.zalo_oa.client import ZaloClient, open_zalo_client
from binhyen.channels.kinds.zalo_oa.tests.lab import ADAPTER, FakeZalo, run_with_client
from binhyen.channels.types import OutgoingFile, OutgoingMessage, SendFailed, SendReceipt
from tests.ports import free_port

CS = "/openapi/v3.0/oa/message/cs"
LONG = "Công an xã đã nhận tin của bà con, xin cảm ơn. " * 100


def send_message(account: ChannelAccount, message: OutgoingMessage, *, total: float = 10.0) -> SendReceipt:
    return run_with_client(lambda api: ADAPTER.send(api, account, message), total=total)


def find_sent_message(account: ChannelAccount, message: OutgoingMessage) -> SendReceipt | None:
    return run_with_client(lambda api: ADAPTER.find_sent(api, account, message))


def fail_to_send(account: ChannelAccount, message: OutgoingMessage, *, total: float = 10.0) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        send_message(account, message, total=total)
    return caught.value


def create_group(zalo: FakeZalo) -> str:
    from binhyen.channels.kinds.zalo_oa import groups

    admin = zalo.get_citizen_id("Quản trị OA")
    work = lambda api: groups.create_zalo_group(api, zalo.account(), name="Tổ 1", description="", members=[admin])  # noqa: E731
    return run_with_client(work).group_id


def test_a_text_arrives_without_mentions(zalo: FakeZalo) -> None:
    receipt = send_message(zalo.account(), zalo.message("Chào [@123] bà con"))
    (row,) = zalo.sent()
    assert receipt.external_ids == (row["message_id"],) and row["text"] == "Chào bà con"
    assert receipt.at == dt.datetime.fromtimestamp(row["time"] / 1000, dt.UTC)


def test_a_long_text_travels_in_parts_in_order(zalo: FakeZalo) -> None:
    receipt = send_message(zalo.account(), zalo.message(LONG))
    rows = zalo.sent()
    assert len(rows) == 3 and receipt.external_ids == tuple(row["message_id"] for row in rows)
    assert " ".join(row["text"] for row in rows) == LONG.strip()


def test_a_visitor_of_a_web_page_is_answered_in_their_window(zalo: FakeZalo) -> None:
    visitor = zalo.control("citizens", {"name": "Khách", "anonymous": True})
    address = f"anonymous:{visitor['user_id']}:{visitor['conversation_id']}"
    receipt = send_message(zalo.account(), zalo.message("Đã nhận", recipient_id=address, quote_of="x"))
    assert receipt.external_ids == (zalo.sent()[0]["message_id"],)
    with pytest.raises(SendFailed) as caught:
        find_sent_message(zalo.account(), zalo.message("Đã nhận", recipient_id=address))
    assert caught.value.delivery_unknown, "delivery is unknown: it is not sent twice on a guess"


def test_a_group_gets_text_and_no_quote(zalo: FakeZalo) -> None:
    group = create_group(zalo)
    receipt = send_message(
        zalo.account(), zalo.message("Nội quy nhóm", recipient_id=None, external_group_id=group, quote_of="x")
    )
    (row,) = zalo.sent()
    assert (row["group_id"], row["message_id"]) == (group, receipt.external_ids[0]) and not row["quote_message_id"]


def test_quotes_and_a_deleted_quoted_message(zalo: FakeZalo) -> None:
    content = zalo.control("say", {"citizen": zalo.get_citizen_id(), "text": "Có trộm"})["msg_id"]
    send_message(zalo.account(), zalo.message("Đã nhận", quote_of=content))
    send_message(zalo.account(), zalo.message("Đã nhận lại", quote_of="0000"))
    assert [row["quote_message_id"] for row in zalo.sent()] == [content, ""]


def test_buttons_and_lines_where_there_are_none(zalo: FakeZalo) -> None:
    asked = zalo.message("Việc có còn diễn ra?", buttons=(("Vẫn còn", "Vẫn còn"), ("Hết", "Đã hết")))
    receipt = send_message(zalo.account(), asked)
    (row,) = zalo.sent()
    assert row["text"] == "Việc có còn diễn ra?"
    titles = [(b["title"], b["payload"]) for b in row["attachments"][0]["payload"]["buttons"]]
    assert titles == [("Vẫn còn", "Vẫn còn"), ("Hết", "Đã hết")]
    assert find_sent_message(zalo.account(), asked) == SendReceipt(receipt.external_ids, receipt.at)

    lines = ["Việc có còn diễn ra?", "• Vẫn còn", "• Hết: trả lời «Đã hết»"]
    zalo.control("switches", {"buttons": False})  # an account that refuses them
    send_message(zalo.account(), asked)
    zalo.control("switches", {"buttons": True})
    send_message(zalo.account(buttons=False), asked)
    group = zalo.message(asked.text, recipient_id=None, external_group_id=create_group(zalo), buttons=asked.buttons)
    send_message(zalo.account(), group)
    assert [row["text"].splitlines() for row in zalo.sent()[1:]] == [lines] * 3
    offered = zalo.message("Nhắn CÓ hoặc KHÔNG.", buttons=(("Có", "Có"),) * 6)
    send_message(zalo.account(), offered)
    assert zalo.sent()[-1]["text"] == "Nhắn CÓ hoặc KHÔNG.", "the text offers them already; six are too many"


def test_pictures_and_files_go_out(zalo: FakeZalo) -> None:
    sending._uploads.clear()
    rng = random.Random(1)
    noise = Image.frombytes("RGB", (1400, 1400), rng.randbytes(1400 * 1400 * 3))
    large, small = io.BytesIO(), io.BytesIO()
    noise.save(large, "JPEG", quality=95)
    Image.new("RGB", (20, 20), "red").save(small, "JPEG")
    assert len(large.getvalue()) > sending.MAX_IMAGE_BYTES
    pictures = tuple(OutgoingFile("image", "", data.getvalue()) for data in (large, small))
    document = OutgoingFile("file", "mau-don.pdf", b"%PDF-1.4 x")
    message = zalo.message("Xem ảnh", media=(document, *pictures))
    group = zalo.message("Xem ảnh", recipient_id=None, external_group_id=create_group(zalo), media=pictures[1:])
    for sent_message in (message, group):
        receipt, arrived = send_message(zalo.account(), sent_message), find_sent_message(zalo.account(), sent_message)
        assert arrived and arrived.external_ids == receipt.external_ids
    rows = zalo.sent()
    assert [(row["type"], row["text"]) for row in rows] == [
        ("image", "Xem ảnh"),
        ("image", ""),
        ("file", ""),
        ("image", "Xem ảnh"),
    ]
    assert rows[2]["attachments"][0]["payload"]["name"] == "mau-don.pdf"
    assert len(sending._uploads) == 3, "the same picture is uploaded once a week"
    zalo.control("clock", {"advance": 8 * 24 * 3600})
    zalo.control("say", {"citizen": zalo.get_citizen_id(), "text": "alo"})
    failed = fail_to_send(zalo.account(), zalo.message("Xem ảnh", media=pictures[1:]))
    assert failed.code == "-100" and not failed.is_permanent
    assert send_message(zalo.account(), zalo.message("Xem ảnh", media=pictures[1:])), "and anew where it expired"
    for file, code in (
        (OutgoingFile("file", "a.exe", b"x"), "TYPE"),
        (OutgoingFile("file", "a.pdf", b"x" * 6_000_000), "SIZE"),
    ):
        failed = fail_to_send(zalo.account(), zalo.message(media=(file,)))
        assert (failed.code, failed.is_permanent) == (code, True)


def test_one_session_serves_a_batch(zalo: FakeZalo) -> None:
    account, message = zalo.account(), zalo.message()

    async def batch() -> list[SendReceipt]:
        async with open_zalo_client() as api:
            return await asyncio.gather(*(ADAPTER.send(api, account, message) for _ in range(20)))

    ids = {receipt.external_ids for receipt in asyncio.run(batch())}
    assert len(ids) == len(zalo.sent()) == 20


def test_empty_and_aimless_messages_are_permanent_failures(zalo: FakeZalo) -> None:
    assert fail_to_send(zalo.account(), zalo.message(" ")).is_permanent
    assert fail_to_send(zalo.account(), zalo.message(recipient_id=None)).is_permanent
    assert fail_to_send(zalo.account(), zalo.message(external_group_id="g")).is_permanent


@pytest.mark.parametrize("hours", [48 + 1, 7 * 24 + 1])
def test_the_reply_window(zalo: FakeZalo, hours: int) -> None:
    zalo.control(
        "citizen",
        {
            "citizen": zalo.get_citizen_id(),
            "last_interaction": int((zalo.now() - dt.timedelta(hours=hours)).timestamp() * 1000),
        },
    )
    if hours < 7 * 24:
        assert send_message(zalo.account(), zalo.message())
    else:
        failure = fail_to_send(zalo.account(), zalo.message())
        assert failure.is_permanent and failure.code == "-230" and "chỉ cho gửi" in failure.reason


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
def test_each_fault_is_typed_and_a_delivered_message_is_found(
    zalo: FakeZalo, fault: dict[str, Any], wanted: tuple[bool, bool, bool, bool]
) -> None:
    account, message = zalo.account(), zalo.message("Đã nhận tin")
    zalo.fault(endpoint=CS, count=1, **fault)
    failure = fail_to_send(account, message, total=0.5)
    assert (failure.is_permanent, failure.pause_channel, failure.is_token_rejected, failure.delivery_unknown) == wanted
    sent = zalo.sent()
    receipt = find_sent_message(account, message)
    assert (receipt.external_ids if receipt else ()) == tuple(row["message_id"] for row in sent)
    if not wanted[0] and receipt is None:  # negative control: nothing arrived, so the next attempt sends, and once
        assert len(send_message(account, message).external_ids) == len(zalo.sent()) == 1


def test_without_a_fault_the_same_call_succeeds(zalo: FakeZalo) -> None:
    assert send_message(zalo.account(), zalo.message("Đã nhận tin"), total=0.5)


def test_a_refused_connection_has_sent_nothing(zalo: FakeZalo) -> None:
    account = zalo.account()
    nowhere = replace(account, settings={**account.settings, "openapi_url": f"http://127.0.0.1:{free_port()}"})
    failure = fail_to_send(nowhere, zalo.message())
    assert not failure.delivery_unknown and not failure.is_permanent


def test_a_wrong_token_is_refused_and_a_proof_is_sent_where_wanted(zalo: FakeZalo) -> None:
    account = zalo.account(proof=True)
    zalo.control("switches", {"require_proof": True})
    try:
        assert send_message(account, zalo.message())
        assert (
            fail_to_send(replace(account, settings={**account.settings, "switches": {}}), zalo.message()).code == "-242"
        )
        assert fail_to_send(replace(account, access_token="nonsense"), zalo.message()).is_token_rejected
    finally:
        zalo.control("switches", {"require_proof": False})


def test_a_long_text_cut_off_half_way_is_finished_not_repeated(zalo: FakeZalo) -> None:
    account, message = zalo.account(), zalo.message(LONG)
    zalo.fault("reset", endpoint=CS, count=1, when="after")
    assert fail_to_send(account, message).delivery_unknown and len(zalo.sent()) == 1
    assert find_sent_message(account, message) is None, "a part is missing"
    receipt = send_message(account, message)
    assert len(zalo.sent()) == 3 and receipt.external_ids == tuple(row["message_id"] for row in zalo.sent())
    sent_receipt = find_sent_message(account, message)
    assert sent_receipt is not None and sent_receipt.external_ids == receipt.external_ids


def test_found_only_if_sent_by_us_to_them_since_the_first_try(zalo: FakeZalo) -> None:
    account = zalo.account()
    send_message(account, zalo.message("Đã nhận"))
    zalo.control("say", {"citizen": zalo.get_citizen_id(), "text": "Câu của dân"})
    zalo.control("clock", {"advance": 3600})
    later = zalo.message("Đã nhận")
    assert find_sent_message(account, later) is None, "dated an hour before the first attempt"
    assert find_sent_message(account, zalo.message("Câu của dân", first_tried_at=later.first_tried_at)) is None
    assert find_sent_message(account, zalo.message("Đã nhận", recipient_id=zalo.get_citizen_id("Lê Thị Lựu"))) is None
    assert find_sent_message(account, replace(later, first_tried_at=None)) is None


def test_found_below_a_long_talk_and_in_a_group(zalo: FakeZalo) -> None:
    account, message = zalo.account(), zalo.message("Đã nhận")
    wanted = send_message(account, message)
    zalo.control("say", {"many": [{"citizen": zalo.get_citizen_id(), "text": f"câu {n}"} for n in range(35)]})
    sent_receipt = find_sent_message(account, message)
    assert sent_receipt is not None and sent_receipt.external_ids == wanted.external_ids
    group = zalo.message("Đã nhận", recipient_id=None, external_group_id=create_group(zalo))
    assert find_sent_message(account, group) is None
    receipt = send_message(account, group)
    again = find_sent_message(account, group)
    assert again is not None and again.external_ids == receipt.external_ids


@pytest.mark.fault
def test_a_history_that_cannot_be_read_leaves_the_question_open(zalo: FakeZalo) -> None:
    account, message = zalo.account(), zalo.message()
    for fault in ({"kind": "http_5xx"}, {"kind": "error", "code": -201}, {"kind": "wrong_json"}):
        zalo.fault(endpoint="/openapi/v2.0/oa/conversation", count=1, **fault)
        with pytest.raises(SendFailed) as caught:
            find_sent_message(account, message)
        assert caught.value.delivery_unknown and not caught.value.is_permanent


def test_our_own_rate_limit_applies_before_zalo_refuses(zalo: FakeZalo) -> None:
    account = zalo.account()
    account = replace(account, settings={**account.settings, "per_minute": 2})
    message = zalo.message()
    assert send_message(account, message) and send_message(account, message)
    failure = fail_to_send(account, message)
    assert failure.code == "PACE" and failure.pause_channel and 0 < (failure.retry_after or 0) <= 61
    assert len(zalo.sent()) == 2


def test_zalos_rate_limit_is_obeyed(zalo: FakeZalo) -> None:
    zalo.control("switches", {"oa_rate_limit": 3})
    try:
        codes = []
        for _ in range(6):
            try:
                send_message(zalo.account(), zalo.message())
            except SendFailed as failure:
                codes.append(failure.code)
        assert codes and codes[0] in {"PACE", "-32"} and codes[-1] == "PACE"
    finally:
        zalo.control("switches", {"oa_rate_limit": 0})


def test_flood_of_an_answer_is_cut(monkeypatch: pytest.MonkeyPatch, zalo: FakeZalo) -> None:
    from binhyen.channels.kinds.zalo_oa import client as http

    monkeypatch.setattr(http, "_MAX_RESPONSE_BYTES", 10)

    async def call(api: ZaloClient) -> SendReceipt:
        return await ADAPTER.send(api, zalo.account(), zalo.message())

    with pytest.raises(SendFailed) as caught:
        run_with_client(call)
    assert caught.value.delivery_unknown
