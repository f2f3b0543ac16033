"""Which key is sealed to, and making new ones."""

import datetime as dt
import secrets
import time

from django.db import connection, transaction

from binhyen.kit import keyfiles
from binhyen.vault import boxes, machines
from binhyen.vault.boxes import PublicKey
from binhyen.vault.models import Group, GroupKey

_BELIEVED = 30.0  # seconds: a retired key still opens what was sealed to it meanwhile
_current: dict[str, tuple[float, int, PublicKey]] = {}


class NoKey(RuntimeError):
    """A group has no key yet."""

    def __init__(self, group: str) -> None:
        super().__init__(f"No key of {group} yet. Run: binhyen set_up")


def current(group: str) -> tuple[int, PublicKey]:
    """Row id and public key that is sealed to now; asked of the database every half minute. Raises NoKey."""
    known = _current.get(group)
    if known is None or time.monotonic() - known[0] > _BELIEVED:
        row = GroupKey.objects.filter(group=group, retired_at=None).order_by("-id").values_list("id", "public").first()
        if row is None:
            raise NoKey(group)
        known = _current[group] = (time.monotonic(), row[0], PublicKey(bytes(row[1])))
    return known[1], known[2]


def forget_current() -> None:
    """Ask the database again at the next sealing."""
    _current.clear()


def seal(group: str, value: bytes, *, context: str) -> bytes:
    """Seal to the group's key of the moment."""
    return boxes.seal(value, to=current(group)[1], context=context)


@transaction.atomic
def found(*, now: dt.datetime) -> list[str]:
    """A first key for every group that has none; which groups got one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7304005)")  # two starts at once found one key
    have = set(GroupKey.objects.filter(retired_at=None).values_list("group", flat=True))
    missing = [str(group) for group in Group if group not in have]
    for group in missing:
        new_key(group, now=now)
    keyfiles.once("worker", "lookup", lambda: secrets.token_bytes(32))
    return missing


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
