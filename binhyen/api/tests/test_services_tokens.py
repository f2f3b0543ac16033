"""API tokens: only the hash is stored; they follow the officer's rights, can be revoked and leave audit entries."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from binhyen.api import services
from binhyen.api.models import Token
from binhyen.api.scopes import MAX_TOKEN_DAYS, Scope, TokenRejected, check_token
from binhyen.audit.models import AuditEntry
from binhyen.people.roles import Role

READ = frozenset({Scope.READ})


def run_command(*words: str) -> str:
    out = StringIO()
    call_command("api_token", *words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("role", "scopes", "days", "good"),
    [
        (Role.OFFICER, READ, 90, True),
        (Role.OFFICER, frozenset(), 90, False),
        (Role.OFFICER, READ, 0, False),
        (Role.OFFICER, READ, MAX_TOKEN_DAYS + 1, False),
        (Role.VILLAGE_TEAM, frozenset({Scope.LEDGER}), 1, False),
        (Role.VILLAGE_TEAM, frozenset({Scope.WRITE}), 1, True),
        (Role.PROVINCE_STAFF, frozenset({Scope.WRITE}), 1, False),
        (Role.PROVINCE_STAFF, frozenset({Scope.READ, Scope.LEDGER}), 1, True),
        (Role.OPERATOR, READ, 1, False),
    ],
)
def test_a_token_never_may_more_than_its_officer(role, scopes, days, good):
    if good:
        check_token(role, scopes, days)
    else:
        with pytest.raises(TokenRejected):
            check_token(role, scopes, days)


@pytest.mark.django_db
def test_the_command_makes_lists_and_revokes(officer, client):
    person = officer("CHIEF")
    shown = run_command("create", person.username, "Bảng điện tử", "--scopes", "read,ledger", "--days", "7")
    value = shown.splitlines()[0]
    token = Token.objects.get()
    assert value.startswith("binhyen_")
    assert value not in str(list(Token.objects.values()))
    assert token.scopes == ["ledger", "read"]
    assert str(token.public_id) in run_command("list")
    get = {"Authorization": f"Bearer {value}"}
    assert client.get("/api/v1/cases", headers=get).status_code == 200
    assert run_command("revoke", str(token.public_id)) == "Revoked.\n"
    assert client.get("/api/v1/cases", headers=get).status_code == 401
    assert run_command("list") == ""
    verbs = AuditEntry.objects.filter(object=f"token:{token.public_id}").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["token.created", "token.revoked"]
    assert value not in str(list(AuditEntry.objects.values()))


@pytest.mark.django_db
def test_the_command_reports_errors(officer):
    person = officer("OPERATOR")
    for words in (
        ("create", "ai-do", "x"),
        ("create", person.username, "x"),
        ("create", person.username, "x", "--scopes", "all"),
        ("revoke", "x"),
        ("revoke", "00000000-0000-0000-0000-000000000000"),
    ):
        with pytest.raises(CommandError):
            run_command(*words)
    assert not Token.objects.exists()


@pytest.mark.django_db
def test_a_token_ends_with_its_time_and_sleeps_with_its_officer(caller, now):
    api_client = caller("CHIEF")
    assert api_client.get("/cases")[0] == 200
    type(api_client.officer).objects.filter(pk=api_client.officer.pk).update(is_active=False)
    assert api_client.get("/cases")[0] == 401
    type(api_client.officer).objects.filter(pk=api_client.officer.pk).update(is_active=True)
    Token.objects.update(expires_at=now - dt.timedelta(seconds=1))
    assert api_client.get("/cases")[0] == 401


@pytest.mark.django_db
def test_a_token_follows_its_officer_to_another_commune(caller, case, unit):
    open_case = case("18568")
    api_client = caller("CHIEF", "18568")
    assert api_client.get(f"/cases/{open_case.code}")[0] == 200
    type(api_client.officer).objects.filter(pk=api_client.officer.pk).update(unit=unit("18073"))
    assert api_client.get(f"/cases/{open_case.code}")[0] == 404


@pytest.mark.django_db
def test_revoking_twice_is_reported(officer, now):
    made = services.create_token(officer=officer("CHIEF"), name="x", scopes=READ, days=1, actor="system:test", now=now)
    ends = [services.revoke_token(public_id=str(made.token.public_id), actor="system:test", now=now) for _ in "ab"]
    assert ends == [True, False]
