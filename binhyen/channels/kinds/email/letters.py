"""The letter for one subscriber: headers for unsubscribing and threads (RFC 8058, 5322), plain text. Pure."""

import email.policy
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from binhyen import settings
from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.texts import MAIL_ENDS, MAIL_REASON, MAIL_URL
from binhyen.channels.types import OutgoingMessage

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
