"""Urgency and sensitivity from scores, the category and lexicon hits. Pure."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text, to_name_key, to_nfc
from binhyen.language.classify.labels import TITLES
from binhyen.language.lexicon import TIP_REASON, Hit
from binhyen.language.reading import IDLE_CATEGORIES, Entity
from binhyen.language.tokenizer import TokenizedText

if TYPE_CHECKING:
    from binhyen.language.classify.labels import Scores


# Detection of events that are over, long past, a drill, news, a false alarm or a legal question. Pure.
#
# The phrases are those of data/lexicon/guards.tsv. Danger overrides them: if later words say that the event goes on,
# or is meant literally, the message is as urgent as without them.

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
    idle = [guard for guard in guards if guard.phrase.value == "idle"]  # «khóa van», «báo lại»: not ongoing
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


# Explanation of urgency in the writer's own words, without naming anything else. Pure.

URGENT_REASON = L_("khẩn")
ALIKE_REASON = L_("khẩn, máy học thấy giống tin khẩn")
_MAX_QUOTE_WORDS = 5  # maximum words of one quotation
_RUNS = 2
_MIN_SECOND_SHARE = 0.3  # minimum weight of a second run, relative to the first
_MAX_QUOTE_CODE_POINTS = 40  # code points


def urgency_quote(
    tokenized: TokenizedText, alarms: Sequence[Hit], weigh: Callable[[TokenizedText], Sequence[float]]
) -> str:
    """Return the longest alarm phrase with the right spelling; else the model's claim and its most important words.

    `weigh`: function that returns the weight of each word.
    """
    if written := _list_named(tokenized, alarms):
        longest = max(written, key=lambda hit: hit.last - hit.first)
        return f"{URGENT_REASON}: «{tokenized.quote(longest.first, longest.last)}»"
    quotes = [
        f"«{tokenized.quote(first, last, _MAX_QUOTE_CODE_POINTS)}»"
        for first, last in _find_weightiest_runs(tokenized, weigh(tokenized))
    ]
    return f"{ALIKE_REASON}: {', '.join(quotes)}" if quotes else ALIKE_REASON


def is_danger_named(tokenized: TokenizedText, alarms: Sequence[Hit]) -> bool:
    """Return True if an alarm phrase with the right spelling names the danger, and is not usual in talk."""
    return any(not hit.phrase.in_talk for hit in _list_named(tokenized, alarms))


def _list_named(tokenized: TokenizedText, alarms: Sequence[Hit]) -> list[Hit]:
    bare = fold_text(tokenized.text) == tokenized.text.lower()
    return [hit for hit in alarms if _is_spelled_as(tokenized, hit, bare=bare)]


_MIN_ACCENTED = 5  # «các chú công an ơi dam chem»


def is_bare_in_accented_text(tokenized: TokenizedText, hit: Hit) -> bool:
    """Return True if a phrase stands without its diacritics among words that have them: «ben lên» is not «bén lên»."""
    if not is_mostly_accented(tokenized.text):
        return False
    pairs = zip(tokenized.spans[hit.first : hit.last + 1], hit.phrase.marked, strict=False)
    words = ((to_nfc(tokenized.text[start:end]).lower(), wanted) for (start, end), wanted in pairs)
    return any(fold_text(wanted) == word != wanted for word, wanted in words)


@lru_cache(maxsize=32)
def is_mostly_accented(text: str) -> bool:
    """Return True if at least half of the words have diacritics, and more of them than a greeting has."""
    words = text.lower().split()
    accented = sum(not word.isascii() and fold_text(word) != word for word in words)
    return accented >= max(len(words) / 2, _MIN_ACCENTED)


def _is_spelled_as(tokenized: TokenizedText, hit: Hit, *, bare: bool) -> bool:
    """Return True unless accented words differ from the phrase: «bơm» is not «bom».

    One word alone is no evidence in an unaccented text.
    """
    if (hit.first == hit.last and bare) or is_bare_in_accented_text(tokenized, hit):
        return False
    for (start, end), wanted in zip(tokenized.spans[hit.first : hit.last + 1], hit.phrase.marked, strict=False):
        word = to_nfc(tokenized.text[start:end]).lower()
        if fold_text(word) != word and to_name_key(word) != to_name_key(wanted):
            return False
    return True


def _find_weightiest_runs(tokenized: TokenizedText, weights: Sequence[float]) -> list[tuple[int, int]]:
    """Return at most two runs of words within a sentence, first and last word of each, in order of position."""
    runs = []
    for first in (place for place, weight in enumerate(weights) if weight > 0):
        total = 0.0
        for last in range(first, min(first + _MAX_QUOTE_WORDS, len(weights))):
            if last > first and _ends_clause(tokenized, last - 1):
                break
            total += weights[last]
            if weights[last] > 0:
                runs.append((total, first, last))
    chosen: list[tuple[float, int, int]] = []
    for run in sorted(runs, key=lambda candidate: (-candidate[0], candidate[1])):
        is_separate = all(run[2] < first or run[1] > last for _, first, last in chosen)
        if is_separate and (not chosen or run[0] >= chosen[0][0] * _MIN_SECOND_SHARE):
            chosen.append(run)
        if len(chosen) == _RUNS:
            break
    return sorted((first, last) for _, first, last in chosen)


def _ends_clause(tokenized: TokenizedText, place: int) -> bool:
    """Return True if a sentence or a part of one ends after the word."""
    between = tokenized.text[tokenized.spans[place][1] : tokenized.spans[place + 1][0]]
    return bool(between.strip())


ALWAYS_SENSITIVE = frozenset({"officer_complaint", "drugs_gambling"})
ABOUT_PEOPLE = frozenset({"violence", "public_order", "theft", "scam", "missing_person", "found_person", "welfare"})
CALM_CATEGORIES = frozenset({"thanks", "other", "admin_question"})
ACCUSING_CATEGORIES = frozenset({"violence", "public_order"})
"""A person named there is almost always accused of a deed."""
SIDE_CATEGORIES = frozenset({"admin_question", "lost_item", "found_item"})
"""Subjects that may be asked or reported besides, after a danger."""
HARMLESS_CATEGORIES = CALM_CATEGORIES | SIDE_CATEGORIES
"""Categories without danger to life unless the words say so."""
ALARM_SHIFT, LOUD_ALARM_SHIFT, HARMLESS_SHIFT, SETTLED_SHIFT = -0.2, -1.0, 0.7, 2.0
"""Change of the level-3 threshold in log-odds, after an alarm phrase or a loud one, and for plain or settled messages.

