"""View of received files. Only the re-encoded copy leaves the program, and only to officers who may see its message."""

from uuid import UUID

from django.http import Http404, HttpResponse

from binhyen.audit.rules.read_events import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.channels.models import Attachment
from binhyen.channels.queries import NotVisible, get_visible_attachment
from binhyen.kit import clock, file_storage
from binhyen.kit.security_headers import SANDBOX_CSP
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor
from binhyen.people.view_auth import OfficerRequest, require_any_permission


@require_any_permission(Permission.WORK_CASES, Permission.REPORT_BACK, Permission.HAND_ON)
def serve_attachment(request: OfficerRequest, file: UUID) -> HttpResponse:
    try:
        attachment = get_visible_attachment(request.user, str(file))
    except NotVisible:
        raise Http404 from None
    if attachment.state != Attachment.State.READY or not attachment.preview:
        raise Http404
    try:
        data = file_storage.read_file(attachment.preview)
    except FileNotFoundError:
        raise Http404 from None
    read_event = ReadEvent(ReadKind.PHOTO, sensitive=bool(getattr(attachment, "sensitive", True)))
    actor, subject = get_audit_actor(request.user), f"file:{attachment.public_id}"
    record_read(read_event, actor=actor, object=subject, unit_id=request.user.unit_id, now=clock.now())
    return HttpResponse(
        data,
        content_type="image/jpeg",  # always from our own encoder, never the sender's type
        headers={
            # nosemgrep: file-name-from-outside  hexadecimal digits of our own id
            "Content-Disposition": f'inline; filename="anh-{file.hex[-8:]}.jpg"',
            "Content-Security-Policy": SANDBOX_CSP,
        },
    )
