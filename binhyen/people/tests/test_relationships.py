"""Declared relationships: permissions to declare, and their immediate effect on conflict rules."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.people.conflict_facts import conflict_keys_of
from binhyen.people.models import Appointment, Relationship
from binhyen.people.services import RuleViolation, relationships
from binhyen.people.services.officers import transfer_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(officer: Callable[..., Any]) -> tuple[Any, Any]:
    return officer("OFFICER", "18568", name="Trần Văn Bình"), officer("INSPECTOR", "42", name="Trần Thị Oanh")


def _sign_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_declared_relative_shares_the_conflict_key(pair: tuple[Any, Any], now: dt.datetime) -> None:
    left, right = pair
    assert f"person:{left.pk}" not in conflict_keys_of(right)
    answer = _sign_in(right).post(
        "/quan-he/khai", {"first": "tran van binh", "second": "Trần Thị Oanh", "kind": "RELATIVE"}
    )
    assert answer.status_code == 303
    assert f"person:{left.pk}" in conflict_keys_of(right)
    page = _sign_in(right).get("/quan-he").content.decode()
    assert "Trần Văn Bình" in page and "Vợ chồng, ruột thịt" in page


def test_a_chief_declares_between_two_of_the_own_unit_only(
    pair: tuple[Any, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    chief, stranger = officer("CHIEF", "18568", name="Lê Văn Chỉ"), officer("CHIEF", "18073")
    officer("OFFICER", "18568", name="Trần Thị Mai")
    for keeper, second in ((stranger, "Trần Thị Mai"), (chief, "Trần Thị Oanh"), (chief, "Lê Văn Chỉ")):
        with pytest.raises(RuleViolation):
            relationships.declare_relationship(
                keeper=keeper, first="Trần Văn Bình", second=second, kind="IN_LAW", now=now
            )
    relationships.declare_relationship(
        keeper=chief, first="Trần Văn Bình", second="Trần Thị Mai", kind="IN_LAW", now=now
    )
    assert "Trần Văn Bình" in _sign_in(chief).get("/quan-he").content.decode()
    assert "Trần Văn Bình" not in _sign_in(stranger).get("/quan-he").content.decode()
    assert _sign_in(pair[0]).get("/quan-he").status_code == 403


def test_a_chief_ends_no_tie_of_a_handler(pair: tuple[Any, Any], officer: Callable[..., Any], now: dt.datetime) -> None:
    """Otherwise a relative from the unit would handle its complaints again."""
    chief = officer("CHIEF", "18568")
    relationships.declare_relationship(
        keeper=officer("PROVINCE_STAFF", "42"), first="Trần Văn Bình", second="Trần Thị Oanh", kind="RELATIVE", now=now
    )
    tie = Relationship.objects.get()
    assert f"/quan-he/{tie.public_id}/bo" not in _sign_in(chief).get("/quan-he").content.decode()
    _sign_in(chief).post(f"/quan-he/{tie.public_id}/bo")
    assert Relationship.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("role", ["PROVINCE_DUTY", "PROVINCE_STAFF", "DIRECTOR", "INSPECTOR"])
def test_complaint_handlers_declare_their_own(officer: Callable[..., Any], role: str, now: dt.datetime) -> None:
    """It excludes only them; the other one when a second person declares it too."""
    handler, other = officer(role, "42", name="Phan Thị Hòa"), officer("DIRECTOR", "42", name="Võ Văn Sơn")
    answer = _sign_in(handler).post(
        "/quan-he/khai", {"first": "Phan Thị Hòa", "second": "Võ Văn Sơn", "kind": "RELATIVE"}
    )
    assert answer.status_code == 303
    assert f"person:{other.pk}" in conflict_keys_of(handler)
    assert (f"person:{handler.pk}" in conflict_keys_of(other)) == (role == "DIRECTOR"), (
        "a present colleague is excluded anyway"
    )
    assert "Mới một bên tự khai" in _sign_in(handler).get("/quan-he").content.decode()
    for _ in range(2):
        _sign_in(officer("INSPECTOR", "42")).post(
            "/quan-he/khai", {"first": "Phan Thị Hòa", "second": "Võ Văn Sơn", "kind": "RELATIVE"}
        )
    assert f"person:{handler.pk}" in conflict_keys_of(other) and Relationship.objects.count() == 1


@pytest.mark.parametrize("role", ["PROVINCE_DUTY", "DIRECTOR"])
def test_complaint_handlers_declare_only_their_own(officer: Callable[..., Any], role: str) -> None:
    officer("OFFICER", "18568", name="Trần Văn Bình"), officer("INSPECTOR", "42", name="Trần Thị Oanh")
    keeper = _sign_in(officer(role, "42"))
    answer = keeper.post("/quan-he/khai", {"first": "Trần Văn Bình", "second": "Trần Thị Oanh", "kind": "RELATIVE"})
    assert answer.status_code == 422 and not Relationship.objects.exists()
    assert "Quyền trưởng" not in keeper.get("/quan-he").content.decode()


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("Trần Văn Bình", "Trần Văn Bình", "RELATIVE"),
        ("Trần Văn Bình", "Ai Đó", "RELATIVE"),
        ("", "Trần Văn Bình", "RELATIVE"),
        ("Trần Văn Bình", "Trần Thị Oanh", "FRIEND"),
    ],
)
def test_an_invalid_relationship_is_refused_and_the_input_preserved(
    pair: tuple[Any, Any], first: str, second: str, kind: str
) -> None:
    answer = _sign_in(pair[1]).post("/quan-he/khai", {"first": first, "second": second, "kind": kind})
    assert answer.status_code == 422 and not Relationship.objects.exists()
    assert not first or f'value="{first}"' in answer.content.decode()


def test_officers_cannot_remove_their_own(pair: tuple[Any, Any], officer: Callable[..., Any], now: dt.datetime) -> None:
    left, right = pair
    relationships.declare_relationship(keeper=right, first=left.name, second=right.name, kind="RELATIVE", now=now)
    with pytest.raises(RuleViolation):
        relationships.declare_relationship(keeper=right, first=left.name, second=right.name, kind="OTHER", now=now)
    tie = Relationship.objects.get()
    _sign_in(right).post(f"/quan-he/{tie.public_id}/bo")
    assert Relationship.objects.filter(ended_at=None).exists()
    _sign_in(officer("PROVINCE_STAFF", "42")).post(f"/quan-he/{tie.public_id}/bo")
    assert not Relationship.objects.filter(ended_at=None).exists()
    assert f"person:{left.pk}" not in conflict_keys_of(right)


def test_an_acting_chief_is_of_that_unit(pair: tuple[Any, Any], officer: Callable[..., Any], unit: Any) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    sent = {"unit": unit("18568").code, "name": "Trần Thị Oanh"}
    assert _sign_in(officer("CHIEF", "18568")).post("/quan-he/quyen-truong", sent).status_code == 422
    assert _sign_in(staff).post("/quan-he/quyen-truong", sent).status_code == 303
    assert f"unit:{unit('18568').pk}" in conflict_keys_of(pair[1])
    assert "Trần Thị Oanh" in _sign_in(staff).get("/quan-he").content.decode()
    _sign_in(staff).post("/quan-he/quyen-truong", sent | {"name": ""})
    assert Appointment.objects.filter(until=None).count() == 0


def test_a_transferred_officer_still_counts_for_the_old_unit(
    officer: Callable[..., Any], unit: Callable[[str], Any], now: dt.datetime
) -> None:
    person = officer("OFFICER", "18568")
    moved = transfer_officer(officer_id=person.pk, unit_id=unit("42").pk, role="PROVINCE_DUTY", actor="test", now=now)
    assert {f"unit:{unit('18568').pk}", "office:PROVINCE"} <= conflict_keys_of(moved)
    Appointment.objects.update(until=now - dt.timedelta(days=4 * 365))
    assert f"unit:{unit('18568').pk}" not in conflict_keys_of(moved)
