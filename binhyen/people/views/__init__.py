"""Screens of people: sign-in and sign-out, own account, accounts of others, duty roster."""

from binhyen.people.views.account import account, awake, confirmation, end_session, password, remove, spare_codes
from binhyen.people.views.add_factor import activation, first, more
from binhyen.people.views.identity import from_service, to_service
from binhyen.people.views.officers import act, people, person
from binhyen.people.views.relationships import appoint, declare, declared
from binhyen.people.views.relationships import end as end_tie
from binhyen.people.views.roster import roster, roster_add, roster_remove
from binhyen.people.views.sign_in import second, sign_in, sign_out

__all__ = [
    "account",
    "act",
    "activation",
    "appoint",
    "awake",
    "confirmation",
    "declare",
    "declared",
    "end_session",
    "end_tie",
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
