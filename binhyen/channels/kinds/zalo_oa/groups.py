"""Groups of an Official Account: create, read, invite, change, dissolve. Each function raises `SendFailed`, typed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import Client
from binhyen.channels.kinds.zalo_oa.payloads import AssetRow, GroupDetail, GroupSummary, Listed, MemberRow, Outside
from binhyen.channels.types import SendFailed
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import nfc, squeeze

LONGEST_NAME = 30
MOST_FOUNDERS = 99
SIZES = ("gmf1000", "gmf100", "gmf50", "gmf10")
_BASE = "/v3.0/oa/group"
_PAGE = 50
_MOST_PAGES = 100
_TAKEN = {"-238", "-241"}
_SETTINGS = ("lock_send_msg", "join_appr", "enable_msg_history", "enable_link_join")
Shape = TypeVar("Shape", bound=Outside)


@dataclass(frozen=True, slots=True)
class Asset:
    """The right to one group of a size. `used_by`: the group's external id, "" while free."""

    asset_id: str
    size: str
    free: bool
    used_by: str


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group as reported by Zalo.

    `max_members` 0: unknown. The four settings are None where a call does not return them.
    """

    group_id: str
    name: str
    link: str
    members: int
    enabled: bool
    description: str = ""
    most: int = 0
    lock_send_msg: bool | None = None
    join_appr: bool | None = None
    enable_msg_history: bool | None = None
    enable_link_join: bool | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a group, or waiting to join; the account itself is left out."""

    user_id: str
    name: str


async def assets(client: Client, account: Account, *, size: str = "") -> tuple[Asset, ...]:
    """List the account's rights to groups, of one size or of all."""
    wanted = {"quota_owner": "OA"} | ({"product_type": size} if size else {})
    rows = _rows(await client.post(account, "/v3.0/oa/quota/group", wanted, effect=False), AssetRow)
    return tuple(Asset(r.asset_id, r.product_type, r.status == "available", r.used_id) for r in rows)


async def create(
    client: Client,
    account: Account,
    *,
    name: str,
    description: str,
    members: Sequence[str],
    sizes: Sequence[str] = SIZES,
) -> GroupFacts:
    """Create a group on the first free asset of `sizes`.

    `name`: 1–30 characters; `members`: 1–99 user ids, one of them an administrator of the account. With
    `delivery_unknown`, look for it in `list_account_groups` before a retry.
    """
    title = squeeze(nfc(name))
    people = list(dict.fromkeys(members))
    if not 1 <= len(title) <= LONGEST_NAME:
        raise SendFailed(N_("Tên nhóm phải có từ 1 đến 30 ký tự"), code="NAME", permanent=True)
    if not 1 <= len(people) <= MOST_FOUNDERS:
        raise SendFailed(N_("Nhóm mở với 1 đến 99 người"), code="MEMBERS", permanent=True)
    body = {"group_name": title, "group_description": nfc(description), "member_user_ids": people}
    async for asset_id in _free(client, account, sizes):
        try:
            data = await client.post(account, f"{_BASE}/creategroupwithoa", body | {"asset_id": asset_id})
        except SendFailed as failed:
            if failed.code not in _TAKEN:
                raise
            continue  # another process took this asset
        return _facts(_shape(data, GroupSummary, effect=True))
    raise SendFailed(N_("OA đã hết suất mở nhóm"), code="ASSET", permanent=True)


async def _free(client: Client, account: Account, sizes: Sequence[str]) -> AsyncIterator[str]:
    for size in sizes:
        for asset in await assets(client, account, size=size):
            if asset.free:
                yield asset.asset_id


async def info(client: Client, account: Account, group_id: str) -> GroupFacts:
    """Return one group with its settings."""
    return _detail(await client.get(account, f"{_BASE}/getgroup", {"group_id": group_id}))


async def own(client: Client, account: Account) -> tuple[GroupFacts, ...]:
    """List all groups created by the account."""
    rows = await _pages(client, account, "getgroupsofoa", {}, GroupSummary)
    return tuple(_facts(row) for row in rows)


async def members(client: Client, account: Account, group_id: str) -> tuple[Member, ...]:
    rows = await _pages(client, account, "listmember", {"group_id": group_id}, MemberRow)
    return tuple(Member(r.user_id, squeeze(nfc(r.name))) for r in rows if r.user_id)


