"""Port for messages that officers forward into their own chat with the account: settings.OFFICER_CHAT.

Which reporters are officers is shown on no page: their commands and the questions to them belong to no unit.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

Buttons = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OriginQuestion:
    """Question from which group a message comes; `buttons`: title, and the command that pressing it sends."""

    text: str
    buttons: Buttons


class OfficerChatCommands(Protocol):
    def list_linked_reporters(self, reporter_ids: Sequence[int]) -> frozenset[int]:
        """Return those of the reporters that are an officer's own chat."""
        ...

    def is_command(self, text: str, reporter_id: int) -> bool:
        """Return whether a private text is a command: a link code, or an answer of a linked officer."""
        ...

    def run_command(self, text: str, *, reporter_id: int, now: dt.datetime) -> str:
        """Carry the command out in the caller's transaction; return the answer."""
        ...

    def build_origin_questions(self, codes: Mapping[int, str]) -> dict[int, OriginQuestion]:
        """Return the questions by reporter, of the linked ones. `codes`: of their new cases, by reporter."""
        ...


@lru_cache(maxsize=1)
def get_officer_chat() -> OfficerChatCommands:
    commands: OfficerChatCommands = import_string(settings.OFFICER_CHAT)()
    return commands
