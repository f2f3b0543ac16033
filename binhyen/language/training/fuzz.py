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
from binhyen.language.training.rows import TrainingRow, fill_row, load_shipped_rows

MAX_LENGTH = 100_000
FIXED_SECONDS, SECONDS_PER_CODE_POINT = 0.25, 60e-6
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
class FuzzFinding:
    """The fault and the text that caused it (its `repr`, shortened)."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class FuzzResult:
    """Result of a run. `slowest`: CPU seconds of the slowest text, and its length in code points."""

    texts: int
    slowest: tuple[float, int]
    findings: tuple[FuzzFinding, ...]


def run_fuzz(
    seconds: float,
    seed: int,
    understand: Callable[[str], Reading] | None = None,
    rows: Sequence[TrainingRow] | None = None,
) -> FuzzResult:
    """Read mutated texts for `seconds`; the same seed gives the same mutations."""
    read = understand or Reader().understand
    messages = [fill_row(row).text for row in rows or load_shipped_rows()]
    # nosemgrep: dice-for-secrets  repeatable mischief
    dice = random.Random(seed)  # noqa: S311 - mischief, not secrecy
    read(messages[0])
    end, count, slowest, findings = time.monotonic() + seconds, 0, (0.0, 0), []
    while time.monotonic() < end:
        text = mutate(messages, dice)
        count += 1
        begin = time.process_time()
        try:
            reading = read(text)
        except Exception as crash:  # any exception is a finding
            findings.append(FuzzFinding(f"{type(crash).__name__}: {crash}", repr(text)[:300]))
            continue
        seconds_taken, allowed = time.process_time() - begin, FIXED_SECONDS + SECONDS_PER_CODE_POINT * len(text)
        # Other processes share the machine: a truly slow text is slow again, so take the minimum of three.
        if seconds_taken > allowed:
            seconds_taken = min(seconds_taken, _measure_seconds(read, text), _measure_seconds(read, text))
        slowest = max(slowest, (seconds_taken, len(text)))
        fault = find_contradiction(text, reading)
        if seconds_taken > allowed:
            fault = f"{seconds_taken:.2f} s for {len(text)} code points"
        if fault:
            findings.append(FuzzFinding(fault, repr(text)[:300]))
    return FuzzResult(count, slowest, tuple(findings))


def _measure_seconds(read: Callable[[str], Reading], text: str) -> float:
    begin = time.process_time()
    read(text)
    return time.process_time() - begin


def mutate(messages: Sequence[str], dice: random.Random) -> str:
    """Mutate a message: cut, splice, insert odd pieces, join several, occasionally repeat up to MAX_LENGTH."""
    text = dice.choice(messages)
    for _ in range(dice.randrange(1, 6)):
        position = dice.randrange(len(text) + 1)
        match dice.randrange(6):
            case 0:
                text = text[:position] + dice.choice(PIECES) * dice.choice((1, 1, 2, 30)) + text[position:]
            case 1:
                text = text[:position] + dice.choice(messages)
            case 2:
                text = text[position:] or text
            case 3:
                text = text[:position] + chr(dice.randrange(0x11000)) + text[position:]
            case 4:
                text = f"{text} {dice.choice(messages)}. {dice.choice(messages)}"
            case _:
                text = text.replace(" ", dice.choice(("", "  ", ".", "\u00a0", "-")), dice.randrange(1, 9))
    if dice.random() < 0.03:
        unit = dice.choice((text, dice.choice(PIECES) + dice.choice("a0 .")))
        text = unit * (MAX_LENGTH // max(len(unit), 1))
    return text[:MAX_LENGTH]


def find_contradiction(text: str, reading: Reading) -> str | None:
    """Return the inconsistency in the result, or None."""
    if reading.category not in CATEGORIES or reading.urgency not in range(4) or not reading.reasons:
        return "labels"
    if reading.top[0] != (reading.category, reading.confidence) or not 0 <= reading.confidence <= 1:
        return "probabilities"
    if any(entity.text != text[entity.start : entity.end] or not entity.text for entity in reading.entities):
        return "an entity that is not in the text"
    try:
        json.dumps([reading.top, reading.reasons, [entity.norm for entity in reading.entities]])
    except (TypeError, ValueError) as problem:
        return f"not JSON: {problem}"
    return None
