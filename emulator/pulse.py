"""Waiting for a change without polling or sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ChangeSignal:
    """A signal that wakes all waiting tasks. None misses it, since the condition is checked first."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify_all(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, read: Callable[[], T], seconds: float) -> T:
        """Return the first truthy value of `read`, or its last value after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not (value := read()):
                    await self._event.wait()
                return value
        except TimeoutError:
            return read()
