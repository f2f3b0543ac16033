"""Rules of API tokens: scopes, maximum lifetime, allowed owners. Pure."""

from enum import StrEnum

from binhyen.people.roles import Permission, Role, role_may

MAX_TOKEN_DAYS = 366
ANSWER_HOURS = 24  # how long a repeated write gets its first answer


class Scope(StrEnum):
    READ = "read"
    WRITE = "write"
    LEDGER = "ledger"


class TokenRejected(Exception):
    """A token cannot be created like this; the text is for the operator."""


def check_token(role: str, scopes: frozenset[Scope], days: int) -> None:
    """Check a new token: it cannot do more than its officer, so a useless scope is rejected at once."""
    if not scopes:
        raise TokenRejected("A token needs at least one scope: read, write or ledger.")
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise TokenRejected(f"A token lives from 1 to {MAX_TOKEN_DAYS} days.")
    if Scope.LEDGER in scopes and not role_may(role, Permission.READ_LEDGER):
        raise TokenRejected("This officer may not read the ledger.")
    if Scope.WRITE in scopes and not (role_may(role, Permission.WORK_CASES) or role_may(role, Permission.REPORT_BACK)):
        raise TokenRejected("This officer may not write to cases.")
    if role == Role.OPERATOR:
        raise TokenRejected("Operators see no cases; choose the officer for whom the other system acts.")
