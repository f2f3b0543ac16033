"""Headers and error pages of every address of the program, including unknown ones; of the pages, of the custody
process, and of every step of «Báo tin kín».

Requirements 25 and 26 of docs/test-evidence.md.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver, path

from binhyen.gateway import Gateway
from binhyen.kit import security_headers
from binhyen.kit.security_headers import CSP, HEADERS, NO_PERMISSIONS
from binhyen.tips import views as tips
from binhyen.ui import errors, middleware
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from tests.security.custody import CustodyScene
from tests.security.routes import list_paths, list_routes
from tests.security.steps import ADDRESS, build_tip_forms, list_invalid_forms

pytestmark = pytest.mark.usefixtures("menu_numbers_counted_once")
EXACT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
WORKERS = ("ngoai-tuyen.js", "/chuong/ung-dung.js")
LOCATED = {"GET /bao-tin", "HEAD /bao-tin", "POST /bao-tin"}
Headers = dict[str, str]


def check_headers(where: str, headers_found: Headers, *, signed_in: bool = False, static: bool = False) -> None:
    """Raise AssertionError with the address."""
    got = {name.lower(): value for name, value in headers_found.items()}
    for name, value in EXACT.items():
        if name == "Cache-Control" and (
            static or any(name in where for name in WORKERS)
        ):  # public code, asked for again each time
            continue
        assert value in got.get(name.lower(), "").replace(" ", "").split(","), (
            f"{where}: {name}: {got.get(name.lower())}"
        )
    policy = got.get("content-security-policy", "")
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "*" not in policy, where
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy, where
    allowed = {"no-referrer", "same-origin"} if signed_in else {"no-referrer"}
    assert got.get("referrer-policy") in allowed, f"{where}: {got.get('referrer-policy')}"
    permissions = got.get("permissions-policy", "").split(", ")
    given = [p for p in permissions if not p.endswith("=()")]
    assert given == (["geolocation=(self)"] if where in LOCATED else []), f"{where}: {given}"
    assert len(permissions) == len(NO_PERMISSIONS.split(", ")), where


def request_pages(
    client: Client, everywhere: Iterable[str] = (), before: Callable[[], None] = lambda: None, **more: Any
) -> set[tuple[int, str]]:
    """Request every address and method; return the answers as status and type. `before`: called before each request."""
    answers = set()
    for where in everywhere or list_paths():
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
            before()
            answer = client.generic(method, where)
            assert answer.status_code < 500, f"{method} {where}"
            check_headers(f"{method} {where}", dict(answer.headers), **more)
            answers.add((answer.status_code, answer.headers.get("Content-Type", "").partition(";")[0]))
    return answers


@pytest.mark.django_db
def test_every_page_has_every_header_for_the_signed_out() -> None:
    request_pages(Client())


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["CHIEF", "OPERATOR"])
def test_every_page_has_every_header_for_officers(officer: Callable[..., Any], role: str) -> None:
    client = Client()
    client.force_login(officer(role, "42" if role == "OPERATOR" else "18568"))
    request_pages(client, signed_in=True)


@pytest.mark.django_db
def test_every_answer_where_people_open_their_keys_has_every_header(room: CustodyScene) -> None:
    everywhere = room.list_addresses()
    request_pages(CustodyClient(), everywhere)
    answers = set()
    for person in (room.duty, room.keeper):
        client = room.open_session(person)
        answers |= request_pages(
            client, everywhere, lambda person=person, client=client: room.refresh(client, person), signed_in=True
        )
    pages, files = {(n, "text/html") for n in (200, 303, 404, 409, 422)}, {"image/jpeg", "application/octet-stream"}
    assert pages | {(200, kind) for kind in files} <= answers, "existing objects were requested"


@pytest.mark.django_db
def test_every_step_of_a_tip_has_every_header(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path
    answers = set()
    for step, form in build_tip_forms().items():
        for how, sent in list_invalid_forms(form).items():
            answer = Client().post(ADDRESS, sent)
            check_headers(f"POST {ADDRESS} {step}, {how}", dict(answer.headers))
            assert not answer.cookies and answer.status_code < 500, f"{step}, {how}"
            answers.add(answer.status_code)
    assert answers >= {200, 403, 404, 422}


@pytest.mark.django_db
def test_control_a_step_that_allows_more_is_found(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tips, "_WITH_PICTURE", CSP.replace("img-src 'self'", "img-src *"))
    with pytest.raises(AssertionError, match="its picture"):
        test_every_step_of_a_tip_has_every_header(settings, tmp_path)


def drop_header(patch: pytest.MonkeyPatch, name: str) -> None:
    patch.setattr(middleware, "_HEADER_ITEMS", tuple(pair for pair in HEADERS.items() if pair[0] != name))
    # Django's own middleware sets some of them too: a page that answers without it has only ours.
    patch.setattr(settings, "SECURE_CONTENT_TYPE_NOSNIFF", False)
    patch.setattr(settings, "SECURE_REFERRER_POLICY", None)
    patch.setattr(settings, "SECURE_CROSS_ORIGIN_OPENER_POLICY", None)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(HEADERS))
def test_control_a_missing_header_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    drop_header(monkeypatch, name)
    with pytest.raises(AssertionError):
        request_pages(Client())


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(HEADERS))
def test_control_one_that_custody_lacks_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    drop_header(monkeypatch, name)
    with SCREENS, pytest.raises(AssertionError):
        request_pages(CustodyClient())


def test_no_page_has_script_or_style_of_its_own() -> None:
    """The policy forbids inline script and style; a page that needed them would be broken, so none has any."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    root = Path(settings.BASE_DIR) / "binhyen"
    offending_templates = {str(p) for p in root.rglob("templates/**/*.html") if inline.search(p.read_text())}
    assert offending_templates == set()
    assert inline.search("<p onclick='x()'>") and inline.search("<script>x</script>"), "control"


