"""Every documented event and its parsed form."""

import datetime as dt
import json
import math
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.channels.kinds.zalo_oa import events
from binhyen.channels.kinds.zalo_oa.tests.lab import ACCOUNT, ADAPTER, GROUP, NOW, OA, USER, build_event, parse
from binhyen.channels.types import ChannelEvent, EventType, Incoming, IncomingMessage, Media, UnknownEvent

PHOTO = {"thumbnail": "http://t.f6.photo.talk.zdn.vn/a", "url": "http://f6.photo.talk.zdn.vn/a.jpg"}
ATTACHMENTS: list[tuple[str, dict[str, Any], tuple[Media, ...]]] = [
    ("image", {"type": "image", "payload": PHOTO}, (Media("image", PHOTO["url"]),)),
    ("gif", {"type": "gif", "payload": PHOTO}, (Media("image", PHOTO["url"]),)),
    (
        "link",
        {"type": "link", "payload": {"thumbnail": "", "description": "Tin nóng", "url": "https://a.vn"}},
        (),
    ),
    (
        "audio",
        {"type": "audio", "payload": {"url": "https://x.zdn.vn/a.amr"}},
        (Media("audio", "https://x.zdn.vn/a.amr"),),
    ),
    (
        "video",
        {"type": "video", "payload": {"thumbnail": "", "description": "", "url": "https://x.zdn.vn/a.mp4"}},
        (Media("video", "https://x.zdn.vn/a.mp4"),),
    ),
    (
        "sticker",
        {"type": "sticker", "payload": {"id": "1", "url": "https://x.zdn.vn/s"}},
        (Media("sticker", "https://x.zdn.vn/s"),),
    ),
    (
        "file",
        {"type": "file", "payload": {"url": "https://x.zdn.vn/f", "name": "đơn.pdf", "size": "1024000", "type": "pdf"}},
        (Media("file", "https://x.zdn.vn/f", "đơn.pdf"),),
    ),
    ("image", {"type": "image", "payload": {"url": "file:///etc/passwd"}}, ()),
    ("image", {"type": "image", "payload": {"url": 7}}, ()),
]
TO_USER = {"sender": {"id": OA}, "recipient": {"id": USER}}
LIFE = {"sender": None, "recipient": None, "oa_id": OA, "group_id": GROUP}
TWO = [{"id": "1"}, {"id": "2"}]


def make_channel_event(doing: EventType, **more: Any) -> ChannelEvent:
    return ChannelEvent(doing, NOW, **more)


