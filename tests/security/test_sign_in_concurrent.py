"""An action that ends every session, concurrent with a sign-in by the old factor (A11)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.kit import clock
from binhyen.people import services
from binhyen.people.models import Officer, SignIn
from binhyen.people.services import accounts, sessions
from binhyen.people.views import sign_in_flow
from tests.architecture.test_urls import is_redirected
from tests.signing import PASSWORD, get_unused_code, set_password

pytestmark = pytest.mark.django_db
Make = Callable[..., Officer]
Action = Callable[[Officer, Officer], object]


def reset_factors(chief: Officer, person: Officer) -> object:
    return accounts.reset_factors(manager=chief, officer_id=person.pk, now=clock.now())


def lock_account(chief: Officer, person: Officer) -> object:
    return accounts.lock_account(manager=chief, officer_id=person.pk, now=clock.now())


def change_role(chief: Officer, person: Officer) -> object:
    given: dict[str, Any] = {"officer_id": person.pk, "unit_id": person.unit_id, "role": "CHIEF", "actor": "test"}
    return services.transfer_officer(**given, now=clock.now())


def sign_in_during(deed: Action, officer: Make, monkeypatch: pytest.MonkeyPatch) -> tuple[Client, Officer]:
    """Post the code with valid password and code; the action runs between its check and the new session."""
    person, chief, client = set_password(officer()), officer("CHIEF"), Client()
    client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
    code, use = get_unused_code(person), sign_in_flow.verify_code

    def act_meanwhile(**given: Any) -> Any:
        right = use(**given)
        deed(chief, person)
        return right

    monkeypatch.setattr(sign_in_flow, "verify_code", act_meanwhile)
    client.post("/dang-nhap/buoc-hai", {"code": code})
    return client, person


@pytest.mark.parametrize("deed", [reset_factors, lock_account, change_role])
def test_no_session_is_opened_by_what_the_account_was(
    officer: Make, deed: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, person = sign_in_during(deed, officer, monkeypatch)
    assert not SignIn.objects.filter(officer=person, ended_at=None).exists()
    assert is_redirected(client.get("/bao-mat"))


def test_without_a_deed_the_code_opens_one(officer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = sign_in_during(lambda *_: None, officer, monkeypatch)
    assert client.get("/bao-mat").status_code == 200


@pytest.mark.parametrize("deed", [reset_factors, change_role])
def test_control_a_session_that_asks_nothing_again_is_noticed(
    officer: Make, deed: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = sessions.open_sign_in
    monkeypatch.setattr(sign_in_flow, "open_sign_in", lambda **given: opens(**given | {"proved": False}))
    with pytest.raises(AssertionError):
        test_no_session_is_opened_by_what_the_account_was(officer, deed, monkeypatch)
