"""Sending of texts, pictures, files and buttons, and lookup of sends whose response was lost (reconciliation)."""

import datetime as dt
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import ZaloClient
from binhyen.channels.kinds.zalo_oa.payloads import HistoryRow, SentResponse, UploadResponse
from binhyen.channels.kinds.zalo_oa.protocol import parse_visitor_address, split_text, strip_mentions
from binhyen.channels.kinds.zalo_oa.webhook import get_switches
from binhyen.channels.types import OutgoingFile, OutgoingMessage, SendFailed, SendReceipt
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import collapse_spaces, to_nfc

MAX_BUTTONS = 5
MAX_BUTTON_TITLE = 100  # characters
MAX_BUTTON_PAYLOAD = 1000
MAX_IMAGE_BYTES = 1024 * 1024
MAX_FILE_BYTES = 5 * 1024 * 1024
FILE_EXTENSIONS = ("pdf", "doc", "docx", "csv")
_UPLOAD_LIFETIME = dt.timedelta(days=6)  # Zalo keeps an upload for seven days
_MAX_UPLOADS_KNOWN = 256
_PAGE = 10
_MAX_PAGES = 60
_CLOCK_SKEW = dt.timedelta(seconds=2)  # clock skew between Zalo and us
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_INVALID_CODE = "-201"
_BUTTONS_REFUSED = frozenset({_INVALID_CODE, "-210", "-233"})
_EXPIRED_UPLOAD = "-100"
_HISTORY_TYPES = {"image": "photo", "file": "file"}


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One message on the wire: a text, a picture with a caption, or a file."""

    text: str
    file: OutgoingFile | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What the history tells of it: type and text. A file has no text there."""
        kind = _HISTORY_TYPES[self.file.kind] if self.file else "text"
        return kind, collapse_spaces(self.text)


def has_native_buttons(account: ChannelAccount, message: OutgoingMessage) -> bool:
    """Return whether the message goes out with Zalo's own buttons: to one person, within Zalo's limits. Switch:
    `buttons`, off where the account refuses them.
    """
    if not message.buttons or message.recipient_id is None or parse_visitor_address(message.recipient_id):
        return False
    fits = all(
        0 < len(title) <= MAX_BUTTON_TITLE and 0 < len(reply) <= MAX_BUTTON_PAYLOAD for title, reply in message.buttons
    )
    return fits and len(message.buttons) <= MAX_BUTTONS and get_switches(account).get("buttons", True) is not False


def split_message(message: OutgoingMessage, *, native_buttons: bool = False) -> tuple[MessagePart, ...]:
    """Return the parts to send: NFC, no mention markup, at most 2,000 characters each. The first picture carries the
    text; further ones and files follow. Without native buttons they stand as lines, unless the text offers them.
    """
    text = strip_mentions(to_nfc(message.text))
    lines = [] if native_buttons else _list_button_lines(message, text)
    texts = split_text("\n".join([text, *(f"• {strip_mentions(to_nfc(line))}" for line in lines)]))
    images = [file for file in message.media if file.kind == "image"]
    files = [file for file in message.media if file.kind != "image"]
    captions = [MessagePart(texts[0] if texts else "", images[0])] if images else []
    return (
        *captions,
        *(MessagePart(part) for part in texts[len(captions) :]),
        *(MessagePart("", image) for image in images[1:]),
        *(MessagePart("", file) for file in files),
    )


def _list_button_lines(message: OutgoingMessage, text: str) -> list[str]:
    offered = text.casefold()
    return [
        title if title == reply else f"{title}: trả lời «{reply}»"
        for title, reply in message.buttons
        if title != reply or title.casefold() not in offered
    ]


