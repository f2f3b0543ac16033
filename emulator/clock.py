"""The one clock of the stand-in. Everything that asks for the time asks here, so a test can move it."""

import asyncio
import time
from collections.abc import Callable


class Clock:
    """Wall clock plus what was advanced; epoch milliseconds (int) in UTC.

    `wall` returns epoch seconds and is replaced in tests by a frozen one.
    """

    def __init__(self, offset_ms: int = 0, wall: Callable[[], float] = time.time) -> None:
        self.offset_ms = offset_ms
        self._wall = wall
        self._moved = asyncio.Event()

    def now_ms(self) -> int:
        return int(self._wall() * 1000) + self.offset_ms

    def advance(self, seconds: float) -> int:
        """Move the clock (forward only) and wake whoever sleeps on it; returns the new time."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self.offset_ms += int(seconds * 1000)
        self._moved.set()
        self._moved = asyncio.Event()
        return self.now_ms()

    async def sleep_until(self, due_ms: int) -> None:
        """Return once `now_ms() >= due_ms`, through passing time or through `advance`."""
        while (left := due_ms - self.now_ms()) > 0:
            try:
                async with asyncio.timeout(left / 1000):
                    await self._moved.wait()
            except TimeoutError:
                continue
