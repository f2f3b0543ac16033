"""«Sửa địa điểm»: an officer enters the place; the area index locates the case, the typed text stays unchanged."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.areas.map_drawing import AREA_MAP_URL, build_area_projection
from binhyen.areas.models import Landmark
from binhyen.areas.queries import get_directory
from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.services import location
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.intake import landmarks
from binhyen.kit import clock
from binhyen.kit.text import to_name_key

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def case(unit: Make) -> Case:
    return open_case(unit("18568"), category="fire", title="Cháy nổ · cầu Cày", place="cầu Cày")


def submit_place(person: Any, case: Case, place: str) -> Any:
    return sign_in_browser(person).post(
        build_case_url(case, "sua-noi"), {"version": reload_case(case).version, "place": place}
    )


def test_a_village_is_found_under_its_commune(case: Case, officer: Make) -> None:
    person = officer("OFFICER", name="Người Sửa")
    assert submit_place(person, case, "cạnh nhà văn hóa, TDP Phú Mậu").status_code == 303
    row, today = reload_case(case), get_directory()
    assert row.area_id == today.villages["18568", to_name_key("TDP Phú Mậu")]
    assert (row.commune_id, row.place) == (today.communes["18568"].area_id, "cạnh nhà văn hóa, TDP Phú Mậu")
    assert row.title == "Cháy nổ · cạnh nhà văn hóa, TDP Phú Mậu" and row.version == 2
    assert "'phú'" in row.search_accented and "'mậu'" in row.search_accented, "a search with marks puts it first"
    page = sign_in_browser(person).get(build_case_url(case)).content.decode()
    facts = page.partition("Địa điểm và thời hạn")[2].partition("</dl>")[0]
    assert "Tổ dân phố Phú Mậu, Xã Lộc Hà" in facts and "Cán bộ ghi: cạnh nhà văn hóa" in facts
    assert "Người báo viết" not in facts
    history = page.partition("Nhật ký")[2]
    assert (
        "Sửa địa điểm" in history and "Xã Lộc Hà → Tổ dân phố Phú Mậu, Xã Lộc Hà" in history and "Người Sửa" in history
    )
    [entry] = AuditEntry.objects.filter(verb="case.relocated")
    assert entry.detail == {"from": today.communes["18568"].area_id, "to": row.area_id}, "ids, never the words"


def test_unknown_place_words_keep_the_commune(case: Case, officer: Make) -> None:
    assert submit_place(officer(), case, "TDP Phú Mậu").status_code == 303
    assert submit_place(officer(), case, "gần nhà ông Hai Lúa").status_code == 303
    shown = sign_in_browser(officer(name="Người Đọc"))
    answer = shown.post(
        build_case_url(case, "sua-noi"), {"version": reload_case(case).version, "place": "gần nhà ông Hai Lúa"}
    )
    assert "Hệ thống chỉ xác định được Xã Lộc Hà" in shown.get(answer["Location"]).content.decode(), (
        "it does not count as located"
    )
    row = reload_case(case)
    assert row.place == "gần nhà ông Hai Lúa" and row.area_id == row.commune_id
    assert row.commune_id == get_directory().communes["18568"].area_id


def test_a_title_that_an_officer_wrote_stays(case: Case, officer: Make) -> None:
    Case.objects.filter(pk=case.pk).update(title="Cháy chợ đêm")
    submit_place(officer(), case, "TDP Phú Mậu")
    assert reload_case(case).title == "Cháy chợ đêm"
    assert sign_in_browser(officer()).get("/ban-truc?q=phu+mau").content.decode().count("data-row-link") == 1


def test_a_place_of_another_unit_is_transferred_not_corrected(case: Case, officer: Make) -> None:
    answer = submit_place(officer(), case, "chợ phường Thành Sen")
    text = answer.content.decode()
    assert answer.status_code == 422 and "Công an phường Thành Sen phụ trách" in text and "Giao cho người khác" in text
    assert 'value="chợ phường Thành Sen"' in text, "the text is not lost"
    duty = officer("PROVINCE_DUTY", "42")
    assert submit_place(duty, case, "phường Thành Sen").status_code == 422, "nor without the unit that has the case"
    assert reload_case(case).version == 1


def test_cases_of_the_province_are_located_and_stay(unit: Make, officer: Make) -> None:
    case = open_case(unit("42"), category="fire", title="Cháy nổ", place="")
    assert submit_place(officer("PROVINCE_DUTY", "42"), case, "xã Lộc Hà").status_code == 303
    row = reload_case(case)
    assert (row.unit, row.commune_id) == (unit("42"), get_directory().communes["18568"].area_id)
    assert row.title == "Cháy nổ · xã Lộc Hà"


def test_the_second_officer_reads_the_first_officers_text(case: Case, officer: Make) -> None:
    first, second = officer(name="Người Nhanh Hơn"), officer()
    location.correct_location(code=case.code, officer=first, words="TDP Phú Mậu", version=1, now=clock.now())
    late = sign_in_browser(second).post(build_case_url(case, "sua-noi"), {"version": "1", "place": "xã Lộc Hà"})
    text = late.content.decode()
    assert late.status_code == 409 and "Người Nhanh Hơn" in text and "xã Lộc Hà" in text
    assert reload_case(case).place == "TDP Phú Mậu"


def test_forbidden_roles(case: Case, officer: Make, unit: Make) -> None:
    assert submit_place(officer("OFFICER", "18073"), case, "TDP Phú Mậu").status_code == 404
    staff = submit_place(officer("PROVINCE_STAFF", "42"), case, "TDP Phú Mậu")
    assert staff.status_code == 422 and "không có quyền" in staff.content.decode()
    assert "/sua-noi" not in sign_in_browser(officer("PROVINCE_STAFF", "42")).get(build_case_url(case)).content.decode()
    Case.objects.filter(pk=case.pk).update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now())
    assert submit_place(officer(), case, "TDP Phú Mậu").status_code == 422
    assert "/sua-noi" not in sign_in_browser(officer()).get(build_case_url(case)).content.decode()


@pytest.mark.parametrize(("place", "learnt"), [("quán bà Hoa, TDP Phú Mậu", ["quán bà Hoa"]), ("TDP Phú Mậu", [])])
def test_a_place_written_by_an_officer_counts_as_confirmed(
    case: Case, officer: Make, place: str, learnt: list[str]
) -> None:
    landmarks.collect_landmarks()
    assert not Landmark.objects.exists(), "control: an open case alone adds no landmark"
    submit_place(officer(), case, place)
    assert landmarks.collect_landmarks() == len(learnt)
    assert list(Landmark.objects.values_list("name", flat=True)) == learnt
    Case.objects.filter(pk=case.pk).update(sensitive=True)
    submit_place(officer(), case, place)
    landmarks.collect_landmarks()
    assert not Landmark.objects.exists(), "a confidential case adds no landmark"


def test_a_commune_in_the_text_is_not_repeated(unit: Make, officer: Make) -> None:
    person = officer()
    for words, shown in (
        ("thôn Trung Hòa, xã Lộc Hà", "thôn Trung Hòa, xã Lộc Hà<"),
        ("chợ Huyện", "chợ Huyện, Xã Lộc Hà<"),
    ):
        case = open_case(unit("18568"), place=words)
        page = sign_in_browser(person).get(build_case_url(case)).content.decode()
        assert page.count(shown) == 2, "in the head and among the facts"
        assert page.casefold().count("xã lộc hà, xã lộc hà") == 0


def test_a_pin_is_set_by_click_or_coordinates_and_led_to(case: Case, officer: Make, unit: Make) -> None:
    person = officer("OFFICER", name="Người Ghim")
    client, today = sign_in_browser(person), get_directory()
    assert submit_place(person, case, "TDP Phú Mậu").status_code == 303
    village = reload_case(case).area_id
    answer = client.post(
        build_case_url(case, "ghim"), {"version": reload_case(case).version, "point": "18.48357, 105.87920"}
    )
    assert answer.status_code == 303
    row = reload_case(case)
    assert (row.latitude, row.longitude, row.area_id) == (18.48357, 105.8792, village), "a known village stays"
    page = client.get(build_case_url(case)).content.decode()
    assert 'href="geo:18.48357,105.87920?q=18.48357,105.87920"' in page and "Người Ghim" in page.partition("Nhật ký")[2]
    assert 'value="18.48357, 105.87920"' in page and f'src="{AREA_MAP_URL}?xa=18568"' in page
    entry = AuditEntry.objects.filter(verb="case.relocated").latest("pk")
    assert entry.detail == {"from": village, "to": village, "pin": True}, "that a pin was set, never where"
    picture = client.get(f"{AREA_MAP_URL}?xa=18568")
    assert picture["Content-Type"] == "image/svg+xml" and "Xã Lộc Hà" in picture.content.decode()
    # Without script: the picture was clicked, in the middle of the commune.
    x, y = build_area_projection("18568").place(105.8792, 18.48357)
    client.post(
        build_case_url(case, "ghim"),
        {"version": row.version, "commune": "18568", "spot.x": f"{x:.0f}", "spot.y": f"{y:.0f}", "point": "rỗng"},
    )
    row = reload_case(case)
    assert abs(row.latitude - 18.48357) < 0.0005 and abs(row.longitude - 105.8792) < 0.0005
    # A case that the province still has follows the pin to its commune.
    unplaced = open_case(unit("42"), category="fire")
    Case.objects.filter(pk=unplaced.pk).update(commune=None, area=None)
    duty = sign_in_browser(officer("PROVINCE_DUTY", "42"))
    duty.post(build_case_url(unplaced, "ghim"), {"version": unplaced.version, "point": "18.48357,105.8792"})
    assert reload_case(unplaced).commune_id == today.communes["18568"].area_id
