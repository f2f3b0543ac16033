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
from tests.architecture.test_urls import sent_away
from tests.signing import PASSWORD, code_of, with_password

pytestmark = pytest.mark.django_db
Make = Callable[..., Officer]
Deed = Callable[[Officer, Officer], object]


def reset(chief: Officer, person: Officer) -> object:
    return accounts.reset_factors(manager=chief, officer_id=person.pk, now=clock.now())


def lock(chief: Officer, person: Officer) -> object:
    return accounts.lock(manager=chief, officer_id=person.pk, now=clock.now())


def new_role(chief: Officer, person: Officer) -> object:
    given: dict[str, Any] = {"officer_id": person.pk, "unit_id": person.unit_id, "role": "CHIEF", "actor": "test"}
    return services.transfer(**given, now=clock.now())


def _enter_while(deed: Deed, officer: Make, monkeypatch: pytest.MonkeyPatch) -> tuple[Client, Officer]:
    """Post the code with valid password and code; the action runs between its check and the new session."""
    person, chief, client = with_password(officer()), officer("CHIEF"), Client()
    client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})
    code, use = code_of(person), sign_in_flow.use_code

    def meanwhile(**given: Any) -> Any:
        right = use(**given)
        deed(chief, person)
        return right

    monkeypatch.setattr(sign_in_flow, "use_code", meanwhile)
    client.post("/dang-nhap/buoc-hai", {"code": code})
    return client, person


@pytest.mark.parametrize("deed", [reset, lock, new_role])
def test_no_session_is_opened_by_what_the_account_was(
    officer: Make, deed: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, person = _enter_while(deed, officer, monkeypatch)
    assert not SignIn.objects.filter(officer=person, ended_at=None).exists()
    assert sent_away(client.get("/bao-mat"))


def test_without_a_deed_the_code_opens_one(officer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = _enter_while(lambda *_: None, officer, monkeypatch)
    assert client.get("/bao-mat").status_code == 200


@pytest.mark.parametrize("deed", [reset, new_role])
def test_control_a_session_that_asks_nothing_again_is_noticed(
    officer: Make, deed: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = sessions.open_sign_in
    monkeypatch.setattr(sign_in_flow, "open_sign_in", lambda **given: opens(**given | {"proved": False}))
    with pytest.raises(AssertionError):
        test_no_session_is_opened_by_what_the_account_was(officer, deed, monkeypatch)
