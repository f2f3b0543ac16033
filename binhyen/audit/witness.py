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

from binhyen.audit.rules.signed_notes import (
    Head,
    InvalidNote,
    Key,
    Signer,
    build_cosignature_line,
    parse_head,
    parse_note,
)
from binhyen.audit.rules.witness_protocol import WitnessAnswer, WitnessRequest, decide_answer, parse_request
from binhyen.kit import clock, logs

ADDRESS = "/add-checkpoint"
BODY_LIMIT = 64 * 1024
SUFFIX = ".checkpoint"
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
log = logs.get_logger("witness")


@dataclass(frozen=True, slots=True)
class Witness:
    """Witness. `folder`: cosigned checkpoints, one file each; existing files are never changed."""

    folder: Path
    signer: Signer
    trusted: Sequence[Key]

    def add_checkpoint(self, body: bytes, *, now: dt.datetime) -> WitnessAnswer:
        """Store and cosign, or refuse. The cosigned checkpoint is on the disk before the answer is sent."""
        try:
            request = parse_request(body.decode())
        except (InvalidNote, UnicodeDecodeError):
            return WitnessAnswer(400)
        with self._lock_folder():
            answered = decide_answer(request, trusted=self.trusted, last=self.last(request.head.origin))
            if not answered.cosign:
                if answered.status in {409, 422}:
                    log.warning("checkpoint_refused", status=answered.status, size=request.head.size)
                return answered
            line = build_cosignature_line(request.note, self.signer, seconds=int(now.timestamp()))
            self._store(request, line)
        return WitnessAnswer(200, line)

    def last(self, origin: str) -> Head | None:
        """Return the newest cosigned checkpoint of a log."""
        files = sorted(self._folder_of_log(origin).glob(f"*{SUFFIX}"))
        return parse_head(parse_note(files[-1].read_text())) if files else None

    def _folder_of_log(self, origin: str) -> Path:
        return self.folder / sha256(origin.encode()).hexdigest()[:16]

    def _store(self, request: WitnessRequest, line: str) -> None:
        folder = self._folder_of_log(request.head.origin)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / f"{request.head.size:012d}{SUFFIX}", f"{request.note}{line}")

    @contextmanager
    def _lock_folder(self) -> Iterator[None]:
        """Lock the folder: reading the last checkpoint and storing the next must be atomic."""
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def write_atomically(path: Path, text: str) -> None:
    """Write a file atomically: it appears only after its whole content is on the disk."""
    temporary = path.with_name(f"{path.name}.part")
    with temporary.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def build_application(witness: Witness) -> Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]:
    """Build the ASGI application for uvicorn: one address, POST only, a small body."""

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] != ADDRESS or scope["method"] != "POST":
            answered = WitnessAnswer(404)
        else:
            body = await _read_body(receive)
            answered = WitnessAnswer(413) if body is None else witness.add_checkpoint(body, now=clock.now())
        content_type = b"text/x.tlog.size" if answered.status == 409 else b"text/plain; charset=utf-8"
        await send(
            {"type": "http.response.start", "status": answered.status, "headers": [(b"content-type", content_type)]}
        )
        await send({"type": "http.response.body", "body": answered.body.encode()})

    return app


async def _read_body(receive: Receive) -> bytes | None:
    """Read the whole body; None if it is longer than any valid request, or the sender disconnected."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return None
        body += event.get("body", b"")
        if len(body) > BODY_LIMIT:
            return None
        if not event.get("more_body"):
            return bytes(body)
