"""Request schemas of the API with the field descriptions for its OpenAPI document."""

import datetime as dt
import re
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, P, PathEx, Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict

from binhyen.cases.choices import CATEGORY_LABELS, Grade, Lane, Outcome, State
from binhyen.cases.kinds import get_case_kinds
from binhyen.kit.text import to_nfc

# Response schemas of the API. Public ids only: case codes and UUIDs. Requests: request_schemas.py.


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
    """A case. `state` RECEIVED: its unit has it; only `assignee` names a person, who was given it while
    `acknowledged_at` is null and confirmed it after."""

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
    """A whole case. `state`, `assignee` and `acknowledged_at` as in `CaseRow`."""

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


MAX_CITIZEN_TEXT = 4000
FIRST_DAY, LAST_DAY = dt.date(2020, 1, 1), dt.date(2099, 12, 31)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _build_choice_validator(allowed: Any) -> AfterValidator:
    """Build a validator for a set of values: an unknown value would match nothing and look like an empty result."""

    def check(value: str) -> str:
        if value and value not in allowed:
            raise ValueError("unknown")
        return value

    return AfterValidator(check)


def _check_day_format(value: Any) -> Any:
    """Accept only the documented format: the day of a timestamp depends on the time zone, and a number is no day."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("not a day")
    return value


def _check_day_range(value: dt.date) -> dt.date:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValueError("out of range")
    return value


Words = Annotated[str, AfterValidator(to_nfc), AfterValidator(str.strip)]
Kind = Annotated[
    str,
    Field(max_length=16, json_schema_extra={"enum": ["", *get_case_kinds()]}),
    _build_choice_validator(get_case_kinds()),
]
Category = Annotated[
    str,
    Field(max_length=20, json_schema_extra={"enum": ["", *CATEGORY_LABELS]}),
    _build_choice_validator(CATEGORY_LABELS),
]
Day = Annotated[dt.date, BeforeValidator(_check_day_format), AfterValidator(_check_day_range)]
VersionNumber = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]  # `true` and texts are rejected
Code = PathEx[str, P(description="Code of a case as in lists and letters; lower case and hyphens are accepted.")]


class Strict(Schema):
    """Schema that rejects unknown fields: a field we do not know is a mistake."""

    model_config = ConfigDict(extra="forbid")


class View(Schema):
    """Filters of the case list; they are combined with AND."""

    view: Annotated[str, Field(pattern="^(open|closed|all)$", description="Which cases: open, closed or all.")] = "open"
    q: Annotated[
        str,
        Field(max_length=100, description="Words of case and messages, with or without diacritics, or a code."),
        AfterValidator(to_nfc),
    ] = ""
    state: Annotated[State | None, Field(description="In this state.")] = None
    kind: Annotated[Kind, Field(description="Case kind; empty: any.")] = ""
    category: Annotated[Category, Field(description="Case category; empty: any.")] = ""
    urgency: Annotated[
        int | None,
        Field(ge=0, le=3, description="3 danger to life, 2 to be dealt with today, 1 ordinary, 0 for information."),
    ] = None
    commune: Annotated[UUID | None, Field(description="Commune of the incident: an `id` of `/units`.")] = None
    unit: Annotated[UUID | None, Field(description="Responsible unit: an `id` of `/units`.")] = None
    owner: Annotated[
        str, Field(pattern="^(me|nobody)?$", description="me: assigned to the token's officer; nobody: unassigned.")
    ] = ""
    overdue: Annotated[bool, Field(description="Only cases with a missed deadline.")] = False
    cursor: Annotated[
        str,
        Field(max_length=200, description="`next` of the previous page, with the same filters; empty: first page."),
    ] = ""


class Once(Schema):
    idempotency_key: Annotated[
        str,
        Field(
            max_length=100,
            alias="Idempotency-Key",
            description="One for each intended write: a repeated request is done once in 24 hours.",
        ),
    ] = ""


class SeenVersion(Strict):
    version: Annotated[
        VersionNumber | None,
        Field(description="The newest version known to the caller; without it the action applies to any version."),
    ] = None


class Exact(Strict):
    version: Annotated[VersionNumber, Field(description="The newest version known; 409 `stale` if it is older.")]


class Write(Exact):
    text: Annotated[Words, Field(max_length=MAX_CITIZEN_TEXT, description="Text for the citizens.")]


class WriteNote(SeenVersion):
    text: Annotated[Words, Field(max_length=5000, description="For colleagues; never visible to citizens.")]


class StateChange(Exact):
    state: Annotated[State, Field(description="One of the case's `next_states`.")]
    receiver: Annotated[str, Field(max_length=120, description="PASSED_ON: the investigating agency.")] = ""
    receipt: Annotated[str, Field(max_length=60, description="PASSED_ON: the number of its receipt.")] = ""


class Close(Exact):
    outcome: Annotated[Outcome, Field(description="One of the case's `outcomes`.")]
    result: Annotated[Words, Field(max_length=MAX_CITIZEN_TEXT, description="One sentence for the reporters.")]
    evidence: Annotated[
        Words,
        Field(
            max_length=5000,
            description="Evidence, e.g. a document number or receipt; required (else 422 `refused`) if the "
            "outcome states an action or decision, unless the case has evidence already.",
        ),
    ] = ""


class LedgerOf(Schema):
    first: Annotated[
        Day | None,
        Field(alias="from", description="First day; default: the first of the last day's month."),
    ] = None
    last: Annotated[
        Day | None, Field(alias="to", description="Last day, inclusive, Vietnamese date; default: today.")
    ] = None
    area: Annotated[
        UUID | None,
        Field(
            description="A commune or village (`/units`, `/villages`), or a former commune with the numbers "
            "of the present ones in its area; default: all that the officer sees."
        ),
    ] = None
    commune: Annotated[UUID | None, Field(description="Older name of `area`.")] = None


class VillagesOf(Schema):
    commune: Annotated[UUID, Field(description="Commune: an `id` of `/units`.")]
