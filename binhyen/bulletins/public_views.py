"""Pages of bulletins for everybody: list, bulletin, files, Atom feed, podcast."""

import re
from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from binhyen.areas import queries as areas
from binhyen.bulletins import digest_services, feed, queries, services
from binhyen.bulletins.media_texts import (
    FEED_CORRECTION,
    FEED_TITLE,
    FEED_WITHDRAWAL,
    PODCAST_DESCRIPTION,
    PODCAST_TITLE,
)
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.queries import PUBLIC_URL
from binhyen.bulletins.rules import AUDIO_TYPES, FILE_TYPES, TOPIC_LABELS, BulletinState, BulletinTopic, split_blocks
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.security_headers import SANDBOX_CSP
from binhyen.people.view_auth import redirect_after_post
from binhyen.ui.formatting import format_full_time
from binhyen.ui.label_cache import translated_labels

CONFIRM_LIMIT = RateLimit(burst=30, per_second=30 / 3600)  # of a bulletin by a network address, shared by many phones
FEED_URL, PODCAST_URL = "/thong-bao.atom", "/diem-tin.rss"


@require_safe
def show_public_list(request: HttpRequest) -> HttpResponse:
    now, code = clock.now(), request.GET.get("xa", "")[:10]
    communes = sorted(areas.get_directory().communes.values(), key=lambda entry: entry.full_name)
    chosen = code if any(entry.code == code for entry in communes) else ""
    context = {
        "now": now,
        "communes": [
            {"value": entry.code, "label": entry.full_name, "chosen": entry.code == chosen} for entry in communes
        ],
        "feed_url": f"{FEED_URL}?xa={chosen}" if chosen else FEED_URL,
        "podcast_url": f"{PODCAST_URL}?xa={chosen}" if chosen else PODCAST_URL,
        "rows": [build_public_row(row) for row in queries.list_current(now=now, commune_code=chosen)],
    }
    return render(request, "bulletins/public_list.html", context)


def build_public_row(row: Bulletin) -> dict[str, Any]:
    return {
        "title": row.title,
        "topic": translated_labels(TOPIC_LABELS)[BulletinTopic(row.topic)],
        "urgent": bool(row.ground),
        "is_correction": row.corrects_id is not None,
        "blocks": split_blocks(row.text),
        "unit": row.unit.name,
        "at": row.released_at,
        "until": format_full_time(row.expires_at) if row.expires_at else "",
        "until_at": row.expires_at.isoformat(timespec="seconds") if row.expires_at else "",
        "url": f"{PUBLIC_URL}/{format_code(row.code)}",
    }


@require_http_methods(["GET", "HEAD", "POST"])
def show_public_bulletin(request: HttpRequest, code: str) -> HttpResponse:
    """Show it to everybody. POST counts a reader who confirms it."""
    row = queries.find_public_bulletin(code)
    if row is None:
        raise Http404
    now = clock.now()
    is_current = queries.is_current(row, now=now)
    url = f"{PUBLIC_URL}/{format_code(row.code)}"
    if request.method == "POST":
        peer = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
        if is_current and try_acquire(f"read/{row.pk}/{peer}" if peer else "", CONFIRM_LIMIT):
            services.count_citizen_read(row)
        return redirect_after_post(f"{url}?da-doc=1")
    correction = queries.find_correction(row) if row.state == BulletinState.CORRECTED else None
    context = {
        "now": now,
        "list_url": PUBLIC_URL,
        "row": build_public_row(row) if is_current else None,
        "pictures": build_pictures(row, url) if is_current else [],
        "documents": build_documents(row, url) if is_current else [],
        "confirm_url": url if row.asks_acknowledgement and is_current else "",
        "is_confirmed": request.GET.get("da-doc") == "1",
        "withdrawn": row.state == BulletinState.WITHDRAWN,
        "reason": row.reason,
        "unit": row.unit.name,
        "correction_url": f"{PUBLIC_URL}/{format_code(correction.code)}" if correction else "",
    }
    return render(request, "bulletins/public_bulletin.html", context, status=200 if is_current else 410)


def build_pictures(row: Bulletin, url: str) -> list[dict[str, Any]]:
    return [
        {"url": f"{url}/anh/{item.public_id}", "id": item.public_id, **asdict(item)}
        for item in queries.list_pictures(row)
    ]


def build_documents(row: Bulletin, url: str) -> list[dict[str, Any]]:
    return [
        {"url": f"{url}/tep/{item.public_id}", "id": item.public_id, "name": item.name, "size": item.size}
        for item in queries.list_documents(row)
    ]


def _get_current_or_404(code: str) -> Bulletin:
    row = queries.find_public_bulletin(code)
    if row is None or not queries.is_current(row, now=clock.now()):
        raise Http404
    return row


@require_safe
def serve_public_picture(request: HttpRequest, code: str, picture: UUID) -> HttpResponse:
    """Serve a picture of a bulletin in force; never cached, so that a withdrawal reaches every page at once."""
    return build_picture_response(_get_current_or_404(code), picture)


