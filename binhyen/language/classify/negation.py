"""Detection of events that are over, long past, a drill, news, a false alarm or a legal question. Pure.

The phrases are those of data/lexicon/guards.tsv. Danger overrides them: if later words say that the event goes on, or
is meant literally, the message is as urgent as without them.
"""

import re
from collections.abc import Sequence

from binhyen.language.lexicon import Hit
from binhyen.language.tokenizer import Words

ENDS = frozenset({"over", "untrue"})
CALMING = ENDS | {"drill", "past", "news", "rules"}
_REFUTING = frozenset({"khong", "chua", "chang", "neu"})
_YEAR = re.compile(r"\b(?:19|20)\d\d$")
_BEFORE = 2  # words before a phrase that may negate it: «chưa dập tắt được», «không phải diễn tập»


def settled(said: Words, hits: Sequence[Hit]) -> Hit | None:
    """Return the guard that calms the whole message, an end before any other; None if there is none.

    After «đã giải quyết xong» no alarm and no ongoing event may follow; an event of last year, from the news or in a
    legal question must not be ongoing at all.
    """
    guards = [h for h in hits if h.phrase.kind == "guard"]
    calming = [g for g in guards if g.phrase.value in CALMING and not _refuted(said, g) and not _no_year(said, g)]
    if not calming:
        return None
    end = max((g for g in calming if g.phrase.value in ENDS), key=lambda g: g.last, default=None)
    after = end.last if end else -1
    idle = [g for g in guards if g.phrase.value == "idle"]  # «khoá van», «báo lại»: not ongoing
    still = (g for g in guards if g.phrase.value == "still" and g.last > after)
    if any(not any(g.overlaps(other) for other in idle) for g in still):
        return None
    if end and any(h.first > after for h in hits if h.phrase.kind == "emergency" and h.phrase.value != "2"):
        return None
    return end or calming[0]


def ends(said: Words, hits: Sequence[Hit]) -> bool:
    """Return True if the event is over, or untrue."""
    guard = settled(said, hits)
    return guard is not None and guard.phrase.value in ENDS


def _no_year(said: Words, guard: Hit) -> bool:
    """Return True if a number is no year: «năm 2019» is past; «bé Nam 5 tuổi» is not."""
    return guard.phrase.words[-1] == "#so" and not _YEAR.search(said.quote(guard.first, guard.last))


def _refuted(said: Words, guard: Hit) -> bool:
    return not _REFUTING.isdisjoint(said.tokens[max(guard.first - _BEFORE, 0) : guard.first])
