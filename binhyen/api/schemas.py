"""The API's words. Public ids only: case codes and UUIDs."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict

from binhyen.cases.words import CATEGORY_LABELS, Grade, Lane, Outcome, State
from binhyen.kit.text import nfc

CITIZEN_LIMIT = 4000
FIRST_DAY, LAST_DAY = dt.date(2020, 1, 1), dt.date(2099, 12, 31)


def _category(value: str) -> str:
    if value and value not in CATEGORY_LABELS:
        raise ValueError("unknown category")
    return value


def _day(value: dt.date) -> dt.date:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValueError("out of range")
    return value


Words = Annotated[str, AfterValidator(nfc), AfterValidator(str.strip)]
Category = Annotated[
    str, Field(max_length=20, json_schema_extra={"enum": ["", *CATEGORY_LABELS]}), AfterValidator(_category)
]
Day = Annotated[dt.date, AfterValidator(_day)]
VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Strict(Schema):
    """A body: a word we do not know is a mistake, not something to pass over."""

    model_config = ConfigDict(extra="forbid")


# What comes in


class View(Schema):
    """The desk's filters. `view`: open, closed or all; `owner`: me or nobody; `commune`, `unit`: UUIDs."""

    view: Annotated[str, Field(pattern="^(open|closed|all)$")] = "open"
    q: Annotated[str, Field(max_length=100), AfterValidator(nfc)] = ""
    state: State | None = None
    kind: Annotated[str, Field(max_length=16, pattern="^[a-z_]*$")] = ""
    category: Category = ""
    urgency: Annotated[int, Field(ge=0, le=3)] | None = None
    commune: UUID | None = None
    unit: UUID | None = None
    owner: Annotated[str, Field(pattern="^(me|nobody)?$")] = ""
    overdue: bool = False
    cursor: Annotated[str, Field(max_length=200)] = ""


class Once(Schema):
    """The header `Idempotency-Key`: a repeated request with the same key is done once."""

    idempotency_key: Annotated[str, Field(max_length=100, alias="Idempotency-Key")] = ""


class Seen(Strict):
    """`version`: the newest one the caller knows; without it the act applies to whatever stands."""

    version: VersionNumber | None = None


class Exact(Strict):
    version: VersionNumber


class Write(Exact):
    text: Annotated[Words, Field(max_length=CITIZEN_LIMIT)]


class WriteNote(Seen):
    text: Annotated[Words, Field(max_length=5000)]


class Move(Exact):
    state: State


class Close(Exact):
    """`result`: one sentence that the people who told read. `evidence`: what proves it, a paper's number, a receipt;
    refused without it (422 `refused`) where the outcome says that something was done or decided, unless evidence lies
    with the case already."""

    outcome: Outcome
    result: Annotated[Words, Field(max_length=CITIZEN_LIMIT)]
    evidence: Annotated[Words, Field(max_length=5000)] = ""


class LedgerOf(Schema):
    """Days, both included; without them the month so far. `area`: a commune, a village, or a commune of before, whose
    numbers are those of today's commune or communes on its ground; without it all that the officer sees. `commune`: the
    same, by its older name.
    """

    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    area: UUID | None = None
    commune: UUID | None = None


# What goes out


class Named(Schema):
    id: UUID
    name: str


class CaseRow(Schema):
    code: str
    title: str
    place: str
    kind: str
    category: str
    urgency: int
    state: State
    sensitive: bool
    unit: str
    assignee: str | None
    opened_at: dt.datetime
    acknowledged_at: dt.datetime | None
    due_at: dt.datetime | None
    outcome: Outcome | None
    grade: Grade
    version: int


class CaseList(Schema):
    """`next`: the cursor of the next page, null on the last."""

    cases: list[CaseRow]
    next: str | None


class LineOut(Schema):
    """`side`: citizen, ours or note. `who`: a pseudonym for citizens, an officer's name for ours and notes."""

    at: dt.datetime
    side: str
    who: str
    text: str
    channel: str = ""
    case: str = ""
    photos: list[UUID] = []
    latitude: float | None = None
    longitude: float | None = None


class EventOut(Schema):
    version: int
    at: dt.datetime
    verb: str
    label: str
    who: str
    data: dict[str, Any] = {}


class ClockOut(Schema):
    name: str
    label: str
    due_at: dt.datetime
    stopped_at: dt.datetime | None


class CaseOut(Schema):
    code: str
    title: str
    kind: str
    lane: Lane
    state: State
    category: str
    urgency: int
    sensitive: bool
    place: str
    latitude: float | None
    longitude: float | None
    commune: Named | None
    unit: Named
    assignee: Named | None
    opened_at: dt.datetime
    updated_at: dt.datetime
    acknowledged_at: dt.datetime | None
    due_at: dt.datetime | None
    closed_at: dt.datetime | None
    outcome: Outcome | None
    result: str
    grade: Grade
    merged_into: str | None
    absorbed: list[str]
    version: int
    next_states: list[State]
    outcomes: list[Outcome]
    clocks: list[ClockOut]
    thread: list[LineOut]
    events: list[EventOut]


class Changed(Schema):
    """The answer to every write."""

    code: str
    version: int
    state: State
    acknowledged_at: dt.datetime | None
    assignee: UUID | None
    outcome: Outcome | None


class Month(Schema):
    month: dt.date
    value: int


class LedgerLine(Schema):
    """`metric` null: counted from groups or bulletins, named by `source`."""

    label: str
    metric: str | None
    source: str
    value: int
    by_month: list[Month]


class Ledger(Schema):
    """`area`: its name, empty where none was asked for; `now_in`: of a commune of before, whose numbers these are."""

    first: dt.date = Field(serialization_alias="from")
    last: dt.date = Field(serialization_alias="to")
    area: str
    now_in: str
    lines: list[LedgerLine]


class Problem(Schema):
    """RFC 9457, with `error`: a code for machines; `message`: `detail` again; `version`, `changes`: with `stale`."""

    title: str
    status: int
    detail: str
    error: str
    message: str
    fields: list[str] = []
    version: int | None = None
    changes: list[EventOut] = []
