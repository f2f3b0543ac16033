"""Sending of texts, in parts if long, and lookup of sends whose response was lost (delivery reconciliation)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import ZaloClient
from binhyen.channels.kinds.zalo_oa.payloads import HistoryRow, SentResponse
from binhyen.channels.kinds.zalo_oa.protocol import parse_visitor_address, split_text, strip_mentions
from binhyen.channels.types import OutgoingMessage, SendFailed, SendReceipt
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import collapse_spaces, to_nfc

_PAGE = 10
_MAX_PAGES = 60
_CLOCK_SKEW = dt.timedelta(seconds=2)  # clock skew between Zalo and us
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_INVALID_CODE = "-201"


def split_message(message: OutgoingMessage) -> tuple[str, ...]:
    """Return the parts to send: NFC, no mention markup, buttons as lines, at most 2,000 characters a part."""
    text = strip_mentions(to_nfc(message.text))
    options = [title if title == reply else f"{title}: trả lời «{reply}»" for title, reply in message.buttons]
    lines = [text, *(f"• {strip_mentions(to_nfc(offer))}" for offer in options)]
    return split_text("\n".join(lines))


async def send_message(client: ZaloClient, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
    """Send every part that has not arrived yet. Raises `SendFailed`."""
    parts = split_message(message)
    if not parts:
        raise SendFailed(N_("Tin không có nội dung"), code="EMPTY", is_permanent=True)
    if (message.recipient_id is None) == (message.external_group_id is None):
        raise SendFailed(N_("Tin phải có đúng một nơi nhận"), code="TARGET", is_permanent=True)
    # An earlier attempt may have sent only some parts of a long text.
    arrived_rows = (
        await _find_arrived_parts(client, account, message, parts) if len(parts) > 1 and message.first_tried_at else {}
    )
    sent_at = clock.now()
    ids: list[str] = []
    for index, part in enumerate(parts):
        if index in arrived_rows:
            ids.append(arrived_rows[index].message_id)
            continue
        sent = await _send_part(client, account, message, part, with_quote=index == 0)
        ids.append(sent.message_id)
        sent_at = _to_datetime(sent.sent_time) or clock.now()
    return SendReceipt(tuple(ids), sent_at)


async def _send_part(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, part: str, *, with_quote: bool
) -> SentResponse:
    try:
        return await _post_part(client, account, message, part, message.quote_of if with_quote else None)
    except SendFailed as error:
        if error.code != _INVALID_CODE or not (with_quote and message.quote_of):
            raise
    return await _post_part(client, account, message, part, None)  # the quoted message is gone; the text matters more


async def _post_part(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, part: str, quote: str | None
) -> SentResponse:
    if message.external_group_id is not None:  # no document shows a quote in a group
        recipient, path = {"group_id": message.external_group_id}, "/v3.0/oa/group/message"
        content = {"text": part}
    elif visitor_ids := parse_visitor_address(message.recipient_id or ""):  # no document shows a quote here either
        recipient, path = dict(zip(("anonymous_id", "conversation_id"), visitor_ids, strict=True)), "/v2.0/oa/message"
        content = {"text": part}
    else:
        recipient, path = {"user_id": message.recipient_id or ""}, "/v3.0/oa/message/cs"
        content = {"text": part} | ({"quote_message_id": quote} if quote else {})
    data = await client.post(account, path, {"recipient": recipient, "message": content})
    try:
        sent = SentResponse.model_validate(data)
    except ValueError as error:
        raise errors.to_unreadable_failure(has_effect=True) from error
    if not sent.message_id:
        raise errors.to_unreadable_failure(has_effect=True)
    return sent


async def find_sent_message(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage
) -> SendReceipt | None:
    """Return the receipt of a send whose response was lost, None where it (or a part of it) never arrived.

    Matched by text, recipient and time: two messages of the same text to the same recipient within one outage are
    indistinguishable. Raises `SendFailed` with `delivery_unknown` where the history cannot be read.
    """
    if message.first_tried_at is None:
        return None
    parts = split_message(message)
    try:
        arrived_rows = await _find_arrived_parts(client, account, message, parts)
    except SendFailed as error:
        error.delivery_unknown = True
        error.is_permanent = False
        raise
    if not parts or len(arrived_rows) < len(parts):
        return None
    last_time = max(arrived_rows[index].time for index in arrived_rows)
    return SendReceipt(
        tuple(arrived_rows[index].message_id for index in range(len(parts))), _to_datetime(last_time) or clock.now()
    )


async def _find_arrived_parts(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, parts: Sequence[str]
) -> dict[int, HistoryRow]:
    """Return the parts found in the history of this recipient since the first attempt; each line counts once."""
    if message.first_tried_at is None:
        return {}
    since = int((message.first_tried_at - _CLOCK_SKEW - _EPOCH) / dt.timedelta(milliseconds=1))
    lines: dict[str, list[HistoryRow]] = {}
    for row in await _list_own_rows(client, account, message, since):
        lines.setdefault(collapse_spaces(to_nfc(row.message)), []).append(row)
    arrived_rows: dict[int, HistoryRow] = {}
    for index, part in enumerate(parts):
        if rows := lines.get(collapse_spaces(part)):
            arrived_rows[index] = rows.pop(0)
    return arrived_rows


async def _list_own_rows(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, since: int
) -> list[HistoryRow]:
    """Return the account's lines from `since` (ms) on, oldest first.

    Deduplicated by id, since new messages shift the pages meanwhile.
    """
    rows_by_id: dict[str, HistoryRow] = {}
    for page in range(_MAX_PAGES):
        rows = _parse_history(await _fetch_history(client, account, message, page * _PAGE))
        rows_by_id |= {row.message_id: row for row in rows if row.src == 0 and row.time >= since}
        if len(rows) < _PAGE or any(row.time < since for row in rows):
            return sorted(rows_by_id.values(), key=lambda row: row.time)
    raise SendFailed(N_("Hội thoại quá dài để tra tin đã gửi"), code="HISTORY")


async def _fetch_history(client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, offset: int) -> Any:
    if message.external_group_id is not None:
        query = {"group_id": message.external_group_id, "offset": str(offset), "count": str(_PAGE)}
        return await client.get(account, "/v3.0/oa/group/conversation", query)
    if parse_visitor_address(message.recipient_id or ""):
        raise SendFailed(N_("Hội thoại của khách trên trang web không tra được"), code="HISTORY")
    user_query: Mapping[str, Any] = {"user_id": message.recipient_id or "", "offset": offset, "count": _PAGE}
    return await client.get_json_query(account, "/v2.0/oa/conversation", user_query)


def _parse_history(data: Any) -> list[HistoryRow]:
    if not isinstance(data, list):
        raise errors.to_unreadable_failure(has_effect=False)
    try:
        return [HistoryRow.model_validate(row) for row in data]
    except ValueError as error:
        raise errors.to_unreadable_failure(has_effect=False) from error


def _to_datetime(milliseconds: int) -> dt.datetime | None:
    return _EPOCH + dt.timedelta(milliseconds=milliseconds) if 0 < milliseconds < 10**14 else None
