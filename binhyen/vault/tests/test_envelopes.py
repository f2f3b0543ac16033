"""Envelopes: only the right key opens them, only for their row; every modified one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.vault.envelopes import (
    EnvelopeError,
    KeyPair,
    Sealer,
    generate_key_pair,
    open_envelope,
    read_key_id,
    rewrap_envelope,
    seal_envelope,
)

PAIR, OTHER = generate_key_pair(), generate_key_pair()
values, contexts = st.binary(max_size=9000), st.text(max_size=60)


@given(values, contexts)
def test_sealed_values_round_trip(value: bytes, context: str) -> None:
    assert open_envelope(seal_envelope(value, to=PAIR.public, context=context), pair=PAIR, context=context) == value


@given(values, contexts, contexts)
def test_in_another_row_it_is_refused(value: bytes, context: str, other: str) -> None:
    sealed = seal_envelope(value, to=PAIR.public, context=context)
    if context != other:
        with pytest.raises(EnvelopeError):
            open_envelope(sealed, pair=PAIR, context=other)


@given(st.binary(max_size=200), st.data())
def test_every_changed_byte_is_noticed(value: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal_envelope(value, to=PAIR.public, context="c"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(EnvelopeError):
        open_envelope(bytes(sealed), pair=PAIR, context="c")


@given(st.binary(max_size=300))
def test_invalid_envelopes_are_refused(junk: bytes) -> None:
    with pytest.raises(EnvelopeError):
        open_envelope(junk, pair=PAIR, context="c")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(EnvelopeError):
        open_envelope(seal_envelope(b"x", to=PAIR.public, context="c"), pair=OTHER, context="c")
    forged = KeyPair(PAIR.public, OTHER.private)
    with pytest.raises(EnvelopeError):
        open_envelope(seal_envelope(b"x", to=PAIR.public, context="c"), pair=forged, context="c")


@given(values)
def test_a_rewrapped_key_leaves_the_value_unchanged(value: bytes) -> None:
    sealed = seal_envelope(value, to=PAIR.public, context="c")
    moved = rewrap_envelope(sealed, pair=PAIR, to=OTHER.public)
    assert read_key_id(moved) == OTHER.public.id
    assert open_envelope(moved, pair=OTHER, context="c") == value
    with pytest.raises(EnvelopeError):
        open_envelope(moved, pair=PAIR, context="c")


def test_values_sealed_in_one_batch_open_separately() -> None:
    sealer = Sealer(PAIR.public)
    first, second = sealer.seal(b"a", context="1"), sealer.seal(b"b", context="2")
    assert (open_envelope(first, pair=PAIR, context="1"), open_envelope(second, pair=PAIR, context="2")) == (b"a", b"b")
    with pytest.raises(EnvelopeError):
        open_envelope(second, pair=PAIR, context="1")


@given(st.integers(0, 60), st.integers(0, 60))
def test_short_values_have_one_length(a: int, b: int) -> None:
    first_length, two = (len(seal_envelope(b"x" * n, to=PAIR.public, context="c")) for n in (a, b))
    assert first_length == two


def test_a_private_key_is_not_shown() -> None:
    assert repr(PAIR.private) not in repr(PAIR)
    assert KeyPair.of(PAIR.private).public == PAIR.public
