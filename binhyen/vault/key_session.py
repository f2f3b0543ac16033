"""Unlocked keys of people: in memory of this process, for one session, for minutes; never written to disk.

Only the custody process fills this. A key lies in a buffer of our own that is overwritten on expiry; Python and
libsodium may have made copies we cannot reach, so the process must not be dumped (docs/threat-model.md).
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from binhyen.vault.envelopes import KeyPair, PublicKey
from binhyen.vault.rules import IDLE_TIMEOUT, MAX_UNLOCK_TIME

# Draft cache: text that an officer had typed when their key or session expired.
#
# It lies in the memory of the custody process, like unlocked keys, for its author on that page alone, until it is
# sent or some minutes pass; never in a row, file, form or address.

DRAFT_TTL = 30 * 60.0  # seconds


@dataclass(frozen=True, slots=True)
class FormDraft:
    """Form data of a draft. `form`: URL name of the address it was posted to."""

    page: str
    form: str
    fields: Mapping[str, str]
    at: float


class DraftCache:
    """Last draft of each officer. Thread-safe. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[int, FormDraft] = {}
        self._lock = threading.Lock()

    def keep(self, officer_id: int, page: str, form: str, fields: Mapping[str, str]) -> None:
        with self._lock:
            self._kept[officer_id] = FormDraft(page, form, dict(fields), self._clock())

    def of(self, officer_id: int, page: str) -> FormDraft | None:
        self.sweep()
        with self._lock:
            cached = self._kept.get(officer_id)
        return cached if cached and cached.page == page else None

    def draft(self, officer_id: int, page: str) -> dict[str, str]:
        """Return the draft in the form that the page of a conversation takes; empty where there is none."""
        cached = self.of(officer_id, page)
        if cached is None:
            return {}
        fields = {"unsent": "1", **cached.fields}
        text = fields.pop("text", "")
        boxes = {"custody_reply": {"reply": text}, "custody_hand_on": {"hand_on": text}}
        return fields | boxes.get(cached.form, {"saves": "1"} if cached.form == "custody_original" else {})

    def discard_draft(self, officer_id: int, page: str) -> None:
        if self.of(officer_id, page):
            with self._lock:
                self._kept.pop(officer_id, None)

    def sweep(self) -> None:
        """Remove expired drafts."""
        with self._lock:
            oldest = self._clock() - DRAFT_TTL
            for officer_id in [owner_id for owner_id, draft in self._kept.items() if draft.at < oldest]:
                del self._kept[officer_id]


drafts = DraftCache()


@dataclass(slots=True)
class _UnlockedKey:
    holder_id: int
    public: PublicKey
    private: bytearray
    since: float
    used: float

    def over(self, now: float) -> bool:
        return now - self.used > IDLE_TIMEOUT.total_seconds() or now - self.since > MAX_UNLOCK_TIME.total_seconds()


class KeySessions:
    """Unlocked keys by sign-in, because a session gets a new id after each confirmation.

    Thread-safe. `clock`: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[int, _UnlockedKey] = {}
        self._wrong: dict[int, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def store_key(self, session: int, holder_id: int, pair: KeyPair) -> None:
        now = self._clock()
        with self._lock:
            self._drop(session)
            self._kept[session] = _UnlockedKey(holder_id, pair.public, bytearray(pair.private), now, now)
            self._wrong.pop(holder_id, None)

    def get_key(self, session: int, holder_id: int) -> KeyPair | None:
        """Return the key of this session if it belongs to this holder and has not expired; counts as use."""
        with self._lock:
            self._sweep()
            entry = self._kept.get(session)
            if entry is None or entry.holder_id != holder_id:
                return None
            entry.used = self._clock()
            return KeyPair(entry.public, bytes(entry.private))

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

    def get_retry_delay(self, holder_id: int) -> int:
        """Return the seconds until this holder may try a passphrase again."""
        with self._lock:
            failures, failed_at = self._wrong.get(holder_id, (0, 0.0))
            delay = 0.0 if failures < 3 else min(60.0, 2.0 ** (failures - 2))
            return max(0, round(failed_at + delay - self._clock()))

    def record_failure(self, holder_id: int) -> None:
        """Record a wrong passphrase: from the fourth try on, attempts are delayed, up to a minute."""
        with self._lock:
            self._wrong[holder_id] = (self._wrong.get(holder_id, (0, 0.0))[0] + 1, self._clock())

    def _sweep(self) -> None:
        now = self._clock()
        for session in [session_id for session_id, entry in self._kept.items() if entry.over(now)]:
            self._drop(session)

    def _drop(self, session: int) -> None:
        entry = self._kept.pop(session, None)
        if entry is not None:
            entry.private[:] = bytes(len(entry.private))


key_sessions = KeySessions()


def start_sweeper(seconds: float = 15.0) -> None:
    """Start a thread that removes expired keys and drafts on time, also without page requests."""

    def sweep_forever() -> None:
        while True:
            time.sleep(seconds)
            key_sessions.sweep()
            drafts.sweep()

    threading.Thread(target=sweep_forever, name="sweeper", daemon=True).start()
