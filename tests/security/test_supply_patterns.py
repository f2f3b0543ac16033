"""Regular expressions that the redos rule reports: on adversarial text they stay linear in its length."""

import re

import pytest

from binhyen.channels.dlp import identifiers, normalize, reporter_references, vulnerable_people
from binhyen.channels.dlp import identifiers as gate_numbers
from binhyen.conduct import subject_extraction
from binhyen.intake import accusations
from binhyen.kit import search_terms
from binhyen.language.entities import numbers, plates
from binhyen.tips import rules as tip_rules
from tests.complexity import measure_minimum, measure_seconds

LENGTH = 100_000
SHORT = LENGTH // 10  # of the texts that show which hold a pattern up most: these are then read in full length
SLOWEST = 6
SUSPECTS = {
    "number": search_terms._NUMBER,
    "health": numbers._HEALTH,
    "dossier": numbers._DOSSIER,
    "code": numbers._CODE,
    "boat": numbers._BOAT_SHORT,
    "labelled": numbers._LABELLED,
    "label": numbers._LABEL,
    "plate": plates._PLATE,
    "office": identifiers._OFFICE,
    "address": identifiers._ADDRESS,
    "school": vulnerable_people._SCHOOL,
    **{f"teller {number}": pattern for number, pattern in enumerate(reporter_references._TELLERS)},
    "source": reporter_references._SOURCE,
    "child": vulnerable_people._A_CHILD,
    "befell": vulnerable_people._BEFELL,
    "mother": vulnerable_people._YOUNG_MOTHER,
    "general": vulnerable_people._IN_GENERAL,
    "age": vulnerable_people._AGE_ALONE,
    "foreign": plates._FOREIGN,
    "mail": gate_numbers._MAIL,
    "apart": normalize._APART,
    "receipt": tip_rules._LONG_NUMBER,
    "danger": subject_extraction._DANGER,
    "wrong": accusations._WRONGDOING,
    "wrong, bare": accusations._UNACCENTED_WRONGDOING,
    "they": accusations._KNOWN_GROUP_ACT,
}
PIECES = (
    "1 ",
    "1",
    "1.",
    "12.3-",
    "a1-",
    "a",
    "1()- .",
    "12-a1 ",
    "h12.1",
    "0" * 12 + "-",
    "38 h1 - 2 ",
    "truong ",
    "so nha 1/1",
    "a b ",
    "a@a.",
    "dang a b c d e ",
    "dang ",
    "truong a b c d e f g h i ",
    "chi a b c d e f g h i ",
    "theo chi da ",
    "chi bao cong an ",
    "nho co tin a b cua chi ",
    "nguoi dan o tai ",
    "chi thay a b c nen ",
    "tre a b bi c d ",
    "sinh con a b ",
    "80-041-",
)


def measure_pattern(pattern: re.Pattern[str], text: str) -> float:
    return measure_minimum(lambda: sum(1 for _ in pattern.finditer(text)), under=1)


def build_text(piece: str, end: str, length: int) -> str:
    return (piece * length)[:length] + end


def pick_slowest(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """Return the adversarial texts, as piece and end, that take this pattern longest."""
    seconds = {
        (piece, end): measure_pattern(pattern, build_text(piece, end, SHORT))
        for piece in PIECES
        for end in ("x", "!", "")
    }
    return sorted(seconds, key=lambda text: -seconds[text])[:SLOWEST]


@pytest.mark.parametrize("name", SUSPECTS)
def test_no_text_holds_a_suspect_for_a_second(name: str) -> None:
    pattern = SUSPECTS[name]
    texts = [build_text(*text, LENGTH) for text in pick_slowest(pattern)]
    assert max(measure_pattern(pattern, text) for text in texts) < 1


def test_a_text_of_quadratic_time_is_read_in_full_length() -> None:
    assert ("a", "") in pick_slowest(re.compile(r"[a-z]+[0-9]"))


def test_an_expression_that_hangs_would_be_noticed() -> None:
    assert measure_seconds(lambda: re.search(r"(?:a+)+$", "a" * 27 + "!")) > 1
