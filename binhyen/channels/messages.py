"""The language of all adapters: what comes in, what goes out, how a send ends. No Django, no outside JSON."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that came with a form: as it came, and made anew as JPEG without metadata. `names`: files written of
    it so far, for who removes them where the transaction fails.
    """

    data: bytes = field(repr=False)
    shown: bytes = field(repr=False)
    width: int
    height: int
    names: list[str] = field(default_factory=list, compare=False)


STICKER = "sticker"  # a smile, no proof of anything


@dataclass(frozen=True, slots=True)
class Media:
    """A file somebody sent: where to fetch it, or the picture itself."""

    kind: str  # image, file, audio, video, sticker
    url: str = ""
    name: str = ""
    upload: Upload | None = None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """What somebody wrote. `text` is NFC; `sender` is the outside id and goes straight to the vault."""

    outside_id: str
    sender: str
    text: str
    sent_at: dt.datetime
    group: str | None = None  # outside id of the group, None in a private chat
    media: tuple[Media, ...] = ()
    location: tuple[float, float] | None = None  # latitude, longitude, degrees
    quote_of: str | None = None


class Doing(StrEnum):
    """What happened besides a message."""

    FOLLOWED = "FOLLOWED"
    UNFOLLOWED = "UNFOLLOWED"
    INTERACTED = "INTERACTED"  # opened the chat, pressed a menu: the 48 h window starts anew
    CONTACT_GIVEN = "CONTACT_GIVEN"
    DELIVERED = "DELIVERED"
    SEEN = "SEEN"
    ECHO = "ECHO"  # a message of our own came back with its outside id
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
    NOTED = "NOTED"  # known, and of no consequence here


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that is no message. `people`: outside ids; `message_ids`: outside ids of our messages."""

    doing: Doing
    at: dt.datetime
    people: tuple[str, ...] = ()
    group: str | None = None
    message_ids: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)  # name, phone, address of CONTACT_GIVEN


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event this adapter does not know. Kept and counted."""

    event: str


Incoming = IncomingMessage | Happening | Unknown


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What to send to one person or one group. `buttons`: (title, what the person then says)."""

    key: str  # our own id of this send, stable over retries
    text: str
    to_person: str | None = None
    to_group: str | None = None
    quote_of: str | None = None
    first_tried_at: dt.datetime | None = None
    buttons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel took it. `outside_ids`: one a part, since a long text travels in several."""

    outside_ids: tuple[str, ...]
    at: dt.datetime


class SendFailed(Exception):
    """A send that failed, typed by what to do next.

    permanent: never try again. retry_after: seconds to wait, None = the usual ladder. pause_channel: nothing of this
    channel will pass for now (limit reached, grant lost), so the whole channel waits. token_refused: a fresh access
    token may help at once. maybe_sent: the channel may have taken it (time-out after the request went out), so the next
    try asks first. unlisted_host: a file lies on a host that nobody allowed yet, so its address waits for an operator.
    `code` and `reason` are for the operator's screen and hold no personal data.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str = "",
        permanent: bool = False,
        retry_after: float | None = None,
        pause_channel: bool = False,
        token_refused: bool = False,
        maybe_sent: bool = False,
        unlisted_host: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after
        self.pause_channel = pause_channel
        self.token_refused = token_refused
        self.maybe_sent = maybe_sent
        self.unlisted_host = unlisted_host


class Refused(Exception):
    """A webhook that is not taken. `status` is the HTTP answer, `reason` a word for the log."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
