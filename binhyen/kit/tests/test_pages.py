"""Cursors: what somebody gave back comes out again, and nobody reads a row number in one."""

import base64
import itertools

import pytest

from binhyen.kit.pages import decode, encode


def test_a_cursor_comes_back_in_its_own_list_only() -> None:
    cursor = encode("cases", (3, 2**62))
    assert decode("cases", cursor, 2) == (3, 2**62)
    assert decode("entries", cursor, 2) is None, "or two lists would tell how their numbers lie to each other"
    assert decode("cases", cursor, 1) is None


@pytest.mark.parametrize("cursor", ["", "x", "////", "é", "=", "WzE3XQ", encode("cases", (17,))[:-2], "A" * 5000])
def test_what_we_never_gave_out_is_the_first_page(cursor: str) -> None:
    assert decode("cases", cursor, 1) is None


def test_cursors_have_no_order_and_no_distance() -> None:
    """500 rows in a row: half of the bits differ from one to the next, and half of them go down."""
    sealed = [base64.urlsafe_b64decode(encode("cases", (n,)) + "=") for n in range(500)]
    assert len({len(one) for one in sealed}) == 1
    pairs = list(itertools.pairwise(sealed))
    flips = [(int.from_bytes(a) ^ int.from_bytes(b)).bit_count() for a, b in pairs]
    assert 0.45 < sum(flips) / (len(flips) * len(sealed[0]) * 8) < 0.55
    assert 200 < sum(a < b for a, b in pairs) < 300
