"""Checks before every call (rate limit, token, proof), field parsers, and the response format."""

from collections.abc import Callable
from typing import Any

import orjson

from emulator import rooms
from emulator.core import Emulator
from emulator.errors import Refused, ZaloError, invalid
from emulator.http import Request, Response, json_response
from emulator.signing import appsecret_proof, same
from emulator.world import Citizen, Group, Json

Handler = Callable[[Emulator, Request], Any]


def answer(emu: Emulator, request: Request, handler: Handler) -> Response:
    """Run one call. `handler` returns the value of `data`, or None for a response without data."""
    inside, limit, remain = emu.limiter.count(emu.world.switches, emu.now())
    try:
        if not inside:
            raise ZaloError(-32)
        check_token(emu, request)
        response = success(handler(emu, request))
    except ZaloError as error:
        response = json_response({"error": error.code, "message": error.text})
    except Refused as error:
        response = json_response({"error": -201, "message": str(error)})
    if limit:
        response.headers |= {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remain": str(remain)}
    return response


def success(data: Any) -> Response:
    body: Json = {} if data is None else {"data": data}
    return json_response(body | {"error": 0, "message": "Success"})


def check_token(emu: Emulator, request: Request) -> None:
    """Check the token: missing or unknown → -216, expired, replaced or revoked → -220, bad proof → -242."""
    account = emu.world.account
    if not account.active:
        raise ZaloError(-219)
    token = request.headers.get("access_token", "")
    grant = next((g for g in emu.world.grants if same(g.access_token, token)), None)
    if grant is None:
        raise ZaloError(-216)
    if grant.dead or grant.access_until_ms <= emu.now():
        raise ZaloError(-220)
    proof = request.headers.get("appsecret_proof", "")
    if (proof or emu.world.switches.require_proof) and not same(proof, appsecret_proof(account.app_secret, token)):
        raise ZaloError(-242)


def data_query(request: Request) -> Json:
    """Return the `data=<JSON>` query parameter of user, conversation and recent-chat reads."""
    try:
        value = orjson.loads(request.query.get("data", ""))
    except orjson.JSONDecodeError as error:
        raise invalid("data") from error
    if not isinstance(value, dict):
        raise invalid("data")
    return value


def body(request: Request) -> Json:
    try:
        return request.json()
    except Refused as error:
        raise invalid("body") from error


def text_of(value: Json, name: str, *, longest: int | None = None, empty: bool = False) -> str:
    """Return a string field; -201 when it is missing or no string, -210 when it is too long."""
    found = value.get(name, "" if empty else None)
    if not isinstance(found, str) or not (found or empty):
        raise invalid(name)
    if longest is not None and len(found) > longest:
        raise ZaloError(-210)
    return found


def whole_number(value: Any, name: str, low: int, high: int) -> int:
    """Return an integer, also from text; -201 when it is none, -210 out of bounds."""
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise invalid(name) from error
    if not low <= number <= high:
        raise ZaloError(-210)
    return number


def known_citizen(emu: Emulator, user_id: Any) -> Citizen:
    citizen = emu.world.citizens.get(user_id) if isinstance(user_id, str) else None
    if citizen is None or citizen.conversation_id:
        raise invalid("user_id")
    return citizen


def own_group(emu: Emulator, group_id: Any) -> Group:
    """Return an open group of this OA; -403 otherwise."""
    if not isinstance(group_id, str) or not group_id:
        raise invalid("group_id")
    rooms.dissolve_lapsed(emu)
    group = emu.world.groups.get(group_id)
    if group is None or group.deleted:
        raise ZaloError(-403)
    return group
