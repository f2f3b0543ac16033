"""Response schemas of the API. Public ids only: case codes and UUIDs. Requests: request_schemas.py."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from binhyen.cases.choices import Grade, Lane, Outcome, State


class NamedReference(Schema):
    id: UUID
    name: str


class UnitOut(Schema):
    """A police unit visible to the token's officer, with its present communes (none for the province)."""

    id: UUID
    name: str
    level: str
    communes: list[NamedReference]


class Units(Schema):
    units: list[UnitOut]


class Villages(Schema):
    villages: list[NamedReference]


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
    """One page of cases. `next`: cursor of the next page, null on the last."""

    cases: list[CaseRow]
    next: str | None


class LineOut(Schema):
    """A line of a case's thread. `side`: citizen, ours or note.

    `who`: a pseudonym for citizens, an officer's name for ours and notes.
    """

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
    commune: NamedReference | None
    unit: NamedReference
    assignee: NamedReference | None
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


class CaseChange(Schema):
    """Answer to every write."""

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
    """A line of the ledger. `metric` null: counted from groups or bulletins, named by `source`."""

    label: str
    metric: str | None
    source: str
    value: int
    by_month: list[Month]


class Ledger(Schema):
    """Outcome ledger. `area`: its name, empty without an area filter.

    `now_in`: for a former commune, the present ones that the numbers belong to.
    """

    first: dt.date = Field(serialization_alias="from")
    last: dt.date = Field(serialization_alias="to")
    area: str
    now_in: str
    lines: list[LedgerLine]


class Problem(Schema):
    """Problem of RFC 9457. `error`: a code for machines; `message`: `detail` again; `version`, `changes`: only with
    `stale`.
    """

    title: str
    status: int
    detail: str
    error: str
    message: str
    fields: list[str] = []
    version: int | None = None
    changes: list[EventOut] = []
