"""Messages to one person: consultation messages and their windows, quota, and the remaining v2 and older kinds."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from emulator import events
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid_field_error
from emulator.http import HttpRequest
from emulator.openapi import content
from emulator.openapi.gate import get_citizen, get_text, parse_body
from emulator.talk import BubbleContent, send_as_oa
from emulator.world import FREE_WINDOW_MS, LAST_WINDOW_MS, Citizen, Json

HANOI = timezone(timedelta(hours=7))
REACTIONS = (":>--b", "-:((", "/-strong", "/-heart", "-h:o", ":>", "--b", ":-((", ":-h", ":o", "/-remove")
MAX_REACTIONS = 50


def handle_send_cs(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /v3.0/oa/message/cs."""
    params = parse_body(request)
    recipient, message = params.get("recipient"), params.get("message")
    if not isinstance(recipient, dict):
        raise invalid_field_error("recipient")
    if not isinstance(message, dict):
        raise invalid_field_error("message")
    citizen = get_citizen(emu, recipient.get("user_id"))
    quota_type = check_window(citizen, emu.now())
    parsed_content = content.parse_content(emu, message)
    quota = charge_quota(emu, quota_type)
    sent = send_as_oa(emu, citizen, parsed_content, params)
    return {
        "message_id": sent.message_id,
        "user_id": citizen.user_id,
        "sent_time": str(sent.time),
        "quota": quota,
    }


def check_window(citizen: Citizen, now_ms: int) -> str:
    """Return `reply` within 48 h of the last interaction, `sub_quota` within 7 days.

    Otherwise -227, -230, -232 (never interacted), -244.
    """
    if citizen.banned:
        raise ZaloError(-227)
    if citizen.blocked:
        raise ZaloError(-244)
    if not citizen.last_interaction_ms:
        raise ZaloError(-232)
    age = now_ms - citizen.last_interaction_ms
    if age > LAST_WINDOW_MS:
        raise ZaloError(-230)
    return "reply" if age <= FREE_WINDOW_MS else "sub_quota"


def charge_quota(emu: Emulator, quota_type: str) -> Json:
    """Count a message of the 48 h – 7 d window against the package; -211 when it is used up."""
    account = emu.world.account
    quota: Json = {"quota_type": quota_type}
    remaining, total = 8, 8
    if quota_type == "sub_quota":
        if account.sub_quota_used >= account.sub_quota:
            raise ZaloError(-211)
        account.sub_quota_used += 1
        remaining, total = account.sub_quota - account.sub_quota_used, account.sub_quota
        quota["expired_date"] = format_month_end(emu.now())
    if emu.world.switches.quota_numbers:
        quota |= {"remain": str(remaining), "total": str(total)}
    return quota


def format_vietnam_day(ms: int) -> str:
    """Return the Vietnamese day as dd/mm/yyyy."""
    return datetime.fromtimestamp(ms / 1000, HANOI).strftime("%d/%m/%Y")


def format_month_end(now_ms: int) -> str:
    today = datetime.fromtimestamp(now_ms / 1000, HANOI)
    following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (following - timedelta(days=1)).strftime("%d/%m/%Y")


def handle_message_quota(emu: Emulator, request: HttpRequest) -> Any:
    """Handle POST /v3.0/oa/quota/message: of one user, or of the whole OA with `quota_owner`."""
    params = parse_body(request)
    if params.get("quota_owner") == "OA":
        return _list_oa_quota(emu, params)
    citizen = get_citizen(emu, params.get("user_id"))
    age = emu.now() - citizen.last_interaction_ms
    is_in_window = bool(citizen.last_interaction_ms) and age <= FREE_WINDOW_MS
    return {
        "last_interaction": str(citizen.last_interaction_ms),
        "cs_reply": {"remain": 8 if is_in_window else 0, "total": 8},
        "promotion": {"daily_remain": 0, "daily_total": 0, "monthly_remain": 0, "monthly_total": 0},
    }


def _list_oa_quota(emu: Emulator, params: Json) -> list[Json]:
    if params.get("product_type", "cs") != "cs":
        raise invalid_field_error("product_type")
    account = emu.world.account
    row = {
        "asset_id": account.oa_id[-8:].rjust(20, "a"),
        "product_type": "cs",
        "quota_type": "sub_quota",
        "valid_through": format_month_end(emu.now()),
        "total": account.sub_quota,
        "remain": account.sub_quota - account.sub_quota_used,
    }
    return [row]


