"""What a channel's own webhooks say of the time: a replay is told by the sender's signed times, never by our clock.

With our clock two days ahead every genuine webhook looked two days old and was refused. The sender's clock orders its
webhooks without ours: what is much older than those before it was sent again by somebody else.
"""

import datetime as dt
from collections import deque
from collections.abc import Iterable

KNOWN = 9  # webhooks whose median counts: one wrong time among them moves nothing
LEAST_KNOWN = 3  # fewer tell nothing


class SignedTimes:
    """The signed times of one channel's last webhooks. `newest` never moves back: a row of replays, each a little older
    than the one before, would lead it to any day.
    """

    def __init__(self, known: Iterable[dt.datetime] = ()) -> None:
        self._known: deque[dt.datetime] = deque(maxlen=KNOWN)
        self.newest: dt.datetime | None = None
        for moment in known:
            self.add(moment)

    def add(self, moment: dt.datetime) -> None:
        """Take note of a webhook that was stored."""
        self._known.append(moment)
        if len(self._known) >= LEAST_KNOWN:
            middle = sorted(self._known)[len(self._known) // 2]
            self.newest = max(self.newest or middle, middle)
