"""Checks before every call (rate limit, token, proof), field parsers, and the response format."""

from collections.abc import Callable
from typing import Any

import orjson

from emulator import rooms
from emulator.core import Emulator
from emulator.errors import RequestRejected, ZaloError, invalid_field_error
from emulator.http import HttpRequest, HttpResponse, to_json_response
from emulator.signing import is_equal_secret, sign_access_token
from emulator.world import ChatGroup, Citizen, Json

Handler = Callable[[Emulator, HttpRequest], Any]


def handle_call(emu: Emulator, request: HttpRequest, handler: Handler) -> HttpResponse:
    """Run one call. `handler` returns the value of `data`, or None for a response without data."""
    is_allowed, limit, remaining = emu.limiter.count(emu.world.switches, emu.now())
    try:
        if not is_allowed:
            raise ZaloError(-32)
        check_access_token(emu, request)
        response = build_success(handler(emu, request))
    except ZaloError as error:
        response = to_json_response({"error": error.code, "message": error.text})
    except RequestRejected as error:
        response = to_json_response({"error": -201, "message": str(error)})
    if limit:
        response.headers |= {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remain": str(remaining)}
    return response


def build_success(data: Any) -> HttpResponse:
    body: Json = {} if data is None else {"data": data}
    return to_json_response(body | {"error": 0, "message": "Success"})


def check_access_token(emu: Emulator, request: HttpRequest) -> None:
    """Check the token: missing or unknown → -216, expired, replaced or revoked → -220, bad proof → -242."""
    account = emu.world.account
    if not account.active:
        raise ZaloError(-219)
    token = request.headers.get("access_token", "")
    grant = next((candidate for candidate in emu.world.grants if is_equal_secret(candidate.access_token, token)), None)
    if grant is None:
        raise ZaloError(-216)
    if grant.dead or grant.access_until_ms <= emu.now():
        raise ZaloError(-220)
    proof = request.headers.get("appsecret_proof", "")
    if (proof or emu.world.switches.require_proof) and not is_equal_secret(
        proof, sign_access_token(account.app_secret, token)
    ):
        raise ZaloError(-242)


def parse_data_query(request: HttpRequest) -> Json:
    """Return the `data=<JSON>` query parameter of user, conversation and recent-chat reads."""
    try:
        value = orjson.loads(request.query.get("data", ""))
    except orjson.JSONDecodeError as error:
        raise invalid_field_error("data") from error
    if not isinstance(value, dict):
        raise invalid_field_error("data")
    return value


def parse_body(request: HttpRequest) -> Json:
    try:
        return request.parse_json()
    except RequestRejected as error:
        raise invalid_field_error("body") from error


def get_text(value: Json, name: str, *, max_length: int | None = None, allow_empty: bool = False) -> str:
    """Return a string field; -201 when it is missing or no string, -210 when it is too long."""
    value_found = value.get(name, "" if allow_empty else None)
    if not isinstance(value_found, str) or not (value_found or allow_empty):
        raise invalid_field_error(name)
    if max_length is not None and len(value_found) > max_length:
        raise ZaloError(-210)
    return value_found


def parse_whole_number(value: Any, name: str, low: int, high: int) -> int:
    """Return an integer, also from text; -201 when it is none, -210 out of bounds."""
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise invalid_field_error(name) from error
    if not low <= number <= high:
        raise ZaloError(-210)
    return number


def get_citizen(emu: Emulator, user_id: Any) -> Citizen:
    citizen = emu.world.citizens.get(user_id) if isinstance(user_id, str) else None
    if citizen is None or citizen.conversation_id:
        raise invalid_field_error("user_id")
    return citizen


def get_open_group(emu: Emulator, group_id: Any) -> ChatGroup:
    """Return an open group of this OA; -403 otherwise."""
    if not isinstance(group_id, str) or not group_id:
        raise invalid_field_error("group_id")
    rooms.dissolve_lapsed_groups(emu)
    group = emu.world.groups.get(group_id)
    if group is None or group.deleted:
        raise ZaloError(-403)
    return group
