"""Group membership: join, request, leave, deputies. Used by the group API and by the control API."""

from emulator import group_events
from emulator.core import Emulator
from emulator.errors import RequestRejected
from emulator.world import LAPSED_MS, ChatGroup, Citizen, Json


def emit_group_event(emu: Emulator, group: ChatGroup, event_name: str, user_ids: list[str]) -> None:
    """Emit a lifecycle event and notify the chat page."""
    names = emu.world.switches.group_names
    event = group_events.build_lifecycle(emu.ids, names, event_name, group.group_id, user_ids, ts=emu.now())
    emu.emit_event(event, group.group_id)
    emu.changed()


def get_max_members(emu: Emulator, group: ChatGroup) -> int:
    """Return the asset's size; the OA itself counts as one."""
    return emu.world.get_asset(group).size


def count_with_oa(group: ChatGroup) -> int:
    return len(group.members) + 1


def add_to_group(emu: Emulator, group: ChatGroup, user_ids: list[str]) -> list[str]:
    """Add people to the group and emit the event; return the new members."""
    new_members = [user_id for user_id in dict.fromkeys(user_ids) if user_id not in group.members]
    for user_id in new_members:
        group.members[user_id] = emu.now()
        group.pending.pop(user_id, None)
    if new_members:
        emit_group_event(emu, group, "user_join_group", new_members)
    return new_members


def join_by_link(emu: Emulator, group: ChatGroup, citizen: Citizen) -> str:
    """Join by the group's link: `joined`, or `pending` where an administrator has to approve."""
    if citizen.conversation_id:
        raise RequestRejected("an anonymous visitor cannot join", 409)
    if citizen.user_id in group.members:
        return "joined"
    if not group.enable_link_join or not emu.world.is_group_enabled(group, emu.now()):
        raise RequestRejected(f"{group.name} does not accept members by link", 409)
    if count_with_oa(group) >= get_max_members(emu, group):
        raise RequestRejected(f"{group.name} is full", 409)
    if not group.join_appr:
        add_to_group(emu, group, [citizen.user_id])
        return "joined"
    if citizen.user_id not in group.pending:
        group.pending[citizen.user_id] = emu.now()
        emit_group_event(emu, group, "user_request_join_group", [citizen.user_id])
    return "pending"


def remove_from_group(emu: Emulator, group: ChatGroup, user_ids: list[str]) -> list[str]:
    """Remove people from the group, by their own choice or by the OA."""
    removed = [user_id for user_id in dict.fromkeys(user_ids) if group.members.pop(user_id, None) is not None]
    group.admins = [user_id for user_id in group.admins if user_id not in removed]
    if removed:
        emit_group_event(emu, group, "user_out_group", removed)
    return removed


def group_to_json(emu: Emulator, group: ChatGroup) -> Json:
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
        "enabled": emu.world.is_group_enabled(group, emu.now()),
        "max_member": get_max_members(emu, group),
        "asset_id": group.asset_id,
    }


def answer_requests(emu: Emulator, group: ChatGroup, user_ids: list[str], *, accept: bool) -> None:
    """Accept or reject join requests."""
    for user_id in user_ids:
        group.pending.pop(user_id, None)
    verb = "accept" if accept else "reject"
    emit_group_event(emu, group, f"{verb}_request_join_group", user_ids)
    if accept:
        add_to_group(emu, group, user_ids)


def dissolve_group(emu: Emulator, group: ChatGroup) -> None:
    """Dissolve the group; its asset is free again."""
    group.deleted = True
    group.pending.clear()
    emu.world.get_asset(group).group_id = ""
    emit_group_event(emu, group, "delete_group", [])


def dissolve_lapsed_groups(emu: Emulator) -> None:
    """Dissolve groups 45 days after their asset lapsed, as Zalo does."""
    for group in list(emu.world.groups.values()):
        if not group.deleted and emu.world.get_asset(group).valid_until_ms + LAPSED_MS <= emu.now():
            dissolve_group(emu, group)
