"""A8: no page of others makes somebody's browser do anything here, whatever the address and the method.

The list of addresses is the resolver's. Requirement 25.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from binhyen.cases.tests.scene import open_case, told
from binhyen.channels.models import Channel, Group, Outgoing
from binhyen.intake.tests.web import FIGHT, key_of, link, tell
from binhyen.kit import clock
from binhyen.ui.middleware import OwnForms
from tests.security.routes import path_of, routes
from tests.security.state import changed, sums

pytestmark = pytest.mark.django_db
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
TOO_OLD = "Trang đã mở quá lâu"  # our page for a form that is not ours
EVIL = "https://evil.example"
# What stands in the form, and what the browser says of where it comes from. Own secret: «{own}».
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
# Knows nobody: no cookie, no session, and who comes back shows a receipt in the form itself. A foreign page could make a
# browser send what anybody may send anyway.
KNOWS_NOBODY = {"/bao-kin"}
EVERY_METHOD = {"no token", "a foreign origin"}  # the check looks at the method once: for these two, all of them


@pytest.fixture
def scene(officer: Callable[..., Any], unit: Callable[[str], Any]) -> tuple[Client, dict[str, str]]:
    """A chief signed in, and something real behind each kind of address."""
    here, now = unit("18568"), clock.now()
    case, message = open_case(here), told(here)
    channel = Channel.objects.get(kind="web")
    group = Group.objects.create(
        channel=channel, area_id=here.area_id, unit=here, level=Group.Level.COMMUNE, name="Nhóm",
        state=Group.State.OPEN, outside_id="g1", opened_at=now,
    )  # fmt: skip
    dead = Outgoing.objects.create(
        key="k", channel=channel, conversation_id=case.reports.get().conversation_id, unit=here, case=case,
        purpose="ANSWER", text="Chào", state=Outgoing.State.DEAD, created_at=now, due_at=now,
    )  # fmt: skip
    secret = link(tell(Client(), FIGHT))
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer("CHIEF", "18568"))
    client.get("/bao-tin")
    known = {"<str:link>": secret, "<str:code>": case.code, "<code>": case.code, "<slug:action>": "nhan"}
    known |= {"<uuid:group>": str(group.public_id), "<uuid:message>": str(message.public_id)}
    known |= {"<uuid:outgoing>": str(dead.public_id)}
    return client, known


def addresses(known: dict[str, str]) -> Iterator[str]:
    for route, _ in routes():
        here = {**known, "<uuid:message>": known["<uuid:outgoing>"]} if route.startswith("hop-thu-di") else known
        yield path_of(route, here)


def own_token(client: Client) -> str:
    return client.cookies[settings.CSRF_COOKIE_NAME].value


def send(client: Client, method: str, where: str, token: str, said: dict[str, str]) -> Any:
    value = {"own": own_token(client), "another": secrets.token_hex(16), "": ""}.get(token, token)
    body = f"csrfmiddlewaretoken={value}&text=gi+do" if value else "text=gi+do"
    headers = {**said, **({"X-CSRFToken": value} if value else {})}
    return client.generic(method, where, body, content_type="application/x-www-form-urlencoded", headers=headers)


def attack(client: Client, known: dict[str, str], what: str) -> None:
    """Every address and method with one attack. AssertionError where something is let through or moves."""
    token, said = ATTACKS[what]
    before = sums()
    for where in addresses(known):
        for method in UNSAFE if what in EVERY_METHOD else UNSAFE[:1]:
            answer = send(client, method, where, token, said)
            refused = answer.status_code == 403 and TOO_OLD in answer.content.decode()
            refused = refused or (where in KNOWS_NOBODY and answer.status_code in {200, 405, 422})
            if where.startswith("/api/"):  # a session opens nothing there
                refused = refused or answer.status_code in {401, 404, 405}
            assert refused, f"{what}: {method} {where}: {answer.status_code}"
    assert changed(before, sums()) == []


@pytest.mark.parametrize("what", ATTACKS)
def test_no_foreign_form_does_anything(scene: Any, what: str) -> None:
    attack(*scene, what)


@pytest.mark.parametrize("what", ["no token", "an invented token", "a token of another browser"])
def test_control_without_the_check_forms_get_through(scene: Any, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(OwnForms, "_check_token", lambda *_: None)
    with pytest.raises(AssertionError):
        attack(*scene, what)


@pytest.mark.parametrize("what", [w for w, (token, _) in ATTACKS.items() if token == "own"])
def test_control_without_the_origin_they_get_through(scene: Any, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(OwnForms, "_origin_verified", lambda *_: True)
    with pytest.raises(AssertionError):
        attack(*scene, what)


def follow(client: Client, known: dict[str, str]) -> None:
    """GET and HEAD of everything. AssertionError where something moved but the book of what was looked at."""
    book = frozenset({"audit_auditentry", "audit_waiting"})  # the entries, and which are not yet in the chain
    before = sums(but=book)
    for where in addresses(known):
        for method in ("GET", "HEAD"):
            said = f"{where}?text=a&version=1&category=theft&helped=yes&csrfmiddlewaretoken={own_token(client)}"
            assert client.generic(method, said).status_code < 500, where
    assert changed(before, sums(but=book)) == []


def test_nothing_is_done_by_following_a_link(scene: Any) -> None:
    follow(*scene)


def test_control_a_link_that_does_something_is_found(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from binhyen.cases.models import Report
    from binhyen.intake.views import status

    plain = status._state
    monkeypatch.setattr(status, "_state", lambda report: (Report.objects.update(helped=True), plain(report))[1])
    with pytest.raises(AssertionError):
        follow(*scene)


@pytest.mark.parametrize("said", [
    {}, {"Origin": "http://testserver"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
])  # fmt: skip
def test_our_own_forms_get_through(scene: Any, said: dict[str, str]) -> None:
    client, known = scene
    for where in (f"/vu-viec/{known['<str:code>']}/nhan", "/bao-tin", "/tra-cuu", f"/theo-doi/{known['<str:link>']}"):
        answer = send(client, "POST", where, "own", said)
        assert TOO_OLD not in answer.content.decode(), where


@pytest.mark.parametrize("said", [{"Origin": "null"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {}])
def test_a_citizen_tells_whatever_their_browser_says_of_itself(said: dict[str, str]) -> None:
    """Our citizens' pages tell nobody their address: browsers then send `Origin: null`, old ones nothing else."""
    client = Client(enforce_csrf_checks=True)
    page = client.get("/bao-tin").content.decode()
    fields = {"text": FIGHT, "key": key_of(page), "csrfmiddlewaretoken": own_token(client)}
    assert client.post("/bao-tin", fields, headers=said).status_code == 303


