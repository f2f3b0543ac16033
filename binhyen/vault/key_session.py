"""Unlocked keys of people: in memory of this process, for one session, for minutes; never written to disk.

Only the custody process fills this. A key lies in a buffer of our own that is overwritten on expiry; Python and
libsodium may have made copies we cannot reach, so the process must not be dumped (docs/threat-model.md).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from binhyen.vault.draft_cache import unsent
from binhyen.vault.envelopes import Pair, PublicKey
from binhyen.vault.rules import IDLE, LONGEST


@dataclass(slots=True)
class _Kept:
    holder_id: int
    public: PublicKey
    private: bytearray
    since: float
    used: float

    def over(self, moment: float) -> bool:
        return moment - self.used > IDLE.total_seconds() or moment - self.since > LONGEST.total_seconds()


class Unlocked:
    """Unlocked keys by sign-in, because a session gets a new id after each confirmation.

    Thread-safe. `clock`: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[int, _Kept] = {}
        self._wrong: dict[int, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def put(self, session: int, holder_id: int, pair: Pair) -> None:
        moment = self._clock()
        with self._lock:
            self._drop(session)
            self._kept[session] = _Kept(holder_id, pair.public, bytearray(pair.private), moment, moment)
            self._wrong.pop(holder_id, None)

    def get(self, session: int, holder_id: int) -> Pair | None:
        """Return the key of this session if it belongs to this holder and has not expired; counts as use."""
        with self._lock:
            self._sweep()
            kept = self._kept.get(session)
            if kept is None or kept.holder_id != holder_id:
                return None
            kept.used = self._clock()
            return Pair(kept.public, bytes(kept.private))

    def lock(self, session: int) -> None:
        with self._lock:
            self._drop(session)

    def sweep(self) -> None:
        """Remove expired keys."""
        with self._lock:
            self._sweep()

    def lock_all(self) -> None:
        with self._lock:
            for session in list(self._kept):
                self._drop(session)

    def wait(self, holder_id: int) -> int:
        """Return the seconds until this holder may try a passphrase again."""
        with self._lock:
            failures, at = self._wrong.get(holder_id, (0, 0.0))
            pause = 0.0 if failures < 3 else min(60.0, 2.0 ** (failures - 2))
            return max(0, round(at + pause - self._clock()))

    def wrong(self, holder_id: int) -> None:
        """Record a wrong passphrase: from the fourth try on, attempts are delayed, up to a minute."""
        with self._lock:
            self._wrong[holder_id] = (self._wrong.get(holder_id, (0, 0.0))[0] + 1, self._clock())

    def _sweep(self) -> None:
        moment = self._clock()
        for session in [s for s, kept in self._kept.items() if kept.over(moment)]:
            self._drop(session)

    def _drop(self, session: int) -> None:
        kept = self._kept.pop(session, None)
        if kept is not None:
            kept.private[:] = bytes(len(kept.private))


keys = Unlocked()


def keep_sweeping(seconds: float = 15.0) -> None:
    """Start a thread that removes expired keys and drafts on time, also without page requests."""

    def run() -> None:
        while True:
            time.sleep(seconds)
            keys.sweep()
            unsent.sweep()

    threading.Thread(target=run, name="sweeper", daemon=True).start()
