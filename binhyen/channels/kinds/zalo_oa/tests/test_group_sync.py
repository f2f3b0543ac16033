"""Group sync: Zalo's view of our groups, and messages that arrived before its answer, against the fake Zalo."""

import datetime as dt
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.areas.queries import get_directory
from binhyen.channels.adapter import ChannelGroup
from binhyen.channels.kinds.zalo_oa import groups as zalo_groups
from binhyen.channels.kinds.zalo_oa.tests.lab import FakeZalo, run_with_client
from binhyen.channels.models import Channel, Group, Inbound, Membership, Outgoing
from binhyen.channels.services import groups, outbox
from binhyen.channels.services.outbound_dlp import OutgoingDraft
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.kit import clock
from tests.faults.doorway import build_event, post_events


@pytest.fixture
def asked(oa: Channel, officer: Any) -> Group:
    area = get_directory().communes["18568"].area_id
    return groups.request_group(
        area_id=area,
        level=Group.Level.COMMUNE,
        name="ANTT xã Lộc Hà",
        officer=officer("CHIEF", "18568"),
        now=clock.now(),
    )


def receive_group_event(oa: Channel, name: str, group: str, **fields: Any) -> None:
    """Parse Zalo's webhook about one of our groups."""
    nobody = {"sender": None, "recipient": None, "group_id": group}
    about = {"app_id": oa.settings["app_id"], "oa_id": oa.settings["oa_id"]}
    assert post_events(oa, build_event(name, **(about | nobody | fields))) == [200]
    drain_inbox()


def open_group(asked: Group) -> Group:
    groups.create_on_channel(group_id=asked.pk)
    asked.refresh_from_db()
    return asked


def backdate_group(group: Group) -> None:
    Group.objects.filter(pk=group.pk).update(opened_at=clock.now() - dt.timedelta(days=1))


def test_a_refused_token_is_renewed_and_the_group_opens(zalo: FakeZalo, asked: Group) -> None:
    zalo.control("tokens", {"do": "expire_access"})
    assert open_group(asked).state == Group.State.OPEN


def test_founders_announced_before_the_answer_are_members(oa: Channel, zalo: FakeZalo, asked: Group) -> None:
    admin = zalo.get_citizen_id("Quản trị OA")
    made = run_with_client(
        lambda api: zalo_groups.create_zalo_group(
            api,
            zalo.account(),
            name=asked.name,
            description=f"{groups.texts.GROUP_DESCRIPTION_PREFIX} {asked.public_id.hex[-8:]}",
            members=[admin],
        )
    )
    receive_group_event(oa, "create_group", made.group_id)
    receive_group_event(oa, "user_join_group", made.group_id, users=[{"id": admin}])
    assert not Group.objects.exclude(pk=asked.pk).exists(), "it waits for its row"
    assert open_group(asked).external_id == made.group_id
    Inbound.objects.update(due_at=clock.now())
    drain_inbox()
    asked.refresh_from_db()
    assert asked.members == Membership.objects.filter(group=asked).count() == 1
    assert not Inbound.objects.filter(state="PENDING").exists()


def test_early_messages_do_not_block_group_creation(oa: Channel, zalo: FakeZalo, asked: Group) -> None:
    """Regression: the row of the early messages had the group's id, so opening failed every thirty seconds."""
    zalo.fault("reset", endpoint="*creategroupwithoa", count=1, when="after")
    assert open_group(asked).state == Group.State.CREATING
    there = zalo.control("groups")["groups"][0]["group_id"]
    receive_group_event(
        oa,
        "user_send_group_text",
        there,
        group_id=None,
        sender={"id": "5"},
        recipient={"id": there},
        message={"msg_id": "m1", "text": "Chào cả nhà"},
    )
    assert Group.objects.exclude(pk=asked.pk).get().external_id == there
    assert (open_group(asked).state, asked.external_id) == (Group.State.OPEN, there)
    assert Group.objects.exclude(pk=asked.pk).get().state == Group.State.CLOSED


