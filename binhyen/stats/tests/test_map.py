"""The map of the communes: shades by number, points and hours only within the rights of the reader."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from binhyen.areas import map_drawing
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit.clock import VIETNAM
from binhyen.kit.ids import format_code
from binhyen.stats import map_queries, services
from binhyen.stats.metrics import build_hour_code

Make = Callable[..., Any]


def test_classes_hold_about_as_many_communes_and_equal_values_share_one() -> None:
    classes, indexes = map_drawing.classify_values({str(value): value for value in range(101)})
    assert [(entry.lowest, entry.highest) for entry in classes] == [(1, 20), (21, 40), (41, 60), (61, 80), (81, 100)]
    assert "0" not in indexes and indexes["20"] == 0 and indexes["21"] == 1 and indexes["100"] == 4
    assert map_drawing.classify_values({"a": 3, "b": 3, "c": 0})[1] == {"a": 2, "b": 2}
    few, shades = map_drawing.classify_values(dict.fromkeys("abcdefgh", 1) | {"i": 9})
    assert [(entry.lowest, entry.highest) for entry in few] == [(1, 1), (9, 9)] and shades["i"] > shades["a"]
    assert map_drawing.classify_values({}) == ([], {})


def test_the_projection_keeps_the_shape_and_fits_the_width() -> None:
    projection = map_drawing.build_projection((105.0, 18.0, 106.0, 19.0))
    (left, top), (right, bottom) = projection.place(105.0, 19.0), projection.place(106.0, 18.0)
    assert (
        (left, top) == (12, 12) and round(right) == map_drawing.WIDTH - 12 and round(bottom) == projection.height - 12
    )
    ring = [(105.0, 18.0), (106.0, 18.0), (106.0, 19.0), (105.0, 18.0)]
    assert projection.to_coordinates(left, top) == pytest.approx((105.0, 19.0))
    path = map_drawing.draw_path([ring], projection)
    assert path.startswith("M12 ") and path.endswith("z") and path.count("l") == 1


@pytest.mark.django_db
def test_the_map_shows_each_reader_their_own_part(
    officer: Make, unit: Make, now: dt.datetime, django_assert_max_num_queries: Any
) -> None:
    first = open_case(unit("18568"), now=now)
    second = open_case(unit("18073"), now=now)
    sealed = open_case(unit("18568"), now=now)
    Case.objects.filter(pk__in=[first.pk, sealed.pk]).update(latitude=18.44, longitude=105.9)
    Case.objects.filter(pk=second.pk).update(latitude=18.34, longitude=105.9)
    Case.objects.filter(pk=sealed.pk).update(is_restricted=True)
    services.update_counts()
    staff = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    staff.get("/ban-do?ky=nam-nay")
    with django_assert_max_num_queries(12) as context:
        page = staff.get("/ban-do?ky=nam-nay").content.decode()
    assert isinstance(context, CaptureQueriesContext)
    assert "Xã Lộc Hà: 1" in page and "Phường Thành Sen: 1" in page, "a complaint about police is in no number"
    assert all(format_code(case.code) in page for case in (first, second)) and format_code(sealed.code) not in page
    assert "/ket-qua/reports?" in page and "/ket-qua/hour--d" in page
    code = build_hour_code(now.astimezone(VIETNAM).weekday(), now.astimezone(VIETNAM).hour)
    behind = staff.get(f"/ket-qua/hour--{code.lower()}?ky=nam-nay").content.decode()
    assert format_code(first.code) in behind and "Giờ báo tin" in behind
    unit_page = sign_in_browser(officer()).get("/ban-do?ky=nam-nay&so=dang-mo").content.decode()
    assert (
        format_code(first.code) in unit_page
        and format_code(second.code) not in unit_page
        and "Phường Thành Sen:" not in unit_page
    )
    stranger = sign_in_browser(officer("OFFICER", "18073")).get("/ban-do?ky=nam-nay").content.decode()
    assert format_code(first.code) not in stranger and "Xã Lộc Hà:" not in stranger
    director = sign_in_browser(officer("DIRECTOR", "42")).get("/ban-do?ky=nam-nay").content.decode()
    assert "Xã Lộc Hà: 1" in director and "/vu-viec/" not in director and "/ket-qua/" not in director.split("<main")[1]
    assert sign_in_browser(officer("VILLAGE_TEAM")).get("/ban-do").status_code == 403
    for query in ("so=khong-co", "xa=99999", "ky=tuy-chon&tu=2026-02-01&den=2026-01-01"):
        assert staff.get(f"/ban-do?{query}").status_code == 422


@pytest.mark.django_db
def test_hours_of_the_province_equal_the_sum_of_days(officer: Make, unit: Make, now: dt.datetime) -> None:
    from binhyen.stats.periods import get_current_period

    for _case in range(3):
        open_case(unit("18568"), now=now)
    services.update_counts()
    local = now.astimezone(VIETNAM)
    year = get_current_period("nam-nay", today=local.date())
    for reader in (officer("PROVINCE_STAFF", "42"), officer("OFFICER", "18568"), officer("DIRECTOR", "42")):
        sums = map_queries.sum_by_hour(reader, year)
        assert sums[local.weekday()][local.hour] == 3 == sum(map(sum, sums))