def handle_send_template(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /v3.0/oa/message/template: proactive, without the 7-day window; the template is not rendered."""
    params = parse_body(request)
    citizen = get_citizen(emu, params.get("user_id"))
    template_id = get_text(params, "template_id")
    if not isinstance(params.get("template_data"), dict):
        raise invalid_field_error("template_data")
    if citizen.banned or citizen.blocked:
        raise ZaloError(-227 if citizen.banned else -244)
    card = {"type": "template", "payload": {"template_id": template_id, "template_data": params["template_data"]}}
    sent = send_as_oa(emu, citizen, BubbleContent("template", "", "", [card]), params)
    return {
        "message_id": sent.message_id,
        "user_id": citizen.user_id,
        "sent_time": str(sent.time),
        "quota": {"quota_type": "purchase_quota", "remain": "100000"},
    }


def handle_send_old(emu: Emulator, request: HttpRequest) -> Json:
    """Handle transaction and promotion: shut down on 2026-03-01 (-233) unless the switch `old_sends` is on."""
    if not emu.world.switches.old_sends:
        raise ZaloError(-233)
    params = parse_body(request)
    recipient = params.get("recipient")
    citizen = get_citizen(emu, recipient.get("user_id") if isinstance(recipient, dict) else None)
    hour = datetime.fromtimestamp(emu.now() / 1000, UTC).astimezone(HANOI).hour
    if request.path.endswith("promotion") and (hour >= 22 or hour < 6):
        raise ZaloError(-234)
    attachment = params.get("message", {}).get("attachment")
    if not isinstance(attachment, dict):
        raise invalid_field_error("attachment")
    sent = send_as_oa(emu, citizen, BubbleContent("template", "", "", [attachment]), params)
    return {"message_id": sent.message_id, "user_id": citizen.user_id, "sent_time": str(sent.time)}


def handle_send_v2(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /v2.0/oa/message: reactions and anonymous visitors still work, consultation returns -240."""
    params = parse_body(request)
    recipient = params.get("recipient")
    if not isinstance(recipient, dict):
        raise invalid_field_error("recipient")
    if isinstance(action := params.get("sender_action"), dict):
        return _apply_reaction(emu, recipient, action)
    if "anonymous_id" in recipient:
        return _send_to_visitor(emu, recipient, params)
    raise ZaloError(-209 if "target" in recipient else -240)


def _apply_reaction(emu: Emulator, recipient: Json, action: Json) -> Json:
    citizen = get_citizen(emu, recipient.get("user_id"))
    icon = get_text(action, "react_icon")
    message = emu.world.messages.get(get_text(action, "react_message_id"))
    if message is None or message.chat != f"u:{citizen.user_id}":
        raise invalid_field_error("react_message_id")
    if icon not in REACTIONS:
        raise invalid_field_error("react_icon")
    if icon == "/-remove":
        message.reactions.pop(emu.ids.oa_id, None)
    elif len(message.reactions) >= MAX_REACTIONS:
        raise ZaloError(-210)
    else:
        message.reactions[emu.ids.oa_id] = icon
    event = events.build_oa_reacted(emu.ids, citizen.user_id, message.message_id, icon, ts=emu.now())
    emu.emit_event(event, citizen.user_id)
    emu.changed()
    return {"message_id": message.message_id, "user_id": citizen.user_id}


def _send_to_visitor(emu: Emulator, recipient: Json, params: Json) -> Json:
    visitor = emu.world.citizens.get(str(recipient["anonymous_id"]))
    if visitor is None or not visitor.conversation_id:
        raise invalid_field_error("anonymous_id")
    if recipient.get("conversation_id") != visitor.conversation_id:
        raise invalid_field_error("conversation_id")
    message = params.get("message")
    if not isinstance(message, dict):
        raise invalid_field_error("message")
    sent = send_as_oa(emu, visitor, content.parse_content(emu, message), params)
    return {
        "message_id": sent.message_id,
        "anonymous_id": visitor.user_id,
        "conversation_id": visitor.conversation_id,
    }
