"""A6, requirement 25: no page of officers fails because of an odd value in its address or in a date, number or key
field.

A stored value must not break the page that shows it: the lists are requested again after each form.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from binhyen.inspection import views
from binhyen.kit import typed_dates
from binhyen.people.roles import Role
from binhyen.privacy.services import breaches as book
from tests.architecture.test_urls import OFFICERS
from tests.security.matrix import scene
from tests.security.matrix.policy import OWNERS_OF_ROUTE
from tests.security.matrix.probing import roll_back
from tests.security.matrix.scene import OWN, Scene
from tests.security.routes import get_path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("menu_numbers_counted_once")]
ODD = (
    "9999-12-31",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "2026-11-28T00:00+23:59",
    "-5",
    "2147483648",
    "9" * 5000,
    "NaN",
    "\0",
    "x" * 6000,
    '{"a":[' * 2000,
    "00000000-0000-0000-0000-000000000000",
    "a\r\nb: c",
)
ASKED = (
    "ai",
    "ban",
    "code",
    "cua",
    "den",
    "don-vi",
    "han",
    "ket-qua",
    "khoa",
    "ky",
    "lang",
    "linh-vuc",
    "loai",
    "muc",
    "next",
    "nhac",
    "o",
    "q",
    "sau",
    "state",
    "tim",
    "trang-thai",
    "truoc",
    "tu",
    "viec",
    "vu",
    "xa",
    "xem",
    "xong",
)
LONG = "Máy tính xách tay của xã bị mất"
# Forms with a date, a number or a key in them: complete data, and the page that shows the result.
FORMS: dict[str, tuple[Role, dict[str, str], str]] = {
    "su-co-du-lieu/ghi": (
        Role.OPERATOR,
        {"found_at": "2026-01-05T08:00", "people": "3", "what": LONG, "who": LONG, "measures": LONG},
        "/su-co-du-lieu",
    ),
    "luu-giu/giu-lai": (Role.PROVINCE_STAFF, {"code": "{code}", "reason": LONG, "until": "{day}"}, "/luu-giu"),
    "dong-y/<str:code>/ghi": (
        Role.OFFICER,
        {
            "purpose": "CHILD",
            "by": "REPRESENTATIVE",
            "age": "9",
            "child_agreed": "yes",
            "proof": LONG,
            "until": "{day}",
        },
        "/dong-y/{code}",
    ),
    "lich-truc/them": (
        Role.CHIEF,
        {"unit": "", "officer": "{officer}", "day": "{day}", "start": "08:00", "hours": "8"},
        "/lich-truc",
    ),
    "lich-truc/bo": (Role.CHIEF, {"unit": "", "officer": "{officer}", "starts": "{day}T08:00:00+07:00"}, "/lich-truc"),
    "bao-mat/them": (Role.OFFICER, {"credential": "{}", "name": "máy", "code": "123456"}, "/bao-mat"),
    "bao-mat/xac-nhan": (Role.OFFICER, {"credential": "{}", "code": "123456", "next": "/bao-mat"}, "/bao-mat"),
    "bao-mat/ket-thuc-phien": (Role.OFFICER, {"id": "x"}, "/bao-mat"),
    "vu-viec/<str:code>/danh-tinh": (
        Role.OFFICER,
        {"who": "x", "why": "PROTECT", "hours": "24", "reason": LONG},
        "/ban-truc",
    ),
    "tin-nhan/<uuid:message>/mo-vu-viec": (
        Role.OFFICER,
        {"category": "theft", "urgency": "1", "title": "Mất xe"},
        "/tin-nhan",
    ),
}


@pytest.fixture
def built(unit: Callable[[str], Any], officer: Callable[..., Any], settings: Any, tmp_path: Path) -> Scene:
    settings.FILES_ROOT = tmp_path / "files"
    return scene.build_scene(unit, officer)


@pytest.fixture
def enter(officer: Callable[..., Any]) -> Callable[[Role], Client]:
    """Return a signed-in client of the role; each role once."""
    clients: dict[Role, Client] = {}

    def get_client(role: Role) -> Client:
        if role not in clients:
            clients[role] = Client(raise_request_exception=False)
            commune = role in {Role.OFFICER, Role.CHIEF, Role.VILLAGE_TEAM}
            clients[role].force_login(officer(role, "18568" if commune else "42"))
        return clients[role]

    return get_client


def list_failing_pages(built: Scene, enter: Callable[[Role], Client], only: str = "") -> Iterator[str]:
    """Return failing pages: every requested page, with an odd value in every parameter that one of our pages reads."""
    for route, (method, roles) in OFFICERS.items():
        if method != "GET" or only not in ("", route):
            continue
        where = get_path(route, built.address_parts.get((OWNERS_OF_ROUTE.get(route, ""), OWN), {}))
        client = enter(next(role for role in (Role.CHIEF, *Role) if role in roles))
        for value in ODD:
            with roll_back():
                if client.get(where, dict.fromkeys(ASKED, value[:900])).status_code >= 500:
                    yield f"{route} {value[:24]!r}"


def list_failing_forms(built: Scene, enter: Callable[[Role], Client], only: str = "") -> Iterator[str]:
    address_parts = built.address_parts
    day = "2026-12-05"
    parts = {**address_parts["case", OWN], **address_parts["message", OWN]}
    filled = {"code": parts["<str:code>"], "officer": address_parts["officer", OWN]["officer"], "day": day}
    for route, (role, fields, shown) in FORMS.items():
        if only not in ("", route):
            continue
        whole, client = {name: fill_address(value, filled) for name, value in fields.items()}, enter(role)
        with roll_back():
            assert client.get(fill_address(shown, filled)).status_code == 200, "they are signed in, and see it"
        for name in whole:
            for value in ODD:
                with roll_back():
                    status = client.post(get_path(route, parts), whole | {name: value}).status_code
                    if status == 303:  # it may have been stored
                        status = client.get(fill_address(shown, filled)).status_code
                    if status >= 500:
                        yield f"{route} {name} {value[:24]!r}"


def fill_address(text: str, address_parts: dict[str, str]) -> str:
    for name, value in address_parts.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def test_no_page_fails_by_its_address(built: Scene, enter: Callable[[Role], Client]) -> None:
    assert list(list_failing_pages(built, enter)) == []


def test_no_form_fails_nor_spoils_the_page_that_shows_it(built: Scene, enter: Callable[[Role], Client]) -> None:
    assert list(list_failing_forms(built, enter)) == []


def test_control_a_day_without_a_limit_is_found(
    built: Scene, enter: Callable[[Role], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_parse_day", lambda text: dt.date.max if text == "9999-12-31" else None)
    assert list(list_failing_pages(built, enter, "nhat-ky")) == ["nhat-ky '9999-12-31'"]


def test_control_a_year_mistyped_that_is_stored_is_found(
    built: Scene, enter: Callable[[Role], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL accepts a time before year 1, and the page that lists it fails from then on."""
    monkeypatch.setattr(typed_dates, "_FIRST_YEAR", 1)
    monkeypatch.setattr(book, "find_breach_problem", lambda **_: "")
    failures = list(list_failing_forms(built, enter, "su-co-du-lieu/ghi"))
    assert any("found_at '0001" in failure for failure in failures) and any(
        "people '-5'" in failure for failure in failures
    ), failures
