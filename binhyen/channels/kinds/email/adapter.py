"""E-mail as a channel kind (RFC 5321): one message per subscription, so that each carries its own link to unsubscribe.

A recipient is a subscription as JSON (`Mailbox`). SMTP servers cannot be asked about messages: no answer after the
message went out ends as unknown, because a second copy of a letter does not replace the first.
"""

import asyncio
import email.policy
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit

import aiosmtplib
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from binhyen import settings
from binhyen.channels.adapter import ChannelAccount, ChannelLimits, WithoutWebhook
from binhyen.channels.texts import MAIL_ENDS, MAIL_REASON, MAIL_URL
from binhyen.channels.types import GONE, Media, OutgoingMessage, SendFailed, SendReceipt
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import to_nfc

KIND = "email"
SECURITY = ("tls", "starttls", "none")  # none: a server on this machine only
TIMEOUT = 30.0  # seconds for each command
MAX_CONNECTIONS = 4
MAX_ADDRESS_LENGTH = 254  # RFC 5321, 4.5.3.1.3


# Replies of an SMTP server (RFC 5321, enhanced codes of RFC 3463), each typed by the next step.

ACCOUNT_RETRY_DELAY = 600.0  # seconds: the operator corrects the account meanwhile
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_MAILBOX_REPLIES = frozenset({550, 551, 553})
_NO_MAILBOX_DETAILS = frozenset({(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)})


# The letter for one subscriber: headers for unsubscribing and threads (RFC 8058, 5322), plain text. Pure.

MAX_SUBJECT_LENGTH = 150
_POLICY = email.policy.SMTP.clone(max_line_length=78)


class LetterText(BaseModel):
    """Content of a notice as `services/push.py` writes it. `tag`: letters with the same tag are one thread."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: str
    body: str = ""
    url: str = ""
    tag: str = ""
    urgent: bool = False
    confirm: bool = False


def build_letter(
    message: OutgoingMessage, *, address: str, token: str, account: ChannelAccount, now: datetime
) -> bytes:
    """Return the letter as it goes to the server. The same message for the same subscriber keeps its Message-ID."""
    text = LetterText.model_validate_json(message.text)
    origin, own_url = settings.PUBLIC_URL, f"{settings.PUBLIC_URL}{MAIL_URL}/{token}"
    host = urlsplit(origin).hostname or "localhost"
    letter = EmailMessage(policy=_POLICY)
    letter["From"] = Address(str(account.settings.get("name", "")), addr_spec=str(account.settings.get("from", "")))
    letter["To"] = Address(addr_spec=address)
    letter["Subject"] = " ".join(text.title.split())[:MAX_SUBJECT_LENGTH]
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = _format_id(message.key, token, host)
    letter["Auto-Submitted"] = "auto-generated"
    if text.confirm:
        body = f"{text.body}\n\n{own_url}"
    else:
        letter["List-Unsubscribe"] = f"<{own_url}/thoi>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        letter["List-Id"] = f"<thong-bao.{host}>"
        thread = _format_id(text.tag, token, host)
        letter["References"], letter["In-Reply-To"] = thread, thread
        footer = f"{MAIL_REASON.format(site=origin)}\n{MAIL_ENDS} {own_url}"
        body = f"{text.body}\n\n{origin}{text.url}\n\n-- \n{footer}"
    if text.urgent:
        letter["Importance"] = "high"
    letter.set_content(body, charset="utf-8", cte="base64")
    return letter.as_bytes()


def _format_id(name: str, token: str, host: str) -> str:
    return f"<{sha256(f'{name}:{token}'.encode()).hexdigest()[:32]}@{host}>"


class SmtpStep(StrEnum):
    """Command that a reply answers."""

    SENDER = "SENDER"
    RECIPIENT = "RECIPIENT"
    DATA = "DATA"


def to_reply_failure(code: int, text: str, step: SmtpStep) -> SendFailed:
    """Return the failure of a reply: 4xx is tried again (greylisting), 5xx ends; a missing mailbox has ended."""
    label = _format_code(code, text)
    if 400 <= code < 500:
        return SendFailed(N_("máy chủ thư yêu cầu gửi lại sau"), code=label)
    if step is SmtpStep.SENDER:
        return SendFailed(N_("máy chủ thư không nhận người gửi"), code=label, retry_after=ACCOUNT_RETRY_DELAY)
    if step is SmtpStep.RECIPIENT and _is_missing_mailbox(code, text):
        return SendFailed(N_("hộp thư không còn"), code=GONE, is_permanent=True)
    return SendFailed(N_("máy chủ thư từ chối"), code=label, is_permanent=True)


def _is_missing_mailbox(code: int, text: str) -> bool:
    """Return whether the reply says that the mailbox does not exist; without enhanced code by the reply alone."""
    match = _ENHANCED.match(text.strip())
    if match is None:
        return code in _NO_MAILBOX_REPLIES
    return (int(match[2]), int(match[3])) in _NO_MAILBOX_DETAILS


def _format_code(code: int, text: str) -> str:
    match = _ENHANCED.match(text.strip())
    return f"{code} {match[0]}" if match else str(code)


def to_connect_failure(error: Exception) -> SendFailed:
    """Return the failure of a connection that never carried the letter."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return SendFailed(N_("máy chủ thư không nhận mật khẩu"), code="AUTH", retry_after=ACCOUNT_RETRY_DELAY)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return SendFailed(N_("máy chủ thư yêu cầu gửi lại sau"), code=str(error.code))
    return to_missing_reply_failure(was_sent=False)


