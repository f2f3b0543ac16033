"""Declared relationships: permissions to declare, and their immediate effect on conflict rules."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.people.conflict_facts import sides_of
from binhyen.people.models import Posting, Tie
from binhyen.people.services import Refusal, relationships
from binhyen.people.services.officers import transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(officer: Callable[..., Any]) -> tuple[Any, Any]:
    return officer("OFFICER", "18568", name="Trần Văn Bình"), officer("INSPECTOR", "42", name="Trần Thị Oanh")


def _page(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_declared_relative_stands_on_ones_side(pair: tuple[Any, Any], now: dt.datetime) -> None:
    one, other = pair
    assert f"person:{one.pk}" not in sides_of(other)
    answer = _page(other).post(
        "/quan-he/khai", {"first": "tran van binh", "second": "Trần Thị Oanh", "kind": "RELATIVE"}
    )
    assert answer.status_code == 303
    assert f"person:{one.pk}" in sides_of(other)
    page = _page(other).get("/quan-he").content.decode()
    assert "Trần Văn Bình" in page and "Vợ chồng, ruột thịt" in page


def test_a_chief_declares_between_two_of_the_own_unit_only(
    pair: tuple[Any, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    chief, stranger = officer("CHIEF", "18568", name="Lê Văn Chỉ"), officer("CHIEF", "18073")
    officer("OFFICER", "18568", name="Trần Thị Mai")
    for keeper, second in ((stranger, "Trần Thị Mai"), (chief, "Trần Thị Oanh"), (chief, "Lê Văn Chỉ")):
        with pytest.raises(Refusal):
            relationships.declare(keeper=keeper, first="Trần Văn Bình", second=second, kind="IN_LAW", now=now)
    relationships.declare(keeper=chief, first="Trần Văn Bình", second="Trần Thị Mai", kind="IN_LAW", now=now)
    assert "Trần Văn Bình" in _page(chief).get("/quan-he").content.decode()
    assert "Trần Văn Bình" not in _page(stranger).get("/quan-he").content.decode()
    assert _page(pair[0]).get("/quan-he").status_code == 403


def test_a_chief_ends_no_tie_of_a_handler(pair: tuple[Any, Any], officer: Callable[..., Any], now: dt.datetime) -> None:
    """Otherwise a relative from the unit would handle its complaints again."""
    chief = officer("CHIEF", "18568")
    relationships.declare(
        keeper=officer("PROVINCE_STAFF", "42"), first="Trần Văn Bình", second="Trần Thị Oanh", kind="RELATIVE", now=now
    )
    tie = Tie.objects.get()
    assert f"/quan-he/{tie.public_id}/bo" not in _page(chief).get("/quan-he").content.decode()
    _page(chief).post(f"/quan-he/{tie.public_id}/bo")
    assert Tie.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("role", ["PROVINCE_DUTY", "PROVINCE_STAFF", "DIRECTOR", "INSPECTOR"])
def test_who_handles_complaints_declares_their_own(officer: Callable[..., Any], role: str, now: dt.datetime) -> None:
    """It excludes only them; the other one when a second person declares it too."""
    handler, other = officer(role, "42", name="Phan Thị Hòa"), officer("DIRECTOR", "42", name="Võ Văn Sơn")
    answer = _page(handler).post("/quan-he/khai", {"first": "Phan Thị Hòa", "second": "Võ Văn Sơn", "kind": "RELATIVE"})
    assert answer.status_code == 303
    assert f"person:{other.pk}" in sides_of(handler)
    assert (f"person:{handler.pk}" in sides_of(other)) == (role == "DIRECTOR"), "a present colleague is excluded anyway"
    assert "Mới một bên tự khai" in _page(handler).get("/quan-he").content.decode()
    for _ in range(2):
        _page(officer("INSPECTOR", "42")).post(
            "/quan-he/khai", {"first": "Phan Thị Hòa", "second": "Võ Văn Sơn", "kind": "RELATIVE"}
        )
    assert f"person:{handler.pk}" in sides_of(other) and Tie.objects.count() == 1


@pytest.mark.parametrize("role", ["PROVINCE_DUTY", "DIRECTOR"])
def test_who_handles_complaints_declares_nobody_elses(officer: Callable[..., Any], role: str) -> None:
    officer("OFFICER", "18568", name="Trần Văn Bình"), officer("INSPECTOR", "42", name="Trần Thị Oanh")
    keeper = _page(officer(role, "42"))
    answer = keeper.post("/quan-he/khai", {"first": "Trần Văn Bình", "second": "Trần Thị Oanh", "kind": "RELATIVE"})
    assert answer.status_code == 422 and not Tie.objects.exists()
    assert "Quyền trưởng" not in keeper.get("/quan-he").content.decode()


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("Trần Văn Bình", "Trần Văn Bình", "RELATIVE"), ("Trần Văn Bình", "Ai Đó", "RELATIVE"),
        ("", "Trần Văn Bình", "RELATIVE"), ("Trần Văn Bình", "Trần Thị Oanh", "FRIEND"),
    ],
)  # fmt: skip
def test_what_is_no_relation_is_refused_with_what_was_typed(
    pair: tuple[Any, Any], first: str, second: str, kind: str
) -> None:
    answer = _page(pair[1]).post("/quan-he/khai", {"first": first, "second": second, "kind": kind})
    assert answer.status_code == 422 and not Tie.objects.exists()
    assert not first or f'value="{first}"' in answer.content.decode()


def test_nobody_takes_off_their_own(pair: tuple[Any, Any], officer: Callable[..., Any], now: dt.datetime) -> None:
    one, other = pair
    relationships.declare(keeper=other, first=one.name, second=other.name, kind="RELATIVE", now=now)
    with pytest.raises(Refusal):
        relationships.declare(keeper=other, first=one.name, second=other.name, kind="OTHER", now=now)
    tie = Tie.objects.get()
    _page(other).post(f"/quan-he/{tie.public_id}/bo")
    assert Tie.objects.filter(ended_at=None).exists()
    _page(officer("PROVINCE_STAFF", "42")).post(f"/quan-he/{tie.public_id}/bo")
    assert not Tie.objects.filter(ended_at=None).exists()
    assert f"person:{one.pk}" not in sides_of(other)


def test_an_acting_chief_is_of_that_unit(pair: tuple[Any, Any], officer: Callable[..., Any], unit: Any) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    sent = {"unit": unit("18568").code, "name": "Trần Thị Oanh"}
    assert _page(officer("CHIEF", "18568")).post("/quan-he/quyen-truong", sent).status_code == 422
    assert _page(staff).post("/quan-he/quyen-truong", sent).status_code == 303
    assert f"unit:{unit('18568').pk}" in sides_of(pair[1])
    assert "Trần Thị Oanh" in _page(staff).get("/quan-he").content.decode()
    _page(staff).post("/quan-he/quyen-truong", sent | {"name": ""})
    assert Posting.objects.filter(until=None).count() == 0


def test_who_was_transferred_still_counts_as_of_the_unit(
    officer: Callable[..., Any], unit: Callable[[str], Any], now: dt.datetime
) -> None:
    person = officer("OFFICER", "18568")
    moved = transfer(officer_id=person.pk, unit_id=unit("42").pk, role="PROVINCE_DUTY", actor="test", now=now)
    assert {f"unit:{unit('18568').pk}", "office:PROVINCE"} <= sides_of(moved)
    Posting.objects.update(until=now - dt.timedelta(days=4 * 365))
    assert f"unit:{unit('18568').pk}" not in sides_of(moved)
