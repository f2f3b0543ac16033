"""The measurement of growth itself: quadratic growth is detected, linear growth is not."""

import pytest

from tests.complexity import assert_linear


def count_pairs(text: str) -> int:
    return sum(sign == "a" for start_index in range(len(text)) for sign in text[start_index:])


def test_growth_by_the_square_is_found() -> None:
    assert_linear(lambda text: sum(ord(sign) for sign in text), "a" * 200_000)
    with pytest.raises(AssertionError, match="code points"):
        assert_linear(count_pairs, "a" * 8000)