def build_picture_response(row: Bulletin, picture: UUID) -> HttpResponse:
    data = queries.read_picture(row, picture)
    if data is None:
        raise Http404
    return _build_file_response(data, "image/jpeg", 'inline; filename="anh.jpg"')


@require_safe
def serve_public_document(request: HttpRequest, code: str, document: UUID) -> HttpResponse:
    """Serve a document of a bulletin in force; never cached, as pictures are not."""
    response = build_document_response(_get_current_or_404(code), document)
    return _apply_range(response, request.headers.get("Range", "")[:100])


def _apply_range(response: HttpResponse, header: str) -> HttpResponse:
    """Serve a part (RFC 9110, 14): podcast players ask for one, and phones play no sound without."""
    response["Accept-Ranges"] = "bytes"
    match = re.fullmatch(r"bytes=(\d{1,12})-(\d{0,12})", header, re.ASCII)
    if match is None:
        return response
    size = len(response.content)
    start, end = int(match[1]), min(int(match[2] or size), size - 1)
    response.status_code = 206 if start <= end else 416
    response["Content-Range"] = f"bytes {start}-{end}/{size}" if start <= end else f"bytes */{size}"
    response.content = response.content[start : end + 1] if start <= end else b""
    return response


def build_document_response(row: Bulletin, document: UUID) -> HttpResponse:
    """Return the document as a download: a browser must not show it under our address."""
    content = queries.read_document(row, document)
    if content is None:
        raise Http404
    name, data = content
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return _build_file_response(data, FILE_TYPES[name.rpartition(".")[2]], disposition or "attachment")


def _build_file_response(data: bytes, content_type: str, disposition: str) -> HttpResponse:
    headers = {
        "Content-Disposition": disposition,
        "Content-Security-Policy": SANDBOX_CSP,
        "Cache-Control": "no-store",
    }
    return HttpResponse(data, content_type=content_type, headers=headers)


@require_safe
def serve_feed(request: HttpRequest) -> HttpResponse:
    """Serve the Atom feed, in Vietnamese; `?xa=CODE` for one commune."""
    now, code = clock.now(), request.GET.get("xa", "")[:10]
    rows = queries.list_current(now=now, commune_code=code)
    files = queries.list_public_files(rows)
    entries = [_to_entry(row, files[row.pk]) for row in rows]
    entries += [
        _to_withdrawn_entry(row)
        for row in queries.list_recently_withdrawn(now=now)
        if not code or code in queries.list_commune_codes(row)
    ]
    xml = feed.format_feed(
        title=FEED_TITLE,
        feed_url=f"{settings.PUBLIC_URL}{FEED_URL}",
        page_url=f"{settings.PUBLIC_URL}{PUBLIC_URL}",
        entries=entries,
        now=now,
    )
    return HttpResponse(xml, content_type="application/atom+xml; charset=utf-8")


@require_safe
def serve_podcast(request: HttpRequest) -> HttpResponse:
    """Serve the digests in force that were read aloud, as a podcast; `?xa=CODE` for those that touch one commune."""
    now, code = clock.now(), request.GET.get("xa", "")[:10]
    commune = areas.get_directory().communes.get(code)
    rows = [row for row in queries.list_current(now=now, commune_code=code) if row.digest_from is not None]
    files = queries.list_public_files(rows)
    sounds = {row.pk: [item for item in files[row.pk] if item.extension in AUDIO_TYPES] for row in rows}
    xml = feed.format_podcast(
        title=PODCAST_TITLE.format(area=commune.full_name if commune else digest_services.get_province_name()),
        description=PODCAST_DESCRIPTION,
        feed_url=f"{settings.PUBLIC_URL}{PODCAST_URL}{f'?xa={code}' if commune else ''}",
        page_url=f"{settings.PUBLIC_URL}{PUBLIC_URL}",
        entries=[_to_entry(row, sounds[row.pk]) for row in rows if sounds[row.pk]],
    )
    return HttpResponse(xml, content_type="application/rss+xml; charset=utf-8")


def _to_entry(row: Bulletin, files: Collection[queries.PublicFile]) -> feed.FeedEntry:
    text = queries.build_text(row)
    released_at = row.released_at or row.changed_at
    title = FEED_CORRECTION.format(title=row.title) if row.corrects_id else row.title
    return feed.FeedEntry(
        queries.get_root_id(row),
        title,
        row.text,
        text.link,
        row.unit.name,
        text.topic,
        released_at,
        released_at,
        enclosures=tuple(feed.Enclosure(item.url, FILE_TYPES[item.extension], item.size, item.title) for item in files),
    )


def _to_withdrawn_entry(row: Bulletin) -> feed.FeedEntry:
    text = queries.build_text(row)
    changed_at = row.ended_at or row.changed_at
    return feed.FeedEntry(
        queries.get_root_id(row),
        FEED_WITHDRAWAL,
        row.reason,
        text.link,
        row.unit.name,
        text.topic,
        row.released_at or changed_at,
        changed_at,
    )
