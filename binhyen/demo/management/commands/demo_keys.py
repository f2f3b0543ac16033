"""Command `demo_keys`: keys for the demo's custodians and handlers. Refuses unless BINHYEN_DEMO=1."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from binhyen.demo.people import NotADemoError
from binhyen.kit import clock
from binhyen.people.demo import list_demo_accounts
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.vault.key_wrapping import DEMO_COST, DEMO_PASSPHRASE
from binhyen.vault.queries import get_holder, has_recovery_holders
from binhyen.vault.rules import KEY_ROLES
from binhyen.vault.services import key_ceremony, key_holders, key_rotation

# Demo keys: a public passphrase, three custodians with three share indexes, the key ceremony done.

# Roles that request a disclosure need a key too: the disclosure is encrypted to it.
_ROLES_WITH_KEYS = frozenset({Role.CHIEF, Role.OFFICER}).union(*KEY_ROLES.values())
_RECOVERY_LABELS = ("Phong bì Văn phòng", "Phong bì Thanh tra", "Phong bì két sắt")


@transaction.atomic
def create_demo_keys(*, now: dt.datetime) -> int:
    """Create keys for demo users with sealed data; return how many. Raises `NotADemo`."""
    if not settings.DEMO:
        raise NotADemoError
    wanted = [account.username for account in list_demo_accounts() if Role(account.role) in _ROLES_WITH_KEYS]
    officers = Officer.objects.filter(username__in=wanted, is_active=True).order_by("username")
    missing = [officer for officer in officers if get_holder(officer) is None]
    seats = iter((1, 2, 3))
    for officer in missing:
        seat = next(seats, None) if officer.role == Role.CUSTODIAN else None
        key_holders.create_holder(officer=officer, passphrase=DEMO_PASSPHRASE, seat=seat, cost=DEMO_COST, now=now)
    if not has_recovery_holders():
        for seat, label in enumerate(_RECOVERY_LABELS, start=1):
            key_holders.create_holder(
                officer=None, label=label, passphrase=DEMO_PASSPHRASE, seat=seat, cost=DEMO_COST, now=now
            )
    if missing and not key_ceremony.describe_missing_holders():
        key_ceremony.hold_ceremony(actor="system:demo", now=now)
        key_ceremony.rewrap_first_keys()
    return len(missing)


def destroy_first_keys(*, now: dt.datetime) -> None:
    """Destroy the first keys after the commit, before any process runs that could still encrypt to them."""
    key_rotation.destroy_unused(actor="system:demo", now=now, grace=dt.timedelta(0))


class Command(BaseCommand):
    help = "Keys with a known passphrase for the demo's people; only in a demonstration (BINHYEN_DEMO=1)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            create_demo_keys(now=clock.now())
        except NotADemoError as refused:
            raise CommandError(str(refused)) from refused
        destroy_first_keys(now=clock.now())
        self.stdout.write(f"Cụm mật khẩu chung của khóa riêng: {DEMO_PASSPHRASE}")
