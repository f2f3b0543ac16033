"""Groups of an Official Account: create, read, invite, change, dissolve. Each function raises `SendFailed`, typed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import ZaloClient
from binhyen.channels.kinds.zalo_oa.payloads import AssetRow, GroupDetail, GroupSummary, ListPage, MemberRow, ZaloModel
from binhyen.channels.types import SendFailed
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import collapse_spaces, to_nfc

MAX_NAME_LENGTH = 30
MAX_FOUNDERS = 99
ASSET_SIZES = ("gmf1000", "gmf100", "gmf50", "gmf10")
_BASE = "/v3.0/oa/group"
_PAGE = 50
_MAX_PAGES = 100
_ASSET_TAKEN_CODES = {"-238", "-241"}
_SETTINGS = ("lock_send_msg", "join_appr", "enable_msg_history", "enable_link_join")
Shape = TypeVar("Shape", bound=ZaloModel)


@dataclass(frozen=True, slots=True)
class GroupAsset:
    """The right to one group of a size.

    `used_by`: the group's external id, "" while free; `valid_through`: dd/mm/yyyy.
    """

    asset_id: str
    size: str
    is_free: bool
    used_by: str
    status: str = ""
    quota_type: str = ""
    valid_through: str = ""
    auto_renew: bool = False


@dataclass(frozen=True, slots=True)
class ZaloGroup:
    """A group as reported by Zalo.

    `max_members` 0: unknown. The four settings are None where a call does not return them.
    """

    group_id: str
    name: str
    link: str
    members: int
    is_enabled: bool
    description: str = ""
    max_members: int = 0
    lock_send_msg: bool | None = None
    join_appr: bool | None = None
    enable_msg_history: bool | None = None
    enable_link_join: bool | None = None


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A person in a group, or waiting to join; the account itself is left out."""

    user_id: str
    name: str


async def list_assets(client: ZaloClient, account: ChannelAccount, *, size: str = "") -> tuple[GroupAsset, ...]:
    """List the account's rights to groups, of one size or of all."""
    query = {"quota_owner": "OA"} | ({"product_type": size} if size else {})
    rows = _parse_rows(await client.post(account, "/v3.0/oa/quota/group", query, has_effect=False), AssetRow)
    return tuple(
        GroupAsset(
            row.asset_id,
            row.product_type,
            row.status == "available",
            row.used_id,
            row.status,
            row.quota_type,
            row.valid_through,
            row.auto_renew,
        )
        for row in rows
    )


async def create_zalo_group(
    client: ZaloClient,
    account: ChannelAccount,
    *,
    name: str,
    description: str,
    members: Sequence[str],
    sizes: Sequence[str] = ASSET_SIZES,
) -> ZaloGroup:
    """Create a group on the first free asset of `sizes`.

    `name`: 1–30 characters; `members`: 1–99 user ids, one of them an administrator of the account. With
    `delivery_unknown`, look for it in `list_account_groups` before a retry.
    """
    title = collapse_spaces(to_nfc(name))
    user_ids = list(dict.fromkeys(members))
    if not 1 <= len(title) <= MAX_NAME_LENGTH:
        raise SendFailed(N_("Tên nhóm phải có từ 1 đến 30 ký tự"), code="NAME", is_permanent=True)
    if not 1 <= len(user_ids) <= MAX_FOUNDERS:
        raise SendFailed(N_("Nhóm mở với 1 đến 99 người"), code="MEMBERS", is_permanent=True)
    body = {"group_name": title, "group_description": to_nfc(description), "member_user_ids": user_ids}
    async for asset_id in _iter_free_assets(client, account, sizes):
        try:
            data = await client.post(account, f"{_BASE}/creategroupwithoa", body | {"asset_id": asset_id})
        except SendFailed as error:
            if error.code not in _ASSET_TAKEN_CODES:
                raise
            continue  # another process took this asset
        return _to_zalo_group(_parse_shape(data, GroupSummary, has_effect=True))
    raise SendFailed(N_("OA đã hết suất mở nhóm"), code="ASSET", is_permanent=True)


async def _iter_free_assets(client: ZaloClient, account: ChannelAccount, sizes: Sequence[str]) -> AsyncIterator[str]:
    for size in sizes:
        assets = await list_assets(client, account, size=size)
        for asset in sorted(assets, key=lambda asset: asset.quota_type != "sub_quota"):  # assets of the package first
            if asset.is_free:
                yield asset.asset_id


async def get_group(client: ZaloClient, account: ChannelAccount, group_id: str) -> ZaloGroup:
    """Return one group with its settings."""
    return _parse_detail(await client.get(account, f"{_BASE}/getgroup", {"group_id": group_id}))


async def list_account_groups(client: ZaloClient, account: ChannelAccount) -> tuple[ZaloGroup, ...]:
    """List all groups created by the account."""
    rows = await _fetch_pages(client, account, "getgroupsofoa", {}, GroupSummary)
    return tuple(_to_zalo_group(row) for row in rows)


