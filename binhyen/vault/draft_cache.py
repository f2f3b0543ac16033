"""Draft cache: text that an officer had typed when their key or session expired.

It lies in the memory of the custody process, like unlocked keys, for its author on that page alone, until it is sent or
some minutes pass; never in a row, file, form or address.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
