"""The token that tells every process whether areas or units changed. Written by services, read by the directory."""

import secrets

from binhyen.areas.models import Revision


def bump() -> str:
    """The new token. Call inside the transaction of a change."""
    token = secrets.token_hex(16)
    Revision.objects.update_or_create(pk=1, defaults={"token": token})
    return token


def current() -> str:
    """The token, "" before the first load."""
    return Revision.objects.filter(pk=1).values_list("token", flat=True).first() or ""
