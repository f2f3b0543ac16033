"""The published test vectors, byte for byte."""

import orjson

from emulator import events, group_events
from emulator.events import AccountIds
from emulator.signing import derive_code_challenge, sign_access_token, sign_webhook
from emulator.tests.lab import Lab, run_scenario

APP, SECRET = "360846524940903967", "OA_SECRET_KEY_EXAMPLE"
IDS = AccountIds(APP, "388613280878808645")
ONE_TO_ONE = (
    '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"user_id_by_app":"552177279717587730",'
    '"recipient":{"id":"388613280878808645"},"event_name":"user_send_text",'
    '"message":{"text":"message","msg_id":"96d3cdf3af150460909"},"timestamp":"154390853474"}'
)
GROUP = (
    '{"app_id":"360846524940903967","oa_id":"388613280878808645","sender":{"id":"246845883529197922"},'
    '"recipient":{"id":"f414c8f76fa586fbdfb4"},"event_name":"user_send_group_text",'
    '"message":{"text":"Có người lạ vào ngõ 12","msg_id":"96d3cdf3af150460910"},"timestamp":"1764022800000"}'
)


def test_pkce_and_proof_vectors() -> None:
    assert (
        derive_code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    assert (
        sign_access_token("appSecretKey", "accessToken")
        == "0584869ec908cfecf20763760e69c4baca98ac64aaeb6a938f47ca758dfe779f"
    )


def test_webhook_vectors() -> None:
    assert (
        sign_webhook(APP, ONE_TO_ONE.encode(), "154390853474", SECRET)
        == "eb8637252d52a76c25113a0b3402a46df8ec07e204557ba749a7bc2b7e752ab9"
    )
    assert (
        sign_webhook(APP, GROUP.encode(), "1764022800000", SECRET)
        == "2fc662eb6eb896bfd60c3444185e2a6cbf2f9735cc9bc8bb71559862c980da14"
    )


def test_a_changed_byte_changes_the_signature() -> None:
    right = sign_webhook(APP, GROUP.encode(), "1764022800000", SECRET)
    assert sign_webhook(APP, GROUP.replace("12", "13").encode(), "1764022800000", SECRET) != right
    assert sign_webhook(APP, GROUP.encode(), "1764022800001", SECRET) != right


def test_the_builders_make_the_very_bytes_of_the_samples() -> None:
    body = events.build_message_body("96d3cdf3af150460909", "message", "", [])
    event = events.build_user_send(IDS, "text", "246845883529197922", "552177279717587730", body, ts=154390853474)
    assert orjson.dumps(event).decode() == ONE_TO_ONE
    body = events.build_message_body("96d3cdf3af150460910", "Có người lạ vào ngõ 12", "", [])
    event = group_events.build_user_send_group(
        IDS, "text", "246845883529197922", "f414c8f76fa586fbdfb4", body, ts=1764022800000
    )
    assert orjson.dumps(event).decode() == GROUP


def test_what_is_sent_is_signed_over_the_bytes_on_the_wire() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/say", {"citizen": "Lê Thị Lựu", "text": "Ở ngõ 12 có cháy 🔥"})
        await lab.wait_until_delivered()
        headers, raw = lab.hook.received[0]
        account, event = lab.emu.world.account, orjson.loads(raw)
        mac = sign_webhook(account.app_id, raw, event["timestamp"], account.oa_secret_key)
        assert headers["x-zevent-signature"] == f"mac={mac}"
        assert "num_retry" not in headers

    run_scenario(play_scenario)


def test_the_switches_of_the_signature() -> None:
    async def play_scenario(lab: Lab) -> None:
        await lab.control("/switches", {"mac_secret": "app_secret", "mac_first_term": "oa_id", "mac_prefix": False})
        await lab.control("/say", {"citizen": "Lê Thị Lựu", "text": "x"})
        await lab.wait_until_delivered()
        headers, raw = lab.hook.received[0]
        account, event = lab.emu.world.account, orjson.loads(raw)
        mac = sign_webhook(account.oa_id, raw, event["timestamp"], account.app_secret)
        assert headers["x-zevent-signature"] == mac
        await lab.control("/switches", {"mac_secret": "nothing"}, expect=400)
        await lab.control("/switches", {"unknown": True}, expect=400)

    run_scenario(play_scenario)
