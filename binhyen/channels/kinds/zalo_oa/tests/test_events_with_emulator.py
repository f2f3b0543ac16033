"""Every event that the fake Zalo emits passes the webhook receiver and is parsed."""

from typing import Any

from binhyen.channels.kinds.zalo_oa.tests.lab import ADAPTER, FakeZalo, run_with_client
from binhyen.channels.types import ChannelEvent, EventType, Incoming, IncomingMessage, UnknownEvent
from tests.ports import free_port


def parse_emitted_events(zalo: FakeZalo) -> list[Incoming]:
    """Return the parsed events so far; each signature is checked on the transmitted bytes."""
    account = zalo.account()
    results = []
    for row in zalo.control("webhooks?limit=1000")["deliveries"]:
        body, headers = row["body"].encode(), {"x-zevent-signature": f"mac={row['mac']}"}
        accepted = ADAPTER.accept_webhook(account, headers, body, now=zalo.now())
        assert accepted.event == row["event"]
        results.append(ADAPTER.parse(account, accepted.event, body))
    return results


def test_a_day_of_events(zalo: FakeZalo) -> None:
    from binhyen.channels.kinds.zalo_oa import groups

    zalo.control("setup", {"webhook_url": f"http://127.0.0.1:{free_port()}/"})
    try:
        hoa, admin = zalo.get_citizen_id(), zalo.get_citizen_id("Quản trị OA")
        account = zalo.account()

        async def create(api: Any) -> Any:
            return await groups.create_zalo_group(api, account, name="Tổ 1", description="", members=[admin, hoa])

        group = run_with_client(create).group_id
        zalo.control("say", {"citizen": hoa, "text": "Có trộm", "photo": True, "location": [18.35, 105.9]})
        zalo.control("say", {"citizen": hoa, "group": group, "text": f"[@{group}] Chào cả nhà"})
        run_with_client(lambda api: ADAPTER.send(api, account, zalo.message("Đã nhận")))
        run_with_client(
            lambda api: ADAPTER.send(api, account, zalo.message("Nội quy", recipient_id=None, external_group_id=group))
        )
        for path in ("seen", "withdraw", "click"):
            zalo.control(path, {"citizen": hoa})
        zalo.control("submit_info", {"citizen": hoa, "info": {"name": "Hoà", "phone": "84912345678"}})
        zalo.control("follow", {"citizen": hoa, "follow": False})
        zalo.control("tokens", {"do": "revoke"})
        parsed_events = parse_emitted_events(zalo)
    finally:
        zalo.control("setup", {"webhook_url": ""})
    assert not [item for item in parsed_events if isinstance(item, UnknownEvent)]
    messages = [item for item in parsed_events if isinstance(item, IncomingMessage)]
    assert [item.text for item in messages if item.group] == ["Chào cả nhà"]
    assert any(item.location == (18.35, 105.9) for item in messages) and any(item.media for item in messages)
    doings = {item.event_type for item in parsed_events if isinstance(item, ChannelEvent)}
    assert doings >= {
        EventType.GROUP_CREATED,
        EventType.JOINED,
        EventType.ECHO,
        EventType.DELIVERED,
        EventType.SEEN,
        EventType.ERASE_ME,
        EventType.INTERACTED,
        EventType.CONTACT_GIVEN,
        EventType.UNFOLLOWED,
        EventType.PERMISSION_REVOKED,
    }
