"""Streaming file encryption to a public key: constant memory, authenticated to the last byte. Pure.

    mark (18) | key id (8) | when (8, seconds of the epoch) | sealed box with the file's key (80) | header (24) |
pieces

Pieces are libsodium's secretstream (XChaCha20-Poly1305): 64 KiB each plus 17 bytes, in order, with the whole head as
associated data; the last one is marked as final, so a truncated or extended file is refused. The creation time is
plaintext, because retention without the key must still find old files. Anyone with the public key can make such a file:
it proves nothing about its origin.
"""

import io
import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from nacl.bindings import (
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_secretstream_xchacha20poly1305_ABYTES,
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_init_push,
    crypto_secretstream_xchacha20poly1305_keygen,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_push,
    crypto_secretstream_xchacha20poly1305_state,
    crypto_secretstream_xchacha20poly1305_TAG_FINAL,
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
)
from nacl.exceptions import CryptoError

from binhyen.vault.envelopes import EnvelopeError, KeyPair, PublicKey

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SUFFIX = ".sealed1"  # the version, visible to people; the mark shows it to the program
_MARK = b"BINHYEN SEALED 1\r\n"
_HEAD = struct.Struct(">18s8sQ80s24s")
_PIECE = 64 * 1024
_MORE = crypto_secretstream_xchacha20poly1305_ABYTES


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Plaintext head of a sealed file, authenticated only by opening it. `made`: seconds of the epoch."""

    key_id: bytes
    made: int
    box: bytes
    header: bytes

    @property
    def raw(self) -> bytes:
        return _HEAD.pack(_MARK, self.key_id, self.made, self.box, self.header)


def read_stream_head(file: IO[bytes]) -> StreamHead | None:
    """Read the head; None where this is no sealed file of this version."""
    raw = file.read(_HEAD.size)
    if len(raw) < _HEAD.size or not raw.startswith(_MARK):
        return None
    return StreamHead(*_HEAD.unpack(raw)[1:])


class SealedWriter(io.RawIOBase):
    """Writer that encrypts. A file without `finish` is refused by the reader."""

    def __init__(self, file: IO[bytes], *, to: PublicKey, made: int) -> None:
        key = crypto_secretstream_xchacha20poly1305_keygen()
        self._state = crypto_secretstream_xchacha20poly1305_state()
        header = crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        self._head = StreamHead(to.id, made, crypto_box_seal(key, to.raw), header).raw
        self._file, self._waiting = file, bytearray()
        file.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer") -> int:
        self._waiting += data
        while len(self._waiting) > _PIECE:  # the last piece is held back, to be marked as final
            self._push(_PIECE, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
        return memoryview(data).nbytes

    def finish(self) -> None:
        self._push(len(self._waiting), crypto_secretstream_xchacha20poly1305_TAG_FINAL)

    def _push(self, size: int, tag: int) -> None:
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._file.write(crypto_secretstream_xchacha20poly1305_push(self._state, piece, self._head, tag))


class SealedReader(io.RawIOBase):
    """Reader that decrypts; a file is known to be complete only at its end. Raises Refused, also while reading."""

    def __init__(self, file: IO[bytes], pair: KeyPair) -> None:
        head = read_stream_head(file)
        if head is None or head.key_id != pair.public.id:
            raise EnvelopeError("this file is not sealed to this key")
        self._file, self._head = file, head.raw
        self._state = crypto_secretstream_xchacha20poly1305_state()
        self._piece, self._ended = memoryview(b""), False
        try:
            key = crypto_box_seal_open(head.box, pair.public.raw, pair.private)
        except CryptoError as problem:
            raise EnvelopeError("this file was changed") from problem
        crypto_secretstream_xchacha20poly1305_init_pull(self._state, head.header, key)

    def readable(self) -> bool:
        return True

    def readinto(self, into: "WriteableBuffer") -> int:
        while not self._piece and not self._ended:
            self._pull()
        target = memoryview(into).cast("B")
        size = min(len(target), len(self._piece))
        target[:size] = self._piece[:size]
        self._piece = self._piece[size:]
        return size

    def _pull(self) -> None:
        try:
            piece, tag = crypto_secretstream_xchacha20poly1305_pull(
                self._state, self._file.read(_PIECE + _MORE), self._head
            )
        except (CryptoError, ValueError, RuntimeError) as problem:  # also for a file that ends before its last piece
            raise EnvelopeError("this file was changed or cut") from problem
        self._piece, self._ended = memoryview(piece), tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL
        if self._ended and self._file.read(1):
            raise EnvelopeError("trailing data after the last piece of this file")
