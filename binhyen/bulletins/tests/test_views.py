"""Pages of bulletins: owner, colleague, stranger, province; the public page and the feed; without script."""

import datetime as dt
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from binhyen.bulletins import services
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.tests.scene import TEXT, create_bulletin, create_group, mark_sent, release_bulletin, run_jobs
from binhyen.channels.models import Outgoing
from binhyen.kit import clock
from tests import rls

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
FIELDS = {"topic": "ONLINE_FRAUD", "title": "Giả danh điện lực để lừa tiền", "text": TEXT, "ground": ""}


def sign_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_from_the_form_to_the_groups_and_back_without_script(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    author, chief, group = officer("OFFICER"), officer("CHIEF"), create_group(unit("18568"))
    writer, approver, citizen = sign_in(author), sign_in(chief), Client()
    answer = writer.post("/ban-tin/soan", FIELDS)
    assert answer.status_code == 303
    row = Bulletin.objects.get()
    url = answer["Location"].partition("?")[0]
    page = writer.get(answer["Location"]).content.decode()
    assert "1 nhóm, 100 người" in page and "ô tê pê" in page and "data-draft-done" in page
    assert citizen.get(f"/thong-bao/{row.code}").status_code == 404
    assert writer.post(f"{url}/gui-duyet").status_code == 303
    assert f"{url}/duyet" not in writer.get(url).content.decode()
    waiting = approver.get("/ban-tin?xem=cho-duyet").content.decode()
    assert row.title in waiting and f"{url}/duyet" in approver.get(url).content.decode()
    approver.post(f"{url}/duyet")
    assert row.title in citizen.get("/thong-bao").content.decode()
    run_jobs(by_day)
    mark_sent(row, group, now=by_day)
    assert "1 / 1 nhóm đã nhận, 100 thành viên" in writer.get(f"{url}?phan=tien-do").content.decode()
    assert "hx-trigger" not in writer.get(f"{url}?phan=tien-do").content.decode()  # nothing is left to wait for

    writer.post(f"{url}/rut", {"reason": "Số liệu chưa đúng."})
    run_jobs(by_day)
    assert row.title not in citizen.get("/thong-bao").content.decode()
    gone = citizen.get(f"/thong-bao/{row.code}")
    assert gone.status_code == 410 and "Số liệu chưa đúng." in gone.content.decode()
    assert row.title not in gone.content.decode()
    assert Outgoing.objects.filter(key__contains="WITHDRAW", group=group).count() == 1


def test_who_sees_and_changes_a_draft(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    create_group(unit("18568"))
    row = create_bulletin(officer("OFFICER"), now=by_day)
    url = f"/ban-tin/{row.code}"
    colleague, staff = sign_in(officer("OFFICER")), sign_in(officer("PROVINCE_STAFF", "42"))
    stranger, operator = sign_in(officer("CHIEF", "18073")), sign_in(officer("OPERATOR", "42"))
    assert colleague.get(url).status_code == staff.get(url).status_code == 200
    assert stranger.get(url).status_code == 404 and row.title not in stranger.get("/ban-tin").content.decode()
    assert operator.get(url).status_code == 403
    for action in ("luu", "noi-nhan", "gui-duyet", "phat-ngay", "rut", "dinh-chinh"):
        assert stranger.post(f"{url}/{action}", FIELDS | {"reason": "Sai rồi."}).status_code == 404
    row.refresh_from_db()
    assert row.state == "DRAFT"
    with rls.acting_as("pages"):  # the database's own copy of the rule
        assert not Bulletin.objects.exists()


def test_a_released_bulletin_of_another_unit_is_read_but_not_touched(
    officer: Any, unit: Any, by_day: dt.datetime
) -> None:
    create_group(unit("18568"))
    row = release_bulletin(officer("OFFICER"), officer("CHIEF"), now=by_day)
    stranger, url = sign_in(officer("CHIEF", "18073")), f"/ban-tin/{row.code}"
    page = stranger.get(url).content.decode()
    assert row.title in page and f"{url}/rut" not in page and "Nhóm 1" not in page
    assert "thuộc" not in page and "nhóm đã nhận" not in page  # deliveries to groups of others
    stranger.post(f"{url}/rut", {"reason": "Không thích."})
    row.refresh_from_db()
    assert row.state == "RELEASED"


def test_the_audience_is_chosen_inside_the_own_commune(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    commune, sibling = unit("18568"), unit("18073")
    create_group(commune)
    row = create_bulletin(officer("OFFICER"), now=by_day)
    client, url = sign_in(row.author), f"/ban-tin/{row.code}/noi-nhan"
    client.post(url, {"do": "add", "area": str(sibling.area.public_id)})
    client.post(url, {"do": "add", "area": "khong-phai-ma"})
    client.post(url, {"do": "remove", "area": str(commune.area.public_id)})
    row.refresh_from_db()
    assert row.areas == []
    client.post(url, {"do": "add", "area": str(commune.area.public_id)})
    client.post(url, {"do": "level", "level": "VILLAGE"})
    row.refresh_from_db()
    assert (row.areas, row.group_level) == ([commune.area_id], "VILLAGE")
    staff_row = create_bulletin(officer("PROVINCE_STAFF", "42"), now=by_day)
    staff = sign_in(staff_row.author)
    page = staff.get(f"/ban-tin/{staff_row.code}?xa=18568").content.decode()
    assert "trước khi sáp nhập" in page and "Thôn, tổ dân phố của" in page
    staff.post(f"/ban-tin/{staff_row.code}/noi-nhan", {"do": "exclude", "area": str(sibling.area.public_id)})
    staff_row.refresh_from_db()
    assert staff_row.excluded_areas == [sibling.area_id]


def test_what_must_not_go_out_is_marked_and_refused(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    create_group(unit("18568"))
    row = create_bulletin(officer("OFFICER"), now=by_day, text="Ai nhặt được căn cước số 042088001234 xin trả lại.")
    client = sign_in(row.author)
    page = client.get(f"/ban-tin/{row.code}").content.decode()
    assert "<mark" in page and "Phải bỏ khỏi lời" in page
    client.post(f"/ban-tin/{row.code}/gui-duyet")
    row.refresh_from_db()
    assert row.state == "DRAFT"


def test_typed_text_is_not_lost_when_it_is_refused(officer: Any, by_day: dt.datetime) -> None:
    client = sign_in(officer("OFFICER"))
    answer = client.post("/ban-tin/soan", FIELDS | {"title": "Ít", "expires": "hôm qua"})
    assert answer.status_code == 422 and "Không bấm đường dẫn lạ" in answer.content.decode()
    assert "ví dụ: 01/12/2026 19:00" in answer.content.decode()
    week = clock.to_vietnam_day(clock.now()) + dt.timedelta(days=7)
    assert client.post("/ban-tin/soan", FIELDS | {"expires": f"{week:%d/%m/%Y}"}).status_code == 303
    end_of_week = dt.datetime.combine(week, dt.time(23, 59), clock.VIETNAM)
    assert Bulletin.objects.get().expires_at == end_of_week, "a day without a time lasts until its end"
    row = create_bulletin(officer("CHIEF"), now=by_day)
    answer = sign_in(row.author).post(f"/ban-tin/{row.code}/luu", FIELDS | {"text": "Ngắn"})
    assert answer.status_code == 422 and "Ngắn" in answer.content.decode()


def test_the_feed_replaces_what_was_corrected_or_withdrawn(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    group = create_group(unit("18568"))
    author, chief = officer("OFFICER"), officer("CHIEF")
    row = release_bulletin(author, chief, now=by_day, title="Giả danh điện lực & ngân hàng <mới>")
    mark_sent(row, group, now=by_day)

    def read_entries(query: str = "") -> list[tuple[str, str]]:
        answer = Client().get(f"/thong-bao.atom{query}")
        assert answer["Content-Type"].startswith("application/atom+xml")
        root = ElementTree.fromstring(answer.content)
        return [(e.findtext(f"{ATOM}id") or "", e.findtext(f"{ATOM}title") or "") for e in root.iter(f"{ATOM}entry")]

    [(first_id, title)] = read_entries()
    assert title == row.title and read_entries("?xa=18568") and not read_entries("?xa=18073")
    draft = services.start_correction(code=row.code, officer=author, now=by_day)
    services.submit_bulletin(code=draft.code, officer=author, now=by_day)
    services.approve_bulletin(code=draft.code, officer=chief, now=by_day)
    assert read_entries() == [(first_id, f"Đính chính: {row.title}")]
    old = Client().get(f"/thong-bao/{row.code}").content.decode()
    assert draft.code[:4] in old and TEXT[:20] not in old
    run_jobs(by_day)
    services.withdraw_bulletin(code=draft.code, reason="Tin chưa đúng.", officer=author, now=by_day)
    assert read_entries() == [(first_id, "Đã rút tin")]


def test_poster_with_code(officer: Any, by_day: dt.datetime) -> None:
    row = create_bulletin(officer("OFFICER"), now=by_day)
    page = sign_in(row.author).get(f"/ban-tin/{row.code}/to-roi").content.decode()
    assert "<svg" in page and "<li>Không bấm đường dẫn lạ.</li>" in page


def test_retry_and_review_buttons(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    author, chief = officer("OFFICER"), officer("CHIEF")
    create_group(unit("18568"))
    row = create_bulletin(author, now=by_day, ground="THREAT_TO_LIFE", expires_at=by_day + dt.timedelta(hours=6))
    url = f"/ban-tin/{row.code}"
    sign_in(author).post(f"{url}/phat-ngay")
    run_jobs(by_day)
    Outgoing.objects.update(state="DEAD", reason="Zalo không trả lời")
    page = sign_in(chief).get(url).content.decode()
    assert "Zalo không trả lời" in page and f"{url[:9]}" in page and "/gui-lai" in page and "/soat" in page
    sign_in(chief).post(f"{url}/gui-lai")
    sign_in(chief).post(f"{url}/soat")
    row.refresh_from_db()
    assert row.reviewed_by == chief and Outgoing.objects.get().state == "QUEUED"
