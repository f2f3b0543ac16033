"""A8: no foreign page makes a browser change anything here, whatever the address and the method.

The list of addresses is the resolver's: of the pages, and of the custody process. Requirement 25.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from binhyen.cases.models import Report
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.cases.views import actions
from binhyen.cases.views.action_handlers import parse_action_form
from binhyen.cases.views.actions import ACTIONS
from binhyen.channels.models import Channel, Group, Outgoing
from binhyen.intake.tests.web import FIGHT, parse_form_key, parse_status_token, submit_report
from binhyen.intake.views import status
from binhyen.kit import clock
from binhyen.people.models import SignIn
from binhyen.people.view_auth import redirect_after_post
from binhyen.tips import views
from binhyen.tips.receipt_sessions import create_ticket
from binhyen.ui.middleware import OwnFormCsrf
from binhyen.vault.key_session import key_sessions
from tests.security.custody import CustodyScene
from tests.security.routes import get_path, list_routes
from tests.security.state import compute_checksums, list_changed_tables
from tests.security.steps import build_tip_forms

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("menu_numbers_counted_once")]
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
TOO_OLD = "Trang đã mở quá lâu"  # our page for an invalid CSRF token
EVIL = "https://evil.example"
# The attack's form fields, and the browser's headers about the origin. Own secret: «{own}».
ATTACKS: dict[str, tuple[str, dict[str, str]]] = {
    "no token": ("", {}),
    "an invented token": ("x" * 64, {}),
    "a token of another browser": ("another", {}),
    "a foreign origin": ("own", {"Origin": EVIL}),
    "a foreign origin and no token": ("", {"Origin": EVIL}),
    "our name as part of a foreign one": ("own", {"Origin": "http://testserver.evil.example"}),
    "another scheme": ("own", {"Origin": "https://testserver"}),
    "another port": ("own", {"Origin": "http://testserver:8080"}),
    "an origin withheld": ("own", {"Origin": "null"}),
    "an origin withheld, from another site": ("own", {"Origin": "null", "Sec-Fetch-Site": "cross-site"}),
    "an origin withheld, from a neighbour": ("own", {"Origin": "null", "Sec-Fetch-Site": "same-site"}),
    "an origin withheld, typed": ("own", {"Origin": "null", "Sec-Fetch-Site": "none"}),
}
# Anonymous pages: no cookie, no session, and a returning reporter enters the receipt in the form itself. A foreign page
# could only make a browser send requests that any visitor may send anyway.
ANONYMOUS_ROUTES = {"/bao-kin", "/chuong/nhan", "/chuong/doi", "/nhan-tin/thu/khong-co/thoi"}
# Shows the content that a phone's share menu sent, in a form of ours with its own token, and stores nothing.
SHOWING_ROUTES = {"/dang-tay/chia-se"}
EVERY_METHOD = {"no token", "a foreign origin"}  # the check reads the method once: for these two, all methods
# An address that stands for many actions: each of them, because «not found» would perform no action.
ACTIONS_BY_ROUTE = {
    "vu-viec/<str:code>/<slug:action>": tuple(ACTIONS),
    "can-bo/<uuid:officer>/<slug:action>": ("khoa", "mo-khoa", "chuyen", "cap-ma", "dat-lai", "xac-nhan"),
}
# With this data an action that followed a link would find all it needs.
ACTION_FIELDS = "text=a+b+c&version=1&category=theft&state=WORKING&place=ch%E1%BB%A3&reason=abc&grade=USEFUL&helped=yes"


@pytest.fixture
def scene(officer: Callable[..., Any], unit: Callable[[str], Any]) -> tuple[Client, dict[str, str]]:
    """Create a signed-in chief, and a real object behind each kind of address."""
    here, now = unit("18568"), clock.now()
    case, message = open_case(here), create_message(here)
    channel = Channel.objects.get(kind="web")
    group = Group.objects.create(
        channel=channel,
        area_id=here.area_id,
        unit=here,
        level=Group.Level.COMMUNE,
        name="Nhóm",
        state=Group.State.OPEN,
        external_id="g1",
        opened_at=now,
    )
    dead = Outgoing.objects.create(
        key="k",
        channel=channel,
        conversation_id=case.reports.get().conversation_id,
        unit=here,
        case=case,
        purpose="ANSWER",
        text="Chào",
        state=Outgoing.State.DEAD,
        created_at=now,
        due_at=now,
    )
    secret = parse_status_token(submit_report(Client(), FIGHT))
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer("CHIEF", "18568"))
    client.get("/bao-tin")
    address_parts = {"<str:link>": secret, "<str:code>": case.code, "<code>": case.code}
    address_parts["<uuid:officer>"] = str(officer("OFFICER", "18568").public_id)
    address_parts |= {"<uuid:group>": str(group.public_id), "<uuid:message>": str(message.public_id)}
    address_parts |= {"<uuid:outgoing>": str(dead.public_id)}
    return client, address_parts


def list_addresses(address_parts: dict[str, str]) -> Iterator[str]:
    for route, _ in list_routes():
        here = (
            {**address_parts, "<uuid:message>": address_parts["<uuid:outgoing>"]}
            if route.startswith("hop-thu-di")
            else address_parts
        )
        for deed in ACTIONS_BY_ROUTE.get(route, ("",)):
            yield get_path(route, {**here, "<slug:action>": deed} if deed else here)


Place = tuple[Client, Sequence[str]]  # a signed-in client, and every address for it


@pytest.fixture
def pages(scene: Any) -> Place:
    client, address_parts = scene
    return client, list(list_addresses(address_parts))


@pytest.fixture
def custody(room: CustodyScene) -> Place:
    """Create a handler with an open key, with a tip, a post, a complaint and a request of their own."""
    client = room.open_session(room.duty, enforce_csrf_checks=True)
    client.get("/giu-kin")
    return client, room.list_addresses()


def get_own_token(client: Client) -> str:
    return client.cookies[settings.CSRF_COOKIE_NAME].value


def send_request(client: Client, method: str, where: str, token: str, browser_headers: dict[str, str]) -> Any:
    value = {"own": get_own_token(client), "another": secrets.token_hex(16), "": ""}.get(token, token)
    body = f"csrfmiddlewaretoken={value}&text=gi+do" if value else "text=gi+do"
    headers = {**browser_headers, **({"X-CSRFToken": value} if value else {})}
    return client.generic(method, where, body, content_type="application/x-www-form-urlencoded", headers=headers)


def list_opened_keys() -> set[str]:
    """Return sessions whose key is open: state of the custody process that is in no table."""
    return set(key_sessions._kept)


def postpone_idle_locks() -> None:
    """Let no sign-in lapse within a day: each request of a busy minute would otherwise write a later time."""
    SignIn.objects.update(idle_at=clock.now() + dt.timedelta(days=1))


def try_attacks(client: Client, everywhere: Sequence[str], *attacks: str) -> None:
    """Try each attack on every address and method; raise AssertionError if a request is accepted or changes a row."""
    postpone_idle_locks()
    before, keys_before = compute_checksums(), list_opened_keys()
    for what, where in product(attacks, everywhere):
        token, browser_headers = ATTACKS[what]
        for method in UNSAFE if what in EVERY_METHOD else UNSAFE[:1]:
            answer = send_request(client, method, where, token, browser_headers)
            refused = answer.status_code == 403 and TOO_OLD in answer.content.decode()
            without_token = ANONYMOUS_ROUTES | SHOWING_ROUTES
            refused = refused or (where in without_token and answer.status_code in {200, 403, 404, 405, 422})
            if where.startswith("/api/"):  # a session grants no access there
                refused = refused or answer.status_code in {401, 404, 405}
            assert refused, f"{what}: {method} {where}: {answer.status_code}"
    assert list_changed_tables(before, compute_checksums()) == []
    assert list_opened_keys() == keys_before


def test_no_foreign_form_does_anything(pages: Place) -> None:
    try_attacks(*pages, *ATTACKS)


@pytest.mark.parametrize(
    ("check", "attacks"),
    [
        ("_check_token", ("no token", "an invented token", "a token of another browser")),
        ("_origin_verified", tuple(w for w, (token, _) in ATTACKS.items() if token == "own")),
    ],
)
def test_control_without_the_check_forms_get_through(
    pages: Place, monkeypatch: pytest.MonkeyPatch, check: str, attacks: tuple[str, ...]
) -> None:
    """Without the check of the token, or of the origin, each of the attacks that it refuses."""
    monkeypatch.setattr(OwnFormCsrf, check, lambda *_: True if check == "_origin_verified" else None)
    for what in attacks:
        with pytest.raises(AssertionError):
            try_attacks(*pages, what)


def test_nor_where_people_open_their_keys(custody: Place) -> None:
    try_attacks(*custody, *ATTACKS)


def test_control_there_they_get_through_too(custody: Place) -> None:
    """Without the check, without the origin check, and with one view that accepts foreign forms."""
    from binhyen.vault.views import my_key

    defects: tuple[tuple[Any, str, Any, str], ...] = (
        (my_key.lock_key, "csrf_exempt", True, "no token"),
        (OwnFormCsrf, "_check_token", lambda *_: None, "an invented token"),
        (OwnFormCsrf, "_origin_verified", lambda *_: True, "a foreign origin"),
    )
    for where, name, value, what in defects:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(AssertionError, match="/giu-kin"):
            patch.setattr(where, name, value, raising=False)
            try_attacks(*custody, what)


def follow_links(client: Client, everywhere: Sequence[str]) -> None:
    """Send GET and HEAD to everything; raise AssertionError if a row changed other than the log of views."""
    book = frozenset({"audit_auditentry", "audit_waiting"})  # the entries, and those not yet in the chain
    postpone_idle_locks()
    before, keys_before = compute_checksums(but=book), list_opened_keys()
    for where in everywhere:
        for method in ("GET", "HEAD"):
            link_url = f"{where}?{ACTION_FIELDS}&csrfmiddlewaretoken={get_own_token(client)}"
            assert client.generic(method, link_url).status_code < 500, where
    assert list_changed_tables(before, compute_checksums(but=book)) == []
    assert list_opened_keys() == keys_before


def test_nothing_is_done_by_following_a_link(pages: Place) -> None:
    follow_links(*pages)


@pytest.mark.parametrize("deed", ["ghi-chu", "nhan-viec", ""])
def test_control_a_link_that_does_something_is_found(pages: Place, monkeypatch: pytest.MonkeyPatch, deed: str) -> None:
    """Actions on a case by following their address; the page of a status link that writes."""
    if deed:
        monkeypatch.setattr(actions, "redirect_to_retry", lambda request, page: perform_on_get(request, page, deed))
    else:
        plain = status._build_state
        monkeypatch.setattr(
            status,
            "_build_state",
            lambda *seen, **more: (Report.objects.update(was_helpful=True), plain(*seen, **more))[1],
        )
    client, everywhere = pages
    with pytest.raises(AssertionError):
        follow_links(client, [where for where in everywhere if where.startswith(("/vu-viec/", "/theo-doi/"))])


def perform_on_get(request: Any, page: str, deed: str) -> Any:
    if request.method == "GET" and request.path.endswith(deed):
        post = parse_action_form(request, page.rpartition("/")[2], now=clock.now())
        ACTIONS[deed].do(replace(post, data=request.GET.dict()))
    return redirect_after_post(page)


def test_nor_where_people_open_their_keys_by_a_link(custody: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from binhyen.vault.views import my_key

    follow_links(*custody)
    plain = my_key._render_page  # the control: a page that closes keys when it is viewed
    monkeypatch.setattr(
        my_key, "_render_page", lambda request, *more: (key_sessions.lock_all(), plain(request, *more))[1]
    )
    with pytest.raises(AssertionError):
        follow_links(custody[0], ["/giu-kin", "/giu-kin/xin", "/giu-kin/tin"])


@pytest.mark.parametrize(
    "browser_headers",
    [
        {},
        {"Origin": "http://testserver"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_our_own_forms_get_through(scene: Any, browser_headers: dict[str, str]) -> None:
    client, address_parts = scene
    for where in (
        f"/vu-viec/{address_parts['<str:code>']}/nhan-viec",
        "/bao-tin",
        "/tra-cuu",
        f"/theo-doi/{address_parts['<str:link>']}",
    ):
        answer = send_request(client, "POST", where, "own", browser_headers)
        assert TOO_OLD not in answer.content.decode(), where


@pytest.mark.parametrize(
    "browser_headers", [{"Origin": "null"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {}]
)
def test_a_citizen_tells_whatever_their_browser_says_of_itself(browser_headers: dict[str, str]) -> None:
    """Our citizens' pages suppress the referrer: browsers then send `Origin: null`, old ones nothing."""
    client = Client(enforce_csrf_checks=True)
    page = client.get("/bao-tin").content.decode()
    form = {"text": FIGHT, "key": parse_form_key(page), "csrfmiddlewaretoken": get_own_token(client)}
    assert client.post("/bao-tin", form, headers=browser_headers).status_code == 303


