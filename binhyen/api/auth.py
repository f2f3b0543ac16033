"""Bearer token authentication and scopes."""

from typing import Any

from django.http import HttpRequest
from ninja import Schema
from ninja.security import HttpBearer

from binhyen.api.models import Token
from binhyen.api.queries import token_of
from binhyen.api.scopes import Scope
from binhyen.kit import clock
from binhyen.kit.rate_limits import Rate, allows
from binhyen.kit.rls_scope import enter
from binhyen.people.access import scope_of

CALLS = Rate(burst=1200, per_second=20)  # of one token, in one pages process


class MissingScope(Exception):
    """The token is valid but lacks the scope."""


class TooMany(Exception):
    """The token exceeded its rate limit."""


class StrangeQuery(Exception):
    """Unknown query parameter.

    If it was ignored, a misspelled filter would return numbers of everything.
    """


class Bearer(HttpBearer):
    """Authentication by an active token with one of `scopes`. The operation finds it as `request.auth`."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self.scopes = frozenset(scopes)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = token_of(token, now=clock.now())
        if found is not None and self.scopes.isdisjoint(found.scopes):
            raise MissingScope
        if found is not None and not allows(f"api {found.pk}", CALLS):
            raise TooMany
        if found is not None:
            enter(scope_of(found.officer))
        return found


def token_in(request: HttpRequest, query: type[Schema] | None = None) -> Token:
    """Return the token of a Bearer-guarded operation; `query` lists the allowed parameters. Raises StrangeQuery."""
    token = request.auth  # type: ignore[attr-defined]  # set by ninja
    assert isinstance(token, Token)
    known = {field.alias or name for name, field in query.model_fields.items()} if query else set()
    if not known.issuperset(request.GET):
        raise StrangeQuery
    return token
