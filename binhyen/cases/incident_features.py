"""What intake compares: open cases of a sender, and one report beside another. Pure."""

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from binhyen.language.reading import DANGER


class Phase(StrEnum):
    """The progress of an open case that matters to a further message of its reporter."""

    UNTOUCHED = "UNTOUCHED"  # new, not assigned, and reported by one person
    IN_PROGRESS = "IN_PROGRESS"
    WAITING = "WAITING"  # an officer asked a question and waits
    CLOSED = "CLOSED"  # recently enough that a new message reopens it
    RATED = "RATED"  # closed, and the reporter has rated the outcome


class Age(IntEnum):
    """The time since a case was last updated."""

    MINUTES = 0  # a quarter of an hour
    HOUR = 1
    DAY = 2
    OLDER = 3


class IntakeQuestion(StrEnum):
    """The question that intake asked shortly ago."""

    NONE = "NONE"
    UNANSWERED = "UNANSWERED"
    PLACE_MISSING = "PLACE_MISSING"  # follow-ups came, but no place in them


class Secrecy(StrEnum):
    """Who may read a case."""

    ORDINARY = "ORDINARY"
    SENSITIVE = "SENSITIVE"
    SEALED = "SEALED"  # its messages are sealed or will be: a group tip, and private follow-ups of it
    RESTRICTED = "RESTRICTED"  # a complaint about police: follow-ups are sealed on arrival


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case of the sender, or one closed so recently that a new message reopens it.

    `group_id`: the group of the report, 0 if private; `asked_at`: time of our last question, seconds of the epoch;
    `first_urgency`: when it was opened.
    """

    case_id: int
    category: str
    urgency: int
    report_id: int
    code: str = ""
    unit_id: int = 0
    commune_id: int | None = None  # None: place unknown
    group_id: int = 0
    phase: Phase = Phase.IN_PROGRESS
    age: Age = Age.OLDER
    secrecy: Secrecy = Secrecy.ORDINARY
    question: IntakeQuestion = IntakeQuestion.NONE
    asked_at: float = 0.0
    first_urgency: int = DANGER
    officer_asked: bool = False  # an officer asked within a day: the next message is the answer
    is_page_case: bool = True  # for messages of a status page: it is that report's case, not one derived from it

    @property
    def is_private(self) -> bool:
        return not self.group_id

    @property
    def is_waiting(self) -> bool:
        return self.phase is Phase.WAITING

    @property
    def is_closed(self) -> bool:
        return self.phase in (Phase.CLOSED, Phase.RATED)

    @property
    def has_question(self) -> bool:
        return self.question is not IntakeQuestion.NONE

    @property
    def has_place(self) -> bool:
        return self.commune_id is not None

    @property
    def is_restricted(self) -> bool:
        return self.secrecy is Secrecy.RESTRICTED

    @property
    def is_sealed(self) -> bool:
        return self.secrecy is Secrecy.SEALED or (self.is_restricted and not self.is_private)

    @property
    def is_sensitive(self) -> bool:
        return self.secrecy is not Secrecy.ORDINARY

    @property
    def was_raised(self) -> bool:
        """Whether a later message raised it to a danger."""
        return self.urgency >= DANGER > self.first_urgency


@dataclass(frozen=True, slots=True)
class Incident:
    """Features that decide whether two reports may be of one incident. `case_id` 0: no case yet.

    `keys`: plates, accounts, papers, phones of a new report, normalized as in `search_text`; `is_complaint`: in a lane
    whose cases are never merged; `version`: of the case.
    """

    case_id: int
    category: str
    urgency: int
    sensitive: bool
    is_complaint: bool
    unit_id: int
    commune_id: int | None
    at: dt.datetime
    folded: str
    keys: frozenset[str] = frozenset()
    version: int = 0


@dataclass(frozen=True, slots=True)
class ReportMessage:
    """A message of one reporter on a case, with the result of the reader.

    `is_first`: the message that opened the case; `top`: likely categories and their probabilities; `entities`: as the
    reader returned them.
    """

    message_id: int
    opening: bool
    text: str
    at: dt.datetime
    category: str
    top: str  # JSON as stored: most of it was parsed before
    entities: str
    point: tuple[float, float] | None