@pytest.mark.parametrize("said", [
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, {"Origin": EVIL}, {"Origin": "null", "Sec-Fetch-Site": "same-site"},
])  # fmt: skip
def test_nobody_signs_a_citizen_s_browser_in_or_tells_in_their_name(said: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/bao-tin")
    for where in ("/bao-tin", "/dang-nhap", "/tra-cuu"):
        fields = {"text": FIGHT, "username": "a", "password": "b", "csrfmiddlewaretoken": own_token(client)}
        assert client.post(where, fields, headers=said).status_code == 403


def test_behind_https_the_way_a_form_came_must_be_ours(scene: Any) -> None:
    """Without an Origin, a secure form must come from one of our pages."""
    client, known = scene
    where = f"/vu-viec/{known['<str:code>']}/nhan"
    for said in ({}, {"Referer": EVIL}, {"Referer": "http://testserver/"}):
        answer = client.post(where, {"csrfmiddlewaretoken": own_token(client)}, secure=True, headers=said)
        assert answer.status_code == 403
    said = {"Referer": "https://testserver/ban-truc"}
    answer = client.post(where, {"csrfmiddlewaretoken": own_token(client)}, secure=True, headers=said)
    assert answer.status_code != 403


def test_a_session_opens_nothing_of_the_api(scene: Any) -> None:
    client, known = scene
    for where in addresses(known):
        if where.startswith("/api/v1/") and not where.endswith("openapi.json") and where != "/api/v1/":
            assert client.get(where).status_code in {401, 404, 405}, where


FOREIGN = [
    {"Origin": EVIL}, {"Origin": "http://testserver:8080"}, {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, {"Origin": "null", "Sec-Fetch-Site": "same-site"},
]  # fmt: skip


@pytest.mark.parametrize("said", FOREIGN)
def test_nobody_s_page_has_a_visitor_tell_a_tip(monkeypatch: pytest.MonkeyPatch, said: dict[str, str]) -> None:
    """«Báo tin kín» has no cookie to check against. Anybody gets a ticket by asking for the page, so a foreign form may
    carry a true one: there the browser's own word decides.
    """
    from binhyen.tips import views
    from binhyen.tips.visits import ticket

    client = Client(enforce_csrf_checks=True)
    form = {"step": "send", "key": ticket(), "text": FIGHT}
    before = sums()
    refused = client.post("/bao-kin", form, headers=said)
    assert refused.status_code == 403 and TOO_OLD in refused.content.decode() and not client.cookies
    assert changed(before, sums()) == []
    monkeypatch.setattr(views, "foreign", lambda _: False)  # the control
    assert client.post("/bao-kin", form, headers=said).status_code == 200
    assert "tips_tip" in changed(before, sums())


@pytest.mark.parametrize("said", [
    {}, {"Origin": "null"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"},
])  # fmt: skip
def test_a_tip_is_told_whatever_the_browser_says_of_itself(said: dict[str, str]) -> None:
    from binhyen.tips.visits import ticket

    answer = Client(enforce_csrf_checks=True).post(
        "/bao-kin", {"step": "send", "key": ticket(), "text": FIGHT}, headers=said
    )
    assert answer.status_code == 200
