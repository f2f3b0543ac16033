"""Bearer tokens: who asks, and with which scope."""

from typing import Any

from django.http import HttpRequest
from ninja import Schema
from ninja.security import HttpBearer

from binhyen.api.models import Token
from binhyen.api.queries import token_of
from binhyen.api.rules import Scope
from binhyen.kit import clock
from binhyen.kit.brakes import Rate, allows
from binhyen.kit.scope import enter
from binhyen.people.access import scope_of

CALLS = Rate(burst=1200, per_second=20)  # of one token, at one page process


class MissingScope(Exception):
    """The token is good, but not for this."""


class TooMany(Exception):
    """This token asks more often than any program needs to."""


class StrangeQuery(Exception):
    """A word in the query that the operation does not know: passed over, a filter that was written wrongly would give
    numbers of everything.
    """


class Bearer(HttpBearer):
    """Accepts a live token that has one of `scopes`. The operation finds it as `request.auth`."""

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
    """The token of an operation that is guarded by Bearer and asked with `query`, nothing else. Raises StrangeQuery."""
    token = request.auth  # type: ignore[attr-defined]  # set by ninja
    assert isinstance(token, Token)
    known = {field.alias or name for name, field in query.model_fields.items()} if query else set()
    if not known.issuperset(request.GET):
        raise StrangeQuery
    return token
