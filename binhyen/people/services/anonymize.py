"""Anonymisation of officers that left long ago: the account keeps only its id, for cases and the audit log."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q, QuerySet

from binhyen.kit.i18n_markers import L_
from binhyen.people.models import Activation, Appointment, DutyPhone, DutyShift, Officer, Relationship, SignIn
from binhyen.people.queries import ANONYMOUS_PREFIX

ANONYMOUS_NAME = L_("Cán bộ đã rời")  # the name shown on every screen from then on


def list_locked_with_name() -> "QuerySet[Officer]":
    """Return locked accounts that still have a name. `permissions_changed_at` is the time of the lock."""
    return Officer.objects.filter(is_active=False).exclude(username__startswith=ANONYMOUS_PREFIX)


@transaction.atomic
def anonymize_officers(before: dt.datetime, *, limit: int) -> int:
    """Anonymise accounts locked before that moment (names, passwords, shifts, appointments, relationships); return the
    count.
    """
    rows = (
        list_locked_with_name()
        .filter(permissions_changed_at__lte=before)
        .order_by("pk")
        .values_list("pk", "public_id")[:limit]
    )
    officer_ids = dict(rows)
    for pk, public_id in officer_ids.items():
        Officer.objects.filter(pk=pk).update(
            username=f"{ANONYMOUS_PREFIX}{public_id.hex}",
            name=ANONYMOUS_NAME,
            subject=None,
            password="!",  # noqa: S106 - no password matches it
        )
    Authenticator.objects.filter(user__in=officer_ids).delete()
    for table in (Activation, DutyPhone, DutyShift, Appointment, SignIn):
        table.objects.filter(officer__in=officer_ids).delete()
    Relationship.objects.filter(Q(officer_a__in=officer_ids) | Q(officer_b__in=officer_ids)).delete()
    return len(officer_ids)
