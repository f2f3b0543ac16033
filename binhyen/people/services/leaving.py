"""Who left long ago: the account keeps its number, for what stands in cases and in the audit book, and nothing else."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q, QuerySet

from binhyen.kit.wording import L_
from binhyen.people.models import Activation, DutyShift, Officer, Posting, SignIn, Tie

GONE = "roi:"  # begins the name of an account that nobody is behind any more
NAME = L_("Cán bộ đã rời")  # as every screen shows it from then on


def gone() -> "QuerySet[Officer]":
    """Locked accounts that still bear a name. Since when: `rights_since`."""
    return Officer.objects.filter(is_active=False).exclude(username__startswith=GONE)


@transaction.atomic
def forget(before: dt.datetime, *, most: int) -> int:
    """Names, passwords, shifts, postings and ties of those locked before that moment; how many."""
    rows = gone().filter(rights_since__lte=before).order_by("pk").values_list("pk", "public_id")[:most]
    found = dict(rows)
    for pk, public_id in found.items():
        Officer.objects.filter(pk=pk).update(
            username=f"{GONE}{public_id.hex}",
            name=NAME,
            subject=None,
            password="!",  # noqa: S106 - no password fits it
        )
    Authenticator.objects.filter(user__in=found).delete()
    for table in (Activation, DutyShift, Posting, SignIn):
        table.objects.filter(officer__in=found).delete()
    Tie.objects.filter(Q(one__in=found) | Q(other__in=found)).delete()
    return len(found)
