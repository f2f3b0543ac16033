"""POST /v2.0/oa/upload/{image,gif,file}: multipart field `file`, stored for 7 days."""

from datetime import datetime

from emulator import media
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid_field_error
from emulator.http import HttpRequest, MultipartPart, parse_multipart
from emulator.openapi.messages import HANOI
from emulator.signing import generate_opaque_token
from emulator.world import Json, StoredUpload

MEGABYTE = 1024 * 1024
MAX_BYTES = {"image": MEGABYTE, "gif": 5 * MEGABYTE, "file": 5 * MEGABYTE}
ALLOWED_MIMES = {"image": ("image/jpeg", "image/png"), "gif": ("image/gif",)}
DOCUMENT_EXTENSIONS = ("pdf", "doc", "docx", "csv")
MONTHLY_LIMIT = 5000


def handle_upload(emu: Emulator, request: HttpRequest) -> Json:
    """Handle an upload: `attachment_id` for pictures, `token` for files.

    Too large → -210, wrong type → -201, 5,000 a month → -211.
    """
    kind = request.path.rsplit("/", 1)[-1]
    parts = parse_multipart(request.headers.get("content-type", ""), request.body)
    part = next((part for part in parts if part.name == "file"), None)
    if part is None or not part.data:
        raise invalid_field_error("file")
    if len(part.data) > MAX_BYTES[kind]:
        raise ZaloError(-210)
    mime = _check_type(kind, part)
    _count_upload(emu)
    stored = media.store_media(emu, part.data, mime, part.filename)
    row = StoredUpload(generate_opaque_token()[:48], kind, stored.media_id, emu.now())
    emu.world.uploads[row.upload_id] = row
    return {"token" if kind == "file" else "attachment_id": row.upload_id}


def _check_type(kind: str, part: MultipartPart) -> str:
    mime = media.sniff_mime(part.data, "application/octet-stream")
    if kind == "file":
        extension = part.filename.rsplit(".", 1)[-1].lower()
        if extension not in DOCUMENT_EXTENSIONS or (extension == "pdf" and mime != "application/pdf"):
            raise invalid_field_error("file")
    elif mime not in ALLOWED_MIMES[kind]:
        raise invalid_field_error("file")
    return mime


def _count_upload(emu: Emulator) -> None:
    account = emu.world.account
    month = datetime.fromtimestamp(emu.now() / 1000, HANOI).strftime("%Y-%m")
    if account.upload_month != month:
        account.upload_month, account.uploads_this_month = month, 0
    if account.uploads_this_month >= MONTHLY_LIMIT:
        raise ZaloError(-211)
    account.uploads_this_month += 1
