"""Catch-up: people's messages, read from Zalo's history and given the shape of the webhooks that did not come.

Zalo retries a webhook for about two hours and then ends the subscription. The history knows all messages; it lacks
quotes and some details of files.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson

from binhyen.channels.adapter import ChannelAccount, ChannelHistory, MissedWebhook
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import ZaloClient, get_limiter
from binhyen.channels.kinds.zalo_oa.payloads import HistoryRow
from binhyen.channels.types import SendFailed
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_

OVERLAP = dt.timedelta(minutes=2)  # read again: a message may enter the history late
SETTLING = dt.timedelta(seconds=60)  # younger messages are left to their webhook, which says more
MAX_ROWS = 50_000
_PAGE, _GROUP_PAGE = 10, 50
_MAX_PAGES = 400
_BUSY_SECONDS = 1.0
_TICK = dt.timedelta(milliseconds=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EVENT_KINDS = {
    "text": "text",
    "photo": "image",
    "image": "image",
    "gif": "gif",
    "voice": "audio",
    "audio": "audio",
    "video": "video",
    "sticker": "sticker",
    "location": "location",
    "file": "file",
    "link": "link",
    "links": "link",
}


async def read_history(
    client: ZaloClient, account: ChannelAccount, *, since: dt.datetime | None, now: dt.datetime
) -> ChannelHistory:
    """Return people's messages from shortly before `since` on. See `HistoryAdapter`."""
    reader = _HistoryReader(client, account, _to_ms(since - OVERLAP) if since is not None else None)
    chats = await reader.list_changed_chats()
    groups = await reader.list_changed_groups()
    newest = reader.newest
    if since is None:
        return ChannelHistory((), _to_time(newest) + OVERLAP + _TICK if newest else _EPOCH)
    for user_id in chats:
        await reader.read_chat(user_id)
    for group_id in groups:
        await reader.read_group(group_id)
    # Left for the next time: not older than SETTLING, unless our clock is behind Zalo's.
    fresh = range(_to_ms(now - SETTLING) + 1, _to_ms(now) + 1)
    rows = [row for row in reader.rows.values() if row.time not in fresh]
    times = [row.time for row in rows] + [_to_ms(since)]
    rows.sort(key=lambda row: (row.time, row.message_id))
    entries = [entry for row in rows if row.src == 1 and (entry := build_webhook(account, row)) is not None]
    return ChannelHistory(tuple(entries), _to_time(max(times)), reader.skipped)


class _HistoryReader:
    """Reads page by page, newest first, until `since` (ms); None: the first pages only."""

    def __init__(self, client: ZaloClient, account: ChannelAccount, since: int | None) -> None:
        self._client, self._account, self._since = client, account, since
        self.rows: dict[str, HistoryRow] = {}
        self.newest = 0
        self.skipped = 0

    async def list_changed_chats(self) -> list[str]:
        """List the people whose last message is not older than `since`."""
        chats: dict[str, None] = {}
        async for row in self._iter_rows("/v2.0/oa/listrecentchat", {}, is_group=False):
            if user_id := row.from_id if row.src == 1 else row.to_id:
                chats[user_id] = None
        return list(chats)

    async def list_changed_groups(self) -> list[str]:
        """List the groups with messages since then. An account without groups may lack the right to ask."""
        chats: dict[str, None] = {}
        try:
            async for row in self._iter_rows("/v3.0/oa/group/listrecentchat", {}, is_group=True):
                if row.group_id:
                    chats[row.group_id] = None
        except SendFailed as error:
            if not error.is_permanent:
                raise
        return list(chats)

    async def read_chat(self, user_id: str) -> None:
        await self._read_all("/v2.0/oa/conversation", {"user_id": user_id}, is_group=False)

    async def read_group(self, group_id: str) -> None:
        await self._read_all("/v3.0/oa/group/conversation", {"group_id": group_id}, is_group=True)

    async def _read_all(self, path: str, query: Mapping[str, str], *, is_group: bool) -> None:
        """Keep the rows of one chat; one that Zalo shows no more (a visitor, a group that ended) is skipped."""
        try:
            async for row in self._iter_rows(path, query, is_group=is_group):
                self.rows[row.message_id] = row
        except SendFailed as error:
            if not error.is_permanent:
                raise
            self.skipped += 1
        if len(self.rows) > MAX_ROWS:
            raise SendFailed(N_("Quá nhiều tin để đọc bù một lần"), code="HISTORY")

    async def _iter_rows(self, path: str, query: Mapping[str, str], *, is_group: bool) -> Any:
        size, offset = (_GROUP_PAGE if is_group else _PAGE), 0
        for _ in range(_MAX_PAGES):
            rows = await self._fetch(path, {**query, "offset": offset, "count": size}, is_group=is_group)
            for row in rows:
                self.newest = max(self.newest, row.time)
                if self._since is not None and row.time >= self._since and row.message_id:
                    yield row
            if len(rows) < size or self._since is None or rows[-1].time < self._since:
                return
            offset += len(rows)
        raise SendFailed(N_("Hội thoại quá dài để đọc bù"), code="HISTORY")

    async def _fetch(self, path: str, query: Mapping[str, Any], *, is_group: bool) -> list[HistoryRow]:
        limiter = get_limiter(self._account)
        while not limiter.has_room(clock.now(), share=0.5):  # alerts are sent with the other half
            await asyncio.sleep(_BUSY_SECONDS)
        if is_group:
            data = await self._client.get(self._account, path, {name: str(value) for name, value in query.items()})
        else:
            data = await self._client.get_json_query(self._account, path, query)
        try:
            return [HistoryRow.model_validate(row) for row in data or []]
        except (TypeError, ValueError) as error:
            raise errors.to_unreadable_failure(has_effect=False) from error


