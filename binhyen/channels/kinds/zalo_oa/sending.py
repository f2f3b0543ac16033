"""Sending of texts, in parts if long, and lookup of sends whose response was lost (delivery reconciliation)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import Client
from binhyen.channels.kinds.zalo_oa.payloads import Row, Sent
from binhyen.channels.kinds.zalo_oa.protocol import as_visitor, split, strip_mentions
from binhyen.channels.types import OutgoingMessage, Receipt, SendFailed
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import nfc, squeeze

_PAGE = 10
_MOST_PAGES = 60
_SLACK = dt.timedelta(seconds=2)  # clock skew between Zalo and us
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_INVALID = "-201"


def parts_of(message: OutgoingMessage) -> tuple[str, ...]:
    """Return the parts to send: NFC, no mention markup, buttons as lines, at most 2,000 characters a part."""
    text = strip_mentions(nfc(message.text))
    offers = [title if title == says else f"{title}: trả lời «{says}»" for title, says in message.buttons]
    lines = [text, *(f"• {strip_mentions(nfc(offer))}" for offer in offers)]
    return split("\n".join(lines))


async def send(client: Client, account: Account, message: OutgoingMessage) -> Receipt:
    """Send every part that has not arrived yet. Raises `SendFailed`."""
    parts = parts_of(message)
    if not parts:
        raise SendFailed(N_("Tin không có nội dung"), code="EMPTY", permanent=True)
    if (message.to_person is None) == (message.to_group is None):
        raise SendFailed(N_("Tin phải có đúng một nơi nhận"), code="TARGET", permanent=True)
    # An earlier attempt may have sent only some parts of a long text.
    done = await _arrived(client, account, message, parts) if len(parts) > 1 and message.first_tried_at else {}
    at = clock.now()
    ids: list[str] = []
    for index, part in enumerate(parts):
        if index in done:
            ids.append(done[index].message_id)
            continue
        sent = await _send_part(client, account, message, part, quote=index == 0)
        ids.append(sent.message_id)
        at = _moment(sent.sent_time) or clock.now()
    return Receipt(tuple(ids), at)


async def _send_part(client: Client, account: Account, message: OutgoingMessage, part: str, *, quote: bool) -> Sent:
    try:
        return await _post(client, account, message, part, message.quote_of if quote else None)
    except SendFailed as failed:
        if failed.code != _INVALID or not (quote and message.quote_of):
            raise
    return await _post(client, account, message, part, None)  # the quoted message is gone; the text matters more


async def _post(client: Client, account: Account, message: OutgoingMessage, part: str, quote: str | None) -> Sent:
    if message.to_group is not None:  # no document shows a quote in a group
        recipient, path = {"group_id": message.to_group}, "/v3.0/oa/group/message"
        content = {"text": part}
    elif found := as_visitor(message.to_person or ""):  # no document shows a quote here either
        recipient, path = dict(zip(("anonymous_id", "conversation_id"), found, strict=True)), "/v2.0/oa/message"
        content = {"text": part}
    else:
        recipient, path = {"user_id": message.to_person or ""}, "/v3.0/oa/message/cs"
        content = {"text": part} | ({"quote_message_id": quote} if quote else {})
    data = await client.post(account, path, {"recipient": recipient, "message": content})
    try:
        sent = Sent.model_validate(data)
    except ValueError as error:
        raise errors.unreadable(effect=True) from error
    if not sent.message_id:
        raise errors.unreadable(effect=True)
    return sent


async def find_sent(client: Client, account: Account, message: OutgoingMessage) -> Receipt | None:
    """Return the receipt of a send whose response was lost, None where it (or a part of it) never arrived.

    Matched by text, recipient and time: two messages of the same text to the same recipient within one outage are
    indistinguishable. Raises `SendFailed` with `delivery_unknown` where the history cannot be read.
    """
    if message.first_tried_at is None:
        return None
    parts = parts_of(message)
    try:
        done = await _arrived(client, account, message, parts)
    except SendFailed as failed:
        failed.maybe_sent = True
        failed.permanent = False
        raise
    if not parts or len(done) < len(parts):
        return None
    last = max(done[index].time for index in done)
    return Receipt(tuple(done[index].message_id for index in range(len(parts))), _moment(last) or clock.now())


async def _arrived(client: Client, account: Account, message: OutgoingMessage, parts: Sequence[str]) -> dict[int, Row]:
    """Return the parts found in the history of this recipient since the first attempt; each line counts once."""
    if message.first_tried_at is None:
        return {}
    since = int((message.first_tried_at - _SLACK - _EPOCH) / dt.timedelta(milliseconds=1))
    lines: dict[str, list[Row]] = {}
    for row in await _said_since(client, account, message, since):
        lines.setdefault(squeeze(nfc(row.message)), []).append(row)
    found: dict[int, Row] = {}
    for index, part in enumerate(parts):
        if rows := lines.get(squeeze(part)):
            found[index] = rows.pop(0)
    return found


async def _said_since(client: Client, account: Account, message: OutgoingMessage, since: int) -> list[Row]:
    """Return the account's lines from `since` (ms) on, oldest first.

    Deduplicated by id, since new messages shift the pages meanwhile.
    """
    said: dict[str, Row] = {}
    for page in range(_MOST_PAGES):
        rows = _rows(await _history(client, account, message, page * _PAGE))
        said |= {row.message_id: row for row in rows if row.src == 0 and row.time >= since}
        if len(rows) < _PAGE or any(row.time < since for row in rows):
            return sorted(said.values(), key=lambda row: row.time)
    raise SendFailed(N_("Hội thoại quá dài để tra tin đã gửi"), code="HISTORY")


async def _history(client: Client, account: Account, message: OutgoingMessage, offset: int) -> Any:
    if message.to_group is not None:
        query = {"group_id": message.to_group, "offset": str(offset), "count": str(_PAGE)}
        return await client.get(account, "/v3.0/oa/group/conversation", query)
    if as_visitor(message.to_person or ""):
        raise SendFailed(N_("Hội thoại của khách trên trang web không tra được"), code="HISTORY")
    wanted: Mapping[str, Any] = {"user_id": message.to_person or "", "offset": offset, "count": _PAGE}
    return await client.get_data(account, "/v2.0/oa/conversation", wanted)


def _rows(data: Any) -> list[Row]:
    if not isinstance(data, list):
        raise errors.unreadable(effect=False)
    try:
        return [Row.model_validate(row) for row in data]
    except ValueError as error:
        raise errors.unreadable(effect=False) from error


def _moment(milliseconds: int) -> dt.datetime | None:
    return _EPOCH + dt.timedelta(milliseconds=milliseconds) if 0 < milliseconds < 10**14 else None
