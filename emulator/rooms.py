"""Group membership: join, request, leave, deputies. Used by the group API and by the control API."""

from emulator import group_events
from emulator.core import Emulator
from emulator.errors import Refused
from emulator.world import LAPSED_MS, Citizen, Group, Json


def announce(emu: Emulator, group: Group, event_name: str, user_ids: list[str]) -> None:
    """Emit a lifecycle event and notify the chat page."""
    names = emu.world.switches.group_names
    event = group_events.lifecycle(emu.ids, names, event_name, group.group_id, user_ids, ts=emu.now())
    emu.emit(event, group.group_id)
    emu.changed()


def max_members(emu: Emulator, group: Group) -> int:
    """Return the asset's size; the OA itself counts as one."""
    return emu.world.asset_of(group).size


def total(group: Group) -> int:
    return len(group.members) + 1


def add(emu: Emulator, group: Group, user_ids: list[str]) -> list[str]:
    """Add people to the group and emit the event; return the new members."""
    fresh = [user_id for user_id in dict.fromkeys(user_ids) if user_id not in group.members]
    for user_id in fresh:
        group.members[user_id] = emu.now()
        group.pending.pop(user_id, None)
    if fresh:
        announce(emu, group, "user_join_group", fresh)
    return fresh


def join(emu: Emulator, group: Group, citizen: Citizen) -> str:
    """Join by the group's link: `joined`, or `pending` where an administrator has to approve."""
    if citizen.conversation_id:
        raise Refused("an anonymous visitor cannot join", 409)
    if citizen.user_id in group.members:
        return "joined"
    if not group.enable_link_join or not emu.world.group_enabled(group, emu.now()):
        raise Refused(f"{group.name} does not accept members by link", 409)
    if total(group) >= max_members(emu, group):
        raise Refused(f"{group.name} is full", 409)
    if not group.join_appr:
        add(emu, group, [citizen.user_id])
        return "joined"
    if citizen.user_id not in group.pending:
        group.pending[citizen.user_id] = emu.now()
        announce(emu, group, "user_request_join_group", [citizen.user_id])
    return "pending"


def leave(emu: Emulator, group: Group, user_ids: list[str]) -> list[str]:
    """Remove people from the group, by their own choice or by the OA."""
    gone = [user_id for user_id in dict.fromkeys(user_ids) if group.members.pop(user_id, None) is not None]
    group.admins = [user_id for user_id in group.admins if user_id not in gone]
    if gone:
        announce(emu, group, "user_out_group", gone)
    return gone


def show(emu: Emulator, group: Group) -> Json:
    """Return a group for the chat page and the control API."""
    return {
        "group_id": group.group_id,
        "name": group.name,
        "description": group.description,
        "link": group.link,
        "members": list(group.members),
        "admins": group.admins,
        "pending": list(group.pending),
        "join_appr": group.join_appr,
        "lock_send_msg": group.lock_send_msg,
        "enabled": emu.world.group_enabled(group, emu.now()),
        "max_member": max_members(emu, group),
        "asset_id": group.asset_id,
    }


def decide(emu: Emulator, group: Group, user_ids: list[str], *, accept: bool) -> None:
    """Accept or reject join requests."""
    for user_id in user_ids:
        group.pending.pop(user_id, None)
    word = "accept" if accept else "reject"
    announce(emu, group, f"{word}_request_join_group", user_ids)
    if accept:
        add(emu, group, user_ids)


def dissolve(emu: Emulator, group: Group) -> None:
    """Dissolve the group; its asset is free again."""
    group.deleted = True
    group.pending.clear()
    emu.world.asset_of(group).group_id = ""
    announce(emu, group, "delete_group", [])


def dissolve_lapsed(emu: Emulator) -> None:
    """Dissolve groups 45 days after their asset lapsed, as Zalo does."""
    for group in list(emu.world.groups.values()):
        if not group.deleted and emu.world.asset_of(group).valid_until_ms + LAPSED_MS <= emu.now():
            dissolve(emu, group)
