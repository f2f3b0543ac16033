"""Declaration of a kind of case. Pure."""

from dataclasses import dataclass, field

from binhyen.cases.choices import Lane, Outcome

URGENT_LEVEL = 2  # of a case: to be dealt with today
HOUSE_RULE = "House rule until the province names its own"


@dataclass(frozen=True, slots=True)
class DeadlineExtension:
    """A single extension of a deadline: calendar months, then days. `source`: the condition and its law."""

    months: int = 0
    days: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A named deadline, `hours` after the case opens.

    `paused_in_states`: the states in which it is met; `waits_in_states`: in which it stands still and runs on
    afterwards; `is_working_time`: `hours` are office hours; `urgent_hours`: instead of `hours` from URGENT_LEVEL on.
    `warning_hours`: hours before the end at which the case
    holder is reminded, first one first. `extensions`: possible extensions in order.
    """

    name: str
    label: str
    hours: float
    paused_in_states: tuple[str, ...]
    lanes: tuple[Lane, ...] = tuple(Lane)
    source: str = ""
    warning_hours: tuple[float, ...] = (4,)
    extensions: tuple[DeadlineExtension, ...] = ()
    waits_in_states: tuple[str, ...] = ()
    is_working_time: bool = False
    urgent_hours: float | None = None

    @property
    def is_legal(self) -> bool:
        """Return whether law sets the deadline, not a house rule: an overdue one is also escalated to the province."""
        return self.source != HOUSE_RULE


@dataclass(frozen=True, slots=True)
class CaseKind:
    """A kind of case: its message categories, legal lane, deadlines and outcomes."""

    code: str
    label: str
    categories: tuple[str, ...]
    lane: Lane
    outcomes: tuple[Outcome, ...]
    deadlines: tuple[Deadline, ...]
    lanes_by_category: dict[str, Lane] = field(default_factory=dict)
    outcomes_by_category: dict[str, tuple[Outcome, ...]] = field(default_factory=dict)  # further ones
    is_graded: bool = False  # may be graded as valuable information
    sealed: bool = False  # its text is stored encrypted elsewhere; it stays with the province and keeps its kind

    is_restricted: bool = False  # restricted: in no list of the register, handled on separate desks

    def get_lane(self, category: str) -> Lane:
        return self.lanes_by_category.get(category, self.lane)
