"""Row A11 of the attack matrix, requirements 19 and 20: no page before the second step, no access after a session's
end.

Every attack has its control: the defect that it detects, planted, for which the same check fails.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from binhyen.api import services as api
from binhyen.api.scopes import Scope, TokenRejected
from binhyen.gateway import _SIGN_IN
from binhyen.kit import clock
from binhyen.kit.ids import hash_token
from binhyen.kit.sessions import hash_key
from binhyen.people import services
from binhyen.people.auth_policy import get_session_policy
from binhyen.people.models import Officer, SignIn
from binhyen.people.roles import Role
from binhyen.people.services import accounts, factors
from binhyen.people.view_auth import redirect_after_post
from binhyen.people.views import sign_in_flow
from binhyen.people.views.sign_in_flow import finish_sign_in
from tests.architecture.test_urls import ADMIN_ADDRESSES, OFFICERS, is_redirected, send_request
from tests.signing import PASSWORD, get_unused_code, set_password

pytestmark = pytest.mark.django_db
Make = Callable[..., Officer]
NEW = "mot-cau-that-dai-va-moi"


@pytest.fixture
def person(officer: Make) -> Officer:
    return set_password(officer("OFFICER", name="Nguyễn Văn Một"))


@pytest.fixture
def chief(officer: Make) -> Officer:
    return officer("CHIEF")


@pytest.fixture
def operator(officer: Make) -> Officer:
    return officer("OPERATOR", "42")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dt.timedelta], None]]:
    """Advance the clock."""
    real, past = clock.now, [dt.timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + past[0])
    yield lambda more: past.__setitem__(0, past[0] + more)


# Sessions end (requirement 20): every action, and every access with an old cookie or token.


def sign_out(world: "World") -> None:
    world.client.post("/dang-xuat")


def end_all_sessions(world: "World") -> None:
    row = SignIn.objects.get(key_hash=hash_token(world.cookie))
    assert services.end_own_session(officer=world.person, public_id=row.public_id, now=clock.now())


def transfer_person(world: "World") -> None:
    accounts.move_account(
        manager=world.operator, officer_id=world.person.pk, unit_id=world.elsewhere, role="OFFICER", now=clock.now()
    )


def change_role(world: "World") -> None:
    services.transfer_officer(
        officer_id=world.person.pk, unit_id=world.person.unit_id, role="CHIEF", actor="test", now=clock.now()
    )


def lock_account(world: "World") -> None:
    accounts.lock_account(manager=world.chief, officer_id=world.person.pk, now=clock.now())


def lock_and_unlock(world: "World") -> None:
    """Lock and unlock the account: no earlier session comes back."""
    lock_account(world)
    Officer.objects.filter(pk=world.person.pk).update(is_active=True)


def change_password(world: "World") -> None:
    services.change_password(officer_id=world.person.pk, old=PASSWORD, new=NEW, now=clock.now())


def add_factor(world: "World") -> None:
    secret = factors.totp.new_secret()
    code = factors.totp.next_code(secret, seconds=clock.now().timestamp(), last_step=0)
    factors.add_totp(officer=world.person, secret=secret, code=code, now=clock.now())


def remove_factor(world: "World") -> None:
    spare = next(r for r in factors.list_factors(world.person) if r.type == "recovery_codes")
    factors.remove_factor(officer=world.person, factor_id=spare.data["id"], now=clock.now())


def renew_backup_codes(world: "World") -> None:
    factors.replace_recovery_codes(officer=world.person, now=clock.now())


def reset_factors(world: "World") -> None:
    accounts.reset_factors(manager=world.chief, officer_id=world.person.pk, now=clock.now())


ENDING_ACTIONS = (
    sign_out,
    end_all_sessions,
    transfer_person,
    change_role,
    lock_account,
    lock_and_unlock,
    change_password,
    add_factor,
    remove_factor,
    renew_backup_codes,
    reset_factors,
)
ONE_SESSION = (sign_out, end_all_sessions)  # tokens of other systems do not belong to a session


class World:
    """A person with an open session, a token of another system, and the people around."""

    def __init__(self, person: Officer, chief: Officer, operator: Officer, elsewhere: int) -> None:
        self.person, self.chief, self.operator, self.elsewhere = person, chief, operator, elsewhere
        self.client = Client()
        self.client.force_login(person)
        factors.replace_recovery_codes(
            officer=person, keep_session=self.client.session.session_key or "", now=clock.now()
        )
        self.cookie = self.client.cookies["binhyen_session"].value
        self.token = api.create_token(
            officer=person,
            name="t",
            scopes=frozenset({Scope.READ}),
            days=1,
            actor="test",
            now=clock.now() + dt.timedelta(microseconds=1),
        ).value
        self.old = Client()
        self.old.cookies["binhyen_session"] = self.cookie


def open_page(world: World) -> bool:
    return is_redirected(world.old.get("/bao-mat"))


def post_change(world: World) -> bool:
    return is_redirected(world.old.post("/bao-mat/ket-thuc-phien", {"id": "x"}))


def load_fragment(world: World) -> bool:
    answer = world.old.get("/bao-mat", headers={"HX-Request": "true"})
    return answer.headers.get("HX-Redirect", "").startswith("/dang-nhap")


def open_stream(world: World) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_SIGN_IN, {"key": hash_token(world.cookie), "now": clock.now()})
        return cursor.fetchone() is None


def call_with_token(world: World) -> bool:
    return world.old.get("/api/v1/cases", headers={"Authorization": f"Bearer {world.token}"}).status_code == 401


CARRIERS = (open_page, post_change, load_fragment, open_stream, call_with_token)
CASES = [
    (deed, way) for deed in ENDING_ACTIONS for way in CARRIERS if not (way is call_with_token and deed in ONE_SESSION)
]


@pytest.fixture
def world(person: Officer, chief: Officer, operator: Officer, unit: Callable[[str], Any]) -> World:
    return World(person, chief, operator, unit("18073").pk)


@pytest.mark.parametrize(("deed", "way"), CASES, ids=lambda f: f.__name__)
def test_the_very_next_request_is_refused(
    world: World, deed: Callable[[World], None], way: Callable[[World], bool]
) -> None:
    assert not way(world), "it was open before"
    deed(world)
    assert way(world)


def test_there_are_more_than_forty_of_them() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize(
    "deed", [d for d in ENDING_ACTIONS if d not in (sign_out, end_all_sessions, lock_account)], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("way", [open_page, call_with_token], ids=lambda f: f.__name__)
def test_control_a_deed_that_ends_nothing_is_noticed(
    world: World, deed: Callable[[World], None], way: Callable[[World], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("services.officers", "services.factors", "services.accounts"):
        monkeypatch.setattr(f"binhyen.people.{place}.end_all_sessions", lambda *args, **more: 0)
    with pytest.raises(AssertionError):
        test_the_very_next_request_is_refused(world, deed, way)


def test_another_persons_sessions_stay(world: World, officer: Make) -> None:
    other, browser = officer(), Client()
    browser.force_login(other)
    for deed in (change_password, reset_factors, lock_account):
        deed(world)
    assert browser.get("/bao-mat").status_code == 200


def test_one_of_two_parallel_sessions_ends_the_other_by_a_change_and_goes_on_itself(person: Officer) -> None:
    first, second = Client(), Client()
    first.force_login(person)
    second.force_login(person)
    assert first.post("/bao-mat/mat-khau", {"old": PASSWORD, "new": NEW}).status_code == 303
    assert first.get("/bao-mat").status_code == 200 and is_redirected(second.get("/bao-mat"))


# Before the second step (requirement 19).


def check_no_page_answers(client: Client) -> None:
    for route, (method, _) in OFFICERS.items():
        assert is_redirected(send_request(client, route, method)), route
    for address in ADMIN_ADDRESSES:
        if "(" not in address.route and "<" not in address.route and address.name != "login":
            assert is_redirected(client.get("/" + address.route.replace("^", ""))), address.route
    assert client.get("/api/v1/cases").status_code == 401


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("factor", [True, False])
def test_the_password_alone_opens_nothing(officer: Make, role: str, factor: bool) -> None:
    person_row = set_password(officer(role, "18568" if role in {"VILLAGE_TEAM", "OFFICER", "CHIEF"} else "42"))
    if not factor:
        factors.delete_all_factors(person_row)
    client = Client()
    answer = client.post("/dang-nhap", {"username": person_row.username, "password": PASSWORD})
    assert answer["Location"] == ("/dang-nhap/buoc-hai" if factor else "/dang-nhap/kich-hoat")
    check_no_page_answers(client)
    assert not SignIn.objects.exists()


def test_control_a_session_at_the_password_is_noticed(officer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    operator_row, client = set_password(officer("OPERATOR", "42")), Client()
    monkeypatch.setattr(
        import_module("binhyen.people.views.sign_in"),
        "start_second_step",
        lambda request, officer, target: finish_sign_in(
            request, officer, factors.Factor.TOTP, redirect_after_post(target)
        ),
    )
    client.post("/dang-nhap", {"username": operator_row.username, "password": PASSWORD})
    with pytest.raises(AssertionError):
        check_no_page_answers(client)


def test_no_token_is_made_for_somebody_without_a_second_step(person: Officer, now: dt.datetime) -> None:
    given = {"officer": person, "name": "t", "scopes": frozenset({Scope.READ}), "days": 1, "actor": "t", "now": now}
    assert api.create_token(**given)  # the control
    factors.delete_all_factors(person)
    with pytest.raises(TokenRejected, match="second step"):
        api.create_token(**given)


@pytest.mark.parametrize(
    "role", [role for role in Role if get_session_policy(role).factors == {factors.Factor.PASSKEY}]
)
def test_a_code_is_no_second_step_where_a_passkey_is_needed(officer: Make, role: str, settings: Any) -> None:
    person_row, client = set_password(officer(role, "42")), Client()
    settings.DEMO = False
    assert (
        client.post("/dang-nhap", {"username": person_row.username, "password": PASSWORD})["Location"]
        == "/dang-nhap/kich-hoat"
    )
    assert is_redirected(client.post("/dang-nhap/buoc-hai", {"code": get_unused_code(person_row)}))
    settings.DEMO = True  # the control: a demonstration accepts it
    client.post("/dang-nhap", {"username": person_row.username, "password": PASSWORD})
    assert not is_redirected(client.post("/dang-nhap/buoc-hai", {"code": get_unused_code(person_row)}))


def test_the_demonstrations_secret_is_worth_nothing_elsewhere(person: Officer, settings: Any) -> None:
    settings.DEMO = False
    client = Client()
    client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
    assert 'value=""' in client.get("/dang-nhap/buoc-hai").content.decode()
    assert client.post("/dang-nhap/buoc-hai", {"code": get_unused_code(person)}).status_code == 422
    settings.DEMO = True  # the control
    assert client.post("/dang-nhap/buoc-hai", {"code": get_unused_code(person)}).status_code == 303


# Session fixation and the state between the steps.


def test_every_step_has_a_session_of_its_own(person: Officer) -> None:
    client, keys = Client(), []

    def get_session_key() -> str:
        return str(client.cookies["binhyen_session"].value)

    planted = "planted-by-somebody"
    ends = clock.now() + dt.timedelta(hours=1)
    Session.objects.create(session_key=hash_key(planted), session_data="", expire_date=ends)
    client.cookies["binhyen_session"] = planted
    client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
    keys.append(get_session_key())
    client.post("/dang-nhap/buoc-hai", {"code": get_unused_code(person)})
    keys.append(get_session_key())
    client.post("/bao-mat/xac-nhan", {"code": get_unused_code(person), "next": "/bao-mat"})
    keys.append(get_session_key())
    assert len({planted, *keys}) == 4
    for old in (planted, *keys[:2]):
        stranger = Client()
        stranger.cookies["binhyen_session"] = old
        assert is_redirected(stranger.get("/bao-mat"))
    assert client.get("/bao-mat").status_code == 200  # the control


@pytest.mark.parametrize(
    "deed", [lock_account, change_password, change_role, transfer_person, reset_factors], ids=lambda f: f.__name__
)
def test_what_waits_for_the_second_step_ends_with_the_account_it_was(
    world: World, deed: Callable[[World], None]
) -> None:
    waiting = Client()
    waiting.post("/dang-nhap", {"username": world.person.username, "password": PASSWORD})
    assert waiting.get("/dang-nhap/buoc-hai").status_code == 200
    deed(world)
    assert is_redirected(waiting.get("/dang-nhap/buoc-hai"))
    assert is_redirected(waiting.post("/dang-nhap/buoc-hai", {"code": "000000"}))


def test_it_waits_ten_minutes(person: Officer, later: Callable[[dt.timedelta], None]) -> None:
    client = Client()
    client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
    later(sign_in_flow.PENDING_LIFETIME - dt.timedelta(seconds=5))
    assert client.get("/dang-nhap/buoc-hai").status_code == 200
    later(dt.timedelta(seconds=10))
    assert is_redirected(client.get("/dang-nhap/buoc-hai"))


# A code works once.


def try_code_twice(person: Officer) -> list[int]:
    code, statuses = get_unused_code(person), []
    for _ in range(2):
        client = Client()
        client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
        statuses.append(client.post("/dang-nhap/buoc-hai", {"code": code}).status_code)
    return statuses


def test_a_code_lets_in_once(person: Officer) -> None:
    assert try_code_twice(person) == [303, 422]


def test_control_a_forgotten_last_step_is_noticed(person: Officer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = factors.totp.match_counter
    monkeypatch.setattr(
        factors.totp,
        "match_counter",
        lambda secret, code, *, last_step, **more: real(secret, code, last_step=0, **more),
    )
    with pytest.raises(AssertionError):
        test_a_code_lets_in_once(person)


def test_an_older_code_is_dead_once_a_newer_one_was_used(person: Officer) -> None:
    seconds = clock.now().timestamp()
    secret = factors.secret_encryption.unbind_from_owner(
        person.public_id, factors.secret_encryption.decrypt_secret(factors.list_factors(person)[0].data["secret"])
    )
    older, newer = (factors.totp.generate_totp(secret, int(seconds) // 30 + step) for step in (0, 1))
    assert factors.verify_code(officer=person, code=newer, now=clock.now()) == "totp"
    assert factors.verify_code(officer=person, code=older, now=clock.now()) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "٠٠٠٠٠٠", "000000\x00", "9" * 5000])
def test_what_is_no_code_is_refused(person: Officer, code: str) -> None:
    client = Client()
    client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
    assert client.post("/dang-nhap/buoc-hai", {"code": code}).status_code == 422


@pytest.mark.parametrize(
    "answer", ["{}", "[]", "null", "x", '{"id": 1}', '{"id":"a","rawId":"AA","type":"public-key","response":{}}']
)
def test_what_is_no_passkey_is_refused(person: Officer, answer: str) -> None:
    client = Client()
    client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
    assert client.post("/dang-nhap/buoc-hai", {"credential": answer}).status_code == 422


def test_codes_are_slowed_for_all_browsers_together(person: Officer, monkeypatch: pytest.MonkeyPatch) -> None:
    moment, answers = clock.now(), []
    monkeypatch.setattr(clock, "now", lambda: moment)
    for _ in range(6):
        client = Client()
        client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
        answers.append(client.post("/dang-nhap/buoc-hai", {"code": "000000"}).content.decode())
    assert "Mã không đúng" in answers[0] and "quá nhanh" in answers[-1]
    client = Client()
    client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
    assert (
        client.post("/dang-nhap/buoc-hai", {"code": get_unused_code(person)}).status_code == 422
    )  # correct, but too early
