"""POST /v2.0/oa/upload/{image,gif,file}: multipart field `file`, stored for 7 days."""

from datetime import datetime

from emulator import media
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid
from emulator.http import Part, Request, parse_multipart
from emulator.openapi.messages import HANOI
from emulator.signing import new_token
from emulator.world import Json, Upload

MEGABYTE = 1024 * 1024
LIMITS = {"image": MEGABYTE, "gif": 5 * MEGABYTE, "file": 5 * MEGABYTE}
MIMES = {"image": ("image/jpeg", "image/png"), "gif": ("image/gif",)}
DOCUMENTS = ("pdf", "doc", "docx", "csv")
A_MONTH = 5000


def upload(emu: Emulator, request: Request) -> Json:
    """Handle an upload: `attachment_id` for pictures, `token` for files.

    Too large → -210, wrong type → -201, 5,000 a month → -211.
    """
    kind = request.path.rsplit("/", 1)[-1]
    parts = parse_multipart(request.headers.get("content-type", ""), request.body)
    part = next((part for part in parts if part.name == "file"), None)
    if part is None or not part.data:
        raise invalid("file")
    if len(part.data) > LIMITS[kind]:
        raise ZaloError(-210)
    mime = _type(kind, part)
    _count(emu)
    kept = media.keep(emu, part.data, mime, part.filename)
    row = Upload(new_token()[:48], kind, kept.media_id, emu.now())
    emu.world.uploads[row.upload_id] = row
    return {"token" if kind == "file" else "attachment_id": row.upload_id}


def _type(kind: str, part: Part) -> str:
    mime = media.sniff(part.data, "application/octet-stream")
    if kind == "file":
        extension = part.filename.rsplit(".", 1)[-1].lower()
        if extension not in DOCUMENTS or (extension == "pdf" and mime != "application/pdf"):
            raise invalid("file")
    elif mime not in MIMES[kind]:
        raise invalid("file")
    return mime


def _count(emu: Emulator) -> None:
    account = emu.world.account
    month = datetime.fromtimestamp(emu.now() / 1000, HANOI).strftime("%Y-%m")
    if account.upload_month != month:
        account.upload_month, account.uploads_this_month = month, 0
    if account.uploads_this_month >= A_MONTH:
        raise ZaloError(-211)
    account.uploads_this_month += 1
