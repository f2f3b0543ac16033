"""A group from outside gets its area, and join requests by link are accepted or rejected, against the fake Zalo."""

import datetime as dt
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.areas import queries as areas
from binhyen.areas.queries import directory
from binhyen.audit.models import AuditEntry
from binhyen.cases.tests.scene import browser
from binhyen.channels.kinds.zalo_oa import groups as zalo_groups
from binhyen.channels.kinds.zalo_oa.tests.lab import StandIn, with_client
from binhyen.channels.models import Channel, Group, Membership, Message, Outgoing
from binhyen.channels.services import group_sync, join_requests
from binhyen.intake.inbox_worker import drain
from binhyen.kit import clock
from tests import rls
from tests.faults.doorway import event, put

PLACE, ANSWER = "dia-ban", "xin-vao"


@pytest.fixture
def strange(oa: Channel, zalo: StandIn) -> Group:
    """Create a group in Zalo that we did not create, with one join request."""
    admin = zalo.citizen("Quản trị OA")
    made = with_client(
        lambda api: zalo_groups.create(api, zalo.account(), name="Tổ 12 – ANTT", description="", members=[admin])
    )
    asks(oa, zalo, made.group_id, "Hồ Sỹ Quyết")
    group = Group.objects.get(outside_id=made.group_id)
    group_sync.look(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    return group


def heard(oa: Channel, name: str, group: str, **fields: Any) -> None:
    nobody = {"sender": None, "recipient": None, "group_id": group}
    about = {"app_id": oa.settings["app_id"], "oa_id": oa.settings["oa_id"]}
    assert put(oa, event(name, **(about | nobody | fields))) == [200]
    drain()


def asks(oa: Channel, zalo: StandIn, group: str, who: str) -> None:
    user = zalo.citizen(who)
    assert zalo.control("join", {"group": group, "citizen": user})["state"] == "pending"
    heard(oa, "user_request_join_group", group, users=[{"id": user}])


def waiting(zalo: StandIn, group: Group) -> list[str]:
    found = with_client(lambda api: zalo_groups.waiting(api, zalo.account(), group.outside_id))
    return sorted(one.name for one in found)


def inside(zalo: StandIn, group: Group) -> set[str]:
    found = with_client(lambda api: zalo_groups.members(api, zalo.account(), group.outside_id))
    return {one.name for one in found}


def tell(group: Group) -> None:
    with rls.acting_as("courier"):
        join_requests.tell(group_id=group.pk)


def post(officer: Any, group: Group, where: str, **fields: Any) -> str:
    """Post the form and return the resulting page."""
    desk = browser(officer)
    assert desk.post(f"/nhom/{group.public_id}/{where}", fields).status_code == 303
    return desk.get(f"/nhom/{group.public_id}").content.decode()


def names_of(group: Group) -> list[str]:
    from binhyen.vault.pseudonyms import called, in_group

    rows = Membership.objects.filter(group=group, asked_at__isnull=False).order_by("pk")
    return [called(row.reporter.pseudonym, in_group(group.pk)) for row in rows]


def test_a_group_from_outside_gets_its_area_and_its_words_go_there(oa: Channel, strange: Group, officer: Any) -> None:
    staff, chief, other = officer("PROVINCE_STAFF"), officer("CHIEF", "18568"), officer("CHIEF", "18073")
    commune = directory().communes["18568"]
    village = areas.villages_of(commune.area_id, clock.vietnam_day(clock.now()))[0]
    assert "Chưa gắn địa bàn" in browser(staff).get("/nhom").content.decode()
    assert browser(chief).get(f"/nhom/{strange.public_id}").status_code == 404
    said = post(staff, strange, PLACE, area=commune.area_id)
    assert "Tin trong nhóm từ nay về" in said and village.full_name in said, "the villages to choose from"
    strange.refresh_from_db()
    assert (strange.area_id, strange.unit_id, strange.level) == (commune.area_id, commune.unit_id, "COMMUNE")
    assert Outgoing.objects.filter(group=strange, purpose="RULES").count() == 1 and strange.rules_version
    post(chief, strange, PLACE, area=village.area_id)
    strange.refresh_from_db()
    assert (strange.area_id, strange.unit_id, strange.level) == (village.area_id, commune.unit_id, "VILLAGE")
    assert Outgoing.objects.filter(group=strange, purpose="RULES").count() == 1, "not a second time"
    heard(oa, "user_send_group_text", strange.outside_id, group_id=None, sender={"id": "5"},
          recipient={"id": strange.outside_id}, message={"msg_id": "m1", "text": "Chào cả nhà, mai họp tổ"})  # fmt: skip
    assert Message.objects.get(group=strange).unit_id == commune.unit_id
    assert browser(other).post(f"/nhom/{strange.public_id}/{PLACE}", {"area": commune.area_id}).status_code == 404
    assert AuditEntry.objects.filter(verb="group.placed").count() == 2


def test_nobody_places_a_group_elsewhere_than_where_they_answer(strange: Group, officer: Any) -> None:
    own, elsewhere = directory().communes["18568"], directory().communes["18073"]
    post(officer("PROVINCE_STAFF"), strange, PLACE, area=own.area_id)
    for typed in (elsewhere.area_id, directory().province_area_id, "", "x", "9" * 30):
        said = post(officer("CHIEF", "18568"), strange, PLACE, area=typed)
        assert "Hãy chọn một địa bàn trong danh sách." in said, typed
    assert browser(officer("PROVINCE_DUTY")).post(f"/nhom/{strange.public_id}/{PLACE}").status_code == 403
    strange.refresh_from_db()
    assert strange.area_id == own.area_id


def test_who_asks_is_let_in_or_turned_away(oa: Channel, zalo: StandIn, strange: Group, officer: Any) -> None:
    staff = officer("PROVINCE_STAFF")
    asks(oa, zalo, strange.outside_id, "Lê Thị Lựu")
    assert waiting(zalo, strange) == ["Hồ Sỹ Quyết", "Lê Thị Lựu"]
    listed, page = (browser(staff).get(url).content.decode() for url in ("/nhom", f"/nhom/{strange.public_id}"))
    assert "2 xin vào" in listed and "Hồ Sỹ Quyết" not in page
    an, binh = names_of(strange)
    assert an in page.replace("-", "") and strange.members == 0
    post(staff, strange, ANSWER, do="vao", who=an)
    said = post(staff, strange, ANSWER, do="khong", who=binh)
    assert "Đang báo Zalo không nhận 1 người." in said and "Xin vào nhóm" not in said
    assert waiting(zalo, strange) == ["Hồ Sỹ Quyết", "Lê Thị Lựu"], "the sender process reports it"
    assert ProcrastinateJob.objects.filter(task_name=join_requests.ANSWER, status="todo").count() == 1
    tell(strange)
    assert waiting(zalo, strange) == [] and "Hồ Sỹ Quyết" in inside(zalo, strange)
    assert "Lê Thị Lựu" not in inside(zalo, strange)
    assert "Không còn ai chờ duyệt" in post(staff, strange, ANSWER, do="vao", who=an)
    heard(oa, "accept_request_join_group", strange.outside_id, users=[{"id": zalo.citizen("Hồ Sỹ Quyết")}])
    heard(oa, "reject_request_join_group", strange.outside_id, users=[{"id": zalo.citizen("Lê Thị Lựu")}])
    assert Membership.objects.filter(group=strange, left_at=None).count() == 1
    assert set(AuditEntry.objects.filter(verb__startswith="group.").values_list("verb", flat=True)) >= {
        "group.let_in", "group.turned_away",
    }  # fmt: skip


def test_whoever_was_answered_in_zalo_waits_here_no_more_and_the_others_are_let_in(
    oa: Channel, zalo: StandIn, strange: Group, officer: Any
) -> None:
    asks(oa, zalo, strange.outside_id, "Lê Thị Lựu")
    zalo.control("approve", {"group": strange.outside_id, "citizen": zalo.citizen("Hồ Sỹ Quyết")})  # its event is late
    post(officer("PROVINCE_STAFF"), strange, ANSWER, do="vao")
    tell(strange)
    assert Membership.objects.filter(group=strange, asked_at__isnull=False).count() == 1
    join_requests.untold()
    tell(strange)
    assert not Membership.objects.filter(group=strange, asked_at__isnull=False).exists()
    assert inside(zalo, strange) >= {"Hồ Sỹ Quyết", "Lê Thị Lựu"}


def test_what_zalo_refuses_for_good_stands_there_again_with_why(zalo: StandIn, strange: Group, officer: Any) -> None:
    zalo.fault("error", endpoint="*acceptpendinginvite", count=1, code=-210)
    post(officer("PROVINCE_STAFF"), strange, ANSWER, do="vao")
    tell(strange)
    strange.refresh_from_db()
    assert strange.reason and names_of(strange)
    assert "Cho vào" in browser(officer("PROVINCE_STAFF")).get(f"/nhom/{strange.public_id}").content.decode()


def test_what_zalo_does_not_answer_is_told_again(zalo: StandIn, strange: Group, officer: Any) -> None:
    post(officer("PROVINCE_STAFF"), strange, ANSWER, do="vao")
    ProcrastinateJob.objects.filter(task_name=join_requests.ANSWER).delete()
    zalo.fault("reset", endpoint="*acceptpendinginvite", count=1)
    tell(strange)
    assert waiting(zalo, strange) == ["Hồ Sỹ Quyết"]
    join_requests.untold()
    assert ProcrastinateJob.objects.filter(task_name=join_requests.ANSWER, status="todo").exists()
    tell(strange)
    assert waiting(zalo, strange) == []


def test_events_that_come_late_leave_nobody_waiting(oa: Channel, strange: Group) -> None:
    """Requested at 10, answered at 11, and the event of the answer arrives first."""
    at = clock.now()
    (reporter,) = Membership.objects.filter(group=strange).values_list("reporter_id", flat=True)
    join_requests.refused(strange, [reporter], at)
    join_requests.asked(strange, [reporter], at - dt.timedelta(minutes=1))
    assert not Membership.objects.filter(group=strange, asked_at__isnull=False).exists()
    join_requests.asked(strange, [reporter], at + dt.timedelta(minutes=1))
    assert Membership.objects.filter(group=strange, asked_at__isnull=False).count() == 1, "they request again"
