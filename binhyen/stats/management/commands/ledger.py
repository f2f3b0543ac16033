"""Command `ledger export|sum`: the province's signed ledger of a period, and the sum of several provinces' ledgers.

Run by operators on the server: it reads sums of every unit and no case.
"""

import json
import secrets
from argparse import ArgumentParser
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from binhyen.areas.queries import AreasNotLoadedError, get_directory
from binhyen.audit.rules.signed_notes import LOG, InvalidNote, Key, Signer, parse_key, parse_signer
from binhyen.kit import clock, key_files
from binhyen.kit.clock import to_vietnam_day
from binhyen.stats import national, periods, queries
from binhyen.stats.management.commands.report import build_reader
from binhyen.stats.national import LedgerRefused, ProvinceLedger
from binhyen.stats.periods import InvalidPeriod

_PROCESS, _NAME = "worker", "ledger"


class Command(BaseCommand):
    help = "Export the signed ledger of a period (export), or add up the ledgers of provinces (sum)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="write the signed ledger; prints the public key")
        export.add_argument("--from", dest="first", required=True, metavar="DAY", help="first day")
        export.add_argument("--to", dest="last", required=True, metavar="DAY", help="last day")
        export.add_argument("--output", type=Path, required=True, metavar="FILE", help="file to write")
        add = actions.add_parser("sum", help="check and add up ledgers; prints JSON")
        add.add_argument("--keys", type=Path, required=True, metavar="FILE", help="lines «province code, public key»")
        add.add_argument("files", nargs="+", type=Path, metavar="FILE", help="exported ledgers")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "export":
                self._export(options["first"], options["last"], options["output"])
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
        )
        signer = load_ledger_signer()
        output.write_text(national.sign_ledger(ledger, signer), encoding="utf-8")
        self.stdout.write(f"{output}: province {ledger.province}, {period.first} to {period.last}")
        self.stdout.write(f"{ledger.province} {signer.key}")

    def _add_up(self, key_file: Path, files: list[Path]) -> None:
        keys = _parse_key_list(key_file.read_text(encoding="utf-8"))
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


def _parse_key_list(text: str) -> dict[str, Key]:
    """Parse lines «province code, public key». Raises InvalidNote."""
    pairs = [line.split() for line in text.splitlines() if line.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise InvalidNote("each line of the keys is: province code, blank, public key")
    return {code: parse_key(key) for code, key in pairs}
