"""Answers of a witness (C2SP tlog-witness, `add-checkpoint`): it cosigns only a log that extends the last one seen."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from binhyen.audit.rules.merkle import verify_consistency
from binhyen.audit.rules.signed_notes import Head, InvalidNote, Key, SignedNote, is_signed_by, parse_head, parse_note

_MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """A request: a checkpoint, and the proof that the tree of `old` entries is its beginning."""

    old: int
    proof: tuple[bytes, ...]
    note: SignedNote
    head: Head


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """An HTTP status with its body; `cosign`: whether to store and cosign the checkpoint."""

    status: int
    body: str = ""
    cosign: bool = False


def format_request(old: int, proof: Sequence[bytes], note: str) -> str:
    lines = [f"old {old}", *(b64encode(step).decode() for step in proof), "", ""]
    return "\n".join(lines) + note


def parse_request(text: str) -> WitnessRequest:
    """Parse a request. Raises BadNote."""
    header, gap, note_text = text.partition("\n\n")
    first_line, *steps = header.split("\n")
    number = first_line.removeprefix("old ")
    if (
        not gap
        or number == first_line
        or not number.isascii()
        or not number.isdigit()
        or str(int(number[:20])) != number
    ):
        raise InvalidNote("yêu cầu không đọc được")
    note = parse_note(note_text)
    return WitnessRequest(int(number), tuple(_parse_hashes(steps)), note, parse_head(note))


def decide_answer(request: WitnessRequest, *, trusted: Sequence[Key], last: Head | None) -> WitnessAnswer:
    """Decide the answer. `trusted`: logs witnessed here; `last`: last cosigned checkpoint of this origin."""
    keys = [key for key in trusted if key.name == request.head.origin]
    if not keys:
        return WitnessAnswer(404)
    if not any(is_signed_by(request.note, key) for key in keys):
        return WitnessAnswer(403)
    if request.old > request.head.size:
        return WitnessAnswer(400)
    last_size = last.size if last else 0
    if request.old != last_size:
        return WitnessAnswer(409, f"{last_size}\n")
    if last and request.old == request.head.size and last.root != request.head.root:
        return WitnessAnswer(409, f"{last_size}\n")
    if not verify_consistency(
        request.old, last.root if last else b"", request.head.size, request.head.root, request.proof
    ):
        return WitnessAnswer(422)
    return WitnessAnswer(200, cosign=True)


def _parse_hashes(lines: Iterable[str]) -> list[bytes]:
    try:
        steps = [b64decode(line, validate=True) for line in lines]
    except (binascii.Error, ValueError) as error:
        raise InvalidNote("yêu cầu không đọc được") from error
    if len(steps) > _MAX_HASHES or any(len(step) != 32 for step in steps):
        raise InvalidNote("yêu cầu không đọc được")
    return steps
