"""Setup and control of the emulator: keys, deliveries, messages of the OA, clock, faults, switches, reset."""

from dataclasses import asdict
from typing import Any

from emulator import demo, events
from emulator.core import Emulator
from emulator.errors import RequestRejected
from emulator.http import HttpRequest
from emulator.sender import OPEN_STATES
from emulator.world import ChatBubble, Delivery, Json, TokenGrant

MAX_WAIT_SECONDS = 60.0


def handle_setup(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET, or POST of `{"webhook_url"?, "app_id"?, "app_secret"?, "oa_id"?, "oa_secret_key"?, "name"?, …}`.

    Returns all settings of an installation, with a valid token pair.
    """
    if request.method == "POST":
        _change_account(emu, request.parse_json())
    grant = get_live_grant(emu)
    account, subscription = emu.world.account, emu.world.subscription
    return {
        "app_id": account.app_id,
        "app_secret": account.app_secret,
        "oa_id": account.oa_id,
        "oa_secret_key": account.oa_secret_key,
        "oa_name": account.name,
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "expires_in": str((grant.access_until_ms - emu.now()) // 1000),
        "oauth_url": emu.url("/oauth"),
        "openapi_url": emu.url("/openapi"),
        "permission_url": emu.url(f"/oauth/v4/oa/permission?app_id={account.app_id}"),
        "webhook_url": subscription.url,
        "webhook_enabled": subscription.enabled,
        "oa_admins": [citizen.user_id for citizen in emu.world.citizens.values() if citizen.oa_admin],
        "now": emu.now(),
    }


def _change_account(emu: Emulator, values: Json) -> None:
    if "webhook_url" in values:
        emu.world.subscription.url = str(values["webhook_url"])
        emu.world.subscription.enabled, emu.world.subscription.reason = True, ""
    for name in ("app_id", "app_secret", "oa_id", "oa_secret_key", "name", "callback_url", "package"):
        if name in values:
            setattr(emu.world.account, name, str(values[name]))
    for name in ("sub_quota", "sub_quota_used", "package_until_ms"):
        if name in values:
            setattr(emu.world.account, name, int(values[name]))
    emu.changed()


def get_live_grant(emu: Emulator) -> TokenGrant:
    """Return the newest fully valid token pair; a new one where there is none."""
    now = emu.now()
    for grant in reversed(emu.world.grants):
        if not grant.dead and not grant.refresh_used and grant.access_until_ms > now:
            return grant
    grant = demo.issue_grant(emu.world, now)
    emu.store.mark_dirty()
    return grant


def handle_tokens(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/tokens `{"do": "expire_access"|"expire_refresh"|"revoke"|"issue"}` on every live pair."""
    action = request.parse_json().get("do")
    live_grants = [grant for grant in emu.world.grants if not grant.dead]
    if action == "issue":
        demo.issue_grant(emu.world, emu.now())
    elif action == "expire_access":
        for grant in live_grants:
            grant.access_until_ms = emu.now()
    elif action == "expire_refresh":
        for grant in live_grants:
            grant.refresh_until_ms = emu.now()
    elif action == "revoke":
        for grant in live_grants:
            grant.dead = "revoked"
        emu.emit_event(events.build_permission_revoked(emu.ids, ts=emu.now()), emu.ids.oa_id)
    else:
        raise RequestRejected("do is expire_access, expire_refresh, revoke or issue")
    emu.store.mark_dirty()
    return {"grants": [asdict(grant) for grant in emu.world.grants[-5:]]}


def _sent_to_json(message: ChatBubble) -> Json:
    chat_type, _, target = message.chat.partition(":")
    return {
        "seq": message.seq,
        "message_id": message.message_id,
        "user_id": target if chat_type == "u" else None,
        "group_id": target if chat_type == "g" else None,
        "type": message.type,
        "text": message.text,
        "quote_message_id": message.quote,
        "attachments": message.attachments,
        "time": message.time,
        "request": message.request,
    }


async def handle_sent(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /_control/sent?after=&citizen=&group=&limit=&wait=: messages of the OA, oldest first.

    `wait` (seconds) delays the response until there is a message above `after` (long polling).
    """
    after_seq, limit = request.number("after", 0), request.number("limit", 1000)
    chat = ""
    if citizen_query := request.query.get("citizen"):
        chat = f"u:{emu.world.find_citizen(citizen_query).user_id}"
    if group_query := request.query.get("group"):
        chat = f"g:{emu.world.find_group(group_query).group_id}"

    def list_sent_rows() -> list[Json]:
        rows = []
        for message in reversed(emu.world.messages.values()):
            if message.seq <= after_seq:
                break
            if message.src == 0 and chat in ("", message.chat):
                rows.append(message)
        return [_sent_to_json(message) for message in rows[::-1][:limit]]

    return {"sent": await emu.sent_pulse.until(list_sent_rows, parse_wait(request))}


def parse_wait(request: HttpRequest) -> float:
    try:
        return min(float(request.query.get("wait", 0)), MAX_WAIT_SECONDS)
    except ValueError as error:
        raise RequestRejected("wait is seconds") from error


def _delivery_to_json(delivery: Delivery) -> Json:
    return {
        "n": delivery.n,
        "event": delivery.event_name,
        "key": delivery.key,
        "state": delivery.state,
        "due": delivery.due_ms,
        "timestamp": delivery.timestamp,
        "mac": delivery.mac,
        "attempts": delivery.attempts,
        "faults": delivery.faults,
        "body": delivery.body,
    }


async def handle_webhooks(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /_control/webhooks?after=&state=&limit=&wait=: the delivery log, newest last.

    `wait` delays the response until no delivery is open (queued, held, retrying).
    """
    after_number, state, limit = request.number("after", 0), request.query.get("state"), request.number("limit", 200)
    if wait := parse_wait(request):
        await emu.sender.changed.until(lambda: not emu.sender.count_pending(), wait)
    rows = [
        delivery_row
        for delivery_row in emu.world.deliveries.values()
        if delivery_row.n > after_number and state in (None, delivery_row.state)
    ]
    counts: dict[str, int] = {}
    for delivery in emu.world.deliveries.values():
        counts[delivery.state] = counts.get(delivery.state, 0) + 1
    return {
        "url": emu.world.subscription.url,
        "enabled": emu.world.subscription.enabled,
        "reason": emu.world.subscription.reason,
        "pending": sum(counts.get(name, 0) for name in OPEN_STATES),
        "counts": counts,
        "deliveries": [_delivery_to_json(delivery) for delivery in rows[-limit:]],
    }


def handle_subscribe(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/webhooks `{"url"?, "enabled"?}`, done by hand on the developer page."""
    values = request.parse_json()
    subscription = emu.world.subscription
    if "url" in values:
        subscription.url = str(values["url"])
    subscription.enabled = bool(values.get("enabled", True))
    subscription.reason = "" if subscription.enabled else "switched off by hand"
    emu.changed()
    return asdict(subscription)


def handle_send_event(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/event `{"event": {…}, "key"?}`: any event, known or not; ids and time are added."""
    values = request.parse_json()
    event = values.get("event")
    if not isinstance(event, dict) or not event.get("event_name"):
        raise RequestRejected("event is an object with event_name")
    complete_event: dict[str, Any] = {
        "app_id": emu.ids.app_id,
        "oa_id": emu.ids.oa_id,
        "timestamp": str(emu.now()),
    } | event
    return {"deliveries": emu.emit_event(complete_event, str(values.get("key", "raw")))}


def handle_clock(emu: Emulator, request: HttpRequest) -> Json:
    """Return the time; POST `{"advance": seconds}` advances it."""
    if request.method == "POST":
        try:
            emu.clock.advance(float(request.parse_json().get("advance", 0)))
        except (TypeError, ValueError) as error:
            raise RequestRejected(str(error)) from error
        emu.changed()
    return {"now": emu.now(), "offset_ms": emu.clock.offset_ms}


def handle_faults(emu: Emulator, request: HttpRequest) -> Json:
    """Return the rules; POST adds one; DELETE clears all or `?id=`."""
    if request.method == "POST":
        emu.faults.add_rule(request.parse_json())
    elif request.method == "DELETE":
        emu.faults.clear_rules(request.number("id", 0) or None)
    if request.method != "GET":
        emu.changed()
    return {"faults": emu.faults.list_rules()}


def handle_switches(emu: Emulator, request: HttpRequest) -> Json:
    """Return the switches; POST changes the given ones."""
    if request.method == "POST":
        emu.world.switches.change(request.parse_json())
        emu.changed()
    return asdict(emu.world.switches)


async def handle_reset(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/reset `{"empty"?}`: restore the demo world; keys and webhook address stay."""
    await emu.reset(empty=bool(request.parse_json().get("empty")))
    return {"ok": True}
