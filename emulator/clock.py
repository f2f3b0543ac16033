"""The clock of the emulator. All code reads the time here, so that a test can advance it."""

import asyncio
import time
from collections.abc import Callable


class EmulatorClock:
    """A clock: wall clock plus the advanced time; epoch milliseconds (int) in UTC.

    `wall` returns epoch seconds; tests replace it by a frozen one.
    """

    def __init__(self, offset_ms: int = 0, wall: Callable[[], float] = time.time) -> None:
        self.offset_ms = offset_ms
        self._wall = wall
        self._advanced = asyncio.Event()

    def now_ms(self) -> int:
        return int(self._wall() * 1000) + self.offset_ms

    def advance(self, seconds: float) -> int:
        """Advance the clock (forward only) and wake sleeping tasks; return the new time."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self.offset_ms += int(seconds * 1000)
        self._advanced.set()
        self._advanced = asyncio.Event()
        return self.now_ms()

    async def sleep_until(self, due_ms: int) -> None:
        """Wait until `now_ms() >= due_ms`, by real time or by `advance`."""
        while (remaining_ms := due_ms - self.now_ms()) > 0:
            try:
                async with asyncio.timeout(remaining_ms / 1000):
                    await self._advanced.wait()
            except TimeoutError:
                continue
