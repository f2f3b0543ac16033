"""Rules of API tokens: scopes, maximum lifetime, allowed owners. Pure."""

from enum import StrEnum

from binhyen.people.roles import May, Role, may

LONGEST_DAYS = 366
ANSWER_HOURS = 24  # how long a repeated write gets its first answer


class Scope(StrEnum):
    READ = "read"
    WRITE = "write"
    LEDGER = "ledger"


class Refused(Exception):
    """A token cannot be created like this; the text is for the operator."""


def check_token(role: str, scopes: frozenset[Scope], days: int) -> None:
    """Check a new token: it cannot do more than its officer, so a useless scope is rejected at once."""
    if not scopes:
        raise Refused("A token needs at least one scope: read, write or ledger.")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(f"A token lives from 1 to {LONGEST_DAYS} days.")
    if Scope.LEDGER in scopes and not may(role, May.READ_LEDGER):
        raise Refused("This officer may not read the ledger.")
    if Scope.WRITE in scopes and not (may(role, May.WORK_CASES) or may(role, May.REPORT_BACK)):
        raise Refused("This officer may not write to cases.")
    if role == Role.OPERATOR:
        raise Refused("Operators see no cases; choose the officer for whom the other system acts.")
