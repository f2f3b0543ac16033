"""The OA's own groups: assets, creation, settings, dissolution, and messages to them."""

import secrets
import string
import unicodedata

from emulator import rooms
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid
from emulator.http import Request
from emulator.openapi import content
from emulator.openapi.gate import body, own_group, text_of, whole_number
from emulator.openapi.members import eligible, user_ids
from emulator.openapi.messages import day
from emulator.signing import new_hex_id
from emulator.talk import oa_says_in_group
from emulator.world import LAPSED_MS, Asset, Group, Json

LONGEST_NAME = 30
MOST_FOUNDERS = 99
MOST_GROUPS = 50
DEFAULT_AVATAR = "http://s120.ava.grp.talk.zdn.vn/default"
SETTINGS = ("lock_send_msg", "join_appr", "enable_msg_history", "enable_link_join")


def assets(emu: Emulator, request: Request) -> list[Json]:
    """Handle POST /v3.0/oa/quota/group; `product_type` and `quota_type` filter the list."""
    wanted = body(request)
    if wanted.get("quota_owner") != "OA":
        raise invalid("quota_owner")
    rows = [
        asset
        for asset in emu.world.assets.values()
        if wanted.get("product_type") in (None, asset.product_type)
        and wanted.get("quota_type") in (None, asset.quota_type)
    ]
    return [_asset_row(emu, asset) for asset in rows]


def _asset_row(emu: Emulator, asset: Asset) -> Json:
    status = "used" if asset.group_id else "available"
    if asset.disabled or asset.valid_until_ms <= emu.now():
        status = "expired"
    return {
        "product_type": asset.product_type,
        "quota_type": asset.quota_type,
        "asset_id": asset.asset_id,
        "valid_through": day(asset.valid_until_ms),
        "auto_renew": asset.auto_renew,
        "status": status,
        "used_id": asset.group_id,
    }


def free_asset(emu: Emulator, asset_id: str) -> Asset:
    """Return a free asset: unknown → -201, used by a group → -241, lapsed or disabled → -238."""
    asset = emu.world.assets.get(asset_id)
    if asset is None:
        raise invalid("asset_id")
    if asset.disabled or asset.valid_until_ms <= emu.now():
        raise ZaloError(-238)
    if asset.group_id:
        raise ZaloError(-241)
    return asset


def group_name(value: Json) -> str:
    """Return the group's name, 1–30 characters after NFC."""
    name = unicodedata.normalize("NFC", text_of(value, "group_name")).strip()
    if not name:
        raise invalid("group_name")
    if len(name) > LONGEST_NAME:
        raise ZaloError(-210)
    return name


def create(emu: Emulator, request: Request) -> Json:
    """Handle POST /v3.0/oa/group/creategroupwithoa: 1–99 first members, at least one an administrator of the OA."""
    wanted = body(request)
    name, description = group_name(wanted), text_of(wanted, "group_description", empty=True)
    asset = free_asset(emu, text_of(wanted, "asset_id"))
    people = user_ids(emu, wanted)
    if len(people) > MOST_FOUNDERS or len(people) + 1 > asset.size:
        raise ZaloError(-210)
    if not any(emu.world.citizens[user_id].oa_admin for user_id in people):
        raise invalid("member_user_ids")
    eligible(emu, people)
    return summary(emu, found(emu, name, description, asset, people))


def found(emu: Emulator, name: str, description: str, asset: Asset, people: list[str]) -> Group:
    """Create the group and emit its events; the caller has checked everything."""
    code = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(9))
    group = Group(new_hex_id(), name, description, asset.asset_id, f"https://zalo.me/g/{code}", emu.now())
    asset.group_id = group.group_id
    emu.world.groups[group.group_id] = group
    rooms.announce(emu, group, "create_group", [])
    rooms.add(emu, group, people)
    return group


def summary(emu: Emulator, group: Group) -> Json:
    return {
        "name": group.name,
        "avatar": group.avatar or DEFAULT_AVATAR,
        "group_id": group.group_id,
        "group_link": group.link,
        "group_description": group.description,
        "total_member": rooms.total(group),
        "status": _status(emu, group),
    }


