"""Invisible characters between letters do not bypass outbound DLP."""

import pytest

from binhyen.channels.dlp import normalize
from binhyen.channels.dlp.detectors import FindingKind, check_text
from binhyen.channels.dlp.tests.leaks import CONTEXT, generate_leaks
from binhyen.kit.tests.test_unicode import INVISIBLE_SAMPLES

LEAKS = [text for _, text in generate_leaks()][::25]


@pytest.mark.parametrize("char", INVISIBLE_SAMPLES, ids=ascii)
def test_a_leak_is_seen_through_invisible_characters(char: str) -> None:
    assert [text for text in LEAKS if not check_text(char.join(text), CONTEXT)] == []


@pytest.mark.parametrize("char", ["\u3164", "\u115f", "\uffa0"], ids=ascii)
def test_control_fillers_that_count_as_letters_let_it_pass(char: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalize, "is_invisible", lambda _: False)
    normalize._normalize_character.cache_clear()
    try:
        assert [text for text in LEAKS if not check_text(char.join(text), CONTEXT)]
    finally:
        normalize._normalize_character.cache_clear()


def test_a_mark_covers_the_characters_as_written() -> None:
    number = "\u3164".join("0912345678")
    (mark,) = check_text(f"Gọi {number} nhé")
    assert (mark.kind, mark.start, mark.end) == (FindingKind.CONTACT, 4, 4 + len(number))


def test_blanks_of_braille_are_blanks() -> None:
    assert check_text("Gọi 0912\u2800345\u2800678 nhé")
