"""Publication of checkpoints to second parties: files in a folder they collect, and a witness over the network."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from binhyen.audit import keys
from binhyen.audit.models import Check, Checkpoint, CheckpointDelivery, Link
from binhyen.audit.queries.chain import get_checkpoint, get_newest_checkpoint, iter_hashes, verify_all
from binhyen.audit.rules.chain import Fault, FaultKind, VerificationResult
from binhyen.audit.rules.merkle import Range, append_leaves, compute_root, consistency_proof
from binhyen.audit.rules.signed_notes import (
    Head,
    InvalidNote,
    Key,
    SignedNote,
    Signer,
    get_cosignature_time,
    is_signed_by,
    parse_head,
    parse_note,
    sign_checkpoint,
)
from binhyen.audit.rules.witness_protocol import format_request
from binhyen.audit.witness import ADDRESS, SUFFIX, write_atomically
from binhyen.kit import key_files, logs
from binhyen.kit.locks import AdvisoryLock, try_xact_lock

# Signed checkpoints: every hour and every thousand entries.

log = logs.get_logger("audit")


# Checkpoint files of a second party: written into its folder and read back for verification.

HASHES_SUFFIX = ".hashes"


@dataclass(slots=True)
class ExternalCopy:
    """Content of the files. `unsigned`: checkpoints without a known signature; `unread`: names of broken files."""

    checkpoint_heads: list[Head] = field(default_factory=list)
    hashes: dict[int, bytes] = field(default_factory=dict)
    unsigned: list[Head] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def write_checkpoint_files(folder: Path, *, size: int, note: str, first_seq: int, hashes: Iterable[bytes]) -> None:
    """Write the checkpoint and the hashes of the entries since the previous one: they locate a change exactly."""
    name = f"{size:012d}"
    write_atomically(
        folder / f"{name}{HASHES_SUFFIX}",
        "".join(f"{seq} {digest.hex()}\n" for seq, digest in enumerate(hashes, first_seq)),
    )
    write_atomically(folder / f"{name}{SUFFIX}", note)


def read_checkpoint_files(paths: Sequence[Path], *, keys: Sequence[Key]) -> ExternalCopy:
    """Read checkpoints and hashes from files and folders.

    `keys`: of our logs and their witnesses; without any, signatures are not required.
    """
    copy = ExternalCopy()
    for path in _list_files(paths):
        try:
            if path.suffix == HASHES_SUFFIX:
                copy.hashes.update(_parse_hashes(path.read_text()))
                continue
            note = parse_note(path.read_text())
            head = parse_head(note)
        except (InvalidNote, OSError, ValueError):
            copy.unread.append(path.name)
            continue
        copy.checkpoint_heads.append(head)
        if keys and not _has_known_signature(note, keys):
            copy.unsigned.append(head)
    return copy


def _list_files(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        folder_files = (
            sorted(candidate for candidate in path.rglob("*") if candidate.suffix in {SUFFIX, HASHES_SUFFIX})
            if path.is_dir()
            else [path]
        )
        files += folder_files
    return files


def _has_known_signature(note: SignedNote, keys: Sequence[Key]) -> bool:
    return any(is_signed_by(note, key) or get_cosignature_time(note, key) is not None for key in keys)


def _parse_hashes(text: str) -> dict[int, bytes]:
    """Parse lines «seq hash». Raises ValueError."""
    hash_by_seq = {}
    for line in text.splitlines():
        seq, digest = line.split(" ")
        hash_by_seq[int(seq)] = bytes.fromhex(digest)
        if len(hash_by_seq[int(seq)]) != 32:
            raise ValueError(seq)
    return hash_by_seq


def sign_if_due(*, now: dt.datetime, at_once: bool = False) -> Checkpoint | None:
    """Sign a checkpoint if due, or any new entries with `at_once`. None: nothing to sign, or no key on this host."""
    last = get_newest_checkpoint()
    size = Link.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    signed_size, signed_at = (last.size, last.at) if last else (0, None)
    if size <= signed_size or not (
        at_once or is_checkpoint_due(size=size, signed_size=signed_size, signed_at=signed_at, now=now)
    ):
        return None
    signer = keys.load_signer()
    if signer is None and last is not None:  # on another host, or lost: never replaced silently
        log.error("audit_key_missing")
        return None
    try:
        return _sign_checkpoint(signer or keys.create_log_key(), until=size, now=now)
    except key_files.KeyFileMissing:  # a process that may not sign
        log.error("audit_key_missing")
        return None


@transaction.atomic
def _sign_checkpoint(signer: Signer, *, until: int, now: dt.datetime) -> Checkpoint | None:
    """Sign up to `until`. Reads only entries since the last checkpoint: the tree's compact range holds the rest."""
    if not try_xact_lock(AdvisoryLock.CHAIN):
        return None
    last = get_newest_checkpoint()
    tree, head = (last.to_start().tree, bytes(last.head)) if last else (Range(), b"")
    if until <= tree.size:
        return None
    new_hashes = list(iter_hashes(after_seq=tree.size, until_seq=until))
    tree, head = append_leaves(tree, new_hashes), new_hashes[-1] if new_hashes else head
    note = str(sign_checkpoint(Head(signer.name, tree.size, compute_root(tree)), signer))
    return Checkpoint.objects.create(
        size=tree.size, at=now, head=head, roots=[subtree_root.hex() for subtree_root in tree.roots], note=note
    )


