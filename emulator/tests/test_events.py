"""The shape of every event caused by a citizen."""

import hashlib
from typing import Any

from emulator.signing import sign_webhook
from emulator.tests.lab import Lab, run_scenario

WHO = "Trần Văn Đức"


async def send_citizen_message(lab: Lab, **content: Any) -> Any:
    return await lab.control("/say", {"citizen": WHO} | content)


def test_every_kind_of_message_has_its_documented_payload() -> None:
    async def play_scenario(lab: Lab) -> None:
        await send_citizen_message(lab, image="/9j/4AAQ", text="xe lạ")
        await send_citizen_message(lab, gif="R0lGODlh")
        await send_citizen_message(lab, audio="IyFBTVI=")
        await send_citizen_message(lab, video="AAAAGGZ0eXBtcDQy")
        await send_citizen_message(lab, sticker="bfe458bf64fa8da4d4eb")
        await send_citizen_message(lab, location=[18.4533, 105.9011])
        await send_citizen_message(lab, file={"name": "Đơn trình báo.pdf", "data": "JVBERi0xLjc="})
        await send_citizen_message(lab, link={"url": "https://x.vn/tin", "description": "tin", "thumbnail": ""})
        await send_citizen_message(lab, card={"phone": "0912345678"})
        await lab.wait_until_delivered()
        events = {event["event_name"].removeprefix("user_send_"): event for event in lab.hook.events}
        assert list(events) == [
            "image",
            "gif",
            "audio",
            "video",
            "sticker",
            "location",
            "file",
            "link",
            "business_card",
        ]
        payloads = {kind: event["message"]["attachments"][0] for kind, event in events.items()}
        assert events["image"]["message"]["text"] == "xe lạ"
        assert set(payloads["image"]["payload"]) == {"thumbnail", "url"}
        assert payloads["audio"]["payload"]["url"].endswith(".amr")
        assert set(payloads["video"]["payload"]) == {"thumbnail", "description", "url"}
        assert set(payloads["sticker"]["payload"]) == {"id", "url"}
        assert payloads["location"] == {
            "type": "location",
            "payload": {"coordinates": {"latitude": "18.4533", "longitude": "105.9011"}},
        }
        file = payloads["file"]["payload"]
        assert (file["name"], file["size"], file["type"]) == ("Đơn trình báo.pdf", "8", "pdf")
        assert file["checksum"] == hashlib.md5(b"%PDF-1.7", usedforsecurity=False).hexdigest()
        assert payloads["business_card"]["type"] == "link"
        assert '"phone":"0912345678"' in payloads["business_card"]["payload"]["description"]
        for event in events.values():
            assert set(event) == {
                "app_id",
                "sender",
                "user_id_by_app",
                "recipient",
                "event_name",
                "message",
                "timestamp",
            }
            assert isinstance(event["timestamp"], str)

    run_scenario(play_scenario)


def test_acts_that_are_no_messages() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/follow", {"citizen": "Hoàng Thị Xuân"})
        await lab.control("/follow", {"citizen": "Hoàng Thị Xuân", "follow": False})
        await lab.control("/click", {"citizen": "Hoàng Thị Xuân"})
        await lab.control("/click", {"citizen": "Hoàng Thị Xuân"})
        await lab.control("/withdraw", {"citizen": "Hoàng Thị Xuân"})
        await lab.wait_until_delivered()
        assert lab.hook.list_names == ["follow", "unfollow", "user_click_chatnow", "user_withdraw"]
        follow, _, _, withdraw = lab.hook.events
        assert set(follow) == {
            "oa_id",
            "follower",
            "user_id_by_app",
            "event_name",
            "source",
            "app_id",
            "timestamp",
        }
        assert follow["source"] == "oa_profile"
        assert withdraw["user_id"] == lab.id("Hoàng Thị Xuân")

    run_scenario(play_scenario)


def test_seen_reacted_and_quoted() -> None:
    async def play_scenario(lab: Lab) -> None:
        body = {"recipient": {"user_id": lab.id(WHO)}, "message": {"text": "đã nhận"}}
        sent = (await lab.post("/v3.0/oa/message/cs", body)).data["message_id"]
        assert (await lab.control("/seen", {"citizen": WHO}))["msg_ids"] == [sent]
        assert (await lab.control("/seen", {"citizen": WHO}))["msg_ids"] == []
        await lab.control("/react", {"citizen": WHO, "msg_id": sent, "icon": "/-strong"})
        await send_citizen_message(lab, text="vâng", quote=sent)
        await lab.wait_until_delivered()
        events = {event["event_name"]: event for event in lab.hook.events}
        assert events["user_seen_message"]["message"] == {"msg_ids": [sent]}
        assert events["user_seen_message"]["sender"] == {"id": lab.emu.ids.oa_id}
        assert events["user_reacted_message"]["message"] == {"msg_id": sent, "react_icon": "/-strong"}
        assert events["user_send_text"]["message"]["quote_msg_id"] == sent

    run_scenario(play_scenario)


def test_any_raw_event_is_signed_and_sent() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/event", {"event": {"event_name": "shop_has_order", "order": 1}})
        await lab.control("/event", {"event": {}}, expect=400)
        await lab.wait_until_delivered()
        headers, raw = lab.hook.received[0]
        account, event = lab.emu.world.account, lab.hook.events[0]
        assert (event["event_name"], event["order"]) == ("shop_has_order", 1)
        mac = sign_webhook(account.app_id, raw, event["timestamp"], account.oa_secret_key)
        assert headers["x-zevent-signature"] == f"mac={mac}"

    run_scenario(play_scenario)
