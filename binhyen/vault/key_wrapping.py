"""Key wrapping: a person's private key encrypted under a passphrase and an optional key file. Pure.

Argon2id (libsodium's, RFC 9106) of the passphrase gives the key; a key file, if there is one, is mixed in with keyed
BLAKE2b, so that both are needed. The private key is then XChaCha20-Poly1305 encrypted with the holder as context.

    version (1) | flags (1) | passes (4) | memory in KiB (4) | salt (16) | nonce (24) | ciphertext (32 + 16)
"""

import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    randombytes,
)
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import collapse_spaces, to_nfc

_HEAD = struct.Struct(">BBII16s24s")
_VERSION, _WITH_FILE = 1, 1
_derivation_lock = (
    threading.Lock()
)  # a derivation takes the memory below; two at once would make it cheap to exhaust the host's memory


class WrongPassphrase(ValueError):
    """The passphrase or the key file is wrong."""


class EmptyKeyFile(ValueError):
    """An empty key file: it adds no secret, though its user believes that the key needs it."""

    def __init__(self) -> None:
        super().__init__(N_("Tệp khóa này rỗng. Chọn tệp khác."))


@dataclass(frozen=True, slots=True)
class KdfCost:
    """Cost of one guess. The default takes 256 MiB and about 0.7 s on one core (libsodium's MODERATE)."""

    passes: int = 3
    kibibytes: int = 256 * 1024


DEFAULT_COST = KdfCost()
KEY_FILE_LIMIT = 64 * 1024  # bytes of a key file that are used
DEMO_COST = KdfCost(passes=1, kibibytes=8 * 1024)  # passphrases of a demonstration are public and need no protection
DEMO_PASSPHRASE = "gió lào thổi qua đồng lúa chín vàng"  # noqa: S105 - shown on the page of a demonstration


def wrap_private_key(
    private: bytes, *, passphrase: str, context: str, file: bytes = b"", cost: KdfCost = DEFAULT_COST
) -> bytes:
    salt, nonce = randombytes(16), randombytes(24)
    head = _HEAD.pack(_VERSION, _WITH_FILE if file else 0, cost.passes, cost.kibibytes, salt, nonce)
    key = _mix_key_file(_derive_key(passphrase, salt, cost), file[:KEY_FILE_LIMIT])
    return head + crypto_aead_xchacha20poly1305_ietf_encrypt(private, head + context.encode(), nonce, key)


def unwrap_private_key(wrapped: bytes | memoryview, *, passphrase: str, context: str, file: bytes = b"") -> bytes:
    """Return the private key. Raises WrongPassphrase.

    Of a large key file, commands once used all bytes and pages only the beginning: keys made either way open.
    """
    blob = bytes(wrapped)
    try:
        version, flags, passes, kibibytes, salt, nonce = _HEAD.unpack_from(blob)
        if version != _VERSION or bool(flags & _WITH_FILE) != bool(file) or kibibytes > 4 * DEFAULT_COST.kibibytes:
            raise WrongPassphrase
        derived = _derive_key(passphrase, salt, KdfCost(passes, kibibytes))
        if len(file) > KEY_FILE_LIMIT:
            with suppress(CryptoError):
                return _decrypt_private_key(blob, context, nonce, _mix_key_file(derived, file[:KEY_FILE_LIMIT]))
        return _decrypt_private_key(blob, context, nonce, _mix_key_file(derived, file))
    except (CryptoError, struct.error, TypeError) as problem:
        raise WrongPassphrase from problem


def _decrypt_private_key(blob: bytes, context: str, nonce: bytes, key: bytes) -> bytes:
    head = blob[: _HEAD.size]
    return crypto_aead_xchacha20poly1305_ietf_decrypt(blob[_HEAD.size :], head + context.encode(), nonce, key)


def limit_key_file(content: bytes) -> bytes:
    """Return the used bytes of a key file for a new key.

    Raises `EmptyKeyFile`, because an empty file adds no secret.
    """
    if not content:
        raise EmptyKeyFile
    return content[:KEY_FILE_LIMIT]


def needs_key_file(wrapped: bytes | memoryview) -> bool:
    return bool(wrapped) and bool(bytes(wrapped)[1] & _WITH_FILE)


def _derive_key(passphrase: str, salt: bytes, cost: KdfCost) -> bytes:
    passphrase_bytes = collapse_spaces(to_nfc(passphrase)).encode()
    with _derivation_lock:
        return argon2id.kdf(32, passphrase_bytes, salt, opslimit=cost.passes, memlimit=cost.kibibytes * 1024)


def _mix_key_file(derived: bytes, file: bytes) -> bytes:
    return blake2b(derived, key=blake2b(file, digest_size=32).digest(), digest_size=32).digest() if file else derived
