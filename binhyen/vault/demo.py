"""Demo keys: a public passphrase, three custodians with three share indexes, the key ceremony done."""

import datetime as dt

from django.conf import settings
from django.db import transaction

from binhyen.people.demo import NotADemo, accounts
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.vault.key_wrapping import DEMO
from binhyen.vault.models import Holder
from binhyen.vault.rules import KEY_ROLES
from binhyen.vault.services import key_ceremony, key_holders, key_rotation

DEMO_PASSPHRASE = "gió lào thổi qua đồng lúa chín vàng"  # noqa: S105 - shown on the page of a demonstration
# Roles that request a disclosure need a key too: the disclosure is encrypted to it.
_WITH_KEYS = frozenset({Role.CHIEF, Role.OFFICER}).union(*KEY_ROLES.values())
_SPARE = ("Phong bì Văn phòng", "Phong bì Thanh tra", "Phong bì két sắt")


@transaction.atomic
def create_demo_keys(*, now: dt.datetime) -> int:
    """Create keys for demo users with sealed data; return how many. Raises `NotADemo`."""
    if not settings.DEMO:
        raise NotADemo
    wanted = [a.username for a in accounts() if Role(a.role) in _WITH_KEYS]
    have = Holder.objects.filter(retired_at=None).exclude(officer=None).values("officer_id")
    missing = Officer.objects.filter(username__in=wanted, is_active=True).exclude(pk__in=have).order_by("username")
    seats = iter((1, 2, 3))
    for officer in missing:
        seat = next(seats, None) if officer.role == Role.CUSTODIAN else None
        key_holders.make_holder(officer=officer, passphrase=DEMO_PASSPHRASE, seat=seat, cost=DEMO, now=now)
    if not Holder.objects.filter(officer=None).exists():
        for seat, label in enumerate(_SPARE, start=1):
            key_holders.make_holder(
                officer=None, label=label, passphrase=DEMO_PASSPHRASE, seat=seat, cost=DEMO, now=now
            )
    if missing and not key_ceremony.lacking():
        key_ceremony.hold(actor="system:demo", now=now)
        key_ceremony.move()
    return len(missing)


def destroy_first_keys(*, now: dt.datetime) -> None:
    """Destroy the first keys after the commit, before any process runs that could still encrypt to them."""
    key_rotation.destroy_unused(actor="system:demo", now=now, grace=dt.timedelta(0))
