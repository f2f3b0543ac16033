"""Requests that the webhook receiver accepts and refuses."""

import datetime as dt
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import webhook
from binhyen.channels.kinds.zalo_oa.tests import lab
from binhyen.channels.kinds.zalo_oa.tests.lab import ACCOUNT, ADAPTER, NOW, build_event, sign_body
from binhyen.channels.types import IncomingMessage, WebhookRejected

TEXT = build_event("user_send_text", message={"text": "Có trộm ở thôn 3", "msg_id": "cb31dff1c39642cc1b83"})
BODY = orjson.dumps(TEXT)


def make_account(**switches: Any) -> ChannelAccount:
    return replace(ACCOUNT, settings={**ACCOUNT.settings, "switches": switches})


def get_refusal(
    body: bytes, headers: dict[str, str], account: ChannelAccount = ACCOUNT, now: dt.datetime = NOW
) -> tuple[int, str]:
    with pytest.raises(WebhookRejected) as caught:
        ADAPTER.accept_webhook(account, headers, body, now=now)
    return caught.value.status, caught.value.reason


def are_forgeries_refused() -> bool:
    """Check that every forged copy of BODY is refused."""
    headers = sign_body(BODY)
    mac = headers["x-zevent-signature"]
    copies = [
        (BODY.replace(b"3", b"4", 1), headers),
        (BODY + b" ", headers),
        (BODY, {"x-zevent-signature": mac[:-1] + ("0" if mac[-1] != "0" else "1")}),
        (BODY, {"x-zevent-signature": "mac="}),
        (BODY, sign_body(BODY, secret="another")),
        (BODY, sign_body(BODY, secret=ACCOUNT.secrets["app_secret"])),
        (BODY, sign_body(BODY, first=lab.OA)),
    ]
    for body, head in copies:
        try:
            ADAPTER.accept_webhook(ACCOUNT, head, body, now=NOW)
        except WebhookRejected:
            continue
        return False
    return True


def test_a_signed_message_is_accepted_with_and_without_prefix() -> None:
    assert ADAPTER.accept_webhook(ACCOUNT, sign_body(BODY), BODY, now=NOW).external_id == "cb31dff1c39642cc1b83"
    taken = ADAPTER.accept_webhook(
        ACCOUNT, {"X-ZEvent-Signature": sign_body(BODY, prefix="")["x-zevent-signature"]}, BODY, now=NOW
    )
    assert taken.event == "user_send_text"


def test_forgeries_are_refused() -> None:
    assert are_forgeries_refused()


def test_negative_control_a_verifier_that_accepts_all_lets_forgeries_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "is_same_mac", lambda header, expected: True)
    assert not are_forgeries_refused()


def test_disputed_points_are_switches() -> None:
    by_app_secret = sign_body(BODY, secret=ACCOUNT.secrets["app_secret"])
    by_oa_id = sign_body(BODY, first=lab.OA)
    assert ADAPTER.accept_webhook(make_account(webhook_secret="app"), by_app_secret, BODY, now=NOW)
    assert ADAPTER.accept_webhook(make_account(oa_id_first=True), by_oa_id, BODY, now=NOW)
    assert ADAPTER.accept_webhook(make_account(oa_id_first=True), sign_body(BODY), BODY, now=NOW)
    assert get_refusal(BODY, sign_body(BODY), make_account(webhook_secret="app")) == (403, "signature")


def test_age_counts_from_the_webhooks_before_and_can_be_moved_or_switched_off() -> None:
    def after(hours: float, account: ChannelAccount = ACCOUNT) -> ChannelAccount:
        return replace(account, newest_signed=NOW + dt.timedelta(hours=hours))

    assert ADAPTER.accept_webhook(after(25.9), sign_body(BODY), BODY, now=NOW)
    assert get_refusal(BODY, sign_body(BODY), after(26.1)) == (403, "age")
    assert ADAPTER.accept_webhook(after(-9999), sign_body(BODY), BODY, now=NOW), "newer than the previous one"
    assert get_refusal(BODY, sign_body(BODY), after(2, make_account(max_age_hours=1))) == (403, "age")
    assert ADAPTER.accept_webhook(after(9999, make_account(max_age_hours=0)), sign_body(BODY), BODY, now=NOW)


