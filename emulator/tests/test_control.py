"""The control API, media, the saved state and the chat page's own addresses."""

import asyncio
import base64
import io
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest
from PIL import Image
from PIL.ExifTags import IFD

from emulator import __main__ as entry
from emulator.chat.pages import PAGE_FILES
from emulator.http import parse_multipart
from emulator.tests.lab import Lab, build_multipart, open_lab, run_scenario
from emulator.world import MAX_MESSAGES, ChatBubble, World

WHO = "Nguyễn Thị Hoà"


def test_setup_is_all_an_installation_needs() -> None:
    async def play_scenario(lab: Lab) -> None:
        pair = await lab.control("/setup", {"webhook_url": "http://127.0.0.1:9/hook"})
        assert {
            "app_id",
            "app_secret",
            "oa_id",
            "oa_secret_key",
            "access_token",
            "refresh_token",
            "expires_in",
            "oauth_url",
            "openapi_url",
            "webhook_url",
            "oa_admins",
        } <= set(pair)
        assert pair["webhook_url"] == "http://127.0.0.1:9/hook"
        assert pair["oa_admins"] == [lab.admin]
        assert pair["oa_name"] == "Công an tỉnh Hà Tĩnh"
        assert len((await lab.control("/citizens"))["citizens"]) >= 12

    run_scenario(play_scenario)


def test_a_photo_arrives_as_the_very_bytes_with_its_position() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/say", {"citizen": WHO, "photo": {"lat": 18.4533, "lon": 105.9011}})
        await lab.wait_until_delivered()
        payload = lab.hook.events[0]["message"]["attachments"][0]["payload"]
        answer = await lab.call("GET", urlsplit(payload["url"]).path)
        assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
        gps = Image.open(io.BytesIO(answer.body)).getexif().get_ifd(IFD.GPSInfo)
        degrees, minutes, seconds = (float(part) for part in gps[2])
        assert abs(degrees + minutes / 60 + seconds / 3600 - 18.4533) < 1e-5
        small = await lab.call("GET", urlsplit(payload["thumbnail"]).path)
        assert max(Image.open(io.BytesIO(small.body)).size) == 240
        raw = b"<html>not a picture</html>"
        await lab.control("/say", {"citizen": WHO, "image": base64.b64encode(raw).decode()})
        await lab.wait_until_delivered()
        payload = lab.hook.events[1]["message"]["attachments"][0]["payload"]
        assert (await lab.call("GET", urlsplit(payload["url"]).path)).body == raw
        assert (await lab.call("GET", urlsplit(payload["thumbnail"]).path)).status == 200
        assert (await lab.call("GET", "/media/feed.jpg")).status == 404

    run_scenario(play_scenario)


def test_sent_waits_for_what_comes() -> None:
    async def play_scenario(lab: Lab) -> None:
        waiting = asyncio.create_task(lab.control("/sent", wait=5))
        await asyncio.sleep(0)
        body = {"recipient": {"user_id": lab.id(WHO)}, "message": {"text": "đã nhận"}}
        await lab.post("/v3.0/oa/message/cs", body)
        rows = (await waiting)["sent"]
        assert [row["text"] for row in rows] == ["đã nhận"]
        assert (await lab.control("/sent", after=rows[0]["seq"]))["sent"] == []
        assert len((await lab.control("/sent", citizen=WHO))["sent"]) == 1
        assert (await lab.control("/sent", citizen="Lê Thị Lựu"))["sent"] == []

    run_scenario(play_scenario)


def test_nonsense_is_refused_with_a_reason() -> None:
    async def play_scenario(lab: Lab) -> None:
        for body, status in (
            ({"citizen": WHO}, 400),
            ({"citizen": "Không Ai", "text": "x"}, 404),
            ({"citizen": WHO, "text": "x", "group": "không có"}, 404),
            ({"citizen": WHO, "image": "!!"}, 400),
            ({"citizen": WHO, "location": [1]}, 400),
            ({"citizen": WHO, "text": 3}, 400),
            ({"text": "x"}, 400),
        ):
            assert (await lab.control("/say", body, expect=status))["error"]
        assert (await lab.call("POST", "/_control/say", b"[1]")).status == 400
        assert (await lab.call("POST", "/_control/say", b"{")).status == 400
        assert (await lab.call("GET", "/_control/nothing")).status == 404
        nothing = await lab.call("GET", "/openapi/v3.0/oa/nothing")
        assert (nothing.status, nothing.error) == (200, 404)
        await lab.control("/clock", {"advance": -1}, expect=400)
        assert lab.emu.world.messages == {}

    run_scenario(play_scenario)


def test_a_name_can_be_made_on_the_fly() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/say", {"citizen": "Người Mới", "text": "chào", "create": True})
        await lab.wait_until_delivered()
        assert lab.hook.list_names == ["follow", "user_send_text"]

    run_scenario(play_scenario)


