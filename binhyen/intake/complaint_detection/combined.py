"""Detection over several messages: an earlier text in a case and the next one may together be a complaint about police.

Neither need be one alone. Pure.
"""

from collections.abc import Callable

from binhyen.cases.choices import NEVER_DOWN
from binhyen.intake.complaint_detection.detect import raised, speaks, up, who
from binhyen.intake.decision import DOUBT
from binhyen.language.reading import DANGER, Reading

_REACH = 600  # characters of the earlier text that are used, from its end
TODAY = 2  # from this urgency on it needs a response today

Understand = Callable[[str], Reading]


def complains(before: str, text: str, understand: Understand) -> Reading | None:
    """Return the reading of both texts as one, if that is a complaint and the earlier text alone was not."""
    before = before[-_REACH:]
    both = f"{before}. {text}"
    whole = up(understand(both), both, own=True)
    if whole.category not in NEVER_DOWN or whole.urgency >= DANGER or not speaks(both):
        return None
    return None if up(understand(before), before, private=True).category in NEVER_DOWN else whole


def read(reading: Reading, before: str, text: str, understand: Understand) -> Reading:
    """Return the reading of `text`, or a complaint if it is one together with `earlier_text`."""
    complaint = reading.category in NEVER_DOWN and reading.confidence >= DOUBT
    if complaint or reading.category == "thanks" or reading.urgency >= DANGER:
        return reading
    whole = complains(before, text, understand)
    return reading if whole is None else raised(reading, max(whole.confidence, DOUBT), whole.reasons[0])


def begins(before: str, text: str, urgency: int) -> bool:
    """Return whether the earlier text, of that urgency, is the beginning of the complaint and no incident of its own.

    It mentions police and needs no response today, or `text` only names the culprit.
    """
    return (urgency < TODAY and speaks(before)) or who(text)
