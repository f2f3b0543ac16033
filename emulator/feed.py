"""The live feed of the chat page: numbered items, buffered so that a dropped page can resume."""

from collections import deque
from typing import Any

import orjson

from emulator.pulse import Pulse
from emulator.world import Json

KEPT = 2000


class Feed:
    def __init__(self) -> None:
        self.items: deque[tuple[int, str, bytes]] = deque(maxlen=KEPT)
        self.last = 0
        self.pulse = Pulse()

    def put(self, kind: str, data: Json | list[Any]) -> None:
        """Publish an item; `kind`: message, change (reload the lists), delivery."""
        self.last += 1
        self.items.append((self.last, kind, orjson.dumps(data)))
        self.pulse.fire()

    def since(self, after: int) -> list[tuple[int, str, bytes]]:
        """Return items numbered above `after`, oldest first."""
        if after >= self.last:
            return []
        return [item for item in self.items if item[0] > after]
