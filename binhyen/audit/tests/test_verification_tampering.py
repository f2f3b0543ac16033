"""Attack class A13: every change of the audit log by an owner of database and key is detected and located.

Each family has a control: the same verification with the check removed finds nothing.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from binhyen.audit import keys, services
from binhyen.audit.queries import chain as reading
from binhyen.audit.rules import chain, signed_notes
from binhyen.audit.rules.chain import ChainRow, VerificationResult
from binhyen.audit.services import AuditAction, checkpoints, record_actions
from binhyen.audit.tests.owner import ATTACKS, delete_entry, delete_with_link, edit_entry
from binhyen.kit import clock

SIGNED = (10, 25, 40, 55)  # sizes of the published checkpoints
LENGTH = 60
ROUNDS = 17  # tamperings a family: 13 families, 221 in all
Attack = Callable[[random.Random, int], int]
pytestmark = pytest.mark.django_db


@pytest.fixture
def outside(settings: Any, tmp_path: Path) -> Path:
    """Build a log of 60 entries and the copy that a second party collected up to entry 55."""
    settings.AUDIT_FOLDER = str(tmp_path / "out")
    folder = tmp_path / "out"
    folder.mkdir()
    written = 0
    for size in (*SIGNED, LENGTH):
        record_actions([_make_act(n) for n in range(written, size)], now=clock.now())
        written += services.chain_waiting()
        if size in SIGNED:
            assert checkpoints.sign_if_due(now=clock.now(), at_once=True) is not None
    checkpoints.publish_checkpoints(now=clock.now())
    return folder


def _make_act(n: int) -> AuditAction:
    return AuditAction(f"officer:{n % 7}", "case.noted", f"case:{n}", n % 3 or None, {"n": n, "to": "Đã chuyển"})


@pytest.fixture
def notes_only(outside: Path) -> Path:
    """Reduce the copy to checkpoints without entry hashes, as paper and witness have them."""
    for path in outside.glob("*.hashes"):
        path.unlink()
    return outside


def apply_tampering(attack: Attack, seeds: range, folders: list[Path]) -> Iterator[tuple[int, VerificationResult]]:
    """Yield (changed position, verifier result), each time from the same log."""
    for seed in seeds:
        with transaction.atomic():
            place = attack(random.Random(seed), SIGNED[-1])
            yield place, checkpoints.run_self_check(now=clock.now(), paths=folders)
            transaction.set_rollback(True)


def check_detected_exactly(attack: Attack, seeds: range, folders: list[Path]) -> None:
    for place, verdict in apply_tampering(attack, seeds, folders):
        assert verdict.faults, f"{attack.__name__} at {place} was not detected"
        assert verdict.faults[0].first == place, (place, verdict.faults)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_every_tampering_is_found_at_its_place(attack: Attack, outside: Path) -> None:
    check_detected_exactly(attack, range(ROUNDS), [outside])
    assert ROUNDS * len(ATTACKS) >= 200


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_with_checkpoints_alone_the_change_is_within_the_reported_range(attack: Attack, notes_only: Path) -> None:
    for place, verdict in apply_tampering(attack, range(100, 104), [notes_only]):
        assert any(fault.first <= place <= fault.last for fault in verdict.faults), (place, verdict.faults)


@pytest.mark.parametrize("attack", [a for a, whole in ATTACKS.items() if whole], ids=lambda attack: attack.__name__)
def test_control_nobody_outside_nobody_finds(attack: Attack, outside: Path) -> None:
    with pytest.raises(AssertionError, match="not detected"):
        check_detected_exactly(attack, range(3), [])


class _HashlessVerifier:
    """Verifier stub that computes no hashes."""

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("attack", [a for a, whole in ATTACKS.items() if not whole], ids=lambda attack: attack.__name__)
def test_control_a_verifier_that_does_not_compute_finds_nothing(
    attack: Attack, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_row = reading.iter_rows

    def without_looking(*, after_seq: int = 0) -> Iterator[ChainRow]:
        some = next(row.entry for row in every_row() if row.entry)
        numbered_rows = enumerate(every_row(after_seq=after_seq), after_seq + 1)
        return (ChainRow(seq, row.hash, row.entry or some) for seq, row in numbered_rows)

    monkeypatch.setattr(chain, "entry_hash", lambda *_, **__: _HashlessVerifier())
    if attack in (delete_entry, delete_with_link):
        monkeypatch.setattr(reading, "iter_rows", without_looking)
    folders = [outside] if attack in (edit_entry, delete_entry) else []
    with monkeypatch.context() as patch_context, pytest.raises(AssertionError, match="not detected"):
        patch_context.setattr(
            chain._ExternalComparison,
            "compare_row",
            (lambda *_: None) if not folders else chain._ExternalComparison.compare_row,
        )
        check_detected_exactly(attack, range(3), folders)


def test_an_honest_log_raises_no_alarm(outside: Path) -> None:
    for grown in range(4):
        record_actions([_make_act(n) for n in range(grown * 3)], now=clock.now())
        services.chain_waiting()
        checkpoints.sign_if_due(now=clock.now(), at_once=grown == 2)
        checkpoints.publish_checkpoints(now=clock.now())
        for folders in ([outside], []):
            verdict = checkpoints.run_self_check(now=clock.now(), paths=folders)
            assert not verdict.faults and verdict.size >= LENGTH
    assert checkpoints.run_self_check(now=clock.now(), paths=[outside]).confirmed > SIGNED[-1]


def test_entries_after_the_last_checkpoint_are_no_evidence_yet(outside: Path) -> None:
    """The documented limit of docs/threat-model.md: entries that no outside party has yet may be cut off undetected."""
    from binhyen.audit.tests.owner import own_database

    with own_database() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE id IN (SELECT entry_id FROM audit_link WHERE seq > 57)")
        cursor.execute("DELETE FROM audit_link WHERE seq > 57")
    assert not checkpoints.run_self_check(now=clock.now(), paths=[outside]).faults


def test_damaged_external_files_are_named_and_do_not_accuse_the_log(outside: Path) -> None:
    hashes = outside / f"{25:012d}.hashes"
    lines = hashes.read_text().splitlines()
    hashes.write_text("\n".join([*lines[:9], f"20 {'00' * 32}", *lines[10:]]))
    (outside / "x.checkpoint").write_text("gì đó")
    (outside / "y.hashes").write_text("1 00")
    faults = checkpoints.run_self_check(now=clock.now(), paths=[outside]).faults
    assert [(f.first, f.wrong) for f in faults] == [
        (0, chain.FaultKind.UNREADABLE),
        (0, chain.FaultKind.UNREADABLE),
        (20, chain.FaultKind.DAMAGED),
    ]


def test_a_checkpoint_of_another_log_is_named(outside: Path) -> None:
    stranger = keys.parse_signer((outside.parent / "keys/worker/audit.key").read_text())
    other = [signed_notes.Key("somebody/else", signed_notes.LOG, stranger.key.public)]
    wrong = {fault.wrong for fault in checkpoints.run_self_check(now=clock.now(), paths=[outside], keys=other).faults}
    assert wrong == {chain.FaultKind.SIGNATURE}
    assert not checkpoints.run_self_check(now=clock.now(), paths=[outside], keys=[stranger.key]).faults
