"""Zalo's JSON as Pydantic models: tolerant of string/number/bool drift and of unknown fields."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _to_text(value: Any) -> str:
    """Return strings unchanged, whole numbers as digits, None as "". Raises ValueError for any other type."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | float) or not isinstance(value, int):
        raise ValueError("neither text nor a whole number")
    return str(value)


def _to_int(value: Any) -> int:
    """Return whole numbers, also from text; 0 for any other value."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value
    text = str(value).strip() if isinstance(value, str) else ""
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 20 else 0


def _to_bool(value: Any) -> bool:
    return str(value).strip().lower() in {"true", "1", "yes"}


def _to_objects(value: Any) -> list[Any]:
    """Return a list of objects; bare ids become objects, a single object a list of one."""
    if value is None:
        return []
    rows = value if isinstance(value, list) else [value]
    return [row if isinstance(row, dict) else {"id": row} for row in rows]


def _to_object(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _to_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


_ODD = re.compile(r"[^A-Za-z0-9_.:-]+")
Text = Annotated[str, BeforeValidator(_to_text)]
Integer = Annotated[int, BeforeValidator(_to_int)]
Boolean = Annotated[bool, BeforeValidator(_to_bool)]


class ZaloModel(BaseModel):
    """Base of all models: unknown fields are ignored, values are coerced only as described above."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class EventParty(ZaloModel):
    id: Text = ""
    admin_id: Text = ""


class EventAttachment(ZaloModel):
    type: Text = ""
    payload: Annotated[dict[str, Any], BeforeValidator(_to_object)] = Field(default_factory=dict)


class EventMessage(ZaloModel):
    text: Text = ""
    msg_id: Text = ""
    msg_ids: Annotated[list[Text], BeforeValidator(_to_list)] = Field(default_factory=list)
    quote_msg_id: Text = ""
    tracking_id: Text = ""
    conversation_id: Text = ""
    data: Any = ""  # of a pressed button, by the documents
    payload: Any = ""  # … and by other sources
    title: Any = ""
    attachments: Annotated[list[EventAttachment], BeforeValidator(_to_objects)] = Field(default_factory=list)


class ZaloEvent(ZaloModel):
    """A webhook event. People of a group event are in `users`, of other events in sender, follower, user_id."""

    event_name: Text = ""
    app_id: Text = ""
    oa_id: Text = ""
    timestamp: Text = ""
    msg_id: Text = ""  # of the message whose button was pressed
    sender: Annotated[EventParty, BeforeValidator(_to_object)] = EventParty()
    recipient: Annotated[EventParty, BeforeValidator(_to_object)] = EventParty()
    follower: Annotated[EventParty, BeforeValidator(_to_object)] = EventParty()
    user_id: Text = ""
    group_id: Text = ""
    users: Annotated[list[EventParty], BeforeValidator(_to_objects)] = Field(default_factory=list)
    message: Annotated[EventMessage, BeforeValidator(_to_object)] = EventMessage()
    info: Annotated[dict[str, Any], BeforeValidator(_to_object)] = Field(default_factory=dict)
    user_consent: Text = ""


class TokenResponse(ZaloModel):
    access_token: Text = ""
    refresh_token: Text = ""
    expires_in: Integer = 0
    error: Any = 0  # a number, or OAuth's own word such as "invalid_grant"
    error_name: Any = ""
    error_description: Any = ""
    error_reason: Any = ""
    message: Any = ""

    def refusal(self) -> tuple[int, str]:
        """Return the error's number (0: none) and its words, cleaned for a log line; ("" where there are none)."""
        number = _to_int(self.error)
        candidates = (self.error_name, "" if number else self.error, self.error_description, self.message)
        words = next((w for w in candidates if isinstance(w, str) and w.strip()), "")
        return number, _ODD.sub(" ", words).strip()[:60]


class SentResponse(ZaloModel):
    message_id: Text
    sent_time: Integer = 0


class UploadResponse(ZaloModel):
    """`attachment_id` of a picture, `token` of a file."""

    attachment_id: Text = ""
    token: Text = ""


class HistoryRow(ZaloModel):
    """A line of a conversation's history; `src` 0 = the OA."""

    src: Integer = -1
    time: Integer = 0
    type: Text = ""
    message: Text = ""
    message_id: Text = ""
    from_id: Text = ""
    to_id: Text = ""
    group_id: Text = ""
    url: Any = ""
    thumb: Any = ""
    description: Any = ""
    location: Any = None


class AccountInfo(ZaloModel):
    """The account itself (getoa); the sources name its id differently."""

    oaid: Text = ""
    oa_id: Text = ""
    name: Text = ""
    is_verified: Boolean = False
    package_name: Text = ""
    package_valid_through_date: Text = ""
    package_auto_renew_date: Text = ""

    @property
    def account_id(self) -> str:
        return self.oaid or self.oa_id


class MessageQuota(ZaloModel):
    """Messages of the package after the free 48 hours; `remain` of `total`."""

    quota_type: Text = ""
    total: Integer = 0
    remain: Integer = 0
    valid_through: Text = ""


class AssetRow(ZaloModel):
    asset_id: Text
    product_type: Text = ""
    quota_type: Text = ""
    status: Text = ""
    used_id: Text = ""
    valid_through: Text = ""
    auto_renew: Boolean = False


class ListPage(ZaloModel):
    """A page of a list; `total` counts all of its pages."""

    total: Integer = 0


class GroupSummary(ZaloModel):
    group_id: Text
    name: Text = ""
    group_link: Text = ""
    group_description: Text = ""
    total_member: Integer = 0
    max_member: Integer = 0
    status: Text = ""


class GroupSetting(ZaloModel):
    lock_send_msg: Boolean = False
    join_appr: Boolean = False
    enable_msg_history: Boolean = False
    enable_link_join: Boolean = False


class GroupDetail(ZaloModel):
    group_info: GroupSummary
    group_setting: GroupSetting = GroupSetting()


class MemberRow(ZaloModel):
    user_id: Text = ""
    oa_id: Text = ""
    name: Text = ""
