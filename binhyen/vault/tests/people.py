"""Key holders for tests: cheap passphrases, three custodians with three share indexes, handlers."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from binhyen.vault import group_keys
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.key_wrapping import KdfCost
from binhyen.vault.models import GroupKey, Holder, WrappedKey
from binhyen.vault.rules import PEOPLE_GROUPS
from binhyen.vault.services import key_holders, key_rotation

CUSTODIANS = ("IDENTITY", "REASON")
CHEAP = KdfCost(passes=1, kibibytes=64)
PASSPHRASE = "gió lào thổi qua đồng lúa chín vàng"


def create_key(officer: Any, now: dt.datetime, *, seat: int | None = None, label: str = "") -> tuple[Holder, KeyPair]:
    holder = key_holders.create_holder(
        officer=officer, label=label, seat=seat, passphrase=PASSPHRASE, alone=True, cost=CHEAP, now=now
    )
    return holder, key_holders.unlock_holder(holder, passphrase=PASSPHRASE)


def create_custodians(officer: Callable[..., Any], now: dt.datetime) -> list[tuple[Any, Holder, KeyPair]]:
    """Create three custodians with keys and share indexes; the keys of IDENTITY and REASON are theirs."""
    made = []
    for seat in (1, 2, 3):
        person = officer("CUSTODIAN", "42")
        made.append((person, *create_key(person, now, seat=seat)))
    for group in CUSTODIANS:
        key_rotation.rotate_group_key(group, actor="system:test", now=now)
    return made


def complete_ceremony(group: str, now: dt.datetime) -> None:
    """Run the second half of the key ceremony: replace the founding key by the people's keys."""
    while key_rotation.rewrap_founding():
        pass
    key_rotation.destroy_unused([group], actor="system:test", now=now, grace=dt.timedelta(0))


def restore_first_keys(now: dt.datetime) -> None:
    """Restore the first keys after tests with real commits, as every other test expects them."""
    WrappedKey.objects.all().delete()
    GroupKey.objects.filter(group__in=PEOPLE_GROUPS).delete()
    group_keys.clear_key_cache()
    group_keys.create_missing_keys(now=now)


def count_destroyed_keys(group: str) -> int:
    return GroupKey.objects.filter(group=group).exclude(destroyed_at=None).count()


assert set(PEOPLE_GROUPS) == {"IDENTITY", "TIPS", "CONDUCT", "DIRECTOR", "INSPECT", "REASON"}
