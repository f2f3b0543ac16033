"""Encryption against the example of RFC 8291, appendix A, and the limits of keys and payloads."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from binhyen.channels.kinds.webpush import encryption
from binhyen.channels.kinds.webpush.encryption import decode_base64url, encode_base64url

# RFC 8291, appendix A: intermediate values for encryption.
SENDER_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
DEVICE_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_rfc_is_reproduced() -> None:
    key = ec.derive_private_key(int.from_bytes(decode_base64url(SENDER_PRIVATE), "big"), ec.SECP256R1())
    text = b"When I grow up, I want to be a watermelon"
    body = encryption.encrypt_payload(
        text, p256dh=DEVICE_PUBLIC, auth=AUTH, sender_key=key, salt=decode_base64url(SALT)
    )
    assert encode_base64url(body) == BODY
    fresh = {encryption.encrypt_payload(text, p256dh=DEVICE_PUBLIC, auth=AUTH) for _ in range(2)}
    assert len(fresh) == 2, "key and salt are new each time"


def test_a_message_fills_one_record_and_no_more() -> None:
    longest = b"a" * encryption.MAX_PLAINTEXT
    assert len(encryption.encrypt_payload(longest, p256dh=DEVICE_PUBLIC, auth=AUTH)) == encryption.RECORD_SIZE
    with pytest.raises(ValueError, match="at most"):
        encryption.encrypt_payload(longest + b"a", p256dh=DEVICE_PUBLIC, auth=AUTH)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", AUTH),
        (DEVICE_PUBLIC, ""),
        (DEVICE_PUBLIC, AUTH + "AAAA"),
        (DEVICE_PUBLIC[:-4], AUTH),
        (encode_base64url(b"\x04" + b"\x01" * 64), AUTH),  # not on the curve
        ("không", AUTH),
        ("A" * 87, AUTH),
    ],
)
def test_broken_keys_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):
        encryption.check_device_keys(p256dh, auth)
    encryption.check_device_keys(DEVICE_PUBLIC, AUTH)
