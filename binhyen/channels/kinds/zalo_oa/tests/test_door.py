"""Requests that the webhook receiver accepts and refuses."""

import datetime as dt
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa import webhook
from binhyen.channels.kinds.zalo_oa.tests import lab
from binhyen.channels.kinds.zalo_oa.tests.lab import ACCOUNT, ADAPTER, NOW, event, signed
from binhyen.channels.types import IncomingMessage, Refused

TEXT = event("user_send_text", message={"text": "Có trộm ở thôn 3", "msg_id": "cb31dff1c39642cc1b83"})
BODY = orjson.dumps(TEXT)


def with_switches(**switches: Any) -> Account:
    return replace(ACCOUNT, settings={**ACCOUNT.settings, "switches": switches})


def refused(
    body: bytes, headers: dict[str, str], account: Account = ACCOUNT, now: dt.datetime = NOW
) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        ADAPTER.take(account, headers, body, now=now)
    return caught.value.status, caught.value.reason


def forgeries_refused() -> bool:
    """Check that every forged copy of BODY is refused."""
    headers = signed(BODY)
    mac = headers["x-zevent-signature"]
    copies = [
        (BODY.replace(b"3", b"4", 1), headers),
        (BODY + b" ", headers),
        (BODY, {"x-zevent-signature": mac[:-1] + ("0" if mac[-1] != "0" else "1")}),
        (BODY, {"x-zevent-signature": "mac="}),
        (BODY, signed(BODY, secret="another")),
        (BODY, signed(BODY, secret=ACCOUNT.secrets["app_secret"])),
        (BODY, signed(BODY, first=lab.OA)),
    ]
    for body, head in copies:
        try:
            ADAPTER.take(ACCOUNT, head, body, now=NOW)
        except Refused:
            continue
        return False
    return True


def test_a_signed_message_is_taken_with_and_without_prefix() -> None:
    assert ADAPTER.take(ACCOUNT, signed(BODY), BODY, now=NOW).outside_id == "cb31dff1c39642cc1b83"
    taken = ADAPTER.take(ACCOUNT, {"X-ZEvent-Signature": signed(BODY, prefix="")["x-zevent-signature"]}, BODY, now=NOW)
    assert taken.event == "user_send_text"


def test_forgeries_are_refused() -> None:
    assert forgeries_refused()


def test_negative_control_a_verifier_that_says_yes_lets_forgeries_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "same_mac", lambda header, expected: True)
    assert not forgeries_refused()


def test_disputed_points_are_switches() -> None:
    by_app_secret = signed(BODY, secret=ACCOUNT.secrets["app_secret"])
    by_oa_id = signed(BODY, first=lab.OA)
    assert ADAPTER.take(with_switches(webhook_secret="app"), by_app_secret, BODY, now=NOW)
    assert ADAPTER.take(with_switches(oa_id_first=True), by_oa_id, BODY, now=NOW)
    assert ADAPTER.take(with_switches(oa_id_first=True), signed(BODY), BODY, now=NOW)
    assert refused(BODY, signed(BODY), with_switches(webhook_secret="app")) == (403, "signature")


def test_age_counts_from_the_webhooks_before_and_can_be_moved_or_switched_off() -> None:
    def after(hours: float, account: Account = ACCOUNT) -> Account:
        return replace(account, newest_signed=NOW + dt.timedelta(hours=hours))

    assert ADAPTER.take(after(25.9), signed(BODY), BODY, now=NOW)
    assert refused(BODY, signed(BODY), after(26.1)) == (403, "age")
    assert ADAPTER.take(after(-9999), signed(BODY), BODY, now=NOW), "newer than the previous one"
    assert refused(BODY, signed(BODY), after(2, with_switches(max_age_hours=1))) == (403, "age")
    assert ADAPTER.take(after(9999, with_switches(max_age_hours=0)), signed(BODY), BODY, now=NOW)


