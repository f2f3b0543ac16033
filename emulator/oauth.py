"""OAuth v4 of an Official Account (host oauth.zaloapp.com) under /oauth.

Codes other than -14002, -14003 and -14014 are inferred: the sources list the numbers, not the cases.
"""

import html
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from emulator import demo
from emulator.core import Emulator
from emulator.http import HttpRequest, HttpResponse, to_json_response
from emulator.signing import derive_code_challenge, generate_opaque_token, is_equal_secret
from emulator.world import ACCESS_MS, CODE_MS, Code, Json, TokenGrant

OAUTH_ERRORS = {
    -14002: ("Invalid appId", "App is not active but user is not admin"),
    -14003: ("Invalid redirect uri", ""),
    -14012: ("Invalid authorization code", "Code is unknown, used or older than 10 minutes"),
    -14014: ("Invalid refresh token.", ""),
    -14020: ("Invalid secret key", ""),
    -14024: ("Invalid code verifier", ""),
}
PERMISSION_PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Cấp quyền cho ứng dụng</title><link rel="stylesheet" href="/chat.css"></head>
<body class="permit"><p class="banner">Bản mô phỏng Zalo — không phải Zalo thật</p>
<main><h1>Cấp quyền cho ứng dụng</h1>
<p>Ứng dụng <b>{app}</b> xin quyền thay mặt <b>{oa}</b>:</p>
<ul><li>Gửi tin, quản lý tin nhắn người dùng</li><li>Quản lý thông tin OA</li><li>Quản lý thông tin nhóm</li>
<li>Nhận sự kiện tin nhắn và người dùng</li></ul>
<form method="post" action="/oauth/v4/oa/permission">{fields}
<button class="main" name="allow" value="1">Cho phép</button>
<button class="quiet" name="allow" value="0">Từ chối</button></form></main></body></html>"""


def build_oauth_error(code: int) -> HttpResponse:
    name, reason = OAUTH_ERRORS[code]
    body: Json = {"error": code, "error_name": name, "error_reason": reason, "ref_doc": "", "message": ""}
    if code == -14014:
        body = {"error": code, "error_name": name, "message": "", "access_token": "", "refresh_token": ""}
    return to_json_response(body)


def handle_permission(emu: Emulator, request: HttpRequest) -> HttpResponse:
    """Handle the permission page of an OA administrator; `auto=1` presses the button, for scripts."""
    fields = request.query if request.method == "GET" else request.form()
    redirect = fields.get("redirect_uri", "")
    if fields.get("app_id") != emu.world.account.app_id:
        return build_oauth_error(-14002)
    callback = emu.world.account.callback_url
    if urlsplit(redirect).scheme not in ("http", "https") or (callback and redirect != callback):
        return build_oauth_error(-14003)
    challenge = emu.world.switches.fixed_challenge or fields.get("code_challenge", "")
    if not challenge:
        return build_oauth_error(-14024)
    if request.method == "GET" and fields.get("auto") != "1":
        return _render_permission(emu, fields)
    if request.method == "POST" and fields.get("allow") != "1":
        return HttpResponse(302, b"", "text/plain", {"location": _add_query(redirect, {"error": "-14001"})})
    callback_fields = {"code": _create_code(emu, challenge), "oa_id": emu.world.account.oa_id}
    if emu.world.switches.echo_state and "state" in fields:
        callback_fields["state"] = fields["state"]
    return HttpResponse(302, b"", "text/plain", {"location": _add_query(redirect, callback_fields)})


def _render_permission(emu: Emulator, query: dict[str, str]) -> HttpResponse:
    names = ("app_id", "redirect_uri", "code_challenge", "state")
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(query[name])}">' for name in names if name in query
    )
    app, oa = html.escape(emu.world.account.app_id), html.escape(emu.world.account.name)
    return HttpResponse(200, PERMISSION_PAGE.format(app=app, oa=oa, fields=fields).encode(), "text/html; charset=utf-8")


def _add_query(address: str, extra: dict[str, str]) -> str:
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *extra.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _create_code(emu: Emulator, challenge: str) -> str:
    code = Code(generate_opaque_token(), challenge, emu.now() + CODE_MS)
    emu.world.codes[code.code] = code
    emu.store.mark_dirty()
    return code.code


def handle_access_token(emu: Emulator, request: HttpRequest) -> HttpResponse:
    """Handle POST of both grants. The pair is saved before the response, so a crash cannot lose it."""
    account, form = emu.world.account, request.form()
    if form.get("app_id") != account.app_id or not account.active:
        return build_oauth_error(-14002)
    if not is_equal_secret(request.headers.get("secret_key", ""), account.app_secret):
        return build_oauth_error(-14020)
    if form.get("grant_type") == "authorization_code":
        return _grant_by_code(emu, form)
    if form.get("grant_type") == "refresh_token":
        if how := emu.world.switches.token_refusal:
            return _refusal(how)
        return _grant_by_refresh(emu, form.get("refresh_token", ""))
    return build_oauth_error(-14012)


def _refusal(how: str) -> HttpResponse:
    """Refuse a good refresh token in each of the ways that other clients reported."""
    empty: Json = {"access_token": "", "refresh_token": ""}
    bodies: dict[str, Json] = {
        "number": {"error": -14014, "error_name": "Invalid refresh token.", **empty},
        "other_number": {"error": -14020, "error_name": "Invalid or used refresh token"},
        "name_only": {"error_name": "Invalid refresh token.", "message": "", **empty},
        "oauth_words": {"error": "invalid_grant", "error_description": "The grant is over"},
        "http_401": {"error": "invalid_grant"},
        "unknown_words": {"error": -14999, "error_name": "Something new", "message": ""},
    }
    return to_json_response(bodies[how], 401 if how == "http_401" else 200)


def _grant_by_code(emu: Emulator, form: dict[str, str]) -> HttpResponse:
    code = emu.world.codes.get(form.get("code", ""))
    if code is None or code.used or code.expires_ms <= emu.now():
        return build_oauth_error(-14012)
    if not is_equal_secret(derive_code_challenge(form.get("code_verifier", "")), code.challenge):
        return build_oauth_error(-14024)
    code.used = True
    return _respond_with_grant(emu)


def _grant_by_refresh(emu: Emulator, token: str) -> HttpResponse:
    """Exchange a refresh token.

    Unknown, expired, revoked → -14014; consumed → empty body with HTTP 200, as in production.
    """
    grant = next((candidate for candidate in emu.world.grants if is_equal_secret(candidate.refresh_token, token)), None)
    if grant is None or grant.dead == "revoked" or grant.refresh_until_ms <= emu.now():
        return build_oauth_error(-14014)
    if grant.refresh_used:
        return HttpResponse(200, b"")
    grant.refresh_used, grant.dead = True, "replaced"
    return _respond_with_grant(emu)


def _respond_with_grant(emu: Emulator) -> HttpResponse:
    grant: TokenGrant = demo.issue_grant(emu.world, emu.now())
    emu.store.save_world(emu.world)
    return to_json_response(
        {
            "access_token": grant.access_token,
            "refresh_token": grant.refresh_token,
            "expires_in": str(ACCESS_MS // 1000),
        }
    )
