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

from binhyen.audit import keys, services
from binhyen.audit.models import AuditEntry, Checkpoint, Link, Waiting
from binhyen.audit.queries.chain import verify_all
from binhyen.audit.rules.action_families import ReadEvent, ReadKind, is_recorded
from binhyen.audit.rules.signed_notes import Head, is_signed_by, parse_head, parse_note
from binhyen.audit.services import AuditAction, checkpoints, record_actions, record_read
from binhyen.audit.services.checkpoints import is_checkpoint_due
from binhyen.kit import clock

NOON = dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)


def write_entries(count: int = 5, *, now: dt.datetime = NOON) -> None:
    record_actions([AuditAction("system:x", "a.b", f"case:{n}", 1, {"n": n}) for n in range(count)], now=now)


@pytest.mark.django_db
def test_rows_get_their_place_in_order() -> None:
    write_entries()
    assert Waiting.objects.count() == 5
    assert services.chain_waiting() == 5 and services.chain_waiting() == 0 and not Waiting.objects.exists()
    write_entries(1)
    assert services.chain_waiting(limit=1) == 1
    assert list(Link.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert not verify_all(now=NOON).faults


@pytest.mark.django_db
def test_an_unchained_row_is_reported(now: dt.datetime) -> None:
    write_entries(now=now - dt.timedelta(minutes=2))
    services.chain_waiting()
    AuditEntry.objects.create(at=now - dt.timedelta(minutes=2), actor="x", verb="put.in.by.hand")
    verdict = verify_all(now=now)
    assert [(fault.first, fault.wrong.name) for fault in verdict.faults] == [(6, "UNCHAINED")]


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [-120, 0, 120])
def test_rows_that_wait_for_the_chainer_are_named_as_such(now: dt.datetime, minutes: int) -> None:
    """Regression: a worker that stopped for two minutes looked like tampering. `minutes`: clock error."""
    write_entries(3, now=now)
    services.chain_waiting()
    write_entries(2, now=now + dt.timedelta(minutes=minutes))
    call_command("audit", "verify", stdout=(output := StringIO()))
    assert "Sổ nguyên vẹn: 3 dòng" in output.getvalue() and "2 dòng mới chưa được nối" in output.getvalue()
    services.chain_waiting()
    call_command("audit", "verify", stdout=(output := StringIO()))
    assert "5 dòng" in output.getvalue() and "chưa được nối" not in output.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [-2, 120])
def test_control_a_row_in_no_list_is_a_fault_beside_those_that_wait(now: dt.datetime, minutes: int) -> None:
    write_entries(2, now=now)
    AuditEntry.objects.create(at=now + dt.timedelta(minutes=minutes), actor="x", verb="put.in.by.hand")
    verdict = verify_all(now=now)
    assert ([fault.wrong.name for fault in verdict.faults], verdict.waiting) == (["UNCHAINED"], 2)


@pytest.mark.django_db
def test_only_external_checkpoints_count_as_external(tmp_path: Path) -> None:
    """Our own later checkpoints prove nothing, and a folder without any checkpoint is the wrong folder."""
    for name in ("given", "mistaken"):
        (tmp_path / name).mkdir()
    write_entries(3)
    services.chain_waiting()
    assert (
        checkpoints.sign_if_due(now=NOON, at_once=True)
        and checkpoints.publish_to_folder(tmp_path / "given", now=NOON) == 1
    )
    write_entries(4)
    services.chain_waiting()
    assert checkpoints.sign_if_due(now=NOON + dt.timedelta(hours=2), at_once=True)
    call_command("audit", "verify", "--checkpoint", str(tmp_path / "given"), stdout=(output := StringIO()))
    assert "7 dòng" in output.getvalue() and "bên ngoài đến dòng 3." in output.getvalue()
    with pytest.raises(CommandError, match="CHƯA đối chiếu"):
        call_command("audit", "verify", "--checkpoint", str(tmp_path / "mistaken"), stdout=StringIO())


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["auditentry", "link", "checkpoint", "checkpointdelivery", "check"])
@pytest.mark.parametrize("statement", ["UPDATE audit_{} SET {} = {}", "DELETE FROM audit_{}", "TRUNCATE audit_{}"])
def test_the_audit_log_is_immutable(table: str, statement: str) -> None:
    write_entries(3)
    services.chain_waiting()
    assert checkpoints.sign_if_due(now=NOON, at_once=True)
    assert checkpoints.record_paper_delivery(size=3, by="officer:x", now=NOON)
    call_command("audit", "verify", stdout=StringIO())
    column = {"auditentry": "id", "link": "seq", "checkpoint": "size", "checkpointdelivery": "id", "check": "id"}[table]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))


