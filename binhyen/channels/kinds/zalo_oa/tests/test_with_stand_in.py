"""Every event that the fake Zalo emits passes the webhook receiver and is parsed."""

from typing import Any

from binhyen.channels.kinds.zalo_oa.tests.lab import ADAPTER, StandIn, with_client
from binhyen.channels.types import Doing, Happening, Incoming, IncomingMessage, Unknown
from tests.ports import free_port


def taken(zalo: StandIn) -> list[Incoming]:
    """Return the parsed events so far; each signature is checked on the transmitted bytes."""
    account = zalo.account()
    found = []
    for row in zalo.control("webhooks?limit=1000")["deliveries"]:
        body, headers = row["body"].encode(), {"x-zevent-signature": f"mac={row['mac']}"}
        seen = ADAPTER.take(account, headers, body, now=zalo.now())
        assert seen.event == row["event"]
        found.append(ADAPTER.parse(account, seen.event, body))
    return found


def test_a_day_of_events(zalo: StandIn) -> None:
    from binhyen.channels.kinds.zalo_oa import groups

    zalo.control("setup", {"webhook_url": f"http://127.0.0.1:{free_port()}/"})
    try:
        hoa, admin = zalo.citizen(), zalo.citizen("Quản trị OA")
        account = zalo.account()
        make: Any = lambda api: groups.create(api, account, name="Tổ 1", description="", members=[admin, hoa])  # noqa: E731
        group = with_client(make).group_id
        zalo.control("say", {"citizen": hoa, "text": "Có trộm", "photo": True, "location": [18.35, 105.9]})
        zalo.control("say", {"citizen": hoa, "group": group, "text": f"[@{group}] Chào cả nhà"})
        with_client(lambda api: ADAPTER.send(api, account, zalo.message("Đã nhận")))
        with_client(lambda api: ADAPTER.send(api, account, zalo.message("Nội quy", to_person=None, to_group=group)))
        for path in ("seen", "withdraw", "click"):
            zalo.control(path, {"citizen": hoa})
        zalo.control("submit_info", {"citizen": hoa, "info": {"name": "Hoà", "phone": "84912345678"}})
        zalo.control("follow", {"citizen": hoa, "follow": False})
        zalo.control("tokens", {"do": "revoke"})
        found = taken(zalo)
    finally:
        zalo.control("setup", {"webhook_url": ""})
    assert not [one for one in found if isinstance(one, Unknown)]
    said = [one for one in found if isinstance(one, IncomingMessage)]
    assert [one.text for one in said if one.group] == ["Chào cả nhà"]
    assert any(one.location == (18.35, 105.9) for one in said) and any(one.media for one in said)
    doings = {one.doing for one in found if isinstance(one, Happening)}
    assert doings >= {
        Doing.GROUP_CREATED, Doing.JOINED, Doing.ECHO, Doing.DELIVERED, Doing.SEEN, Doing.ERASE_ME,
        Doing.INTERACTED, Doing.CONTACT_GIVEN, Doing.UNFOLLOWED, Doing.PERMISSION_REVOKED,
    }  # fmt: skip
