"""Storage of tips: the locked row, texts encrypted to it, destruction of its key."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.channels.services import async_dlp
from binhyen.kit import file_storage
from binhyen.kit.file_storage import PICTURE
from binhyen.kit.i18n_markers import N_
from binhyen.kit.rls_scope import rls_scope
from binhyen.people.services import RuleViolation
from binhyen.tips import queries
from binhyen.tips.models import Tip, TipFile
from binhyen.vault import envelopes
from binhyen.vault import services as vault
from binhyen.vault.envelopes import PublicKey

# Files of a tip, validated before any part of the tip is stored.

ORIGINAL_ONLY = N_(
    "Tệp này không xóa sạch được, chỉ giữ được bản gốc. Bỏ tệp này ra, hoặc bỏ chọn «Không giữ ảnh gốc»."
)


@dataclass(frozen=True, slots=True)
class UploadedTipFile:
    """An uploaded file. Only the ending of its name is used; the rest could identify the sender."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ProcessedFile:
    """A processed file.

    `original`: empty if the reporter wants no original; `shown`: re-encoded picture, else empty.
    """

    kind: str
    original: bytes
    shown: bytes


class BadFile(file_storage.NotAPicture):
    """A rejected file. `number`: its position from 1. Nothing of the submission was stored."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


def process_files(uploads: Sequence[UploadedTipFile], *, originals: bool) -> list[ProcessedFile]:
    """Process the uploads: pictures in the sandboxed decoder; other files are never opened. Raises BadFile."""
    processed = []
    for number, file in enumerate(uploads, start=1):
        try:
            processed.append(_process_file(file, originals))
        except file_storage.NotAPicture as problem:
            raise BadFile(number, str(problem)) from None
    return processed


def _process_file(file: UploadedTipFile, originals: bool) -> ProcessedFile:
    kind = file_storage.detect_file_type(file.name, file.data)
    if kind == PICTURE:
        return ProcessedFile(kind, file.data if originals else b"", file_storage.clean_picture(file.data).data)
    if not originals:
        raise file_storage.NotAPicture(ORIGINAL_ONLY)
    return ProcessedFile(kind, file.data, b"")


def get_for_update(tip: Tip) -> Tip:
    """Return the locked row. Raises Refusal where the tip is deleted."""
    row = Tip.objects.select_for_update().get(pk=tip.pk)
    if row.gone_at is not None or row.lock_id is None:
        raise RuleViolation(_("Tin này đã được rút hoặc đã hết hạn."))
    return row


def seal_message(tip: Tip, kind: vault.Kind, text: str, *, author: str = "", now: dt.datetime) -> None:
    vault.seal_text(
        lock_id=tip.lock_id or 0, owner=queries.get_owner(tip), kind=kind, text=text, author=author, now=now
    )


def store_encrypted(data: bytes, to: PublicKey, context: str) -> str:
    return file_storage.store_file(envelopes.seal_envelope(data, to=to, context=context), "tips")


def seal_to_custodians(row: TipFile, data: bytes, *, now: dt.datetime) -> None:
    """Encrypt the original to a new key that needs two custodians. Does not save."""
    lock = vault.create_conversation_key(["IDENTITY"], now=now)
    row.original_lock = lock
    row.original = store_encrypted(data, PublicKey(bytes(lock.public)), queries.format_file_context(row, "original"))


@transaction.atomic
def transfer_to_custodians(*, file: TipFile, data: bytes, now: dt.datetime) -> TipFile:
    """Move an original from the conversation key to a custodians' key; `data` is its plaintext.

    The tip is locked first: a concurrent destruction sees the new key, or this call sees the deleted tip and raises
    Refusal.
    """
    get_for_update(file.tip)
    row = TipFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if row.original and row.original_lock_id is None:
        old_name = row.original
        seal_to_custodians(row, data, now=now)
        row.save(update_fields=["original", "original_lock"])
        transaction.on_commit(partial(file_storage.delete_file, old_name))
    return row


def destroy_tip(row: Tip, *, now: dt.datetime) -> None:
    """Destroy key copies first; then the encrypted files."""
    locks = [row.lock_id, *row.files.values_list("original_lock", flat=True)]
    async_dlp.defer_fingerprint_deletion([row.public_id])
    row.gone_at, row.page_wrapped_key = now, b""
    row.save(update_fields=["gone_at", "page_wrapped_key", "withdrawn_at"])
    with rls_scope(
        queries.get_scope(bytes(row.lookup))
    ):  # no wider scope: a page may destroy the keys of this tip only
        vault.destroy_conversation_keys([lock for lock in locks if lock])
    file_names = [name for pair in row.files.values_list("original", "preview") for name in pair]
    row.files.all().delete()
    transaction.on_commit(partial(_remove_files, file_names))


def _remove_files(names: list[str]) -> None:
    for name in names:
        file_storage.delete_file(name)
