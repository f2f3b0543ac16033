"""Members of an OA group: invite, approve, list, deputies, remove."""

from emulator import rooms
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid
from emulator.http import Request
from emulator.openapi.gate import body, own_group, whole_number
from emulator.world import LAST_WINDOW_MS, Group, Json

MOST_ROWS = 50


def user_ids(emu: Emulator, wanted: Json) -> list[str]:
    """Return `member_user_ids` as known personal accounts without duplicates; -201 otherwise."""
    found = wanted.get("member_user_ids")
    if not isinstance(found, list) or not found:
        raise invalid("member_user_ids")
    for user_id in found:
        citizen = emu.world.citizens.get(user_id) if isinstance(user_id, str) else None
        if citizen is None or citizen.conversation_id:
            raise invalid("member_user_ids")
    return list(dict.fromkeys(found))


def eligible(emu: Emulator, people: list[str]) -> None:
    """Check the invited people.

    Only followers and people with an interaction within 7 days (-213), none blocked (-217).
    """
    for user_id in people:
        citizen = emu.world.citizens[user_id]
        recent = citizen.last_interaction_ms and emu.now() - citizen.last_interaction_ms <= LAST_WINDOW_MS
        if citizen.blocked:
            raise ZaloError(-217)
        if not (citizen.follower or recent):
            raise ZaloError(-213)


def _read(emu: Emulator, request: Request) -> tuple[Group, list[str]]:
    wanted = body(request)
    return own_group(emu, wanted.get("group_id")), user_ids(emu, wanted)


def _room_for(emu: Emulator, group: Group, people: list[str]) -> None:
    """Check the capacity. Zalo's response for a full group is unknown; -210 is our assumption."""
    fresh = [user_id for user_id in people if user_id not in group.members]
    if rooms.total(group) + len(fresh) > rooms.max_members(emu, group):
        raise ZaloError(-210)


def invite(emu: Emulator, request: Request) -> None:
    """Handle POST /v3.0/oa/group/invite: the OA leads the group, so invited people are members at once."""
    group, people = _read(emu, request)
    if not emu.world.group_enabled(group, emu.now()):
        raise ZaloError(-237)
    eligible(emu, people)
    _room_for(emu, group, people)
    rooms.add(emu, group, people)


def list_pending(emu: Emulator, request: Request) -> Json:
    """Handle GET /v3.0/oa/group/listpendinginvite: people waiting for approval."""
    group = own_group(emu, request.query.get("group_id"))
    rows = [{"name": emu.world.citizens[user_id].name, "user_id": user_id} for user_id in group.pending]
    return _page(request, rows)


def _page(request: Request, rows: list[Json]) -> Json:
    offset = whole_number(request.query.get("offset", 0), "offset", 0, 10**6)
    count = whole_number(request.query.get("count", 5), "count", 1, MOST_ROWS)
    page = rows[offset : offset + count]
    return {"offset": offset, "count": count, "total": len(rows), "member_count": len(page), "members": page}


def accept(emu: Emulator, request: Request) -> None:
    """Handle POST /v3.0/oa/group/acceptpendinginvite."""
    group, people = _pending(emu, request)
    _room_for(emu, group, people)
    rooms.decide(emu, group, people, accept=True)


def reject(emu: Emulator, request: Request) -> None:
    group, people = _pending(emu, request)
    rooms.decide(emu, group, people, accept=False)


def _pending(emu: Emulator, request: Request) -> tuple[Group, list[str]]:
    group, people = _read(emu, request)
    if any(user_id not in group.pending for user_id in people):
        raise invalid("member_user_ids")
    return group, people


def list_members(emu: Emulator, request: Request) -> Json:
    """Handle GET /v3.0/oa/group/listmember: people in order of joining, then the OA itself."""
    group = own_group(emu, request.query.get("group_id"))
    citizens = [emu.world.citizens[user_id] for user_id in group.members]
    rows: list[Json] = [{"user_id": c.user_id, "name": c.name, "avatar": emu.avatar(c)} for c in citizens]
    oa_id = emu.ids.oa_id
    rows.append({"oa_id": oa_id, "name": emu.world.account.name, "avatar": emu.url(f"/avatar/{oa_id}.svg")})
    return _page(request, rows)


def add_admins(emu: Emulator, request: Request) -> None:
    group, people = _inside(emu, request)
    fresh = [user_id for user_id in people if user_id not in group.admins]
    group.admins += fresh
    if fresh:
        rooms.announce(emu, group, "add_group_admin", fresh)


def remove_admins(emu: Emulator, request: Request) -> None:
    group, people = _inside(emu, request)
    if any(user_id not in group.admins for user_id in people):
        raise invalid("member_user_ids")
    group.admins = [user_id for user_id in group.admins if user_id not in people]
    rooms.announce(emu, group, "remove_group_admin", people)


def remove(emu: Emulator, request: Request) -> None:
    group, people = _inside(emu, request)
    rooms.leave(emu, group, people)


def _inside(emu: Emulator, request: Request) -> tuple[Group, list[str]]:
    group, people = _read(emu, request)
    if any(user_id not in group.members for user_id in people):
        raise invalid("member_user_ids")
    return group, people
