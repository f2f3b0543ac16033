"""Attacks by the owner of database and server: triggers off, every table writable, signing key available (attack
class A13)."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from binhyen.audit import keys, services
from binhyen.audit.models import AuditEntry, Checkpoint, Link
from binhyen.audit.queries.chain import to_chain_entry
from binhyen.audit.rules.chain import GENESIS, entry_hash
from binhyen.audit.rules.merkle import Range, append_leaves, compute_root
from binhyen.audit.rules.signed_notes import Head, sign_checkpoint
from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import clock

_TABLES = ("audit_auditentry", "audit_link", "audit_checkpoint")


@contextmanager
def own_database() -> Iterator[Any]:
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in _TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def edit_entry(chance: random.Random, last: int) -> int:
    """Change one field of one entry without updating its hash."""
    seq = chance.randint(1, last)
    key = Link.objects.get(seq=seq).entry_id
    change = chance.choice(
        (
            "actor = 'officer:nobody'",
            "verb = verb || 'x'",
            "object = object || '9'",
            "unit_id = coalesce(unit_id, 0) + 1",
            "detail = detail || '{\"x\": 1}'",
            "at = at + interval '1 microsecond'",
            "detail = '{}'",
        )
    )
    with own_database() as cursor:
        cursor.execute(f"UPDATE audit_auditentry SET {change} WHERE id = %s", [key])
    return seq


def edit_with_its_hash(chance: random.Random, last: int) -> int:
    seq = edit_entry(chance, last)
    before = Link.objects.filter(seq=seq - 1).first()
    digest = entry_hash(_get_entry(seq), seq=seq, previous=bytes(before.hash) if before else GENESIS)
    with own_database() as cursor:
        cursor.execute("UPDATE audit_link SET hash = %s WHERE seq = %s", [digest, seq])
    return seq


def edit_and_rewrite(chance: random.Random, last: int) -> int:
    seq = edit_entry(chance, last)
    rewrite_chain()
    return seq


def delete_entry(chance: random.Random, last: int) -> int:
    seq = chance.randint(1, last)
    with own_database() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE id = %s", [Link.objects.get(seq=seq).entry_id])
    return seq


def delete_with_link(chance: random.Random, last: int) -> int:
    seq = delete_entry(chance, last)
    with own_database() as cursor:
        cursor.execute("DELETE FROM audit_link WHERE seq = %s", [seq])
    return seq


def delete_and_rewrite(chance: random.Random, last: int) -> int:
    seq = delete_with_link(chance, last)
    with own_database() as cursor:
        _shift_entries(cursor, seq, -1)
    rewrite_chain()
    return seq


def insert_entry(chance: random.Random, last: int) -> int:
    """Insert a forged entry with a correct hash of its own; later entries move up."""
    seq = chance.randint(1, last)
    with own_database() as cursor:
        _shift_entries(cursor, seq - 1, +1)
        cursor.execute(
            "INSERT INTO audit_auditentry (at, actor, verb, object, detail) "
            "SELECT at, actor, 'case.noted', 'case:FORGED00', '{}' FROM audit_auditentry ORDER BY id LIMIT 1 RETURNING id"
        )
        key = cursor.fetchone()[0]
        before = Link.objects.filter(seq=seq - 1).first()
        made = entry_hash(
            to_chain_entry(AuditEntry.objects.get(pk=key)), seq=seq, previous=bytes(before.hash) if before else GENESIS
        )
        cursor.execute("INSERT INTO audit_link (seq, entry_id, hash) VALUES (%s, %s, %s)", [seq, key, made])
    return seq


def insert_and_rewrite(chance: random.Random, last: int) -> int:
    seq = insert_entry(chance, last)
    rewrite_chain()
    return seq


def reorder_entries(chance: random.Random, last: int) -> int:
    first, second = sorted(chance.sample(range(1, last + 1), 2))
    keys_of = {seq: Link.objects.get(seq=seq).entry_id for seq in (first, second)}
    with own_database() as cursor:
        for seq, key in ((first, -1), (second, keys_of[first]), (first, keys_of[second])):
            cursor.execute("UPDATE audit_link SET entry_id = %s WHERE seq = %s", [key, seq])
    return first


def reorder_and_rewrite(chance: random.Random, last: int) -> int:
    seq = reorder_entries(chance, last)
    rewrite_chain()
    return seq


def truncate_log(chance: random.Random, last: int) -> int:
    keep = chance.randint(1, last - 1)
    with own_database() as cursor:
        cursor.execute(
            "DELETE FROM audit_auditentry WHERE id IN (SELECT entry_id FROM audit_link WHERE seq > %s)", [keep]
        )
        cursor.execute("DELETE FROM audit_link WHERE seq > %s", [keep])
        cursor.execute("DELETE FROM audit_checkpoint WHERE size > %s", [keep])
    return keep + 1


def restore_old_log(chance: random.Random, last: int) -> int:
    """Restore yesterday's database and continue working: the log may even be longer than before."""
    first = truncate_log(chance, last)
    record_actions(
        [AuditAction("officer:later", "case.noted", f"case:{n}") for n in range(chance.randint(1, 2 * last))],
        now=clock.now(),
    )
    services.chain_waiting()
    return first


