"""Find a report again by its code and a word that the reporter chose: the status link, encrypted under both.

A word is easy to guess, so guesses are limited for each code, and a copy of the database is not enough to try words:
the key also needs the secret of this installation. Complaints about police are left out; their link decrypts them.
"""

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
_CONTEXT = b"recovery v1"
_GUESS_LIMIT = RateLimit(burst=5, per_second=1 / 600)  # of one code
_MAX_REPORTS = 20  # of one case
_PASSES, _MEMORY = 2, 19 * 1024 * 1024  # OWASP's minimum for Argon2id


def is_long_enough(word: str) -> bool:
    return sum(char.isalnum() for char in fold_text(word)) >= MIN_LETTERS


@rls_scope(PROGRAM_SCOPE)
def store_word(token: str, word: str) -> None:
    """Make the report of this link findable by the word. Nothing happens for a complaint about police."""
    report = (
        Report.objects.filter(link_hash=hash_token(token), case__is_restricted=False).select_related("case").first()
    )
    if report is not None:
        report.recovery = Aead(_derive_key(report.case.code, word)).encrypt(token.encode(), _CONTEXT)
        report.save(update_fields=["recovery"])


@rls_scope(PROGRAM_SCOPE)
def find_link(code: str, word: str) -> str | None:
    """Return the status link token for a code and its word; None if they do not match or guesses are used up."""
    if not code or not try_acquire(f"recovery:{code}", _GUESS_LIMIT):
        return None
    key = _derive_key(code, word)
    rows = Report.objects.filter(case__code=code, case__is_restricted=False, recovery__isnull=False)
    for ciphertext in rows.order_by("pk").values_list("recovery", flat=True)[:_MAX_REPORTS]:
        try:
            return Aead(key).decrypt(bytes(ciphertext or b""), _CONTEXT).decode()
        except CryptoError:
            continue
    return None


def _derive_key(code: str, word: str) -> bytes:
    """Return the key: the word slowly, then keyed with the secret of the installation. Spelling hardly matters."""
    salt = blake2b(code.encode(), digest_size=argon2id.SALTBYTES, person=b"recovery").digest()
    words = " ".join(fold_text(word).split())
    return derive_recovery_key(argon2id.kdf(Aead.KEY_SIZE, words.encode(), salt, _PASSES, _MEMORY))
