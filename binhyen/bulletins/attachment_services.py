"""Pictures and documents of a bulletin: checked, copied for the sender process, and deleted with its words.

Pictures are re-encoded without metadata; documents stay as uploaded, so the approver has to open them.
"""

import datetime as dt
import re
import zipfile
from collections.abc import Collection, Sequence
from io import BytesIO
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.bulletins import queries
from binhyen.bulletins.models import Bulletin, BulletinDocument, BulletinPicture
from binhyen.bulletins.rules import BulletinState
from binhyen.channels.services.outbound_dlp import StoredMedia
from binhyen.kit import file_storage
from binhyen.kit.pruning import register_file_owner
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation

MAX_PICTURES = 4
MAX_ALT_LENGTH = 120
MAX_DOCUMENTS = 2
MAX_DOCUMENT_BYTES = 5 * 1024 * 1024  # the limit of Zalo
_FOLDER = "bulletins"
_MAX_STEM_LENGTH = 60
_UNSAFE = re.compile(r"[^\w .()-]+")
_WORD_FILE, _MACROS = "word/document.xml", "vbaproject"


@transaction.atomic
def add_picture(*, code: str, data: bytes, alt: str, officer: Officer, now: dt.datetime) -> BulletinPicture:
    """Add a picture to a draft; `alt` describes it for blind people. Raises RuleViolation."""
    row, alt = _lock_draft(code, officer), collapse_spaces(to_nfc(alt))
    if not 3 <= len(alt) <= MAX_ALT_LENGTH:
        raise RuleViolation(_("Hãy tả ảnh bằng một câu, từ 3 đến {n} ký tự.").format(n=MAX_ALT_LENGTH))
    if row.pictures.count() >= MAX_PICTURES:
        raise RuleViolation(_("Mỗi bản tin có nhiều nhất {n} ảnh.").format(n=MAX_PICTURES))
    if not data:
        raise RuleViolation(_("Hãy chọn một ảnh."))
    try:
        picture = file_storage.clean_picture(data)
    except file_storage.NotAPicture as problem:
        raise RuleViolation(_(str(problem))) from problem
    _mark_edited(row, officer, now=now)
    columns = {"data": picture.data, "width": picture.width, "height": picture.height, "alt": alt}
    return BulletinPicture.objects.create(bulletin=row, created_at=now, **columns)


@transaction.atomic
def add_document(*, code: str, name: str, data: bytes, officer: Officer, now: dt.datetime) -> BulletinDocument:
    """Add a PDF or Word document to a draft. Raises RuleViolation."""
    row = _lock_draft(code, officer)
    if row.documents.count() >= MAX_DOCUMENTS:
        raise RuleViolation(_("Mỗi bản tin có nhiều nhất {n} tệp.").format(n=MAX_DOCUMENTS))
    if not data:
        raise RuleViolation(_("Hãy chọn một tệp."))
    if len(data) > MAX_DOCUMENT_BYTES:
        raise RuleViolation(_("Tệp quá lớn (tối đa {n} MB).").format(n=MAX_DOCUMENT_BYTES // 1024 // 1024))
    extension = _detect_document_type(data)
    _mark_edited(row, officer, now=now)
    columns = {"data": data, "size": len(data), "name": _format_document_name(name, extension)}
    return BulletinDocument.objects.create(bulletin=row, created_at=now, **columns)


def _detect_document_type(data: bytes) -> str:
    """Return the extension that the bytes stand for. Raises RuleViolation."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, RuntimeError):  # RuntimeError: of a later version of the format
        names = []
    if any(_MACROS in name for name in names):
        raise RuleViolation(_("Tệp Word này có macro nên chưa nhận. Hãy lưu lại thành PDF."))
    if _WORD_FILE not in names:
        raise RuleViolation(_("Chỉ nhận tệp PDF hoặc Word (docx)."))
    return "docx"


def _format_document_name(name: str, extension: str) -> str:
    """Return a name of letters, digits and a few signs, with the extension of the content."""
    stem = _UNSAFE.sub(" ", file_storage.safe_file_name(name).rpartition(".")[0])
    return f"{collapse_spaces(stem).strip(' .')[:_MAX_STEM_LENGTH] or 'tep'}.{extension}"


@transaction.atomic
def remove_attachment(*, code: str, public_id: UUID, officer: Officer, now: dt.datetime) -> None:
    """Remove a picture or document of a draft."""
    row = _lock_draft(code, officer)
    row.pictures.filter(public_id=public_id).delete()
    row.documents.filter(public_id=public_id).delete()
    _mark_edited(row, officer, now=now)


def _mark_edited(row: Bulletin, officer: Officer, *, now: dt.datetime) -> None:
    row.author, row.changed_at = officer, now  # the last editor cannot approve it
    row.save(update_fields=["author", "changed_at"])


def copy_attachments(source: Bulletin, target: Bulletin, *, now: dt.datetime) -> None:
    """Give a correction the pictures and documents of its original."""
    for picture in source.pictures.order_by("pk"):
        shown = {"width": picture.width, "height": picture.height, "alt": picture.alt}
        BulletinPicture.objects.create(bulletin=target, created_at=now, data=bytes(picture.data), **shown)
    for document in queries.list_written_documents(source):
        columns = {"data": bytes(document.data), "name": document.name, "size": document.size}
        BulletinDocument.objects.create(bulletin=target, created_at=now, **columns)


def prepare_media(bulletin: Bulletin) -> tuple[StoredMedia, ...]:
    """Return its pictures and documents as files for the sender process, written on the first call."""
    pictures = [
        StoredMedia("image", f"anh-{number}.jpg", _write_copy(row))
        for number, row in enumerate(bulletin.pictures.defer("data").order_by("pk"), start=1)
    ]
    documents = queries.list_written_documents(bulletin).defer("data")
    return (*pictures, *(StoredMedia("file", row.name, _write_copy(row)) for row in documents))


def _write_copy(row: BulletinPicture | BulletinDocument) -> str:
    if not row.file:
        row.file = file_storage.store_file(bytes(row.data), _FOLDER)
        row.save(update_fields=["file"])
    return row.file


def delete_bulletin_files(bulletin_ids: Collection[int]) -> None:
    """Delete pictures and documents with their copies; a post that waits with one is then not sent."""
    for model in (BulletinPicture, BulletinDocument):
        rows = model.objects.filter(bulletin__in=bulletin_ids)
        file_storage.delete_files_on_commit(list(rows.exclude(file="").values_list("file", flat=True)))
        rows.delete()


def list_used_files(names: Sequence[str]) -> set[str]:
    """Return those of these file names that are copies of a picture or document."""
    models = (BulletinPicture, BulletinDocument)
    return {name for model in models for name in model.objects.filter(file__in=names).values_list("file", flat=True)}


register_file_owner(_FOLDER, list_used_files)


def _lock_draft(code: str, officer: Officer) -> Bulletin:
    row = queries.get_visible_bulletin(officer, code, for_update=True)
    if not access.officer_may(officer, Permission.WRITE_BULLETINS) or not queries.is_own_bulletin(officer, row):
        raise RuleViolation(_("Bản tin của đơn vị khác, bạn chỉ xem được."))
    if row.state != BulletinState.DRAFT:
        raise RuleViolation(_("Bản tin không còn ở bước soạn."))
    return row
