"""A short run of `binhyen language fuzz` (run a minute of it by hand), and proof that it detects a defect."""

import time
from dataclasses import replace

import pytest

from binhyen.language.reader import Reader
from binhyen.language.reading import Entity, Reading
from binhyen.language.training import fuzz
from binhyen.language.training.command import main
from binhyen.language.training.rows import load_shipped_rows

ROWS = load_shipped_rows()[::7]
CALM = Reading("other", 1.0, (("other", 1.0),), 0, False, (), ("chuyện khác",))


def test_bent_messages_are_answered() -> None:
    outcome = fuzz.run_fuzz(5, 1, Reader().understand, ROWS)
    assert outcome.findings == ()
    assert outcome.texts > 20


def _raise_error(text: str) -> Reading:
    if "\x00" in text:
        raise IndexError("seeded")
    return CALM


def _read_slowly(text: str) -> Reading:
    if 600 < len(text) < 5000:
        until = time.process_time() + fuzz.FIXED_SECONDS + fuzz.SECONDS_PER_CODE_POINT * len(text) + 0.1
        while time.process_time() < until:
            pass
    return CALM


def _shift_offsets(text: str) -> Reading:
    return replace(CALM, entities=(Entity("PHONE", text[:3], 1, 4, None),)) if text[:3] != text[1:4] else CALM


@pytest.mark.parametrize(
    ("reader", "what"),
    [
        (_raise_error, "IndexError"),
        (_read_slowly, "code points"),
        (_shift_offsets, "not in the text"),
        (lambda text: replace(CALM, reasons=()), "labels"),
        (lambda text: replace(CALM, confidence=2.0), "probabilities"),
    ],
    ids=["crash", "slow", "shifted", "no reasons", "probabilities"],
)
def test_seeded_defects_are_found(reader, what: str) -> None:  # type: ignore[no-untyped-def]
    outcome = fuzz.run_fuzz(1.5, 1, reader, ROWS)
    assert any(what in finding.what for finding in outcome.findings)


def test_the_command_reports(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fuzz", "--seconds", "0.1", "--seed", "3"]) == 0
    assert "0 findings" in capsys.readouterr().out
