"""Command `ledger export|sum|simulate`: the province's signed ledger of a period, and the sum of several provinces'.

Run by operators on the server: it reads sums of every unit and no case.
"""

import datetime as dt
import json
import secrets
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from binhyen.areas.queries import AreasNotLoadedError, get_directory
from binhyen.audit.rules.signed_notes import LOG, InvalidNote, Signer, parse_signer
from binhyen.kit import clock, key_files
from binhyen.kit.clock import to_vietnam_day
from binhyen.privacy.config import get_retention_span
from binhyen.scams.models import Indicator
from binhyen.scams.rules.indicators import IndicatorKind
from binhyen.scams.rules.review import IndicatorState
from binhyen.stats import national, periods, queries
from binhyen.stats.management.commands.report import build_reader
from binhyen.stats.metrics import Metric
from binhyen.stats.national import LedgerRefused, ProvinceLedger, ScamIndicator
from binhyen.stats.periods import InvalidPeriod

_PROCESS, _NAME = "worker", "ledger"


# Ledgers of 34 made-up provinces for the country's page: deterministic by seed, keys included. Pure.

PROVINCES = 34  # of Viet Nam since 2025-07-01
_BASE = {  # of a province of 1.3 million people, as in the story of Hà Tĩnh
    Metric.REPORTS: 16_000,
    Metric.URGENT: 900,
    Metric.VALUABLE_TIPS: 1_560,
    Metric.PETITIONS: 2_400,
    Metric.CLOSED: 15_200,
    Metric.GUIDED: 5_100,
    Metric.ITEMS_RETURNED: 300,
    Metric.PEOPLE_FOUND: 40,
    Metric.FRAUDS_STOPPED: 260,
    Metric.WEAPONS: 120,
    Metric.HELPED: 90,
    Metric.COMMENDED: 70,
    "groups_commune": 69,
    "groups_village": 1_900,
    "members": 200_000,
    "bulletins": 44_700,
}


def simulate_ledgers(seed: int, first: dt.date, last: dt.date) -> Iterator[tuple[ProvinceLedger, Signer]]:
    """Yield each province's ledger of a period with its signer. Some frauds are reported in many provinces."""
    # nosemgrep: dice-for-secrets  made-up data
    rng = Random(seed)  # noqa: S311  made-up numbers
    span = (last - first).days
    numbers = [f"09{rng.randrange(10**8):08d}" for _number in range(400)]
    for number in range(1, PROVINCES + 1):
        code, size = f"{number:02d}", rng.uniform(0.4, 3)
        lines = {str(name): round(value * size * rng.uniform(0.8, 1.2)) for name, value in _BASE.items()}
        indicators = tuple(
            ScamIndicator("PHONE", value, rng.randrange(1, 30), (last - dt.timedelta(rng.randrange(span))).isoformat())
            for value in sorted(rng.sample(numbers, rng.randrange(20, 60)))
        )
        counted_at = f"{(last + dt.timedelta(days=1)).isoformat()}T08:00+07:00"
        signer = Signer(f"ledger/{code}", LOG, rng.randbytes(32))
        yield ProvinceLedger(code, f"Công an tỉnh giả định {code}", first, last, counted_at, lines, indicators), signer


