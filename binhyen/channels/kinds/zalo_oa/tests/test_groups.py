"""Group operations against the fake Zalo."""

import asyncio
from typing import Any, ClassVar

import pytest

from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa import groups
from binhyen.channels.kinds.zalo_oa.client import Client
from binhyen.channels.kinds.zalo_oa.groups import GroupFacts
from binhyen.channels.kinds.zalo_oa.tests.lab import StandIn, with_client
from binhyen.channels.types import SendFailed

CREATE = "/openapi/v3.0/oa/group/creategroupwithoa"


def create(zalo: StandIn, name: str = "Công an xã Lộc Hà") -> GroupFacts:
    admin = zalo.citizen("Quản trị OA")

    async def work(api: Client) -> GroupFacts:
        return await groups.create(api, zalo.account(), name=name, description="Kết nối bình yên", members=[admin])

    return with_client(work)


def test_a_group_from_opening_to_the_end(zalo: StandIn) -> None:
    account, made = zalo.account(), create(zalo)
    assert made.name == "Công an xã Lộc Hà" and made.enabled and made.link.startswith("https://")
    hoa, luu = zalo.citizen("Nguyễn Thị Hoà"), zalo.citizen("Lê Thị Lựu")

    async def life(api: Client) -> None:
        group = made.group_id
        assert [g.group_id for g in await groups.own(api, account)] == [group]
        assert [a.used_by for a in await groups.assets(api, account) if not a.free] == [group]
        await groups.invite(api, account, group, [hoa, luu, hoa])
        assert {hoa, luu} <= {m.user_id for m in await groups.members(api, account, group)}
        await groups.add_admins(api, account, group, [hoa])
        await groups.remove_admins(api, account, group, [hoa])
        changed = await groups.update(api, account, group, group_name="Tên mới", lock_send_msg=True, join_appr=True)
        assert (changed.name, changed.lock_send_msg, changed.most) == ("Tên mới", True, 1000)
        assert await groups.info(api, account, group) == changed
        await groups.delete(api, account, group)
        await groups.delete(api, account, group)
        assert await groups.own(api, account) == ()

    with_client(life)


def failed_create(zalo: StandIn, name: str = "Tổ 1") -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        create(zalo, name)
    return caught.value


def test_names_and_founders_are_checked_first(zalo: StandIn) -> None:
    assert failed_create(zalo, "").code == failed_create(zalo, "x" * 31).code == "NAME"

    async def nobody(api: Client) -> None:
        await groups.create(api, zalo.account(), name="Tổ 1", description="", members=[])

    with pytest.raises(SendFailed) as caught:
        with_client(nobody)
    assert caught.value.code == "MEMBERS" and caught.value.permanent


@pytest.mark.fault
def test_an_asset_that_somebody_took_is_passed_over(zalo: StandIn) -> None:
    for code in (-241, -238):
        zalo.fault("error", endpoint=CREATE, count=1, code=code)
    assert create(zalo).enabled


@pytest.mark.fault
def test_endings_are_typed(zalo: StandIn) -> None:
    zalo.fault("error", endpoint=CREATE, count=1, code=-212)
    assert failed_create(zalo).permanent
    zalo.fault("reset", endpoint=CREATE, count=1, when="after")
    assert failed_create(zalo).maybe_sent
    zalo.fault("wrong_json", endpoint="/openapi/v3.0/oa/quota/group", count=1)
    failure = failed_create(zalo)
    assert not failure.maybe_sent and not failure.permanent


def test_a_strange_group_is_not_ours(zalo: StandIn) -> None:
    async def work(api: Client) -> None:
        await groups.info(api, zalo.account(), "0" * 20)

    with pytest.raises(SendFailed) as caught:
        with_client(work)
    assert caught.value.code == "-403" and caught.value.permanent


def test_long_lists_come_in_pages(zalo: StandIn) -> None:
    made = [create(zalo, f"Tổ {n}").group_id for n in range(52)]

    async def work(api: Client) -> list[str]:
        return [g.group_id for g in await groups.own(api, zalo.account())]

    assert with_client(work) == made


@pytest.mark.parametrize("told", [True, False], ids=["with total", "without"])
def test_pages_shorter_than_asked_are_no_end(told: bool) -> None:
    """Zalo documents no maximum page size. Regression: a truncated list, and a second group was created."""

    class Short:
        asked: ClassVar[list[int]] = []

        async def get(self, account: Any, path: str, query: Any) -> dict[str, Any]:
            self.asked.append(first := int(query["offset"]))
            rows = [{"group_id": str(n)} for n in range(first, min(first + 5, 12))]
            return {"groups": rows} | ({"total": 12} if told else {})

    api = Short()
    found = asyncio.run(groups.own(api, Account(1, {}, {})))  # type: ignore[arg-type]
    assert [g.group_id for g in found] == [str(n) for n in range(12 if told else 5)]
    assert api.asked[:3] == ([0, 5, 10] if told else [0])
