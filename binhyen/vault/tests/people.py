"""Key holders for tests: cheap passphrases, three custodians with three share indexes, handlers."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from binhyen.vault import group_keys
from binhyen.vault.envelopes import Pair
from binhyen.vault.key_wrapping import Cost
from binhyen.vault.models import GroupKey, Holder, LockCopy
from binhyen.vault.rules import PEOPLES
from binhyen.vault.services import key_holders, key_rotation

CUSTODIANS = ("IDENTITY", "REASON")
CHEAP = Cost(passes=1, kibibytes=64)
PASSPHRASE = "gió lào thổi qua đồng lúa chín vàng"


def key_of(officer: Any, now: dt.datetime, *, seat: int | None = None, label: str = "") -> tuple[Holder, Pair]:
    holder = key_holders.make_holder(
        officer=officer, label=label, seat=seat, passphrase=PASSPHRASE, alone=True, cost=CHEAP, now=now
    )  # fmt: skip
    return holder, key_holders.open_holder(holder, passphrase=PASSPHRASE)


def custodians(officer: Callable[..., Any], now: dt.datetime) -> list[tuple[Any, Holder, Pair]]:
    """Create three custodians with keys and share indexes; the keys of IDENTITY and REASON are theirs."""
    made = []
    for seat in (1, 2, 3):
        person = officer("CUSTODIAN", "42")
        made.append((person, *key_of(person, now, seat=seat)))
    for group in CUSTODIANS:
        key_rotation.renew(group, actor="system:test", now=now)
    return made


def hand_over(group: str, now: dt.datetime) -> None:
    """Run the second half of the key ceremony: replace the founding key by the people's keys."""
    while key_rotation.rewrap_founding():
        pass
    key_rotation.destroy_unused([group], actor="system:test", now=now, grace=dt.timedelta(0))


def found_again(now: dt.datetime) -> None:
    """Restore the first keys after tests with real commits, as every other test expects them."""
    LockCopy.objects.all().delete()
    GroupKey.objects.filter(group__in=PEOPLES).delete()
    group_keys.forget_current()
    group_keys.found(now=now)


def destroyed(group: str) -> int:
    return GroupKey.objects.filter(group=group).exclude(destroyed_at=None).count()


assert set(PEOPLES) == {"IDENTITY", "TIPS", "CONDUCT", "DIRECTOR", "INSPECT", "REASON"}
