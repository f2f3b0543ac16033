"""Port for the check of scams in a private chat: settings.SCAM_CHECK, of the feature above intake.

A message that only asks about numbers or links opens no case, and its text is not stored.
"""

from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class ScamCheck(Protocol):
    def is_question(self, text: str) -> bool:
        """Return whether the text only asks whether a number or link in it is a scam. Pure."""
        ...

    def build_answer(self, text: str) -> str:
        """Return the answer; it does not repeat the number or link. Writes nothing."""
        ...


@lru_cache(maxsize=1)
def get_scam_check() -> ScamCheck:
    check: ScamCheck = import_string(settings.SCAM_CHECK)()
    return check
