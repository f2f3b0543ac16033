"""Bearer tokens: who asks, and with which scope."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from binhyen.api.models import Token
from binhyen.api.queries import token_of
from binhyen.api.rules import Scope
from binhyen.kit import clock


class MissingScope(Exception):
    """The token is good, but not for this."""


class Bearer(HttpBearer):
    """Accepts a live token that has `scope`. The operation finds it as `request.auth`."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = token_of(token, now=clock.now())
        if found is not None and self.scope not in found.scopes:
            raise MissingScope
        return found


def token_in(request: HttpRequest) -> Token:
    """The token of an operation that is guarded by Bearer."""
    token = request.auth  # type: ignore[attr-defined]  # set by ninja
    assert isinstance(token, Token)
    return token
