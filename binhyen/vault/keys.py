"""Which key is sealed to, and making new ones."""

import datetime as dt
import secrets
import time
from dataclasses import dataclass

from django.db import transaction

from binhyen.kit import keyfiles
from binhyen.kit.locks import Lock, wait_for
from binhyen.vault import boxes, machines
from binhyen.vault.boxes import PublicKey
from binhyen.vault.models import Group, GroupKey

_BELIEVED = 30.0  # seconds: a retired key still opens what was sealed to it meanwhile
_current: dict[str, tuple[float, tuple["Current", ...]]] = {}


@dataclass(frozen=True, slots=True)
class Current:
    """A key that is sealed to now. `id`: of its row; `part` 0: of a whole secret, 1 to 3: of that part (shares.py)."""

    id: int
    part: int
    public: PublicKey


class NoKey(RuntimeError):
    """A group has no key yet."""

    def __init__(self, group: str) -> None:
        super().__init__(f"No key of {group} yet. Run: binhyen set_up")


def current(group: str) -> tuple[Current, ...]:
    """What is sealed to now: one key, or three for a group whose secrets are split. Asked of the database every half
    minute. Raises NoKey.
    """
    known = _current.get(group)
    if known is None or time.monotonic() - known[0] > _BELIEVED:
        rows = (
            GroupKey.objects.filter(group=group, retired_at=None)
            .order_by("part", "-id").distinct("part").values_list("id", "part", "public")
        )  # fmt: skip
        parts = tuple(Current(number, part, PublicKey(bytes(public))) for number, part, public in rows)
        if not parts:
            raise NoKey(group)
        known = _current[group] = (time.monotonic(), parts)
    return known[1]


def forget_current() -> None:
    """Ask the database again at the next sealing."""
    _current.clear()


def seal(group: str, value: bytes, *, context: str) -> bytes:
    """Seal to the key of the moment of a group that is not split."""
    (key,) = current(group)
    return boxes.seal(value, to=key.public, context=context)


@transaction.atomic
def found(*, now: dt.datetime) -> list[str]:
    """A first key for every group that has none; which groups got one."""
    wait_for(Lock.KEYS)  # two starts at once found one key
    have = set(GroupKey.objects.filter(retired_at=None).values_list("group", flat=True))
    missing = [str(group) for group in Group if group not in have]
    for group in missing:
        new_key(group, now=now)
    hashing_keys()
    return missing


def hashing_keys() -> None:
    """Those under which people and what they told are found again, made at the first start."""
    for name in ("lookup", "prints"):
        keyfiles.once("worker", name, lambda: secrets.token_bytes(32))


def new_key(group: str, *, now: dt.datetime) -> GroupKey:
    """A new pair whose private half lies in a key file: a machine's, or one that waits for its custodians. The file is
    durable before anything can be sealed to it.
    """
    pair = boxes.new_pair()
    machines.keep(group, pair)
    forget_current()
    return GroupKey.objects.create(
        group=group, public=pair.public.raw, key_id=pair.public.id, founding=group not in machines.FOLDERS,
        created_at=now,
    )  # fmt: skip
