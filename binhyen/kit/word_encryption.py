"""Encryption under a word that a person chose: slow to guess, and useless without the secret of the installation."""

from collections.abc import Callable
from hashlib import blake2b

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import Aead

from binhyen.kit.text import fold_text

_CONTEXT = b"recovery v1"
_PASSES, _MEMORY = 2, 19 * 1024 * 1024  # OWASP's minimum for Argon2id


def derive_word_key(code: str, word: str, *, add_secret: Callable[[bytes], bytes]) -> bytes:
    """Return the key of a word and a public code: derived slowly, then keyed by `add_secret`; in any spelling."""
    salt = blake2b(code.encode(), digest_size=argon2id.SALTBYTES, person=b"recovery").digest()
    words = " ".join(fold_text(word).split())
    return add_secret(argon2id.kdf(Aead.KEY_SIZE, words.encode(), salt, _PASSES, _MEMORY))


def encrypt_under_word(text: str, key: bytes) -> bytes:
    return Aead(key).encrypt(text.encode(), _CONTEXT)


def decrypt_under_word(ciphertext: bytes, key: bytes) -> str | None:
    """Return the text, or None if the key is of another word."""
    try:
        return Aead(key).decrypt(ciphertext, _CONTEXT).decode()
    except CryptoError:
        return None
