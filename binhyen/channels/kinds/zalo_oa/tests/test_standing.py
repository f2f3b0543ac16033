"""Group sync: Zalo's view of our groups, and messages that arrived before its answer, against the fake Zalo."""

import datetime as dt
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.areas.queries import directory
from binhyen.channels.adapter import OpenedGroup
from binhyen.channels.kinds.zalo_oa import groups as zalo_groups
from binhyen.channels.kinds.zalo_oa.tests.lab import StandIn, with_client
from binhyen.channels.models import Channel, Group, Inbound, Membership, Outgoing
from binhyen.channels.services import group_sync, groups, outbox
from binhyen.channels.services.outgoing_draft import Draft
from binhyen.intake.inbox_worker import drain
from binhyen.kit import clock
from tests.faults.doorway import event, put


@pytest.fixture
def asked(oa: Channel, officer: Any) -> Group:
    area = directory().communes["18568"].area_id
    return groups.open_group(
        area_id=area, level=Group.Level.COMMUNE, name="ANTT xã Lộc Hà", officer=officer("CHIEF", "18568"),
        now=clock.now(),
    )  # fmt: skip


def heard(oa: Channel, name: str, group: str, **fields: Any) -> None:
    """Parse Zalo's webhook about one of our groups."""
    nobody = {"sender": None, "recipient": None, "group_id": group}
    about = {"app_id": oa.settings["app_id"], "oa_id": oa.settings["oa_id"]}
    assert put(oa, event(name, **(about | nobody | fields))) == [200]
    drain()


def opened(asked: Group) -> Group:
    groups.create(group_id=asked.pk)
    asked.refresh_from_db()
    return asked


def long_ago(group: Group) -> None:
    Group.objects.filter(pk=group.pk).update(opened_at=clock.now() - dt.timedelta(days=1))


def test_a_refused_token_is_renewed_and_the_group_opens(zalo: StandIn, asked: Group) -> None:
    zalo.control("tokens", {"do": "expire_access"})
    assert opened(asked).state == Group.State.OPEN


def test_founders_that_zalo_tells_of_before_it_answers_are_members(oa: Channel, zalo: StandIn, asked: Group) -> None:
    admin = zalo.citizen("Quản trị OA")
    made = with_client(
        lambda api: zalo_groups.create(
            api, zalo.account(), name=asked.name,
            description=f"{groups.letters.PURPOSE} {asked.public_id.hex[-8:]}", members=[admin],
        )
    )  # fmt: skip
    heard(oa, "create_group", made.group_id)
    heard(oa, "user_join_group", made.group_id, users=[{"id": admin}])
    assert not Group.objects.exclude(pk=asked.pk).exists(), "it waits for its row"
    assert opened(asked).outside_id == made.group_id
    Inbound.objects.update(due_at=clock.now())
    drain()
    asked.refresh_from_db()
    assert asked.members == Membership.objects.filter(group=asked).count() == 1
    assert not Inbound.objects.filter(state="PENDING").exists()


def test_what_is_written_before_zalo_answers_does_not_keep_the_group_from_opening(
    oa: Channel, zalo: StandIn, asked: Group
) -> None:
    """Regression: the row of the early messages had the group's id, so opening failed every thirty seconds."""
    zalo.fault("reset", endpoint="*creategroupwithoa", count=1, when="after")
    assert opened(asked).state == Group.State.CREATING
    there = zalo.control("groups")["groups"][0]["group_id"]
    heard(oa, "user_send_group_text", there, group_id=None, sender={"id": "5"}, recipient={"id": there},
          message={"msg_id": "m1", "text": "Chào cả nhà"})  # fmt: skip
    assert Group.objects.exclude(pk=asked.pk).get().outside_id == there
    assert (opened(asked).state, asked.outside_id) == (Group.State.OPEN, there)
    assert Group.objects.exclude(pk=asked.pk).get().state == Group.State.CLOSED


