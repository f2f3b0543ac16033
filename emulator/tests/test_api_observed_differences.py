"""Observed differences of the real Zalo: files on other hosts, other error texts, the spelling of the signature."""

import pytest

from emulator.tests.lab import Lab, run_scenario
from emulator.tests.test_oauth import refresh_tokens


@pytest.mark.parametrize(
    ("how", "status", "part"),
    [
        ("number", 200, {"error": -14014}),
        ("other_number", 200, {"error": -14020}),
        ("name_only", 200, {"error_name": "Invalid refresh token."}),
        ("oauth_words", 200, {"error": "invalid_grant"}),
        ("http_401", 401, {"error": "invalid_grant"}),
        ("unknown_words", 200, {"error": -14999}),
    ],
)
def test_a_good_refresh_token_is_refused_in_each_way(how: str, status: int, part: dict[str, object]) -> None:
    async def play_scenario(lab: Lab) -> None:
        good = lab.emu.world.grants[-1].refresh_token
        await lab.control("/switches", {"token_refusal": how})
        answer = await refresh_tokens(lab, good)
        assert answer.status == status and part.items() <= answer.json.items()
        assert not answer.json.get("access_token")
        await lab.control("/switches", {"token_refusal": ""})
        assert (await refresh_tokens(lab, good)).json["access_token"], "control: it was not consumed"

    run_scenario(play_scenario)


def test_files_lie_on_another_host_and_are_sent_on() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/switches", {"media_url": "http://f1.example", "media_redirect": "http://f2.example"})
        await lab.control("/say", {"citizen": "Nguyễn Thị Hoà", "photo": True})
        await lab.wait_until_delivered()
        (image,) = (e for e in lab.hook.events if e["event_name"] == "user_send_image")
        url = image["message"]["attachments"][0]["payload"]["url"]
        assert url.startswith("http://f1.example/media/")
        path = url.removeprefix("http://f1.example")
        sent_on = await lab.call("GET", path, headers={"host": "f1.example"})
        assert (sent_on.status, sent_on.headers["location"]) == (302, "http://f2.example" + path)
        assert (await lab.call("GET", path, headers={"host": "f2.example"})).status == 200

    run_scenario(play_scenario)


@pytest.mark.parametrize("spelling", ["mac=", "mac = ", "MAC="])
def test_the_signature_is_spelt_in_each_way(spelling: str) -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/switches", {"mac_spelling": spelling})
        await lab.control("/say", {"citizen": "Nguyễn Thị Hoà", "text": "alo"})
        await lab.wait_until_delivered()
        headers = next(h for h, _ in lab.hook.received)
        assert headers["x-zevent-signature"].startswith(spelling)

    run_scenario(play_scenario)
