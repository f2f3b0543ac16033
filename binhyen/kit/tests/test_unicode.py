"""Normalisation is linear for any input, keeps ordinary text unchanged and leaves no invisible characters."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.kit import text
from binhyen.kit.text import INVISIBLE, MOST_MARKS, Form, fold_text, fold_with_offsets, is_invisible, normalize, to_nfc

FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
MANY = 20_000
HOSTILE = {
    "two kinds of marks": "a" + "\u0301" * MANY + "\u0323" * MANY,
    "marks that are no marks before they are taken apart": "a" + "\u0f73" * MANY,
    "marks that are two": "a" + "\u0344" * MANY,
    "letters that become marks in a compatibility form": "a" + "\uff9e\u0301" * MANY,
    "marks with invisible characters between": "a" + "\u0301\u200b\u0323\u3164" * MANY,
    "marks without a letter": "\u0323\u0301" * MANY,
}
MARKS = [chr(c) for c in range(0x11000) if unicodedata.combining(chr(c))] + ["\u0f73", "\u0f75", "\u0f81"]
ODD_TEXTS = st.text(st.one_of(st.characters(exclude_categories=()), st.sampled_from(MARKS)), max_size=30)


def measure_longest_run(string: str) -> int:
    """Return the longest run of combining marks on one letter after full decomposition."""
    marked = "".join("m" if unicodedata.combining(c) else " " for c in unicodedata.normalize("NFKD", string))
    return max((len(run) for run in marked.split()), default=0)


def record_runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record the longest run of marks of each text that reaches the C function from kit/text.py."""
    visited: list[int] = []

    class Recording:
        combining = staticmethod(unicodedata.combining)

        @staticmethod
        def normalize(form: Any, string: str) -> str:
            visited.append(measure_run_in_form(form, string))
            return unicodedata.normalize(form, string[:1000])

    monkeypatch.setattr(text, "unicodedata", Recording)
    return visited


def measure_run_in_form(form: str, string: str) -> int:
    apart = "NFKD" if form.startswith("NFK") else "NFD"
    letters = "".join(unicodedata.normalize(apart, char) for char in string)
    return max(map(len, "".join("m" if unicodedata.combining(c) else " " for c in letters).split()), default=0)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", FORMS)
def test_no_long_run_of_marks_reaches_the_c_function(name: str, form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    """The C function sorts a run by insertion: its cost is the square of the longest run."""
    runs = record_runs(monkeypatch)
    normalize(form, HOSTILE[name])
    to_nfc(HOSTILE[name])
    assert runs and max(runs) <= MOST_MARKS


@pytest.mark.parametrize("name", HOSTILE)
def test_control_without_the_cap_it_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = record_runs(monkeypatch)
    monkeypatch.setattr(text, "cap_marks", lambda string: string)
    to_nfc(HOSTILE[name])
    normalize("NFKC", HOSTILE[name])
    assert max(runs) > MANY


@given(ODD_TEXTS)
def test_a_text_with_few_marks_is_normalized_per_unicode(string: str) -> None:
    for form in FORMS:
        if measure_longest_run(string) <= MOST_MARKS:
            assert normalize(form, string) == unicodedata.normalize(form, string)
        else:
            assert measure_longest_run(normalize(form, string)) <= MOST_MARKS


@given(ODD_TEXTS)
def test_stored_text_is_unchanged(string: str) -> None:
    stored = to_nfc(string)
    assert to_nfc(stored) == stored == unicodedata.normalize("NFC", stored)
    assert measure_longest_run(stored) <= measure_longest_run(string)


@pytest.mark.parametrize(
    "words",
    [
        "Đánh nhau ở thôn Nam Thượng, xã Lộc Hà",
        "สวัสดีครับ น้ำ",
        "नमस्ते क्षेत्र",
        "مَرْحَبًا",
        "שָׁלוֹם בְּרֵאשִׁ֖ית",
        "안녕하세요",
        "❤️ ☎️ 🇻🇳 👍🏽",
        "རྐྱེན",
    ],
)
def test_ordinary_text_is_preserved(words: str) -> None:
    assert to_nfc(words) == unicodedata.normalize("NFC", words)


INVISIBLE_SAMPLES = [
    "\u00ad",
    "\u034f",
    "\u061c",
    "\u115f",
    "\u1160",
    "\u17b4",
    "\u180e",
    "\u200b",
    "\u200d",
    "\u2060",
    "\u206f",
    "\u3164",
    "\ufe0f",
    "\uffa0",
    "\ufffa",
    "\U0001d173",
    "\U000e0041",
    "\U000e0100",
]


@pytest.mark.parametrize("char", INVISIBLE_SAMPLES, ids=ascii)
def test_invisible_characters_between_letters_are_not_stored_and_fold_to_nothing(char: str) -> None:
    assert is_invisible(char)
    assert to_nfc(char.join("Lộc Hà")) == "Lộc Hà"
    assert fold_text(char.join("Lộc Hà")) == "loc ha"
    folded, offsets = fold_with_offsets(f"L{char}ộc")
    assert (folded, list(offsets)) == ("loc", [0, 2, 3, 4])


def test_every_format_character_is_invisible_but_those_with_a_shape() -> None:
    """Cf characters with a visible shape: signs before Arabic and Kaithi numbers, Egyptian quadrats, shorthand."""
    drawn = {c for c in map(chr, range(0x110000)) if unicodedata.category(c) == "Cf" and not is_invisible(c)}
    assert not {c for c in drawn if unicodedata.bidirectional(c) not in ("AN", "AL", "L", "NSM")}
    assert re.compile(f"[{INVISIBLE}]").match("\u061c")


def test_a_blank_of_braille_is_a_blank() -> None:
    assert to_nfc("bán\u2800ma\u2800tuý") == "bán ma tuý"
