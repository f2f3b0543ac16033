"""OAuth from the permission page to a consumed refresh token."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from emulator.signing import derive_code_challenge, sign_access_token
from emulator.store import deserialize_world
from emulator.tests.lab import Answer, Lab, run_scenario

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def request_permission(lab: Lab, **changes: str) -> dict[str, str]:
    return {
        "app_id": lab.emu.world.account.app_id,
        "redirect_uri": "http://127.0.0.1:9/zalo/callback?keep=1",
        "code_challenge": derive_code_challenge(VERIFIER),
        "state": "s-1",
    } | changes


async def grant_permission(lab: Lab, **changes: str) -> dict[str, str]:
    answer = await lab.call("GET", "/oauth/v4/oa/permission", query=request_permission(lab, auto="1", **changes))
    assert answer.status == 302
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def request_token(lab: Lab, secret: str | None = None, **form: str) -> Answer:
    form = {"app_id": lab.emu.world.account.app_id} | form
    key = lab.emu.world.account.app_secret if secret is None else secret
    body = urlencode(form).encode()
    return await lab.call("POST", "/oauth/v4/oa/access_token", body, headers={"secret_key": key})


async def exchange_code(lab: Lab, code: str, verifier: str = VERIFIER) -> Answer:
    return await request_token(lab, grant_type="authorization_code", code=code, code_verifier=verifier)


async def refresh_tokens(lab: Lab, refresh_token: str) -> Answer:
    return await request_token(lab, grant_type="refresh_token", refresh_token=refresh_token)


async def is_accepted(lab: Lab, access_token: str) -> int:
    answer = await lab.call("GET", "/openapi/v2.0/oa/getoa", headers={"access_token": access_token})
    return answer.error


def test_the_page_asks_and_the_button_grants() -> None:
    async def play_scenario(lab: Lab) -> None:
        page = await lab.call("GET", "/oauth/v4/oa/permission", query=request_permission(lab))
        text = page.body.decode()
        assert page.status == 200
        assert "Cho phép" in text
        assert "không phải Zalo thật" in text
        assert "<script" not in text
        pressed = await lab.call(
            "POST", "/oauth/v4/oa/permission", urlencode(request_permission(lab) | {"allow": "1"}).encode()
        )
        query = parse_qs(urlsplit(pressed.headers["location"]).query)
        assert query["keep"] == ["1"]
        assert query["state"] == ["s-1"]
        assert query["oa_id"] == [lab.emu.world.account.oa_id]
        assert (await exchange_code(lab, query["code"][0])).json["expires_in"] == "90000"
        refused = await lab.call(
            "POST", "/oauth/v4/oa/permission", urlencode(request_permission(lab) | {"allow": "0"}).encode()
        )
        assert "code=" not in refused.headers["location"]

    run_scenario(play_scenario)


def test_a_strange_app_or_redirect_is_refused() -> None:
    async def play_scenario(lab: Lab) -> None:
        for changes, code in (
            ({"app_id": "1"}, -14002),
            ({"redirect_uri": "javascript:alert(1)"}, -14003),
            ({"code_challenge": ""}, -14024),
        ):
            answer = await lab.call(
                "GET", "/oauth/v4/oa/permission", query=request_permission(lab, auto="1", **changes)
            )
            assert (answer.status, answer.error) == (200, code)
        await lab.control("/setup", {"callback_url": "https://binhyen.example/zalo"})
        answer = await lab.call("GET", "/oauth/v4/oa/permission", query=request_permission(lab, auto="1"))
        assert answer.error == -14003

    run_scenario(play_scenario)


def test_a_code_counts_once_for_ten_minutes_and_with_its_verifier() -> None:
    async def play_scenario(lab: Lab) -> None:
        code = (await grant_permission(lab))["code"]
        assert (await exchange_code(lab, code, "x" * 43)).error == -14024
        assert (await exchange_code(lab, code)).json["access_token"]
        assert (await exchange_code(lab, code)).error == -14012
        late = (await grant_permission(lab))["code"]
        lab.advance_clock(minutes=10)
        assert (await exchange_code(lab, late)).error == -14012
        assert (await request_token(lab, "wrong", grant_type="refresh_token", refresh_token="x")).error == -14020

    run_scenario(play_scenario)


def test_refresh_rotates_and_the_old_pair_is_dead_at_once() -> None:
    async def play_scenario(lab: Lab) -> None:
        first: dict[str, Any] = (await exchange_code(lab, (await grant_permission(lab))["code"])).json
        assert await is_accepted(lab, first["access_token"]) == 0
        second = (await refresh_tokens(lab, first["refresh_token"])).json
        assert set(second) == {"access_token", "refresh_token", "expires_in"}
        assert await is_accepted(lab, first["access_token"]) == -220
        assert await is_accepted(lab, second["access_token"]) == 0
        consumed = await refresh_tokens(lab, first["refresh_token"])
        assert (consumed.status, consumed.body) == (200, b"")
        unknown = await refresh_tokens(lab, "never-issued")
        assert unknown.json == {
            "error": -14014,
            "error_name": "Invalid refresh token.",
            "message": "",
            "access_token": "",
            "refresh_token": "",
        }
        lab.advance_clock(days=91)
        assert (await refresh_tokens(lab, second["refresh_token"])).error == -14014

    run_scenario(play_scenario)


def test_access_tokens_age_and_are_checked() -> None:
    async def play_scenario(lab: Lab) -> None:
        own_token = lab.token
        lab.advance_clock(hours=24, minutes=59)
        assert await is_accepted(lab, own_token) == 0
        lab.advance_clock(minutes=1)
        assert await is_accepted(lab, own_token) == -220
        assert await is_accepted(lab, "garbage") == -216
        assert (await lab.call("GET", "/openapi/v2.0/oa/getoa")).json == {
            "error": -216,
            "message": "Access token is invalid",
        }

    run_scenario(play_scenario)


def test_appsecret_proof_is_checked_when_sent_and_when_required() -> None:
    async def play_scenario(lab: Lab) -> None:
        right = sign_access_token(lab.emu.world.account.app_secret, lab.token)

        async def call_with_proof(proof: str) -> int:
            headers = {"access_token": lab.token, "appsecret_proof": proof}
            return (await lab.call("GET", "/openapi/v2.0/oa/getoa", headers=headers)).error

        assert await call_with_proof(right) == 0
        assert await call_with_proof("0" * 64) == -242
        await lab.control("/switches", {"require_proof": True})
        assert await is_accepted(lab, lab.token) == -242
        assert await call_with_proof(right) == 0

    run_scenario(play_scenario)


def test_setup_hands_out_a_pair_that_works_and_revoking_kills_it() -> None:
    async def play_scenario(lab: Lab) -> None:
        pair = await lab.control("/setup")
        assert await is_accepted(lab, pair["access_token"]) == 0
        await lab.control("/tokens", {"do": "revoke"})
        assert await is_accepted(lab, pair["access_token"]) == -220
        assert (await refresh_tokens(lab, pair["refresh_token"])).error == -14014
        assert await is_accepted(lab, (await lab.control("/setup"))["access_token"]) == 0
        await lab.wait_until_delivered()
        assert "permission_revoked" in lab.hook.list_names

    run_scenario(play_scenario)


def test_a_new_pair_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    state = tmp_path / "zalo.json"

    async def play_scenario(lab: Lab) -> None:
        pair = await lab.control("/setup")
        answer = await refresh_tokens(lab, pair["refresh_token"])
        assert deserialize_world(state.read_bytes()).grants[-1].refresh_token == answer.json["refresh_token"]

    run_scenario(play_scenario, state=state)


def test_state_is_not_echoed_when_switched_off_and_the_console_challenge_counts() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/switches", {"echo_state": False, "fixed_challenge": derive_code_challenge("v" * 43)})
        granted = await grant_permission(lab)
        assert "state" not in granted
        assert (await exchange_code(lab, granted["code"], "v" * 43)).json["access_token"]

    run_scenario(play_scenario)
