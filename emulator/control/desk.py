"""Setup and control of the emulator: keys, deliveries, messages of the OA, clock, faults, switches, reset."""

from dataclasses import asdict
from typing import Any

from emulator import demo, events
from emulator.core import Emulator
from emulator.errors import Refused
from emulator.http import Request
from emulator.sender import OPEN_STATES
from emulator.world import Delivery, Grant, Json, Message

LONGEST_WAIT = 60.0


def setup(emu: Emulator, request: Request) -> Json:
    """Handle GET, or POST of `{"webhook_url"?, "app_id"?, "app_secret"?, "oa_id"?, "oa_secret_key"?, "name"?}`.

    Returns all settings of an installation, with a valid token pair.
    """
    if request.method == "POST":
        _change_account(emu, request.json())
    grant = live_grant(emu)
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
        "oa_admins": [c.user_id for c in emu.world.citizens.values() if c.oa_admin],
        "now": emu.now(),
    }


def _change_account(emu: Emulator, wanted: Json) -> None:
    if "webhook_url" in wanted:
        emu.world.subscription.url = str(wanted["webhook_url"])
        emu.world.subscription.enabled, emu.world.subscription.reason = True, ""
    for name in ("app_id", "app_secret", "oa_id", "oa_secret_key", "name", "callback_url", "sub_quota"):
        if name in wanted:
            setattr(emu.world.account, name, int(wanted[name]) if name == "sub_quota" else str(wanted[name]))
    emu.changed()


def live_grant(emu: Emulator) -> Grant:
    """Return the newest fully valid token pair; a new one where there is none."""
    now = emu.now()
    for grant in reversed(emu.world.grants):
        if not grant.dead and not grant.refresh_used and grant.access_until_ms > now:
            return grant
    grant = demo.issue(emu.world, now)
    emu.store.touched()
    return grant


def tokens(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/tokens `{"do": "expire_access"|"expire_refresh"|"revoke"|"issue"}` on every live pair."""
    todo = request.json().get("do")
    living = [grant for grant in emu.world.grants if not grant.dead]
    if todo == "issue":
        demo.issue(emu.world, emu.now())
    elif todo == "expire_access":
        for grant in living:
            grant.access_until_ms = emu.now()
    elif todo == "expire_refresh":
        for grant in living:
            grant.refresh_until_ms = emu.now()
    elif todo == "revoke":
        for grant in living:
            grant.dead = "revoked"
        emu.emit(events.permission_revoked(emu.ids, ts=emu.now()), emu.ids.oa_id)
    else:
        raise Refused("do is expire_access, expire_refresh, revoke or issue")
    emu.store.touched()
    return {"grants": [asdict(grant) for grant in emu.world.grants[-5:]]}


def _sent_row(message: Message) -> Json:
    place, _, target = message.chat.partition(":")
    return {
        "seq": message.seq,
        "message_id": message.message_id,
        "user_id": target if place == "u" else None,
        "group_id": target if place == "g" else None,
        "type": message.type,
        "text": message.text,
        "quote_message_id": message.quote,
        "attachments": message.attachments,
        "time": message.time,
        "request": message.request,
    }


async def sent(emu: Emulator, request: Request) -> Json:
    """Handle GET /_control/sent?after=&citizen=&group=&limit=&wait=: messages of the OA, oldest first.

    `wait` (seconds) delays the response until there is a message above `after` (long polling).
    """
    after, limit = request.number("after", 0), request.number("limit", 1000)
    chat = ""
    if who := request.query.get("citizen"):
        chat = f"u:{emu.world.find_citizen(who).user_id}"
    if which := request.query.get("group"):
        chat = f"g:{emu.world.find_group(which).group_id}"

    def look() -> list[Json]:
        rows = []
        for message in reversed(emu.world.messages.values()):
            if message.seq <= after:
                break
            if message.src == 0 and chat in ("", message.chat):
                rows.append(message)
        return [_sent_row(message) for message in rows[::-1][:limit]]

    return {"sent": await emu.sent_pulse.until(look, wait_of(request))}


def wait_of(request: Request) -> float:
    try:
        return min(float(request.query.get("wait", 0)), LONGEST_WAIT)
    except ValueError as error:
        raise Refused("wait is seconds") from error


def _delivery_row(delivery: Delivery) -> Json:
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


async def webhooks(emu: Emulator, request: Request) -> Json:
    """Handle GET /_control/webhooks?after=&state=&limit=&wait=: the delivery log, newest last.

    `wait` delays the response until no delivery is open (queued, held, retrying).
    """
    after, state, limit = request.number("after", 0), request.query.get("state"), request.number("limit", 200)
    if wait := wait_of(request):
        await emu.sender.changed.until(lambda: not emu.sender.pending(), wait)
    rows = [d for d in emu.world.deliveries.values() if d.n > after and state in (None, d.state)]
    counts: dict[str, int] = {}
    for delivery in emu.world.deliveries.values():
        counts[delivery.state] = counts.get(delivery.state, 0) + 1
    return {
        "url": emu.world.subscription.url,
        "enabled": emu.world.subscription.enabled,
        "reason": emu.world.subscription.reason,
        "pending": sum(counts.get(name, 0) for name in OPEN_STATES),
        "counts": counts,
        "deliveries": [_delivery_row(delivery) for delivery in rows[-limit:]],
    }


def subscribe(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/webhooks `{"url"?, "enabled"?}`, done by hand on the developer page."""
    wanted = request.json()
    subscription = emu.world.subscription
    if "url" in wanted:
        subscription.url = str(wanted["url"])
    subscription.enabled = bool(wanted.get("enabled", True))
    subscription.reason = "" if subscription.enabled else "switched off by hand"
    emu.changed()
    return asdict(subscription)


def send_event(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/event `{"event": {…}, "key"?}`: any event, known or not; ids and time are added."""
    wanted = request.json()
    event = wanted.get("event")
    if not isinstance(event, dict) or not event.get("event_name"):
        raise Refused("event is an object with event_name")
    full: dict[str, Any] = {"app_id": emu.ids.app_id, "oa_id": emu.ids.oa_id, "timestamp": str(emu.now())} | event
    return {"deliveries": emu.emit(full, str(wanted.get("key", "raw")))}


def clock(emu: Emulator, request: Request) -> Json:
    """Return the time; POST `{"advance": seconds}` advances it."""
    if request.method == "POST":
        try:
            emu.clock.advance(float(request.json().get("advance", 0)))
        except (TypeError, ValueError) as error:
            raise Refused(str(error)) from error
        emu.changed()
    return {"now": emu.now(), "offset_ms": emu.clock.offset_ms}


def faults(emu: Emulator, request: Request) -> Json:
    """Return the rules; POST adds one; DELETE clears all or `?id=`."""
    if request.method == "POST":
        emu.faults.add(request.json())
    elif request.method == "DELETE":
        emu.faults.clear(request.number("id", 0) or None)
    if request.method != "GET":
        emu.changed()
    return {"faults": emu.faults.listing()}


def switches(emu: Emulator, request: Request) -> Json:
    """Return the switches; POST changes the given ones."""
    if request.method == "POST":
        emu.world.switches.change(request.json())
        emu.changed()
    return asdict(emu.world.switches)


async def reset(emu: Emulator, request: Request) -> Json:
    """Handle POST /_control/reset `{"empty"?}`: restore the demo world; keys and webhook address stay."""
    await emu.reset(empty=bool(request.json().get("empty")))
    return {"ok": True}
