"""Files of the offline transfer: JSON, envelopes in base64. Pure.

A bundle holds encrypted rows only and is useless without a custodian's key. An answer is signed by each custodian, and
its parts are encrypted to the requester.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from binhyen.vault.signing import sign, signed_by

VERSION = 1
MOST = 32 * 1024 * 1024  # bytes of text: larger files are not ours; a file of 20 MB becomes 27


class Unreadable(ValueError):
    """This file is not ours, or of the wrong kind; the message explains why."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An encrypted row. `key`: hex id of the group's key, or ""; `note`: label, part or time of the row."""

    sealed: bytes
    context: str
    key: str = ""
    part: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A holder's share of a group's key: `holder` is the holder's public key."""

    holder: bytes
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Bundle:
    """An exported bundle. `what`: «opening» or «words». `facts`: label → text about the subject, for people to read.

    `asker`: public key of the requester (opening). `copies`: of the conversation key; `rows`, `files`: encrypted to it.
    `reason_copies`, `reason`: of another key, for every custodian alone; no copies where the reason is among the facts.
    """

    what: str
    id: str
    facts: Mapping[str, str]
    copies: Sequence[Envelope]
    shares: Sequence[Share]
    rows: Sequence[Envelope]
    asker: bytes = b""
    reason_copies: Sequence[Envelope] = ()
    reason: Envelope = Envelope(b"", "")
    files: Sequence[Envelope] = ()  # `note`: a file name


@dataclass(frozen=True, slots=True)
class Approval:
    """Approval by one custodian: key parts encrypted to the requester, signed. `verify`: Ed25519 key of the holder."""

    verify: bytes
    parts: Mapping[int, bytes]
    signature: bytes

    def stands_for(self, opening: str) -> bool:
        return signed_by(self.verify, _message(opening, self.parts), self.signature)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a request, carried back."""

    opening: str
    approvals: Sequence[Approval]


@dataclass(frozen=True, slots=True)
class NewKey:
    """Public half of a key made on the isolated machine. `proof`: its signature over itself."""

    public: bytes
    verify: bytes
    proof: bytes


def approve(opening: str, parts: Mapping[int, bytes], *, private: bytes, verify: bytes) -> Approval:
    return Approval(verify, dict(parts), sign(_message(opening, parts), private=private))


def _message(opening: str, parts: Mapping[int, bytes]) -> bytes:
    carried = {str(number): _text(parts[number]) for number in sorted(parts)}
    return b"binhyen approval\n" + json.dumps([opening, carried], separators=(",", ":"), sort_keys=True).encode()


def bundle_text(b: Bundle) -> str:
    return _dump(
        b.what,
        id=b.id, facts=dict(b.facts), asker=_text(b.asker), copies=[_envelope(e) for e in b.copies],
        shares=[{"holder": _text(s.holder), **_envelope(s.envelope)} for s in b.shares],
        rows=[_envelope(e) for e in b.rows], reason_copies=[_envelope(e) for e in b.reason_copies],
        reason=_envelope(b.reason), files=[_envelope(e) for e in b.files],
    )  # fmt: skip


def read_bundle(text: str) -> Bundle:
    """Parse a bundle. Raises UnreadableBundle."""
    found = _load(text, "opening", "words")
    try:
        return Bundle(
            found["what"], str(found["id"]), {str(k): str(v) for k, v in found["facts"].items()},
            [_to_envelope(e) for e in found["copies"]],
            [Share(_bytes(s["holder"]), _to_envelope(s)) for s in found["shares"]],
            [_to_envelope(e) for e in found["rows"]], _bytes(found["asker"]),
            [_to_envelope(e) for e in found.get("reason_copies", ())],  # older files have none of these
            _to_envelope(found["reason"]) if "reason" in found else Envelope(b"", ""),
            [_to_envelope(e) for e in found.get("files", ())],
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Unreadable("Gói này bị hỏng.") from problem


def answer_text(a: Answer) -> str:
    rows = [
        {"verify": _text(x.verify), "signature": _text(x.signature),
         "parts": {str(n): _text(p) for n, p in x.parts.items()}}
        for x in a.approvals
    ]  # fmt: skip
    return _dump("answer", opening=a.opening, approvals=rows)


def read_answer(text: str) -> Answer:
    """Parse an answer. Raises UnreadableBundle."""
    found = _load(text, "answer")
    try:
        return Answer(
            str(found["opening"]),
            [
                Approval(
                    _bytes(x["verify"]), {int(n): _bytes(p) for n, p in x["parts"].items()}, _bytes(x["signature"])
                )
                for x in found["approvals"]
            ],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Unreadable("Tệp trả lời bị hỏng.") from problem


def new_key_text(private: bytes, public: bytes, verify: bytes) -> str:
    proof = sign(b"binhyen key\n" + public + verify, private=private)
    return _dump("key", public=_text(public), verify=_text(verify), proof=_text(proof))


def read_new_key(text: str) -> NewKey:
    """Parse a public key. Raises UnreadableBundle, also where its self-signature is invalid."""
    found = _load(text, "key")
    try:
        key = NewKey(_bytes(found["public"]), _bytes(found["verify"]), _bytes(found["proof"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise Unreadable("Tệp khóa công khai bị hỏng.") from problem
    if len(key.public) != 32 or not signed_by(key.verify, b"binhyen key\n" + key.public + key.verify, key.proof):
        raise Unreadable("Khóa công khai này không tự chứng được là thật.")
    return key


def _dump(what: str, **fields: Any) -> str:
    return json.dumps({"binhyen": VERSION, "what": what, **fields}, ensure_ascii=False, indent=1)


def _load(text: str, *whats: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Unreadable("Đây không phải tệp của Bình Yên.") from problem
    if not isinstance(found, dict) or found.get("binhyen") != VERSION:
        raise Unreadable("Đây không phải tệp của Bình Yên, hoặc của bản khác.")
    if found.get("what") not in whats:
        raise Unreadable(f"Tệp này là «{found.get('what')}», không phải «{' hoặc '.join(whats)}».")
    return found


def _envelope(e: Envelope) -> dict[str, Any]:
    return {"sealed": _text(e.sealed), "context": e.context, "key": e.key, "part": e.part, "note": e.note}


def _to_envelope(row: Mapping[str, Any]) -> Envelope:
    return Envelope(_bytes(row["sealed"]), str(row["context"]), str(row["key"]), int(row["part"]), str(row["note"]))


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