@pytest.mark.parametrize("days", [-2, 2, 400])
def test_a_clock_of_ours_that_is_wrong_refuses_nothing(days: int) -> None:
    """Regression: with the clock two days ahead, every genuine webhook got 403."""
    now = NOW + dt.timedelta(days=days)
    for newest in (None, NOW - dt.timedelta(minutes=1)):
        account = replace(ACCOUNT, newest_signed=newest)
        taken = ADAPTER.accept_webhook(account, sign_body(BODY), BODY, now=now)
        assert taken.signed_at == NOW and bool(taken.doubt) == (newest is None), "a person decides, nothing is refused"
    replayed = replace(ACCOUNT, newest_signed=NOW + dt.timedelta(days=2))
    assert get_refusal(BODY, sign_body(BODY), replayed, now) == (403, "age"), "control: an old one is still refused"


def test_size_shape_and_owner() -> None:
    assert get_refusal(b"{" + b" " * webhook.MAX_WEBHOOK_BYTES, sign_body(b"")) == (413, "too long")
    assert get_refusal(BODY, {}) == (403, "unsigned")
    for body in (b"", b"[]", b"null", b"{", b"\xff", b'{"a":' * 5000, b'{"app_id":1.5}', b'{"app_id":"1"}'):
        assert get_refusal(body, sign_body(body))[0] == 400, body[:20]
    other = orjson.dumps(TEXT | {"app_id": "1"})
    assert get_refusal(other, sign_body(other, first="1")) == (403, "foreign app")
    assert get_refusal(BODY, sign_body(BODY, secret=""), replace(ACCOUNT, secrets={})) == (403, "no secret configured")


def test_numbers_for_strings_and_half_a_surrogate_are_let_through() -> None:
    loose = orjson.dumps(TEXT | {"app_id": int(lab.APP), "timestamp": int(lab.to_milliseconds())})
    assert ADAPTER.accept_webhook(ACCOUNT, sign_body(loose), loose, now=NOW)
    half = BODY.replace("Có trộm".encode(), b"C\\ud83d tr")
    taken = ADAPTER.accept_webhook(ACCOUNT, sign_body(half), half, now=NOW)
    message = ADAPTER.parse(ACCOUNT, taken.event, half)
    assert isinstance(message, IncomingMessage) and message.text.startswith("C tr")


def test_names_and_ids_that_a_database_would_choke_on_are_replaced() -> None:
    odd = orjson.dumps(build_event("user_\u0000send", message={"msg_id": "a\u0000"}))
    taken = ADAPTER.accept_webhook(ACCOUNT, sign_body(odd), odd, now=NOW)
    assert taken.event == "odd_name" and len(taken.external_id) == 64
    long_id = orjson.dumps(build_event("user_send_text", message={"text": "x", "msg_id": "é" * 500}))
    assert len(ADAPTER.accept_webhook(ACCOUNT, sign_body(long_id), long_id, now=NOW).external_id) == 64


def test_an_echo_and_the_receipt_of_one_message_are_two_events() -> None:
    ids = set()
    people = {"sender": {"id": lab.OA}, "recipient": {"id": lab.USER}, "message": {"msg_id": "m1"}}
    for name in ("oa_send_text", "user_received_message", "user_reacted_message", "user_seen_message"):
        body = orjson.dumps(build_event(name, **people))
        ids.add(ADAPTER.accept_webhook(ACCOUNT, sign_body(body), body, now=NOW).external_id)
    for sender_id in ("1", "2"):
        body = orjson.dumps(
            build_event("user_join_group", sender=None, recipient=None, group_id="g", users=[{"id": sender_id}])
        )
        ids.add(ADAPTER.accept_webhook(ACCOUNT, sign_body(body), body, now=NOW).external_id)
    assert len(ids) == 6


@given(
    st.dictionaries(
        st.sampled_from(["event_name", "message", "users", "sender", "info", "oa_id"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "msg_id", "text"]), inner)
            ),
            max_leaves=8,
        ),
    )
)
def test_signed_but_odd_bodies_are_accepted_or_refused_and_nothing_else(fields: dict[str, Any]) -> None:
    try:
        body = orjson.dumps({"app_id": lab.APP, "timestamp": lab.to_milliseconds()} | fields)
    except (TypeError, UnicodeEncodeError):
        return
    try:
        taken = ADAPTER.accept_webhook(ACCOUNT, sign_body(body), body, now=NOW)
    except WebhookRejected as why:
        assert why.status == 400
    else:
        assert taken.external_id.isascii() and taken.event.isascii()
