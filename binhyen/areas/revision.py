"""Cache invalidation token: tells every process that areas or units changed. Written by services, read by the
directory.
"""

import secrets

from binhyen.areas.models import Revision


def bump() -> str:
    """Store and return a new token. Call inside the transaction of a change."""
    token = secrets.token_hex(16)
    Revision.objects.update_or_create(pk=1, defaults={"token": token})
    return token


def current() -> str:
    """Return the token, "" before the first load."""
    return Revision.objects.filter(pk=1).values_list("token", flat=True).first() or ""
