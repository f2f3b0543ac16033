"""A second process of the sender that opens sealed addresses and encrypts contents, so that two processors work.

Free of Django: it imports the adapter and the sender's key files only. It ends when the sender does, because its input
closes. Whatever it cannot prepare, the sender does itself and types the failure.
"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from binhyen.channels.adapter import PushAdapter
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.types import SendFailed
from binhyen.kit import key_files
from binhyen.vault import envelopes, process_keys

TIMEOUT = 20.0  # seconds for a batch
_LENGTH = 4  # bytes of a length


@dataclass(frozen=True, slots=True)
class SealedPush:
    """A text and its recipient's sealed address. `context`: of the envelope."""

    sealed: bytes
    context: str
    text: str


@dataclass(frozen=True, slots=True)
class PreparedMessage:
    """An opened address and the content encrypted for it."""

    recipient: str
    content: bytes


class EncryptionHelper:
    """Connection to the process: batches go out in order and come back in order."""

    def __init__(self, process: subprocess.Popen[bytes], streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]):
        self._process, (self._reader, self._writer) = process, streams
        self._turn = asyncio.Lock()
        self.is_broken = False

    @classmethod
    async def start_process(cls, kind: str) -> "EncryptionHelper":
        sender_end, helper_end = socket.socketpair()
        with helper_end:
            command = [sys.executable, "-m", "binhyen.channels.encryption_helper", kind]
            process = subprocess.Popen(command, stdin=helper_end.fileno(), stdout=helper_end.fileno())
        return cls(process, await asyncio.open_connection(sock=sender_end))

    async def encrypt_batch(self, messages: Sequence[SealedPush]) -> list[PreparedMessage | None]:
        """Have the process encrypt messages; return them in order, None for one that it could not prepare."""
        fields = [field for message in messages for field in (message.sealed, message.context, message.text)]
        try:
            self._writer.write(_pack(field.encode() if isinstance(field, str) else field for field in fields))
            async with self._turn, asyncio.timeout(TIMEOUT):
                size = int.from_bytes(await self._reader.readexactly(_LENGTH), "big")
                parts = _unpack(await self._reader.readexactly(size))
            pairs = list(zip(parts[::2], parts[1::2], strict=True))
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            self.is_broken = True
            return [None] * len(messages)
        return [PreparedMessage(recipient.decode(), content) if content else None for recipient, content in pairs]

    async def stop_process(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
        self._process.kill()
        self._process.wait()


def prepare_message(adapter: PushAdapter, message: SealedPush) -> PreparedMessage | None:
    try:
        address = process_keys.open_with_process_key("DELIVERY", message.sealed, context=message.context).decode()
        return PreparedMessage(address, adapter.encrypt_content(address, message.text))
    except (key_files.KeyFileMissing, envelopes.EnvelopeError, SendFailed):
        return None


def _pack(parts: Iterable[bytes]) -> bytes:
    """Return a frame: its length, then each part after its own length."""
    body = b"".join(piece for part in parts for piece in (len(part).to_bytes(_LENGTH, "big"), part))
    return len(body).to_bytes(_LENGTH, "big") + body


def _unpack(body: bytes) -> list[bytes]:
    parts, offset = [], 0
    while offset < len(body):
        start = offset + _LENGTH
        offset = start + int.from_bytes(body[offset:start], "big")
        parts.append(body[start:offset])
    return parts


def _serve_batches(kind: str, source: BinaryIO, target: BinaryIO) -> None:
    adapter = get_channel_kinds()[kind]
    assert isinstance(adapter, PushAdapter)
    while head := source.read(_LENGTH):
        parts = _unpack(source.read(int.from_bytes(head, "big")))
        triples = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        prepared = (
            prepare_message(adapter, SealedPush(sealed, context.decode(), text.decode()))
            for sealed, context, text in triples
        )
        pairs = ((item.recipient.encode(), item.content) if item else (b"", b"") for item in prepared)
        target.write(_pack(part for pair in pairs for part in pair))
        target.flush()


if __name__ == "__main__":
    _serve_batches(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