def replace_log(chance: random.Random, last: int) -> int:
    """Replace the whole log by another one of the same length or longer."""
    with own_database() as cursor:
        cursor.execute("DELETE FROM audit_link; DELETE FROM audit_auditentry; DELETE FROM audit_checkpoint")
    acts = [AuditAction("officer:other", "case.noted", f"case:{n}") for n in range(chance.randint(last, 2 * last))]
    record_actions(acts, now=clock.now())
    services.chain_waiting()
    return 1


# Attacks that leave an internally consistent log: only copies outside the system detect them.
ATTACKS: dict[Callable[[random.Random, int], int], bool] = {
    edit_entry: False,
    edit_with_its_hash: False,
    edit_and_rewrite: True,
    delete_entry: False,
    delete_with_link: False,
    delete_and_rewrite: True,
    insert_entry: False,
    insert_and_rewrite: True,
    reorder_entries: False,
    reorder_and_rewrite: True,
    truncate_log: True,
    restore_old_log: True,
    replace_log: True,
}


def rewrite_chain() -> None:
    """Rebuild the whole chain over the present rows and sign every checkpoint again with the real key."""
    previous, hashes = GENESIS, []
    links = list(Link.objects.order_by("seq"))
    entries = AuditEntry.objects.in_bulk([link.entry_id for link in links])
    for link in links:
        previous = entry_hash(to_chain_entry(entries[link.entry_id]), seq=link.seq, previous=previous)
        hashes.append(previous)
    with own_database() as cursor:
        cursor.executemany(
            "UPDATE audit_link SET hash = %s WHERE seq = %s",
            [(h, link.seq) for h, link in zip(hashes, links, strict=True)],
        )
        signer = keys.load_signer()
        assert signer is not None
        for point in Checkpoint.objects.all():
            tree = append_leaves(Range(), hashes[: point.size])
            note = str(sign_checkpoint(Head(signer.name, point.size, compute_root(tree)), signer))
            cursor.execute(
                "UPDATE audit_checkpoint SET note = %s, head = %s WHERE size = %s",
                [note, hashes[min(point.size, len(hashes)) - 1], point.size],
            )


def _get_entry(seq: int) -> Any:
    return to_chain_entry(AuditEntry.objects.get(pk=Link.objects.get(seq=seq).entry_id))


def _shift_entries(cursor: Any, after: int, by: int) -> None:
    cursor.execute("UPDATE audit_link SET seq = -seq WHERE seq > %s", [after])
    cursor.execute("UPDATE audit_link SET seq = -seq + %s WHERE seq < 0", [by])