# Errors: our own texts, no internals.

SECRET = "canary-7c1f"


def raise_not_found(request: HttpRequest) -> Any:
    raise Http404(SECRET)


def raise_forbidden(request: HttpRequest) -> Any:
    raise PermissionDenied(SECRET)


def raise_bad_request(request: HttpRequest) -> Any:
    raise SuspiciousOperation(SECRET)


def raise_server_error(request: HttpRequest) -> Any:
    hidden = SECRET  # a local, which a debug page would show
    raise RuntimeError(hidden)


handler400, handler403, handler404, handler500 = (
    errors.handle_bad_request,
    errors.handle_forbidden,
    errors.handle_not_found,
    errors.handle_server_error,
)
urlpatterns: list[URLPattern] = [
    path("404", raise_not_found),
    path("403", raise_forbidden),
    path("400", raise_bad_request),
    path("500", raise_server_error),
]


def build_wrong_handler(status: int) -> Any:
    client = Client(raise_request_exception=False)
    return client.get(f"/{status}", {"q": SECRET}, headers={"Cookie": f"a={SECRET}"})


def check_error(answer: Any, status: int) -> None:
    words = answer.content.decode()
    assert answer.status_code == status
    assert SECRET not in words and "Traceback" not in words and "Django" not in words and "RuntimeError" not in words
    assert '<html lang="vi">' in words and "<h1>" in words
    check_headers(f"GET /{status}", dict(answer.headers))


@pytest.mark.django_db
@pytest.mark.parametrize("status", [400, 403, 404, 500])
@override_settings(ROOT_URLCONF=__name__)
def test_error_pages_tell_nothing_of_the_error(status: int) -> None:
    check_error(build_wrong_handler(status), status)


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__, DEBUG=True)
@pytest.mark.parametrize("status", [404, 500])
def test_control_a_debug_page_is_found(status: int) -> None:
    with pytest.raises(AssertionError):
        check_error(build_wrong_handler(status), status)


@pytest.mark.parametrize("addresses", ["binhyen.urls", "binhyen.vault.urls"])
def test_error_pages_of_every_process_are_ours(addresses: str) -> None:
    handlers = {status: get_resolver(addresses).resolve_error_handler(status) for status in (400, 403, 404, 500)}
    assert handlers == {
        400: errors.handle_bad_request,
        403: errors.handle_forbidden,
        404: errors.handle_not_found,
        500: errors.handle_server_error,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "where", "status"), [("", "/giu-kin/khong-co", 404), ("OPERATOR", "/giu-kin", 403)])
def test_what_custody_refuses_repeats_nothing(officer: Callable[..., Any], role: str, where: str, status: int) -> None:
    client = CustodyClient()
    if role:
        client.force_login(officer(role, "42"))
    with SCREENS:
        answer = client.get(where, {"q": SECRET})
    words = answer.content.decode()
    assert answer.status_code == status and SECRET not in words and "<h1>" in words
    check_headers(f"GET {where}", dict(answer.headers), signed_in=bool(role))


@pytest.mark.django_db
def test_a_foreign_host_name_is_answered_with_nothing() -> None:
    answer = Client(raise_request_exception=False).get("/bao-tin", headers={"Host": "evil.example"})
    assert answer.status_code == 400 and "evil" not in answer.content.decode()
    check_headers("GET /", dict(answer.headers))


# The gateway's own answers.


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Callable[..., tuple[int, Headers]]]:
    """Send one request to the gateway; behind it pages that answer /static/… as the page server does, or none."""
    from tests.process_harness import get_owner_dsn

    def ask_gateway(
        method: str, where: str, *, body: bytes = b"", pages: bool = False, **given: str
    ) -> tuple[int, Headers]:
        return asyncio.run(send_request(get_owner_dsn(), tmp_path / "pages.sock", method, where, body, pages, given))

    yield ask_gateway


