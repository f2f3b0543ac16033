"""Row-level-security scope of the current statements. Set once at the start of a request; extended for a block.

The program itself extends it by name. binhyen/rls/policies.py defines the access of each scope.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import cast

from django.db import connection

from binhyen.kit.database.base import NO_SCOPE, DatabaseWrapper

PROGRAM_SCOPE = "program"  # the program itself: it accepts messages of citizens, and counts rows of others


def _get_wrapper() -> DatabaseWrapper:
    return cast("DatabaseWrapper", connection)


def reset_rls_scope() -> None:
    """Reset the scope at the start of a request: the previous user of this connection has no more access."""
    _get_wrapper().wanted_scope = NO_SCOPE


def set_rls_scope(scope: str) -> None:
    """Set the scope from the next statement on."""
    _get_wrapper().wanted_scope = scope


@contextmanager
def rls_scope(scope: str) -> Iterator[None]:
    """Use the scope for the block, then restore the previous one."""
    previous_scope = _get_wrapper().wanted_scope
    set_rls_scope(scope)
    try:
        yield
    finally:
        set_rls_scope(previous_scope)


@contextmanager
def extra_rls_scope(extra: str) -> Iterator[None]:
    """Add a scope for the block to those of the user, e.g. `case:17`."""
    previous_scope = _get_wrapper().wanted_scope
    with rls_scope(f"{previous_scope};{extra}" if previous_scope else extra):
        yield


def inline_rls_scope() -> AbstractContextManager[None]:
    """Let the next statement set the scope itself, see DatabaseWrapper.inline_scope."""
    return _get_wrapper().inline_scope()


def set_known_rls_scope(scope: str) -> None:
    _get_wrapper().holds(scope)
