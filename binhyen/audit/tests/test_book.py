"""Audit log: entries get a position, checkpoints are signed on time with a key that only the custody process reads,
nothing can be changed."""

import datetime as dt
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from binhyen.audit import keys
from binhyen.audit.models import AuditEntry, Checkpoint, Link, Waiting
from binhyen.audit.queries.chain import verify
from binhyen.audit.rules.read_events import Read, Seen, is_entry
from binhyen.audit.rules.signed_notes import Head, read_head, read_note, signed_by
from binhyen.audit.services import Act, chaining, checkpoints, publish_checkpoints, record, saw
from binhyen.audit.services.checkpoints import due
from binhyen.kit import clock

NOON = dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)


def write(count: int = 5, *, now: dt.datetime = NOON) -> None:
    record([Act("system:x", "a.b", f"case:{n}", 1, {"n": n}) for n in range(count)], now=now)


@pytest.mark.django_db
def test_rows_get_their_place_in_order() -> None:
    write()
    assert Waiting.objects.count() == 5
    assert chaining.chain() == 5 and chaining.chain() == 0 and not Waiting.objects.exists()
    write(1)
    assert chaining.chain(most=1) == 1
    assert list(Link.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert not verify(now=NOON).faults


@pytest.mark.django_db
def test_a_row_that_nobody_chains_is_named(now: dt.datetime) -> None:
    write(now=now - dt.timedelta(minutes=2))
    chaining.chain()
    AuditEntry.objects.create(at=now - dt.timedelta(minutes=2), actor="x", verb="put.in.by.hand")
    verdict = verify(now=now)
    assert [(fault.first, fault.wrong.name) for fault in verdict.faults] == [(6, "UNCHAINED")]


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [-120, 0, 120])
def test_rows_that_wait_for_the_chainer_are_named_as_such(now: dt.datetime, minutes: int) -> None:
    """Regression: a worker that stopped for two minutes looked like tampering. `minutes`: clock error."""
    write(3, now=now)
    chaining.chain()
    write(2, now=now + dt.timedelta(minutes=minutes))
    call_command("audit", "verify", stdout=(told := StringIO()))
    assert "Sổ nguyên vẹn: 3 dòng" in told.getvalue() and "2 dòng mới chưa được nối" in told.getvalue()
    chaining.chain()
    call_command("audit", "verify", stdout=(told := StringIO()))
    assert "5 dòng" in told.getvalue() and "chưa được nối" not in told.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [-2, 120])
def test_control_a_row_in_no_list_is_a_fault_beside_those_that_wait(now: dt.datetime, minutes: int) -> None:
    write(2, now=now)
    AuditEntry.objects.create(at=now + dt.timedelta(minutes=minutes), actor="x", verb="put.in.by.hand")
    verdict = verify(now=now)
    assert ([fault.wrong.name for fault in verdict.faults], verdict.waiting) == (["UNCHAINED"], 2)


@pytest.mark.django_db
def test_only_what_lies_outside_counts_as_outside(tmp_path: Path) -> None:
    """Our own later checkpoints prove nothing, and a folder without any checkpoint is the wrong folder."""
    for name in ("given", "mistaken"):
        (tmp_path / name).mkdir()
    write(3)
    chaining.chain()
    assert (
        checkpoints.checkpoint(now=NOON, at_once=True)
        and publish_checkpoints.to_folder(tmp_path / "given", now=NOON) == 1
    )
    write(4)
    chaining.chain()
    assert checkpoints.checkpoint(now=NOON + dt.timedelta(hours=2), at_once=True)
    call_command("audit", "verify", "--checkpoint", str(tmp_path / "given"), stdout=(told := StringIO()))
    assert "7 dòng" in told.getvalue() and "bên ngoài đến dòng 3." in told.getvalue()
    with pytest.raises(CommandError, match="CHƯA đối chiếu"):
        call_command("audit", "verify", "--checkpoint", str(tmp_path / "mistaken"), stdout=StringIO())


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["auditentry", "link", "checkpoint", "handed", "check"])
@pytest.mark.parametrize("statement", ["UPDATE audit_{} SET {} = {}", "DELETE FROM audit_{}", "TRUNCATE audit_{}"])
def test_nothing_of_the_book_can_be_changed(table: str, statement: str) -> None:
    write(3)
    chaining.chain()
    assert checkpoints.checkpoint(now=NOON, at_once=True)
    assert publish_checkpoints.received_on_paper(size=3, by="officer:x", now=NOON)
    call_command("audit", "verify", stdout=StringIO())
    column = {"auditentry": "id", "link": "seq", "checkpoint": "size", "handed": "id", "check": "id"}[table]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))


