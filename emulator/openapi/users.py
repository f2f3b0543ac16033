"""Users from the OA's view: details, lists, tags, and the OA itself."""

from datetime import datetime
from typing import Any

from emulator import events
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid_field_error
from emulator.http import HttpRequest
from emulator.openapi.gate import get_citizen, get_text, parse_body, parse_data_query, parse_whole_number
from emulator.openapi.messages import HANOI, format_vietnam_day
from emulator.world import DAY_MS, Citizen, Json

MAX_OFFSET = 9951
MAX_USERS = 50


def handle_closed_read(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /v2.0/oa/getprofile and getfollowers: shut down (-240) unless the switch `old_reads` is on."""
    if not emu.world.switches.old_reads:
        raise ZaloError(-240)
    return (handle_user_detail if request.path.endswith("getprofile") else handle_list_followers)(emu, request)


def handle_user_detail(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /v3.0/oa/user/detail: followers, and others with an interaction; unknown users are -213."""
    citizen = get_citizen(emu, parse_data_query(request).get("user_id"))
    if not citizen.follower and not citizen.last_interaction_ms:
        raise ZaloError(-213)
    avatar = emu.build_avatar_url(citizen)
    return {
        "user_id": citizen.user_id,
        "user_id_by_app": citizen.user_id_by_app,
        "user_external_id": "",
        "display_name": citizen.name,
        "user_alias": citizen.alias or citizen.name,
        "is_sensitive": False,
        "user_last_interaction_date": format_vietnam_day(citizen.last_interaction_ms)
        if citizen.last_interaction_ms
        else "",
        "user_is_follower": citizen.follower,
        "avatar": avatar,
        "avatars": {"120": avatar, "240": avatar},
        "dynamic_param": "",
        "tags_and_notes_info": {"notes": citizen.notes, "tag_names": citizen.tags},
        "shared_info": _get_shared_info(citizen),
    }


def _get_shared_info(citizen: Citizen) -> Json:
    shared = citizen.shared
    address = shared.get("full_address", {})
    phone = str(shared.get("phone", ""))
    return {
        "address": address.get("user_address", ""),
        "city": address.get("user_city", ""),
        "district": address.get("user_ward", ""),
        "phone": int(phone) if phone.isdigit() else 0,
        "name": shared.get("name", ""),
        "user_dob": shared.get("user_dob", ""),
    }


def handle_list_users(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /v3.0/oa/user/getlist."""
    params = parse_data_query(request)
    offset = parse_whole_number(params.get("offset", 0), "offset", 0, MAX_OFFSET)
    count = parse_whole_number(params.get("count", 15), "count", 1, MAX_USERS)
    rows = [citizen_row for citizen_row in _list_visible_users(emu) if _matches_filter(citizen_row, params, emu.now())]
    users = [{"user_id": citizen.user_id} for citizen in rows[offset : offset + count]]
    return {"total": len(rows), "count": count, "offset": offset, "users": users}


def _list_visible_users(emu: Emulator) -> list[Citizen]:
    return [
        citizen
        for citizen in emu.world.citizens.values()
        if not citizen.conversation_id and (citizen.follower or citizen.last_interaction_ms)
    ]


def _matches_filter(citizen: Citizen, params: Json, now_ms: int) -> bool:
    if "is_follower" in params and citizen.follower != params["is_follower"]:
        return False
    if params.get("tag_name") and params["tag_name"] not in citizen.tags:
        return False
    period = params.get("last_interaction_period")
    return not period or _is_in_period(citizen.last_interaction_ms, str(period), now_ms)


def _is_in_period(ms: int, period: str, now_ms: int) -> bool:
    """Return whether the time lies in TODAY, YESTERDAY, L7D, L30D or YYYY_MM_DD:YYYY_MM_DD, in Vietnamese days."""
    interaction_day, today = _format_date(ms), _format_date(now_ms)
    if period == "TODAY":
        return interaction_day == today
    if period == "YESTERDAY":
        return interaction_day == _format_date(now_ms - DAY_MS)
    if period in ("L7D", "L30D"):
        return _format_date(now_ms - int(period[1:-1]) * DAY_MS) <= interaction_day <= today
    start, colon, end = period.partition(":")
    if not colon:
        raise invalid_field_error("last_interaction_period")
    return start <= interaction_day <= end


def _format_date(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, HANOI).strftime("%Y_%m_%d")


def handle_list_followers(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /v2.0/oa/getfollowers, the older list."""
    params = parse_data_query(request)
    offset = parse_whole_number(params.get("offset", 0), "offset", 0, MAX_OFFSET)
    count = parse_whole_number(params.get("count", 15), "count", 1, MAX_USERS)
    rows = [{"user_id": citizen.user_id} for citizen in _list_visible_users(emu) if citizen.follower]
    return {"total": len(rows), "followers": rows[offset : offset + count]}


def handle_update_follower(emu: Emulator, request: HttpRequest) -> None:
    """Handle POST /v3.0/oa/updatefollowerinfo: the OA's notes about a follower."""
    params = parse_body(request)
    citizen = get_citizen(emu, params.get("user_id"))
    if not citizen.follower:
        raise ZaloError(-213)
    citizen.alias = get_text(params, "name", allow_empty=True) or citizen.alias
    citizen.shared |= {name: params[name] for name in ("phone",) if name in params}
    if address := get_text(params, "address", allow_empty=True):
        citizen.shared["full_address"] = citizen.shared.get("full_address", {}) | {"user_address": address}
    event = events.build_user_info_updated(emu.ids, citizen.user_id, citizen.user_id_by_app, ts=emu.now())
    emu.emit_event(event, citizen.user_id)


def handle_tag(emu: Emulator, request: HttpRequest) -> None:
    """Handle POST /v2.0/oa/tag/tagfollower; a missing tag is created."""
    citizen, name = _parse_tag_request(emu, request)
    if name not in emu.world.tags:
        emu.world.tags.append(name)
    if name not in citizen.tags:
        citizen.tags.append(name)
    _emit_tag_event(emu, "add_user_to_tag", name, [citizen])


def handle_untag(emu: Emulator, request: HttpRequest) -> None:
    citizen, name = _parse_tag_request(emu, request)
    if name not in citizen.tags:
        raise invalid_field_error("tag_name")
    citizen.tags.remove(name)
    _emit_tag_event(emu, "remove_user_from_tag", name, [citizen])


def handle_remove_tag(emu: Emulator, request: HttpRequest) -> None:
    name = get_text(parse_body(request), "tag_name")
    if name not in emu.world.tags:
        raise invalid_field_error("tag_name")
    emu.world.tags.remove(name)
    tagged_citizens = [citizen for citizen in emu.world.citizens.values() if name in citizen.tags]
    for citizen in tagged_citizens:
        citizen.tags.remove(name)
    _emit_tag_event(emu, "remove_tag", name, tagged_citizens)


def _parse_tag_request(emu: Emulator, request: HttpRequest) -> tuple[Citizen, str]:
    params = parse_body(request)
    citizen = get_citizen(emu, params.get("user_id"))
    if not citizen.follower:
        raise ZaloError(-213)
    return citizen, get_text(params, "tag_name")


def _emit_tag_event(emu: Emulator, event_name: str, name: str, citizens: list[Citizen]) -> None:
    by_app = citizens[0].user_id_by_app if citizens else ""
    ids = [citizen.user_id for citizen in citizens]
    emu.emit_event(events.build_tag_event(emu.ids, event_name, name, ids, by_app, ts=emu.now()), emu.ids.oa_id)


def handle_list_tags(emu: Emulator, request: HttpRequest) -> list[str]:
    return emu.world.tags


def handle_get_oa(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /v2.0/oa/getoa; `oa_type` 4 is a government account."""
    account = emu.world.account
    info: dict[str, Any] = {
        emu.world.switches.getoa_id: account.oa_id,
        "name": account.name,
        "description": account.description,
        "oa_alias": "conganhatinh",
        "is_verified": True,
        "oa_type": 4,
        "cate_name": "Cơ quan nhà nước",
        "num_follower": sum(1 for citizen in emu.world.citizens.values() if citizen.follower),
        "avatar": emu.url(f"/avatar/{account.oa_id}.svg"),
        "cover": emu.url(f"/avatar/{account.oa_id}.svg"),
        "package_name": account.package,
        "package_valid_through_date": format_vietnam_day(account.package_until_ms or emu.now() + 300 * DAY_MS),
        "package_auto_renew_date": "",
        "linked_ZCA": "",
    }
    return info
