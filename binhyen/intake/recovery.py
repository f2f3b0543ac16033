"""Find a report again by its code and a word that the reporter chose: the status link, encrypted under both.

A word is easy to guess, so guesses are limited for each code, and a copy of the database is not enough to try words:
the key also needs the secret of this installation. Complaints about police are left out; their link decrypts them.
"""

from collections.abc import Callable
from hashlib import blake2b

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import Aead

from binhyen.cases.models import Report
from binhyen.intake.idempotency import derive_recovery_key
from binhyen.kit.ids import hash_token
from binhyen.kit.rate_limits import RateLimit, try_acquire
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.text import fold_text

MIN_LETTERS, MAX_CHARS = 6, 60
_GUESS_LIMIT = RateLimit(burst=5, per_second=1 / 600)  # of one code
_MAX_REPORTS = 20  # of one case


# Encryption under a word that a person chose: slow to guess, and useless without the secret of the installation.

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


def is_long_enough(word: str) -> bool:
    return sum(char.isalnum() for char in fold_text(word)) >= MIN_LETTERS


@rls_scope(PROGRAM_SCOPE)
def store_word(token: str, word: str) -> None:
    """Make the report of this link findable by the word. Nothing happens for a complaint about police."""
    report = (
        Report.objects.filter(link_hash=hash_token(token), case__is_restricted=False).select_related("case").first()
    )
    if report is not None:
        key = derive_word_key(report.case.code, word, add_secret=derive_recovery_key)
        report.recovery = encrypt_under_word(token, key)
        report.save(update_fields=["recovery"])


@rls_scope(PROGRAM_SCOPE)
def find_link(code: str, word: str) -> str | None:
    """Return the status link token for a code and its word; None if they do not match or guesses are used up."""
    if not code or not try_acquire(f"recovery:{code}", _GUESS_LIMIT):
        return None
    key = derive_word_key(code, word, add_secret=derive_recovery_key)
    rows = Report.objects.filter(case__code=code, case__is_restricted=False, recovery__isnull=False)
    for ciphertext in rows.order_by("pk").values_list("recovery", flat=True)[:_MAX_REPORTS]:
        if token := decrypt_under_word(bytes(ciphertext or b""), key):
            return token
    return None
