"""What somebody told before and a case holds, read with what they say next: by both it may be a complaint about police
that neither is alone. Pure.
"""

from collections.abc import Callable

from binhyen.cases.words import NEVER_DOWN
from binhyen.intake.rules import DOUBT
from binhyen.intake.upward.decide import raised, speaks, up, who
from binhyen.language.reading import DANGER, Reading

_REACH = 600  # characters of what was told before that are read again, its end
TODAY = 2  # from this urgency on somebody has to see to it today

Understand = Callable[[str], Reading]


def complains(before: str, text: str, understand: Understand) -> Reading | None:
    """How both are read as one, where that complains of police and what was told before did not."""
    before = before[-_REACH:]
    both = f"{before}. {text}"
    whole = up(understand(both), both, own=True)
    if whole.category not in NEVER_DOWN or whole.urgency >= DANGER or not speaks(both):
        return None
    return None if up(understand(before), before, private=True).category in NEVER_DOWN else whole


def read(reading: Reading, before: str, text: str, understand: Understand) -> Reading:
    """The reading of `text`, as it is or of a complaint where it is one with what was told `before`."""
    complaint = reading.category in NEVER_DOWN and reading.confidence >= DOUBT
    if complaint or reading.category == "thanks" or reading.urgency >= DANGER:
        return reading
    whole = complains(before, text, understand)
    return reading if whole is None else raised(reading, max(whole.confidence, DOUBT), whole.reasons[0])


def begins(before: str, text: str, urgency: int) -> bool:
    """Is what was told before, of that urgency, the beginning of the complaint that `text` is, and not a matter of its
    own? It speaks of police and nobody has to see to it today, or `text` says no more than who did it.
    """
    return (urgency < TODAY and speaks(before)) or who(text)