ME = {"people": (USER,)}
HAPPENINGS: list[tuple[dict[str, Any], ChannelEvent]] = [
    (
        build_event("follow", sender=None, recipient=None, follower={"id": USER}, oa_id=OA),
        make_channel_event(EventType.FOLLOWED, **ME),
    ),
    (
        build_event("unfollow", sender=None, recipient=None, follower={"id": USER}, oa_id=OA),
        make_channel_event(EventType.UNFOLLOWED, **ME),
    ),
    (
        build_event("user_click_chatnow", sender=None, recipient=None, user_id=USER, oa_id=OA),
        make_channel_event(EventType.INTERACTED, **ME),
    ),
    (build_event("user_call_oa"), make_channel_event(EventType.INTERACTED, **ME)),
    (build_event("widget_interaction_accepted", user_id=USER), make_channel_event(EventType.INTERACTED, **ME)),
    (build_event("user_reply_consent", user_consent="ALLOW"), make_channel_event(EventType.INTERACTED, **ME)),
    (build_event("user_reply_consent", user_consent="USER_BLOCKED"), make_channel_event(EventType.NOTED)),
    (build_event("user_withdraw", sender=None, user_id=USER), make_channel_event(EventType.ERASE_ME, **ME)),
    (build_event("permission_revoked", sender=None), make_channel_event(EventType.PERMISSION_REVOKED)),
    (
        build_event("user_seen_message", **TO_USER, message={"msg_ids": ["a", "b"]}),
        make_channel_event(EventType.SEEN, **ME, message_ids=("a", "b")),
    ),
    (
        build_event("user_seen_message", **TO_USER, message={"msg_ids": "a"}),
        make_channel_event(EventType.SEEN, **ME, message_ids=("a",)),
    ),
    (
        build_event("user_received_message", **TO_USER, message={"msg_id": "a"}),
        make_channel_event(EventType.DELIVERED, **ME, message_ids=("a",)),
    ),
    (
        build_event(
            "user_received_message", recipient={"id": "84123456789"}, message={"msg_id": "a", "tracking_id": "case"}
        ),
        make_channel_event(EventType.NOTED),
    ),
    (
        build_event("oa_send_text", **TO_USER, message={"msg_id": "m"}),
        make_channel_event(EventType.ECHO, **ME, message_ids=("m",)),
    ),
    (
        build_event("oa_send_image", sender={"id": OA, "admin_id": 5}, recipient={"id": USER}, message={"msg_id": "m"}),
        make_channel_event(EventType.ECHO, **ME, message_ids=("m",), facts={"by": "tool"}),
    ),
    (
        build_event("oa_send_group_text", sender={"id": OA}, recipient={"id": GROUP}, message={"msg_id": "m"}),
        make_channel_event(EventType.ECHO, group=GROUP, message_ids=("m",)),
    ),
    (
        build_event(
            "user_submit_info",
            info={
                "name": "Nguyễn  A",
                "phone": "84912345678",
                "full_address": {"user_city": "Tỉnh Hà Tĩnh", "user_ward": "Xã Lộc Hà", "user_address": "Thôn 3"},
            },
        ),
        make_channel_event(
            EventType.CONTACT_GIVEN,
            **ME,
            facts={"name": "Nguyễn A", "phone": "0912345678", "address": "Thôn 3, Xã Lộc Hà, Tỉnh Hà Tĩnh"},
        ),
    ),
    (
        build_event(
            "user_submit_info",
            info={"name": "A", "phone": 84912345678, "address": "x", "ward": "y", "district": "", "city": "z"},
        ),
        make_channel_event(
            EventType.CONTACT_GIVEN, **ME, facts={"name": "A", "phone": "0912345678", "address": "x, y, z"}
        ),
    ),
    *[
        (build_event(name, **LIFE, users=TWO), make_channel_event(doing, people=("1", "2"), group=GROUP))
        for name, doing in {
            "user_join_group": EventType.JOINED,
            "accept_request_join_group": EventType.JOINED,
            "react_request_join_group": EventType.JOINED,
            "react_request_join_group_accept": EventType.JOINED,
            "user_out_group": EventType.LEFT,
            "user_leave_group": EventType.LEFT,
            "user_request_join_group": EventType.ASKED_TO_JOIN,
            "reject_request_join_group": EventType.JOIN_REFUSED,
            "react_request_join_group_reject": EventType.JOIN_REFUSED,
        }.items()
    ],
    (
        build_event("user_join_group", **LIFE, users=[1, "2", {"id": 1}]),
        make_channel_event(EventType.JOINED, people=("1", "2"), group=GROUP),
    ),
    (build_event("create_group", **LIFE), make_channel_event(EventType.GROUP_CREATED, group=GROUP)),
    (build_event("update_group_info", **LIFE), make_channel_event(EventType.GROUP_CHANGED, group=GROUP)),
    (build_event("delete_group", **LIFE), make_channel_event(EventType.GROUP_GONE, group=GROUP)),
    (build_event("disperse_group", **LIFE), make_channel_event(EventType.GROUP_GONE, group=GROUP)),
    (
        build_event("add_group_admin", **LIFE, users=TWO),
        make_channel_event(EventType.ADMINS_CHANGED, people=("1", "2"), group=GROUP, facts={"change": "add"}),
    ),
    (
        build_event("remove_group_admin", **LIFE, users=TWO),
        make_channel_event(EventType.ADMINS_CHANGED, people=("1", "2"), group=GROUP, facts={"change": "remove"}),
    ),
    *[
        (build_event(name), make_channel_event(EventType.NOTED))
        for name in (
            "oa_send_anonymous_text",
            "user_reacted_message",
            "oa_reacted_message",
            "add_user_to_tag",
            "remove_user_from_tag",
            "remove_tag",
            "update_user_info",
            "extension_purchased",
            "shop_has_order",
            "oa_send_consent",
            "oa_call_user",
            "change_template_status",
            "change_oa_daily_quota",
            "change_template_quality",
            "change_oa_template_tags",
            "user_feedback",
            "event_journey_time_out",
            "event_journey_acknowledged",
        )
    ],
]


@pytest.mark.parametrize(("what", "becomes"), HAPPENINGS, ids=lambda x: x["event_name"] if isinstance(x, dict) else "")
def test_happenings(what: dict[str, Any], becomes: ChannelEvent) -> None:
    assert parse(what) == becomes


@pytest.mark.parametrize("place", ["", "group_"])
@pytest.mark.parametrize(("kind", "attachment", "media"), ATTACHMENTS)
def test_message_types(place: str, kind: str, attachment: dict[str, Any], media: tuple[Media, ...]) -> None:
    message = {"msg_id": "m", "text": "xe lạ biển 29A", "quote_msg_id": "q", "attachments": [attachment]}
    group = GROUP if place else None
    parsed = parse(build_event(f"user_send_{place}{kind}", recipient={"id": GROUP if place else OA}, message=message))
    text = "xe lạ biển 29A" + ("\nTin nóng\nhttps://a.vn" if kind == "link" else "")
    assert parsed == IncomingMessage("m", USER, text, NOW, group, media, None, "q")


def parse_location(latitude: Any, longitude: Any) -> Any:
    payload = {"coordinates": {"latitude": latitude, "longitude": longitude}}
    message = {"msg_id": "m", "attachments": [{"type": "location", "payload": payload}]}
    return parse(build_event("user_send_location", message=message))


def test_locations_are_strings_on_the_wire() -> None:
    parsed = parse_location("18.3559", "105.8877")
    assert parsed.location == (18.3559, 105.8877) and parsed.media == () and parsed.text == ""
    assert parse_location(18, 105.5).location == (18.0, 105.5)
    for bad in (("91", "0"), ("0", "181"), ("nan", "1"), ("inf", "1"), ("", ""), (None, "1"), (True, "1"), ([], {})):
        assert parse_location(*bad).location is None


