"""Zalo's JSON as Pydantic models: tolerant of string/number/bool drift and of unknown fields."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _word(value: Any) -> str:
    """Return strings unchanged, whole numbers as digits, None as "". Raises ValueError for any other type."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | float) or not isinstance(value, int):
        raise ValueError("neither text nor a whole number")
    return str(value)


def _number(value: Any) -> int:
    """Return whole numbers, also from text; 0 for any other value."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value
    text = str(value).strip() if isinstance(value, str) else ""
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 20 else 0


def _flag(value: Any) -> bool:
    return str(value).strip().lower() in {"true", "1", "yes"}


def _objects(value: Any) -> list[Any]:
    """Return a list of objects; bare ids become objects, a single object a list of one."""
    if value is None:
        return []
    rows = value if isinstance(value, list) else [value]
    return [row if isinstance(row, dict) else {"id": row} for row in rows]


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _words(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


_ODD = re.compile(r"[^A-Za-z0-9_.:-]+")
Word = Annotated[str, BeforeValidator(_word)]
Number = Annotated[int, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class Outside(BaseModel):
    """Base of all models: unknown fields are ignored, values are coerced only as described above."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Party(Outside):
    id: Word = ""
    admin_id: Word = ""


class Attachment(Outside):
    type: Word = ""
    payload: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(default_factory=dict)


class Message(Outside):
    text: Word = ""
    msg_id: Word = ""
    msg_ids: Annotated[list[Word], BeforeValidator(_words)] = Field(default_factory=list)
    quote_msg_id: Word = ""
    tracking_id: Word = ""
    conversation_id: Word = ""
    attachments: Annotated[list[Attachment], BeforeValidator(_objects)] = Field(default_factory=list)


class Event(Outside):
    """A webhook event. People of a group event are in `users`, of other events in sender, follower, user_id."""

    event_name: Word = ""
    app_id: Word = ""
    oa_id: Word = ""
    timestamp: Word = ""
    sender: Annotated[Party, BeforeValidator(_object)] = Party()
    recipient: Annotated[Party, BeforeValidator(_object)] = Party()
    follower: Annotated[Party, BeforeValidator(_object)] = Party()
    user_id: Word = ""
    group_id: Word = ""
    users: Annotated[list[Party], BeforeValidator(_objects)] = Field(default_factory=list)
    message: Annotated[Message, BeforeValidator(_object)] = Message()
    info: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(default_factory=dict)
    user_consent: Word = ""


class Tokens(Outside):
    access_token: Word = ""
    refresh_token: Word = ""
    expires_in: Number = 0
    error: Any = 0  # a number, or OAuth's own word such as "invalid_grant"
    error_name: Any = ""
    error_description: Any = ""
    error_reason: Any = ""
    message: Any = ""

    def refusal(self) -> tuple[int, str]:
        """Return the error's number (0: none) and its words, cleaned for a log line; ("" where there are none)."""
        number = _number(self.error)
        candidates = (self.error_name, "" if number else self.error, self.error_description, self.message)
        words = next((w for w in candidates if isinstance(w, str) and w.strip()), "")
        return number, _ODD.sub(" ", words).strip()[:60]


class Sent(Outside):
    message_id: Word
    sent_time: Number = 0


class Row(Outside):
    """A line of a conversation's history; `src` 0 = the OA."""

    src: Number = -1
    time: Number = 0
    message: Word = ""
    message_id: Word = ""


class AssetRow(Outside):
    asset_id: Word
    product_type: Word = ""
    status: Word = ""
    used_id: Word = ""


class Listed(Outside):
    """A page of a list; `total` counts all of its pages."""

    total: Number = 0


class GroupSummary(Outside):
    group_id: Word
    name: Word = ""
    group_link: Word = ""
    group_description: Word = ""
    total_member: Number = 0
    max_member: Number = 0
    status: Word = ""


class GroupSetting(Outside):
    lock_send_msg: Flag = False
    join_appr: Flag = False
    enable_msg_history: Flag = False
    enable_link_join: Flag = False


class GroupDetail(Outside):
    group_info: GroupSummary
    group_setting: GroupSetting = GroupSetting()


class MemberRow(Outside):
    user_id: Word = ""
    oa_id: Word = ""
    name: Word = ""


class UserDetail(Outside):
    user_id: Word = ""
    display_name: Word = ""
    user_is_follower: Flag = False
