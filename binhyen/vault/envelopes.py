"""Envelope encryption: a public key is enough to write a value, only its private key reads it. Pure.

An envelope is

    version (1) | key id (8) | sealed box with a data key (80) | nonce (24) | XChaCha20-Poly1305 of the padded value

The sealed box (libsodium: X25519, XSalsa20-Poly1305) carries a random data key; the value is encrypted under it with
its context, «table.column:row», as associated data, so an envelope moved to another row, column or case is refused. A
key rotation encrypts the data key again and leaves the value alone. Values are padded to steps, so that their length
reveals little.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_box_keypair,
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_scalarmult_base,
    randombytes,
)
from nacl.exceptions import CryptoError

_VERSION = b"\x01"
_ID, _KEY, _NONCE = 8, 32, 24
_HEAD = len(_VERSION) + _ID
_BOX = _KEY + 48
_BODY = _HEAD + _BOX
_SMALL, _STEP = 64, 4096


class EnvelopeError(ValueError):
    """Envelope that this key does not open: another key, another row, changed, or no envelope at all."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Public key of 32 bytes. `id`: 8 bytes that name it in every envelope."""

    raw: bytes

    @property
    def id(self) -> bytes:
        return blake2b(self.raw, digest_size=_ID).digest()


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Key pair of 32 bytes each. The private half is hidden from `repr`."""

    public: PublicKey
    private: bytes = field(repr=False)

    @classmethod
    def of(cls, private: bytes) -> "KeyPair":
        return cls(PublicKey(crypto_scalarmult_base(private)), private)


def get_fingerprint(public: bytes) -> str:
    """Return the fingerprint of a public key, to read out and compare: «3F2A 9C1B 77D0 11E4»."""
    return format_fingerprint(PublicKey(public).id)


def format_fingerprint(key_id: bytes) -> str:
    text = key_id.hex().upper()
    return " ".join(text[offset : offset + 4] for offset in range(0, len(text), 4))


def get_fingerprint_prefix(public: bytes) -> str:
    """Return the part of a fingerprint that may be shown: its end must come from the key's owner."""
    return get_fingerprint(public).rpartition(" ")[0]


def is_fingerprint_match(public: bytes, typed: str) -> bool:
    """Return whether the typed text is the fingerprint's last group, or all of it."""
    expected = get_fingerprint(public)
    return "".join(typed.upper().split()) in {expected.rpartition(" ")[2], expected.replace(" ", "")}


def generate_key_pair() -> KeyPair:
    public, private = crypto_box_keypair()
    return KeyPair(PublicKey(public), private)


class Sealer:
    """Encrypts many values to one key; the shared sealed box makes each cost microseconds."""

    __slots__ = ("_head", "_key")

    def __init__(self, to: PublicKey) -> None:
        self._key = randombytes(_KEY)
        self._head = _VERSION + to.id + crypto_box_seal(self._key, to.raw)

    def seal(self, value: bytes, *, context: str) -> bytes:
        nonce = randombytes(_NONCE)
        return (
            self._head
            + nonce
            + crypto_aead_xchacha20poly1305_ietf_encrypt(_pad(value), context.encode(), nonce, self._key)
        )


def seal_envelope(value: bytes, *, to: PublicKey, context: str) -> bytes:
    """Encrypt `value` for the holder of `to` in an envelope bound to `context` («table.column:row»)."""
    return Sealer(to).seal(value, context=context)


def open_envelope(sealed: bytes | memoryview, *, pair: KeyPair, context: str) -> bytes:
    """Decrypt an envelope. Raises EnvelopeError."""
    envelope = bytes(sealed)
    key = _open_data_key(envelope, pair)
    nonce, body = envelope[_BODY : _BODY + _NONCE], envelope[_BODY + _NONCE :]
    try:
        return _unpad(crypto_aead_xchacha20poly1305_ietf_decrypt(body, context.encode(), nonce, key))
    except (CryptoError, ValueError, TypeError) as problem:
        raise EnvelopeError("wrong context for this envelope, or it was changed") from problem


def rewrap_envelope(sealed: bytes | memoryview, *, pair: KeyPair, to: PublicKey) -> bytes:
    """Re-encrypt an envelope for another key; only the data key changes. Raises EnvelopeError."""
    envelope = bytes(sealed)
    key = _open_data_key(envelope, pair)
    return _VERSION + to.id + crypto_box_seal(key, to.raw) + envelope[_BODY:]


def read_key_id(sealed: bytes | memoryview) -> bytes:
    """Return the id of the key that opens it. Raises EnvelopeError for anything that is not an envelope."""
    envelope = bytes(sealed)
    if envelope[:1] != _VERSION or len(envelope) < _BODY + _NONCE + 16:
        raise EnvelopeError("not an envelope")
    return envelope[1:_HEAD]


def _open_data_key(envelope: bytes, pair: KeyPair) -> bytes:
    if read_key_id(envelope) != pair.public.id:
        raise EnvelopeError("this envelope is for another key")
    try:
        return crypto_box_seal_open(envelope[_HEAD:_BODY], pair.public.raw, pair.private)
    except (CryptoError, ValueError, TypeError) as problem:
        raise EnvelopeError("this envelope was changed") from problem


def _pad(value: bytes) -> bytes:
    """Prefix the length and fill with zeros to the next step: powers of two from 64 bytes, then whole 4 KiB."""
    length = 4 + len(value)
    size = max(_SMALL, 1 << (length - 1).bit_length()) if length <= _STEP else -(-length // _STEP) * _STEP
    return (len(value).to_bytes(4, "big") + value).ljust(size, b"\0")


def _unpad(padded: bytes) -> bytes:
    return padded[4 : 4 + int.from_bytes(padded[:4], "big")]
