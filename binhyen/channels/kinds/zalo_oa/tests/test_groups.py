"""Group operations against the fake Zalo."""

import asyncio
from typing import Any, ClassVar

import pytest

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import groups
from binhyen.channels.kinds.zalo_oa.client import ZaloClient
from binhyen.channels.kinds.zalo_oa.groups import ZaloGroup
from binhyen.channels.kinds.zalo_oa.tests.lab import FakeZalo, run_with_client
from binhyen.channels.types import SendFailed

CREATE = "/openapi/v3.0/oa/group/creategroupwithoa"


def create_group(zalo: FakeZalo, name: str = "Công an xã Lộc Hà") -> ZaloGroup:
    admin = zalo.get_citizen_id("Quản trị OA")

    async def run_actions(api: ZaloClient) -> ZaloGroup:
        return await groups.create_zalo_group(
            api, zalo.account(), name=name, description="Kết nối bình yên", members=[admin]
        )

    return run_with_client(run_actions)


def test_a_group_from_opening_to_the_end(zalo: FakeZalo) -> None:
    account, made = zalo.account(), create_group(zalo)
    assert made.name == "Công an xã Lộc Hà" and made.is_enabled and made.link.startswith("https://")
    hoa, luu = zalo.get_citizen_id("Nguyễn Thị Hoà"), zalo.get_citizen_id("Lê Thị Lựu")

    async def life(api: ZaloClient) -> None:
        group = made.group_id
        assert [g.group_id for g in await groups.list_account_groups(api, account)] == [group]
        assert [a.used_by for a in await groups.list_assets(api, account) if not a.is_free] == [group]
        await groups.invite_members(api, account, group, [hoa, luu, hoa])
        assert {hoa, luu} <= {m.user_id for m in await groups.list_group_members(api, account, group)}
        await groups.add_admins(api, account, group, [hoa])
        await groups.remove_admins(api, account, group, [hoa])
        changed = await groups.update_group(
            api, account, group, group_name="Tên mới", lock_send_msg=True, join_appr=True
        )
        assert (changed.name, changed.lock_send_msg, changed.max_members) == ("Tên mới", True, 100)
        assert await groups.get_group(api, account, group) == changed
        await groups.delete_group(api, account, group)
        await groups.delete_group(api, account, group)
        assert await groups.list_account_groups(api, account) == ()

    run_with_client(life)


def fail_to_create(zalo: FakeZalo, name: str = "Tổ 1") -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        create_group(zalo, name)
    return caught.value


def test_names_and_founders_are_checked_first(zalo: FakeZalo) -> None:
    assert fail_to_create(zalo, "").code == fail_to_create(zalo, "x" * 31).code == "NAME"

    async def nobody(api: ZaloClient) -> None:
        await groups.create_zalo_group(api, zalo.account(), name="Tổ 1", description="", members=[])

    with pytest.raises(SendFailed) as caught:
        run_with_client(nobody)
    assert caught.value.code == "MEMBERS" and caught.value.is_permanent


@pytest.mark.fault
def test_a_used_asset_is_skipped(zalo: FakeZalo) -> None:
    for code in (-241, -238):
        zalo.fault("error", endpoint=CREATE, count=1, code=code)
    assert create_group(zalo).is_enabled


@pytest.mark.fault
def test_endings_are_typed(zalo: FakeZalo) -> None:
    zalo.fault("error", endpoint=CREATE, count=1, code=-212)
    assert fail_to_create(zalo).is_permanent
    zalo.fault("reset", endpoint=CREATE, count=1, when="after")
    assert fail_to_create(zalo).delivery_unknown
    zalo.fault("wrong_json", endpoint="/openapi/v3.0/oa/quota/group", count=1)
    failure = fail_to_create(zalo)
    assert not failure.delivery_unknown and not failure.is_permanent


def test_a_strange_group_is_not_ours(zalo: FakeZalo) -> None:
    async def run_actions(api: ZaloClient) -> None:
        await groups.get_group(api, zalo.account(), "0" * 20)

    with pytest.raises(SendFailed) as caught:
        run_with_client(run_actions)
    assert caught.value.code == "-403" and caught.value.is_permanent


def test_long_lists_are_paginated(zalo: FakeZalo) -> None:
    made = [create_group(zalo, f"Tổ {n}").group_id for n in range(52)]

    async def run_actions(api: ZaloClient) -> list[str]:
        return [g.group_id for g in await groups.list_account_groups(api, zalo.account())]

    assert run_with_client(run_actions) == made


@pytest.mark.parametrize("has_total", [True, False], ids=["with total", "without"])
def test_pages_shorter_than_asked_are_no_end(has_total: bool) -> None:
    """Zalo documents no maximum page size. Regression: a truncated list, and a second group was created."""

    class Short:
        asked: ClassVar[list[int]] = []

        async def get(self, account: Any, path: str, query: Any) -> dict[str, Any]:
            self.asked.append(first := int(query["offset"]))
            rows = [{"group_id": str(n)} for n in range(first, min(first + 5, 12))]
            return {"groups": rows} | ({"total": 12} if has_total else {})

    api = Short()
    own_groups = asyncio.run(groups.list_account_groups(api, ChannelAccount(1, {}, {})))  # type: ignore[arg-type]
    assert [g.group_id for g in own_groups] == [str(n) for n in range(12 if has_total else 5)]
    assert api.asked[:3] == ([0, 5, 10] if has_total else [0])
