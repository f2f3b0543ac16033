"""Anonymisation of officers that left long ago: the account keeps only its id, for cases and the audit log."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q, QuerySet

from binhyen.kit.i18n_markers import L_
from binhyen.people.models import Activation, DutyShift, Officer, Posting, SignIn, Tie

GONE = "roi:"  # username prefix of an anonymised account
NAME = L_("Cán bộ đã rời")  # the name shown on every screen from then on


def gone() -> "QuerySet[Officer]":
    """Return locked accounts that still have a name. `rights_since` is the time of the lock."""
    return Officer.objects.filter(is_active=False).exclude(username__startswith=GONE)


@transaction.atomic
def forget(before: dt.datetime, *, most: int) -> int:
    """Anonymise accounts locked before that moment (names, passwords, shifts, appointments, relationships); return the
    count.
    """
    rows = gone().filter(rights_since__lte=before).order_by("pk").values_list("pk", "public_id")[:most]
    found = dict(rows)
    for pk, public_id in found.items():
        Officer.objects.filter(pk=pk).update(
            username=f"{GONE}{public_id.hex}",
            name=NAME,
            subject=None,
            password="!",  # noqa: S106 - no password matches it
        )
    Authenticator.objects.filter(user__in=found).delete()
    for table in (Activation, DutyShift, Posting, SignIn):
        table.objects.filter(officer__in=found).delete()
    Tie.objects.filter(Q(one__in=found) | Q(other__in=found)).delete()
    return len(found)
