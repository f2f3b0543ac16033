"""Signed notes, checkpoints and cosignatures in C2SP format (signed-note, tlog-checkpoint, tlog-cosignature).
Standard tools can read the published files: Ed25519 over a few lines of text."""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

LOG, WITNESS = 1, 4  # signature types: of the log itself, and of a witness (cosignature/v1)
_DASH = "\N{EM DASH} "
_MAX_LENGTH = 64 * 1024
_SECRET = "PRIVATE+KEY+"  # noqa: S105  the prefix of the format


class InvalidNote(Exception):
    """Not a note, checkpoint or key of this format."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key with its name, written `name+id+base64`."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_encode_base64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A private key with its name."""

    name: str
    kind: int
    seed: bytes

    @property
    def key(self) -> Key:
        return Key(self.name, self.kind, bytes(SigningKey(self.seed).verify_key))

    def secret(self) -> str:
        """Format the key as in the key file."""
        return f"{_SECRET}{self.name}+{self.key.id.hex()}+{_encode_base64(bytes([self.kind]) + self.seed)}"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note. `text` ends with a line break; `signatures`: (name, key id, signature), not verified yet."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(
            _format_line(name, key + signature) for name, key, signature in self.signatures
        )


@dataclass(frozen=True, slots=True)
class Head:
    """Content of a checkpoint: the log had `size` entries with this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_encode_base64(self.root)}\n"


def parse_key(text: str) -> Key:
    """Parse a public key. Raises BadNote."""
    name, kind, public = _parse_key_parts(text.strip())
    key = Key(name, kind, public)
    if str(key) != text.strip():
        raise InvalidNote("mã của khóa không khớp với khóa")
    return key


def parse_signer(text: str) -> Signer:
    """Parse a private key. Raises BadNote."""
    text = text.strip()
    if not text.startswith(_SECRET):
        raise InvalidNote("không phải khóa ký")
    name, kind, seed = _parse_key_parts(text.removeprefix(_SECRET))
    signer = Signer(name, kind, seed)
    if signer.secret() != text:
        raise InvalidNote("mã của khóa không khớp với khóa")
    return signer


def sign_checkpoint(head: Head, signer: Signer) -> SignedNote:
    """Sign a checkpoint as its own log."""
    return sign_text(head.text, signer)


def sign_text(text: str, signer: Signer) -> SignedNote:
    """Sign the text of a note, which ends with a newline."""
    signature = SigningKey(signer.seed).sign(text.encode()).signature
    return SignedNote(text, ((signer.name, signer.key.id, signature),))


def build_cosignature_line(note: SignedNote, signer: Signer, *, seconds: int) -> str:
    """Return the cosignature line of a witness with the time of its check. `seconds`: since 1970."""
    signature = SigningKey(signer.seed).sign(_build_cosigned_message(note.text, seconds)).signature
    return _format_line(signer.name, signer.key.id + seconds.to_bytes(8, "big") + signature)


def parse_note(text: str, *, max_length: int = _MAX_LENGTH) -> SignedNote:
    """Parse a note. Raises BadNote."""
    if len(text) > max_length or any(ord(char) < 0x20 and char != "\n" for char in text):
        raise InvalidNote("không phải điểm kiểm tra")
    body, gap, tail = text.rpartition("\n\n")
    lines = tail.split("\n")
    if not gap or lines[-1] or len(lines) < 2:
        raise InvalidNote("không phải điểm kiểm tra")
    return SignedNote(f"{body}\n", tuple(_parse_line(line) for line in lines[:-1]))


def parse_head(note: SignedNote) -> Head:
    """Parse a checkpoint. Extension lines are allowed and ignored. Raises BadNote."""
    lines = note.text.split("\n")
    if len(lines) < 4 or not lines[0] or not all(lines[:-1]):
        raise InvalidNote("điểm kiểm tra thiếu dòng")
    size, digest = lines[1], _decode_base64(lines[2])
    if not size.isascii() or not size.isdigit() or str(int(size[:20])) != size or len(digest) != 32:
        raise InvalidNote("số dòng hoặc mã gốc không đọc được")
    return Head(lines[0], int(size), digest)


def is_signed_by(note: SignedNote, key: Key) -> bool:
    """Tell whether the log of this key signed the note."""
    return key.kind == LOG and any(
        _is_valid_signature(key, note.text.encode(), signature) for signature in _list_signatures(note, key)
    )


def get_cosignature_time(note: SignedNote, key: Key) -> int | None:
    """Return the time of the witness's cosignature in seconds since 1970; None without one."""
    for signature in _list_signatures(note, key) if key.kind == WITNESS else ():
        seconds = int.from_bytes(signature[:8], "big")
        if len(signature) == 72 and _is_valid_signature(
            key, _build_cosigned_message(note.text, seconds), signature[8:]
        ):
            return seconds
    return None


def _list_signatures(note: SignedNote, key: Key) -> list[bytes]:
    return [signature for name, number, signature in note.signatures if name == key.name and number == key.id]


def _is_valid_signature(key: Key, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(key.public).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def _build_cosigned_message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _format_line(name: str, blob: bytes) -> str:
    return f"{_DASH}{name} {_encode_base64(blob)}\n"


def _parse_line(line: str) -> tuple[str, bytes, bytes]:
    name, gap, blob = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not gap or not name:
        raise InvalidNote("dòng chữ ký không đọc được")
    raw = _decode_base64(blob)
    if len(raw) < 5:
        raise InvalidNote("dòng chữ ký không đọc được")
    return name, raw[:4], raw[4:]


def _parse_key_parts(text: str) -> tuple[str, int, bytes]:
    """Parse name, type and 32 bytes; the caller verifies the id by formatting the key again."""
    parts = text.split("+", 2)
    if len(parts) != 3 or not parts[0] or any(char.isspace() for char in parts[0]):
        raise InvalidNote("không phải khóa")
    raw = _decode_base64(parts[2])
    if len(raw) != 33 or raw[0] not in {LOG, WITNESS}:
        raise InvalidNote("không phải khóa Ed25519")
    return parts[0], raw[0], raw[1:]


def _encode_base64(data: bytes) -> str:
    return b64encode(data).decode()


def _decode_base64(text: str) -> bytes:
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidNote("không phải base64") from error
    if _encode_base64(raw) != text:
        raise InvalidNote("không phải base64")
    return raw
