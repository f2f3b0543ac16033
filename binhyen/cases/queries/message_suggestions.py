"""Cases to suggest for an unassigned message: open ones the officer sees, alike in sender, category and words."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from binhyen.cases.models import Report
from binhyen.cases.queries.case_list import CaseFilters, select_cases
from binhyen.channels.models import Message
from binhyen.kit.text import fold_text
from binhyen.language.dedup.report_features import idf_weight, is_common

_MAX_CANDIDATES, MAX_SUGGESTED = 60, 3
_SAME_SENDER, _SAME_CATEGORY = 1.0, 0.2  # beside the weighted share of the message's words that a case has, 0 to 1
_MIN_SCORE = 0.5
_MIN_SHARED = 2  # words


@dataclass(frozen=True, slots=True)
class CandidateCase:
    """An open case with the words of its reports, folded, and the ids of its reporters."""

    code: str
    title: str
    category: str
    words: frozenset[str]
    reporter_ids: frozenset[int]


def list_candidates(officer: Any, *, now: dt.datetime) -> list[CandidateCase]:
    """List the newest open cases of the officer, none of them confidential.

    A link between a group member and a confidential report of theirs must appear nowhere.
    """
    rows = list(
        select_cases(officer, CaseFilters(), now=now)
        .filter(sensitive=False)
        .order_by("-id")
        .values_list("pk", "code", "title", "category", "search_text")[:_MAX_CANDIDATES]
    )
    reporters: dict[int, set[int]] = {}
    for case_id, reporter_id in Report.objects.filter(case__in=[row[0] for row in rows]).values_list(
        "case_id", "reporter_id"
    ):
        reporters.setdefault(case_id, set()).add(reporter_id)
    return [
        CandidateCase(code, title, category, _extract_words(text), frozenset(reporters.get(pk, ())))
        for pk, code, title, category, text in rows
    ]


def suggest_cases(message: Message, candidates: Sequence[CandidateCase]) -> list[CandidateCase]:
    """Return the best candidates for a message, best first; none for a sealed or confidential one."""
    if message.sensitive or message.ciphertext is not None:
        return []
    words = _extract_words(fold_text(message.text))
    scored = [(_score(message, words, candidate), candidate) for candidate in candidates]
    best = sorted((pair for pair in scored if pair[0] >= _MIN_SCORE), key=lambda pair: -pair[0])
    return [candidate for _, candidate in best[:MAX_SUGGESTED]]


def _score(message: Message, words: frozenset[str], candidate: CandidateCase) -> float:
    shared = words & candidate.words
    likeness = 0.0
    if len(shared) >= _MIN_SHARED:
        likeness = sum(map(idf_weight, shared)) / (sum(map(idf_weight, words)) or 1.0)
    sender = _SAME_SENDER if message.reporter_id in candidate.reporter_ids else 0.0
    category = _SAME_CATEGORY if message.category and message.category == candidate.category else 0.0
    return likeness + sender + category


def _extract_words(folded: str) -> frozenset[str]:
    """Return the words that mean something when shared."""
    return frozenset(word for word in folded.split() if len(word) > 1 and not is_common(word))
