"""The country: a province exports its ledger as a signed note, a national installation checks and adds them up. Pure.

A note is the text «binhyen/ledger/v1», the ledger as one line of JSON, and a signature (audit/rules/signed_notes.py).
Only sums leave the province, and the scam indicators that two of its officers verified and its own warnings publish.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from binhyen.audit.rules.signed_notes import InvalidNote, Key, Signer, is_signed_by, parse_key, parse_note, sign_text

FORMAT = "binhyen/ledger/v1"
MAX_VALUE = 10**12
MAX_INDICATORS = 20_000
KEY_LIST = "keys.txt"  # lines «province code, public key»
MAX_LENGTH = 4 * 1024 * 1024
_MAX_TEXT = 300


class LedgerRefused(Exception):
    """The export cannot be added. The text names the file and the reason, for the operator."""


@dataclass(frozen=True, slots=True)
class ProvinceLedger:
    """The ledger of a province: `lines` by code of a metric or source (REPORTS, members …)."""

    province: str
    name: str
    first: dt.date
    last: dt.date
    counted_at: str
    lines: Mapping[str, int]
    indicators: tuple["ScamIndicator", ...] = ()


@dataclass(frozen=True, slots=True)
class ScamIndicator:
    """A verified number, account or link of fraud in normal form; `cases`: those that reported it."""

    kind: str
    value: str
    cases: int
    verified_on: str


@dataclass(frozen=True, slots=True)
class SharedIndicator:
    """An indicator over all provinces that verified it."""

    kind: str
    value: str
    cases: int
    first_on: str
    provinces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NationalLedger:
    """Sums over provinces, each province's own lines, and the indicators, those of most provinces first."""

    first: dt.date
    last: dt.date
    lines: Mapping[str, int]
    provinces: Sequence[ProvinceLedger] = field(default=())
    indicators: Sequence[SharedIndicator] = field(default=())


def sign_ledger(ledger: ProvinceLedger, signer: Signer) -> str:
    """Return the signed note of a ledger."""
    values = {
        "province": ledger.province,
        "name": ledger.name,
        "first": ledger.first.isoformat(),
        "last": ledger.last.isoformat(),
        "counted_at": ledger.counted_at,
        "lines": dict(ledger.lines),
        "indicators": [[entry.kind, entry.value, entry.cases, entry.verified_on] for entry in ledger.indicators],
    }
    text = f"{FORMAT}\n{json.dumps(values, ensure_ascii=False, sort_keys=True)}\n"
    return str(sign_text(text, signer))


def read_signed_ledger(text: str, keys: Mapping[str, Key]) -> ProvinceLedger:
    """Check and read a note. `keys`: province code → its key. Raises LedgerRefused."""
    try:
        note = parse_note(text, max_length=MAX_LENGTH)
        head, body, _end = note.text.split("\n")
        values = json.loads(body)
        ledger = ProvinceLedger(
            province=str(values["province"]),
            name=str(values["name"]),
            first=dt.date.fromisoformat(values["first"]),
            last=dt.date.fromisoformat(values["last"]),
            counted_at=str(values["counted_at"]),
            lines={str(code): _check_value(value) for code, value in values["lines"].items()},
            indicators=_read_indicators(values.get("indicators", [])),  # absent in ledgers of version 0.1
        )
    except (InvalidNote, ValueError, KeyError, TypeError, AttributeError, RecursionError) as bad:
        raise LedgerRefused("not a signed ledger of this program") from bad
    if head != FORMAT or ledger.last < ledger.first:
        raise LedgerRefused("not a signed ledger of this program")
    key = keys.get(ledger.province)
    if key is None:
        raise LedgerRefused(f"province {ledger.province} has no key in the list")
    if not is_signed_by(note, key):
        raise LedgerRefused(f"the signature is not that of province {ledger.province}")
    return ledger


def _read_indicators(rows: Sequence[Sequence[object]]) -> tuple[ScamIndicator, ...]:
    if len(rows) > MAX_INDICATORS:
        raise ValueError("too many indicators")
    indicators = []
    for kind, value, cases, verified_on in rows:
        if not (isinstance(kind, str) and isinstance(value, str) and 0 < len(value) <= _MAX_TEXT and len(kind) <= 8):
            raise ValueError("no indicator")
        day = dt.date.fromisoformat(str(verified_on)).isoformat()
        indicators.append(ScamIndicator(kind, value, _check_value(cases), day))
    return tuple(indicators)


def merge_indicators(ledgers: Iterable[ProvinceLedger]) -> tuple[SharedIndicator, ...]:
    """Return the indicators of all provinces once, those of most provinces and cases first."""
    seen: dict[tuple[str, str], SharedIndicator] = {}
    for ledger in ledgers:
        for entry in ledger.indicators:
            key = (entry.kind, entry.value)
            before = seen.get(key, SharedIndicator(entry.kind, entry.value, 0, entry.verified_on, ()))
            seen[key] = replace(
                before,
                cases=before.cases + entry.cases,
                first_on=min(before.first_on, entry.verified_on),
                provinces=tuple(dict.fromkeys((*before.provinces, ledger.province))),
            )
    return tuple(
        sorted(seen.values(), key=lambda entry: (-len(entry.provinces), -entry.cases, entry.kind, entry.value))
    )


def _check_value(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_VALUE:
        raise ValueError("no count")
    return value


def add_ledgers(ledgers: Iterable[ProvinceLedger]) -> NationalLedger:
    """Add up ledgers of the same period, each province once. Raises LedgerRefused."""
    provinces = sorted(ledgers, key=lambda ledger: ledger.province)
    if not provinces:
        raise LedgerRefused("no ledger to add")
    first, last = provinces[0].first, provinces[0].last
    lines: dict[str, int] = {}
    seen: set[str] = set()
    for ledger in provinces:
        if (ledger.first, ledger.last) != (first, last):
            raise LedgerRefused(f"province {ledger.province} has another period: {ledger.first} to {ledger.last}")
        if ledger.province in seen:
            raise LedgerRefused(f"province {ledger.province} is there twice")
        seen.add(ledger.province)
        for code, value in ledger.lines.items():
            lines[code] = lines.get(code, 0) + value
    return NationalLedger(first, last, lines, tuple(provinces), merge_indicators(provinces))


def parse_key_list(text: str) -> dict[str, Key]:
    """Parse lines «province code, public key». Raises InvalidNote."""
    pairs = [line.split() for line in text.splitlines() if line.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise InvalidNote("each line of the keys is: province code, blank, public key")
    return {code: parse_key(key) for code, key in pairs}
