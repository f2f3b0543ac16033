"""Numbers to call back, encrypted under a key file of the pages process (`callback.key`).

The database, a backup or another process alone cannot read them. docs/decisions/0035-callback-number.md
"""

import datetime as dt
import secrets
from collections.abc import Iterable

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from binhyen.kit import key_files
from binhyen.vault.models import CallbackNumber

_PROCESS, _NAME = "pages", "callback"


class CallbackUnreadable(Exception):
    """The number was encrypted under another key, or belongs to another person."""


def store_number(*, reporter_id: int, phone: str, now: dt.datetime) -> None:
    """Encrypt and store the number of a person. In the caller's transaction."""
    CallbackNumber.objects.create(
        reporter_id=reporter_id,
        ciphertext=_encrypt(reporter_id, phone),
        at=now,
    )


def read_number(reporter_id: int) -> str | None:
    """Decrypt the number; None if there is none. The caller checks consent, records. Raises CallbackUnreadable."""
    row = CallbackNumber.objects.filter(reporter=reporter_id).first()
    if row is None:
        return None
    try:
        return Aead(_load_key()).decrypt(bytes(row.ciphertext), _format_context(reporter_id)).decode()
    except CryptoError as problem:
        raise CallbackUnreadable from problem


def replace_number(*, reporter_id: int, phone: str, now: dt.datetime) -> None:
    """Replace the number after its owner corrected it; nothing where none may be called."""
    CallbackNumber.objects.filter(reporter=reporter_id).update(ciphertext=_encrypt(reporter_id, phone), at=now)


def find_reporters_with_number(reporter_ids: Iterable[int]) -> set[int]:
    rows = CallbackNumber.objects.filter(reporter__in=set(reporter_ids))
    return set(rows.values_list("reporter_id", flat=True))


def delete_numbers(reporter_ids: Iterable[int]) -> None:
    CallbackNumber.objects.filter(reporter__in=set(reporter_ids)).delete()


def ensure_callback_key() -> None:
    """Create the key file if it is missing; called at program start."""
    _load_key()


def _encrypt(reporter_id: int, phone: str) -> bytes:
    return bytes(Aead(_load_key()).encrypt(phone.encode(), _format_context(reporter_id)))


def _format_context(reporter_id: int) -> bytes:
    return f"callback:{reporter_id}".encode()


def _load_key() -> bytes:
    return key_files.get_or_create_key(_PROCESS, _NAME, lambda: secrets.token_bytes(Aead.KEY_SIZE))
