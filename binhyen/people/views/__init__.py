"""Screens of people: signing in and out, one's own account, accounts of others, the duty roster."""

from binhyen.people.views.account import account, awake, confirmation, end_session, password, remove, spare_codes
from binhyen.people.views.adding import activation, first, more
from binhyen.people.views.identity import from_service, to_service
from binhyen.people.views.officers import act, people, person
from binhyen.people.views.roster import roster, roster_add, roster_remove
from binhyen.people.views.signing import second, sign_in, sign_out

__all__ = [
    "account",
    "act",
    "activation",
    "awake",
    "confirmation",
    "end_session",
    "first",
    "from_service",
    "more",
    "password",
    "people",
    "person",
    "remove",
    "roster",
    "roster_add",
    "roster_remove",
    "second",
    "sign_in",
    "sign_out",
    "spare_codes",
    "to_service",
]
