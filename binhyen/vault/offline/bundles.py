"""Files of the offline transfer: JSON, envelopes in base64. Pure.

A bundle holds encrypted rows only and is useless without a custodian's key. An answer is signed by each custodian, and
its parts are encrypted to the requester.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from binhyen.vault.signing import is_signature_valid, sign_message

VERSION = 1
MAX_BUNDLE_SIZE = 32 * 1024 * 1024  # bytes of text: larger files are not ours; a file of 20 MB becomes 27


class UnreadableBundle(ValueError):
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
class SignedApproval:
    """Approval by one custodian: key parts encrypted to the requester, signed. `verify`: Ed25519 key of the holder."""

    verify: bytes
    parts: Mapping[int, bytes]
    signature: bytes

    def is_valid_for(self, opening: str) -> bool:
        return is_signature_valid(self.verify, _build_signed_message(opening, self.parts), self.signature)


@dataclass(frozen=True, slots=True)
class OfflineAnswer:
    """An answer to a request, carried back."""

    opening: str
    approvals: Sequence[SignedApproval]


@dataclass(frozen=True, slots=True)
class PublicKeyFile:
    """Public half of a key made on the isolated machine. `proof`: its signature over itself."""

    public: bytes
    verify: bytes
    proof: bytes


def sign_approval(opening: str, parts: Mapping[int, bytes], *, private: bytes, verify: bytes) -> SignedApproval:
    return SignedApproval(verify, dict(parts), sign_message(_build_signed_message(opening, parts), private=private))


def _build_signed_message(opening: str, parts: Mapping[int, bytes]) -> bytes:
    encoded_parts = {str(number): _encode_base64(parts[number]) for number in sorted(parts)}
    return b"binhyen approval\n" + json.dumps([opening, encoded_parts], separators=(",", ":"), sort_keys=True).encode()


def format_bundle(bundle: Bundle) -> str:
    return _format_document(
        bundle.what,
        id=bundle.id,
        facts=dict(bundle.facts),
        asker=_encode_base64(bundle.asker),
        copies=[_format_envelope(envelope) for envelope in bundle.copies],
        shares=[
            {"holder": _encode_base64(share.holder), **_format_envelope(share.envelope)} for share in bundle.shares
        ],
        rows=[_format_envelope(envelope) for envelope in bundle.rows],
        reason_copies=[_format_envelope(envelope) for envelope in bundle.reason_copies],
        reason=_format_envelope(bundle.reason),
        files=[_format_envelope(envelope) for envelope in bundle.files],
    )


def parse_bundle(text: str) -> Bundle:
    """Parse a bundle. Raises UnreadableBundle."""
    document = _parse_document(text, "opening", "words")
    try:
        return Bundle(
            document["what"],
            str(document["id"]),
            {str(label): str(text_value) for label, text_value in document["facts"].items()},
            [_parse_envelope(envelope) for envelope in document["copies"]],
            [Share(_decode_base64(share["holder"]), _parse_envelope(share)) for share in document["shares"]],
            [_parse_envelope(envelope) for envelope in document["rows"]],
            _decode_base64(document["asker"]),
            [
                _parse_envelope(envelope) for envelope in document.get("reason_copies", ())
            ],  # older files have none of these
            _parse_envelope(document["reason"]) if "reason" in document else Envelope(b"", ""),
            [_parse_envelope(envelope) for envelope in document.get("files", ())],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise UnreadableBundle("Gói này bị hỏng.") from problem


def format_answer_file(answer: OfflineAnswer) -> str:
    rows = [
        {
            "verify": _encode_base64(approval.verify),
            "signature": _encode_base64(approval.signature),
            "parts": {str(number): _encode_base64(part) for number, part in approval.parts.items()},
        }
        for approval in answer.approvals
    ]
    return _format_document("answer", opening=answer.opening, approvals=rows)


def parse_answer(text: str) -> OfflineAnswer:
    """Parse an answer. Raises UnreadableBundle."""
    document = _parse_document(text, "answer")
    try:
        return OfflineAnswer(
            str(document["opening"]),
            [
                SignedApproval(
                    _decode_base64(approval["verify"]),
                    {int(number): _decode_base64(part) for number, part in approval["parts"].items()},
                    _decode_base64(approval["signature"]),
                )
                for approval in document["approvals"]
            ],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise UnreadableBundle("Tệp trả lời bị hỏng.") from problem


def format_public_key(private: bytes, public: bytes, verify: bytes) -> str:
    proof = sign_message(b"binhyen key\n" + public + verify, private=private)
    return _format_document(
        "key", public=_encode_base64(public), verify=_encode_base64(verify), proof=_encode_base64(proof)
    )


def parse_public_key(text: str) -> PublicKeyFile:
    """Parse a public key. Raises UnreadableBundle, also where its self-signature is invalid."""
    document = _parse_document(text, "key")
    try:
        key = PublicKeyFile(
            _decode_base64(document["public"]), _decode_base64(document["verify"]), _decode_base64(document["proof"])
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise UnreadableBundle("Tệp khóa công khai bị hỏng.") from problem
    if len(key.public) != 32 or not is_signature_valid(
        key.verify, b"binhyen key\n" + key.public + key.verify, key.proof
    ):
        raise UnreadableBundle("Khóa công khai này không tự chứng được là thật.")
    return key


def _format_document(kind: str, **fields: Any) -> str:
    return json.dumps({"binhyen": VERSION, "what": kind, **fields}, ensure_ascii=False, indent=1)


def _parse_document(text: str, *kinds: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise UnreadableBundle("Đây không phải tệp của Bình Yên.") from problem
    if not isinstance(document, dict) or document.get("binhyen") != VERSION:
        raise UnreadableBundle("Đây không phải tệp của Bình Yên, hoặc của bản khác.")
    if document.get("what") not in kinds:
        raise UnreadableBundle(f"Tệp này là «{document.get('what')}», không phải «{' hoặc '.join(kinds)}».")
    return document


def _format_envelope(envelope: Envelope) -> dict[str, Any]:
    return {
        "sealed": _encode_base64(envelope.sealed),
        "context": envelope.context,
        "key": envelope.key,
        "part": envelope.part,
        "note": envelope.note,
    }


def _parse_envelope(row: Mapping[str, Any]) -> Envelope:
    return Envelope(
        _decode_base64(row["sealed"]), str(row["context"]), str(row["key"]), int(row["part"]), str(row["note"])
    )


def _encode_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _decode_base64(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
