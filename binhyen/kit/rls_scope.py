"""Row-level-security scope of the current statements. Set once at the start of a request; extended for a block.

The program itself extends it by name. binhyen/rls/policies.py defines the access of each scope.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import cast

from django.db import connection

from binhyen.kit.database.base import NOBODY, DatabaseWrapper

PROGRAM = "program"  # the program itself: it accepts messages of citizens, and counts rows of others


def _wrapper() -> DatabaseWrapper:
    return cast("DatabaseWrapper", connection)


def nobody() -> None:
    """Reset the scope at the start of a request: the previous user of this connection has no more access."""
    _wrapper().wanted = NOBODY


def enter(scope: str) -> None:
    """Set the scope from the next statement on."""
    _wrapper().wanted = scope


@contextmanager
def entered(scope: str) -> Iterator[None]:
    """Use the scope for the block, then restore the previous one."""
    before = _wrapper().wanted
    enter(scope)
    try:
        yield
    finally:
        enter(before)


@contextmanager
def also(part: str) -> Iterator[None]:
    """Add a scope for the block to those of the user, e.g. `case:17`."""
    before = _wrapper().wanted
    with entered(f"{before};{part}" if before else part):
        yield


def riding_along() -> AbstractContextManager[None]:
    """Let the next statement set the scope itself, see DatabaseWrapper.inline_scope."""
    return _wrapper().scope_rides_along()


def holds(scope: str) -> None:
    _wrapper().holds(scope)
