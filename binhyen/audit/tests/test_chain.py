"""The chain finds what was changed, deleted, put in, reordered or cut off, and says where."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from binhyen.audit import queries
from binhyen.audit.models import AuditEntry
from binhyen.audit.rules import GENESIS, Entry, entry_hash, verify
from binhyen.audit.services import Act, chain, record

NOON = dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)


def chained(count: int) -> list[Entry]:
    entries: list[Entry] = []
    previous = GENESIS
    for seq in range(1, count + 1):
        entry = Entry(seq, NOON + dt.timedelta(seconds=seq), "officer:x", "case.noted", f"case:{seq}", 1, {"n": seq}, previous, "")
        entry = dataclasses.replace(entry, hash=entry_hash(entry))
        previous = entry.hash
        entries.append(entry)
    return entries


@given(st.integers(1, 30), st.data())
def test_every_change_of_one_entry_is_found_at_its_place(count: int, data: Any) -> None:
    entries = chained(count)
    assert verify(entries) is None
    at = data.draw(st.integers(0, count - 1))
    change = data.draw(st.sampled_from([{"actor": "officer:y"}, {"verb": "case.closed"}, {"detail": {"n": -1}},
                                        {"unit_id": 2}, {"at": NOON}]))  # fmt: skip
    entries[at] = dataclasses.replace(entries[at], **change)
    fault = verify(entries)
    assert fault is not None and fault.seq == at + 1


@given(st.integers(3, 20), st.data())
def test_deletion_insertion_reorder_and_cut_are_found(count: int, data: Any) -> None:
    entries = chained(count)
    at = data.draw(st.integers(0, count - 2))
    assert verify(entries[:at] + entries[at + 1 :]) is not None
    assert verify([*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]) is not None
    assert verify([*entries[: at + 1], entries[at], *entries[at + 1 :]]) is not None
    head = (entries[-1].seq, entries[-1].hash)
    assert verify(entries[:-1], head=head) is not None
    assert verify(entries, head=head) is None


def test_an_older_whole_book_is_found_by_the_checkpoint() -> None:
    """The whole database replaced by yesterday's: only what a second party kept can tell."""
    entries = chained(10)
    assert verify(entries[:6]) is None
    fault = verify(entries[:6], head=(10, entries[9].hash))
    assert fault is not None and fault.seq == 7


def test_a_chain_whose_hash_left_the_detail_out_is_no_evidence() -> None:
    """Negative control: with a hash over less, a changed detail goes unseen."""

    def weak(entry: Entry) -> str:
        return entry_hash(dataclasses.replace(entry, detail={}))

    entry = chained(1)[0]
    weakly = dataclasses.replace(entry, hash=weak(entry))
    assert weak(dataclasses.replace(weakly, detail={"n": 99})) == weakly.hash
    assert entry_hash(dataclasses.replace(entry, detail={"n": 99})) != entry.hash


@pytest.mark.django_db
def test_rows_are_chained_in_order_and_cannot_be_changed(now: dt.datetime) -> None:
    record([Act("system:x", "a.b", f"case:{n}", 1, {"n": n}) for n in range(5)], now=now)
    assert chain() == 5 and chain() == 0
    record([Act("system:x", "a.c")], now=now)
    assert chain() == 1
    assert queries.check_chain(queries.head()) is None
    row = AuditEntry.objects.order_by("seq").first()
    assert row is not None
    for statement in ("UPDATE audit_auditentry SET actor = 'y'", "DELETE FROM audit_auditentry"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db
def test_what_an_owner_of_the_database_changes_is_found(now: dt.datetime) -> None:
    record([Act("system:x", "a.b", f"case:{n}") for n in range(5)], now=now)
    chain()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER audit_is_final")
        cursor.execute("UPDATE audit_auditentry SET actor = 'nobody' WHERE seq = 3")
        cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER audit_is_final")
    fault = queries.check_chain()
    assert fault is not None and fault.seq == 3