def test_who_joins_a_group_that_nobody_registered_counts_and_the_group_gets_its_name(
    oa: Channel, zalo: StandIn
) -> None:
    admin = zalo.citizen("Quản trị OA")
    made = with_client(
        lambda api: zalo_groups.create(api, zalo.account(), name="Tổ 12 – ANTT", description="", members=[admin])
    )
    heard(oa, "user_join_group", made.group_id, users=[{"id": admin}])
    row = Group.objects.get(outside_id=made.group_id)
    assert (row.members, row.name) == (1, groups.letters.NO_AREA)
    group_sync.look(channel_id=oa.pk, now=clock.now())
    row.refresh_from_db()
    assert (row.name, row.link) == ("Tổ 12 – ANTT", made.link)


def test_a_new_name_a_lapsed_asset_and_the_end_are_seen(oa: Channel, zalo: StandIn, asked: Group) -> None:
    group, account = opened(asked), zalo.account()
    long_ago(group)
    with_client(lambda api: zalo_groups.update(api, account, group.outside_id, group_name="ANTT Lộc Hà (mới)"))
    heard(oa, "update_group_info", group.outside_id)
    group_sync.look(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    assert (group.name, group.reason, group.state) == ("ANTT Lộc Hà (mới)", "", Group.State.OPEN)
    asset = next(a["asset_id"] for a in zalo.control("assets")["assets"] if a["group_id"] == group.outside_id)
    zalo.control("assets", {"asset_id": asset, "disable": True})
    group_sync.look(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    assert (group.reason, group.state) == (group_sync.LOCKED, Group.State.OPEN)
    zalo.control("assets", {"asset_id": asset, "disable": False})
    with_client(lambda api: zalo_groups.delete(api, account, group.outside_id))  # its event never arrives
    group_sync.look(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    assert (group.reason, group.state) == (group_sync.GONE, Group.State.CLOSED)


def test_no_answer_closes_nothing_and_neither_does_a_list_that_is_late(
    oa: Channel, zalo: StandIn, asked: Group
) -> None:
    group = opened(asked)
    group_sync.take_down(oa, [], now=clock.now())
    long_ago(group)
    for kind in ("wrong_json", "http_5xx", "empty", "rate_limit"):
        zalo.fault(kind, endpoint="*getgroupsofoa", count=1)
        group_sync.look(channel_id=oa.pk, now=clock.now())
    group.refresh_from_db()
    assert group.state == Group.State.OPEN
    group_sync.take_down(oa, [], now=clock.now())  # control: it would have
    group.refresh_from_db()
    assert group.state == Group.State.CLOSED


def test_a_list_without_most_of_them_closes_none(oa: Channel, asked: Group) -> None:
    group = opened(asked)
    others = [
        Group(channel=oa, area_id=group.area_id, unit_id=group.unit_id, level=group.level, name=f"Tổ {n}",
              state=Group.State.OPEN, outside_id=f"g{n}")
        for n in range(3)
    ]  # fmt: skip
    Group.objects.bulk_create(others)
    Group.objects.update(opened_at=clock.now() - dt.timedelta(days=1))
    still = Group.objects.filter(state=Group.State.OPEN)
    group_sync.take_down(oa, [], now=clock.now())
    assert still.count() == 4
    kept = [OpenedGroup(f"g{n}", "", f"Tổ {n}", "") for n in range(2)]
    group_sync.take_down(oa, kept, now=clock.now())  # control: two of four may be closed
    assert set(still.values_list("outside_id", flat=True)) == {"g0", "g1"}


def test_words_that_a_group_refuses_for_good_have_it_looked_at(oa: Channel, zalo: StandIn, asked: Group) -> None:
    group = opened(asked)
    outbox.deliver(channel_id=oa.pk)
    looks = ProcrastinateJob.objects.filter(task_name=outbox.LOOK)
    assert not looks.exists()
    with_client(lambda api: zalo_groups.delete(api, zalo.account(), group.outside_id))
    draft = Draft(key="k1", channel_id=oa.pk, group_id=group.pk, text="Chào bà con", purpose="RULES",
                  unit_id=group.unit_id)  # fmt: skip
    outbox.queue([draft], now=clock.now())
    outbox.deliver(channel_id=oa.pk)
    assert Outgoing.objects.get(key="k1").code == "-403" and looks.count() == 1
