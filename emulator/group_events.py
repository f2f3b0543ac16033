"""Webhook events of the OA's own groups, as pure functions (reference: Group events)."""

from emulator.events import AccountIds
from emulator.world import Json

# The other spellings in the sources, by the value of the switch `group_names`.
ALIASES: dict[str, dict[str, str]] = {
    "default": {},
    "of": {
        "accept_request_join_group": "react_request_join_group",
        "delete_group": "disperse_group",
    },
    "is": {
        "accept_request_join_group": "react_request_join_group_accept",
        "reject_request_join_group": "react_request_join_group_reject",
        "user_out_group": "user_leave_group",
    },
}


def build_user_send_group(ids: AccountIds, kind: str, user_id: str, group_id: str, message: Json, *, ts: int) -> Json:
    """Return a member's message. The group is the recipient; it has no sender name and no top-level group_id."""
    return _build_group_message(ids, user_id, group_id, f"user_send_group_{kind}", message, ts=ts)


def build_oa_send_group(ids: AccountIds, kind: str, group_id: str, message: Json, *, ts: int) -> Json:
    return _build_group_message(ids, ids.oa_id, group_id, f"oa_send_group_{kind}", message, ts=ts)


def _build_group_message(
    ids: AccountIds, sender: str, group_id: str, event_name: str, message: Json, *, ts: int
) -> Json:
    return {
        "app_id": ids.app_id,
        "oa_id": ids.oa_id,
        "sender": {"id": sender},
        "recipient": {"id": group_id},
        "event_name": event_name,
        "message": message,
        "timestamp": str(ts),
    }


def build_lifecycle(
    ids: AccountIds, names: str, event_name: str, group_id: str, user_ids: list[str], *, ts: int
) -> Json:
    """Return a group event.

    `event_name`: create_group, delete_group, update_group_info, user_join_group, user_out_group,
    user_request_join_group, accept_/reject_request_join_group, add_/remove_group_admin. `names` selects the spelling;
    `users` is present only where people are concerned.
    """
    event: Json = {
        "app_id": ids.app_id,
        "oa_id": ids.oa_id,
        "group_id": group_id,
        "event_name": ALIASES[names].get(event_name, event_name),
    }
    if user_ids:
        event["users"] = [{"id": user_id} for user_id in user_ids]
    event["timestamp"] = str(ts)
    return event
