"""The measurement of growth itself: quadratic growth is detected, linear growth is not."""

import pytest

from tests.complexity import by_length_only


def _by_the_square(text: str) -> int:
    return sum(sign == "a" for at in range(len(text)) for sign in text[at:])


def test_growth_by_the_square_is_found() -> None:
    by_length_only(lambda text: sum(ord(sign) for sign in text), "a" * 200_000)
    with pytest.raises(AssertionError, match="code points"):
        by_length_only(_by_the_square, "a" * 4000)
