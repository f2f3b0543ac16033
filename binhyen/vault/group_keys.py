"""Current public keys of groups, and creation of new ones."""

import datetime as dt
import secrets
import time
from dataclasses import dataclass

from django.db import transaction

from binhyen.kit import key_files
from binhyen.kit.locks import Lock, wait_for
from binhyen.vault import envelopes, process_keys
from binhyen.vault.envelopes import PublicKey
from binhyen.vault.models import Group, GroupKey

_BELIEVED = 30.0  # cache lifetime in seconds: a retired key still opens envelopes written meanwhile
_current: dict[str, tuple[float, tuple["Current", ...]]] = {}


@dataclass(frozen=True, slots=True)
class Current:
    """A key in use for new envelopes.

    `id`: of its row; `part` 0: of a whole secret, 1 to 3: a share (secret_sharing.py).
    """

    id: int
    part: int
    public: PublicKey


class NoKey(RuntimeError):
    """A group without a key."""

    def __init__(self, group: str) -> None:
        super().__init__(f"Group {group} has no key yet. Run: binhyen set_up")


def current(group: str) -> tuple[Current, ...]:
    """Return the current key of a group, or three for a split group. Cached for half a minute.

    Raises MissingGroupKey.
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
    """Clear the key cache: the next encryption asks the database again."""
    _current.clear()


def seal(group: str, value: bytes, *, context: str) -> bytes:
    """Encrypt to the current key of a group that is not split."""
    (key,) = current(group)
    return envelopes.seal(value, to=key.public, context=context)


@transaction.atomic
def found(*, now: dt.datetime) -> list[str]:
    """Create a first key for every group that has none; return the names of those groups."""
    wait_for(Lock.KEYS)  # two starts at once create one key
    have = set(GroupKey.objects.filter(retired_at=None).values_list("group", flat=True))
    missing = [str(group) for group in Group if group not in have]
    for group in missing:
        new_key(group, now=now)
    hashing_keys()
    return missing


def hashing_keys() -> None:
    """Create the keys for hashing people and texts at the first start."""
    for name in ("lookup", "prints"):
        key_files.once("worker", name, lambda: secrets.token_bytes(32))


def new_key(group: str, *, now: dt.datetime) -> GroupKey:
    """Create a key pair whose private half lies in a key file: of a machine, or waiting for its custodians.

    The file is durable before the key can be used for encryption.
    """
    pair = envelopes.new_pair()
    process_keys.keep(group, pair)
    forget_current()
    return GroupKey.objects.create(
        group=group, public=pair.public.raw, key_id=pair.public.id, founding=group not in process_keys.FOLDERS,
        created_at=now,
    )  # fmt: skip