def test_a_restart_resumes(tmp_path: Path) -> None:
    state = tmp_path / "zalo.json"

    async def start_first() -> tuple[str, str]:
        async with open_lab(state=state) as laboratory:
            laboratory.hook.statuses = [500]
            await laboratory.control("/groups", {"name": "Phú Mậu", "members": [WHO]})
            await laboratory.wait_until_delivered()
            await laboratory.control("/say", {"citizen": WHO, "photo": True, "text": "đợi"})
            await laboratory.wait_until_delivered()
            laboratory.advance_clock(hours=1)
            return laboratory.token, laboratory.id(WHO)

    async def start_second(token: str, user_id: str) -> None:
        async with open_lab(state=state) as laboratory:
            assert (laboratory.token, laboratory.id(WHO)) == (token, user_id)
            assert laboratory.emu.now() == 1_795_564_800_000 + 3_600_000
            assert [group.name for group in laboratory.emu.world.groups.values()] == ["Phú Mậu"]
            assert len(next(iter(laboratory.emu.world.blobs.values()))) > 1000
            assert laboratory.emu.world.switches.rate_limit == 4000
            await laboratory.control("/webhooks", wait=5)
            retried = [headers.get("num_retry") for headers, _ in laboratory.hook.received]
            assert retried == ["1"]

    token, user_id = asyncio.run(start_first())
    asyncio.run(start_second(token, user_id))


def test_a_broken_state_file_is_not_overwritten(tmp_path: Path) -> None:
    state = tmp_path / "zalo.json"
    state.write_bytes(b"{broken")

    async def run_scenario() -> None:
        with pytest.raises(orjson.JSONDecodeError):
            async with open_lab(state=state):
                pass

    asyncio.run(run_scenario())
    assert state.read_bytes() == b"{broken"


def test_changes_reach_the_disk_without_a_shutdown(tmp_path: Path) -> None:
    state = tmp_path / "zalo.json"

    async def play_scenario(lab: Lab) -> None:
        await lab.control("/say", {"citizen": WHO, "text": "lưu giúp"})
        for _ in range(300):
            if state.exists() and "lưu giúp" in state.read_text():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("not saved")

    run_scenario(play_scenario, state=state)


def test_reset_starts_over_and_keeps_the_keys() -> None:
    async def play_scenario(lab: Lab) -> None:
        before = await lab.control("/setup")
        await lab.control("/say", {"citizen": WHO, "text": "x"})
        await lab.control("/reset", {})
        after = await lab.control("/setup")
        assert before["oa_secret_key"] == after["oa_secret_key"]
        assert before["webhook_url"] == after["webhook_url"]
        assert before["access_token"] != after["access_token"]
        assert lab.emu.world.messages == {}
        await lab.control("/reset", {"empty": True})
        assert [c["name"] for c in (await lab.control("/citizens"))["citizens"]] == ["Quản trị OA"]

    run_scenario(play_scenario)


def test_the_page_and_its_live_stream() -> None:
    async def play_scenario(lab: Lab) -> None:
        page = await lab.call("GET", "/")
        text = page.body.decode()
        assert "Bản mô phỏng Zalo" in text
        assert "không phải Zalo thật" in text
        assert "script-src" not in page.headers["content-security-policy"]
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert text.count("<script") == 1
        for path in (*PAGE_FILES, "/avatar/1.svg", "/sticker/group.svg", "/favicon.ico"):
            assert (await lab.call("GET", path)).status == 200
        state = (await lab.call("GET", "/_chat/state")).json
        await lab.control("/say", {"citizen": WHO, "text": "trực tiếp"})
        sent, gone = await read_stream(lab, state["last"])
        assert "event: message" in sent
        assert "trực tiếp" in sent
        assert gone
        thread = (await lab.call("GET", "/_chat/thread", query={"chat": f"u:{lab.id(WHO)}"})).json
        assert [message["text"] for message in thread["messages"]] == ["trực tiếp"]
        assert (await lab.call("GET", "/_chat/thread")).status == 400

    run_scenario(play_scenario)


async def read_stream(lab: Lab, after: int) -> tuple[str, bool]:
    """Open the stream from `after`, read the available events and disconnect; return the text and whether the server closed
    it.
    """
    chunks: list[bytes] = []
    full, inbox = asyncio.Event(), [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, object]:
        if inbox:
            return inbox.pop(0)
        await full.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if body := message.get("body"):
            assert isinstance(body, bytes)
            chunks.append(body)
            full.set()

    query = f"after={after}".encode()
    scope = {"type": "http", "method": "GET", "path": "/_chat/stream", "query_string": query, "headers": []}
    await asyncio.wait_for(lab.app(scope, receive, send), 5)  # type: ignore[arg-type]
    return b"".join(chunks).decode(), full.is_set()


def test_old_messages_are_forgotten_not_hoarded() -> None:
    world = World()
    for number in range(int(MAX_MESSAGES * 1.2) + 1):
        world.keep(ChatBubble(number, f"{number}", "u:1", 1, "1", number, "text"))
    assert len(world.messages) == MAX_MESSAGES == len(world.chats["u:1"])
    assert f"{int(MAX_MESSAGES * 1.2)}" in world.messages
    assert "0" not in world.messages


def test_multipart_keeps_bytes_and_vietnamese_names() -> None:
    body, headers = build_multipart(b"\r\n--a\r\n\0\xff", "Đơn.pdf")
    (part,) = parse_multipart(headers["content-type"], body)
    assert (part.name, part.filename, part.data) == ("file", "Đơn.pdf", b"\r\n--a\r\n\0\xff")
    assert parse_multipart("application/json", body) == []


def test_the_command_line() -> None:
    args = entry.parse_emulator_args(
        ["--port", "1", "--state", "x.json", "--webhook", "http://h", "--time-factor", "60"]
    )
    assert (args.port, args.state, args.webhook, args.time_factor) == (1, Path("x.json"), "http://h", 60.0)
