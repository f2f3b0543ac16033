"""Atom feed (RFC 4287) of current bulletins, whose corrections and withdrawals replace entries; podcast feed. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
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


def format_podcast(*, title: str, description: str, feed_url: str, page_url: str, entries: Sequence[FeedEntry]) -> str:
    """Return the entries as RSS 2.0; the first enclosure of each is its sound file."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"',
        ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>',
        f"<title>{_clean(title)}</title><link>{_clean(page_url)}</link><language>vi</language>",
        f"<description>{_clean(description)}</description>",
        f'<atom:link rel="self" type="application/rss+xml" href="{escape(feed_url)}"/>',
        '<itunes:explicit>false</itunes:explicit><itunes:category text="Government"/>',
        *map(_format_episode, entries),
        "</channel></rss>",
    ]
    return "\n".join(lines) + "\n"


def _format_episode(entry: FeedEntry) -> str:
    sound = entry.enclosures[0]
    return (
        f'<item><title>{_clean(entry.title)}</title><guid isPermaLink="false">urn:uuid:{entry.entry_id}</guid>'
        f"<link>{_clean(entry.link)}</link><pubDate>{format_datetime(entry.published_at)}</pubDate>"
        f"<description>{_clean(entry.text)}</description><itunes:author>{_clean(entry.author)}</itunes:author>"
        f'<enclosure url="{escape(sound.url)}" length="{sound.size}" type="{escape(sound.content_type)}"/></item>'
    )
