"""A3 and requirement 1: with every key file of the server, no key of a person or a conversation can be unwrapped.

The attack of a person who copied the database and the whole folder of keys: each file as a private key on each copy of
each conversation key, whatever key the copy names, and as the key of its content.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt
from nacl.exceptions import CryptoError

from binhyen import settings
from binhyen.tips import receipts
from binhyen.vault import envelopes, services
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.models import Contact, WrappedKey
from binhyen.vault.queries import format_contact_context, format_lock_context
from tests.security.test_key_rotation import KeyHolders, keepers, rows  # noqa: F401  fixtures

FOLDERS = {"gateway", "pages", "worker", "sender", "ceremony"}


def read_key_files() -> dict[str, bytes]:
    """Return path below the folder of keys → its 32 bytes."""
    keys_by_path = {str(p.relative_to(settings.KEYS_DIR)): p.read_bytes() for p in settings.KEYS_DIR.rglob("*.key")}
    return {name: value[:32].ljust(32, b"\0") for name, value in keys_by_path.items()}


def can_open(sealed: bytes, key: bytes, context: str) -> bool:
    pair = KeyPair.of(key)
    with suppress(envelopes.EnvelopeError):  # as if the envelope had named this key
        envelopes.open_envelope(sealed[:1] + pair.public.id + sealed[9:], pair=pair, context=context)
        return True
    nonce, body = sealed[89 : 89 + 24], sealed[89 + 24 :]
    with suppress(CryptoError):
        crypto_aead_xchacha20poly1305_ietf_decrypt(body, context.encode(), nonce, key)
        return True
    return False


def opened_by_files(sealed: Iterable[tuple[str, bytes, str]]) -> set[tuple[str, str]]:
    """Yield (envelope, file) of everything that a key file opens. `sealed`: name, envelope, context."""
    tried = (
        (name, value, context, *file_key) for name, value, context in sealed for file_key in read_key_files().items()
    )
    return {(name, file) for name, value, context, file, key in tried if can_open(value, key, context)}


def copies() -> list[tuple[str, bytes, str]]:
    lock_copies = WrappedKey.objects.select_related("group_key").order_by("pk")
    return [
        (f"copy {c.pk}", bytes(c.ciphertext), format_lock_context(c.lock_id, c.group_key.part)) for c in lock_copies
    ]


def test_no_file_opens_a_lock_after_the_ceremony(
    keepers: KeyHolders,  # noqa: F811
    rows: list[int],  # noqa: F811
    now: dt.datetime,
) -> None:
    receipts.load_salts()  # the pages' own, created at their first use
    receipts.derive_code("x")
    assert {name.partition("/")[0] for name in read_key_files()} >= FOLDERS and len(read_key_files()) >= 10
    assert len(copies()) >= 8
    assert opened_by_files(copies()) == set()


def test_control_before_the_ceremony_one_of_the_files_opens_them(
    real_db: None, officer: Callable[..., Any], now: dt.datetime
) -> None:
    """The pages state it in that case: the server itself can read."""
    services.create_reporter({services.Field.NAME: "Tên"}, now=now)
    services.create_conversation_key(["TIPS"], now=now)
    key_copies = copies()
    opened = opened_by_files(key_copies)
    assert {name for name, _ in opened} == {name for name, _, _ in key_copies} and len(key_copies) >= 2
    assert {file.partition("/")[0] for _, file in opened} == {"ceremony"}


def test_an_address_opens_with_the_senders_file_and_no_other(
    keepers: KeyHolders,  # noqa: F811
    now: dt.datetime,
) -> None:
    services.get_or_create_reporters(1, ["86753091"], now=now)
    contact = Contact.objects.get()
    context = format_contact_context(contact.channel_id, contact.key)
    opened_envelopes = opened_by_files(
        [("sends", bytes(contact.ciphertext), context), ("keeps", bytes(contact.custody_sealed), context)]
    )
    assert {(name, file.partition("/")[0]) for name, file in opened_envelopes} == {("sends", "sender")}
