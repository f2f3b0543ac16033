"""What comes in through the API, each part with what it means: the description for machines says it."""

import datetime as dt
import re
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, P, PathEx, Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict

from binhyen.cases.kinds import all_kinds
from binhyen.cases.words import CATEGORY_LABELS, Outcome, State
from binhyen.kit.text import nfc

CITIZEN_LIMIT = 4000
FIRST_DAY, LAST_DAY = dt.date(2020, 1, 1), dt.date(2099, 12, 31)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _one_of(known: Any) -> AfterValidator:
    """A word that stands for nothing would find nothing, and say so as if there were none."""

    def check(value: str) -> str:
        if value and value not in known:
            raise ValueError("unknown")
        return value

    return AfterValidator(check)


def _written(value: Any) -> Any:
    """As it is described: the day of a moment depends on where one is, and a number is no day."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("not a day")
    return value


def _day(value: dt.date) -> dt.date:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValueError("out of range")
    return value


Words = Annotated[str, AfterValidator(nfc), AfterValidator(str.strip)]
Kind = Annotated[str, Field(max_length=16, json_schema_extra={"enum": ["", *all_kinds()]}), _one_of(all_kinds())]
Category = Annotated[
    str, Field(max_length=20, json_schema_extra={"enum": ["", *CATEGORY_LABELS]}), _one_of(CATEGORY_LABELS)
]
Day = Annotated[dt.date, BeforeValidator(_written), AfterValidator(_day)]
VersionNumber = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]  # `true` is none, nor is a text
Code = PathEx[str, P(description="Code of a case, as lists and letters have it; lower case and a hyphen do no harm.")]


class Strict(Schema):
    """A word we do not know is a mistake, not something to pass over."""

    model_config = ConfigDict(extra="forbid")


class View(Schema):
    """The desk's filters; together they narrow."""

    view: Annotated[str, Field(pattern="^(open|closed|all)$", description="Which cases: open, closed or all.")] = "open"
    q: Annotated[
        str,
        Field(max_length=100, description="Words of case and messages, with or without marks, or a code."),
        AfterValidator(nfc),
    ] = ""
    state: Annotated[State | None, Field(description="In this state.")] = None
    kind: Annotated[Kind, Field(description="Of this kind; empty: any.")] = ""
    category: Annotated[Category, Field(description="What it is about; empty: anything.")] = ""
    urgency: Annotated[
        int | None,
        Field(ge=0, le=3, description="3 danger to life, 2 to be dealt with today, 1 ordinary, 0 for information."),
    ] = None
    commune: Annotated[UUID | None, Field(description="It happened in this commune: an `id` of `/units`.")] = None
    unit: Annotated[UUID | None, Field(description="This unit has it: an `id` of `/units`.")] = None
    owner: Annotated[
        str, Field(pattern="^(me|nobody)?$", description="me: the token's officer has it; nobody: nobody yet.")
    ] = ""
    overdue: Annotated[bool, Field(description="Only those whose next deadline is over.")] = False
    cursor: Annotated[
        str,
        Field(max_length=200, description="`next` of the page before, with the same filters; empty: the first."),
    ] = ""


class Once(Schema):
    idempotency_key: Annotated[
        str,
        Field(
            max_length=100, alias="Idempotency-Key",
            description="One for each write that is meant: the same request with it is done once in 24 hours.",
        ),
    ] = ""  # fmt: skip


class Seen(Strict):
    version: Annotated[
        VersionNumber | None,
        Field(description="The newest that the caller knows; without it the act applies to whatever stands."),
    ] = None


class Exact(Strict):
    version: Annotated[VersionNumber, Field(description="The newest that the caller knows; 409 `stale` if it is not.")]


class Write(Exact):
    text: Annotated[Words, Field(max_length=CITIZEN_LIMIT, description="What people read.")]


class WriteNote(Seen):
    text: Annotated[Words, Field(max_length=5000, description="For colleagues; no citizen reads it.")]


class Move(Exact):
    state: Annotated[State, Field(description="One of the case's `next_states`.")]


class Close(Exact):
    outcome: Annotated[Outcome, Field(description="One of the case's `outcomes`.")]
    result: Annotated[Words, Field(max_length=CITIZEN_LIMIT, description="One sentence that the people who told read.")]
    evidence: Annotated[
        Words,
        Field(
            max_length=5000,
            description="What proves it, a paper's number, a receipt; refused without it (422 `refused`) where the "
            "outcome says that something was done or decided, unless evidence lies with the case already.",
        ),
    ] = ""  # fmt: skip


class LedgerOf(Schema):
    first: Annotated[
        Day | None,
        Field(alias="from", description="First day; without it the first of the last one's month."),
    ] = None
    last: Annotated[
        Day | None, Field(alias="to", description="Last day, included, as in Viet Nam; without it today.")
    ] = None
    area: Annotated[
        UUID | None,
        Field(
            description="A commune or village (`/units`, `/villages`), or a commune of before, whose numbers are those "
            "of today's on its ground; without it all that the officer sees."
        ),
    ] = None
    commune: Annotated[UUID | None, Field(description="The same as `area`, by its older name.")] = None


class VillagesOf(Schema):
    commune: Annotated[UUID, Field(description="Of this commune: an `id` of `/units`.")]
