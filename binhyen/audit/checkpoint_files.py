"""Checkpoint files of a second party: written into its folder and read back for verification."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from binhyen.audit.rules.signed_notes import (
    Head,
    InvalidNote,
    Key,
    SignedNote,
    get_cosignature_time,
    is_signed_by,
    parse_head,
    parse_note,
)
from binhyen.audit.witness import SUFFIX, write_atomically

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
