"""Draft cache: text that an officer had typed when their key or session expired.

It lies in the memory of the custody process, like unlocked keys, for its author on that page alone, until it is sent or
some minutes pass; never in a row, file, form or address.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

KEPT = 30 * 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Typed:
    """Form data of a draft. `form`: URL name of the address it was posted to."""

    page: str
    form: str
    fields: Mapping[str, str]
    at: float


class Unsent:
    """Last draft of each officer. Thread-safe. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[int, Typed] = {}
        self._lock = threading.Lock()

    def keep(self, officer_id: int, page: str, form: str, fields: Mapping[str, str]) -> None:
        with self._lock:
            self._kept[officer_id] = Typed(page, form, dict(fields), self._clock())

    def of(self, officer_id: int, page: str) -> Typed | None:
        self.sweep()
        with self._lock:
            typed = self._kept.get(officer_id)
        return typed if typed and typed.page == page else None

    def draft(self, officer_id: int, page: str) -> dict[str, str]:
        """Return the draft in the form that the page of a conversation takes; empty where there is none."""
        typed = self.of(officer_id, page)
        if typed is None:
            return {}
        mine = {"unsent": "1", **typed.fields}
        text = mine.pop("text", "")
        boxes = {"custody_reply": {"reply": text}, "custody_hand_on": {"hand_on": text}}
        return mine | boxes.get(typed.form, {"saves": "1"} if typed.form == "custody_original" else {})

    def drop(self, officer_id: int, page: str) -> None:
        if self.of(officer_id, page):
            with self._lock:
                self._kept.pop(officer_id, None)

    def sweep(self) -> None:
        """Remove expired drafts."""
        with self._lock:
            oldest = self._clock() - KEPT
            for officer_id in [who for who, typed in self._kept.items() if typed.at < oldest]:
                del self._kept[officer_id]


unsent = Unsent()
