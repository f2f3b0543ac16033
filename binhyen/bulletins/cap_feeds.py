"""Poll the CAP feeds of other systems, such as the weather centre's; officers propose bulletins from their messages.

Runs in the sender process, the only one with a way out. Addresses come from the operator; an entry may only lead to the
host of its feed, and redirects are not followed, so that no feed reaches other machines through this one.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urljoin, urlsplit

import aiohttp  # nosemgrep: call-from-nowhere  only to addresses that the operator set, without redirects
from django.conf import settings
from django.db import transaction

from binhyen.bulletins import cap_queries
from binhyen.bulletins.cap.build import choose_info, propose_fields
from binhyen.bulletins.cap.message import CapMessage
from binhyen.bulletins.cap.reader import MAX_BYTES, CapUnreadable, FeedLink, parse_feed
from binhyen.bulletins.cap_services import CapRefused, read_message
from binhyen.bulletins.models import CapAlert, CapFeed
from binhyen.kit import logs
from binhyen.people.services import RuleViolation

MAX_NEW_ENTRIES = 20  # of one feed in one check; the rest follows in the next
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
log = logs.get_logger("cap_feeds")


class FeedFailed(Exception):
    """A feed or message that was not received. `reason`: a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """Body of a feed with its validators; `is_unchanged`: the server had nothing new."""

    body: bytes
    etag: str = ""
    modified: str = ""
    is_unchanged: bool = False


@dataclass(frozen=True, slots=True)
class FetchedMessage:
    """A message of a feed; `problem`: why it was not fetched."""

    link: FeedLink
    data: bytes = b""
    problem: str = ""


def poll_feeds(*, now: dt.datetime) -> int:
    """Check every feed; return the number of new messages."""
    return sum(_poll_feed(url, now=now) for url in settings.CAP_FEEDS)


def _poll_feed(url: str, *, now: dt.datetime) -> int:
    feed, _is_new = CapFeed.objects.get_or_create(url=url)
    feed.checked_at = now
    try:
        answer = asyncio.run(_fetch_feed(feed))
        links = [] if answer.is_unchanged else _list_new_links(answer.body)
    except (FeedFailed, CapUnreadable) as error:
        feed.failure, feed.failing_since = error.reason, feed.failing_since or now
        feed.save()
        log.warning("cap_feed_failed", feed=feed.pk, reason=error.reason)
        return 0
    messages = asyncio.run(_fetch_messages(url, links[:MAX_NEW_ENTRIES])) if links else []
    new = sum(_store_message(message, now=now) for message in messages)
    feed.failure, feed.failing_since = "", None
    if not answer.is_unchanged and len(messages) == len(links):  # else the rest is fetched in the next check
        feed.etag, feed.modified = answer.etag[:200], answer.modified[:60]
    feed.save()
    return new


def _open_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())


async def _fetch_feed(feed: CapFeed) -> FeedAnswer:
    async with _open_session() as session:
        return await _fetch(session, feed.url, etag=feed.etag, modified=feed.modified)


def _list_new_links(body: bytes) -> list[FeedLink]:
    links = {hash_entry(link): link for link in parse_feed(body)}
    known = set(CapAlert.objects.filter(entry__in=links).values_list("entry", flat=True))
    return [link for entry, link in links.items() if entry not in known]


async def _fetch_messages(feed_url: str, links: Sequence[FeedLink]) -> list[FetchedMessage]:
    """Return the messages that were received or will never be; others are tried again in the next check."""
    messages = []
    async with _open_session() as session:
        for link in links:
            target = urljoin(feed_url, link.url)
            if urlsplit(target)[:2] != urlsplit(feed_url)[:2]:
                messages.append(FetchedMessage(link, problem="HOST"))
                continue
            try:
                messages.append(FetchedMessage(link, (await _fetch(session, target)).body))
            except FeedFailed as error:
                if error.reason == "SIZE":
                    messages.append(FetchedMessage(link, problem="SIZE"))
    return messages


def hash_entry(link: FeedLink) -> str:
    return sha256(f"{link.entry} {link.url}".encode()).hexdigest()


async def _fetch(session: aiohttp.ClientSession, url: str, *, etag: str = "", modified: str = "") -> FeedAnswer:
    """Send one conditional request. Raises FeedFailed."""
    headers = {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": modified} if modified else {}
    try:
        async with session.get(url, headers=headers, allow_redirects=False) as response:
            if response.status == 304:
                return FeedAnswer(b"", is_unchanged=True)
            if response.status != 200:
                raise FeedFailed(f"HTTP {response.status}")
            body = await _read_limited(response)
            return FeedAnswer(body, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
    except TimeoutError as error:
        raise FeedFailed("TIMEOUT") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise FeedFailed("CONNECTION") from error


async def _read_limited(response: aiohttp.ClientResponse) -> bytes:
    """Read the body. Raises FeedFailed where it is longer than any message may be."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FeedFailed("SIZE")
    return bytes(body)


@transaction.atomic
def _store_message(fetched: FetchedMessage, *, now: dt.datetime) -> bool:
    """Store a message; return whether officers get to see it."""
    row = CapAlert(entry=hash_entry(fetched.link), received_at=now, problem=fetched.problem)
    try:
        message = None if fetched.problem else read_message(fetched.data, now=now)
    except CapRefused as refusal:
        message, row.problem = None, refusal.unreadable or "RULES"
    except RuleViolation:
        message, row.problem = None, "NOT_PUBLIC"
    if message is not None:
        _fill_row(row, message, now=now)
        row.data = b"" if row.problem else fetched.data
        # The message it replaces is out of date even where the newer one is about another place.
        CapAlert.objects.filter(seen_at=None, key__in=message.references.split()).update(seen_at=now)
    row.save(force_insert=True)
    return not row.problem


def _fill_row(row: CapAlert, message: CapMessage, *, now: dt.datetime) -> None:
    row.problem = "SUPERSEDED" if _is_superseded(message.key) else ""
    row.key, row.references, row.is_cancellation = message.key, message.references, message.message_type == "Cancel"
    info = choose_info(message)
    if info is None:
        row.problem = "EMPTY"
        return
    row.headline, row.source = (info.headline or info.event)[:200], (info.sender_name or message.sender)[:120]
    row.areas, row.expires_at = sorted(cap_queries.find_touched_areas(info)), propose_fields(info).expires_at
    if not row.areas and not row.is_cancellation:
        row.problem = row.problem or "ELSEWHERE"
    if row.expires_at is not None and row.expires_at <= now:
        row.problem = row.problem or "EXPIRED"


def _is_superseded(key: str) -> bool:
    """Return whether it is known already, or a later message that replaces it arrived first."""
    rows = CapAlert.objects.filter(references__contains=key)
    replaced = any(key in references.split() for references in rows.values_list("references", flat=True))
    return replaced or CapAlert.objects.filter(key=key).exists()
