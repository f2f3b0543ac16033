"""A group from outside gets its area, and join requests by link are accepted or rejected, against the fake Zalo."""

import datetime as dt
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.areas import queries as areas
from binhyen.areas.queries import get_directory
from binhyen.audit.models import AuditEntry
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.kinds.zalo_oa import groups as zalo_groups
from binhyen.channels.kinds.zalo_oa.tests.lab import FakeZalo, run_with_client
from binhyen.channels.models import Channel, Group, Membership, Message, Outgoing
from binhyen.channels.services import groups, join_requests
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.kit import clock
from tests import rls
from tests.faults.doorway import build_event, post_events

PLACE, ANSWER = "dia-ban", "xin-vao"


@pytest.fixture
def strange(oa: Channel, zalo: FakeZalo) -> Group:
    """Create a group in Zalo that we did not create, with one join request."""
    admin = zalo.get_citizen_id("Quản trị OA")
    made = run_with_client(
        lambda api: zalo_groups.create_zalo_group(
            api, zalo.account(), name="Tổ 12 – ANTT", description="", members=[admin]
        )
    )
    request_to_join(oa, zalo, made.group_id, "Hồ Sỹ Quyết")
    group = Group.objects.get(external_id=made.group_id)
    groups.sync_groups(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    return group


def receive_event(oa: Channel, name: str, group: str, **fields: Any) -> None:
    nobody = {"sender": None, "recipient": None, "group_id": group}
    about = {"app_id": oa.settings["app_id"], "oa_id": oa.settings["oa_id"]}
    assert post_events(oa, build_event(name, **(about | nobody | fields))) == [200]
    drain_inbox()


def request_to_join(oa: Channel, zalo: FakeZalo, group: str, username: str) -> None:
    user = zalo.get_citizen_id(username)
    assert zalo.control("join", {"group": group, "citizen": user})["state"] == "pending"
    receive_event(oa, "user_request_join_group", group, users=[{"id": user}])


def list_waiting(zalo: FakeZalo, group: Group) -> list[str]:
    waiting_members = run_with_client(
        lambda api: zalo_groups.list_waiting_members(api, zalo.account(), group.external_id)
    )
    return sorted(item.name for item in waiting_members)


def list_members(zalo: FakeZalo, group: Group) -> set[str]:
    members = run_with_client(lambda api: zalo_groups.list_group_members(api, zalo.account(), group.external_id))
    return {item.name for item in members}


def run_join_notice(group: Group) -> None:
    with rls.acting_as("sender"):
        join_requests.send_answers(group_id=group.pk)


def submit_form(officer: Any, group: Group, where: str, **fields: Any) -> str:
    """Post the form and return the resulting page."""
    desk = sign_in_browser(officer)
    assert desk.post(f"/nhom/{group.public_id}/{where}", fields).status_code == 303
    return desk.get(f"/nhom/{group.public_id}").content.decode()


def list_names(group: Group) -> list[str]:
    from binhyen.vault.pseudonyms import derive_pseudonym, format_group_scope

    rows = Membership.objects.filter(group=group, asked_at__isnull=False).order_by("pk")
    return [derive_pseudonym(row.reporter.pseudonym, format_group_scope(group.pk)) for row in rows]


def test_a_group_from_outside_gets_its_area_and_its_messages_go_there(
    oa: Channel, strange: Group, officer: Any
) -> None:
    staff, chief, other = officer("PROVINCE_STAFF"), officer("CHIEF", "18568"), officer("CHIEF", "18073")
    commune = get_directory().communes["18568"]
    village = areas.list_villages_of_commune(commune.area_id, clock.to_vietnam_day(clock.now()))[0]
    assert "Chưa gắn địa bàn" in sign_in_browser(staff).get("/nhom").content.decode()
    assert sign_in_browser(chief).get(f"/nhom/{strange.public_id}").status_code == 404
    page_html = submit_form(staff, strange, PLACE, area=commune.area_id)
    assert "Tin trong nhóm từ nay về" in page_html and village.full_name in page_html, "the villages to choose from"
    strange.refresh_from_db()
    assert (strange.area_id, strange.unit_id, strange.level) == (commune.area_id, commune.unit_id, "COMMUNE")
    assert Outgoing.objects.filter(group=strange, purpose="RULES").count() == 1 and strange.rules_version
    submit_form(chief, strange, PLACE, area=village.area_id)
    strange.refresh_from_db()
    assert (strange.area_id, strange.unit_id, strange.level) == (village.area_id, commune.unit_id, "VILLAGE")
    assert Outgoing.objects.filter(group=strange, purpose="RULES").count() == 1, "not a second time"
    receive_event(
        oa,
        "user_send_group_text",
        strange.external_id,
        group_id=None,
        sender={"id": "5"},
        recipient={"id": strange.external_id},
        message={"msg_id": "m1", "text": "Chào cả nhà, mai họp tổ"},
    )
    assert Message.objects.get(group=strange).unit_id == commune.unit_id
    assert (
        sign_in_browser(other).post(f"/nhom/{strange.public_id}/{PLACE}", {"area": commune.area_id}).status_code == 404
    )
    assert AuditEntry.objects.filter(verb="group.placed").count() == 2


def test_a_group_is_placed_only_within_the_own_area(strange: Group, officer: Any) -> None:
    own_commune, elsewhere = get_directory().communes["18568"], get_directory().communes["18073"]
    submit_form(officer("PROVINCE_STAFF"), strange, PLACE, area=own_commune.area_id)
    for typed in (elsewhere.area_id, get_directory().province_area_id, "", "x", "9" * 30):
        page_html = submit_form(officer("CHIEF", "18568"), strange, PLACE, area=typed)
        assert "Hãy chọn một địa bàn trong danh sách." in page_html, typed
    assert sign_in_browser(officer("PROVINCE_DUTY")).post(f"/nhom/{strange.public_id}/{PLACE}").status_code == 403
    strange.refresh_from_db()
    assert strange.area_id == own_commune.area_id


def test_a_join_request_is_accepted_or_rejected(oa: Channel, zalo: FakeZalo, strange: Group, officer: Any) -> None:
    staff = officer("PROVINCE_STAFF")
    request_to_join(oa, zalo, strange.external_id, "Lê Thị Lựu")
    assert list_waiting(zalo, strange) == ["Hồ Sỹ Quyết", "Lê Thị Lựu"]
    listed, page = (sign_in_browser(staff).get(url).content.decode() for url in ("/nhom", f"/nhom/{strange.public_id}"))
    assert "2 xin vào" in listed and "Hồ Sỹ Quyết" not in page
    an, binh = list_names(strange)
    assert an in page.replace("-", "") and strange.members == 0
    submit_form(staff, strange, ANSWER, do="vao", who=an)
    page_html = submit_form(staff, strange, ANSWER, do="khong", who=binh)
    assert "Đang báo Zalo không nhận 1 người." in page_html and "Xin vào nhóm" not in page_html
    assert list_waiting(zalo, strange) == ["Hồ Sỹ Quyết", "Lê Thị Lựu"], "the sender process reports it"
    assert ProcrastinateJob.objects.filter(task_name=join_requests.ANSWER_JOB, status="todo").count() == 1
    run_join_notice(strange)
    assert list_waiting(zalo, strange) == [] and "Hồ Sỹ Quyết" in list_members(zalo, strange)
    assert "Lê Thị Lựu" not in list_members(zalo, strange)
    assert "Không còn ai chờ duyệt" in submit_form(staff, strange, ANSWER, do="vao", who=an)
    receive_event(
        oa, "accept_request_join_group", strange.external_id, users=[{"id": zalo.get_citizen_id("Hồ Sỹ Quyết")}]
    )
    receive_event(
        oa, "reject_request_join_group", strange.external_id, users=[{"id": zalo.get_citizen_id("Lê Thị Lựu")}]
    )
    assert Membership.objects.filter(group=strange, left_at=None).count() == 1
    assert set(AuditEntry.objects.filter(verb__startswith="group.").values_list("verb", flat=True)) >= {
        "group.let_in",
        "group.turned_away",
    }


def test_requests_answered_in_zalo_are_closed_and_the_others_accepted(
    oa: Channel, zalo: FakeZalo, strange: Group, officer: Any
) -> None:
    request_to_join(oa, zalo, strange.external_id, "Lê Thị Lựu")
    zalo.control(
        "approve", {"group": strange.external_id, "citizen": zalo.get_citizen_id("Hồ Sỹ Quyết")}
    )  # its event is late
    submit_form(officer("PROVINCE_STAFF"), strange, ANSWER, do="vao")
    run_join_notice(strange)
    assert Membership.objects.filter(group=strange, asked_at__isnull=False).count() == 1
    join_requests.defer_unsent_answers()
    run_join_notice(strange)
    assert not Membership.objects.filter(group=strange, asked_at__isnull=False).exists()
    assert list_members(zalo, strange) >= {"Hồ Sỹ Quyết", "Lê Thị Lựu"}


def test_a_permanent_refusal_reopens_the_request_with_the_reason(zalo: FakeZalo, strange: Group, officer: Any) -> None:
    zalo.fault("error", endpoint="*acceptpendinginvite", count=1, code=-210)
    submit_form(officer("PROVINCE_STAFF"), strange, ANSWER, do="vao")
    run_join_notice(strange)
    strange.refresh_from_db()
    assert strange.reason and list_names(strange)
    assert "Cho vào" in sign_in_browser(officer("PROVINCE_STAFF")).get(f"/nhom/{strange.public_id}").content.decode()


def test_an_unanswered_call_is_retried(zalo: FakeZalo, strange: Group, officer: Any) -> None:
    submit_form(officer("PROVINCE_STAFF"), strange, ANSWER, do="vao")
    ProcrastinateJob.objects.filter(task_name=join_requests.ANSWER_JOB).delete()
    zalo.fault("reset", endpoint="*acceptpendinginvite", count=1)
    run_join_notice(strange)
    assert list_waiting(zalo, strange) == ["Hồ Sỹ Quyết"]
    join_requests.defer_unsent_answers()
    assert ProcrastinateJob.objects.filter(task_name=join_requests.ANSWER_JOB, status="todo").exists()
    run_join_notice(strange)
    assert list_waiting(zalo, strange) == []


def test_late_events_leave_no_request_waiting(oa: Channel, strange: Group) -> None:
    """Requested at 10, answered at 11, and the event of the answer arrives first."""
    moment = clock.now()
    (reporter,) = Membership.objects.filter(group=strange).values_list("reporter_id", flat=True)
    join_requests.store_rejections(strange, [reporter], moment)
    join_requests.store_requests(strange, [reporter], moment - dt.timedelta(minutes=1))
    assert not Membership.objects.filter(group=strange, asked_at__isnull=False).exists()
    join_requests.store_requests(strange, [reporter], moment + dt.timedelta(minutes=1))
    assert Membership.objects.filter(group=strange, asked_at__isnull=False).count() == 1, "they request again"
