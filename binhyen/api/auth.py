"""Bearer token authentication and scopes."""

from typing import Any

from django.http import HttpRequest
from ninja import Schema
from ninja.security import HttpBearer

from binhyen.api.models import Token
from binhyen.api.queries import find_active_token
from binhyen.api.scopes import Scope
from binhyen.kit import clock
from binhyen.kit.rate_limits import RateLimit, try_acquire
from binhyen.kit.rls_scope import set_rls_scope
from binhyen.people.access import get_rls_scope

CALL_RATE = RateLimit(burst=1200, per_second=20)  # of one token, in one pages process


class MissingScope(Exception):
    """The token is valid but lacks the scope."""


class TooManyCalls(Exception):
    """The token exceeded its rate limit."""


class UnknownQueryParameter(Exception):
    """Unknown query parameter.

    If it was ignored, a misspelled filter would return numbers of everything.
    """


class Bearer(HttpBearer):
    """Authentication by an active token with one of `scopes`. The operation finds it as `request.auth`."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self.scopes = frozenset(scopes)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        active_token = find_active_token(token, now=clock.now())
        if active_token is not None and self.scopes.isdisjoint(active_token.scopes):
            raise MissingScope
        if active_token is not None and not try_acquire(f"api {active_token.pk}", CALL_RATE):
            raise TooManyCalls
        if active_token is not None:
            set_rls_scope(get_rls_scope(active_token.officer))
        return active_token


def get_request_token(request: HttpRequest, query: type[Schema] | None = None) -> Token:
    """Return the token of a Bearer-guarded operation; `query` lists the allowed parameters. Raises StrangeQuery."""
    token = request.auth  # type: ignore[attr-defined]  # set by ninja
    assert isinstance(token, Token)
    allowed = {field.alias or name for name, field in query.model_fields.items()} if query else set()
    if not allowed.issuperset(request.GET):
        raise UnknownQueryParameter
    return token
