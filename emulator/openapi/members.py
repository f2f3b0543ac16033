"""Members of an OA group: invite, approve, list, deputies, remove."""

from emulator import rooms
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid_field_error
from emulator.http import HttpRequest
from emulator.openapi.gate import get_open_group, parse_body, parse_whole_number
from emulator.world import LAST_WINDOW_MS, ChatGroup, Json

MAX_ROWS = 50


def parse_member_ids(emu: Emulator, params: Json) -> list[str]:
    """Return `member_user_ids` as known personal accounts without duplicates; -201 otherwise."""
    member_ids = params.get("member_user_ids")
    if not isinstance(member_ids, list) or not member_ids:
        raise invalid_field_error("member_user_ids")
    for user_id in member_ids:
        citizen = emu.world.citizens.get(user_id) if isinstance(user_id, str) else None
        if citizen is None or citizen.conversation_id:
            raise invalid_field_error("member_user_ids")
    return list(dict.fromkeys(member_ids))


def check_eligible(emu: Emulator, member_ids: list[str]) -> None:
    """Check the invited people.

    Only followers and people with an interaction within 7 days (-213), none blocked (-217).
    """
    for user_id in member_ids:
        citizen = emu.world.citizens[user_id]
        recent = citizen.last_interaction_ms and emu.now() - citizen.last_interaction_ms <= LAST_WINDOW_MS
        if citizen.blocked:
            raise ZaloError(-217)
        if not (citizen.follower or recent):
            raise ZaloError(-213)


def _parse_request(emu: Emulator, request: HttpRequest) -> tuple[ChatGroup, list[str]]:
    params = parse_body(request)
    return get_open_group(emu, params.get("group_id")), parse_member_ids(emu, params)


def _check_capacity(emu: Emulator, group: ChatGroup, member_ids: list[str]) -> None:
    """Check the capacity. Zalo's response for a full group is unknown; -210 is our assumption."""
    new_members = [user_id for user_id in member_ids if user_id not in group.members]
    if rooms.count_with_oa(group) + len(new_members) > rooms.get_max_members(emu, group):
        raise ZaloError(-210)


def handle_invite(emu: Emulator, request: HttpRequest) -> None:
    """Handle POST /v3.0/oa/group/invite: the OA leads the group, so invited people are members at once."""
    group, member_ids = _parse_request(emu, request)
    if not emu.world.is_group_enabled(group, emu.now()):
        raise ZaloError(-237)
    check_eligible(emu, member_ids)
    _check_capacity(emu, group, member_ids)
    rooms.add_to_group(emu, group, member_ids)


def handle_list_pending(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /v3.0/oa/group/listpendinginvite: people waiting for approval."""
    group = get_open_group(emu, request.query.get("group_id"))
    rows = [{"name": emu.world.citizens[user_id].name, "user_id": user_id} for user_id in group.pending]
    return _page_to_json(request, rows)


def _page_to_json(request: HttpRequest, rows: list[Json]) -> Json:
    offset = parse_whole_number(request.query.get("offset", 0), "offset", 0, 10**6)
    count = parse_whole_number(request.query.get("count", 5), "count", 1, MAX_ROWS)
    page = rows[offset : offset + count]
    return {"offset": offset, "count": count, "total": len(rows), "member_count": len(page), "members": page}


def handle_accept(emu: Emulator, request: HttpRequest) -> None:
    """Handle POST /v3.0/oa/group/acceptpendinginvite."""
    group, member_ids = _parse_pending(emu, request)
    _check_capacity(emu, group, member_ids)
    rooms.answer_requests(emu, group, member_ids, accept=True)


def handle_reject(emu: Emulator, request: HttpRequest) -> None:
    group, member_ids = _parse_pending(emu, request)
    rooms.answer_requests(emu, group, member_ids, accept=False)


def _parse_pending(emu: Emulator, request: HttpRequest) -> tuple[ChatGroup, list[str]]:
    group, member_ids = _parse_request(emu, request)
    if any(user_id not in group.pending for user_id in member_ids):
        raise invalid_field_error("member_user_ids")
    return group, member_ids


def handle_list_members(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /v3.0/oa/group/listmember: people in order of joining, then the OA itself."""
    group = get_open_group(emu, request.query.get("group_id"))
    citizens = [emu.world.citizens[user_id] for user_id in group.members]
    rows: list[Json] = [
        {"user_id": citizen.user_id, "name": citizen.name, "avatar": emu.build_avatar_url(citizen)}
        for citizen in citizens
    ]
    oa_id = emu.ids.oa_id
    rows.append({"oa_id": oa_id, "name": emu.world.account.name, "avatar": emu.url(f"/avatar/{oa_id}.svg")})
    return _page_to_json(request, rows)


def handle_add_admins(emu: Emulator, request: HttpRequest) -> None:
    group, member_ids = _parse_members(emu, request)
    new_admins = [user_id for user_id in member_ids if user_id not in group.admins]
    group.admins += new_admins
    if new_admins:
        rooms.emit_group_event(emu, group, "add_group_admin", new_admins)


def handle_remove_admins(emu: Emulator, request: HttpRequest) -> None:
    group, member_ids = _parse_members(emu, request)
    if any(user_id not in group.admins for user_id in member_ids):
        raise invalid_field_error("member_user_ids")
    group.admins = [user_id for user_id in group.admins if user_id not in member_ids]
    rooms.emit_group_event(emu, group, "remove_group_admin", member_ids)


def handle_remove_members(emu: Emulator, request: HttpRequest) -> None:
    group, member_ids = _parse_members(emu, request)
    rooms.remove_from_group(emu, group, member_ids)


def _parse_members(emu: Emulator, request: HttpRequest) -> tuple[ChatGroup, list[str]]:
    group, member_ids = _parse_request(emu, request)
    if any(user_id not in group.members for user_id in member_ids):
        raise invalid_field_error("member_user_ids")
    return group, member_ids