def _status(emu: Emulator, group: Group) -> str:
    return "enabled" if emu.world.group_enabled(group, emu.now()) else "disabled"


def full(emu: Emulator, group: Group) -> Json:
    """Return a group in detail. The mix of strings, numbers and booleans is as documented."""
    asset = emu.world.asset_of(group)
    return {
        "group_info": {
            "group_id": group.group_id,
            "group_link": group.link,
            "name": group.name,
            "group_description": group.description,
            "avatar": group.avatar or DEFAULT_AVATAR,
            "status": _status(emu, group),
            "total_member": rooms.total(group),
            "max_member": str(asset.size),
            "auto_delete_date": day(asset.valid_until_ms + LAPSED_MS),
        },
        "asset_info": {
            "asset_type": asset.product_type,
            "asset_id": asset.asset_id,
            "valid_through": day(asset.valid_until_ms),
            "auto_renew": str(asset.auto_renew).lower(),
        },
        "group_setting": {name: getattr(group, name) for name in SETTINGS},
    }


def getgroup(emu: Emulator, request: Request) -> Json:
    return full(emu, own_group(emu, request.query.get("group_id")))


def update_info(emu: Emulator, request: Request) -> Json:
    """Handle POST /v3.0/oa/group/updateinfo: changes all or nothing."""
    wanted = body(request)
    group = own_group(emu, wanted.get("group_id"))
    name = group_name(wanted) if "group_name" in wanted else group.name
    avatar = text_of(wanted, "group_avatar", empty=True) or group.avatar
    for setting in SETTINGS:
        if not isinstance(wanted.get(setting, False), bool):
            raise invalid(setting)
    description = text_of(wanted, "group_description", empty=True)
    group.name, group.avatar = name, avatar
    group.description = description if "group_description" in wanted else group.description
    for setting in SETTINGS:
        setattr(group, setting, wanted.get(setting, getattr(group, setting)))
    rooms.announce(emu, group, "update_group_info", [])
    return full(emu, group)


def update_asset(emu: Emulator, request: Request) -> Json:
    """Handle POST /v3.0/oa/group/updateasset: renew or enlarge; the old asset is free again."""
    wanted = body(request)
    group = own_group(emu, wanted.get("group_id"))
    asset = free_asset(emu, text_of(wanted, "asset_id"))
    if rooms.total(group) > asset.size:
        raise ZaloError(-210)
    emu.world.asset_of(group).group_id = ""
    group.asset_id, asset.group_id = asset.asset_id, group.group_id
    rooms.announce(emu, group, "update_group_info", [])
    return full(emu, group)


def delete(emu: Emulator, request: Request) -> None:
    """Handle POST /v3.0/oa/group/delete."""
    rooms.dissolve(emu, own_group(emu, body(request).get("group_id")))


def listing(emu: Emulator, request: Request) -> Json:
    """Handle GET /v3.0/oa/group/getgroupsofoa."""
    offset = whole_number(request.query.get("offset", 0), "offset", 0, 10**6)
    count = whole_number(request.query.get("count", 5), "count", 1, MOST_GROUPS)
    rooms.dissolve_lapsed(emu)
    rows = [group for group in emu.world.groups.values() if not group.deleted]
    page = [summary(emu, group) for group in rows[offset : offset + count]]
    return {"offset": offset, "count": count, "total": len(rows), "group_count": len(page), "groups": page}


def send(emu: Emulator, request: Request) -> Json:
    """Handle POST /v3.0/oa/group/message; a disabled group returns -237, one of another OA -403."""
    wanted = body(request)
    recipient, message = wanted.get("recipient"), wanted.get("message")
    if not isinstance(recipient, dict):
        raise invalid("recipient")
    if not isinstance(message, dict):
        raise invalid("message")
    group = own_group(emu, recipient.get("group_id"))
    if not emu.world.group_enabled(group, emu.now()):
        raise ZaloError(-237)
    sent = oa_says_in_group(emu, group, content.read(emu, message, group=True), wanted)
    return {"message_id": sent.message_id, "group_id": group.group_id}