async def send_request(
    address: str, socket: Path, method: str, where: str, body: bytes, pages: bool, given: Headers
) -> tuple[int, Headers]:
    gateway = Gateway(address, str(socket), str(socket))
    await gateway.sign_ins.pool.open()
    bare = web.Application()
    bare.router.add_get("/static/{tail:.*}", serve_plain)
    runner = web.AppRunner(bare)
    await runner.setup()
    if pages:
        await web.UnixSite(runner, str(socket)).start()
    got: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        got.append(message)

    lines = [(k.replace("_", "-").encode(), v.encode()) for k, v in given.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": where,
        "raw_path": where.encode(),
        "query_string": b"",
        "headers": lines,
        "client": ("203.0.113.9", 1),
    }
    try:
        await gateway(scope, receive, send)
    finally:
        await gateway.sign_ins.pool.close()
        await gateway.pages.close()
        await runner.cleanup()
    return got[0]["status"], {k.decode(): v.decode() for k, v in got[0]["headers"]}


async def serve_plain(_: web.Request) -> web.Response:
    return web.Response(body=b"x", content_type="text/css", headers={"Cache-Control": "max-age=86400"})


OWN = [
    ("no pages yet", 503, {"method": "GET", "where": "/bao-tin-khac"}),
    ("a form while there are no pages", 503, {"method": "POST", "where": "/x", "body": b"a", "content_length": "1"}),
    ("a webhook of an unknown channel", 404, {"method": "POST", "where": "/webhooks/abc"}),
    ("a webhook by link", 405, {"method": "GET", "where": "/webhooks/abc"}),
    ("a stream without a session", 204, {"method": "GET", "where": "/live"}),
    ("too much", 413, {"method": "POST", "where": "/x", "content_length": str(10**9)}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("what", "status", "request_"), OWN, ids=[row[0] for row in OWN])
def test_what_the_gateway_says_itself_has_every_header(
    gateway: Any, what: str, status: int, request_: dict[str, Any]
) -> None:
    got, headers_found = gateway(request_.pop("method"), request_.pop("where"), **request_)
    assert got == status
    check_headers(what, headers_found)


@pytest.mark.django_db
def test_static_files_have_them_too_and_may_be_kept(gateway: Any) -> None:
    status, headers_found = gateway("GET", "/static/ui/css/base.css", pages=True)
    assert status == 200
    check_headers("static", headers_found, static=True)
    assert headers_found["cache-control"] == "max-age=86400"


@pytest.mark.django_db
def test_control_a_gateway_that_does_not_stamp_is_found(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security_headers, "RAW_HEADERS", [])
    with pytest.raises(AssertionError):
        check_headers("static", gateway("GET", "/static/ui/css/base.css", pages=True)[1], static=True)


# Cookies and https: settings are read once, so another process reads them with https.


def test_behind_https_cookies_are_host_bound_and_the_browser_stays_on_https() -> None:
    import subprocess
    import sys

    code = (
        "from binhyen import settings as s; from binhyen.kit.security_headers import RAW_HEADERS; "
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, "
        "s.SESSION_COOKIE_HTTPONLY, getattr(s, 'SESSION_COOKIE_DOMAIN', None), getattr(s, 'SESSION_COOKIE_PATH', '/'), "
        "s.SECURE_HSTS_SECONDS, dict(RAW_HEADERS)[b'strict-transport-security'].decode())"
    )
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=read_https_settings()
    )
    assert made.stdout.split()[:8] == [
        "__Host-binhyen_session",
        "__Host-csrftoken",
        "True",
        "True",
        "True",
        "None",
        "/",
        "31536000",
    ]
    assert "max-age=31536000; includeSubDomains" in made.stdout


def read_https_settings() -> dict[str, str]:
    import os

    return {**os.environ, "BINHYEN_URL": "https://binhyen.example", "BINHYEN_HOSTS": "binhyen.example"}


def test_custody_serves_the_addresses_that_tests_go_through_and_no_other() -> None:
    import os
    import subprocess
    import sys

    code = "from binhyen import settings as s; print(s.ROOT_URLCONF, s.UI_SHELL)"
    made = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "BINHYEN_KEYS": "custody"},
    )
    assert made.stdout.split() == [SCREENS.options["ROOT_URLCONF"], SCREENS.options["UI_SHELL"]]
    with SCREENS:
        assert {route.partition("/")[0] for route, _ in list_routes()} == {"giu-kin"}, (
            "the gateway forwards these to it"
        )


def test_the_policy_names_no_other_host() -> None:
    assert not re.search(r"https?:|\*|unsafe|data:", CSP)
