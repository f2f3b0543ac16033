"""«Sửa nơi»: an officer enters the place; the area index locates the case, the typed text stays unchanged."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.areas.models import Landmark
from binhyen.areas.queries import directory
from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.services import location
from binhyen.cases.tests.scene import browser, fresh, open_case, url
from binhyen.intake import landmarks
from binhyen.kit import clock
from binhyen.kit.text import name_key

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def case(unit: Make) -> Case:
    return open_case(unit("18568"), category="fire", title="Cháy nổ · cầu Cày", place="cầu Cày")


def post(person: Any, case: Case, place: str) -> Any:
    return browser(person).post(url(case, "sua-noi"), {"version": fresh(case).version, "place": place})


def test_a_village_is_found_under_its_commune(case: Case, officer: Make) -> None:
    person = officer("OFFICER", name="Người Sửa")
    assert post(person, case, "cạnh nhà văn hóa, TDP Phú Mậu").status_code == 303
    row, today = fresh(case), directory()
    assert row.area_id == today.villages["18568", name_key("TDP Phú Mậu")]
    assert (row.commune_id, row.place) == (today.communes["18568"].area_id, "cạnh nhà văn hóa, TDP Phú Mậu")
    assert row.title == "Cháy nổ · cạnh nhà văn hóa, TDP Phú Mậu" and row.version == 2
    assert "'phú'" in row.marked and "'mậu'" in row.marked, "a search with marks puts it first"
    page = browser(person).get(url(case)).content.decode()
    facts = page.partition("Nơi và thời hạn")[2].partition("</dl>")[0]
    assert "Tổ dân phố Phú Mậu, Xã Lộc Hà" in facts and "Cán bộ ghi: cạnh nhà văn hóa" in facts
    assert "Người báo viết" not in facts
    history = page.partition("Nhật ký")[2]
    assert "Sửa nơi" in history and "Xã Lộc Hà → Tổ dân phố Phú Mậu, Xã Lộc Hà" in history and "Người Sửa" in history
    [entry] = AuditEntry.objects.filter(verb="case.relocated")
    assert entry.detail == {"from": today.communes["18568"].area_id, "to": row.area_id}, "ids, never the words"


def test_words_nobody_knows_leave_the_commune(case: Case, officer: Make) -> None:
    assert post(officer(), case, "TDP Phú Mậu").status_code == 303
    assert post(officer(), case, "gần nhà ông Hai Lúa").status_code == 303
    shown = browser(officer(name="Người Đọc"))
    answer = shown.post(url(case, "sua-noi"), {"version": fresh(case).version, "place": "gần nhà ông Hai Lúa"})
    assert "Máy chỉ biết là ở Xã Lộc Hà" in shown.get(answer["Location"]).content.decode(), (
        "it does not count as located"
    )
    row = fresh(case)
    assert row.place == "gần nhà ông Hai Lúa" and row.area_id == row.commune_id
    assert row.commune_id == directory().communes["18568"].area_id


def test_a_title_that_an_officer_wrote_stays(case: Case, officer: Make) -> None:
    Case.objects.filter(pk=case.pk).update(title="Cháy chợ đêm")
    post(officer(), case, "TDP Phú Mậu")
    assert fresh(case).title == "Cháy chợ đêm"
    assert browser(officer()).get("/ban-truc?q=phu+mau").content.decode().count("data-row-link") == 1


def test_another_units_ground_is_handed_on_not_corrected(case: Case, officer: Make) -> None:
    answer = post(officer(), case, "chợ phường Thành Sen")
    text = answer.content.decode()
    assert answer.status_code == 422 and "Công an phường Thành Sen phụ trách" in text and "Giao cho người khác" in text
    assert 'value="chợ phường Thành Sen"' in text, "the text is not lost"
    duty = officer("PROVINCE_DUTY", "42")
    assert post(duty, case, "phường Thành Sen").status_code == 422, "nor without the unit that has the case"
    assert fresh(case).version == 1


def test_what_the_province_holds_is_placed_and_stays(unit: Make, officer: Make) -> None:
    case = open_case(unit("42"), category="fire", title="Cháy nổ", place="")
    assert post(officer("PROVINCE_DUTY", "42"), case, "xã Lộc Hà").status_code == 303
    row = fresh(case)
    assert (row.unit, row.commune_id) == (unit("42"), directory().communes["18568"].area_id)
    assert row.title == "Cháy nổ · xã Lộc Hà"


def test_the_second_officer_reads_what_the_first_wrote(case: Case, officer: Make) -> None:
    first, second = officer(name="Người Nhanh Hơn"), officer()
    location.correct(code=case.code, officer=first, words="TDP Phú Mậu", version=1, now=clock.now())
    late = browser(second).post(url(case, "sua-noi"), {"version": "1", "place": "xã Lộc Hà"})
    text = late.content.decode()
    assert late.status_code == 409 and "Người Nhanh Hơn" in text and "xã Lộc Hà" in text
    assert fresh(case).place == "TDP Phú Mậu"


def test_who_may_not(case: Case, officer: Make, unit: Make) -> None:
    assert post(officer("OFFICER", "18073"), case, "TDP Phú Mậu").status_code == 404
    staff = post(officer("PROVINCE_STAFF", "42"), case, "TDP Phú Mậu")
    assert staff.status_code == 422 and "không có quyền" in staff.content.decode()
    assert "/sua-noi" not in browser(officer("PROVINCE_STAFF", "42")).get(url(case)).content.decode()
    Case.objects.filter(pk=case.pk).update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now())
    assert post(officer(), case, "TDP Phú Mậu").status_code == 422
    assert "/sua-noi" not in browser(officer()).get(url(case)).content.decode()


@pytest.mark.parametrize(("place", "learnt"), [("quán bà Hoa, TDP Phú Mậu", ["quán bà Hoa"]), ("TDP Phú Mậu", [])])
def test_a_place_written_by_an_officer_counts_as_confirmed(
    case: Case, officer: Make, place: str, learnt: list[str]
) -> None:
    landmarks.collect()
    assert not Landmark.objects.exists(), "control: an open case alone adds no landmark"
    post(officer(), case, place)
    assert landmarks.collect() == len(learnt)
    assert list(Landmark.objects.values_list("name", flat=True)) == learnt
    Case.objects.filter(pk=case.pk).update(sensitive=True)
    post(officer(), case, place)
    landmarks.collect()
    assert not Landmark.objects.exists(), "a confidential case adds no landmark"


def test_a_commune_that_the_words_name_is_not_named_again(unit: Make, officer: Make) -> None:
    person = officer()
    for words, shown in (
        ("thôn Trung Hòa, xã Lộc Hà", "thôn Trung Hòa, xã Lộc Hà<"),
        ("chợ Huyện", "chợ Huyện, Xã Lộc Hà<"),
    ):
        case = open_case(unit("18568"), place=words)
        page = browser(person).get(url(case)).content.decode()
        assert page.count(shown) == 2, "in the head and among the facts"
        assert page.casefold().count("xã lộc hà, xã lộc hà") == 0
