"""What can be done in the vault. Sealing is for everybody; what opens is called by the custody process only."""

from binhyen.vault.services.sealing import (
    Field,
    Kind,
    SealedFile,
    addresses,
    copies_of,
    destroy_locks,
    drop_copies,
    forget,
    lock_key,
    new_lock,
    new_locks,
    new_reporter,
    reporters_of,
    seal_identity,
    seal_text,
    seal_words,
)

__all__ = [
    "Field",
    "Kind",
    "SealedFile",
    "addresses",
    "copies_of",
    "destroy_locks",
    "drop_copies",
    "forget",
    "lock_key",
    "new_lock",
    "new_locks",
    "new_reporter",
    "reporters_of",
    "seal_identity",
    "seal_text",
    "seal_words",
]
