"""Published test vectors, mentions and message splitting."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.channels.kinds.zalo_oa import protocol
from binhyen.channels.kinds.zalo_oa.tests.lab import APP, SECRET
from tests.complexity import assert_linear

ONE = (
    '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"user_id_by_app":"552177279717587730",'
    '"recipient":{"id":"388613280878808645"},"event_name":"user_send_text","message":{"text":"message",'
    '"msg_id":"96d3cdf3af150460909"},"timestamp":"154390853474"}'
)
TWO = (
    '{"app_id":"360846524940903967","oa_id":"388613280878808645","sender":{"id":"246845883529197922"},'
    '"recipient":{"id":"f414c8f76fa586fbdfb4"},"event_name":"user_send_group_text","message":'
    '{"text":"Có người lạ vào ngõ 12","msg_id":"96d3cdf3af150460910"},"timestamp":"1764022800000"}'
)
VECTORS = [
    (ONE, "154390853474", "eb8637252d52a76c25113a0b3402a46df8ec07e204557ba749a7bc2b7e752ab9"),
    (TWO, "1764022800000", "2fc662eb6eb896bfd60c3444185e2a6cbf2f9735cc9bc8bb71559862c980da14"),
]


@pytest.mark.parametrize(("body", "timestamp", "mac"), VECTORS)
def test_webhook_mac(body: str, timestamp: str, mac: str) -> None:
    assert protocol.compute_webhook_mac(APP, body.encode(), timestamp, SECRET) == mac
    assert (
        protocol.is_same_mac(f"mac={mac}", mac)
        and protocol.is_same_mac(mac, mac)
        and protocol.is_same_mac(mac.upper(), mac)
    )
    assert not protocol.is_same_mac("mac=" + "0" * 64, mac)
    assert not protocol.is_same_mac("mac=é\udcff", mac)


@pytest.mark.parametrize("spelling", ["mac=%s", "mac = %s", "MAC=%s", "Mac =%s", "mac\t= %s", " %s ", "%s"])
def test_every_spelling_of_the_signature_header(spelling: str) -> None:
    mac = VECTORS[0][2]
    assert protocol.is_same_mac(spelling % mac, mac) and protocol.is_same_mac(spelling % mac.upper(), mac)
    assert not protocol.is_same_mac(spelling % ("0" * 64), mac), "control: another digest"


@pytest.mark.parametrize("header", ["mac", "mac=", "mac==%s", "hmac=%s", "mac=%s;", "mac=mac=%s", "%s%s", "ｍac=%s"])
def test_invalid_signature_headers(header: str) -> None:
    mac = VECTORS[0][2]
    assert not protocol.is_same_mac(header.replace("%s", mac), mac)


def test_pkce_and_proof() -> None:
    challenge = protocol.compute_code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    proof = protocol.compute_appsecret_proof("appSecretKey", "accessToken")
    assert proof == "0584869ec908cfecf20763760e69c4baca98ac64aaeb6a938f47ca758dfe779f"
    assert (
        len(protocol.generate_code_verifier()) == 43
        and protocol.generate_code_verifier() != protocol.generate_code_verifier()
    )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("hello [@186729651760683225] and [@f414c8f76fa586fbdfb4] you", "hello and you"),
        ("[@all] cháy", "cháy"),
        ("[@[@1]2] x", "x"),
        ("[[@1]@2] x", "x"),
        ("giữ [nguyên] a@b [ @1]", "giữ [nguyên] a@b [ @1]"),
        ("[@không phải mã]", "[@không phải mã]"),
        ("hai  dấu cách", "hai  dấu cách"),
        ("[@", "[@"),
    ],
)
def test_mentions_go(text: str, clean: str) -> None:
    assert protocol.strip_mentions(text) == clean


@given(st.text(alphabet="[]@a1 \n", max_size=60))
def test_no_mention_survives(text: str) -> None:
    assert not re.search(r"\[@[^\[\]\s]{0,64}\]", protocol.strip_mentions(text))


def test_mentions_of_a_hostile_text_cost_linear_time() -> None:
    assert_linear(lambda text: protocol.strip_mentions(text + "1" + "]" * len(text)), "[@" * 200_000)


@given(st.text(alphabet=st.sampled_from("aă. \n😀!ế\u0301"), max_size=400), st.integers(5, 60))
def test_parts_fit_and_lose_nothing_but_blanks(text: str, limit: int) -> None:
    parts = protocol.split_text(text, limit)
    assert all(part and protocol.count_utf16_units(part) <= limit for part in parts)
    whole = unicodedata.normalize("NFC", text)
    assert "".join("".join(parts).split()) == "".join(whole.split())


def test_splits_are_between_sentences_then_words() -> None:
    sentence = "Công an xã đã nhận tin của bà con. "
    parts = protocol.split_text(sentence * 120)
    assert len(parts) == 3 and all(part.endswith("con.") for part in parts)
    words = protocol.split_text("cảnh giác " * 500)
    assert len(words) == 3 and all(part.endswith(("cảnh", "giác")) for part in words)
    assert [len(part) for part in protocol.split_text("x" * 4001)] == [2000, 2000, 1]
    assert protocol.split_text(" \n ") == ()


def test_length_counts_after_nfc_and_emoji_twice() -> None:
    assert len(protocol.split_text(unicodedata.normalize("NFD", "ế" * 2000))) == 1
    assert [len(part) for part in protocol.split_text("😀" * 1500)] == [1000, 500]
