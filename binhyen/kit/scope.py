"""For whom the statements of this request ask. Set once at its start; widened by name, for a block, where the program
itself acts. What each scope lets through is written in binhyen/fence/policies.py."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import cast

from django.db import connection

from binhyen.kit.database.base import NOBODY, DatabaseWrapper

PROGRAM = "program"  # itself: it takes in what a citizen sends, and counts what others hold


def _wrapper() -> DatabaseWrapper:
    return cast("DatabaseWrapper", connection)


def nobody() -> None:
    """A request begins: whoever asked before on this connection asks no more."""
    _wrapper().wanted = NOBODY


def enter(scope: str) -> None:
    """From the next statement on."""
    _wrapper().wanted = scope


@contextmanager
def entered(scope: str) -> Iterator[None]:
    """For the block; then again whoever asked before."""
    before = _wrapper().wanted
    enter(scope)
    try:
        yield
    finally:
        enter(before)


@contextmanager
def also(part: str) -> Iterator[None]:
    """For the block, beside what the person sees anyway, e.g. `case:17`."""
    before = _wrapper().wanted
    with entered(f"{before};{part}" if before else part):
        yield


def riding_along() -> AbstractContextManager[None]:
    """See DatabaseWrapper.scope_rides_along."""
    return _wrapper().scope_rides_along()


def holds(scope: str) -> None:
    _wrapper().holds(scope)
