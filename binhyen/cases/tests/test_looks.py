"""Every page that shows a sensitive case writes an audit entry, not only its own page."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.services import view_log
from binhyen.cases.tests.scene import browser, open_case, url
from binhyen.people.models import Officer
from binhyen.people.services import actor_of

pytestmark = pytest.mark.django_db
Look = Callable[[Officer, Case], Any]


def its_page(who: Officer, case: Case) -> Any:
    return browser(who).get(url(case))


def what_changed_meanwhile(who: Officer, case: Case) -> Any:
    """Submit an old version; the response describes the changes since then."""
    return browser(who).post(url(case, "nhan-viec"), {"version": 7})


def who_told(who: Officer, case: Case) -> Any:
    return browser(who).get(url(case, "danh-tinh"))


def its_consents(who: Officer, case: Case) -> Any:
    return browser(who).get(f"/dong-y/{case.code}")


LOOKS = (its_page, what_changed_meanwhile, who_told, its_consents)


def entries(who: Officer, case: Case) -> int:
    return AuditEntry.objects.filter(actor=actor_of(who), verb="case.read", object=f"case:{case.code}").count()


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_at_a_sensitive_case_is_an_entry(officer: Callable[..., Officer], unit: Any, look: Look) -> None:
    who, case, plain = officer(), open_case(unit("18568"), sensitive=True), open_case(unit("18568"))
    for one in (case, plain):
        assert look(who, one).status_code == (409 if look is what_changed_meanwhile else 200)
    assert (entries(who, case), entries(who, plain)) == (1, 0)


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_that_was_refused_is_none(officer: Callable[..., Officer], unit: Any, look: Look) -> None:
    stranger, case = officer("OFFICER", "18073"), open_case(unit("18568"), sensitive=True)
    assert look(stranger, case).status_code == 404
    assert entries(stranger, case) == 0


@pytest.mark.parametrize("look", LOOKS)
def test_control_a_page_that_writes_nothing_down_is_noticed(
    officer: Callable[..., Officer], unit: Any, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_log, "saw", lambda *args, **more: None)
    with pytest.raises(AssertionError):
        test_a_look_at_a_sensitive_case_is_an_entry(officer, unit, look)
