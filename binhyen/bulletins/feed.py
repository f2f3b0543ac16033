"""Atom feed (RFC 4287) of current bulletins; a correction or withdrawal replaces the entry of the original. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_XML_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A picture or document of an entry (RFC 4287, 4.2.7.2). `size` in bytes."""

    url: str
    content_type: str
    size: int
    title: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry. `entry_id`: UUID of the first bulletin of its chain, so that readers replace what they stored."""

    entry_id: str
    title: str
    text: str
    link: str
    author: str
    topic: str
    published_at: dt.datetime
    changed_at: dt.datetime
    link_type: str = "text/html"
    enclosures: tuple[Enclosure, ...] = ()


def format_feed(*, title: str, feed_url: str, page_url: str, entries: Sequence[FeedEntry], now: dt.datetime) -> str:
    """Return the feed as XML."""
    changed_at = max((entry.changed_at for entry in entries), default=now)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi">',
        f"<title>{_clean(title)}</title>",
        f"<id>{_clean(page_url)}</id>",
        f'<link rel="self" type="application/atom+xml" href="{escape(feed_url)}"/>',
        f'<link rel="alternate" type="text/html" href="{escape(page_url)}"/>',
        f"<updated>{_format_time(changed_at)}</updated>",
        *map(_format_entry, entries),
        "</feed>",
    ]
    return "\n".join(lines) + "\n"


def _format_entry(entry: FeedEntry) -> str:
    return (
        f"<entry><id>urn:uuid:{entry.entry_id}</id><title>{_clean(entry.title)}</title>"
        f'<link rel="alternate" type="{escape(entry.link_type)}" href="{escape(entry.link)}"/>'
        f"{''.join(map(_format_enclosure, entry.enclosures))}"
        f"<published>{_format_time(entry.published_at)}</published><updated>{_format_time(entry.changed_at)}</updated>"
        f"<author><name>{_clean(entry.author)}</name></author><category term='{escape(entry.topic)}'/>"
        f'<content type="text">{_clean(entry.text)}</content></entry>'
    )


def _format_enclosure(item: Enclosure) -> str:
    return (
        f'<link rel="enclosure" type="{escape(item.content_type)}" length="{item.size}" href="{escape(item.url)}"'
        f' title="{_clean(item.title)}"/>'
    )


def _clean(text: str) -> str:
    return escape(text.translate(_XML_FORBIDDEN))


def _format_time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")