async def list_group_members(client: ZaloClient, account: ChannelAccount, group_id: str) -> tuple[GroupMember, ...]:
    rows = await _fetch_pages(client, account, "listmember", {"group_id": group_id}, MemberRow)
    return tuple(GroupMember(row.user_id, collapse_spaces(to_nfc(row.name))) for row in rows if row.user_id)


async def list_waiting_members(client: ZaloClient, account: ChannelAccount, group_id: str) -> tuple[GroupMember, ...]:
    """List people who used the link and wait for approval by a group administrator."""
    rows = await _fetch_pages(client, account, "listpendinginvite", {"group_id": group_id}, MemberRow)
    return tuple(GroupMember(row.user_id, collapse_spaces(to_nfc(row.name))) for row in rows if row.user_id)


async def accept_members(client: ZaloClient, account: ChannelAccount, group_id: str, people: Sequence[str]) -> None:
    await _post_members(client, account, "acceptpendinginvite", group_id, people)


async def reject_members(client: ZaloClient, account: ChannelAccount, group_id: str, people: Sequence[str]) -> None:
    await _post_members(client, account, "rejectpendinginvite", group_id, people)


async def invite_members(client: ZaloClient, account: ChannelAccount, group_id: str, people: Sequence[str]) -> None:
    """Invite followers, or people who interacted within 7 days."""
    await _post_members(client, account, "invite", group_id, people)


async def add_admins(client: ZaloClient, account: ChannelAccount, group_id: str, people: Sequence[str]) -> None:
    await _post_members(client, account, "addadmins", group_id, people)


async def remove_admins(client: ZaloClient, account: ChannelAccount, group_id: str, people: Sequence[str]) -> None:
    await _post_members(client, account, "removeadmins", group_id, people)


async def update_group(client: ZaloClient, account: ChannelAccount, group_id: str, **changes: str | bool) -> ZaloGroup:
    """Change any of the settings and the group_name, group_description, group_avatar.

    Settings: lock_send_msg, join_appr, enable_msg_history, enable_link_join.
    """
    data = await client.post(account, f"{_BASE}/updateinfo", {"group_id": group_id, **changes})
    return _parse_detail(data)


async def delete_group(client: ZaloClient, account: ChannelAccount, group_id: str) -> None:
    """Dissolve the group for good. A group already gone (-403) counts as success."""
    try:
        await client.post(account, f"{_BASE}/delete", {"group_id": group_id})
    except SendFailed as error:
        if error.code != "-403":
            raise


async def _post_members(
    client: ZaloClient, account: ChannelAccount, action: str, group_id: str, people: Sequence[str]
) -> None:
    user_ids = list(dict.fromkeys(people))
    if not user_ids:
        raise SendFailed(N_("Chưa chọn ai"), code="MEMBERS", is_permanent=True)
    await client.post(account, f"{_BASE}/{action}", {"group_id": group_id, "member_user_ids": user_ids})


async def _fetch_pages(
    client: ZaloClient, account: ChannelAccount, path: str, query: Mapping[str, str], shape: type[Shape]
) -> list[Shape]:
    """Fetch every page of a list. Zalo's page size is undocumented, so its `total` tells the end."""
    field = "groups" if path == "getgroupsofoa" else "members"
    items: list[Shape] = []
    for _ in range(_MAX_PAGES):
        page_query = {**query, "offset": str(len(items)), "count": str(_PAGE)}
        data = await client.get(account, f"{_BASE}/{path}", page_query)
        page = _parse_shape(data, ListPage, has_effect=False)
        rows = _parse_rows(data.get(field), shape)
        items += rows
        if not rows or (len(items) >= page.total if page.total else len(rows) < _PAGE):
            return items
    raise SendFailed(N_("Danh sách nhóm quá dài"), code="PAGES")


def _parse_rows(data: Any, shape: type[Shape]) -> list[Shape]:
    if not isinstance(data, list):
        raise errors.to_unreadable_failure(has_effect=False)
    return [_parse_shape(row, shape, has_effect=False) for row in data]


def _parse_shape(data: Any, shape: type[Shape], *, has_effect: bool) -> Shape:
    try:
        return shape.model_validate(data)
    except ValueError as error:
        raise errors.to_unreadable_failure(has_effect=has_effect) from error


def _to_zalo_group(row: GroupSummary) -> ZaloGroup:
    return ZaloGroup(
        group_id=row.group_id,
        name=collapse_spaces(to_nfc(row.name)),
        link=row.group_link,
        members=row.total_member,
        is_enabled=row.status == "enabled",
        description=to_nfc(row.group_description),
        max_members=row.max_member,
    )


def _parse_detail(data: Any) -> ZaloGroup:
    detail = _parse_shape(data, GroupDetail, has_effect=False)
    summary = _to_zalo_group(detail.group_info)
    settings = {name: getattr(detail.group_setting, name) for name in _SETTINGS}
    summary_fields = {name: getattr(summary, name) for name in ZaloGroup.__slots__ if name not in _SETTINGS}
    return ZaloGroup(**summary_fields, **settings)
