"""The country: signed ledgers of 34 simulated provinces add up; a false, changed or repeated one is refused."""

import datetime as dt
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from binhyen.audit.rules.signed_notes import LOG, Signer
from binhyen.cases.tests.scene import open_case
from binhyen.kit import key_files
from binhyen.kit.clock import to_vietnam_day
from binhyen.stats import national, services
from binhyen.stats.national import LedgerRefused, ProvinceLedger

Make = Callable[..., Any]
YEAR = (dt.date(2025, 1, 1), dt.date(2025, 12, 31))


def make_province(rng: Random, number: int) -> tuple[ProvinceLedger, Signer]:
    code = f"{number:02d}"
    lines = {
        "REPORTS": rng.randrange(1000, 30000),
        "VALUABLE_TIPS": rng.randrange(3000),
        "members": rng.randrange(10**6),
    }
    signer = Signer(f"ledger/{code}", LOG, rng.randbytes(32))
    return ProvinceLedger(code, f"Công an tỉnh {code}", *YEAR, "2026-01-02T08:00+07:00", lines), signer


def test_thirty_four_provinces_add_up() -> None:
    rng = Random(34)
    provinces = [make_province(rng, number) for number in range(1, 35)]
    keys = {ledger.province: signer.key for ledger, signer in provinces}
    notes = [national.sign_ledger(ledger, signer) for ledger, signer in provinces]
    total = national.add_ledgers(national.read_signed_ledger(note, keys) for note in notes)
    assert len(total.provinces) == 34
    for code in ("REPORTS", "VALUABLE_TIPS", "members"):
        assert total.lines[code] == sum(ledger.lines[code] for ledger, _signer in provinces)
    (ledger, signer), (other, stranger) = provinces[:2]
    for note, words in (
        (notes[0].replace(str(ledger.lines["REPORTS"]), "999999"), "signature"),
        (national.sign_ledger(ledger, stranger), "signature"),
        (national.sign_ledger(replace(ledger, province="99"), signer), "no key"),
        (national.sign_ledger(replace(ledger, lines={"REPORTS": -1}), signer), "not a signed ledger"),
        ("hello", "not a signed ledger"),
    ):
        with pytest.raises(LedgerRefused, match=words):
            national.read_signed_ledger(note, keys)
    with pytest.raises(LedgerRefused, match="twice"):
        national.add_ledgers([ledger, ledger])
    with pytest.raises(LedgerRefused, match="another period"):
        national.add_ledgers([ledger, replace(other, last=dt.date(2025, 6, 30))])
    with pytest.raises(LedgerRefused, match="no ledger"):
        national.add_ledgers([])


@pytest.mark.django_db
def test_the_commands_export_and_add(
    unit: Make, now: dt.datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_files, "get_key_folder", lambda process: tmp_path / process)
    open_case(unit("18568"), now=now - dt.timedelta(days=1))
    services.update_counts()
    day, out, file = str(to_vietnam_day(now - dt.timedelta(days=1))), io.StringIO(), tmp_path / "42.note"
    call_command("ledger", "export", "--from", day, "--to", day, "--output", str(file), stdout=out)
    (tmp_path / "keys").write_text(out.getvalue().splitlines()[-1])
    out = io.StringIO()
    call_command("ledger", "sum", "--keys", str(tmp_path / "keys"), str(file), stdout=out)
    assert json.loads(out.getvalue())["lines"]["REPORTS"] == 1
    file.write_text(file.read_text().replace('"REPORTS": 1', '"REPORTS": 2'))
    with pytest.raises(CommandError, match="signature"):
        call_command("ledger", "sum", "--keys", str(tmp_path / "keys"), str(file))
    with pytest.raises(CommandError, match="chưa hết"):
        call_command("ledger", "export", "--from", day, "--to", str(to_vietnam_day(now)), "--output", str(file))
