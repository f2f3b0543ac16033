"""Checkpoint files of a second party: written into its folder and read back for verification."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from binhyen.audit.rules.signed_notes import (
    BadNote,
    Head,
    Key,
    Note,
    cosigned_at,
    read_head,
    read_note,
    signed_by,
)
from binhyen.audit.witness import SUFFIX, write_whole

HASHES = ".hashes"


@dataclass(slots=True)
class Held:
    """Content of the files. `unsigned`: checkpoints without a known signature; `unread`: names of broken files."""

    heads: list[Head] = field(default_factory=list)
    hashes: dict[int, bytes] = field(default_factory=dict)
    unsigned: list[Head] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def put(folder: Path, *, size: int, note: str, first: int, hashes: Iterable[bytes]) -> None:
    """Write the checkpoint and the hashes of the entries since the previous one: they locate a change exactly."""
    name = f"{size:012d}"
    write_whole(folder / f"{name}{HASHES}", "".join(f"{seq} {h.hex()}\n" for seq, h in enumerate(hashes, first)))
    write_whole(folder / f"{name}{SUFFIX}", note)


def read(paths: Sequence[Path], *, keys: Sequence[Key]) -> Held:
    """Read checkpoints and hashes from files and folders.

    `keys`: of our logs and their witnesses; without any, signatures are not required.
    """
    held = Held()
    for path in _files(paths):
        try:
            if path.suffix == HASHES:
                held.hashes.update(_hashes(path.read_text()))
                continue
            note = read_note(path.read_text())
            head = read_head(note)
        except (BadNote, OSError, ValueError):
            held.unread.append(path.name)
            continue
        held.heads.append(head)
        if keys and not _signed(note, keys):
            held.unsigned.append(head)
    return held


def _files(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.suffix in {SUFFIX, HASHES}) if path.is_dir() else [path]
        found += inside
    return found


def _signed(note: Note, keys: Sequence[Key]) -> bool:
    return any(signed_by(note, key) or cosigned_at(note, key) is not None for key in keys)


def _hashes(text: str) -> dict[int, bytes]:
    """Parse lines «seq hash». Raises ValueError."""
    found = {}
    for line in text.splitlines():
        seq, digest = line.split(" ")
        found[int(seq)] = bytes.fromhex(digest)
        if len(found[int(seq)]) != 32:
            raise ValueError(seq)
    return found