async def send_message(client: ZaloClient, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
    """Send every part that has not arrived yet. Raises `SendFailed`."""
    if (message.recipient_id is None) == (message.external_group_id is None):
        raise SendFailed(N_("Tin phải có đúng một nơi nhận"), code="TARGET", is_permanent=True)
    native_buttons = has_native_buttons(account, message)
    try:
        return await _send_parts(client, account, message, native_buttons=native_buttons)
    except SendFailed as error:
        if not native_buttons or error.code not in _BUTTONS_REFUSED:
            raise
    return await _send_parts(client, account, message, native_buttons=False)  # the account refuses buttons


async def _send_parts(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, *, native_buttons: bool
) -> SendReceipt:
    parts = split_message(message, native_buttons=native_buttons)
    if not parts:
        raise SendFailed(N_("Tin không có nội dung"), code="EMPTY", is_permanent=True)
    # An earlier attempt may have sent only some parts of a long text.
    arrived_rows = (
        await _find_arrived_parts(client, account, message, parts) if len(parts) > 1 and message.first_tried_at else {}
    )
    # Buttons stand under the last part, which has to be a text.
    button_index = max((i for i, part in enumerate(parts) if part.file is None), default=-1) if native_buttons else -1
    sent_at = clock.now()
    ids: list[str] = []
    for index, part in enumerate(parts):
        if index in arrived_rows:
            ids.append(arrived_rows[index].message_id)
            continue
        content = await _build_content(client, account, message, part, with_buttons=index == button_index)
        sent = await _send_part(client, account, message, content, with_quote=index == 0)
        ids.append(sent.message_id)
        sent_at = _to_datetime(sent.sent_time) or clock.now()
    return SendReceipt(tuple(ids), sent_at)


async def _build_content(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, part: MessagePart, *, with_buttons: bool
) -> dict[str, Any]:
    """Return the `message` object of a send; pictures and files are uploaded first."""
    text = {"text": part.text} if part.text else {}
    if part.file is not None and part.file.kind == "image":
        element = {"media_type": "image", "attachment_id": await upload_file(client, account, part.file)}
        payload: dict[str, Any] = {"template_type": "media", "elements": [element]}
        return text | {"attachment": {"type": "template", "payload": payload}}
    if part.file is not None:
        return {"attachment": {"type": "file", "payload": {"token": await upload_file(client, account, part.file)}}}
    if not with_buttons:
        return text
    buttons = [{"title": title, "type": "oa.query.show", "payload": reply} for title, reply in message.buttons]
    return text | {"attachment": {"type": "template", "payload": {"buttons": buttons}}}


async def _send_part(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, content: dict[str, Any], *, with_quote: bool
) -> SentResponse:
    try:
        return await _post_part(client, account, message, content, message.quote_of if with_quote else None)
    except SendFailed as error:
        if error.code == _EXPIRED_UPLOAD:
            _uploads.clear()  # the next attempt uploads again
            error.is_permanent = False
        if error.code != _INVALID_CODE or not (with_quote and message.quote_of):
            raise
    return await _post_part(client, account, message, content, None)  # the quoted message is gone; the text matters


async def _post_part(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, content: dict[str, Any], quote: str | None
) -> SentResponse:
    if message.external_group_id is not None:  # no document shows a quote in a group
        recipient, path = {"group_id": message.external_group_id}, "/v3.0/oa/group/message"
    elif visitor_ids := parse_visitor_address(message.recipient_id or ""):  # no document shows a quote here either
        recipient, path = dict(zip(("anonymous_id", "conversation_id"), visitor_ids, strict=True)), "/v2.0/oa/message"
    else:
        recipient, path = {"user_id": message.recipient_id or ""}, "/v3.0/oa/message/cs"
        content = content | ({"quote_message_id": quote} if quote else {})
    data = await client.post(account, path, {"recipient": recipient, "message": content})
    try:
        sent = SentResponse.model_validate(data)
    except ValueError as error:
        raise errors.to_unreadable_failure(has_effect=True) from error
    if not sent.message_id:
        raise errors.to_unreadable_failure(has_effect=True)
    return sent


# Uploads: an account may upload 5,000 files a month, and one picture often goes to hundreds of groups.

_uploads: dict[tuple[int, str], tuple[dt.datetime, str]] = {}


async def upload_file(client: ZaloClient, account: ChannelAccount, file: OutgoingFile) -> str:
    """Return the id of an uploaded picture, or the token of a file; one upload a week for the same bytes.

    Raises `SendFailed`, permanent for content that Zalo refuses.
    """
    async with client.upload_turn:
        return await _upload_once(client, account, file)


async def _upload_once(client: ZaloClient, account: ChannelAccount, file: OutgoingFile) -> str:
    key = (account.channel_id, hashlib.sha256(file.data).hexdigest())
    now = clock.now()
    known = _uploads.get(key)
    if known is not None and dt.timedelta() <= now - known[0] < _UPLOAD_LIFETIME:
        return known[1]
    data, name = (_fit_image(file.data), "anh.jpg") if file.kind == "image" else (file.data, file.name)
    _check_upload(file.kind, name, data)
    path = f"/v2.0/oa/upload/{'image' if file.kind == 'image' else 'file'}"
    try:
        response = UploadResponse.model_validate(await client.upload(account, path, name, data))
    except ValueError as error:
        raise errors.to_unreadable_failure(has_effect=False) from error
    upload_id = response.attachment_id or response.token
    if not upload_id:
        raise errors.to_unreadable_failure(has_effect=False)
    while len(_uploads) >= _MAX_UPLOADS_KNOWN:
        _uploads.pop(next(iter(_uploads)))
    _uploads[key] = (now, upload_id)
    return upload_id


def _check_upload(kind: str, name: str, data: bytes) -> None:
    limit = MAX_IMAGE_BYTES if kind == "image" else MAX_FILE_BYTES
    if len(data) > limit:
        raise SendFailed(N_("Tệp lớn quá mức Zalo nhận"), code="SIZE", is_permanent=True)
    if kind != "image" and name.rpartition(".")[2].lower() not in FILE_EXTENSIONS:
        raise SendFailed(N_("Zalo chỉ nhận tệp PDF, Word hoặc CSV"), code="TYPE", is_permanent=True)


def _fit_image(data: bytes) -> bytes:
    """Return a picture of ours within Zalo's limit of 1 MB, re-encoded smaller where it is not."""
    if len(data) <= MAX_IMAGE_BYTES:
        return data
    from PIL import Image  # needed for large pictures only

    with Image.open(io.BytesIO(data)) as opened:
        picture = opened.convert("RGB")
    for width, quality in ((1600, 80), (1200, 70), (800, 60)):
        picture.thumbnail((width, width))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= MAX_IMAGE_BYTES:
            break
    return buffer.getvalue()


async def find_sent_message(
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage
) -> SendReceipt | None:
    """Return the receipt of a send whose response was lost, None where it (or a part of it) never arrived.

    Matched by text, recipient and time: two messages of the same text to the same recipient within one outage are
    indistinguishable. Raises `SendFailed` with `delivery_unknown` where the history cannot be read.
    """
    if message.first_tried_at is None:
        return None
    try:
        for native_buttons in (True, False) if has_native_buttons(account, message) else (False,):
            parts = split_message(message, native_buttons=native_buttons)
            arrived_rows = await _find_arrived_parts(client, account, message, parts)
            if parts and len(arrived_rows) == len(parts):
                break
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
    client: ZaloClient, account: ChannelAccount, message: OutgoingMessage, parts: Sequence[MessagePart]
) -> dict[int, HistoryRow]:
    """Return the parts found in the history of this recipient since the first attempt; each line counts once."""
    if message.first_tried_at is None:
        return {}
    since = int((message.first_tried_at - _CLOCK_SKEW - _EPOCH) / dt.timedelta(milliseconds=1))
    lines: dict[tuple[str, str], list[HistoryRow]] = {}
    for row in await _list_own_rows(client, account, message, since):
        kind = row.type if row.type in _HISTORY_TYPES.values() else "text"  # one with buttons: «links»
        lines.setdefault((kind, collapse_spaces(to_nfc(row.message))), []).append(row)
    arrived_rows: dict[int, HistoryRow] = {}
    for index, part in enumerate(parts):
        if rows := lines.get(part.key):
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
