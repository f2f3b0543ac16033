"""View of received files. Only the re-encoded copy leaves the program, and only to officers who may see its message."""

from uuid import UUID

from django.http import Http404, HttpResponse

from binhyen.audit.rules.read_events import Read, Seen
from binhyen.audit.services import saw
from binhyen.channels.models import Attachment
from binhyen.channels.queries import Missing, access_attachment
from binhyen.kit import clock, file_storage
from binhyen.kit.security_headers import SANDBOX
from binhyen.people.roles import May
from binhyen.people.services import actor_of
from binhyen.people.view_auth import OfficerRequest, officers


@officers(May.WORK_CASES, May.REPORT_BACK, May.HAND_ON)
def shown(request: OfficerRequest, file: UUID) -> HttpResponse:
    try:
        attachment = access_attachment(request.user, str(file))
    except Missing:
        raise Http404 from None
    if attachment.state != Attachment.State.READY or not attachment.shown:
        raise Http404
    try:
        data = file_storage.read(attachment.shown)
    except FileNotFoundError:
        raise Http404 from None
    looked = Seen(Read.PHOTO, sensitive=bool(getattr(attachment, "sensitive", True)))
    actor, about = actor_of(request.user), f"file:{attachment.public_id}"
    saw(looked, actor=actor, object=about, unit_id=request.user.unit_id, now=clock.now())
    return HttpResponse(
        data,
        content_type="image/jpeg",  # always from our own encoder, never the sender's type
        headers={
            # nosemgrep: file-name-from-outside  hexadecimal digits of our own id
            "Content-Disposition": f'inline; filename="anh-{file.hex[-8:]}.jpg"',
            "Content-Security-Policy": SANDBOX,
        },
    )
