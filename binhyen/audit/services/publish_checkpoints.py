"""Publication of checkpoints to second parties: files in a folder they collect, and a witness over the network."""

import asyncio
import datetime as dt
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from binhyen.audit import checkpoint_files, keys
from binhyen.audit.models import Checkpoint, Handed
from binhyen.audit.queries.chain import hashes
from binhyen.audit.queries.state import checkpoint, newest
from binhyen.audit.rules.merkle import proof
from binhyen.audit.rules.signed_notes import BadNote, cosigned_at, read_note
from binhyen.audit.rules.witness_protocol import write_request
from binhyen.audit.witness import ADDRESS
from binhyen.kit import logs

TOTAL_SECONDS = 10.0
_ANSWER_LIMIT = 16 * 1024
log = logs.get("audit")


def hand_out(*, now: dt.datetime) -> None:
    """Publish to every configured second party. Failures are retried at the next run."""
    if settings.AUDIT_FOLDER:
        to_folder(Path(settings.AUDIT_FOLDER), now=now)
    if settings.AUDIT_WITNESS:
        to_witness(now=now)


def to_folder(folder: Path, *, now: dt.datetime) -> int:
    """Write every missing checkpoint, oldest first; return the number written."""
    last = Handed.objects.filter(to=Handed.To.FOLDER).order_by("-size").values_list("size", flat=True).first() or 0
    written = 0
    try:
        for point in Checkpoint.objects.filter(size__gt=last).order_by("size"):
            between = hashes(after=last, until=point.size)
            checkpoint_files.put(folder, size=point.size, note=point.note, first=last + 1, hashes=between)
            _note(point.size, Handed.To.FOLDER, "", now=now)
            last, written = point.size, written + 1
    except OSError as error:
        log.error("audit_folder_failed", why=type(error).__name__)
    return written


def to_witness(*, now: dt.datetime) -> bool:
    """Send the newest checkpoint with its consistency proof; tell whether the witness has it now."""
    point = newest()
    if point is None or Handed.objects.filter(size=point.size, to=Handed.To.WITNESS).exists():
        return point is not None
    last = Handed.objects.filter(to=Handed.To.WITNESS).order_by("-size").values_list("size", flat=True).first() or 0
    try:
        status, body = _ask(point, old=last)
        if status == 409 and body.strip().isdigit() and int(body) != last:
            status, body = _ask(point, old=int(body))  # another host of ours was faster, or an answer was lost
    except OSError as error:
        log.warning("audit_witness_silent", why=type(error.__cause__ or error).__name__)
        return False
    except LookupError:
        log.error("audit_witness_has_more")  # the witness cosigned entries that are no longer in this log
        return False
    if status != 200:
        log.error("audit_witness_refused", status=status, size=point.size)
        return False
    return _keep(point, body, now=now)


def received_on_paper(*, size: int, by: str, now: dt.datetime) -> bool:
    """Record the delivery of a printed page. False if there is no such checkpoint, or it was delivered before."""
    if checkpoint(size) is None:
        return False
    return _note(size, Handed.To.PAPER, by, now=now)


def _ask(point: Checkpoint, *, old: int) -> tuple[int, str]:
    """Send a checkpoint; return status and body. Raises LookupError if `old` is no checkpoint of this log."""
    path: list[bytes] = []
    if 0 < old <= point.size:
        known = checkpoint(old)
        if known is None:
            raise LookupError(old)
        path = proof(known.start().tree, list(hashes(after=old, until=point.size)))
    elif old:
        raise LookupError(old)
    return asyncio.run(_post(write_request(old, path, point.note)))


async def _post(body: str) -> tuple[int, str]:
    """Post to the configured host only: no redirect, no proxy, limited time and length. Raises OSError."""
    import aiohttp  # nosemgrep: call-from-nowhere  saves 9 MiB in each process that never calls

    timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS)
    url = settings.AUDIT_WITNESS.rstrip("/") + ADDRESS
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(url, data=body.encode(), allow_redirects=False) as response,
        ):
            raw = bytearray()
            async for part in response.content.iter_any():
                raw += part
                if len(raw) > _ANSWER_LIMIT:
                    raise aiohttp.ClientPayloadError("answer too long")
            return response.status, raw.decode("utf-8", "replace")
    except aiohttp.ClientError as error:
        raise ConnectionError(str(error)) from error


def _keep(point: Checkpoint, line: str, *, now: dt.datetime) -> bool:
    """Store the cosignature if it is signed by the witness's own key."""
    try:
        note = read_note(f"{point.note}{line}")
        known = keys.read_keys(settings.AUDIT_WITNESS_KEY)
    except BadNote:
        note, known = None, []
    if note is None or not any(cosigned_at(note, key) is not None for key in known):
        log.error("audit_witness_unsigned", witness=urlsplit(settings.AUDIT_WITNESS).hostname)
        return False
    return _note(point.size, Handed.To.WITNESS, line, now=now)


def _note(size: int, to: Handed.To, receipt: str, *, now: dt.datetime) -> bool:
    _, fresh = Handed.objects.get_or_create(size=size, to=to, defaults={"at": now, "receipt": receipt})
    return fresh
