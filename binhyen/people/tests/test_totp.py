"""Codes of the authenticator app: a demo accepts the code that its page filled in, others only the newest."""

import pytest

from binhyen.people.demo import DEMO_SECRET
from binhyen.people.factors import totp

NOW = 1_800_000_000.0


@pytest.mark.parametrize(("waited", "is_accepted"), [(0, True), (31, True), (15 * 60, True), (25 * 60, False)])
def test_a_demo_accepts_its_filled_in_code_across_the_border(waited: int, is_accepted: bool) -> None:
    code = totp.next_code(DEMO_SECRET, seconds=NOW, last_step=0)
    step = totp.match_counter(DEMO_SECRET, code, seconds=NOW + waited, last_step=0, age=totp.DEMO_AGE)
    assert (step is not None) is is_accepted
    if step is not None:
        again = totp.match_counter(DEMO_SECRET, code, seconds=NOW + waited, last_step=step, age=totp.DEMO_AGE)
        assert again is None, "once"


def test_a_real_code_is_over_soon() -> None:
    code = totp.next_code(DEMO_SECRET, seconds=NOW, last_step=0)
    assert totp.match_counter(DEMO_SECRET, code, seconds=NOW + 61, last_step=0) is None
