"""Consultation messages: shapes, time windows, limits, quota, and discontinued features."""

import unicodedata

import pytest

from emulator.tests.lab import Answer, Lab, build_multipart, run_scenario

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
WHO = "Trần Văn Đức"


async def send_consultation(lab: Lab, message: object, who: str = WHO) -> Answer:
    return await lab.post("/v3.0/oa/message/cs", {"recipient": {"user_id": lab.id(who)}, "message": message})


def build_media(**element: object) -> dict[str, object]:
    payload = {"template_type": "media", "elements": [element]}
    return {"text": "chú thích", "attachment": {"type": "template", "payload": payload}}


async def upload_file(lab: Lab, kind: str, data: bytes, name: str) -> Answer:
    body, headers = build_multipart(data, name)
    headers["access_token"] = lab.token
    return await lab.call("POST", f"/openapi/v2.0/oa/upload/{kind}", body, headers=headers)


def test_the_answer_has_the_documented_shape_and_headers() -> None:
    async def play_scenario(lab: Lab) -> None:
        answer = await send_consultation(lab, {"text": "hello, world!"})
        assert answer.status == 200
        assert (answer.json["error"], answer.json["message"]) == (0, "Success")
        assert set(answer.data) == {"message_id", "user_id", "sent_time", "quota"}
        assert answer.data["quota"] == {"quota_type": "reply", "remain": "8", "total": "8"}
        assert answer.data["user_id"] == lab.id(WHO)
        assert len(answer.data["message_id"]) == 20
        assert answer.data["sent_time"].isdigit()
        assert answer.headers["x-ratelimit-limit"] == "4000"
        assert answer.headers["x-ratelimit-remain"] == "3999"
        await lab.wait_until_delivered()
        assert lab.hook.list_names == ["oa_send_text", "user_received_message"]
        echo, received = lab.hook.events
        assert (echo["sender"]["id"], echo["recipient"]["id"]) == (lab.emu.ids.oa_id, lab.id(WHO))
        assert received["message"] == {"msg_id": answer.data["message_id"]}

    run_scenario(play_scenario)


def test_windows_by_the_interaction_clock() -> None:
    async def play_scenario(lab: Lab) -> None:
        lab.advance_clock(hours=48)
        await lab.control("/tokens", {"do": "issue"})
        assert (await send_consultation(lab, {"text": "x"})).data["quota"]["quota_type"] == "reply"
        lab.advance_clock(seconds=1)
        quota = (await send_consultation(lab, {"text": "x"})).data["quota"]
        assert quota == {"quota_type": "sub_quota", "expired_date": "30/11/2026", "remain": "1999", "total": "2000"}
        lab.advance_clock(days=5)
        await lab.control("/tokens", {"do": "issue"})
        late = await send_consultation(lab, {"text": "x"})
        assert late.json == {"error": -230, "message": "User has not interacted with the OA in the past 7 days"}
        await lab.control("/say", {"citizen": WHO, "text": "còn đây"})
        assert (await send_consultation(lab, {"text": "x"})).data["quota"]["quota_type"] == "reply"

    run_scenario(play_scenario)


def test_strangers_blockers_and_banned_are_told_apart() -> None:
    async def play_scenario(lab: Lab) -> None:
        assert (await send_consultation(lab, {"text": "x"}, "Đặng Hữu Nghĩa")).error == -232
        await lab.control("/citizen", {"citizen": WHO, "blocked": True})
        assert (await send_consultation(lab, {"text": "x"})).error == -244
        await lab.control("/citizen", {"citizen": WHO, "banned": True})
        assert (await send_consultation(lab, {"text": "x"})).error == -227
        unknown = await lab.post("/v3.0/oa/message/cs", {"recipient": {"user_id": "1"}, "message": {"text": "x"}})
        assert unknown.json == {"error": -201, "message": "user_id is invalid!"}

    run_scenario(play_scenario)


