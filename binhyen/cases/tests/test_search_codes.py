"""Prefix search of case codes, for codes remembered or read out in part."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit.ids import code_range

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
CODES = ("QK7W2B9A", "QK7WZZZZ", "QK7X2222", "2QK7W222")


@pytest.fixture
def coded(unit: Make) -> None:
    for code in CODES:
        case = open_case(unit("18568"), text="Mất trộm gà ở TDP Phú Mậu")
        Case.objects.filter(pk=case.pk).update(code=code)


def search_codes(officer: Any, typed: str, where: str = "/tim") -> list[str]:
    page = sign_in_browser(officer).get(where, {"q": typed, "xem": "tat-ca"}).content.decode()
    return [code for code in CODES if f"/vu-viec/{code[:4]}" in page and f"{code[:4]}-{code[4:]}" in page]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("QK7W", CODES[:2]),
        ("qk7w-2b", CODES[:1]),
        ("QK7W-", CODES[:2]),
        (" qk7w z ", CODES[1:2]),
        ("QK7W2B9A", CODES[:1]),
        ("QK7", ()),
        ("QK7WI", ()),
        ("2QK7", CODES[3:]),
    ],
)
def test_by_its_beginning(coded: None, officer: Make, typed: str, codes: tuple[str, ...]) -> None:
    person = officer()
    assert search_codes(person, typed) == list(codes)
    assert search_codes(person, typed, "/ban-truc") == list(codes)


def test_of_another_unit_it_finds_nothing(coded: None, officer: Make) -> None:
    stranger = officer("OFFICER", "18073")
    assert (
        not search_codes(stranger, "QK7W")
        and "Không thấy gì" in sign_in_browser(stranger).get("/tim?q=QK7W").content.decode()
    )


def test_words_are_no_codes() -> None:
    assert [code_range(typed) for typed in ("gà", "đánh", "xe tải chở đất", "K7M29QXD9", "lừa đảo")] == [None] * 5
    assert code_range("trạm") is None and code_range("k7m2") == ("K7M22222", "K7M2ZZZZ")
