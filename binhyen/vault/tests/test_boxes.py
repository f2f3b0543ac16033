"""Envelopes: only the right key opens them, only for their row; every modified one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.vault.envelopes import Pair, Refused, Sealer, key_id, new_pair, open_, rewrap, seal

PAIR, OTHER = new_pair(), new_pair()
values, contexts = st.binary(max_size=9000), st.text(max_size=60)


@given(values, contexts)
def test_what_was_sealed_comes_back(value: bytes, context: str) -> None:
    assert open_(seal(value, to=PAIR.public, context=context), pair=PAIR, context=context) == value


@given(values, contexts, contexts)
def test_in_another_row_it_is_refused(value: bytes, context: str, other: str) -> None:
    sealed = seal(value, to=PAIR.public, context=context)
    if context != other:
        with pytest.raises(Refused):
            open_(sealed, pair=PAIR, context=other)


@given(st.binary(max_size=200), st.data())
def test_every_changed_byte_is_noticed(value: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(value, to=PAIR.public, context="c"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Refused):
        open_(bytes(sealed), pair=PAIR, context="c")


@given(st.binary(max_size=300))
def test_what_is_no_envelope_is_refused(junk: bytes) -> None:
    with pytest.raises(Refused):
        open_(junk, pair=PAIR, context="c")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Refused):
        open_(seal(b"x", to=PAIR.public, context="c"), pair=OTHER, context="c")
    forged = Pair(PAIR.public, OTHER.private)
    with pytest.raises(Refused):
        open_(seal(b"x", to=PAIR.public, context="c"), pair=forged, context="c")


@given(values)
def test_a_new_key_takes_over_without_touching_the_value(value: bytes) -> None:
    sealed = seal(value, to=PAIR.public, context="c")
    moved = rewrap(sealed, pair=PAIR, to=OTHER.public)
    assert key_id(moved) == OTHER.public.id
    assert open_(moved, pair=OTHER, context="c") == value
    with pytest.raises(Refused):
        open_(moved, pair=PAIR, context="c")


def test_values_sealed_in_one_go_open_each_for_itself() -> None:
    sealer = Sealer(PAIR.public)
    first, second = sealer.seal(b"a", context="1"), sealer.seal(b"b", context="2")
    assert (open_(first, pair=PAIR, context="1"), open_(second, pair=PAIR, context="2")) == (b"a", b"b")
    with pytest.raises(Refused):
        open_(second, pair=PAIR, context="1")


@given(st.integers(0, 60), st.integers(0, 60))
def test_short_values_have_one_length(a: int, b: int) -> None:
    one, two = (len(seal(b"x" * n, to=PAIR.public, context="c")) for n in (a, b))
    assert one == two


def test_a_private_key_is_not_shown() -> None:
    assert repr(PAIR.private) not in repr(PAIR)
    assert Pair.of(PAIR.private).public == PAIR.public
