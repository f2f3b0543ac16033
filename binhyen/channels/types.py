"""Channel types shared by all adapters: incoming messages, outgoing messages and send failures.

No Django, no external JSON.
"""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class UploadedPicture:
    """A file uploaded with a form: the original bytes and, of a picture, a JPEG re-encoded without metadata.

    `kind`: image, audio or video; `name`: of a file that is no picture, without what it tells about its sender;
    `file_names`: files written for it so far, so that they can be removed if the transaction fails.
    """

    data: bytes = field(repr=False)
    shown: bytes = field(repr=False)
    width: int
    height: int
    kind: str = "image"
    name: str = ""
    file_names: list[str] = field(default_factory=list, compare=False)


STICKER = "sticker"  # never evidence


@dataclass(frozen=True, slots=True)
class Media:
    """A received file: its download address, or the picture itself."""

    kind: str  # image, file, audio, video, sticker
    url: str = ""
    name: str = ""
    upload: UploadedPicture | None = None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A received message. `text` is NFC; `sender` is the external id and goes straight to the vault."""

    external_id: str
    sender: str
    text: str
    sent_at: dt.datetime
    group: str | None = None  # external id of the group, None in a private chat
    media: tuple[Media, ...] = ()
    location: tuple[float, float] | None = None  # latitude, longitude, degrees
    quote_of: str | None = None


class EventType(StrEnum):
    """Types of events that are not messages."""

    FOLLOWED = "FOLLOWED"
    UNFOLLOWED = "UNFOLLOWED"
    INTERACTED = "INTERACTED"  # opened the chat, pressed a menu: the 48 h window restarts
    PRESSED = "PRESSED"  # a button of the message in `message_ids`; facts["text"]: what it says
    CONTACT_GIVEN = "CONTACT_GIVEN"
    DELIVERED = "DELIVERED"
    SEEN = "SEEN"
    ECHO = "ECHO"  # one of our own messages came back with its external id
    GROUP_CREATED = "GROUP_CREATED"
    GROUP_CHANGED = "GROUP_CHANGED"
    GROUP_GONE = "GROUP_GONE"
    JOINED = "JOINED"
    LEFT = "LEFT"
    ASKED_TO_JOIN = "ASKED_TO_JOIN"
    JOIN_REFUSED = "JOIN_REFUSED"
    ADMINS_CHANGED = "ADMINS_CHANGED"
    ERASE_ME = "ERASE_ME"
    PERMISSION_REVOKED = "PERMISSION_REVOKED"
    NOTED = "NOTED"  # known event without effect here


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """An event that is not a message. `user_ids`: external ids; `message_ids`: external ids of our messages."""

    event_type: EventType
    at: dt.datetime
    people: tuple[str, ...] = ()
    group: str | None = None
    message_ids: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)  # name, phone, address of CONTACT_GIVEN; text of PRESSED
    external_id: str = ""  # of PRESSED, which is read like a message


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event unknown to this adapter. It is stored and counted."""

    event: str


Incoming = IncomingMessage | ChannelEvent | UnknownEvent


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that goes out with a message. `kind`: image (JPEG or PNG) or file."""

    kind: str
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to one person or one group. `buttons`: (title, text sent when the person presses it); a channel
    without buttons writes them as lines. `quote_of`: external id of the message it answers.

    `ttl`, `urgency`, `topic`: for web push (RFC 8030): seconds that the service keeps it, very-low to high, and the
    name under which a newer message replaces it. `content`: the text, already encrypted for the recipient.
    """

    key: str  # idempotency key of this send, stable over retries
    text: str
    recipient_id: str | None = None
    external_group_id: str | None = None
    quote_of: str | None = None
    first_tried_at: dt.datetime | None = None
    buttons: tuple[tuple[str, str], ...] = ()
    media: tuple[OutgoingFile, ...] = ()
    ttl: int = 0
    urgency: str = "normal"
    topic: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """Confirmation by the channel. `external_ids`: one per part, since a long text is sent in several parts."""

    external_ids: tuple[str, ...]
    at: dt.datetime


GONE = "GONE"  # code of a failure: the recipient has ended, nothing will ever reach it
WAITING = "WAITING"  # code of a failure: nothing was tried, the service asked to wait


class SendFailed(Exception):
    """A failed send, typed by the next step.

    permanent: never try again. retry_after: seconds to wait, None = the usual ladder. pause_channel: nothing of this
    channel will pass for now (limit reached, grant lost), so the whole channel waits. token_refused: a fresh access
    token may help at once. delivery_unknown: the channel may have taken it (time-out after the request went out), so
    the next try asks first. unlisted_host: a file lies on a host that is not allowed yet, so its address waits for an
    operator.
    `code` and `reason` are for the operator's screen and hold no personal data.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str = "",
        is_permanent: bool = False,
        retry_after: float | None = None,
        pause_channel: bool = False,
        is_token_rejected: bool = False,
        delivery_unknown: bool = False,
        unlisted_host: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.is_permanent = is_permanent
        self.retry_after = retry_after
        self.pause_channel = pause_channel
        self.is_token_rejected = is_token_rejected
        self.delivery_unknown = delivery_unknown
        self.unlisted_host = unlisted_host


class WebhookRejected(Exception):
    """A webhook that was rejected. `status` is the HTTP status code, `reason` a word for the log."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
