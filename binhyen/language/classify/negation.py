"""Detection of events that are over, long past, a drill, news, a false alarm or a legal question. Pure.

The phrases are those of data/lexicon/guards.tsv. Danger overrides them: if later words say that the event goes on, or
is meant literally, the message is as urgent as without them.
"""

import re
from collections.abc import Sequence

from binhyen.language.lexicon import Hit
from binhyen.language.tokenizer import TokenizedText

ENDS = frozenset({"over", "untrue"})
CALMING = ENDS | {"drill", "past", "news", "rules"}
_REFUTING = frozenset({"khong", "chua", "chang", "neu"})
_YEAR = re.compile(r"\b(?:19|20)\d\d$")
_NEGATION_REACH = 2  # words before a phrase that may negate it: «chưa dập tắt được», «không phải diễn tập»


def is_negated_or_past(tokenized: TokenizedText, hits: Sequence[Hit]) -> Hit | None:
    """Return the guard that calms the whole message, an end before any other; None if there is none.

    After «đã giải quyết xong» no alarm and no ongoing event may follow; an event of last year, from the news or in a
    legal question must not be ongoing at all.
    """
    guards = [hit for hit in hits if hit.phrase.kind == "guard"]
    calming = [
        guard
        for guard in guards
        if guard.phrase.value in CALMING and not _is_refuted(tokenized, guard) and not _is_no_year(tokenized, guard)
    ]
    if not calming:
        return None
    end = max((guard for guard in calming if guard.phrase.value in ENDS), key=lambda guard: guard.last, default=None)
    end_index = end.last if end else -1
    idle = [guard for guard in guards if guard.phrase.value == "idle"]  # «khoá van», «báo lại»: not ongoing
    still = (guard for guard in guards if guard.phrase.value == "still" and guard.last > end_index)
    if any(not any(guard.overlaps(idle_hit) for idle_hit in idle) for guard in still):
        return None
    if end and any(hit.first > end_index for hit in hits if hit.phrase.kind == "emergency" and hit.phrase.value != "2"):
        return None
    return end or calming[0]


def is_over_or_untrue(tokenized: TokenizedText, hits: Sequence[Hit]) -> bool:
    """Return True if the event is over, or untrue."""
    guard = is_negated_or_past(tokenized, hits)
    return guard is not None and guard.phrase.value in ENDS


def _is_no_year(tokenized: TokenizedText, guard: Hit) -> bool:
    """Return True if a number is no year: «năm 2019» is past; «bé Nam 5 tuổi» is not."""
    return guard.phrase.words[-1] == "#so" and not _YEAR.search(tokenized.quote(guard.first, guard.last))


def _is_refuted(tokenized: TokenizedText, guard: Hit) -> bool:
    return not _REFUTING.isdisjoint(tokenized.tokens[max(guard.first - _NEGATION_REACH, 0) : guard.first])
