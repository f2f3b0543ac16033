"""Officers cannot remove a complaint about themselves from its possible handlers."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.conduct import queries
from binhyen.conduct.models import HandlerAlert
from binhyen.conduct.services import alarms
from binhyen.conduct.tests.scene import CHIEF, HandlerClient, create_handler, sign_in, submit_complaint
from binhyen.people.conflicts import Desk
from binhyen.people.models import Relationship
from binhyen.vault.key_session import key_sessions
from binhyen.vault.tests.custody import SCREENS

pytestmark = pytest.mark.django_db
NAME = "Trần Văn Bình"
HANDLERS = {"PROVINCE_DUTY": "Lê Thị Đào", "DIRECTOR": "Võ Văn Sơn", "INSPECTOR": "Phan Thị Hòa"}


@pytest.fixture
def handlers(officer: Callable[..., Any]) -> dict[str, Any]:
    return {role: officer(role, "42", name=name) for role, name in HANDLERS.items()}


def _declare_all_relationships(person: Any) -> None:
    """Declare a relationship with every possible handler."""
    for name in HANDLERS.values():
        sign_in(person).post("/quan-he/khai", {"first": person.name, "second": name, "kind": "RELATIVE"})


def _count_visible(handlers: dict[str, Any]) -> dict[str, int]:
    return {role: queries.list_visible(person).count() for role, person in handlers.items()}


@pytest.mark.parametrize("before", [True, False])
def test_a_chief_who_declares_a_relationship_to_handlers_changes_nothing(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime, before: bool
) -> None:
    chief = officer("CHIEF", "18568", name=NAME)
    if before:
        _declare_all_relationships(chief)
    _, complaint = submit_complaint(f"{CHIEF}, tên {NAME}", now=now)
    if not before:
        _declare_all_relationships(chief)
    alarms.escalate_orphans(now=now)
    complaint.veto.refresh_from_db()
    assert _count_visible(handlers) == {"PROVINCE_DUTY": 0, "DIRECTOR": 1, "INSPECTOR": 1}
    assert complaint.veto.desk == Desk.DIRECTOR and not Relationship.objects.exists()


def test_a_province_officer_cannot_do_it_either(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    """They may declare their own: it excludes them from matters of the others, not the others from theirs."""
    staff = officer("PROVINCE_STAFF", "42", name=NAME)
    _declare_all_relationships(staff)
    assert Relationship.objects.count() == 3
    submit_complaint(
        f"Cán bộ Phòng Tham mưu công an tỉnh tên {NAME} thái độ hách dịch, đòi tiền dân làm giấy tờ", now=now
    )
    assert _count_visible(handlers) == {"PROVINCE_DUTY": 0, "DIRECTOR": 1, "INSPECTOR": 1}


def test_control_a_relationship_that_counts_for_both_removes_it(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    staff = officer("PROVINCE_STAFF", "42", name=NAME)
    _declare_all_relationships(staff)
    Relationship.objects.update(mutual=True)
    submit_complaint(
        f"Cán bộ Phòng Tham mưu công an tỉnh tên {NAME} thái độ hách dịch, đòi tiền dân làm giấy tờ", now=now
    )
    assert set(_count_visible(handlers).values()) == {0}


def test_without_a_handler_it_alarms_below_and_waits_for_a_free_one(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    chief = officer("CHIEF", "18568", name=NAME)
    _, complaint = submit_complaint(f"{CHIEF}, tên {NAME}", now=now)
    _relate_officers(chief, handlers, now)
    assert set(_count_visible(handlers).values()) == {0}
    for _ in range(2):
        assert alarms.escalate_orphans(now=now) == 0
    duty = handlers["PROVINCE_DUTY"]
    assert [call.officer for call in HandlerAlert.objects.all()] == [duty] and queries.is_alerted_without_handler(duty)
    newcomer = officer("INSPECTOR", "42")
    assert alarms.escalate_orphans(now=now) == 1 and queries.list_visible(newcomer).get() == complaint
    assert [call.officer for call in HandlerAlert.objects.all()] == [
        newcomer
    ] and not queries.is_alerted_without_handler(newcomer)


def test_the_alerted_officers_page_gives_the_reason_without_the_subject(
    handlers: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    chief = officer("CHIEF", "18568", name=NAME)
    _, complaint = submit_complaint(f"{CHIEF}, tên {NAME}", now=now)
    with SCREENS:
        people = {role: create_handler(officer, role, now) for role in ("PROVINCE_STAFF", "DIRECTOR")}
        _relate_officers(chief, {**handlers, "MATE": people["DIRECTOR"]}, now, "DIRECTOR", "INSPECTOR", "MATE")
        alarms.escalate_orphans(now=now)
        below, concerned = (HandlerClient(people[role]).list() for role in ("PROVINCE_STAFF", "DIRECTOR"))
        key_sessions.lock_all()
    assert "đều có liên quan" in below and str(complaint.public_id) not in below and "xã" not in below.split("<main")[1]
    assert "đều có liên quan" not in concerned and str(complaint.public_id) not in concerned


def _relate_officers(chief: Any, handlers: dict[str, Any], now: dt.datetime, *roles: str) -> None:
    for role in roles or ("DIRECTOR", "INSPECTOR"):
        left, right = sorted((chief, handlers[role]), key=lambda o: o.pk)
        Relationship.objects.create(
            officer_a=left, officer_b=right, kind="RELATIVE", declared_at=now, declared_by=handlers["PROVINCE_DUTY"]
        )
