"""Groups run by hand: what is to be posted, ticked off, corrected and withdrawn there; who may do it."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from binhyen.bulletins import manual_queries, manual_services, queries, services
from binhyen.bulletins.models import Bulletin, ManualGroup, ManualPost
from binhyen.bulletins.rules import parse_member_count
from binhyen.bulletins.tests.scene import DAY, create_bulletin, release_bulletin, run_jobs
from binhyen.people.services import RuleViolation
from tests import rls

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def create_manual_group(keeper: Any, name: str, members: str = "120") -> ManualGroup:
    area = keeper.unit.area.public_id
    return manual_services.create_manual_group(name=name, area=area, members=members, officer=keeper, now=DAY)


def tick(bulletin: Bulletin, keeper: Any, *groups: ManualGroup, now: dt.datetime = DAY) -> int:
    ids = [group.public_id for group in groups]
    return manual_services.report_posted(code=bulletin.code, groups=ids, officer=keeper, now=now)


def list_tasks(keeper: Any) -> list[tuple[str, str, int]]:
    return [(row.code, kind, count) for row, kind, count, _ in manual_queries.list_owed_by_bulletin(keeper)]


def sign_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_post_correct_and_withdraw_come_as_the_next_thing_to_tick(officer: Any) -> None:
    author, chief = officer("OFFICER"), officer("CHIEF")
    first, second = create_manual_group(author, "Bình yên Nam Sơn"), create_manual_group(chief, "Chợ Lộc Hà", "1.080")
    row = release_bulletin(author, chief, now=DAY)  # without a single group of the account
    assert (row.group_count, row.head_count) == (2, 1200)
    assert list_tasks(author) == [(row.code, "POST", 2)]
    assert tick(row, author, first) == 1
    [figures] = manual_queries.count_posts_by_unit(author, row, is_own=True)
    assert (figures.posted, figures.owed, figures.people) == (1, 1, 120)

    draft = services.start_correction(code=row.code, officer=author, now=DAY)
    services.submit_bulletin(code=draft.code, officer=author, now=DAY)
    services.approve_bulletin(code=draft.code, officer=chief, now=DAY + HOUR)
    run_jobs(DAY + HOUR)
    assert list_tasks(author) == [(draft.code, "CORRECT", 1), (draft.code, "POST", 1)]
    assert tick(draft, author, first, second) == 2

    services.withdraw_bulletin(code=draft.code, reason="Tin chưa đúng.", officer=chief, now=DAY + 2 * HOUR)
    assert list_tasks(author) == [(draft.code, "WITHDRAW", 2)]
    assert tick(draft, chief, first, second) == 2
    assert list_tasks(author) == []


def test_posted_before_the_end_and_ticked_after_it_is_followed_up(officer: Any) -> None:
    author, chief = officer("OFFICER"), officer("CHIEF")
    first, second = create_manual_group(author, "Nhóm một"), create_manual_group(author, "Nhóm hai")
    row = release_bulletin(author, chief, now=DAY)
    draft = services.start_correction(code=row.code, officer=author, now=DAY)
    services.submit_bulletin(code=draft.code, officer=author, now=DAY)
    services.approve_bulletin(code=draft.code, officer=chief, now=DAY)
    run_jobs(DAY)
    assert list_tasks(author) == [(draft.code, "POST", 2)]
    tick(row, author, first)  # it had been posted after all
    assert sorted(list_tasks(author)) == [(draft.code, "CORRECT", 1), (draft.code, "POST", 1)]
    services.withdraw_bulletin(code=draft.code, reason="Tin chưa đúng.", officer=chief, now=DAY)
    assert list_tasks(author) == [(draft.code, "WITHDRAW", 1)]  # the first one had the original
    tick(draft, author, second)
    assert list_tasks(author) == [(draft.code, "WITHDRAW", 2)]


def test_expiry_and_a_closed_group_end_what_is_owed(officer: Any) -> None:
    author = officer("OFFICER")
    first, second = create_manual_group(author, "Nhóm một"), create_manual_group(author, "Nhóm hai")
    row = release_bulletin(author, officer("CHIEF"), now=DAY, expires_at=DAY + HOUR)
    manual_services.close_manual_group(public_id=first.public_id, officer=author, now=DAY)
    assert list_tasks(author) == [(row.code, "POST", 1)]
    run_jobs(DAY + HOUR)
    assert list_tasks(author) == []
    tick(row, author, second)  # posted in time, ticked late: nothing follows an expiry
    assert list_tasks(author) == []
    assert queries.resolve_audience(row).members_by_manual_group == {second.pk: 120}


def test_typed_groups_and_numbers_are_checked(officer: Any, unit: Any) -> None:
    author = officer("OFFICER")
    for name, members in (("x", "5"), ("Nhóm", "nhiều"), ("Nhóm", "-5"), ("Nhóm", "9999999"), ("n" * 61, "5")):
        with pytest.raises(RuleViolation):
            create_manual_group(author, name, members)
    with pytest.raises(RuleViolation):  # another commune
        manual_services.create_manual_group(
            name="Nhóm", area=unit("18073").area.public_id, members="5", officer=author, now=DAY
        )
    assert [parse_member_count(text) for text in ("1.250", " 90 ", "", "²")] == [1250, 90, None, None]


def test_the_phone_page_without_script(officer: Any, by_day: dt.datetime) -> None:
    author, chief = officer("OFFICER"), officer("CHIEF")
    client = sign_in(author)
    area = str(author.unit.area.public_id)
    assert (
        client.post("/dang-tay", {"do": "add", "name": "Bình yên Nam Sơn", "area": area, "members": "90"}).status_code
        == 303
    )
    group = ManualGroup.objects.get()
    row = release_bulletin(author, chief, now=by_day)
    desk = client.get("/dang-tay").content.decode()
    assert row.title in desk and "Còn 1 nhóm" in desk and "Chưa đăng lần nào" in desk
    url = f"/ban-tin/{row.code}/dang-tay"
    page = client.get(url).content.decode()
    assert "LỪA ĐẢO QUA MẠNG. Giả danh điện lực" in page and "data-share" in page and str(group.public_id) in page
    client.post(url, {"group": [str(group.public_id), "khong-phai-ma"]})
    assert "Không còn nhóm nào chờ đăng" in client.get(url).content.decode()
    progress = client.get(f"/ban-tin/{row.code}?phan=tien-do").content.decode()
    assert "Đã đăng tay 1 / 1 nhóm, 90 thành viên" in progress
    client.post(f"/ban-tin/{row.code}/rut", {"reason": "Số liệu chưa đúng."})
    progress = client.get(f"/ban-tin/{row.code}?phan=tien-do").content.decode()
    assert "Đã đăng tay 1 / 1 nhóm, 90 thành viên" in progress and "Lời rút tin: còn 1 nhóm chưa đăng" in progress
    page = client.get(url).content.decode()
    assert "ĐÃ RÚT TIN" in page and "Đăng lời rút tin này" in page
    for action in ("change", "take", "close"):
        client.post("/dang-tay", {"do": action, "group": str(group.public_id), "name": "Tên mới", "members": "91"})
    group.refresh_from_db()
    assert (group.name, group.members, group.closed_at) == ("Tên mới", 91, by_day)


def test_colleague_stranger_other_commune_and_province(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    keeper = officer("OFFICER")
    group = create_manual_group(keeper, "Bình yên Nam Sơn")
    staff = officer("PROVINCE_STAFF", "42")
    row = release_bulletin(staff, officer("PROVINCE_DUTY", "42"), now=by_day)
    other = officer("CHIEF", "18073")
    colleague, stranger, province = sign_in(officer("CHIEF")), sign_in(other), sign_in(staff)
    url, form = f"/ban-tin/{row.code}/dang-tay", {"group": str(group.public_id)}
    assert group.name in colleague.get(url).content.decode()
    for client in (stranger, province):  # they read the bulletin; ticking is for those who can post there
        assert group.name not in client.get(url).content.decode()
        client.post(url, form)
    assert not ManualPost.objects.filter(posted_at__isnull=False).exists()
    assert group.name not in stranger.get("/dang-tay").content.decode()
    assert stranger.post("/dang-tay", {"do": "close", **form}).status_code == 404
    overview = province.get("/dang-tay").content.decode()
    assert keeper.unit.name in overview
    assert "Đã chuyển đi" not in colleague.get("/dang-tay").content.decode()
    type(keeper).objects.filter(pk=keeper.pk).update(unit=other.unit)  # the officer moves away
    assert "Đã chuyển đi, cần người nhận" in colleague.get("/dang-tay").content.decode()
    colleague.post("/dang-tay", {"do": "take", **form})
    assert "Đã chuyển đi" not in colleague.get("/dang-tay").content.decode()
    colleague.post(url, form)
    assert ManualPost.objects.get().posted_by.unit_id == keeper.unit_id
    assert Client().get("/dang-tay").status_code == 302
    draft = create_bulletin(other, now=by_day)
    assert colleague.get(f"/ban-tin/{draft.code}/dang-tay").status_code == 404
    with rls.acting_as("pages"):  # the database's own copy of the rule
        assert not ManualGroup.objects.exists() and not ManualPost.objects.exists()
