"""Waiting for a change without polling or sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Pulse:
    """A signal that wakes all waiting tasks. None misses it, since the condition is checked first."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, look: Callable[[], T], seconds: float) -> T:
        """Return the first truthy value of `read`, or its last value after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := look()):
                    await self._event.wait()
                return found
        except TimeoutError:
            return look()
