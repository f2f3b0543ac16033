"""The OA's own groups: assets, creation, settings, dissolution, and messages to them."""

import secrets
import string
import unicodedata

from emulator import rooms
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid_field_error
from emulator.http import HttpRequest
from emulator.openapi import content
from emulator.openapi.gate import get_open_group, get_text, parse_body, parse_whole_number
from emulator.openapi.members import check_eligible, parse_member_ids
from emulator.openapi.messages import format_vietnam_day
from emulator.signing import generate_hex_id
from emulator.talk import send_as_oa_to_group
from emulator.world import LAPSED_MS, Asset, ChatGroup, Json

MAX_NAME_LENGTH = 30
MAX_FOUNDERS = 99
MAX_GROUPS = 50
DEFAULT_AVATAR = "http://s120.ava.grp.talk.zdn.vn/default"
GROUP_SETTINGS = ("lock_send_msg", "join_appr", "enable_msg_history", "enable_link_join")


def handle_group_quota(emu: Emulator, request: HttpRequest) -> list[Json]:
    """Handle POST /v3.0/oa/quota/group; `product_type` and `quota_type` filter the list."""
    params = parse_body(request)
    if params.get("quota_owner") != "OA":
        raise invalid_field_error("quota_owner")
    rows = [
        asset
        for asset in emu.world.assets.values()
        if params.get("product_type") in (None, asset.product_type)
        and params.get("quota_type") in (None, asset.quota_type)
    ]
    return [_asset_to_json(emu, asset) for asset in rows]


def _asset_to_json(emu: Emulator, asset: Asset) -> Json:
    status = "used" if asset.group_id else "available"
    if asset.disabled or asset.valid_until_ms <= emu.now():
        status = "expired"
    return {
        "product_type": asset.product_type,
        "quota_type": asset.quota_type,
        "asset_id": asset.asset_id,
        "valid_through": format_vietnam_day(asset.valid_until_ms),
        "auto_renew": asset.auto_renew,
        "status": status,
        "used_id": asset.group_id,
    }


def get_free_asset(emu: Emulator, asset_id: str) -> Asset:
    """Return a free asset: unknown → -201, used by a group → -241, lapsed or disabled → -238."""
    asset = emu.world.assets.get(asset_id)
    if asset is None:
        raise invalid_field_error("asset_id")
    if asset.disabled or asset.valid_until_ms <= emu.now():
        raise ZaloError(-238)
    if asset.group_id:
        raise ZaloError(-241)
    return asset


def get_group_name(value: Json) -> str:
    """Return the group's name, 1–30 characters after NFC."""
    name = unicodedata.normalize("NFC", get_text(value, "group_name")).strip()
    if not name:
        raise invalid_field_error("group_name")
    if len(name) > MAX_NAME_LENGTH:
        raise ZaloError(-210)
    return name


