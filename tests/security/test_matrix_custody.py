"""A1, continued: the custody process, the operators' admin, citizens' links; each has the decision written here."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from binhyen.cases.models import Case
from binhyen.channels.models import Attachment
from binhyen.intake.tests.web import FIGHT, make_picture, parse_status_token, submit_report
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people.roles import Role
from binhyen.vault import urls as custody_urls
from binhyen.vault.key_session import key_sessions
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import create_key
from binhyen.vault.tests.test_disclosure import DisclosureScene as Opening
from tests import rls
from tests.architecture.test_urls import ADMIN_ADDRESSES, CITIZENS
from tests.security.custody import CustodyScene
from tests.security.matrix.policy import CONVERSATION_ROLES, CUSTODY, KEYS, SECOND_OBJECTS, Outcome
from tests.security.matrix.probing import METHODS, classify_answer, send_request
from tests.security.routes import get_path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("menu_numbers_counted_once")]
CUSTODIAN_ROLES = {role: "18568" if role in {Role.VILLAGE_TEAM, Role.OFFICER, Role.CHIEF} else "42" for role in Role}


# The custody process.


@pytest.fixture
def custody() -> Iterator[None]:
    with SCREENS:
        yield
    key_sessions.lock_all()


def test_every_address_of_custody_has_a_policy() -> None:
    real = {str(p.pattern) for p in custody_urls.urlpatterns}
    assert real - set(CUSTODY) == set(), "a new address: add its roles to tests/security/matrix/policy.py"
    assert set(CUSTODY) - real == set(), "these no longer exist"


def decide_custody(route: str, method: str, role: Role | None, *, is_own_request: bool) -> set[Outcome]:
    """Return the expected answers. `mine`: whether this person made the request."""
    served, kind = CUSTODY[route]
    led = method in {"GET", "HEAD"}  # redirected to the page with the button, existing or not
    if method != served and not led:
        return {Outcome.METHOD}
    if role is None:
        return {Outcome.SIGN_IN}
    if role not in KEYS:
        return {Outcome.FORBIDDEN}
    if led and served == "POST":
        return {Outcome.IN}
    sees = role is Role.CUSTODIAN or is_own_request
    if (kind == "opening" and not sees) or (kind == "approval" and role is not Role.CUSTODIAN):
        return {Outcome.MISSING}
    if kind == "talk":
        return {Outcome.MISSING}  # no conversation of this name exists
    return {Outcome.IN}


@pytest.fixture
def matter(officer: Callable[..., Any], now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> Opening:
    scene = Opening(officer, now)
    monkeypatch.setattr("binhyen.vault.views.disclosures.require_step_up", lambda **_: lambda view: view)
    return scene


def probe_custody(
    asker: CustodyClient,
    person: Any,
    role: Role | None,
    address_parts: dict[str, str],
    *,
    is_own_request: bool,
    opened: tuple[int, Any] | None,
    routes: Collection[str] = CUSTODY,
) -> list[str]:
    wrong = []
    for route in routes:
        for method in METHODS:
            if person is not None:
                asker.confirm(person)  # an approval asks each time
            if opened is not None:
                key_sessions.store_key(asker.sign_in, *opened)  # «close» closed it
            answer = send_request(
                asker, method, get_path(route, address_parts), {"passphrase": "sai", "text": "Không đủ lý do"}
            )
            outcome, expected = (
                classify_answer(answer),
                decide_custody(route, method, role, is_own_request=is_own_request),
            )
            if outcome not in expected:
                wrong.append(f"{role} {method} {route}: {outcome}, written: {expected}")
    return wrong


def unlock_keys(person: Any, now: dt.datetime) -> tuple[int, Any]:
    holder, pair = create_key(person, now)
    return holder.pk, pair


@pytest.mark.usefixtures("custody")
@pytest.mark.parametrize("role", [None, *Role])
def test_custody_lets_in_whom_it_should(
    role: Role | None, matter: Opening, officer: Callable[..., Any], now: dt.datetime
) -> None:
    """Probe every address as the requester; then the addresses of a request as another person."""
    client, person, opened = CustodyClient(), None, None
    asked = matter.ask()
    if role is not None:
        person = officer(role, CUSTODIAN_ROLES[role])
        opened = unlock_keys(person, now) if role in KEYS else None
        client.enter(person)
    address_parts = {"<uuid:public_id>": str(asked.public_id), "<slug:desk>": "tip"}
    of_requests = [route for route in CUSTODY if "<uuid:public_id>" in route]
    for is_own_request, routes in ((True, list(CUSTODY)), (False, of_requests)):
        if person is not None:
            asker = person if is_own_request else matter.asker
            type(asked).objects.filter(pk=asked.pk).update(
                requester=asker, asked_as=asker.role, asked_unit=asker.unit_id
            )
        assert (
            probe_custody(
                client, person, role, address_parts, is_own_request=is_own_request, opened=opened, routes=routes
            )
            == []
        )


@pytest.mark.usefixtures("custody")
def test_control_a_request_that_everybody_finds_is_noticed(
    matter: Opening, officer: Callable[..., Any], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from binhyen.vault.models import DisclosureRequest as Row
    from binhyen.vault.views import disclosures

    monkeypatch.setattr(disclosures, "list_visible_requests", lambda _: Row.objects.all())
    person, asked = officer("OFFICER"), matter.ask()
    opened = unlock_keys(person, now)
    client = CustodyClient().enter(person)
    address_parts = {"<uuid:public_id>": str(asked.public_id), "<slug:desk>": "tip"}
    assert probe_custody(client, person, Role.OFFICER, address_parts, is_own_request=False, opened=opened)


# Real objects behind these: a tip, a post and a complaint, each with a picture.


def list_open_conversations(room: CustodyScene, person: Any) -> set[tuple[str, str]]:
    """Return desk and address of each conversation open to this person, by the method that the address takes."""
    client, conversations = CustodyClient(), set()
    client.force_login(person)
    for address_parts in room.list_address_parts():
        for route, (method, kind) in CUSTODY.items():
            if kind != "talk":
                continue
            room.refresh(client, person)
            answer = send_request(client, method, get_path(route, address_parts), {"text": "x", "passphrase": "sai"})
            if classify_answer(answer) is not Outcome.MISSING:
                conversations.add((address_parts["<slug:desk>"], route))
    return conversations


def check_desks(room: CustodyScene, officer: Callable[..., Any]) -> None:
    everything = list_open_conversations(room, room.duty)
    reads = {desk for desk, route in everything if route.endswith("<uuid:ref>")}
    assert reads == {"tip", "nhom", "phan-anh"}, "its handlers find the existing objects"
    assert len(everything) > 15
    for role in KEYS - {Role.PROVINCE_DUTY}:
        person = officer(role, CUSTODIAN_ROLES[role])
        holder, pair = create_key(person, room.now)
        room.open_keys[person.pk] = (holder, pair)
        readable_desks = {desk for desk, roles in SECOND_OBJECTS.items() if role in roles}
        assert {desk for desk, _ in list_open_conversations(room, person)} <= readable_desks, role


@pytest.mark.usefixtures("custody")
def test_what_is_really_there_is_found_by_its_desk_only(
    officer: Callable[..., Any], unit: Callable[[str], Any], now: dt.datetime, settings: Any, tmp_path: Path
) -> None:
    settings.FILES_ROOT = tmp_path
    check_desks(CustodyScene(officer, unit, now), officer)


@pytest.mark.usefixtures("custody")
@pytest.mark.parametrize("desk", ["binhyen.tips.desk.TipDesk", "binhyen.tips.group_tip_desk.GroupTipDesk"])
def test_control_a_desk_that_shows_its_own_to_everybody_is_noticed(
    officer: Callable[..., Any],
    unit: Callable[[str], Any],
    now: dt.datetime,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    desk: str,
) -> None:
    settings.FILES_ROOT = tmp_path
    room = CustodyScene(officer, unit, now)
    path, _, name = desk.rpartition(".")
    real = getattr(import_module(path), name).talk
    monkeypatch.setattr(f"{desk}.talk", lambda self, _officer, ref, *, now: real(self, room.duty, ref, now=now))
    with pytest.raises(AssertionError):
        check_desks(room, officer)


@pytest.mark.usefixtures("custody")
def test_the_tip_desk_works_with_the_login_of_custody(officer: Callable[..., Any], now: dt.datetime) -> None:
    """List, read, answer, pass on: with the permissions of that process in the database, and no more."""
    from binhyen.tips import services
    from binhyen.tips.models import Tip
    from binhyen.tips.tests.page import TEXT
    from binhyen.tips.tests.page import submit_tip as tell_sealed

    duty = officer("PROVINCE_DUTY", "42")
    opened = unlock_keys(duty, now)
    key_rotation.rotate_group_key("TIPS", actor="t", now=now)
    with override_settings(ROOT_URLCONF="binhyen.urls"):
        assert tell_sealed(Client(enforce_csrf_checks=True)).status_code == 200
    client = CustodyClient().enter(duty)
    key_sessions.store_key(client.sign_in, *opened)
    where = f"/giu-kin/tin/tip/{Tip.objects.get().public_id}"
    assert where in client.get("/giu-kin/tin").content.decode()
    assert TEXT in client.get(where).content.decode()
    assert client.post(f"{where}/tra-loi", {"text": "Xe màu gì?"}).status_code == 303
    assert client.post(f"{where}/chuyen", {"text": "Nghi có điểm bán ma túy gần trường học"}).status_code == 303
    assert not Case.objects.filter(kind="tip").exists(), "that process opens no case: the worker does"
    with rls.acting_as("worker"), rls_scope(PROGRAM_SCOPE):
        services.open_waiting_extracts(now=now)
    assert Case.objects.filter(kind="tip", unit__level="COMMUNE").count() == 1


@pytest.mark.parametrize("role", list(Role))
def test_sealed_conversations_are_found_by_their_desk_only(
    role: Role, officer: Callable[..., Any], now: dt.datetime
) -> None:
    from binhyen.channels.models import Message
    from binhyen.tips.tests.page import submit_tip as tell_sealed
    from binhyen.vault import services
    from binhyen.vault.sealed_desks import get_desks

    person = officer(role, CUSTODIAN_ROLES[role])
    assert tell_sealed(Client(enforce_csrf_checks=True)).status_code == 200
    submit_report(Client())
    from binhyen.channels.models import Channel, Group

    home = officer("OFFICER").unit
    group = Group.objects.create(
        channel=Channel.objects.get(kind="web"), area_id=home.area_id, unit=home, level="COMMUNE", name="x"
    )
    Message.objects.update(
        group=group, lock_id=services.create_conversation_key(["TIPS"], now=now).pk, category="drugs_gambling"
    )
    desk_names = {name for name, desk in get_desks().items() if desk.talks(person, now=now).rows}
    assert desk_names == {name for name, roles in CONVERSATION_ROLES.items() if role in roles}


# The operators' admin: read by operators, changed by no role.


def list_admin_paths() -> Iterator[str]:
    for address in ADMIN_ADDRESSES:
        if address.name not in {"login", "logout"}:
            yield get_path(address.route)


@pytest.mark.parametrize("role", [None, *Role])
def test_the_admin_is_for_operators_whatever_the_method(role: Role | None, officer: Callable[..., Any]) -> None:
    client, asked = Client(), 0
    if role is not None:
        client.force_login(officer(role, CUSTODIAN_ROLES[role]))
    for where in list_admin_paths():
        for method in METHODS:
            outcome = classify_answer(send_request(client, method, where))
            expected = {Outcome.SIGN_IN} if role is None else {Outcome.FORBIDDEN}
            if role is Role.OPERATOR:
                expected = {Outcome.METHOD}
            if role is Role.OPERATOR and method in {"GET", "HEAD"}:
                shut = "/add/" in where or "/delete/" in where or "/autocomplete/" in where
                expected = {Outcome.FORBIDDEN, Outcome.MISSING, Outcome.IN} if shut else {Outcome.IN, Outcome.MISSING}
            assert outcome in expected, f"{method} {where}: {outcome}"
            asked += 1
    assert asked >= 100


# Citizens: a link opens its holder's report, and nothing else.


@pytest.mark.parametrize("method", METHODS)
def test_a_link_opens_its_own_report_only(
    method: str, settings: Any, tmp_path: Any, officer: Callable[..., Any]
) -> None:
    settings.FILES_ROOT = tmp_path
    own_link, other_link = (
        parse_status_token(submit_report(Client(), f"{FIGHT} {word}", photos=[make_picture()]))
        for word in ("zqmine", "zqtheirs")
    )
    own_file, other_file = (str(a.public_id) for a in Attachment.objects.order_by("id"))
    chief = Client()
    chief.force_login(officer("CHIEF"))
    for client in (Client(), chief):  # any visitor: the link decides
        for secret, photo, expected in (
            (own_link, own_file, True),
            (own_link, other_file, False),
            (other_link, own_file, False),
            ("A" * 43, own_file, False),
        ):
            for route in sorted(
                r for r in CITIZENS if "<str:link>" in r and not r.startswith(("nhan-do/", "loi-hua/", "thu-truong/"))
            ):
                if "photo" not in route and secret == own_link and photo == other_file:
                    continue
                answer = send_request(
                    client, method, get_path(route, {"<str:link>": secret, "<uuid:photo>": photo}), {"text": "thêm"}
                )
                outcome = classify_answer(answer)
                there = expected if "photo" in route else secret != "A" * 43
                served = (
                    method in {"GET", "HEAD"}
                    if "photo" in route or route.startswith("da-gui")
                    else method in {"GET", "HEAD", "POST"}
                )
                if route.endswith("danh-gia"):
                    served = method == "POST"
                assert outcome in ({Outcome.METHOD} if not served else {Outcome.IN} if there else {Outcome.MISSING}), (
                    f"{method} {route}: {outcome}"
                )
                assert (b"zqtheirs" in answer.content) <= (secret == other_link), route
