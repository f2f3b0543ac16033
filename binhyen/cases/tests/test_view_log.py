"""Every page that shows a sensitive case writes an audit entry, not only its own page."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.services import view_log
from binhyen.cases.tests.scene import build_case_url, open_case, sign_in_browser
from binhyen.people.models import Officer
from binhyen.people.services import get_audit_actor

pytestmark = pytest.mark.django_db
Look = Callable[[Officer, Case], Any]


def open_case_page(user: Officer, case: Case) -> Any:
    return sign_in_browser(user).get(build_case_url(case))


def submit_stale_version(user: Officer, case: Case) -> Any:
    """Submit an old version; the response describes the changes since then."""
    return sign_in_browser(user).post(build_case_url(case, "nhan-viec"), {"version": 7})


def open_reporter_page(user: Officer, case: Case) -> Any:
    return sign_in_browser(user).get(build_case_url(case, "danh-tinh"))


def open_consents_page(user: Officer, case: Case) -> Any:
    return sign_in_browser(user).get(f"/dong-y/{case.code}")


LOOKS = (open_case_page, submit_stale_version, open_reporter_page, open_consents_page)


def count_read_entries(user: Officer, case: Case) -> int:
    return AuditEntry.objects.filter(actor=get_audit_actor(user), verb="case.read", object=f"case:{case.code}").count()


@pytest.mark.parametrize("look", LOOKS)
def test_reading_a_sensitive_case_is_an_entry(officer: Callable[..., Officer], unit: Any, look: Look) -> None:
    user, case, plain = officer(), open_case(unit("18568"), sensitive=True), open_case(unit("18568"))
    for first_case in (case, plain):
        assert look(user, first_case).status_code == (409 if look is submit_stale_version else 200)
    assert (count_read_entries(user, case), count_read_entries(user, plain)) == (1, 0)


@pytest.mark.parametrize("look", LOOKS)
def test_a_refused_read_is_none(officer: Callable[..., Officer], unit: Any, look: Look) -> None:
    stranger, case = officer("OFFICER", "18073"), open_case(unit("18568"), sensitive=True)
    assert look(stranger, case).status_code == 404
    assert count_read_entries(stranger, case) == 0


@pytest.mark.parametrize("look", LOOKS)
def test_control_a_page_that_writes_nothing_down_is_noticed(
    officer: Callable[..., Officer], unit: Any, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_log, "record_read", lambda *args, **more: None)
    with pytest.raises(AssertionError):
        test_reading_a_sensitive_case_is_an_entry(officer, unit, look)