@pytest.mark.parametrize("days", [-2, 2, 400])
def test_a_clock_of_ours_that_is_wrong_refuses_nothing(days: int) -> None:
    """Regression: with the clock two days ahead, every genuine webhook got 403."""
    now = NOW + dt.timedelta(days=days)
    for newest in (None, NOW - dt.timedelta(minutes=1)):
        account = replace(ACCOUNT, newest_signed=newest)
        taken = ADAPTER.take(account, signed(BODY), BODY, now=now)
        assert taken.signed_at == NOW and bool(taken.doubt) == (newest is None), "a person decides, nothing is refused"
    replayed = replace(ACCOUNT, newest_signed=NOW + dt.timedelta(days=2))
    assert refused(BODY, signed(BODY), replayed, now) == (403, "age"), "control: an old one is still refused"


def test_size_shape_and_owner() -> None:
    assert refused(b"{" + b" " * webhook.BODY_LIMIT, signed(b"")) == (413, "too long")
    assert refused(BODY, {}) == (403, "unsigned")
    for body in (b"", b"[]", b"null", b"{", b"\xff", b'{"a":' * 5000, b'{"app_id":1.5}', b'{"app_id":"1"}'):
        assert refused(body, signed(body))[0] == 400, body[:20]
    other = orjson.dumps(TEXT | {"app_id": "1"})
    assert refused(other, signed(other, first="1")) == (403, "foreign app")
    assert refused(BODY, signed(BODY, secret=""), replace(ACCOUNT, secrets={})) == (403, "no secret configured")


def test_numbers_for_strings_and_half_a_surrogate_are_let_through() -> None:
    loose = orjson.dumps(TEXT | {"app_id": int(lab.APP), "timestamp": int(lab.milliseconds())})
    assert ADAPTER.take(ACCOUNT, signed(loose), loose, now=NOW)
    half = BODY.replace("Có trộm".encode(), b"C\\ud83d tr")
    taken = ADAPTER.take(ACCOUNT, signed(half), half, now=NOW)
    message = ADAPTER.parse(ACCOUNT, taken.event, half)
    assert isinstance(message, IncomingMessage) and message.text.startswith("C tr")


def test_names_and_ids_that_a_database_would_choke_on_are_replaced() -> None:
    odd = orjson.dumps(event("user_\u0000send", message={"msg_id": "a\u0000"}))
    taken = ADAPTER.take(ACCOUNT, signed(odd), odd, now=NOW)
    assert taken.event == "odd_name" and len(taken.outside_id) == 64
    long_id = orjson.dumps(event("user_send_text", message={"text": "x", "msg_id": "é" * 500}))
    assert len(ADAPTER.take(ACCOUNT, signed(long_id), long_id, now=NOW).outside_id) == 64


def test_an_echo_and_the_receipt_of_one_message_are_two_events() -> None:
    ids = set()
    people = {"sender": {"id": lab.OA}, "recipient": {"id": lab.USER}, "message": {"msg_id": "m1"}}
    for name in ("oa_send_text", "user_received_message", "user_reacted_message", "user_seen_message"):
        body = orjson.dumps(event(name, **people))
        ids.add(ADAPTER.take(ACCOUNT, signed(body), body, now=NOW).outside_id)
    for who in ("1", "2"):
        body = orjson.dumps(event("user_join_group", sender=None, recipient=None, group_id="g", users=[{"id": who}]))
        ids.add(ADAPTER.take(ACCOUNT, signed(body), body, now=NOW).outside_id)
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
def test_signed_but_odd_bodies_are_taken_or_refused_and_nothing_else(fields: dict[str, Any]) -> None:
    try:
        body = orjson.dumps({"app_id": lab.APP, "timestamp": lab.milliseconds()} | fields)
    except (TypeError, UnicodeEncodeError):
        return
    try:
        taken = ADAPTER.take(ACCOUNT, signed(body), body, now=NOW)
    except Refused as why:
        assert why.status == 400
    else:
        assert taken.outside_id.isascii() and taken.event.isascii()