def build_webhook(account: ChannelAccount, row: HistoryRow) -> MissedWebhook | None:
    """Return the webhook of a row that a person wrote; None where the row names no sender."""
    if not row.from_id or not row.message_id:
        return None
    kind = _EVENT_KINDS.get(row.type.lower(), "text" if row.message else "file")
    attachments = _build_attachments(kind, row)
    if kind == "link" and _is_card(row):
        kind = "business_card"
    oa_id = str(account.settings.get("oa_id", ""))
    event = f"user_send_group_{kind}" if row.group_id else f"user_send_{kind}"
    message: dict[str, Any] = {"msg_id": row.message_id, "text": row.message}
    body = {
        "app_id": str(account.settings.get("app_id", "")),
        "oa_id": oa_id,
        "sender": {"id": row.from_id},
        "recipient": {"id": row.group_id or oa_id},
        "event_name": event,
        "message": message | ({"attachments": attachments} if attachments else {}),
        "timestamp": str(row.time),
    }
    return MissedWebhook(row.message_id, event, orjson.dumps(body), _to_time(row.time))


def _build_attachments(kind: str, row: HistoryRow) -> list[dict[str, Any]]:
    if kind == "location":
        coordinates = _read_location(row)
        return [{"type": "location", "payload": {"coordinates": coordinates}}] if coordinates else []
    if not isinstance(row.url, str) or not row.url:
        return []
    payload = {"url": row.url}
    if isinstance(row.thumb, str) and row.thumb:
        payload["thumbnail"] = row.thumb
    if isinstance(row.description, str) and row.description:
        payload["description"] = row.description
    if kind == "file":
        payload["name"] = row.url.rpartition("/")[2].partition("?")[0]
    return [{"type": kind, "payload": payload}]


def _read_location(row: HistoryRow) -> dict[str, Any]:
    """Return the coordinates, an object or JSON in a text: no source shows the field."""
    for field in (row.location, row.description, row.message):
        value = _parse_object(field) if isinstance(field, str) else field
        if isinstance(value, dict) and {"latitude", "longitude"} <= value.keys():
            return {name: str(value[name]) for name in ("latitude", "longitude")}
    return {}


def _parse_object(text: str) -> Any:
    try:
        return orjson.loads(text) if text.startswith("{") else None
    except orjson.JSONDecodeError:
        return None


def _is_card(row: HistoryRow) -> bool:
    return isinstance(row.description, str) and row.description.startswith("{") and '"phone"' in row.description


def _to_ms(moment: dt.datetime) -> int:
    return int((moment - _EPOCH) / dt.timedelta(milliseconds=1))


def _to_time(milliseconds: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(milliseconds=min(max(milliseconds, 0), 10**14))