CHECKPOINT_ENTRIES = 1000
CHECKPOINT_INTERVAL = dt.timedelta(hours=1)


def is_checkpoint_due(*, size: int, signed_size: int, signed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Tell whether a checkpoint is due: every hour and every thousand entries, only for a log that grew.

    `signed`: size of the last checkpoint.
    """
    if size <= signed_size:
        return False
    return signed_at is None or size - signed_size >= CHECKPOINT_ENTRIES or now - signed_at >= CHECKPOINT_INTERVAL


TOTAL_SECONDS = 10.0
_ANSWER_LIMIT = 16 * 1024


def publish_checkpoints(*, now: dt.datetime) -> None:
    """Publish to every configured second party. Failures are retried at the next run."""
    if settings.AUDIT_FOLDER:
        publish_to_folder(Path(settings.AUDIT_FOLDER), now=now)
    if settings.AUDIT_WITNESS:
        publish_to_witness(now=now)


def publish_to_folder(folder: Path, *, now: dt.datetime) -> int:
    """Write every missing checkpoint, oldest first; return the number written."""
    last = (
        CheckpointDelivery.objects.filter(to=CheckpointDelivery.To.FOLDER)
        .order_by("-size")
        .values_list("size", flat=True)
        .first()
        or 0
    )
    count = 0
    try:
        for checkpoint_row in Checkpoint.objects.filter(size__gt=last).order_by("size"):
            new_hashes = iter_hashes(after_seq=last, until_seq=checkpoint_row.size)
            write_checkpoint_files(
                folder, size=checkpoint_row.size, note=checkpoint_row.note, first_seq=last + 1, hashes=new_hashes
            )
            _record_delivery(checkpoint_row.size, CheckpointDelivery.To.FOLDER, "", now=now)
            last, count = checkpoint_row.size, count + 1
    except OSError as error:
        log.error("audit_folder_failed", why=type(error).__name__)
    return count


def publish_to_witness(*, now: dt.datetime) -> bool:
    """Send the newest checkpoint with its consistency proof; tell whether the witness has it now."""
    newest_checkpoint = get_newest_checkpoint()
    if (
        newest_checkpoint is None
        or CheckpointDelivery.objects.filter(size=newest_checkpoint.size, to=CheckpointDelivery.To.WITNESS).exists()
    ):
        return newest_checkpoint is not None
    last = (
        CheckpointDelivery.objects.filter(to=CheckpointDelivery.To.WITNESS)
        .order_by("-size")
        .values_list("size", flat=True)
        .first()
        or 0
    )
    try:
        status, body = _send_to_witness(newest_checkpoint, old=last)
        if status == 409 and body.strip().isdigit() and int(body) != last:
            status, body = _send_to_witness(
                newest_checkpoint, old=int(body)
            )  # another host of ours was faster, or an answer was lost
    except OSError as error:
        log.warning("audit_witness_silent", why=type(error.__cause__ or error).__name__)
        return False
    except LookupError:
        log.error("audit_witness_has_more")  # the witness cosigned entries that are no longer in this log
        return False
    if status != 200:
        log.error("audit_witness_refused", status=status, size=newest_checkpoint.size)
        return False
    return _store_cosignature(newest_checkpoint, body, now=now)


def record_paper_delivery(*, size: int, by: str, now: dt.datetime) -> bool:
    """Record the delivery of a printed page. False if there is no such checkpoint, or it was delivered before."""
    if get_checkpoint(size) is None:
        return False
    return _record_delivery(size, CheckpointDelivery.To.PAPER, by, now=now)


def _send_to_witness(checkpoint_row: Checkpoint, *, old: int) -> tuple[int, str]:
    """Send a checkpoint; return status and body. Raises LookupError if `old` is no checkpoint of this log."""
    path: list[bytes] = []
    if 0 < old <= checkpoint_row.size:
        old_checkpoint = get_checkpoint(old)
        if old_checkpoint is None:
            raise LookupError(old)
        path = consistency_proof(
            old_checkpoint.to_start().tree, list(iter_hashes(after_seq=old, until_seq=checkpoint_row.size))
        )
    elif old:
        raise LookupError(old)
    return asyncio.run(_post_to_witness(format_request(old, path, checkpoint_row.note)))


async def _post_to_witness(body: str) -> tuple[int, str]:
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
            async for chunk in response.content.iter_any():
                raw += chunk
                if len(raw) > _ANSWER_LIMIT:
                    raise aiohttp.ClientPayloadError("answer too long")
            return response.status, raw.decode("utf-8", "replace")
    except aiohttp.ClientError as error:
        raise ConnectionError(str(error)) from error


def _store_cosignature(checkpoint_row: Checkpoint, line: str, *, now: dt.datetime) -> bool:
    """Store the cosignature if it is signed by the witness's own key."""
    try:
        note = parse_note(f"{checkpoint_row.note}{line}")
        witness_keys = keys.parse_keys(settings.AUDIT_WITNESS_KEY)
    except InvalidNote:
        note, witness_keys = None, []
    if note is None or not any(get_cosignature_time(note, key) is not None for key in witness_keys):
        log.error("audit_witness_unsigned", witness=urlsplit(settings.AUDIT_WITNESS).hostname)
        return False
    return _record_delivery(checkpoint_row.size, CheckpointDelivery.To.WITNESS, line, now=now)


def _record_delivery(size: int, to: CheckpointDelivery.To, receipt: str, *, now: dt.datetime) -> bool:
    _, is_new = CheckpointDelivery.objects.get_or_create(size=size, to=to, defaults={"at": now, "receipt": receipt})
    return is_new


# Self check: verification of the whole log with a stored result.


def run_self_check(*, now: dt.datetime, paths: Sequence[Path] = (), keys: Sequence[Key] = ()) -> VerificationResult:
    """Verify against the chain, our checkpoints and external copies; store the result for the inspectorate's page."""
    external = read_checkpoint_files(paths, keys=keys)
    unreadable = [Fault(0, 0, FaultKind.UNREADABLE) for _ in external.unread]
    unsigned = [Fault(head.size, head.size, FaultKind.SIGNATURE) for head in external.unsigned]
    verdict = verify_all(now=now, heads=external.checkpoint_heads, external_hashes=external.hashes).with_faults(
        *unreadable, *unsigned
    )
    confirmed_sizes = (
        head.size
        for head in external.checkpoint_heads
        if head not in external.unsigned and head.size <= verdict.confirmed
    )
    verdict = replace(verdict, external_size=max(confirmed_sizes, default=0))
    Check.objects.create(at=now, size=verdict.size, faults=[str(fault) for fault in verdict.faults])
    if verdict.faults:
        log.error("audit_broken", first=verdict.faults[0].first, faults=len(verdict.faults))
    return verdict
