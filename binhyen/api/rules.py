"""What a token may be: its scopes, its longest life, and who may hold one. Pure."""

from enum import StrEnum

from binhyen.people.rules import May, Role, may

LONGEST_DAYS = 366
ANSWER_HOURS = 24  # how long a repeated write gets its first answer


class Scope(StrEnum):
    READ = "read"
    WRITE = "write"
    LEDGER = "ledger"


class Refused(Exception):
    """A token cannot be made like this; the text is for the operator."""


def check_token(role: str, scopes: frozenset[Scope], days: int) -> None:
    """A token never may more than its officer: a scope that could do nothing is refused at once."""
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
