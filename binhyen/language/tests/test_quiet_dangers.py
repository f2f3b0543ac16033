"""Test that a calm report of danger to life is not taken for talk."""

import pytest

from binhyen.language.classify import classifier
from binhyen.language.classify.quiet_dangers import names_quiet_danger
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER

CALM_REPORTS = (
    "nó cứ nằm im không động đậy",
    "ông em nằm im không động đậy gọi không dậy",
    "mẹ tôi gọi mãi không dậy",
    "ba em tê nửa người không nói được",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, True) for text in CALM_REPORTS),
        ("me toi goi hoai ko tinh", True),
        ("Bà nội lay thế nào cũng chẳng mở mắt", True),
        ("chuyện này không tính", False),
        ("trẻ con bây giờ không dạy được", False),
        ("gọi điện không ai nghe máy", False),
        ("", False),
    ],
)
def test_signs_of_quiet_danger(text: str, expected: bool) -> None:
    assert names_quiet_danger(text) is expected


@pytest.mark.parametrize("text", CALM_REPORTS)
def test_a_calm_report_rings(text: str) -> None:
    reading = Reader().understand(text)
    assert reading.urgency == DANGER and not reading.is_talk


def test_control_without_the_signs_it_is_taken_for_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "names_quiet_danger", lambda text: False)
    assert Reader().understand(CALM_REPORTS[2]).urgency < DANGER
