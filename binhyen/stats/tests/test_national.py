"""The country: signed ledgers of 34 simulated provinces add up; a false, changed or repeated one is refused."""

import datetime as dt
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit import key_files
from binhyen.kit.clock import to_vietnam_day
from binhyen.scams.models import Indicator
from binhyen.stats import national, services
from binhyen.stats.management.commands.ledger import simulate_ledgers
from binhyen.stats.national import LedgerRefused, ScamIndicator

Make = Callable[..., Any]
YEAR = (dt.date(2025, 1, 1), dt.date(2025, 12, 31))


def test_thirty_four_provinces_add_up() -> None:
    provinces = list(simulate_ledgers(34, *YEAR))
    assert provinces == list(simulate_ledgers(34, *YEAR)), "the same seed gives the same provinces"
    keys = {ledger.province: signer.key for ledger, signer in provinces}
    notes = [national.sign_ledger(ledger, signer) for ledger, signer in provinces]
    total = national.add_ledgers(national.read_signed_ledger(note, keys) for note in notes)
    assert len(total.provinces) == 34
    for code in ("REPORTS", "VALUABLE_TIPS", "members"):
        assert total.lines[code] == sum(ledger.lines[code] for ledger, _signer in provinces)
    reported = {(entry.kind, entry.value) for ledger, _signer in provinces for entry in ledger.indicators}
    assert len(total.indicators) == len(reported) and len(total.indicators[0].provinces) > 5
    assert sum(entry.cases for entry in total.indicators) == sum(
        entry.cases for ledger, _signer in provinces for entry in ledger.indicators
    )
    (ledger, signer), (other, stranger) = provinces[:2]
    false = replace(ledger, indicators=(ScamIndicator("PHONE", "x" * 301, 1, "2025-03-01"),))
    for note, words in (
        (notes[0].replace(str(ledger.lines["REPORTS"]), "999999"), "signature"),
        (national.sign_ledger(ledger, stranger), "signature"),
        (national.sign_ledger(replace(ledger, province="99"), signer), "no key"),
        (national.sign_ledger(replace(ledger, lines={"REPORTS": -1}), signer), "not a signed ledger"),
        (national.sign_ledger(false, signer), "not a signed ledger"),
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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "binhyen/ledger/v1\n{}\n",
        "binhyen/ledger/v1\n" + "[" * 100_000 + "\n\n— key 12345678\n",
        'binhyen/ledger/v1\n{"province": "42", "lines": []}\n\n— key 12345678\n',
        "\x00" * 50,
        "x" * 5_000_000,
    ],
)
def test_a_file_that_is_no_ledger_is_refused(text: str) -> None:
    with pytest.raises(LedgerRefused, match="not a signed ledger"):
        national.read_signed_ledger(text, {})


@pytest.mark.django_db
def test_the_commands_export_and_add(
    officer: Make, unit: Make, now: dt.datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_files, "get_key_folder", lambda process: tmp_path / process)
    open_case(unit("18568"), now=now - dt.timedelta(days=1))
    officers = [officer("PROVINCE_DUTY", "42"), officer("PROVINCE_STAFF", "42")]
    for value, state in (("0912345678", "VERIFIED"), ("0900000000", "REPORTED")):
        Indicator.objects.create(
            kind="PHONE",
            value=value,
            state=state,
            cases=3,
            first_at=now,
            last_at=now,
            decided_at=now,
            proposed_by=officers[0],
            decided_by=officers[1],
        )
    services.update_counts()
    day, out, file = str(to_vietnam_day(now - dt.timedelta(days=1))), io.StringIO(), tmp_path / "42.note"
    call_command("ledger", "export", "--from", day, "--to", day, "--output", str(file), stdout=out)
    (tmp_path / "keys").write_text(out.getvalue().splitlines()[-1])
    out = io.StringIO()
    call_command("ledger", "sum", "--keys", str(tmp_path / "keys"), str(file), stdout=out)
    total = json.loads(out.getvalue())
    assert total["lines"]["REPORTS"] == 1
    assert [(entry["value"], entry["cases"]) for entry in total["indicators"]] == [("0912345678", 3)]
    file.write_text(file.read_text().replace('"REPORTS": 1', '"REPORTS": 2'))
    with pytest.raises(CommandError, match="signature"):
        call_command("ledger", "sum", "--keys", str(tmp_path / "keys"), str(file))
    with pytest.raises(CommandError, match="chưa hết"):
        call_command("ledger", "export", "--from", day, "--to", str(to_vietnam_day(now)), "--output", str(file))


@pytest.mark.django_db
def test_the_country_is_shown_and_a_false_file_counts_nowhere(officer: Make, tmp_path: Path, settings: Any) -> None:
    settings.LEDGERS_ROOT = tmp_path / "ledgers"
    staff = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    assert staff.get("/ca-nuoc").status_code == 404, "a province's own installation has no such page"
    settings.DEMO = False
    with pytest.raises(CommandError, match="demo"):
        call_command("ledger", "simulate", "--output", str(settings.LEDGERS_ROOT))
    settings.DEMO = True
    call_command("ledger", "simulate", "--output", str(settings.LEDGERS_ROOT), stdout=io.StringIO())
    page = staff.get("/ca-nuoc").content.decode()
    assert "34 tỉnh" in page and "Công an tỉnh giả định 07" in page and "Dấu hiệu lừa đảo đã xác nhận" in page
    assert "Chưa cộng" not in page
    note = settings.LEDGERS_ROOT / "07.note"
    note.write_text(note.read_text().replace('"members": ', '"members": 9'))
    page = staff.get("/ca-nuoc").content.decode()
    assert "33 tỉnh" in page and "07.note: không có chữ ký đúng" in page and "giả định 07" not in page
    assert sign_in_browser(officer("CHIEF", "18568")).get("/ca-nuoc").status_code == 403