async def waiting(client: Client, account: Account, group_id: str) -> tuple[Member, ...]:
    """List people who used the link and wait for approval by a group administrator."""
    rows = await _pages(client, account, "listpendinginvite", {"group_id": group_id}, MemberRow)
    return tuple(Member(r.user_id, squeeze(nfc(r.name))) for r in rows if r.user_id)


async def accept(client: Client, account: Account, group_id: str, people: Sequence[str]) -> None:
    await _people(client, account, "acceptpendinginvite", group_id, people)


async def reject(client: Client, account: Account, group_id: str, people: Sequence[str]) -> None:
    await _people(client, account, "rejectpendinginvite", group_id, people)


async def invite(client: Client, account: Account, group_id: str, people: Sequence[str]) -> None:
    """Invite followers, or people who interacted within 7 days."""
    await _people(client, account, "invite", group_id, people)


async def add_admins(client: Client, account: Account, group_id: str, people: Sequence[str]) -> None:
    await _people(client, account, "addadmins", group_id, people)


async def remove_admins(client: Client, account: Account, group_id: str, people: Sequence[str]) -> None:
    await _people(client, account, "removeadmins", group_id, people)


async def update(client: Client, account: Account, group_id: str, **changes: str | bool) -> GroupFacts:
    """Change any of the settings and the group_name, group_description, group_avatar.

    Settings: lock_send_msg, join_appr, enable_msg_history, enable_link_join.
    """
    data = await client.post(account, f"{_BASE}/updateinfo", {"group_id": group_id, **changes})
    return _detail(data)


async def delete(client: Client, account: Account, group_id: str) -> None:
    """Dissolve the group for good. A group already gone (-403) counts as success."""
    try:
        await client.post(account, f"{_BASE}/delete", {"group_id": group_id})
    except SendFailed as failed:
        if failed.code != "-403":
            raise


async def _people(client: Client, account: Account, action: str, group_id: str, people: Sequence[str]) -> None:
    chosen = list(dict.fromkeys(people))
    if not chosen:
        raise SendFailed(N_("Chưa chọn ai"), code="MEMBERS", permanent=True)
    await client.post(account, f"{_BASE}/{action}", {"group_id": group_id, "member_user_ids": chosen})


async def _pages(
    client: Client, account: Account, path: str, query: Mapping[str, str], shape: type[Shape]
) -> list[Shape]:
    """Fetch every page of a list. Zalo's page size is undocumented, so its `total` tells the end."""
    field = "groups" if path == "getgroupsofoa" else "members"
    found: list[Shape] = []
    for _ in range(_MOST_PAGES):
        wanted = {**query, "offset": str(len(found)), "count": str(_PAGE)}
        data = await client.get(account, f"{_BASE}/{path}", wanted)
        page = _shape(data, Listed, effect=False)
        rows = _rows(data.get(field), shape)
        found += rows
        if not rows or (len(found) >= page.total if page.total else len(rows) < _PAGE):
            return found
    raise SendFailed(N_("Danh sách nhóm quá dài"), code="PAGES")


def _rows(data: Any, shape: type[Shape]) -> list[Shape]:
    if not isinstance(data, list):
        raise errors.unreadable(effect=False)
    return [_shape(row, shape, effect=False) for row in data]


def _shape(data: Any, shape: type[Shape], *, effect: bool) -> Shape:
    try:
        return shape.model_validate(data)
    except ValueError as error:
        raise errors.unreadable(effect=effect) from error


def _facts(row: GroupSummary) -> GroupFacts:
    return GroupFacts(
        group_id=row.group_id,
        name=squeeze(nfc(row.name)),
        link=row.group_link,
        members=row.total_member,
        enabled=row.status == "enabled",
        description=nfc(row.group_description),
        most=row.max_member,
    )


def _detail(data: Any) -> GroupFacts:
    found = _shape(data, GroupDetail, effect=False)
    facts = _facts(found.group_info)
    settings = {name: getattr(found.group_setting, name) for name in _SETTINGS}
    known = {name: getattr(facts, name) for name in GroupFacts.__slots__ if name not in _SETTINGS}
    return GroupFacts(**known, **settings)