@pytest.mark.parametrize(
    "browser_headers",
    [
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": EVIL},
        {"Origin": "null", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_nobody_signs_a_citizen_s_browser_in_or_tells_in_their_name(browser_headers: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/bao-tin")
    for where in ("/bao-tin", "/dang-nhap", "/tra-cuu"):
        form = {"text": FIGHT, "username": "a", "password": "b", "csrfmiddlewaretoken": get_own_token(client)}
        assert client.post(where, form, headers=browser_headers).status_code == 403


OURS = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    ("browser_headers", "taken"),
    [
        (OURS, True),
        ({**OURS, "Origin": "http://testserver"}, True),
        ({**OURS, "Origin": EVIL}, False),
        ({}, False),
        ({**OURS, "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://testserver"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
    ],
)
def test_a_browser_that_keeps_no_cookie_tells_too(browser_headers: dict[str, str], taken: bool) -> None:
    """Accepted only if the browser itself declares the form as ours."""
    client = Client(enforce_csrf_checks=True)
    form = {"text": FIGHT, "key": parse_form_key(client.get("/bao-tin").content.decode())}
    client.cookies.clear()
    assert client.post("/bao-tin", form, headers=browser_headers).status_code == (303 if taken else 403)


def test_whoever_is_signed_in_has_something_to_be_held_against(scene: Any) -> None:
    client, address_parts = scene
    client.cookies.pop("csrftoken")
    for where in ("/bao-tin", f"/vu-viec/{address_parts['<str:code>']}/nhan-viec"):
        assert client.post(where, {"text": FIGHT}, headers=OURS).status_code == 403


def test_behind_https_the_way_a_form_came_must_be_ours(scene: Any) -> None:
    """Without an Origin, a secure form must have a referrer of ours."""
    client, address_parts = scene
    where = f"/vu-viec/{address_parts['<str:code>']}/nhan-viec"
    for browser_headers in ({}, {"Referer": EVIL}, {"Referer": "http://testserver/"}):
        answer = client.post(
            where, {"csrfmiddlewaretoken": get_own_token(client)}, secure=True, headers=browser_headers
        )
        assert answer.status_code == 403
    browser_headers = {"Referer": "https://testserver/ban-truc"}
    answer = client.post(where, {"csrfmiddlewaretoken": get_own_token(client)}, secure=True, headers=browser_headers)
    assert answer.status_code != 403


def test_a_session_opens_nothing_of_the_api(scene: Any) -> None:
    client, address_parts = scene
    for where in list_addresses(address_parts):
        if where.startswith("/api/v1/") and not where.endswith("openapi.json") and where != "/api/v1/":
            assert client.get(where).status_code in {401, 404, 405}, where


def test_forms_of_custody_get_through(custody: Place) -> None:
    client, everywhere = custody
    for where in everywhere:
        assert TOO_OLD not in send_request(client, "POST", where, "own", {}).content.decode(), where


FOREIGN = [
    {"Origin": EVIL},
    {"Origin": "http://testserver:8080"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("browser_headers", FOREIGN)
def test_nobody_s_page_has_a_visitor_tell_a_tip(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any, browser_headers: dict[str, str]
) -> None:
    """«Báo tin kín» has no cookie to check against. Any visitor gets a ticket by opening the page, so a foreign form
    may carry a valid one: there the browser's own header decides, at every step of the page.
    """
    settings.FILES_ROOT = tmp_path
    client, forms = Client(enforce_csrf_checks=True), build_tip_forms()
    before = compute_checksums()
    for step, form in forms.items():
        refused = client.post("/bao-kin", form, headers=browser_headers)
        assert refused.status_code == 403 and TOO_OLD in refused.content.decode() and not client.cookies, step
        made_up = client.post("/bao-kin", form | {"key": "x" * 43})
        assert made_up.status_code == 403 and TOO_OLD in made_up.content.decode(), step
    assert list_changed_tables(before, compute_checksums()) == []
    monkeypatch.setattr(views, "is_cross_site", lambda _: False)  # the control
    for step, form in forms.items():
        assert client.post("/bao-kin", form, headers=browser_headers).status_code == 200, step
    assert {"tips_tip", "vault_sealedtext"} <= set(list_changed_tables(before, compute_checksums()))


@pytest.mark.parametrize(
    "browser_headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://testserver"},
    ],
)
def test_a_tip_is_told_whatever_the_browser_says_of_itself(browser_headers: dict[str, str]) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        "/bao-kin", {"step": "send", "key": create_ticket(), "text": FIGHT}, headers=browser_headers
    )
    assert answer.status_code == 200
