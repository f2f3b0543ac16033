"""Every documented error code has one handling, which names the next step."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.channels.kinds.zalo_oa.errors import CODES, NextStep, to_failure, to_http_failure

# Zalo's list of OA codes, as documented.
DOCUMENTED = {
    0,
    -32,
    -100,
    -200,
    -201,
    -202,
    -204,
    -205,
    -207,
    -208,
    -209,
    -210,
    -211,
    -212,
    -213,
    -214,
    -216,
    -217,
    -218,
    -219,
    -220,
    -221,
    -223,
    -224,
    -227,
    -230,
    -232,
    -233,
    -234,
    -235,
    -237,
    -238,
    -241,
    -240,
    -242,
    -244,
    -248,
    -249,
    -305,
    -311,
    -320,
    -321,
    -403,
    404,  # of an unknown path, seen with HTTP 200
}


def test_the_table_is_total() -> None:
    assert set(CODES) == DOCUMENTED


@pytest.mark.parametrize("code", sorted(set(CODES) - {0}))
def test_each_code_has_exactly_one_handling(code: int) -> None:
    for group in (False, True):
        failed = to_failure(code, group=group)
        endings = [failed.is_permanent, failed.pause_channel, failed.is_token_rejected]
        assert sum(endings) <= 1 and failed.code == str(code) and not failed.delivery_unknown
        assert failed.reason and not re.search(r"\d{6}", failed.reason)
        assert failed.is_permanent or failed.is_token_rejected or failed.retry_after or CODES[code][0] is NextStep.LATER


@pytest.mark.parametrize("code", [-213, -230, -232])
def test_a_closed_window_is_a_permanent_error(code: int) -> None:
    failed = to_failure(code)
    assert failed.is_permanent and failed.reason.startswith("Zalo chỉ cho gửi tới ai đã nhắn riêng")


def test_account_errors_pause_the_channel() -> None:
    assert to_failure(-32).pause_channel and to_failure(-32).retry_after == 60
    assert to_failure(-219).pause_channel and to_failure(-242).pause_channel
    assert to_failure(-216).is_token_rejected and to_failure(-220).is_token_rejected
    assert to_failure(-403).is_permanent and to_failure(-237).is_permanent


def test_a_right_that_only_groups_lack_does_not_stop_private_answers() -> None:
    assert to_failure(-212).pause_channel
    assert to_failure(-212, group=True).is_permanent and not to_failure(-212, group=True).pause_channel


@given(st.integers())
def test_unknown_codes_are_tried_again(code: int) -> None:
    if code in CODES:
        return
    failed = to_failure(code)
    assert not (failed.is_permanent or failed.pause_channel or failed.is_token_rejected)


def test_success_is_no_failure() -> None:
    with pytest.raises(ValueError):
        to_failure(0)


@pytest.mark.parametrize(("after", "wait"), [("7", 7), ("", 60), ("soon", 60), ("-1", 60), ("0", 1), ("99999", 60)])
def test_http_429_waits_for_retry_after(after: str, wait: float) -> None:
    failed = to_http_failure(429, after, has_effect=True)
    assert failed.pause_channel and failed.retry_after == wait and not failed.delivery_unknown


def test_a_broken_gateway_may_have_let_the_message_through() -> None:
    assert to_http_failure(502, "", has_effect=True).delivery_unknown
    assert not to_http_failure(502, "", has_effect=False).delivery_unknown
    assert not to_http_failure(404, "", has_effect=True).delivery_unknown
