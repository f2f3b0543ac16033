"""What a kind of case says about itself. Pure."""

from dataclasses import dataclass, field

from binhyen.cases.words import Lane, Outcome

HOUSE_RULE = "House rule until the province names its own"


@dataclass(frozen=True, slots=True)
class Longer:
    """By how much a term may be prolonged, once: months by the calendar, then days. `source`: when, by which law."""

    months: int = 0
    days: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A named clock. `hours` from the opening; `stops_at`: the states in which it is kept. `warns`: hours before its
    end at which whoever has the case is told, the first one first; `longer`: its prolongations, one after the other.
    """

    name: str
    label: str
    hours: float
    stops_at: tuple[str, ...]
    lanes: tuple[Lane, ...] = tuple(Lane)
    source: str = ""
    warns: tuple[float, ...] = (4,)
    longer: tuple[Longer, ...] = ()

    @property
    def legal(self) -> bool:
        """Set by law, not by this house: late, it is told to the province too."""
        return self.source != HOUSE_RULE


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of case: which categories of message become it, in which lane, by which clocks, with which outcomes."""

    code: str
    label: str
    categories: tuple[str, ...]
    lane: Lane
    outcomes: tuple[Outcome, ...]
    deadlines: tuple[Deadline, ...]
    lanes_by_category: dict[str, Lane] = field(default_factory=dict)
    graded: bool = False  # may be graded as valuable information
    sealed: bool = False  # its words are kept sealed elsewhere: it stays with the province, under its own kind

    apart: bool = False  # in no list of the register: handled on desks of its own

    def lane_of(self, category: str) -> Lane:
        return self.lanes_by_category.get(category, self.lane)
