"""Creation of the demo's accounts (people/demo.py), refused in a real installation."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from binhyen.areas.queries import get_unit_ids
from binhyen.audit.services import AuditAction, record_actions
from binhyen.people.demo import DEMO_PASSWORD, DemoAccount, build_demo_factor, list_demo_accounts
from binhyen.people.models import Officer


class NotADemoError(RuntimeError):
    """Error: fixed passwords are not allowed in a real installation."""

    def __init__(self) -> None:
        super().__init__("Not a demonstration. Set BINHYEN_DEMO=1 to make demo accounts.")


@transaction.atomic
def create_demo_people(*, now: dt.datetime) -> tuple[DemoAccount, ...]:
    """Create the missing accounts and return them. Raises `NotADemo`."""
    if not settings.DEMO:
        raise NotADemoError
    demo_accounts = list_demo_accounts()
    existing = set(
        Officer.objects.filter(username__in=[account.username for account in demo_accounts]).values_list(
            "username", flat=True
        )
    )
    units = get_unit_ids({account.unit_code for account in demo_accounts})
    missing = tuple(
        account for account in demo_accounts if account.username not in existing and account.unit_code in units
    )
    if missing:
        encoded = make_password(DEMO_PASSWORD)
        Officer.objects.bulk_create(
            Officer(
                username=account.username,
                name=account.name,
                role=account.role,
                unit_id=units[account.unit_code],
                password=encoded,
            )
            for account in missing
        )
        record_actions([AuditAction("system:demo", "demo_officers_created", detail={"count": len(missing)})], now=now)
    without_factor = Officer.objects.filter(
        username__in=[account.username for account in demo_accounts], authenticator=None
    )
    Authenticator.objects.bulk_create(build_demo_factor(officer, now=now) for officer in without_factor)
    return missing
