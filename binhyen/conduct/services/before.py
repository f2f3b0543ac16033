"""Messages sent just before a complaint and still in plaintext: emptied in the register like the complaint itself."""

import datetime as dt
from collections.abc import Collection

from binhyen.channels.models import Attachment, Message
from binhyen.channels.services import BARE, bare, hold_apart, imprints
from binhyen.channels.services.apart import set_apart
from binhyen.conduct.models import Complaint
from binhyen.conduct.services.pictures import seal_shown
from binhyen.intake.models import Correction


def take_before(complaint: Complaint, message_ids: Collection[int], *, now: dt.datetime) -> None:
    """Seal the attachments and empty these messages; their texts are already part of the complaint.

    Runs in the caller's transaction.
    """
    if not message_ids:
        return
    rows = list(Message.objects.select_for_update(of=("self",)).filter(pk__in=message_ids).order_by("pk"))
    seal_shown(complaint, Attachment.objects.filter(message__in=rows).select_related("message"), now=now)
    set_apart(message_ids, lock_id=complaint.lock_id or 0)
    for message in rows:
        bare(message)
        hold_apart(message.pk)
    Message.objects.bulk_update(rows, BARE)
    imprints.forget(message.public_id for message in rows)
    Correction.objects.filter(message__in=message_ids).delete()
