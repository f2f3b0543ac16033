"""Answers of a witness (C2SP tlog-witness, `add-checkpoint`): it cosigns only a log that extends the last one seen."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from binhyen.audit.rules.merkle import grew
from binhyen.audit.rules.signed_notes import BadNote, Head, Key, Note, read_head, read_note, signed_by

_MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: a checkpoint, and the proof that the tree of `old` entries is its beginning."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    head: Head


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status with its body; `cosign`: whether to store and cosign the checkpoint."""

    status: int
    body: str = ""
    cosign: bool = False


def write_request(old: int, proof: Sequence[bytes], note: str) -> str:
    lines = [f"old {old}", *(b64encode(step).decode() for step in proof), "", ""]
    return "\n".join(lines) + note


def read_request(text: str) -> Asked:
    """Parse a request. Raises BadNote."""
    top, gap, rest = text.partition("\n\n")
    first, *steps = top.split("\n")
    number = first.removeprefix("old ")
    if not gap or number == first or not number.isascii() or not number.isdigit() or str(int(number[:20])) != number:
        raise BadNote("yêu cầu không đọc được")
    note = read_note(rest)
    return Asked(int(number), tuple(_hashes(steps)), note, read_head(note))


def answer(asked: Asked, *, trusted: Sequence[Key], last: Head | None) -> Answer:
    """Decide the answer. `trusted`: logs witnessed here; `last`: last cosigned checkpoint of this origin."""
    keys = [key for key in trusted if key.name == asked.head.origin]
    if not keys:
        return Answer(404)
    if not any(signed_by(asked.note, key) for key in keys):
        return Answer(403)
    if asked.old > asked.head.size:
        return Answer(400)
    seen = last.size if last else 0
    if asked.old != seen:
        return Answer(409, f"{seen}\n")
    if last and asked.old == asked.head.size and last.root != asked.head.root:
        return Answer(409, f"{seen}\n")
    if not grew(asked.old, last.root if last else b"", asked.head.size, asked.head.root, asked.proof):
        return Answer(422)
    return Answer(200, cosign=True)


def _hashes(lines: Iterable[str]) -> list[bytes]:
    try:
        steps = [b64decode(line, validate=True) for line in lines]
    except (binascii.Error, ValueError) as error:
        raise BadNote("yêu cầu không đọc được") from error
    if len(steps) > _MOST_HASHES or any(len(step) != 32 for step in steps):
        raise BadNote("yêu cầu không đọc được")
    return steps
