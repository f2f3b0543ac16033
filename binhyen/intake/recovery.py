"""Find a report again by its code and a word that the reporter chose: the status link, encrypted under both.

A word is easy to guess, so guesses are limited for each code, and a copy of the database is not enough to try words:
the key also needs the secret of this installation. Complaints about police are left out; their link decrypts them.
"""

from binhyen.cases.models import Report
from binhyen.intake.idempotency import derive_recovery_key
from binhyen.kit.ids import hash_token
from binhyen.kit.rate_limits import RateLimit, try_acquire
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.text import fold_text
from binhyen.kit.word_encryption import decrypt_under_word, derive_word_key, encrypt_under_word

MIN_LETTERS, MAX_CHARS = 6, 60
_GUESS_LIMIT = RateLimit(burst=5, per_second=1 / 600)  # of one code
_MAX_REPORTS = 20  # of one case


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