class Command(BaseCommand):
    help = "Export the signed ledger of a period (export), or add up the ledgers of provinces (sum)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="write the signed ledger; prints the public key")
        export.add_argument("--from", dest="first", required=True, metavar="DAY", help="first day")
        export.add_argument("--to", dest="last", required=True, metavar="DAY", help="last day")
        export.add_argument("--output", type=Path, required=True, metavar="FILE", help="file to write")
        simulate = actions.add_parser("simulate", help="write signed ledgers of 34 made-up provinces, and their keys")
        simulate.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="folder to write")
        simulate.add_argument("--seed", type=int, default=34, help="seed: the same one gives the same ledgers")
        add = actions.add_parser("sum", help="check and add up ledgers; prints JSON")
        add.add_argument("--keys", type=Path, required=True, metavar="FILE", help="lines «province code, public key»")
        add.add_argument("files", nargs="+", type=Path, metavar="FILE", help="exported ledgers")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "export":
                self._export(options["first"], options["last"], options["output"])
            elif options["action"] == "simulate":
                self._simulate(options["output"], options["seed"])
            else:
                self._add_up(options["keys"], options["files"])
        except (InvalidPeriod, AreasNotLoadedError, OSError, UnicodeDecodeError, InvalidNote) as refused:
            raise CommandError(str(refused)) from refused

    def _export(self, first: str, last: str, output: Path) -> None:
        period = periods.parse_period(first, last)
        now = clock.now()
        periods.check_over(period, today=to_vietnam_day(now))
        lines = {
            entry.line.metric or entry.line.source: entry.value for entry in queries.get_ledger(build_reader(), period)
        }
        directory = get_directory()
        ledger = ProvinceLedger(
            province=settings.PROVINCE_CODE,
            name=directory.unit_name(directory.province_unit_id),
            first=period.first,
            last=period.last,
            counted_at=now.isoformat(timespec="minutes"),
            lines=lines,
            indicators=_list_indicators(now),
        )
        signer = load_ledger_signer()
        output.write_text(national.sign_ledger(ledger, signer), encoding="utf-8")
        self.stdout.write(f"{output}: province {ledger.province}, {period.first} to {period.last}")
        self.stdout.write(f"{ledger.province} {signer.key}")

    def _simulate(self, folder: Path, seed: int) -> None:
        """Write what 34 provinces would send for the year before this one; only a demo installation does."""
        if not settings.DEMO:
            raise CommandError("Only a demo installation writes made-up ledgers. Hint: export BINHYEN_DEMO=1")
        year = to_vietnam_day(clock.now()).year - 1
        folder.mkdir(parents=True, exist_ok=True)
        keys = []
        for ledger, signer in simulate_ledgers(seed, dt.date(year, 1, 1), dt.date(year, 12, 31)):
            (folder / f"{ledger.province}.note").write_text(national.sign_ledger(ledger, signer), encoding="utf-8")
            keys.append(f"{ledger.province} {signer.key}\n")
        (folder / national.KEY_LIST).write_text("".join(keys), encoding="utf-8")
        self.stdout.write(f"{folder}: {len(keys)} ledgers of {year}")

    def _add_up(self, key_file: Path, files: list[Path]) -> None:
        keys = national.parse_key_list(key_file.read_text(encoding="utf-8"))
        ledgers = []
        for file in files:
            try:
                ledgers.append(national.read_signed_ledger(file.read_text(encoding="utf-8"), keys))
            except LedgerRefused as refused:
                raise CommandError(f"{file}: {refused}. Nothing was added.") from refused
        try:
            total = national.add_ledgers(ledgers)
        except LedgerRefused as refused:
            raise CommandError(f"{refused}. Nothing was added.") from refused
        self.stdout.write(json.dumps(asdict(total), ensure_ascii=False, indent=2, default=str))


def load_ledger_signer() -> Signer:
    """Return the province's key for ledgers, created at its first use; it is not the key of the audit log."""
    new = Signer(f"ledger/{settings.PROVINCE_CODE}", LOG, secrets.token_bytes(32))
    return parse_signer(key_files.get_or_create_key(_PROCESS, _NAME, partial(str.encode, f"{new.secret()}\n")).decode())


def _list_indicators(now: dt.datetime) -> tuple[ScamIndicator, ...]:
    """List the verified indicators that the province's own warnings publish, with the number of their cases."""
    rows = Indicator.objects.filter(state=IndicatorState.VERIFIED, last_at__gt=now - get_retention_span("scam"))
    columns = ("kind", "value", "cases", "decided_at", "last_at")
    return tuple(
        ScamIndicator(kind, value, cases, to_vietnam_day(decided_at or last_at).isoformat())
        for kind, value, cases, decided_at, last_at in rows.exclude(kind=IndicatorKind.SCRIPT)
        .order_by("-last_at", "-pk")
        .values_list(*columns)[: national.MAX_INDICATORS]
    )
