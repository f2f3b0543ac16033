"""The live feed of the chat page: numbered items, buffered so that a dropped page can resume."""

from collections import deque
from typing import Any

import orjson

from emulator.pulse import ChangeSignal
from emulator.world import Json

MAX_ITEMS = 2000


class LiveFeed:
    def __init__(self) -> None:
        self.items: deque[tuple[int, str, bytes]] = deque(maxlen=MAX_ITEMS)
        self.last = 0
        self.pulse = ChangeSignal()

    def publish(self, kind: str, data: Json | list[Any]) -> None:
        """Publish an item; `kind`: message, change (reload the lists), delivery."""
        self.last += 1
        self.items.append((self.last, kind, orjson.dumps(data)))
        self.pulse.notify_all()

    def since(self, last_number: int) -> list[tuple[int, str, bytes]]:
        """Return items numbered above `after`, oldest first."""
        if last_number >= self.last:
            return []
        return [item for item in self.items if item[0] > last_number]