def to_missing_reply_failure(*, was_sent: bool) -> SendFailed:
    """Return the failure without a reply. `was_sent`: the letter may have arrived, so it is not sent again."""
    return SendFailed(
        N_("máy chủ thư không trả lời"), code="NO_ANSWER", is_permanent=was_sent, delivery_unknown=was_sent
    )


_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Mailbox(BaseModel):
    """A subscribed address. `token`: of the links in its letters."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    address: str = Field(max_length=MAX_ADDRESS_LENGTH)
    token: str = Field(max_length=80)


def normalize_address(text: str) -> str:
    """Return the address with its domain in lower case. Raises ValueError for one that cannot be written to."""
    address = to_nfc(text).strip()
    local, _, domain = address.rpartition("@")
    try:
        host = domain.lower().rstrip(".").encode("idna").decode()
    except UnicodeError as error:
        raise ValueError("not a domain") from error
    labels = host.split(".")
    is_valid = (
        len(local) <= 64
        and all(map(_ATOM.fullmatch, local.split(".")))
        and len(labels) > 1
        and not labels[-1].isdigit()
    )
    if not is_valid or not all(map(_LABEL.fullmatch, labels)) or len(local) + len(host) >= MAX_ADDRESS_LENGTH:
        raise ValueError("not an e-mail address")
    return f"{local}@{host}"


class MailClient:
    """Connections of a batch: at most `MAX_CONNECTIONS`, each used for one letter after the other."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self.idle: list[aiosmtplib.SMTP] = []

    async def open_connection(self, account: ChannelAccount) -> aiosmtplib.SMTP:
        """Return an idle connection, or a new one. Raises `SendFailed`."""
        while self.idle:
            connection = self.idle.pop()
            if connection.is_connected:
                return connection
        connection = build_connection(account)
        try:
            await connection.connect()
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            connection.close()
            raise to_connect_failure(error) from error
        return connection

    async def close(self) -> None:
        for connection in self.idle:
            try:
                await connection.quit(timeout=2)
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                connection.close()


def build_connection(account: ChannelAccount) -> aiosmtplib.SMTP:
    """Return an unconnected client for the account's server."""
    values, security = account.settings, str(account.settings.get("security"))
    return aiosmtplib.SMTP(
        hostname=str(values.get("host", "")),
        port=int(values.get("port", 0)),
        username=str(values.get("user", "")) or None,
        password=account.secrets.get("password_secret") or None,
        use_tls=security == "tls",
        start_tls=security == "starttls",
        timeout=float(values.get("timeout", TIMEOUT)),
        local_hostname=urlsplit(settings.PUBLIC_URL).hostname or "localhost",
    )


class Email(WithoutWebhook):
    """Channel kind `email`. Receives nothing: people answer on our pages."""

    kind = KIND
    label = N_("Thư điện tử")
    limits = ChannelLimits(text_length=20_000)
    is_immediate = False

    @asynccontextmanager
    async def open_client(self) -> AsyncIterator[MailClient]:
        client = MailClient()
        try:
            yield client
        finally:
            await client.close()

    def get_token(self, channel_id: int, *, now: datetime, rejected_token: str = "") -> str:
        return ""

    async def send(self, client: MailClient, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
        """Send one letter. Raises `SendFailed`."""
        try:
            mailbox = Mailbox.model_validate_json(message.recipient_id or "")
        except ValidationError as error:
            raise SendFailed(N_("không còn địa chỉ để gửi"), code=GONE, is_permanent=True) from error
        sender = str(account.settings.get("from", ""))
        now = clock.now()
        letter = build_letter(message, address=mailbox.address, token=mailbox.token, account=account, now=now)
        async with client.slots:
            connection = await client.open_connection(account)
            await _transfer(connection, sender, mailbox.address, letter)
            client.idle.append(connection)
        return SendReceipt((), now)

    async def find_sent(
        self, client: MailClient, account: ChannelAccount, message: OutgoingMessage
    ) -> SendReceipt | None:
        return None

    def normalize_recipient(self, text: str) -> str:
        """Return the address in the form under which it is found again. Raises ValueError."""
        return normalize_address(text)

    def build_recipient(self, address: str, token: str) -> str:
        """Return the recipient of later messages."""
        return Mailbox(address=address, token=token).model_dump_json()

    async def fetch_media(self, client: MailClient, account: ChannelAccount, media: Media) -> bytes:
        raise SendFailed(N_("kênh thư không nhận tệp"), is_permanent=True)


async def _transfer(connection: aiosmtplib.SMTP, sender: str, recipient: str, letter: bytes) -> None:
    """Hand one letter over. Raises `SendFailed`, typed by the step that failed; the connection is closed then."""
    step = SmtpStep.SENDER
    try:
        await connection.mail(sender)
        step = SmtpStep.RECIPIENT
        await connection.rcpt(recipient)
        step = SmtpStep.DATA
        await connection.data(letter)
    except aiosmtplib.SMTPResponseException as error:
        connection.close()
        raise to_reply_failure(error.code, str(error.message), step) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        connection.close()
        raise to_missing_reply_failure(was_sent=step is SmtpStep.DATA) from error