@pytest.mark.django_db
def test_control_without_its_triggers_the_book_can_be_changed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
    with pytest.raises(pytest.fail.Exception):
        test_nothing_of_the_book_can_be_changed("auditentry", "DELETE FROM audit_{}")


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 7200))
def test_when_a_checkpoint_is_due(size: int, signed: int, age: int) -> None:
    grown = size > signed
    expected = grown and (size - signed >= 1000 or age >= 3600)
    assert due(size=size, signed=signed, signed_at=NOON - dt.timedelta(seconds=age), now=NOON) is expected
    assert due(size=size, signed=0, signed_at=None, now=NOON) is (size > 0)


@pytest.mark.django_db
def test_the_book_is_signed_on_time_and_what_was_signed_is_not_read_again() -> None:
    write(3)
    chaining.chain()
    first = checkpoints.checkpoint(now=NOON)
    assert first is not None and first.size == 3
    write(2)
    chaining.chain()
    assert checkpoints.checkpoint(now=NOON + dt.timedelta(minutes=59)) is None
    with CaptureQueriesContext(
        connection,
    ) as asked:
        second = checkpoints.checkpoint(now=NOON + dt.timedelta(minutes=60))
    assert second is not None and second.size == 5
    assert any('"seq" > 3' in q["sql"] and '"seq" <= 5' in q["sql"] for q in asked.captured_queries)
    key = keys.signer()
    assert key is not None
    note = read_note(second.note)
    assert signed_by(note, key.key) and read_head(note).origin == key.name
    assert verify(now=NOON).confirmed == 5


@pytest.mark.django_db
def test_the_key_is_for_its_process_alone_and_never_replaced_in_silence(tmp_path: Path) -> None:
    write(1)
    chaining.chain()
    assert checkpoints.checkpoint(now=NOON)
    path = tmp_path / "keys/worker/audit.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.rename(path.with_suffix(".away"))
    write(1)
    chaining.chain()
    assert checkpoints.checkpoint(now=NOON, at_once=True) is None and Checkpoint.objects.count() == 1


@pytest.mark.django_db
def test_a_new_key_begins_a_new_log_and_the_book_still_holds() -> None:
    write(2)
    chaining.chain()
    old = read_head(read_note(checkpoints.checkpoint(now=NOON, at_once=True).note))  # type: ignore[union-attr]
    out = StringIO()
    call_command("audit", "key", "--new", stdout=out)
    write(2)
    chaining.chain()
    new = read_head(read_note(checkpoints.checkpoint(now=NOON, at_once=True).note))  # type: ignore[union-attr]
    assert new.origin != old.origin and out.getvalue().startswith(new.origin)
    assert {key.name for key in keys.known()} == {old.origin, new.origin}
    assert not verify(now=NOON).faults


@pytest.mark.django_db
def test_the_commands_of_the_operator_and_the_inspectorate(settings: Any, tmp_path: Path) -> None:
    out = StringIO()
    folder = tmp_path / "out"
    folder.mkdir()
    settings.AUDIT_FOLDER = str(folder)
    write(4)
    call_command("audit", "checkpoint", stdout=out)
    call_command("audit", "hand_out")
    call_command("audit", "key", stdout=(printed := StringIO()))
    call_command("audit", "verify", "--checkpoint", str(folder), "--key", printed.getvalue().strip(), stdout=out)
    assert "Sổ nguyên vẹn: 4 dòng" in out.getvalue() and "đến dòng 4" in out.getvalue()
    call_command("audit", "verify", stdout=(alone := StringIO()))
    assert "Chưa đối chiếu với bản giữ bên ngoài" in alone.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER; UPDATE audit_auditentry SET actor = 'x'")
    with pytest.raises(CommandError, match="KHÔNG nguyên vẹn"):
        call_command("audit", "verify", stderr=(told := StringIO()))
    assert told.getvalue().splitlines()[0].startswith("dòng 1: dòng bị sửa")
    for wrong in (["--checkpoint", str(tmp_path / "no")], ["--key", "no"]):
        with pytest.raises(CommandError):
            call_command("audit", "verify", *wrong)