An alarm lowers it; a plainly harmless or a settled message raises it. From LOUD_ALARM_SHIFT on, the search for danger
continues in parts of the message that no guard covers.
"""
DANGER_TALK_BAR, REPORT_TALK_BAR = 3.5, 2.0
"""Log-odds over talk of a social network, below which a learnt danger, or a report in a group, is taken for talk.

Of a danger both outputs count together. Signs of talk are subtracted, those of a report added (classify/talk_signs.py).
"""
PRIVATE_TALK_BAR = -2.0
"""Bar of private messages: they are written to the police, so talk is rare among them."""
NAMED_TALK_BAR, SHORT_NAMED_TALK_BAR = -1.5, -3.0
"""The same for a danger that an alarm phrase names, or a phrase of few words in a short message.

Of 224 written dangers that words name, the lowest has −1.7; half of the comments that use such words are below −3.
"""
DANGER_SIGN_WEIGHT = 2.5
"""Weight of the signs of talk for a learnt danger: half as many comments ring, none of 652 written dangers is lost."""
TALK_REASON = L_("giống lời bình trên mạng hơn là tin báo")
MAX_ALARM_LEVEL = 4
"""Level of alarm phrases with hardly any other meaning; few training rows contain them."""
NEGATION_REACH = 2
"""Words after which a negation ends."""
ADULT_AGE = 18
SENSITIVE_REASON = L_("nhạy cảm")
_CHILD_REASON = L_("chi tiết của trẻ em")
_PERSON_REASON = L_("nêu đích danh một người")
_EXPOSURE_REASON = L_("lộ ra có thể hại người báo")


def literal_emergencies(hits: Sequence[Hit]) -> list[Hit]:
    """Return alarm phrases of level 3 and above that are literal: no figure of speech, not denied."""
    alarms = [hit for hit in hits if hit.phrase.kind == "emergency" and hit.phrase.value != "2"]
    guards = [hit for hit in hits if hit.phrase.kind == "guard"]
    if not alarms or not guards:
        return alarms
    doubtful = [guard for guard in guards if guard.phrase.value == "figure"]
    denied = [guard.last for guard in guards if guard.phrase.value == "negation"]
    return [
        hit
        for hit in alarms
        if not any(hit.overlaps(guard) for guard in doubtful)
        and not any(0 <= hit.first - last <= NEGATION_REACH for last in denied)
    ]


def max_alarm_level(alarms: Sequence[Hit]) -> int:
    """Return the highest level of the alarms, 0 if there is none."""
    return max((int(hit.phrase.value) for hit in alarms), default=0)


def has_alarm(scores: "Scores", category: str, alarm: int) -> bool:
    """Return True for an alarm phrase, a danger pattern or a missing person, in a message that is not plainly calm."""
    return category not in CALM_CATEGORIES and (bool(alarm) or bool(scores.dangers) or category == "missing_person")


def threshold_shift(scores: "Scores", category: str, alarm: int, calm: bool, sure: float) -> float:
    """Return the change of the level-3 threshold: lower after an alarm, higher if calm, highest if guards settle it.

    `alarm`: its loudness, 0 for none.
    """
    if calm:
        return SETTLED_SHIFT
    if alarm >= MAX_ALARM_LEVEL and category != "thanks":
        return LOUD_ALARM_SHIFT
    if has_alarm(scores, category, alarm):
        return ALARM_SHIFT
    plain = category in HARMLESS_CATEGORIES and max(scores.category) >= sure and not alarm
    return HARMLESS_SHIFT if plain and not scores.dangers else 0.0


def decide_urgency(
    scores: "Scores", category: str, alarm: int, calm: bool, thresholds: dict[str, float], apart: float = 0.0
) -> int:
    """Return the model's level; an alarm lowers the threshold of level 3 and can only raise.

    Politeness has no influence.
    Below 3: thanks, small talk and questions about procedure need no action (0), unless a question is due today (2);
    anything else needs at least normal handling (1).
    """
    if scores.danger >= thresholds["danger"] + apart + threshold_shift(
        scores, category, alarm, calm, thresholds["sure"]
    ):
        return 3
    return decide_lower_urgency(scores, category, thresholds["sure"])


def decide_lower_urgency(scores: "Scores", category: str, sure: float) -> int:
    """Return the level of a message without danger."""
    level = scores.urgency.index(max(scores.urgency))
    if category == "admin_question":
        return level if level > 1 else 0
    if max(scores.category) < sure:
        return level
    return 0 if category in IDLE_CATEGORIES else max(level, 1)


def decide_sensitivity(
    scores: "Scores", category: str, hits: Sequence[Hit], entities: Sequence[Entity]
) -> tuple[bool, tuple[str, ...]]:
    """Return whether exposing the writer or the text could harm, and why. Rules can only add to the model."""
    phrase_reason = next((hit.phrase.value for hit in hits if hit.phrase.kind == "sensitive"), None)
    if category in ALWAYS_SENSITIVE:
        return True, (f"{SENSITIVE_REASON}: {TITLES[category]}",)
    child = any(
        entity.type == "AGE" and isinstance(entity.norm, int) and entity.norm < ADULT_AGE for entity in entities
    )
    if child and category in ABOUT_PEOPLE:
        return True, (f"{SENSITIVE_REASON}: {_CHILD_REASON}",)
    names_person = any(entity.type == "PERSON" for entity in entities)
    if scores.sensitive >= 0.5 or (category in ACCUSING_CATEGORIES and names_person):
        reason = phrase_reason or (_PERSON_REASON if names_person else _EXPOSURE_REASON)
        return True, (f"{SENSITIVE_REASON}: {reason}",)
    if phrase_reason == TIP_REASON and category == "public_order":
        return True, (f"{SENSITIVE_REASON}: {phrase_reason}",)
    if phrase_reason and phrase_reason.startswith(("xin", "sợ")) and category not in CALM_CATEGORIES:
        return True, (f"{SENSITIVE_REASON}: {phrase_reason}",)
    return False, ()
