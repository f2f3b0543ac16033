"""Witness server of a second party: stores checkpoints of other logs and cosigns only those that extend the last one.

Runs on the inspectorate's machine or beside another installation; needs a folder and no database. Bare ASGI, no
Django.
"""

import datetime as dt
import fcntl
import os
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from binhyen.audit.rules.signed_notes import BadNote, Head, Key, Signer, cosign, read_head, read_note
from binhyen.audit.rules.witness_protocol import Answer, Asked, answer, read_request
from binhyen.kit import clock, logs

ADDRESS = "/add-checkpoint"
BODY_LIMIT = 64 * 1024
SUFFIX = ".checkpoint"
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
log = logs.get("witness")


@dataclass(frozen=True, slots=True)
class Witness:
    """Witness. `folder`: cosigned checkpoints, one file each; existing files are never changed."""

    folder: Path
    signer: Signer
    trusted: Sequence[Key]

    def add(self, body: bytes, *, now: dt.datetime) -> Answer:
        """Store and cosign, or refuse. The cosigned checkpoint is on the disk before the answer is sent."""
        try:
            asked = read_request(body.decode())
        except (BadNote, UnicodeDecodeError):
            return Answer(400)
        with self._alone():
            said = answer(asked, trusted=self.trusted, last=self.last(asked.head.origin))
            if not said.cosign:
                if said.status in {409, 422}:
                    log.warning("checkpoint_refused", status=said.status, size=asked.head.size)
                return said
            line = cosign(asked.note, self.signer, seconds=int(now.timestamp()))
            self._keep(asked, line)
        return Answer(200, line)

    def last(self, origin: str) -> Head | None:
        """Return the newest cosigned checkpoint of a log."""
        kept = sorted(self._of(origin).glob(f"*{SUFFIX}"))
        return read_head(read_note(kept[-1].read_text())) if kept else None

    def _of(self, origin: str) -> Path:
        return self.folder / sha256(origin.encode()).hexdigest()[:16]

    def _keep(self, asked: Asked, line: str) -> None:
        folder = self._of(asked.head.origin)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{asked.head.size:012d}{SUFFIX}", f"{asked.note}{line}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Lock the folder: reading the last checkpoint and storing the next must be atomic."""
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def write_whole(path: Path, text: str) -> None:
    """Write a file atomically: it appears only after its whole content is on the disk."""
    part = path.with_name(f"{path.name}.part")
    with part.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def application(witness: Witness) -> Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]:
    """Build the ASGI application for uvicorn: one address, POST only, a small body."""

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] != ADDRESS or scope["method"] != "POST":
            said = Answer(404)
        else:
            body = await _read(receive)
            said = Answer(413) if body is None else witness.add(body, now=clock.now())
        kind = b"text/x.tlog.size" if said.status == 409 else b"text/plain; charset=utf-8"
        await send({"type": "http.response.start", "status": said.status, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": said.body.encode()})

    return app


async def _read(receive: Receive) -> bytes | None:
    """Read the whole body; None if it is longer than any valid request, or the sender disconnected."""
    body = bytearray()
    while True:
        part = await receive()
        if part["type"] != "http.request":
            return None
        body += part.get("body", b"")
        if len(body) > BODY_LIMIT:
            return None
        if not part.get("more_body"):
            return bytes(body)
