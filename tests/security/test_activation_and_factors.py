"""Rows A11 (rest) and requirement 19: activation by a second person, factors at rest, step-up, idle and maximum session
time.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.kit import clock
from binhyen.people import auth_policy
from binhyen.people.demo import DEMO_SECRET
from binhyen.people.factors import secret_encryption
from binhyen.people.models import Officer, SignIn
from binhyen.people.roles import Role
from binhyen.people.services import RuleViolation, factors
from binhyen.people.services.activation import check_activation_code, create_activation_code
from tests.architecture.test_urls import is_redirected
from tests.signing import PASSWORD, get_unused_code, set_password

pytestmark = pytest.mark.django_db
Make = Callable[..., Officer]
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dt.timedelta], None]]:
    real, past = clock.now, [dt.timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + past[0])
    yield lambda more: past.__setitem__(0, past[0] + more)


@pytest.fixture
def bare(officer: Make) -> Officer:
    """Create an officer with a password and no second step."""
    new_officer = set_password(officer())
    factors.delete_all_factors(new_officer)
    return new_officer


# Activation.


def activate_account(client: Client, new_officer: Officer, code: str) -> Any:
    client.post("/dang-nhap", {"username": new_officer.username, "password": PASSWORD})
    return client.post("/dang-nhap/kich-hoat", {"activation": code})


def test_the_whole_way_of_a_new_account(client: Client, bare: Officer, officer: Make) -> None:
    chief, desk = officer("CHIEF"), Client()
    desk.force_login(chief)
    code_page = desk.post(f"/can-bo/{bare.public_id}/cap-ma").content.decode()
    code = code_page.split('receipt-code">')[1].split("<")[0]
    assert activate_account(client, bare, code)["Location"] == "/dang-nhap/them"
    shown = client.get("/dang-nhap/them").content.decode()
    secret = shown.split('class="secret">')[1].split("<")[0].replace(" ", "")
    wrong = client.post("/dang-nhap/them", {"code": "000000"})
    assert wrong.status_code == 422 and secret in wrong.content.decode().replace(" ", "")
    added = client.post(
        "/dang-nhap/them", {"code": factors.totp.next_code(secret, seconds=clock.now().timestamp(), last_step=0)}
    )
    assert added["Location"] == "/bao-mat/ma-du-phong?next=%2Fhuong-dan%2Fbat-dau"
    codes = client.get("/bao-mat/ma-du-phong").content.decode()
    assert codes.count("<li><code>") == 10 and "một lần" in codes
    assert "<li><code>" not in client.get("/bao-mat/ma-du-phong").content.decode()
    spare = codes.split("<li><code>")[1].split("<")[0]
    for expected in (303, 422):  # a backup code works once
        other = Client()
        other.post("/dang-nhap", {"username": bare.username, "password": PASSWORD})
        assert other.post("/dang-nhap/buoc-hai", {"code": spare}).status_code == expected
    assert [
        a.verb
        for a in AuditEntry.objects.filter(verb__in=["activation_given", "activated", "factor_added"]).order_by("id")
    ] == [
        "activation_given",
        "activated",
        "factor_added",
    ]
    assert AuditEntry.objects.get(verb="activation_given").actor == f"officer:{chief.public_id}"


def test_a_code_works_once_and_for_one_person(client: Client, bare: Officer, officer: Make, now: dt.datetime) -> None:
    other = set_password(officer())
    factors.delete_all_factors(other)
    code = create_activation_code(officer=bare, actor="test", now=now)
    assert activate_account(client, other, code).status_code == 422
    key = check_activation_code(officer=bare, typed_code=f" {code.lower()} ", now=now)
    assert isinstance(key, int)
    secret = factors.totp.new_secret()

    def add_account() -> None:
        typed = factors.totp.next_code(secret, seconds=now.timestamp(), last_step=0)
        factors.add_totp(officer=bare, secret=secret, code=typed, activation=key, now=now)

    add_account()
    factors.delete_all_factors(bare)
    with pytest.raises(RuleViolation, match="đã dùng"):
        add_account()
    assert check_activation_code(officer=bare, typed_code=code, now=now) is None


def test_a_code_ends_after_a_day_and_with_the_next_one(bare: Officer, now: dt.datetime) -> None:
    first = create_activation_code(officer=bare, actor="test", now=now)
    second = create_activation_code(officer=bare, actor="test", now=now)
    assert check_activation_code(officer=bare, typed_code=first, now=now) is None
    assert isinstance(check_activation_code(officer=bare, typed_code=second, now=now), int)
    assert check_activation_code(officer=bare, typed_code=second, now=now + dt.timedelta(hours=24)) is None


def test_without_a_code_nobody_adds_a_first_factor(client: Client, bare: Officer, now: dt.datetime) -> None:
    client.post("/dang-nhap", {"username": bare.username, "password": PASSWORD})
    assert client.get("/dang-nhap/them")["Location"] == "/dang-nhap"
    secret = factors.totp.new_secret()
    code = factors.totp.next_code(secret, seconds=now.timestamp(), last_step=0)
    with pytest.raises(RuleViolation, match="kích hoạt"):
        factors.add_totp(officer=bare, secret=secret, code=code, now=now)


def test_a_given_password_is_replaced(client: Client, bare: Officer, now: dt.datetime) -> None:
    Officer.objects.update(password_is_temporary=True)
    code = create_activation_code(officer=bare, actor="test", now=now)
    client.post("/dang-nhap", {"username": bare.username, "password": PASSWORD})
    for weak in (PASSWORD, "ngan", "binhyen-congan-2026", ""):
        assert client.post("/dang-nhap/kich-hoat", {"activation": code, "password": weak}).status_code == 422
    done = client.post("/dang-nhap/kich-hoat", {"activation": code, "password": "con mèo nằm trên bếp"})
    assert done["Location"] == "/dang-nhap/them" and client.get("/dang-nhap/them").status_code == 200


# Account administration: never of one's own account.


@pytest.mark.parametrize("role", list(Role))
def test_nobody_helps_themselves(role: Role) -> None:
    own_account = auth_policy.Account(1, role, 5)
    assert not auth_policy.may_manage_account(own_account, own_account) and not auth_policy.may_move_account(
        own_account, own_account
    )


@pytest.mark.parametrize("manager", list(Role))
@pytest.mark.parametrize("of", list(Role))
@pytest.mark.parametrize("same", [True, False])
def test_who_keeps_whom(manager: Role, of: Role, same: bool) -> None:
    allowed = auth_policy.may_manage_account(
        auth_policy.Account(1, manager, 5), auth_policy.Account(2, of, 5 if same else 6)
    )
    assert allowed == (
        manager == Role.OPERATOR or (manager == Role.CHIEF and same and of in {Role.OFFICER, Role.VILLAGE_TEAM})
    )
    assert not auth_policy.may_manage_account(
        auth_policy.Account(1, manager, 5, is_active=False), auth_policy.Account(2, of, 5)
    )


@pytest.mark.parametrize("action", ["khoa", "mo-khoa", "cap-ma", "dat-lai", "xac-nhan", "chuyen", "khong-co"])
def test_strangers_find_nobody(officer: Make, action: str) -> None:
    colleague, stranger = officer(), Client()
    stranger.force_login(officer("CHIEF", "18073"))
    assert stranger.get(f"/can-bo/{colleague.public_id}").status_code == 404
    assert stranger.post(f"/can-bo/{colleague.public_id}/{action}").status_code == 404
    assert colleague.name not in stranger.get("/can-bo").content.decode()
    chief = Client()
    chief.force_login(officer("CHIEF"))
    assert chief.get(f"/can-bo/{colleague.public_id}").status_code == 200  # the control


def test_the_screens_do_what_they_say(officer: Make, unit: Callable[[str], Any]) -> None:
    colleague, desk, machine = officer(), Client(), Client()
    desk.force_login(officer("CHIEF"))
    machine.force_login(officer("OPERATOR", "42"))
    where = f"/can-bo/{colleague.public_id}"
    desk.post(f"{where}/khoa")
    colleague.refresh_from_db()
    assert not colleague.is_active
    desk.post(f"{where}/mo-khoa")
    desk.post(f"{where}/chuyen", {"unit": "CAX-18073", "role": "OFFICER"})  # not permitted to a chief
    colleague.refresh_from_db()
    assert colleague.is_active and colleague.unit == unit("18568")
    machine.post(f"{where}/chuyen", {"unit": "CAX-18073", "role": "PROVINCE_DUTY"})  # no such position there
    machine.post(f"{where}/chuyen", {"unit": "CAX-18073", "role": "CHIEF"})
    colleague.refresh_from_db()
    assert (colleague.unit, colleague.role) == (unit("18073"), "CHIEF")
    assert "Mã kích hoạt" in machine.post(f"{where}/dat-lai").content.decode()
    assert not factors.list_factors(colleague)
    assert machine.get("/can-bo?don-vi=CAX-18073").content.decode().count("Chờ kích hoạt") == 1


# Factors: the last one cannot be removed, secrets are encrypted.


def test_the_last_factor_cannot_be_removed(officer: Make, now: dt.datetime) -> None:
    person = officer()
    only = factors.list_factors(person)[0].data["id"]
    with pytest.raises(RuleViolation, match="duy nhất"):
        factors.remove_factor(officer=person, factor_id=only, now=now)
    assert auth_policy.may_remove("OFFICER", ["totp", "webauthn"], "totp", demo=False)
    assert not auth_policy.may_remove("OPERATOR", ["totp", "webauthn"], "webauthn", demo=False)
    assert not auth_policy.may_remove("OFFICER", ["totp", "recovery_codes"], "totp", demo=False)


def list_plain_secrets(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT data::text FROM {table}")
        return [row[0] for row in cursor if DEMO_SECRET in row[0]]


def test_no_secret_lies_in_the_database(officer: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    person = officer()
    factors.replace_recovery_codes(officer=person, now=now)
    codes = factors.reveal_recovery_codes(officer=person)
    assert list_plain_secrets("mfa_authenticator") == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, '') FROM mfa_authenticator")
        everything = cursor.fetchone()[0]
    assert not [c for c in codes if c in everything] and len(set(codes)) == 10
    monkeypatch.setattr(
        secret_encryption, "encrypt_secret", lambda text: text
    )  # the control: a hook that encrypts nothing
    officer()
    assert len(list_plain_secrets("mfa_authenticator")) == 1


def test_a_row_moved_to_somebody_else_opens_nothing(officer: Make, now: dt.datetime) -> None:
    person, other_person = officer(), officer()
    other_factor = factors.list_factors(other_person)[0]
    row = factors.list_factors(person)[0]
    row.data["secret"] = other_factor.data["secret"]
    row.save()
    code = factors.totp.next_code(DEMO_SECRET, seconds=now.timestamp(), last_step=0)
    with pytest.raises(secret_encryption.DecryptionError):
        factors.verify_code(officer=person, code=code, now=now)
    assert factors.verify_code(officer=other_person, code=code, now=now) == "totp"  # the control


@pytest.mark.parametrize("harm", ["", "v1:00000000:AAAA", "v2:x:y", "plain"])
def test_what_is_not_sealed_here_is_refused(harm: str) -> None:
    with pytest.raises(secret_encryption.DecryptionError):
        secret_encryption.decrypt_secret(harm)
    sealed = secret_encryption.encrypt_secret("x")
    with pytest.raises(secret_encryption.DecryptionError):
        secret_encryption.decrypt_secret(sealed[:-6] + "AAAAA=")
    assert secret_encryption.decrypt_secret(sealed) == "x"


# Step-up.


def test_the_export_asks_again_after_some_minutes(
    client: Client, officer: Make, later: Callable[[dt.timedelta], None]
) -> None:
    person = officer()
    client.force_login(person)
    assert client.get("/ban-truc.csv").status_code == 200  # just signed in
    later(5 * MINUTE)
    asked = client.get("/ban-truc.csv?muc=3")
    assert (asked.status_code, asked["Location"]) == (302, "/bao-mat/xac-nhan?next=/ban-truc.csv%3Fmuc%3D3")
    page = client.get(asked["Location"]).content.decode()
    assert 'name="next" value="/ban-truc.csv?muc=3"' in page
    assert client.post("/bao-mat/xac-nhan", {"code": "000000", "next": "/ban-truc.csv"}).status_code == 422
    done = client.post("/bao-mat/xac-nhan", {"code": get_unused_code(person), "next": "/ban-truc.csv?muc=3"})
    assert client.get(done["Location"])["Content-Type"].startswith("text/csv")
    assert (
        client.post("/bao-mat/xac-nhan", {"code": get_unused_code(person), "next": "https://evil.example"})["Location"]
        == "/ban-truc"
    )


def test_what_was_posted_before_the_confirmation_is_said_to_be_undone(
    client: Client, officer: Make, later: Callable[[dt.timedelta], None]
) -> None:
    """The form is collapsed and empty: otherwise a new passphrase or key would be taken as created."""
    person = officer()
    client.force_login(person)
    later(5 * MINUTE)
    asked = client.post("/bao-mat/ma-du-phong", headers={"Referer": "http://testserver/bao-mat"})["Location"]
    page = client.get(asked).content.decode()
    hidden = dict(re.findall(r'type="hidden" name="(next|lai)" value="([^"]+)"', page))

    def render_form(**form: str) -> str:
        answer = client.post("/bao-mat/xac-nhan", {"code": get_unused_code(person), **form})
        while "Location" in answer:
            answer = client.get(answer["Location"])
        return answer.content.decode()

    assert render_form(**hidden).count("Việc vừa rồi chưa làm") == 1
    assert "Việc vừa rồi chưa làm" not in render_form(next="/bao-mat"), "control: nothing was posted before"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/ban-truc.csv"),
        ("get", "/bao-mat/them"),
        ("post", "/bao-mat/them"),
        ("post", "/bao-mat/bo"),
        ("post", "/bao-mat/mat-khau"),
        ("post", "/bao-mat/ma-du-phong"),
        ("get", "/can-bo/{id}"),
        ("post", "/can-bo/{id}/khoa"),
        ("post", "/can-bo/{id}/dat-lai"),
        ("post", "/can-bo/{id}/chuyen"),
        ("post", "/can-bo/{id}/xac-nhan"),
    ],
)
def test_dangerous_pages_ask_for_the_second_step_again(
    client: Client, officer: Make, later: Callable[[dt.timedelta], None], method: str, path: str
) -> None:
    person = officer()
    client.force_login(officer("CHIEF"))
    path = path.format(id=person.public_id)
    later(5 * MINUTE)
    answer = getattr(client, method)(path)
    assert answer["Location"].startswith("/bao-mat/xac-nhan") and Officer.objects.get(pk=person.pk).is_active
    fragment = getattr(client, method)(path, headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"].startswith("/bao-mat/xac-nhan")
    SignIn.objects.update(confirmed_at=clock.now())  # the control
    assert not getattr(client, method)(path).headers.get("Location", "").startswith("/bao-mat/xac-nhan")


@pytest.mark.parametrize("role", list(Role))
def test_how_long_a_confirmation_holds(role: Role, now: dt.datetime) -> None:
    holds = auth_policy.get_session_policy(role).confirmation_lifetime
    assert dt.timedelta() < holds <= 5 * MINUTE
    assert auth_policy.is_confirmed(now, role, now + holds - dt.timedelta(seconds=1))
    assert not auth_policy.is_confirmed(now, role, now + holds)
    assert not auth_policy.is_confirmed(now + MINUTE, role, now) and not auth_policy.is_confirmed(None, role, now)
    assert not auth_policy.is_confirmed(now, "KING", now)
    assert not auth_policy.is_confirmed(now, role, now, how="totp", passkey=True)
    assert auth_policy.is_confirmed(now, role, now, how="webauthn", passkey=True)


def test_a_confirmation_for_one_use_is_used_once(officer: Make, client: Client) -> None:
    from binhyen.people.services import spend_confirmation

    client.force_login(officer())
    row = SignIn.objects.get()
    assert [spend_confirmation(sign_in=row) for _ in range(2)] == [True, False]


# Idle and maximum time.


@pytest.mark.parametrize("role", list(Role))
def test_a_session_locks_and_ends(
    client: Client, officer: Make, later: Callable[[dt.timedelta], None], role: Role
) -> None:
    client.force_login(officer(role, "18568" if role in {"VILLAGE_TEAM", "OFFICER", "CHIEF"} else "42"))
    lasts = auth_policy.get_session_policy(role)
    later(lasts.idle - MINUTE / 2)
    assert client.get("/bao-mat").status_code == 200  # and this request resets the idle timeout
    later(lasts.idle - MINUTE / 2)
    assert client.get("/bao-mat").status_code == 200
    later(lasts.idle + MINUTE / 2)
    locked = client.get("/bao-mat")
    assert locked["Location"] == "/dang-nhap?next=/bao-mat"
    for _ in range(int(lasts.longest / lasts.idle) + 2):
        SignIn.objects.update(idle_at=clock.now() + lasts.idle)
        later(lasts.idle / 2)
    SignIn.objects.update(idle_at=clock.now() + lasts.idle)
    assert is_redirected(client.get("/bao-mat")) is (clock.now() >= SignIn.objects.get().expires_at)


def test_the_table_of_the_guide() -> None:
    for role, (idle, longest) in {
        "OFFICER": (30, 720),
        "PROVINCE_DUTY": (30, 720),
        "CUSTODIAN": (10, 120),
        "INSPECTOR": (10, 120),
        "OPERATOR": (10, 60),
    }.items():
        assert (auth_policy.get_session_policy(role).idle, auth_policy.get_session_policy(role).longest) == (
            idle * MINUTE,
            longest * MINUTE,
        )
    assert (
        auth_policy.get_session_policy("KING").longest == dt.timedelta()
        and auth_policy.get_accepted_factors("KING", demo=True) == frozenset()
    )


@pytest.mark.parametrize(("element", "url"), [("queue", "/ban-truc"), ("so-viec", "/so-viec")])
def test_what_renews_itself_keeps_nobody_awake_and_only_covers_the_screen(
    client: Client, officer: Make, later: Callable[[dt.timedelta], None], element: str, url: str
) -> None:
    client.force_login(officer())
    before = SignIn.objects.get().idle_at
    renewed = {"HX-Request": "true", "HX-Trigger": element, "HX-Current-URL": "http://testserver/ban-truc?muc=3"}
    later(29 * MINUTE)
    assert client.get(url, headers=renewed).status_code == 200
    assert SignIn.objects.get().idle_at == before
    later(2 * MINUTE)
    answer = client.get(url, headers=renewed)
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "screen-locked")
    tapped = client.get(url, headers=renewed | {"HX-Trigger": "row-1"})
    assert tapped["HX-Redirect"] == "/dang-nhap?next=/ban-truc%3Fmuc%3D3"  # back to their page; drafts are kept there
    posted = client.post("/bao-mat/mat-khau", headers={"Referer": "http://testserver/bao-mat"})
    assert posted["Location"] == "/dang-nhap?next=/bao-mat"
    assert client.post("/bao-mat/mat-khau", headers={"Referer": "http://evil.example/x"})["Location"] == "/dang-nhap"


def test_one_sees_and_ends_ones_own_sessions_only(officer: Make) -> None:
    person, other_person = officer(), officer()
    here, there, stranger = Client(), Client(headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari/604"}), Client()
    here.force_login(person)
    there.force_login(person)
    stranger.force_login(other_person)
    ids = {s.officer_id: str(s.public_id) for s in SignIn.objects.order_by("pk")}
    page = here.get("/bao-mat").content.decode()
    assert page.count("Thoát máy đó") == 1 and ids[other_person.pk] not in page
    here.post("/bao-mat/ket-thuc-phien", {"id": ids[other_person.pk]})
    assert stranger.get("/bao-mat").status_code == 200
    here.post("/bao-mat/ket-thuc-phien", {"id": ids[person.pk]})
    assert is_redirected(there.get("/bao-mat")) and here.get("/bao-mat").status_code == 200


def test_signing_out_clears_the_machine(client: Client, officer: Make) -> None:
    client.force_login(officer())
    assert client.post("/dang-xuat")["Clear-Site-Data"] == '"cache", "storage"'


def test_a_locked_account_looks_like_none(client: Client, officer: Make) -> None:
    person = set_password(officer())
    Officer.objects.update(is_active=False)
    locked = client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
    unknown = client.post("/dang-nhap", {"username": "khong-co-ai", "password": PASSWORD})
    assert locked.status_code == unknown.status_code == 422
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in locked.content.decode()