def test_text_is_nfc_without_mentions_and_marks() -> None:
    raw = unicodedata.normalize("NFD", "[@f414c8f76fa586fbdfb4] Cháy\u200b ở Lộc Hà \u0000")
    parsed = parse(build_event("user_send_group_text", recipient={"id": GROUP}, message={"msg_id": "m", "text": raw}))
    assert parsed.text == "Cháy ở Lộc Hà"


def test_a_card_gives_its_phone() -> None:
    payload = {"thumbnail": "", "description": '{"phone":"84912345678","qrCodeUrl":"x"}', "url": "https://zalo.me/1"}
    message = {"msg_id": "m", "attachments": [{"type": "link", "payload": payload}]}
    parsed = parse(build_event("user_send_business_card", message=message))
    assert parsed.text == "Danh thiếp: 84912345678" and parsed.media == ()


def test_drift_of_types_and_unknown_fields() -> None:
    loose = build_event(
        "user_send_text", sender={"id": int(USER), "x": 1}, message={"msg_id": 5, "text": 12, "new": {}}
    )
    parsed = parse(loose | {"timestamp": int(loose["timestamp"]), "sth": [1]})
    assert (parsed.sender, parsed.external_id, parsed.text, parsed.sent_at) == (USER, "5", "12", NOW)


def test_unknown_events_and_other_accounts_are_stored() -> None:
    assert parse(build_event("user_does_a_new_thing")) == UnknownEvent("user_does_a_new_thing")
    assert parse(build_event("user_send_text", oa_id="1", message={"msg_id": "m"})) == UnknownEvent("other_oa")


@pytest.mark.parametrize(
    "what",
    [
        build_event("user_send_text", message={"text": "x"}),
        build_event("user_send_text", sender={}, message={"msg_id": "m"}),
        build_event("user_send_group_text", recipient=None, message={"msg_id": "m"}),
        build_event("user_send_text", message={"msg_id": "m"}, timestamp="soon"),
        build_event("user_send_text", message={"msg_id": "m"}, timestamp="9" * 15),
        build_event("user_join_group", **LIFE | {"group_id": None}),
        build_event("user_join_group", **LIFE, users=[{}]),
        build_event("user_send_text", message={"msg_id": "m", "text": {"a": 1}}),
        build_event("follow", sender=None),
    ],
)
def test_wrong_shapes_are_value_errors(what: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        parse(what)


_TABLES = [
    events._MESSAGE_EVENTS,
    events._ECHO_EVENTS,
    events._IGNORED_EVENTS,
    events._GROUP_EVENTS,
    events._PRIVATE_EVENTS,
    events._SPECIAL_PARSERS,
]
NAMES = sorted(name for table in _TABLES for name in table)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "payload", "url", "coordinates", "latitude", "longitude"]), inner
        )
    ),
    max_leaves=12,
)


@given(
    st.sampled_from(NAMES),
    st.dictionaries(
        st.sampled_from(["sender", "recipient", "message", "users", "info", "timestamp", "group_id"]), VALUES
    ),
    st.dictionaries(st.sampled_from(["msg_id", "text", "attachments", "msg_ids", "quote_msg_id"]), VALUES),
)
def test_nothing_but_value_errors(name: str, fields: dict[str, Any], message: dict[str, Any]) -> None:
    body = json.dumps(build_event(name) | {"message": message} | fields).encode()
    try:
        parsed = ADAPTER.parse(ACCOUNT, name, body)
    except ValueError:
        return
    assert isinstance(parsed, Incoming)
    if isinstance(parsed, IncomingMessage):
        assert parsed.text == unicodedata.normalize("NFC", parsed.text) and isinstance(parsed.sent_at, dt.datetime)
        assert parsed.location is None or all(math.isfinite(x) for x in parsed.location)


def test_a_shared_link_is_the_message_text() -> None:
    payload = {"thumbnail": "t", "description": "Nhận quà\n50 triệu", "url": "https://qua-tang.example/x"}
    message = {"msg_id": "m", "attachments": [{"type": "link", "payload": payload}]}
    assert parse(build_event("user_send_link", message=message)).text == "Nhận quà 50 triệu\nhttps://qua-tang.example/x"
    asks = message | {"text": "https://qua-tang.example/x có lừa không"}
    assert parse(build_event("user_send_link", message=asks)).text == f"{asks['text']}\nNhận quà 50 triệu"


def test_text_split_by_a_mention_is_joined() -> None:
    parsed = parse(build_event("user_send_text", message={"msg_id": "m", "text": "tro[@1]\u0302\u0323m"}))
    assert parsed.text == "trộm"


def test_an_anonymous_web_visitor_is_parsed_with_an_address() -> None:
    message = {"msg_id": "m", "text": "Có trộm ở thôn 3", "conversation_id": "c7"}
    parsed = parse(build_event("anonymous_send_text", message=message))
    assert (parsed.text, parsed.sender, parsed.group) == ("Có trộm ở thôn 3", f"anonymous:{USER}:c7", None)
