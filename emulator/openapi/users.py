"""Users from the OA's view: details, lists, tags, and the OA itself."""

from datetime import datetime
from typing import Any

from emulator import events
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid
from emulator.http import Request
from emulator.openapi.gate import body, data_query, known_citizen, text_of, whole_number
from emulator.openapi.messages import HANOI, day
from emulator.world import DAY_MS, Citizen, Json

HIGHEST_OFFSET = 9951
MOST_USERS = 50


def detail(emu: Emulator, request: Request) -> Json:
    """Handle GET /v3.0/oa/user/detail: followers, and others with an interaction; unknown users are -213."""
    citizen = known_citizen(emu, data_query(request).get("user_id"))
    if not citizen.follower and not citizen.last_interaction_ms:
        raise ZaloError(-213)
    avatar = emu.avatar(citizen)
    return {
        "user_id": citizen.user_id,
        "user_id_by_app": citizen.user_id_by_app,
        "user_external_id": "",
        "display_name": citizen.name,
        "user_alias": citizen.alias or citizen.name,
        "is_sensitive": False,
        "user_last_interaction_date": day(citizen.last_interaction_ms) if citizen.last_interaction_ms else "",
        "user_is_follower": citizen.follower,
        "avatar": avatar,
        "avatars": {"120": avatar, "240": avatar},
        "dynamic_param": "",
        "tags_and_notes_info": {"notes": citizen.notes, "tag_names": citizen.tags},
        "shared_info": _shared(citizen),
    }


def _shared(citizen: Citizen) -> Json:
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


def getlist(emu: Emulator, request: Request) -> Json:
    """Handle GET /v3.0/oa/user/getlist."""
    wanted = data_query(request)
    offset = whole_number(wanted.get("offset", 0), "offset", 0, HIGHEST_OFFSET)
    count = whole_number(wanted.get("count", 15), "count", 1, MOST_USERS)
    rows = [c for c in _people(emu) if _fits(c, wanted, emu.now())]
    users = [{"user_id": citizen.user_id} for citizen in rows[offset : offset + count]]
    return {"total": len(rows), "count": count, "offset": offset, "users": users}


def _people(emu: Emulator) -> list[Citizen]:
    return [c for c in emu.world.citizens.values() if not c.conversation_id and (c.follower or c.last_interaction_ms)]


def _fits(citizen: Citizen, wanted: Json, now_ms: int) -> bool:
    if "is_follower" in wanted and citizen.follower != wanted["is_follower"]:
        return False
    if wanted.get("tag_name") and wanted["tag_name"] not in citizen.tags:
        return False
    period = wanted.get("last_interaction_period")
    return not period or _in_period(citizen.last_interaction_ms, str(period), now_ms)


def _in_period(ms: int, period: str, now_ms: int) -> bool:
    """Return whether the time lies in TODAY, YESTERDAY, L7D, L30D or YYYY_MM_DD:YYYY_MM_DD, in Vietnamese days."""
    when, today = _date(ms), _date(now_ms)
    if period == "TODAY":
        return when == today
    if period == "YESTERDAY":
        return when == _date(now_ms - DAY_MS)
    if period in ("L7D", "L30D"):
        return _date(now_ms - int(period[1:-1]) * DAY_MS) <= when <= today
    first, colon, last = period.partition(":")
    if not colon:
        raise invalid("last_interaction_period")
    return first <= when <= last


def _date(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, HANOI).strftime("%Y_%m_%d")


def followers(emu: Emulator, request: Request) -> Json:
    """Handle GET /v2.0/oa/getfollowers, the older list."""
    wanted = data_query(request)
    offset = whole_number(wanted.get("offset", 0), "offset", 0, HIGHEST_OFFSET)
    count = whole_number(wanted.get("count", 15), "count", 1, MOST_USERS)
    rows = [{"user_id": c.user_id} for c in _people(emu) if c.follower]
    return {"total": len(rows), "followers": rows[offset : offset + count]}


def update_info(emu: Emulator, request: Request) -> None:
    """Handle POST /v3.0/oa/updatefollowerinfo: the OA's notes about a follower."""
    wanted = body(request)
    citizen = known_citizen(emu, wanted.get("user_id"))
    if not citizen.follower:
        raise ZaloError(-213)
    citizen.alias = text_of(wanted, "name", empty=True) or citizen.alias
    citizen.shared |= {name: wanted[name] for name in ("phone",) if name in wanted}
    if address := text_of(wanted, "address", empty=True):
        citizen.shared["full_address"] = citizen.shared.get("full_address", {}) | {"user_address": address}
    event = events.user_info_updated(emu.ids, citizen.user_id, citizen.user_id_by_app, ts=emu.now())
    emu.emit(event, citizen.user_id)


def tag(emu: Emulator, request: Request) -> None:
    """Handle POST /v2.0/oa/tag/tagfollower; a missing tag is created."""
    citizen, name = _tagged(emu, request)
    if name not in emu.world.tags:
        emu.world.tags.append(name)
    if name not in citizen.tags:
        citizen.tags.append(name)
    _tell(emu, "add_user_to_tag", name, [citizen])


def untag(emu: Emulator, request: Request) -> None:
    citizen, name = _tagged(emu, request)
    if name not in citizen.tags:
        raise invalid("tag_name")
    citizen.tags.remove(name)
    _tell(emu, "remove_user_from_tag", name, [citizen])


def remove_tag(emu: Emulator, request: Request) -> None:
    name = text_of(body(request), "tag_name")
    if name not in emu.world.tags:
        raise invalid("tag_name")
    emu.world.tags.remove(name)
    people = [citizen for citizen in emu.world.citizens.values() if name in citizen.tags]
    for citizen in people:
        citizen.tags.remove(name)
    _tell(emu, "remove_tag", name, people)


def _tagged(emu: Emulator, request: Request) -> tuple[Citizen, str]:
    wanted = body(request)
    citizen = known_citizen(emu, wanted.get("user_id"))
    if not citizen.follower:
        raise ZaloError(-213)
    return citizen, text_of(wanted, "tag_name")


def _tell(emu: Emulator, event_name: str, name: str, people: list[Citizen]) -> None:
    by_app = people[0].user_id_by_app if people else ""
    ids = [citizen.user_id for citizen in people]
    emu.emit(events.tag_event(emu.ids, event_name, name, ids, by_app, ts=emu.now()), emu.ids.oa_id)


def tags(emu: Emulator, request: Request) -> list[str]:
    return emu.world.tags


def getoa(emu: Emulator, request: Request) -> Json:
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
        "package_name": "Toàn diện",
        "package_valid_through_date": day(emu.now() + 300 * DAY_MS),
        "package_auto_renew_date": "",
        "linked_ZCA": "",
    }
    return info
