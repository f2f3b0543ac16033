"""OAuth from the permission page to a consumed refresh token."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from emulator.signing import appsecret_proof, code_challenge
from emulator.store import load
from emulator.tests.lab import Answer, Lab, run

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def asked(lab: Lab, **changes: str) -> dict[str, str]:
    return {
        "app_id": lab.emu.world.account.app_id,
        "redirect_uri": "http://127.0.0.1:9/zalo/callback?keep=1",
        "code_challenge": code_challenge(VERIFIER),
        "state": "s-1",
    } | changes


async def allow(lab: Lab, **changes: str) -> dict[str, str]:
    answer = await lab.call("GET", "/oauth/v4/oa/permission", query=asked(lab, auto="1", **changes))
    assert answer.status == 302
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def token(lab: Lab, secret: str | None = None, **form: str) -> Answer:
    form = {"app_id": lab.emu.world.account.app_id} | form
    key = lab.emu.world.account.app_secret if secret is None else secret
    body = urlencode(form).encode()
    return await lab.call("POST", "/oauth/v4/oa/access_token", body, headers={"secret_key": key})


async def by_code(lab: Lab, code: str, verifier: str = VERIFIER) -> Answer:
    return await token(lab, grant_type="authorization_code", code=code, code_verifier=verifier)


async def refresh(lab: Lab, refresh_token: str) -> Answer:
    return await token(lab, grant_type="refresh_token", refresh_token=refresh_token)


async def works(lab: Lab, access_token: str) -> int:
    answer = await lab.call("GET", "/openapi/v2.0/oa/getoa", headers={"access_token": access_token})
    return answer.error


def test_the_page_asks_and_the_button_grants() -> None:
    async def scenario(lab: Lab) -> None:
        page = await lab.call("GET", "/oauth/v4/oa/permission", query=asked(lab))
        text = page.body.decode()
        assert page.status == 200
        assert "Cho phép" in text
        assert "không phải Zalo thật" in text
        assert "<script" not in text
        pressed = await lab.call("POST", "/oauth/v4/oa/permission", urlencode(asked(lab) | {"allow": "1"}).encode())
        query = parse_qs(urlsplit(pressed.headers["location"]).query)
        assert query["keep"] == ["1"]
        assert query["state"] == ["s-1"]
        assert query["oa_id"] == [lab.emu.world.account.oa_id]
        assert (await by_code(lab, query["code"][0])).json["expires_in"] == "90000"
        refused = await lab.call("POST", "/oauth/v4/oa/permission", urlencode(asked(lab) | {"allow": "0"}).encode())
        assert "code=" not in refused.headers["location"]

    run(scenario)


def test_a_strange_app_or_redirect_is_refused() -> None:
    async def scenario(lab: Lab) -> None:
        for changes, code in (
            ({"app_id": "1"}, -14002),
            ({"redirect_uri": "javascript:alert(1)"}, -14003),
            ({"code_challenge": ""}, -14024),
        ):
            answer = await lab.call("GET", "/oauth/v4/oa/permission", query=asked(lab, auto="1", **changes))
            assert (answer.status, answer.error) == (200, code)
        await lab.control("/setup", {"callback_url": "https://binhyen.example/zalo"})
        answer = await lab.call("GET", "/oauth/v4/oa/permission", query=asked(lab, auto="1"))
        assert answer.error == -14003

    run(scenario)


def test_a_code_counts_once_for_ten_minutes_and_with_its_verifier() -> None:
    async def scenario(lab: Lab) -> None:
        code = (await allow(lab))["code"]
        assert (await by_code(lab, code, "x" * 43)).error == -14024
        assert (await by_code(lab, code)).json["access_token"]
        assert (await by_code(lab, code)).error == -14012
        late = (await allow(lab))["code"]
        lab.advance(minutes=10)
        assert (await by_code(lab, late)).error == -14012
        assert (await token(lab, "wrong", grant_type="refresh_token", refresh_token="x")).error == -14020

    run(scenario)


def test_refresh_rotates_and_the_old_pair_is_dead_at_once() -> None:
    async def scenario(lab: Lab) -> None:
        first: dict[str, Any] = (await by_code(lab, (await allow(lab))["code"])).json
        assert await works(lab, first["access_token"]) == 0
        second = (await refresh(lab, first["refresh_token"])).json
        assert set(second) == {"access_token", "refresh_token", "expires_in"}
        assert await works(lab, first["access_token"]) == -220
        assert await works(lab, second["access_token"]) == 0
        consumed = await refresh(lab, first["refresh_token"])
        assert (consumed.status, consumed.body) == (200, b"")
        unknown = await refresh(lab, "never-issued")
        assert unknown.json == {
            "error": -14014,
            "error_name": "Invalid refresh token.",
            "message": "",
            "access_token": "",
            "refresh_token": "",
        }
        lab.advance(days=91)
        assert (await refresh(lab, second["refresh_token"])).error == -14014

    run(scenario)


def test_access_tokens_age_and_are_checked() -> None:
    async def scenario(lab: Lab) -> None:
        mine = lab.token
        lab.advance(hours=24, minutes=59)
        assert await works(lab, mine) == 0
        lab.advance(minutes=1)
        assert await works(lab, mine) == -220
        assert await works(lab, "garbage") == -216
        assert (await lab.call("GET", "/openapi/v2.0/oa/getoa")).json == {
            "error": -216,
            "message": "Access token is invalid",
        }

    run(scenario)


def test_appsecret_proof_is_checked_when_sent_and_when_required() -> None:
    async def scenario(lab: Lab) -> None:
        right = appsecret_proof(lab.emu.world.account.app_secret, lab.token)

        async def with_proof(proof: str) -> int:
            headers = {"access_token": lab.token, "appsecret_proof": proof}
            return (await lab.call("GET", "/openapi/v2.0/oa/getoa", headers=headers)).error

        assert await with_proof(right) == 0
        assert await with_proof("0" * 64) == -242
        await lab.control("/switches", {"require_proof": True})
        assert await works(lab, lab.token) == -242
        assert await with_proof(right) == 0

    run(scenario)


def test_setup_hands_out_a_pair_that_works_and_revoking_kills_it() -> None:
    async def scenario(lab: Lab) -> None:
        pair = await lab.control("/setup")
        assert await works(lab, pair["access_token"]) == 0
        await lab.control("/tokens", {"do": "revoke"})
        assert await works(lab, pair["access_token"]) == -220
        assert (await refresh(lab, pair["refresh_token"])).error == -14014
        assert await works(lab, (await lab.control("/setup"))["access_token"]) == 0
        await lab.settle()
        assert "permission_revoked" in lab.hook.names

    run(scenario)


def test_a_new_pair_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    state = tmp_path / "zalo.json"

    async def scenario(lab: Lab) -> None:
        pair = await lab.control("/setup")
        answer = await refresh(lab, pair["refresh_token"])
        assert load(state.read_bytes()).grants[-1].refresh_token == answer.json["refresh_token"]

    run(scenario, state=state)


def test_state_is_not_echoed_when_switched_off_and_the_console_challenge_counts() -> None:
    async def scenario(lab: Lab) -> None:
        await lab.control("/switches", {"echo_state": False, "fixed_challenge": code_challenge("v" * 43)})
        granted = await allow(lab)
        assert "state" not in granted
        assert (await by_code(lab, granted["code"], "v" * 43)).json["access_token"]

    run(scenario)