@pytest.mark.django_db
def test_control_without_its_triggers_the_log_can_be_changed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
    with pytest.raises(pytest.fail.Exception):
        test_the_audit_log_is_immutable("auditentry", "DELETE FROM audit_{}")


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 7200))
def test_when_a_checkpoint_is_due(size: int, signed: int, age: int) -> None:
    grown = size > signed
    expected = grown and (size - signed >= 1000 or age >= 3600)
    assert (
        is_checkpoint_due(size=size, signed_size=signed, signed_at=NOON - dt.timedelta(seconds=age), now=NOON)
        is expected
    )
    assert is_checkpoint_due(size=size, signed_size=0, signed_at=None, now=NOON) is (size > 0)


@pytest.mark.django_db
def test_the_log_is_signed_on_time_and_signed_entries_are_not_read_again() -> None:
    write_entries(3)
    services.chain_waiting()
    first = checkpoints.sign_if_due(now=NOON)
    assert first is not None and first.size == 3
    write_entries(2)
    services.chain_waiting()
    assert checkpoints.sign_if_due(now=NOON + dt.timedelta(minutes=59)) is None
    with CaptureQueriesContext(
        connection,
    ) as asked:
        second = checkpoints.sign_if_due(now=NOON + dt.timedelta(minutes=60))
    assert second is not None and second.size == 5
    assert any('"seq" > 3' in q["sql"] and '"seq" <= 5' in q["sql"] for q in asked.captured_queries)
    key = keys.load_signer()
    assert key is not None
    note = parse_note(second.note)
    assert is_signed_by(note, key.key) and parse_head(note).origin == key.name
    assert verify_all(now=NOON).confirmed == 5


@pytest.mark.django_db
def test_the_key_is_for_its_process_alone_and_never_replaced_in_silence(tmp_path: Path) -> None:
    write_entries(1)
    services.chain_waiting()
    assert checkpoints.sign_if_due(now=NOON)
    path = tmp_path / "keys/worker/audit.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.rename(path.with_suffix(".away"))
    write_entries(1)
    services.chain_waiting()
    assert checkpoints.sign_if_due(now=NOON, at_once=True) is None and Checkpoint.objects.count() == 1


@pytest.mark.django_db
def test_a_new_key_begins_a_new_log_and_the_log_stays_valid() -> None:
    write_entries(2)
    services.chain_waiting()
    old = parse_head(parse_note(checkpoints.sign_if_due(now=NOON, at_once=True).note))  # type: ignore[union-attr]
    out = StringIO()
    call_command("audit", "key", "--new", stdout=out)
    write_entries(2)
    services.chain_waiting()
    new = parse_head(parse_note(checkpoints.sign_if_due(now=NOON, at_once=True).note))  # type: ignore[union-attr]
    assert new.origin != old.origin and out.getvalue().startswith(new.origin)
    assert {key.name for key in keys.list_log_keys()} == {old.origin, new.origin}
    assert not verify_all(now=NOON).faults


@pytest.mark.django_db
def test_the_commands_of_the_operator_and_the_inspectorate(settings: Any, tmp_path: Path) -> None:
    out = StringIO()
    folder = tmp_path / "out"
    folder.mkdir()
    settings.AUDIT_FOLDER = str(folder)
    write_entries(4)
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
        call_command("audit", "verify", stderr=(output := StringIO()))
    assert output.getvalue().splitlines()[0].startswith("dòng 1: dòng bị sửa")
    for wrong in (["--checkpoint", str(tmp_path / "no")], ["--key", "no"]):
        with pytest.raises(CommandError):
            call_command("audit", "verify", *wrong)


