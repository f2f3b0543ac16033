"""What a kind of case says about itself. Pure."""

from dataclasses import dataclass, field

from binhyen.cases.words import Lane, Outcome


@dataclass(frozen=True, slots=True)
class Deadline:
    """A named clock. `hours` from the opening; `stops_at`: the states in which it is kept."""

    name: str
    label: str
    hours: float
    stops_at: tuple[str, ...]
    lanes: tuple[Lane, ...] = tuple(Lane)
    source: str = ""


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
