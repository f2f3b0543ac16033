"""Encrypted files: complete or refused, in little memory."""

import io
import tracemalloc

import pytest

from binhyen.vault import encrypted_streams, envelopes
from binhyen.vault.envelopes import EnvelopeError, KeyPair

PIECE = 64 * 1024


def seal_stream(content: bytes, pair: KeyPair, *, step: int = 1 << 20) -> bytes:
    out = io.BytesIO()
    sealing = encrypted_streams.SealedWriter(out, to=pair.public, made=1_795_000_000)
    for index in range(0, len(content), step):
        assert sealing.write(content[index : index + step]) == len(content[index : index + step])
    sealing.finish()
    return out.getvalue()


def open_stream(raw: bytes, pair: KeyPair) -> bytes:
    return encrypted_streams.SealedReader(io.BytesIO(raw), pair).readall()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
@pytest.mark.parametrize("step", [1000, 1 << 20])
def test_streams_round_trip(size: int, step: int) -> None:
    pair, content = envelopes.generate_key_pair(), bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    raw = seal_stream(content, pair, step=step)
    assert open_stream(raw, pair) == content and (size < 16 or content[:16] not in raw)
    head = encrypted_streams.read_stream_head(io.BytesIO(raw))
    assert head is not None and head.made == 1_795_000_000 and head.key_id == pair.public.id


def split_pieces(raw: bytes) -> tuple[bytes, list[bytes]]:
    head = encrypted_streams.read_stream_head(io.BytesIO(raw))
    assert head is not None
    remaining = raw[len(head.raw) :]
    return head.raw, [remaining[index : index + PIECE + 17] for index in range(0, len(remaining), PIECE + 17)]


def test_whatever_was_changed_cut_or_added_is_refused() -> None:
    pair, content = envelopes.generate_key_pair(), b"c" * (3 * PIECE)
    raw = seal_stream(content, pair)
    head, (first, second, last) = split_pieces(raw)
    assert open_stream(head + first + second + last, pair) == content, "control"
    other, (_, foreign, _) = split_pieces(seal_stream(content, pair))
    for harmed in (
        head + first + second,
        head + first,
        head,
        head[:-1],
        b"",
        raw[:-1],
        raw + b"\0",
        head + second + first + last,
        head + first + last,
        head + first + second + second + last,
        head + first + foreign + last,
        other + first + second + last,
    ):
        with pytest.raises(EnvelopeError):
            open_stream(harmed, pair)
    for index in (0, 20, 30, 40, 110, len(head), len(head) + PIECE, len(raw) - 1):  # each field, time included
        with pytest.raises(EnvelopeError):
            open_stream(raw[:index] + bytes([raw[index] ^ 1]) + raw[index + 1 :], pair)
    with pytest.raises(EnvelopeError):
        open_stream(raw, envelopes.generate_key_pair())


def test_control_a_reader_that_stops_at_the_end_accepts_a_truncated_file(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = envelopes.generate_key_pair()
    head, (first, second, _) = split_pieces(seal_stream(b"c" * (3 * PIECE), pair))
    asked = encrypted_streams.SealedReader._pull

    def trusting(self: encrypted_streams.SealedReader) -> None:
        try:
            asked(self)
        except EnvelopeError:
            self._ended = True

    monkeypatch.setattr(encrypted_streams.SealedReader, "_pull", trusting)
    assert open_stream(head + first + second, pair) == b"c" * (2 * PIECE)


def test_unfinished_streams_are_refused() -> None:
    pair, out = envelopes.generate_key_pair(), io.BytesIO()
    with encrypted_streams.SealedWriter(out, to=pair.public, made=0) as sealing:
        sealing.write(b"c" * (2 * PIECE))
    with pytest.raises(EnvelopeError):
        open_stream(out.getvalue(), pair)


def test_memory_does_not_grow_with_the_file(tmp_path) -> None:
    pair, path, block = envelopes.generate_key_pair(), tmp_path / "long", bytes(1 << 20)
    tracemalloc.start()
    try:
        with path.open("wb") as file:
            sealing = encrypted_streams.SealedWriter(file, to=pair.public, made=0)
            for _ in range(24):
                sealing.write(block)
            sealing.finish()
        with path.open("rb") as file:
            reading = encrypted_streams.SealedReader(file, pair)
            assert sum(iter(lambda: len(reading.read(1 << 16)), 0)) == 24 << 20
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
