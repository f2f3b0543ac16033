"""`binhyen language fuzz`: mutation fuzzing of the reader with real messages, for a given time.

A finding is a crash, an inconsistent result, or time out of proportion to the length.
"""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from binhyen.language.reader import Reader
from binhyen.language.reading import CATEGORIES, Reading
from binhyen.language.training.rows import Row, fill, shipped

LONGEST = 100_000
FIXED, EACH = 0.25, 60e-6
"""CPU time limit of a text: a fixed part, and a part for each code point. Ten times the usual time."""
PIECES = (
    *("", " ", "\n", "\t", "\x00", "\x07", "\u200b", "\u202e", "\ufeff", "\u0301", "\u0323\u0302", "\ud83d", "\udc00"),
    *("🔥", "👨\u200d👩\u200d👧", "你好", "مرحبا", "Ｃｈáｙ", "𝐜𝐡á𝐲", "²", "٣", "½", "İ", "ß", "đĐ", "hoà hòa"),
    *("<b>", "</b>", "<script>", "&nbsp;", "{ten}", "{{", "%s", "\\u0000", "'; --", "[" * 50, "(" * 50),
    *(
        "http://",
        "https://a.vn/0912345678",
        "hxxp://a[.]com",
        "chấm com",
        "a@b.vn",
        "0",
        "0912 345 678",
        "+84",
        "1.000.",
    ),
    *("12/12/2024", "lúc 25h99", "38A-123.45", "cccd ", "stk ", "xã ", "Nguyễn ", "màu ", "1tr2", "!", "?", "…", ":))"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The fault and the text that caused it (its `repr`, shortened)."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a run. `slowest`: CPU seconds of the slowest text, and its length in code points."""

    texts: int
    slowest: tuple[float, int]
    findings: tuple[Finding, ...]


def fuzz(
    seconds: float, seed: int, understand: Callable[[str], Reading] | None = None, rows: Sequence[Row] | None = None
) -> Outcome:
    """Read mutated texts for `seconds`; the same seed gives the same mutations."""
    read = understand or Reader().understand
    told = [fill(row).text for row in rows or shipped()]
    # nosemgrep: dice-for-secrets  repeatable mischief
    dice = random.Random(seed)  # noqa: S311 - mischief, not secrecy
    read(told[0])
    end, count, slowest, findings = time.monotonic() + seconds, 0, (0.0, 0), []
    while time.monotonic() < end:
        text = bend(told, dice)
        count += 1
        begin = time.process_time()
        try:
            reading = read(text)
        except Exception as crash:  # any exception is a finding
            findings.append(Finding(f"{type(crash).__name__}: {crash}", repr(text)[:300]))
            continue
        took, allowed = time.process_time() - begin, FIXED + EACH * len(text)
        # Other processes share the machine: a truly slow text is slow again, so take the minimum of three.
        if took > allowed:
            took = min(took, _seconds(read, text), _seconds(read, text))
        slowest = max(slowest, (took, len(text)))
        wrong = contradiction(text, reading)
        if took > allowed:
            wrong = f"{took:.2f} s for {len(text)} code points"
        if wrong:
            findings.append(Finding(wrong, repr(text)[:300]))
    return Outcome(count, slowest, tuple(findings))


def _seconds(read: Callable[[str], Reading], text: str) -> float:
    begin = time.process_time()
    read(text)
    return time.process_time() - begin


def bend(told: Sequence[str], dice: random.Random) -> str:
    """Mutate a message: cut, splice, insert odd pieces, join several, occasionally repeat up to MAX_LENGTH."""
    text = dice.choice(told)
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(text) + 1)
        match dice.randrange(6):
            case 0:
                text = text[:at] + dice.choice(PIECES) * dice.choice((1, 1, 2, 30)) + text[at:]
            case 1:
                text = text[:at] + dice.choice(told)
            case 2:
                text = text[at:] or text
            case 3:
                text = text[:at] + chr(dice.randrange(0x11000)) + text[at:]
            case 4:
                text = f"{text} {dice.choice(told)}. {dice.choice(told)}"
            case _:
                text = text.replace(" ", dice.choice(("", "  ", ".", "\u00a0", "-")), dice.randrange(1, 9))
    if dice.random() < 0.03:
        unit = dice.choice((text, dice.choice(PIECES) + dice.choice("a0 .")))
        text = unit * (LONGEST // max(len(unit), 1))
    return text[:LONGEST]


def contradiction(text: str, reading: Reading) -> str | None:
    """Return the inconsistency in the result, or None."""
    if reading.category not in CATEGORIES or reading.urgency not in range(4) or not reading.reasons:
        return "labels"
    if reading.top[0] != (reading.category, reading.confidence) or not 0 <= reading.confidence <= 1:
        return "probabilities"
    if any(e.text != text[e.start : e.end] or not e.text for e in reading.entities):
        return "an entity that is not in the text"
    try:
        json.dumps([reading.top, reading.reasons, [e.norm for e in reading.entities]])
    except (TypeError, ValueError) as problem:
        return f"not JSON: {problem}"
    return None
