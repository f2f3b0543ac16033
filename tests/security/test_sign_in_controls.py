"""Controls of A11: the check of test_sign_in.py detects a session that is not ended and a lock without effect."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.security.test_sign_in import (
    CARRIERS,
    World,
    end_all_sessions,
    load_fragment,
    lock_account,
    open_page,
    open_stream,
    post_change,
    sign_out,
)
from tests.security.test_sign_in import test_the_very_next_request_is_refused as refused
from tests.signing import set_password

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(officer: Callable[..., Any], unit: Callable[[str], Any]) -> World:
    people = set_password(officer("OFFICER")), officer("CHIEF"), officer("OPERATOR", "42")
    return World(*people, unit("18073").pk)


@pytest.mark.parametrize("way", [open_page, post_change, load_fragment, open_stream], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("deed", "parts"),
    [
        (sign_out, ("views.sign_in_flow.end_sign_in", "views.sign_in_flow.logout")),
        (end_all_sessions, ("services.sessions._end_rows",)),
    ],
    ids=["sign_out", "end_from_elsewhere"],
)
def test_control_one_session_that_is_not_ended_is_noticed(
    opened: World,
    deed: Callable[[World], None],
    parts: tuple[str, ...],
    way: Callable[[World], bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for part in parts:
        monkeypatch.setattr(f"binhyen.people.{part}", lambda *args, **more: None)
    with pytest.raises(AssertionError):
        refused(opened, deed, way)


@pytest.mark.parametrize("way", CARRIERS, ids=lambda f: f.__name__)
def test_control_a_lock_that_locks_nobody_is_noticed(
    opened: World, way: Callable[[World], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.people.services.officers.deactivate_officer", lambda **more: None)
    with pytest.raises(AssertionError):
        refused(opened, lock_account, way)
