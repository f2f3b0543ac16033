"""Nobody takes a complaint about themselves out of the hands of those who would handle it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.conduct import queries
from binhyen.conduct.services import moving
from binhyen.conduct.tests.scene import CHIEF, complain, signed_in
from binhyen.people.models import Tie
from binhyen.people.veto import Desk

pytestmark = pytest.mark.django_db
NAME = "Trần Văn Bình"
HANDLERS = {"PROVINCE_DUTY": "Lê Thị Đào", "DIRECTOR": "Võ Văn Sơn", "INSPECTOR": "Phan Thị Hòa"}


@pytest.fixture
def handlers(officer: Callable[..., Any]) -> dict[str, Any]:
    return {role: officer(role, "42", name=name) for role, name in HANDLERS.items()}


def _declares(person: Any) -> None:
    """That they are related to everybody who might handle it."""
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
    moving.raise_orphans(now=now)
    complaint.veto.refresh_from_db()
    assert _seen(handlers) == {"PROVINCE_DUTY": 0, "DIRECTOR": 1, "INSPECTOR": 1}
    assert complaint.veto.desk == Desk.DIRECTOR and not Tie.objects.exists()


def test_neither_does_somebody_of_the_province(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    """They may declare their own: it keeps them from matters of the others, not the others from theirs."""
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


def test_one_that_nobody_may_handle_any_more_stays_for_who_is_free_later(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    chief = officer("CHIEF", "18568", name=NAME)
    _, complaint = complain(f"{CHIEF}, tên {NAME}", now=now)
    for role in ("DIRECTOR", "INSPECTOR"):
        Tie.objects.create(one=min(chief, handlers[role], key=lambda o: o.pk), declared_at=now, kind="RELATIVE",
                           other=max(chief, handlers[role], key=lambda o: o.pk), declared_by=handlers["PROVINCE_DUTY"])  # fmt: skip
    assert set(_seen(handlers).values()) == {0}
    assert moving.raise_orphans(now=now) == 0
    newcomer = officer("INSPECTOR", "42")
    assert moving.raise_orphans(now=now) == 1 and queries.visible(newcomer).get() == complaint
