"""Files on hosts that are not allowed: their address waits until an operator allows the host."""

from django.db import transaction
from django.db.models import Q

from binhyen.channels.models import Attachment
from binhyen.channels.services import media

State = Attachment.State


@transaction.atomic
def retry_unlisted(*, host: str = "") -> int:
    """Fetch again what waits, of `host` and its subdomains or of all hosts; how many."""
    rows = Attachment.objects.filter(state=State.UNLISTED)
    if host:
        rows = rows.filter(Q(unlisted_host=host) | Q(unlisted_host__endswith=f".{host}"))
    count = rows.update(state=State.WAITING)
    if count:
        media.sweep_waiting()
    return count
