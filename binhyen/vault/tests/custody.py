"""Helpers for the screens of the custody process: its URLs, its login, sign-in, confirmation and passphrase."""

from typing import Any

from django.test import Client, override_settings

from binhyen.kit import clock
from binhyen.kit.ids import hash_token
from binhyen.people.models import SignIn
from binhyen.vault.tests.people import PASSPHRASE

SCREENS = override_settings(ROOT_URLCONF="binhyen.vault.urls", UI_SHELL="binhyen.vault.navigation.build_custody_frame")


class CustodyClient(Client):
    """A client of the custody process; `process` names the database login (conftest.py)."""

    process = "custody"

    def enter(self, officer: Any, *, unlock: bool = False) -> "CustodyClient":
        self.force_login(officer)
        self.confirm(officer)
        if unlock:
            assert self.post("/giu-kin/mo", {"passphrase": PASSPHRASE}).status_code == 303
        return self

    @property
    def sign_in(self) -> int:
        """Sign in; the process caches the opened key under this session."""
        return SignIn.objects.get(key_hash=hash_token(self.session.session_key or "")).pk

    def confirm(self, officer: Any) -> None:
        """Mark the second step as just confirmed."""
        SignIn.objects.filter(officer=officer).update(confirmed_at=clock.now(), factor="webauthn")
