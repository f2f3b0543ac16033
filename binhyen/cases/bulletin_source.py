"""Port for bulletins about a case: the feature that knows the case writes the draft, the bulletins publish it.

Both are features that never import each other; `settings.BULLETIN_SOURCES` names the source of a category, and under
"" the one of cases of any category.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from binhyen.cases.models import Case
from binhyen.people.models import Officer

_ANY_CATEGORY = ""
WITHDRAW_JOB = "bulletins.withdraw_recalled"  # arguments: codes of bulletins, and the reason that people read


@dataclass(frozen=True, slots=True)
class BulletinProposal:
    """Fields of a new bulletin; `area_ids`: its audience, empty for the area of the unit."""

    topic: str
    title: str
    text: str
    ground: str
    expires_at: dt.datetime
    area_ids: tuple[int, ...] = ()


class BulletinSource(Protocol):
    """Feature that proposes bulletins about cases of its categories."""

    def build_proposal(self, case: Case, *, officer: Officer, now: dt.datetime) -> BulletinProposal | None:
        """Return the proposal; None where the case must not be published."""

    def record_bulletin(self, case: Case, code: str, *, now: dt.datetime) -> None:
        """Remember the bulletin, to withdraw it when the case ends. In the caller's transaction."""


def find_proposal(case: Case, *, officer: Officer, now: dt.datetime) -> tuple[BulletinSource, BulletinProposal] | None:
    """Return the first source that proposes a bulletin about the case, with its proposal; None for most cases."""
    for key in (case.category, _ANY_CATEGORY):
        if path := settings.BULLETIN_SOURCES.get(key):
            source: BulletinSource = import_string(path)()
            if proposal := source.build_proposal(case, officer=officer, now=now):
                return source, proposal
    return None