def test_the_paid_window_ends_with_the_package() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/setup", {"sub_quota": 1})
        lab.advance_clock(hours=49)
        await lab.control("/tokens", {"do": "issue"})
        assert (await send_consultation(lab, {"text": "x"})).error == 0
        assert (await send_consultation(lab, {"text": "x"})).error == -211
        answer = await lab.post(
            "/v3.0/oa/quota/message", {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
        )
        assert (answer.data[0]["total"], answer.data[0]["remain"]) == (1, 0)
        quota = await lab.post("/v3.0/oa/quota/message", {"user_id": lab.id(WHO)})
        assert quota.data["cs_reply"] == {"remain": 0, "total": 8}
        assert quota.data["last_interaction"].isdigit()

    run_scenario(play_scenario)


def test_length_is_counted_after_nfc() -> None:
    async def play_scenario(lab: Lab) -> None:
        text = unicodedata.normalize("NFD", "ệ" * 2000)
        assert len(text) == 6000
        assert (await send_consultation(lab, {"text": text})).error == 0
        assert (await send_consultation(lab, {"text": "ệ" * 2001})).error == -210
        assert (await send_consultation(lab, {"text": ""})).json["message"] == "text is invalid!"

    run_scenario(play_scenario)


def test_pictures_files_and_their_week() -> None:
    async def play_scenario(lab: Lab) -> None:
        image = (await upload_file(lab, "image", PNG, "a.png")).data["attachment_id"]
        token = (await upload_file(lab, "file", b"%PDF-1.7 x", "bao cao.pdf")).data["token"]
        file = {"attachment": {"type": "file", "payload": {"token": token}}}
        assert (await send_consultation(lab, build_media(media_type="image", attachment_id=image))).error == 0
        assert (
            await send_consultation(lab, build_media(media_type="image", url="https://binhyen.example/a.jpg"))
        ).error == 0
        assert (
            await send_consultation(lab, build_media(media_type="sticker", attachment_id="bfe458bf64fa8da4d4eb"))
        ).error == 0
        assert (await send_consultation(lab, file)).error == 0
        await lab.wait_until_delivered()
        echoes = [name for name in lab.hook.list_names if name.startswith("oa_")]
        assert echoes == ["oa_send_image", "oa_send_image", "oa_send_sticker", "oa_send_file"]
        assert (await send_consultation(lab, build_media(media_type="image", attachment_id="unknown"))).error == -201
        assert (await send_consultation(lab, build_media(media_type="gif", url="https://x/a.gif"))).error == -201
        assert (await send_consultation(lab, build_media(media_type="image", url="file:///etc/passwd"))).error == -201
        lab.advance_clock(days=6, hours=23)
        await lab.control("/tokens", {"do": "issue"})
        assert (await send_consultation(lab, file)).error == 0
        lab.advance_clock(hours=1)
        await lab.control("/say", {"citizen": WHO, "text": "x"})
        expired = await send_consultation(lab, build_media(media_type="image", attachment_id=image))
        assert expired.json == {"error": -100, "message": "attachment_id was expired"}

    run_scenario(play_scenario)


@pytest.mark.parametrize(
    ("kind", "data", "name", "error"),
    [
        ("image", PNG + b"\0" * 1024 * 1024, "a.png", -210),
        ("image", b"<html>", "a.png", -201),
        ("gif", PNG, "a.gif", -201),
        ("file", b"MZ", "a.exe", -201),
        ("file", b"not a pdf", "a.pdf", -201),
        ("file", b"%PDF" + b"\0" * 5 * 1024 * 1024, "a.pdf", -210),
        ("gif", b"GIF89a", "a.gif", 0),
        ("file", b"a,b\n", "a.csv", 0),
    ],
)
def test_upload_limits(kind: str, data: bytes, name: str, error: int) -> None:
    async def play_scenario(lab: Lab) -> None:
        assert (await upload_file(lab, kind, data, name)).error == error

    run_scenario(play_scenario)


def test_a_quote_and_the_request_for_details() -> None:
    async def play_scenario(lab: Lab) -> None:
        citizen_message = await lab.control("/say", {"citizen": WHO, "text": "cháy"})
        assert (
            await send_consultation(lab, {"text": "đã rõ", "quote_message_id": citizen_message["msg_id"]})
        ).error == 0
        assert (await send_consultation(lab, {"text": "đã rõ", "quote_message_id": "feed"})).error == -201
        element = {"title": "t", "subtitle": "s", "image_url": "https://x/a.png"}
        ask = {"template_type": "request_user_info", "elements": [element]}
        assert (await send_consultation(lab, {"attachment": {"type": "template", "payload": ask}})).error == 0
        long = {"template_type": "request_user_info", "elements": [element | {"title": "t" * 101}]}
        assert (await send_consultation(lab, {"attachment": {"type": "template", "payload": long}})).error == -210
        strange = {"attachment": {"type": "template", "payload": {"template_type": "promotion"}}}
        assert (await send_consultation(lab, strange)).error == -233
        sent = (await lab.control("/sent"))["sent"]
        assert [row["type"] for row in sent] == ["text", "template"]
        assert sent[0]["quote_message_id"] == citizen_message["msg_id"]
        assert sent[0]["request"]["message"]["text"] == "đã rõ"

    run_scenario(play_scenario)


def test_what_is_shut_down_says_so() -> None:
    async def play_scenario(lab: Lab) -> None:
        body = {"recipient": {"user_id": lab.id(WHO)}, "message": {"text": "x"}}
        assert (await lab.post("/v2.0/oa/message", body)).json == {
            "error": -240,
            "message": "MessageV2 API has been shut down, please switch to MessageV3",
        }
        assert (await lab.post("/v3.0/oa/message/transaction", body)).error == -233
        await lab.control("/switches", {"old_sends": True})
        card = {"recipient": body["recipient"], "message": {"attachment": {"type": "template", "payload": {}}}}
        assert (await lab.post("/v3.0/oa/message/transaction", card)).error == 0

    run_scenario(play_scenario)


def test_reactions_and_anonymous_visitors_still_use_v2() -> None:
    async def play_scenario(lab: Lab) -> None:
        citizen_message = await lab.control("/say", {"citizen": WHO, "text": "cảm ơn"})
        action = {"react_icon": "/-heart", "react_message_id": citizen_message["msg_id"]}
        recipient = {"user_id": lab.id(WHO)}
        assert (await lab.post("/v2.0/oa/message", {"recipient": recipient, "sender_action": action})).error == 0
        visitor = await lab.control("/citizens", {"name": "Khách", "anonymous": True})
        await lab.control("/say", {"citizen": "Khách", "text": "tôi muốn báo tin"})
        await lab.control("/say", {"citizen": "Khách", "location": [1, 2]}, expect=400)
        recipient = {"anonymous_id": visitor["user_id"], "conversation_id": visitor["conversation_id"]}
        assert (await lab.post("/v2.0/oa/message", {"recipient": recipient, "message": {"text": "vâng"}})).error == 0
        await lab.wait_until_delivered()
        events = {event["event_name"]: event for event in lab.hook.events}
        assert events["oa_reacted_message"]["message"]["react_icon"] == "/-heart"
        assert events["anonymous_send_text"]["message"]["conversation_id"] == visitor["conversation_id"]
        assert "user_id_by_app" not in events["anonymous_send_text"]
        assert "oa_send_anonymous_text" in events

    run_scenario(play_scenario)


def test_the_minute_has_4000_calls() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/switches", {"rate_limit": 3})
        answers = [await lab.get("/v2.0/oa/getoa") for _ in range(4)]
        assert [answer.error for answer in answers] == [0, 0, 0, -32]
        assert answers[3].status == 200
        assert answers[3].headers["x-ratelimit-remain"] == "0"
        lab.advance_clock(minutes=1)
        assert (await lab.get("/v2.0/oa/getoa")).error == 0
        assert lab.emu.world.switches.__class__().rate_limit == 4000

    run_scenario(play_scenario)


def test_buttons_are_sent_pressed_and_told_in_each_way() -> None:
    async def play_scenario(lab: Lab) -> None:
        button = {"title": "Có", "type": "oa.query.show", "payload": "có giúp được"}
        body = {
            "recipient": {"user_id": lab.id("Nguyễn Thị Hoà")},
            "message": {
                "text": "Giúp được không?",
                "attachment": {"type": "template", "payload": {"buttons": [button]}},
            },
        }
        sent = (await lab.post("/v3.0/oa/message/cs", body)).data["message_id"]
        press = {"citizen": "Nguyễn Thị Hoà", "title": "Có"}
        for name in ("user_send_text", "user_click_response_button", "user_click_button"):
            await lab.control("/switches", {"click_event": name})
            await lab.control("/press", press)
        await lab.control("/press", press | {"title": "Không"}, expect=404)
        await lab.wait_until_delivered()
        typed, response, click = (e for e in lab.hook.events if e["event_name"].startswith(("user_s", "user_c")))
        assert typed["message"]["text"] == response["message"]["data"] == click["message"]["payload"] == "có giúp được"
        assert (response["msg_id"], "sender" in response) == (sent, False)
        body["message"]["attachment"]["payload"]["buttons"] = [button] * 6
        assert (await lab.post("/v3.0/oa/message/cs", body)).error == -201
        await lab.control("/switches", {"buttons": False})
        assert (await lab.post("/v3.0/oa/message/cs", body)).error == -233

    run_scenario(play_scenario)
