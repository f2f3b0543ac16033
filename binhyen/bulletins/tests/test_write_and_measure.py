"""Templates, the map of the audience, previews and posters, measurement, acknowledgement, through the pages."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from binhyen.bulletins import measure_queries
from binhyen.bulletins.audience_map import get_projection
from binhyen.bulletins.media_texts import BulletinText, format_private_message, format_push
from binhyen.bulletins.models import Acknowledgement, Bulletin, TextTemplate
from binhyen.bulletins.tests.scene import TEXT, create_bulletin, create_group, find_village, mark_sent, release_bulletin
from binhyen.bulletins.tests.test_views import FIELDS, sign_in
from binhyen.bulletins.text_templates import capitalize_first, fill_text, list_variables
from tests import rls

pytestmark = pytest.mark.django_db


def test_variables_of_a_template() -> None:
    assert list_variables("Cấm {đường}", "{đường} từ {lúc}, { lúc }") == ["đường", "lúc"]
    assert fill_text("{đường} từ {lúc}", {"đường": " quốc lộ  1 {x} "}) == "quốc lộ 1 x từ {lúc}"
    assert capitalize_first("bão số 5") == "Bão số 5"


def test_texts_of_push_and_private_message() -> None:
    text = BulletinText("Lừa đảo", "Dài " * 30, TEXT, "Công an xã Lộc Hà", "https://a.example/thong-bao/K7M2-9QXD")
    push = format_push(text)
    assert len(push.title) <= 60 and push.title.endswith("…") and "\n" not in push.body and "- " not in push.body
    assert "https://a.example" in format_private_message(text)


def test_from_template_to_draft_and_back_to_a_template(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    author, stranger = officer("OFFICER"), officer("OFFICER", "18073")
    writer = sign_in(author)
    assert "Cảnh giác kẻ giả danh" in writer.get("/ban-tin/mau").content.decode()
    assert "giả danh ai" in writer.get("/ban-tin/soan?mau=gia-danh").content.decode()
    values = {"mau": "gia-danh", "do": "fill", "bien-1": "điện lực"}
    filled = writer.post("/ban-tin/soan", values).content.decode()
    assert "Cảnh giác kẻ giả danh điện lực" in filled and "Còn chỗ chưa điền: cách làm" in filled
    assert not Bulletin.objects.exists()
    writer.post("/ban-tin/soan", FIELDS | {"acknowledge": "yes"})
    row = Bulletin.objects.get()
    writer.post(f"/ban-tin/{row.code}/luu-mau")
    saved = TextTemplate.objects.get()
    assert row.asks_acknowledgement and saved.title == row.title
    other = sign_in(stranger)
    assert str(saved.public_id) not in other.get("/ban-tin/mau").content.decode()
    other.post("/ban-tin/mau", {"template": str(saved.public_id)})
    with rls.acting_as("pages"):
        assert not TextTemplate.objects.exists()
    writer.post("/ban-tin/mau", {"template": str(saved.public_id)})
    assert not TextTemplate.objects.exists()


def test_a_template_with_a_name_or_number_is_refused(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    author = officer("OFFICER")
    row = create_bulletin(author, now=by_day, text="Gọi anh Nguyễn Văn Tuấn số 0912 345 678 để biết thêm chi tiết.")
    sign_in(author).post(f"/ban-tin/{row.code}/luu-mau")
    assert not TextTemplate.objects.exists()


def test_a_click_on_the_map_chooses_the_communes_around(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    staff, commune = officer("PROVINCE_STAFF", "42"), unit("18568")
    row = create_bulletin(staff, now=by_day)
    url, page = f"/ban-tin/{row.code}", sign_in(staff)
    province = {"do": "remove", "area": str(unit("42").area.public_id)}
    page.post(f"{url}/noi-nhan", province)
    page.post(f"{url}/noi-nhan", {"do": "circle", "km": "0", "center": "18568"})
    row.refresh_from_db()
    assert row.areas == [commune.area_id]
    from binhyen.bulletins.audience_map import find_center

    center = find_center("18568")
    assert center is not None
    x, y = (str(round(value)) for value in get_projection().to_pixel(center[1], center[0]))
    page.post(f"{url}/noi-nhan", {"do": "circle", "km": "10", "center": "", "point.x": x, "point.y": y})
    row.refresh_from_db()
    assert commune.area_id in row.areas and 3 < len(row.areas) < 30
    page.post(f"{url}/noi-nhan", {"do": "circle", "km": "0", "center": "", "point.x": "0", "point.y": "0"})
    assert "ngoài tỉnh" in page.get(url).content.decode()
    svg = page.get(f"{url}/ban-do.svg")
    assert svg["Content-Type"].startswith("image/svg+xml") and svg.content.count(b"#1f7a5c") == len(row.areas)


def test_measurement_by_group_village_and_officer(
    officer: Any, unit: Any, by_day: dt.datetime, django_assert_max_num_queries: Any
) -> None:
    author, chief, commune = officer("OFFICER"), officer("CHIEF"), unit("18568")
    village = find_village(commune, by_day)
    group = create_group(commune, area=village.pk, level="VILLAGE")
    create_group(commune)
    row = release_bulletin(author, chief, now=by_day, asks_acknowledgement=True)
    mark_sent(row, group, now=by_day)
    [reach] = measure_queries.list_village_reach(author, row)
    assert village.pk not in reach.missed and len(reach.missed) == reach.villages - 1
    url, page = f"/ban-tin/{row.code}", sign_in(author)
    assert "Tôi đã đọc" in page.get(url).content.decode()
    page.post(f"{url}/da-doc")
    page.post(f"{url}/da-doc")
    assert Acknowledgement.objects.get().officer == author
    citizen, public_url = Client(), f"/thong-bao/{row.code}"
    with rls.acting_as("pages"):
        for _ in range(32):
            assert citizen.post(public_url, HTTP_X_FORWARDED_FOR="203.0.113.7").status_code == 303
        assert "Cảm ơn bạn" in citizen.get(f"{public_url}?da-doc=1").content.decode()
        assert "Tôi đã đọc" in citizen.get(public_url).content.decode()
    assert Client(enforce_csrf_checks=True).post(public_url).status_code == 403
    with django_assert_max_num_queries(30):
        shown = page.get(f"{url}/do-luong").content.decode()
    assert "trang công khai: 30 lượt" in shown, "one network address counts so often an hour"
    assert group.name in shown and "1 / 2 cán bộ" in shown and chief.name in shown
    stranger = sign_in(officer("CHIEF", "18073")).get(f"{url}/do-luong").content.decode()
    assert group.name not in stranger and chief.name not in stranger
    with rls.acting_as("pages"):
        assert not Acknowledgement.objects.exists()
    pdf = page.get(f"{url}/to-roi.pdf")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF") and len(pdf.content) < 200_000
