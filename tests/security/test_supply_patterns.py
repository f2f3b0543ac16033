"""Expressions that the redos rule suspects: on text made to hurt them they stay quick, whatever its length."""

import re

import pytest

from binhyen.channels.gate import details, plain
from binhyen.channels.gate import numbers as gate_numbers
from binhyen.conduct import naming
from binhyen.kit import search
from binhyen.language.entities import codes, plates
from binhyen.tips import rules as tip_rules
from tests.growth import least, seconds

LENGTH = 100_000
SUSPECTS = {
    "number": search._NUMBER, "health": codes._HEALTH, "dossier": codes._DOSSIER, "code": codes._CODE, "boat": codes._BOAT_SHORT,
    "labelled": codes._LABELLED, "label": codes._LABEL,
    "plate": plates._PLATE, "office": details._OFFICE, "address": details._ADDRESS, "school": details._SCHOOL,
    "teller": details._TELLER,
    "mail": gate_numbers._MAIL, "apart": plain._APART, "receipt": tip_rules._LONG_NUMBER,
    "danger": naming._DANGER,
}  # fmt: skip
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
)


def spent(pattern: re.Pattern[str], text: str) -> float:
    return least(lambda: sum(1 for _ in pattern.finditer(text)), under=1)


@pytest.mark.parametrize("name", SUSPECTS)
def test_no_text_holds_a_suspect_for_a_second(name: str) -> None:
    texts = [(piece * LENGTH)[:LENGTH] + end for piece in PIECES for end in ("x", "!", "")]
    assert max(spent(SUSPECTS[name], text) for text in texts) < 1


def test_an_expression_that_hangs_would_be_noticed() -> None:
    assert seconds(lambda: re.search(r"(?:a+)+$", "a" * 27 + "!")) > 1