def handle_create_group(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /v3.0/oa/group/creategroupwithoa: 1–99 first members, at least one an administrator of the OA."""
    params = parse_body(request)
    name, description = get_group_name(params), get_text(params, "group_description", allow_empty=True)
    asset = get_free_asset(emu, get_text(params, "asset_id"))
    member_ids = parse_member_ids(emu, params)
    if len(member_ids) > MAX_FOUNDERS or len(member_ids) + 1 > asset.size:
        raise ZaloError(-210)
    if not any(emu.world.citizens[user_id].oa_admin for user_id in member_ids):
        raise invalid_field_error("member_user_ids")
    check_eligible(emu, member_ids)
    return to_group_summary(emu, create_group(emu, name, description, asset, member_ids))


def create_group(emu: Emulator, name: str, description: str, asset: Asset, member_ids: list[str]) -> ChatGroup:
    """Create the group and emit its events; the caller has checked everything."""
    code = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(9))
    group = ChatGroup(generate_hex_id(), name, description, asset.asset_id, f"https://zalo.me/g/{code}", emu.now())
    asset.group_id = group.group_id
    emu.world.groups[group.group_id] = group
    rooms.emit_group_event(emu, group, "create_group", [])
    rooms.add_to_group(emu, group, member_ids)
    return group


def to_group_summary(emu: Emulator, group: ChatGroup) -> Json:
    return {
        "name": group.name,
        "avatar": group.avatar or DEFAULT_AVATAR,
        "group_id": group.group_id,
        "group_link": group.link,
        "group_description": group.description,
        "total_member": rooms.count_with_oa(group),
        "status": _get_status(emu, group),
    }


def _get_status(emu: Emulator, group: ChatGroup) -> str:
    return "enabled" if emu.world.is_group_enabled(group, emu.now()) else "disabled"


def to_group_detail(emu: Emulator, group: ChatGroup) -> Json:
    """Return a group in detail. The mix of strings, numbers and booleans is as documented."""
    asset = emu.world.get_asset(group)
    return {
        "group_info": {
            "group_id": group.group_id,
            "group_link": group.link,
            "name": group.name,
            "group_description": group.description,
            "avatar": group.avatar or DEFAULT_AVATAR,
            "status": _get_status(emu, group),
            "total_member": rooms.count_with_oa(group),
            "max_member": str(asset.size),
            "auto_delete_date": format_vietnam_day(asset.valid_until_ms + LAPSED_MS),
        },
        "asset_info": {
            "asset_type": asset.product_type,
            "asset_id": asset.asset_id,
            "valid_through": format_vietnam_day(asset.valid_until_ms),
            "auto_renew": str(asset.auto_renew).lower(),
        },
        "group_setting": {name: getattr(group, name) for name in GROUP_SETTINGS},
    }


def handle_get_group(emu: Emulator, request: HttpRequest) -> Json:
    return to_group_detail(emu, get_open_group(emu, request.query.get("group_id")))


def handle_update_group(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /v3.0/oa/group/updateinfo: changes all or nothing."""
    params = parse_body(request)
    group = get_open_group(emu, params.get("group_id"))
    name = get_group_name(params) if "group_name" in params else group.name
    avatar = get_text(params, "group_avatar", allow_empty=True) or group.avatar
    for setting in GROUP_SETTINGS:
        if not isinstance(params.get(setting, False), bool):
            raise invalid_field_error(setting)
    description = get_text(params, "group_description", allow_empty=True)
    group.name, group.avatar = name, avatar
    group.description = description if "group_description" in params else group.description
    for setting in GROUP_SETTINGS:
        setattr(group, setting, params.get(setting, getattr(group, setting)))
    rooms.emit_group_event(emu, group, "update_group_info", [])
    return to_group_detail(emu, group)


def handle_update_asset(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /v3.0/oa/group/updateasset: renew or enlarge; the old asset is free again."""
    params = parse_body(request)
    group = get_open_group(emu, params.get("group_id"))
    asset = get_free_asset(emu, get_text(params, "asset_id"))
    if rooms.count_with_oa(group) > asset.size:
        raise ZaloError(-210)
    emu.world.get_asset(group).group_id = ""
    group.asset_id, asset.group_id = asset.asset_id, group.group_id
    rooms.emit_group_event(emu, group, "update_group_info", [])
    return to_group_detail(emu, group)


def handle_delete_group(emu: Emulator, request: HttpRequest) -> None:
    """Handle POST /v3.0/oa/group/delete."""
    rooms.dissolve_group(emu, get_open_group(emu, parse_body(request).get("group_id")))


def handle_list_groups(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /v3.0/oa/group/getgroupsofoa."""
    offset = parse_whole_number(request.query.get("offset", 0), "offset", 0, 10**6)
    count = parse_whole_number(request.query.get("count", 5), "count", 1, MAX_GROUPS)
    rooms.dissolve_lapsed_groups(emu)
    rows = [group for group in emu.world.groups.values() if not group.deleted]
    page = [to_group_summary(emu, group) for group in rows[offset : offset + count]]
    return {"offset": offset, "count": count, "total": len(rows), "group_count": len(page), "groups": page}


def handle_send_to_group(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /v3.0/oa/group/message; a disabled group returns -237, one of another OA -403."""
    params = parse_body(request)
    recipient, message = params.get("recipient"), params.get("message")
    if not isinstance(recipient, dict):
        raise invalid_field_error("recipient")
    if not isinstance(message, dict):
        raise invalid_field_error("message")
    group = get_open_group(emu, recipient.get("group_id"))
    if not emu.world.is_group_enabled(group, emu.now()):
        raise ZaloError(-237)
    sent = send_as_oa_to_group(emu, group, content.parse_content(emu, message, group=True), params)
    return {"message_id": sent.message_id, "group_id": group.group_id}
