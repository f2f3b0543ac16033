"""Officers cannot remove a complaint about themselves from its possible handlers."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.conduct import queries
from binhyen.conduct.models import Summons
from binhyen.conduct.services import escalation
from binhyen.conduct.tests.scene import CHIEF, AtTheDesk, complain, handler, signed_in
from binhyen.people.conflicts import Desk
from binhyen.people.models import Tie
from binhyen.vault.key_session import keys
from binhyen.vault.tests.custody import SCREENS

pytestmark = pytest.mark.django_db
NAME = "Trần Văn Bình"
HANDLERS = {"PROVINCE_DUTY": "Lê Thị Đào", "DIRECTOR": "Võ Văn Sơn", "INSPECTOR": "Phan Thị Hòa"}


@pytest.fixture
def handlers(officer: Callable[..., Any]) -> dict[str, Any]:
    return {role: officer(role, "42", name=name) for role, name in HANDLERS.items()}


def _declares(person: Any) -> None:
    """Declare a relationship with every possible handler."""
    for name in HANDLERS.values():
        signed_in(person).post("/quan-he/khai", {"first": person.name, "second": name, "kind": "RELATIVE"})


def _seen(handlers: dict[str, Any]) -> dict[str, int]:
    return {role: queries.visible(person).count() for role, person in handlers.items()}


@pytest.mark.parametrize("before", [True, False])
def test_a_chief_who_declares_himself_their_relative_changes_nothing(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime, before: bool
) -> None:
    chief = officer("CHIEF", "18568", name=NAME)
    if before:
        _declares(chief)
    _, complaint = complain(f"{CHIEF}, tên {NAME}", now=now)
    if not before:
        _declares(chief)
    escalation.raise_orphans(now=now)
    complaint.veto.refresh_from_db()
    assert _seen(handlers) == {"PROVINCE_DUTY": 0, "DIRECTOR": 1, "INSPECTOR": 1}
    assert complaint.veto.desk == Desk.DIRECTOR and not Tie.objects.exists()


def test_neither_does_somebody_of_the_province(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    """They may declare their own: it excludes them from matters of the others, not the others from theirs."""
    staff = officer("PROVINCE_STAFF", "42", name=NAME)
    _declares(staff)
    assert Tie.objects.count() == 3
    complain(f"Cán bộ Phòng Tham mưu công an tỉnh tên {NAME} thái độ hách dịch, đòi tiền dân làm giấy tờ", now=now)
    assert _seen(handlers) == {"PROVINCE_DUTY": 0, "DIRECTOR": 1, "INSPECTOR": 1}


def test_control_a_tie_that_counts_for_both_takes_it_away(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    staff = officer("PROVINCE_STAFF", "42", name=NAME)
    _declares(staff)
    Tie.objects.update(mutual=True)
    complain(f"Cán bộ Phòng Tham mưu công an tỉnh tên {NAME} thái độ hách dịch, đòi tiền dân làm giấy tờ", now=now)
    assert set(_seen(handlers).values()) == {0}


def test_one_that_nobody_may_handle_any_more_rings_below_and_stays_for_who_is_free_later(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    chief = officer("CHIEF", "18568", name=NAME)
    _, complaint = complain(f"{CHIEF}, tên {NAME}", now=now)
    _related(chief, handlers, now)
    assert set(_seen(handlers).values()) == {0}
    for _ in range(2):
        assert escalation.raise_orphans(now=now) == 0
    duty = handlers["PROVINCE_DUTY"]
    assert [call.officer for call in Summons.objects.all()] == [duty] and queries.called_in_vain(duty)
    newcomer = officer("INSPECTOR", "42")
    assert escalation.raise_orphans(now=now) == 1 and queries.visible(newcomer).get() == complaint
    assert [call.officer for call in Summons.objects.all()] == [newcomer] and not queries.called_in_vain(newcomer)


def test_the_page_of_who_is_called_says_why_and_not_of_whom(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    chief = officer("CHIEF", "18568", name=NAME)
    _, complaint = complain(f"{CHIEF}, tên {NAME}", now=now)
    with SCREENS:
        people = {role: handler(officer, role, now) for role in ("PROVINCE_STAFF", "DIRECTOR")}
        _related(chief, {**handlers, "MATE": people["DIRECTOR"]}, now, "DIRECTOR", "INSPECTOR", "MATE")
        escalation.raise_orphans(now=now)
        below, concerned = (AtTheDesk(people[role]).list() for role in ("PROVINCE_STAFF", "DIRECTOR"))
        keys.lock_all()
    assert "đều có liên quan" in below and str(complaint.public_id) not in below and "xã" not in below.split("<main")[1]
    assert "đều có liên quan" not in concerned and str(complaint.public_id) not in concerned


def _related(chief: Any, handlers: dict[str, Any], now: dt.datetime, *roles: str) -> None:
    for role in roles or ("DIRECTOR", "INSPECTOR"):
        one, other = sorted((chief, handlers[role]), key=lambda o: o.pk)
        Tie.objects.create(
            one=one, other=other, kind="RELATIVE", declared_at=now, declared_by=handlers["PROVINCE_DUTY"]
        )