def test_members_of_an_unregistered_group_count_and_it_gets_its_name(oa: Channel, zalo: FakeZalo) -> None:
    admin = zalo.get_citizen_id("Quản trị OA")
    made = run_with_client(
        lambda api: zalo_groups.create_zalo_group(
            api, zalo.account(), name="Tổ 12 – ANTT", description="", members=[admin]
        )
    )
    receive_group_event(oa, "user_join_group", made.group_id, users=[{"id": admin}])
    row = Group.objects.get(external_id=made.group_id)
    assert (row.members, row.name) == (1, groups.texts.UNPLACED_GROUP_NAME)
    groups.sync_groups(channel_id=oa.pk, now=clock.now())
    row.refresh_from_db()
    assert (row.name, row.link) == ("Tổ 12 – ANTT", made.link)


def test_a_new_name_a_lapsed_asset_and_the_end_are_seen(oa: Channel, zalo: FakeZalo, asked: Group) -> None:
    group, account = open_group(asked), zalo.account()
    backdate_group(group)
    run_with_client(
        lambda api: zalo_groups.update_group(api, account, group.external_id, group_name="ANTT Lộc Hà (mới)")
    )
    receive_group_event(oa, "update_group_info", group.external_id)
    groups.sync_groups(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    assert (group.name, group.reason, group.state) == ("ANTT Lộc Hà (mới)", "", Group.State.OPEN)
    asset = next(a["asset_id"] for a in zalo.control("assets")["assets"] if a["group_id"] == group.external_id)
    zalo.control("assets", {"asset_id": asset, "disable": True})
    groups.sync_groups(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    assert (group.reason, group.state) == (groups.GROUP_LOCKED_REASON, Group.State.OPEN)
    zalo.control("assets", {"asset_id": asset, "disable": False})
    run_with_client(lambda api: zalo_groups.delete_group(api, account, group.external_id))  # its event never arrives
    groups.sync_groups(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    assert (group.reason, group.state) == (groups.GROUP_GONE_REASON, Group.State.CLOSED)


def test_no_answer_closes_nothing_and_neither_does_a_list_that_is_late(
    oa: Channel, zalo: FakeZalo, asked: Group
) -> None:
    group = open_group(asked)
    groups.apply_channel_groups(oa, [], now=clock.now())
    backdate_group(group)
    for kind in ("wrong_json", "http_5xx", "empty", "rate_limit"):
        zalo.fault(kind, endpoint="*getgroupsofoa", count=1)
        groups.sync_groups(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    assert group.state == Group.State.OPEN
    groups.apply_channel_groups(oa, [], now=clock.now())  # control: it would have
    group.refresh_from_db()
    assert group.state == Group.State.CLOSED


def test_a_list_without_most_of_them_closes_none(oa: Channel, asked: Group) -> None:
    group = open_group(asked)
    others = [
        Group(
            channel=oa,
            area_id=group.area_id,
            unit_id=group.unit_id,
            level=group.level,
            name=f"Tổ {n}",
            state=Group.State.OPEN,
            external_id=f"g{n}",
        )
        for n in range(3)
    ]
    Group.objects.bulk_create(others)
    Group.objects.update(opened_at=clock.now() - dt.timedelta(days=1))
    still = Group.objects.filter(state=Group.State.OPEN)
    groups.apply_channel_groups(oa, [], now=clock.now())
    assert still.count() == 4
    opened_groups = [ChannelGroup(f"g{n}", "", f"Tổ {n}", "") for n in range(2)]
    groups.apply_channel_groups(oa, opened_groups, now=clock.now())  # control: two of four may be closed
    assert set(still.values_list("external_id", flat=True)) == {"g0", "g1"}


def test_a_permanent_refusal_by_a_group_triggers_a_sync(oa: Channel, zalo: FakeZalo, asked: Group) -> None:
    group = open_group(asked)
    outbox.deliver_due(channel_id=oa.pk)
    looks = ProcrastinateJob.objects.filter(task_name=outbox.GROUP_SYNC_JOB)
    assert not looks.exists()
    run_with_client(lambda api: zalo_groups.delete_group(api, zalo.account(), group.external_id))
    draft = OutgoingDraft(
        key="k1", channel_id=oa.pk, group_id=group.pk, text="Chào bà con", purpose="RULES", unit_id=group.unit_id
    )
    outbox.queue_messages([draft], now=clock.now())
    outbox.deliver_due(channel_id=oa.pk)
    assert Outgoing.objects.get(key="k1").code == "-403" and looks.count() == 1
