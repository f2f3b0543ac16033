"""Waiting for "something changed" without polling or sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Pulse:
    """Everybody who waits is woken by `fire`; nobody misses one, since the condition is looked at first."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, look: Callable[[], T], seconds: float) -> T:
        """The first truthy answer of `look`, or its last answer after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := look()):
                    await self._event.wait()
                return found
        except TimeoutError:
            return look()