@pytest.mark.django_db
def test_a_folder_that_is_gone_stops_nothing_and_is_caught_up(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_FOLDER = str(tmp_path / "out")
    for _ in range(2):
        write_entries(2)
        services.chain_waiting()
        checkpoints.sign_if_due(now=NOON, at_once=True)
        checkpoints.publish_checkpoints(now=NOON)
    (tmp_path / "out").mkdir()
    checkpoints.publish_checkpoints(now=NOON)
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == [f"{n:012d}.{kind}" for n in (2, 4) for kind in ("checkpoint", "hashes")]


@pytest.mark.django_db
def test_relevant_reads_are_entries_in_one_statement_and_others_cost_none() -> None:
    with CaptureQueriesContext(connection) as asked:
        record_read(ReadEvent(ReadKind.CASE), actor="officer:x", object="case:A", now=NOON)
        record_read(ReadEvent(ReadKind.MESSAGES, count=3), actor="officer:x", now=NOON)
    assert len(asked) == 0 and not AuditEntry.objects.exists()
    with CaptureQueriesContext(connection) as asked:
        record_read(ReadEvent(ReadKind.CASE, sensitive=True), actor="officer:x", object="case:A", unit_id=7, now=NOON)
        record_read(ReadEvent(ReadKind.SEARCH, count=3), actor="officer:x", now=NOON)
    assert len(asked) == 2
    assert list(AuditEntry.objects.order_by("id").values_list("verb", "object", "detail")) == [
        ("case.read", "case:A", {}),
        ("search.asked", "", {"n": 3}),
    ]


def test_reads_that_are_audited() -> None:
    only_sensitive = {ReadKind.CASE, ReadKind.MESSAGES, ReadKind.PHOTO}
    for what in ReadKind:
        assert is_recorded(ReadEvent(what, sensitive=True))
        assert is_recorded(ReadEvent(what)) is (what not in only_sensitive)


@pytest.mark.usefixtures("real_db")
def test_a_read_event_alone_does_not_wait_for_the_disk() -> None:
    """Within a transaction that changes something the entry is as durable as the change."""
    with CaptureQueriesContext(connection) as asked:
        record_read(ReadEvent(ReadKind.SEARCH), actor="officer:x", now=clock.now())
        with transaction.atomic():
            record_read(ReadEvent(ReadKind.SEARCH), actor="officer:x", now=clock.now())
    calls = [q["sql"].split("(")[0] for q in asked.captured_queries if "audit_" in q["sql"]]
    assert calls == ["SELECT audit_read", "SELECT audit_record"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
    assert AuditEntry.objects.count() == 2 and services.chain_waiting() == 2


@pytest.mark.django_db
def test_cover_entries_are_written_in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binhyen.audit.services.secrets.randbelow", lambda limit: limit - 1)
    services.add_cover_entries(now=NOON)
    assert not AuditEntry.objects.exists()
    monkeypatch.setattr("binhyen.audit.services.secrets.randbelow", lambda limit: 0 if limit > 4 else 3)
    services.add_cover_entries(now=NOON)
    assert list(AuditEntry.objects.values_list("verb", "object").distinct()) == [("cover", "")]
    assert AuditEntry.objects.count() == 4 and services.chain_waiting() == 4


@pytest.mark.django_db
def test_a_beginning_in_the_archive_is_believed_only_where_it_was_declared(settings: Any) -> None:
    for _ in range(2):
        write_entries(4)
        services.chain_waiting()
        assert checkpoints.sign_if_due(now=NOON, at_once=True)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER; ALTER TABLE audit_link DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_auditentry WHERE id IN (SELECT entry_id FROM audit_link WHERE seq <= 4)")
        cursor.execute("DELETE FROM audit_link WHERE seq <= 4")
    assert [(f.first, f.last) for f in verify_all(now=NOON).faults] == [(1, 4)]
    settings.AUDIT_ARCHIVED = 4
    verdict = verify_all(now=NOON)
    assert not verdict.faults and verdict.confirmed == 8
    forged = Head("x", 4, bytes(32))
    assert [(f.first, f.last) for f in verify_all(now=NOON, heads=[forged]).faults] == [(1, 4)]