@pytest.mark.django_db
def test_a_folder_that_is_gone_stops_nothing_and_is_caught_up(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_FOLDER = str(tmp_path / "out")
    for _ in range(2):
        write(2)
        chaining.chain()
        checkpoints.checkpoint(now=NOON, at_once=True)
        publish_checkpoints.hand_out(now=NOON)
    (tmp_path / "out").mkdir()
    publish_checkpoints.hand_out(now=NOON)
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == [f"{n:012d}.{kind}" for n in (2, 4) for kind in ("checkpoint", "hashes")]


@pytest.mark.django_db
def test_looks_that_matter_are_entries_in_one_statement_and_others_cost_none() -> None:
    with CaptureQueriesContext(connection) as asked:
        saw(Seen(Read.CASE), actor="officer:x", object="case:A", now=NOON)
        saw(Seen(Read.MESSAGES, count=3), actor="officer:x", now=NOON)
    assert len(asked) == 0 and not AuditEntry.objects.exists()
    with CaptureQueriesContext(connection) as asked:
        saw(Seen(Read.CASE, sensitive=True), actor="officer:x", object="case:A", unit_id=7, now=NOON)
        saw(Seen(Read.SEARCH, count=3), actor="officer:x", now=NOON)
    assert len(asked) == 2
    assert list(AuditEntry.objects.order_by("id").values_list("verb", "object", "detail")) == [
        ("case.read", "case:A", {}), ("search.asked", "", {"n": 3}),
    ]  # fmt: skip


def test_which_looks_are_entries() -> None:
    only_sensitive = {Read.CASE, Read.MESSAGES, Read.PHOTO}
    for what in Read:
        assert is_entry(Seen(what, sensitive=True))
        assert is_entry(Seen(what)) is (what not in only_sensitive)


@pytest.mark.usefixtures("real_db")
def test_a_look_alone_does_not_wait_for_the_disk() -> None:
    """Within a transaction that changes something the entry is as durable as the change."""
    with CaptureQueriesContext(connection) as asked:
        saw(Seen(Read.SEARCH), actor="officer:x", now=clock.now())
        with transaction.atomic():
            saw(Seen(Read.SEARCH), actor="officer:x", now=clock.now())
    calls = [q["sql"].split("(")[0] for q in asked.captured_queries if "audit_" in q["sql"]]
    assert calls == ["SELECT audit_read", "SELECT audit_record"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
    assert AuditEntry.objects.count() == 2 and chaining.chain() == 2


@pytest.mark.django_db
def test_covers_come_now_and_then_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binhyen.audit.services.chaining.secrets.randbelow", lambda most: most - 1)
    chaining.cover(now=NOON)
    assert not AuditEntry.objects.exists()
    monkeypatch.setattr("binhyen.audit.services.chaining.secrets.randbelow", lambda most: 0 if most > 4 else 3)
    chaining.cover(now=NOON)
    assert list(AuditEntry.objects.values_list("verb", "object").distinct()) == [("cover", "")]
    assert AuditEntry.objects.count() == 4 and chaining.chain() == 4


@pytest.mark.django_db
def test_a_beginning_in_the_archive_is_believed_only_where_it_was_declared(settings: Any) -> None:
    for _ in range(2):
        write(4)
        chaining.chain()
        assert checkpoints.checkpoint(now=NOON, at_once=True)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER; ALTER TABLE audit_link DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_auditentry WHERE id IN (SELECT entry_id FROM audit_link WHERE seq <= 4)")
        cursor.execute("DELETE FROM audit_link WHERE seq <= 4")
    assert [(f.first, f.last) for f in verify(now=NOON).faults] == [(1, 4)]
    settings.AUDIT_ARCHIVED = 4
    verdict = verify(now=NOON)
    assert not verdict.faults and verdict.confirmed == 8
    forged = Head("x", 4, bytes(32))
    assert [(f.first, f.last) for f in verify(now=NOON, heads=[forged]).faults] == [(1, 4)]
