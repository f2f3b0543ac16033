"""Every documented error code has one handling, which names the next step."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.channels.kinds.zalo_oa.errors import CODES, Next, failure, http_failure

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
}


def test_the_table_is_total() -> None:
    assert set(CODES) == DOCUMENTED


@pytest.mark.parametrize("code", sorted(set(CODES) - {0}))
def test_each_code_has_exactly_one_ending(code: int) -> None:
    for group in (False, True):
        failed = failure(code, group=group)
        endings = [failed.permanent, failed.pause_channel, failed.token_refused]
        assert sum(endings) <= 1 and failed.code == str(code) and not failed.maybe_sent
        assert failed.reason and not re.search(r"\d{6}", failed.reason)
        assert failed.permanent or failed.token_refused or failed.retry_after or CODES[code][0] is Next.LATER


@pytest.mark.parametrize("code", [-213, -230, -232])
def test_a_closed_window_is_permanent_and_says_so(code: int) -> None:
    failed = failure(code)
    assert failed.permanent and failed.reason.startswith("Zalo chỉ cho gửi tới ai đã nhắn riêng")


def test_what_concerns_all_pauses_all() -> None:
    assert failure(-32).pause_channel and failure(-32).retry_after == 60
    assert failure(-219).pause_channel and failure(-242).pause_channel
    assert failure(-216).token_refused and failure(-220).token_refused
    assert failure(-403).permanent and failure(-237).permanent


def test_a_right_that_only_groups_lack_does_not_stop_private_answers() -> None:
    assert failure(-212).pause_channel
    assert failure(-212, group=True).permanent and not failure(-212, group=True).pause_channel


@given(st.integers())
def test_unknown_codes_are_tried_again(code: int) -> None:
    if code in CODES:
        return
    failed = failure(code)
    assert not (failed.permanent or failed.pause_channel or failed.token_refused)


def test_success_is_no_failure() -> None:
    with pytest.raises(ValueError):
        failure(0)


@pytest.mark.parametrize(("after", "wait"), [("7", 7), ("", 60), ("soon", 60), ("-1", 60), ("0", 1), ("99999", 60)])
def test_http_429_waits_as_told(after: str, wait: float) -> None:
    failed = http_failure(429, after, effect=True)
    assert failed.pause_channel and failed.retry_after == wait and not failed.maybe_sent


def test_a_broken_gateway_may_have_let_the_message_through() -> None:
    assert http_failure(502, "", effect=True).maybe_sent
    assert not http_failure(502, "", effect=False).maybe_sent
    assert not http_failure(404, "", effect=True).maybe_sent
