"""An SMTP server (RFC 5321) that keeps what it accepts, and can greylist, refuse, stall or cut the connection.

Messages live in memory. A rule matches the recipient; what it does is decided at RCPT or after the last line of DATA.
"""

import asyncio
import email
import email.policy
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from emulator.errors import RequestRejected
from emulator.pulse import ChangeSignal
from emulator.world import Json

MAX_SIZE = 10_000_000
MAX_LINE = 8192
KINDS = (
    "greylist",  # 451 4.7.1 at RCPT until the recipient was tried `count` times
    "refuse",  # `code` and `text` at RCPT
    "refuse_data",  # `code` and `text` after the message
    "stall",  # the message is kept, its answer never comes
    "drop",  # the message is kept, then the connection is cut without an answer
    "busy",  # 421 at MAIL, then the connection closes
)
_DEFAULT_REPLIES = {
    "greylist": (451, "4.7.1 Greylisted, try again later"),
    "refuse": (550, "5.1.1 No such user"),
    "refuse_data": (554, "5.7.1 Message refused"),
    "busy": (421, "4.3.2 Try again later"),
}


@dataclass(slots=True)
class MailRule:
    """A rule for recipients that match the glob. `count` None: until cleared."""

    kind: str
    recipient: str = "*"
    count: int | None = None
    code: int = 0
    text: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise RequestRejected(f"kind is one of {', '.join(KINDS)}")
        code, text = _DEFAULT_REPLIES.get(self.kind, (0, ""))
        self.code, self.text = self.code or code, self.text or text


@dataclass(slots=True)
class StoredMail:
    seq: int
    sender: str
    recipients: list[str]
    data: bytes


@dataclass(slots=True)
class Envelope:
    sender: str = ""
    recipients: list[str] = field(default_factory=list)


class MailServer:
    """Accepted messages, rules, and the listening socket."""

    def __init__(self) -> None:
        self.messages: list[StoredMail] = []
        self.rules: list[MailRule] = []
        self.changed = ChangeSignal()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    async def start(self, host: str, port: int) -> None:
        """Listen on the port, or on any free one if it is taken."""
        if self._server is not None:
            return
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=MAX_LINE)
        except OSError:
            self._server = await asyncio.start_server(self._serve, host, 0, limit=MAX_LINE)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._connections):
                writer.close()
            self._server = None

    def find_rule(self, recipients: list[str], *kinds: str) -> MailRule | None:
        """Return the first rule of these kinds for one of the recipients, and count it."""
        for rule in self.rules:
            is_open = rule.kind in kinds and (rule.count is None or rule.count > 0)
            if is_open and any(fnmatchcase(recipient, rule.recipient) for recipient in recipients):
                if rule.count is not None:
                    rule.count -= 1
                return rule
        return None

    def store(self, envelope: Envelope, data: bytes) -> None:
        self.messages.append(StoredMail(len(self.messages) + 1, envelope.sender, envelope.recipients, data))
        self.changed.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            await SmtpSession(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            self._connections.discard(writer)
            writer.close()


class SmtpSession:
    """The dialogue with one client."""

    def __init__(self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.envelope = Envelope()
        self.greeted = False

    async def reply(self, code: int, *lines: str) -> None:
        for line in lines[:-1]:
            self.writer.write(f"{code}-{line}\r\n".encode())
        self.writer.write(f"{code} {lines[-1]}\r\n".encode())
        await self.writer.drain()

    async def run(self) -> None:
        await self.reply(220, "stand-in ESMTP")
        while line := await self.reader.readuntil(b"\r\n"):
            verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            if not await self._handle(verb.upper(), rest):
                return

    async def _handle(self, verb: str, rest: str) -> bool:
        """Answer a command; return whether the dialogue goes on."""
        if verb in ("EHLO", "HELO"):
            self.greeted, self.envelope = True, Envelope()
            lines = (f"stand-in, SIZE {MAX_SIZE}",) if verb == "HELO" else ("stand-in", f"SIZE {MAX_SIZE}", "8BITMIME")
            await self.reply(250, *lines)
        elif verb == "QUIT":
            await self.reply(221, "bye")
            return False
        elif verb in ("NOOP", "RSET"):
            self.envelope = Envelope() if verb == "RSET" else self.envelope
            await self.reply(250, "ok")
        elif verb in ("MAIL", "RCPT", "DATA") and not self.greeted:
            await self.reply(503, "5.5.1 EHLO first")
        elif verb == "MAIL":
            return await self._begin(rest)
        elif verb == "RCPT":
            await self._add_recipient(rest)
        elif verb == "DATA":
            return await self._receive()
        else:
            await self.reply(502, "5.5.1 not implemented")
        return True

    async def _begin(self, rest: str) -> bool:
        if rule := self.server.find_rule(["*"], "busy"):
            await self.reply(rule.code, rule.text)
            return False
        address = _parse_path(rest, "FROM")
        if address is None:
            await self.reply(501, "5.5.4 MAIL FROM:<address>")
        else:
            self.envelope = Envelope(sender=address)
            await self.reply(250, "ok")
        return True

    async def _add_recipient(self, rest: str) -> None:
        address = _parse_path(rest, "TO")
        if not self.envelope.sender:
            await self.reply(503, "5.5.1 MAIL first")
        elif not address:
            await self.reply(501, "5.5.4 RCPT TO:<address>")
        elif rule := self.server.find_rule([address], "greylist", "refuse"):
            await self.reply(rule.code, rule.text)
        else:
            self.envelope.recipients.append(address)
            await self.reply(250, "ok")

    async def _receive(self) -> bool:
        """Read the message and answer as the rules say; return whether the dialogue goes on."""
        if not self.envelope.recipients:
            await self.reply(503, "5.5.1 RCPT first")
            return True
        await self.reply(354, "end with a dot alone")
        lines, size = [], 0
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
            size += len(line)
            if size > MAX_SIZE:
                await self.reply(552, "5.3.4 too large")
                return False
        recipients, envelope = self.envelope.recipients, self.envelope
        self.envelope = Envelope()
        if rule := self.server.find_rule(recipients, "refuse_data"):
            await self.reply(rule.code, rule.text)
            return True
        self.server.store(envelope, b"".join(lines))
        if rule := self.server.find_rule(recipients, "stall", "drop"):
            if rule.kind == "stall":
                await self.reader.read()  # until the client hangs up
            return False
        await self.reply(250, f"2.0.0 stored as {len(self.server.messages)}")
        return True


def _parse_path(rest: str, name: str) -> str | None:
    """Return the address of `FROM:<a@b> SIZE=…`; None where it is malformed."""
    head, _, tail = rest.partition(":")
    path = tail.strip().partition(" ")[0]
    if head.strip().upper() != name or not (path.startswith("<") and path.endswith(">")):
        return None
    return path[1:-1]


def mail_to_json(mail: StoredMail) -> Json:
    """Return a message with its headers and plain text, as a mail program shows them."""
    message = email.message_from_bytes(mail.data, policy=email.policy.default)
    body = message.get_body(("plain",))
    values: dict[str, Any] = {
        "seq": mail.seq,
        "sender": mail.sender,
        "recipients": mail.recipients,
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "text": str(body.get_content()) if body is not None else "",
    }
    return values
