"""Current public keys of groups, and creation of new ones."""

import datetime as dt
import secrets
import time
from dataclasses import dataclass

from django.db import transaction

from binhyen.kit import key_files
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from binhyen.vault import envelopes, process_keys
from binhyen.vault.envelopes import PublicKey
from binhyen.vault.models import GroupKey, KeyGroup

_CACHE_SECONDS = 30.0  # cache lifetime in seconds: a retired key still opens envelopes written meanwhile
_key_cache: dict[str, tuple[float, tuple["SealingKey", ...]]] = {}


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key in use for new envelopes.

    `id`: of its row; `part` 0: of a whole secret, 1 to 3: a share (secret_sharing.py).
    """

    id: int
    part: int
    public: PublicKey


class MissingGroupKey(RuntimeError):
    """A group without a key."""

    def __init__(self, group: str) -> None:
        super().__init__(f"Group {group} has no key yet. Run: binhyen set_up")


def get_current_keys(group: str) -> tuple[SealingKey, ...]:
    """Return the current key of a group, or three for a split group. Cached for half a minute.

    Raises MissingGroupKey.
    """
    cached = _key_cache.get(group)
    if cached is None or time.monotonic() - cached[0] > _CACHE_SECONDS:
        rows = (
            GroupKey.objects.filter(group=group, retired_at=None)
            .order_by("part", "-id")
            .distinct("part")
            .values_list("id", "part", "public")
        )
        parts = tuple(SealingKey(number, part, PublicKey(bytes(public))) for number, part, public in rows)
        if not parts:
            raise MissingGroupKey(group)
        cached = _key_cache[group] = (time.monotonic(), parts)
    return cached[1]


def clear_key_cache() -> None:
    """Clear the key cache: the next encryption asks the database again."""
    _key_cache.clear()


def seal_to_group(group: str, value: bytes, *, context: str) -> bytes:
    """Encrypt to the current key of a group that is not split."""
    (key,) = get_current_keys(group)
    return envelopes.seal_envelope(value, to=key.public, context=context)


@transaction.atomic
def create_missing_keys(*, now: dt.datetime) -> list[str]:
    """Create a first key for every group that has none; return the names of those groups."""
    acquire_xact_lock(AdvisoryLock.KEYS)  # two starts at once create one key
    existing_groups = set(GroupKey.objects.filter(retired_at=None).values_list("group", flat=True))
    missing = [str(group) for group in KeyGroup if group not in existing_groups]
    for group in missing:
        create_group_key(group, now=now)
    create_hashing_keys()
    return missing


def create_hashing_keys() -> None:
    """Create the keys for hashing people and texts at the first start."""
    for name in ("lookup", "prints"):
        key_files.get_or_create_key("worker", name, lambda: secrets.token_bytes(32))


def create_group_key(group: str, *, now: dt.datetime) -> GroupKey:
    """Create a key pair whose private half lies in a key file: of a machine, or waiting for its custodians.

    The file is durable before the key can be used for encryption.
    """
    pair = envelopes.generate_key_pair()
    process_keys.store_key_file(group, pair)
    clear_key_cache()
    return GroupKey.objects.create(
        group=group,
        public=pair.public.raw,
        key_id=pair.public.id,
        founding=group not in process_keys.PROCESS_FOLDERS,
        created_at=now,
    )
