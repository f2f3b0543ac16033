"""Encrypted files: complete or refused, in little memory."""

import io
import tracemalloc

import pytest

from binhyen.vault import encrypted_streams, envelopes
from binhyen.vault.envelopes import Pair, Refused

PIECE = 64 * 1024


def sealed(content: bytes, pair: Pair, *, step: int = 1 << 20) -> bytes:
    out = io.BytesIO()
    sealing = encrypted_streams.Sealing(out, to=pair.public, made=1_795_000_000)
    for at in range(0, len(content), step):
        assert sealing.write(content[at : at + step]) == len(content[at : at + step])
    sealing.finish()
    return out.getvalue()


def opened(raw: bytes, pair: Pair) -> bytes:
    return encrypted_streams.Unsealing(io.BytesIO(raw), pair).readall()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
@pytest.mark.parametrize("step", [1000, 1 << 20])
def test_what_goes_in_comes_out(size: int, step: int) -> None:
    pair, content = envelopes.new_pair(), bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    raw = sealed(content, pair, step=step)
    assert opened(raw, pair) == content and (size < 16 or content[:16] not in raw)
    head = encrypted_streams.head_of(io.BytesIO(raw))
    assert head is not None and head.made == 1_795_000_000 and head.key_id == pair.public.id


def pieces(raw: bytes) -> tuple[bytes, list[bytes]]:
    head = encrypted_streams.head_of(io.BytesIO(raw))
    assert head is not None
    rest = raw[len(head.raw) :]
    return head.raw, [rest[at : at + PIECE + 17] for at in range(0, len(rest), PIECE + 17)]


def test_whatever_was_changed_cut_or_added_is_refused() -> None:
    pair, content = envelopes.new_pair(), b"c" * (3 * PIECE)
    raw = sealed(content, pair)
    head, (first, second, last) = pieces(raw)
    assert opened(head + first + second + last, pair) == content, "control"
    other, (_, foreign, _) = pieces(sealed(content, pair))
    for harmed in (
        head + first + second, head + first, head, head[:-1], b"", raw[:-1], raw + b"\0",
        head + second + first + last, head + first + last, head + first + second + second + last,
        head + first + foreign + last, other + first + second + last,
    ):  # fmt: skip
        with pytest.raises(Refused):
            opened(harmed, pair)
    for at in (0, 20, 30, 40, 110, len(head), len(head) + PIECE, len(raw) - 1):  # each field, time included
        with pytest.raises(Refused):
            opened(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], pair)
    with pytest.raises(Refused):
        opened(raw, envelopes.new_pair())


def test_control_a_reader_that_stops_where_the_file_stops_takes_a_cut_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = envelopes.new_pair()
    head, (first, second, _) = pieces(sealed(b"c" * (3 * PIECE), pair))
    asked = encrypted_streams.Unsealing._pull

    def trusting(self: encrypted_streams.Unsealing) -> None:
        try:
            asked(self)
        except Refused:
            self._ended = True

    monkeypatch.setattr(encrypted_streams.Unsealing, "_pull", trusting)
    assert opened(head + first + second, pair) == b"c" * (2 * PIECE)


def test_what_was_never_finished_is_refused() -> None:
    pair, out = envelopes.new_pair(), io.BytesIO()
    with encrypted_streams.Sealing(out, to=pair.public, made=0) as sealing:
        sealing.write(b"c" * (2 * PIECE))
    with pytest.raises(Refused):
        opened(out.getvalue(), pair)


def test_memory_does_not_grow_with_the_file(tmp_path) -> None:
    pair, path, block = envelopes.new_pair(), tmp_path / "long", bytes(1 << 20)
    tracemalloc.start()
    try:
        with path.open("wb") as file:
            sealing = encrypted_streams.Sealing(file, to=pair.public, made=0)
            for _ in range(24):
                sealing.write(block)
            sealing.finish()
        with path.open("rb") as file:
            reading = encrypted_streams.Unsealing(file, pair)
            assert sum(iter(lambda: len(reading.read(1 << 16)), 0)) == 24 << 20
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
