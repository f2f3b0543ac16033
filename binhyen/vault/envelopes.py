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


class Refused(ValueError):
    """Envelope that this key does not open: another key, another row, changed, or no envelope at all."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Public key of 32 bytes. `id`: 8 bytes that name it in every envelope."""

    raw: bytes

    @property
    def id(self) -> bytes:
        return blake2b(self.raw, digest_size=_ID).digest()


@dataclass(frozen=True, slots=True)
class Pair:
    """Key pair of 32 bytes each. The private half is hidden from `repr`."""

    public: PublicKey
    private: bytes = field(repr=False)

    @classmethod
    def of(cls, private: bytes) -> "Pair":
        return cls(PublicKey(crypto_scalarmult_base(private)), private)


def fingerprint(public: bytes) -> str:
    """Return the fingerprint of a public key, to read out and compare: «3F2A 9C1B 77D0 11E4»."""
    return spelt(PublicKey(public).id)


def spelt(key_id: bytes) -> str:
    text = key_id.hex().upper()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def beginning(public: bytes) -> str:
    """Return the part of a fingerprint that may be shown: its end must come from the key's owner."""
    return fingerprint(public).rpartition(" ")[0]


def told(public: bytes, typed: str) -> bool:
    """Return whether the typed text is the fingerprint's last group, or all of it."""
    mark = fingerprint(public)
    return "".join(typed.upper().split()) in {mark.rpartition(" ")[2], mark.replace(" ", "")}


def new_pair() -> Pair:
    public, private = crypto_box_keypair()
    return Pair(PublicKey(public), private)


class Sealer:
    """Encrypts many values to one key; the shared sealed box makes each cost microseconds."""

    __slots__ = ("_head", "_key")

    def __init__(self, to: PublicKey) -> None:
        self._key = randombytes(_KEY)
        self._head = _VERSION + to.id + crypto_box_seal(self._key, to.raw)

    def seal(self, value: bytes, *, context: str) -> bytes:
        nonce = randombytes(_NONCE)
        return self._head + nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(
            _pad(value), context.encode(), nonce, self._key
        )  # fmt: skip


def seal(value: bytes, *, to: PublicKey, context: str) -> bytes:
    """Encrypt `value` for the holder of `to` in an envelope bound to `context` («table.column:row»)."""
    return Sealer(to).seal(value, context=context)


def open_(sealed: bytes | memoryview, *, pair: Pair, context: str) -> bytes:
    """Decrypt an envelope. Raises EnvelopeError."""
    envelope = bytes(sealed)
    key = _data_key(envelope, pair)
    nonce, body = envelope[_BODY : _BODY + _NONCE], envelope[_BODY + _NONCE :]
    try:
        return _unpad(crypto_aead_xchacha20poly1305_ietf_decrypt(body, context.encode(), nonce, key))
    except (CryptoError, ValueError, TypeError) as problem:
        raise Refused("wrong context for this envelope, or it was changed") from problem


def rewrap(sealed: bytes | memoryview, *, pair: Pair, to: PublicKey) -> bytes:
    """Re-encrypt an envelope for another key; only the data key changes. Raises EnvelopeError."""
    envelope = bytes(sealed)
    key = _data_key(envelope, pair)
    return _VERSION + to.id + crypto_box_seal(key, to.raw) + envelope[_BODY:]


def key_id(sealed: bytes | memoryview) -> bytes:
    """Return the id of the key that opens it. Raises EnvelopeError for anything that is not an envelope."""
    envelope = bytes(sealed)
    if envelope[:1] != _VERSION or len(envelope) < _BODY + _NONCE + 16:
        raise Refused("not an envelope")
    return envelope[1:_HEAD]


def _data_key(envelope: bytes, pair: Pair) -> bytes:
    if key_id(envelope) != pair.public.id:
        raise Refused("this envelope is for another key")
    try:
        return crypto_box_seal_open(envelope[_HEAD:_BODY], pair.public.raw, pair.private)
    except (CryptoError, ValueError, TypeError) as problem:
        raise Refused("this envelope was changed") from problem


def _pad(value: bytes) -> bytes:
    """Prefix the length and fill with zeros to the next step: powers of two from 64 bytes, then whole 4 KiB."""
    whole = 4 + len(value)
    size = max(_SMALL, 1 << (whole - 1).bit_length()) if whole <= _STEP else -(-whole // _STEP) * _STEP
    return (len(value).to_bytes(4, "big") + value).ljust(size, b"\0")


def _unpad(padded: bytes) -> bytes:
    return padded[4 : 4 + int.from_bytes(padded[:4], "big")]
