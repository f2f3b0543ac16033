"""From scores to an explained decision: the lexicon may raise urgency, and doubt is made explicit."""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text, to_name_key, to_nfc
from binhyen.language.classify.forwarded import FORWARDED_REASON, find_forwarding
from binhyen.language.classify.labels import GUARD_TITLES, TITLES
from binhyen.language.classify.quiet_dangers import (
    QuietDanger,
    find_quiet_danger,
    jests_about_death,
    names_quiet_danger,
)
from binhyen.language.classify.strip_courtesy import (
    extract_core,
    list_candidate_reports,
    remove_courtesy,
    reports_good_outcome,
    strip_greeting,
)
from binhyen.language.classify.talk_signs import (
    JEST_WEIGHT,
    lower_head,
    weigh_abuse,
    weigh_danger_signs,
    weigh_misread_fire,
    weigh_report_signs,
    weigh_talk_signs,
)
from binhyen.language.classify.urgency import (
    ALARM_SHIFT,
    CALM_CATEGORIES,
    DANGER_SIGN_WEIGHT,
    DANGER_TALK_BAR,
    ENDS,
    HARMLESS_CATEGORIES,
    LOUD_ALARM_SHIFT,
    MAX_ALARM_LEVEL,
    NAMED_TALK_BAR,
    PRIVATE_TALK_BAR,
    REPORT_TALK_BAR,
    SHORT_NAMED_TALK_BAR,
    SIDE_CATEGORIES,
    TALK_REASON,
    URGENT_REASON,
    decide_lower_urgency,
    decide_sensitivity,
    decide_urgency,
    is_bare_in_accented_text,
    is_danger_named,
    is_negated_or_past,
    is_over_or_untrue,
    literal_emergencies,
    max_alarm_level,
    urgency_quote,
)
from binhyen.language.entities.place_cues import LANDMARKS
from binhyen.language.lexicon import FOLDER, Hit, Lexicon, Phrase, expand_alternatives, shipped_lexicon
from binhyen.language.lostfound.attributes import ANIMALS
from binhyen.language.phrase_trie import word_set
from binhyen.language.places.types import ADMIN_TYPES, SHORT_TYPES, VILLAGE_TYPES
from binhyen.language.reading import CATEGORIES, DANGER, IDLE_CATEGORIES, MIN_CONFIDENCE, Entity
from binhyen.language.tokenizer import DATA, PLACE_MASK, TokenizedText, read_table, tokenize

if TYPE_CHECKING:
    from binhyen.language.classify.labels import Scores
    from binhyen.language.classify.model import CategoryModel, Floats


# Masking of place names before a message is read: the place of an event says nothing about its category.
#
# Dangers are reported with their place more often than small talk, and «Phú Mậu» folds to blood («máu»): a village
# named in a calm message raised an alarm. The type of place is kept («cầu», «công an xã»), except for villages. Pure.

_MASK_RUN: Final = re.compile(f"{PLACE_MASK}+")


def _compile_types(types: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(sorted(map(fold_text, types), key=len, reverse=True))})\b")


_VILLAGE: Final = _compile_types((*(word for word, _ in VILLAGE_TYPES), "tổ"))
_KIND: Final = _compile_types((*(word for word, _ in (*ADMIN_TYPES, *SHORT_TYPES)), *LANDMARKS))


def mask_places(text: str, entities: Sequence[Entity]) -> str:
    """Return `text` with the same length, with the names of its places masked."""
    parts, end = [], 0
    for place in entities:
        if place.type == "PLACE" and (size := len(_name_to_mask(place))):
            parts += [text[end : place.end - size], PLACE_MASK * size]
            end = place.end
    return "".join((*parts, text[end:])) if parts else text


def unmask_quote(reason: str) -> str:
    """Return a quotation with dots in place of the masked names."""
    return _MASK_RUN.sub("…", reason)


def _name_to_mask(place: Entity) -> str:
    """Return the name at the end of a place, or all of a village; "" if it may be no name: «chợ máu me»."""
    folded = fold_text(place.text)
    if _VILLAGE.match(folded):
        return place.text
    kind = _KIND.match(folded)
    if place.text == place.text.lower() and (norm := str(place.norm)) == norm.lower():
        return ""
    return place.text.split(maxsplit=len(kind[0].split()))[-1] if kind else place.text


# Filter for ages of animals: «chó Vàng 5 tuổi đi lạc» is no missing child. Pure.
#
# Children are called Cún and Mèo too, so such a name («bé Cún», and every unaccented «be cun») counts as a child: a
# false alarm for a dog costs a glance, a missed child may cost its life.

_ANIMAL: Final = "chó|mèo|cún"
_MARKED: Final = re.compile(
    rf"(?:(?<!\w)(?:bé|cháu|em|cu)\s+(?:{_ANIMAL})|(?:^\W*|(?<!\w)(?:con|nhà)\s+)(?i:{_ANIMAL}))(?:\s+\w+){{0,2}}\s+$"
)
_BARE: Final = re.compile(
    r"(?:^\W*|\bcon )(?:cho (?:vang|muc|dom|ta|phoc|becgie|poodle|corgi)|meo (?:muop|mun|vang|trang|tam the))"
    r"(?: \w+)? $"
)
_PEOPLE: Final = re.compile(
    r"\b(?:(?:be|con|chau|em) (?:trai|gai)|(?:chau|em) be|chau (?:noi|ngoai)|tre|dua|hoc sinh|mac (?:ao|quan|vay)|lop"
    r"|mam non)\b"
)


def is_animal_age(text: str, start: int) -> bool:
    """Return True if the age at `start` (code points of `text`) is that of a dog or a cat, and no child is named."""
    if _PEOPLE.search(fold_text(text)):
        return False
    preceding_text = to_nfc(text[:start])
    folded_text = fold_text(preceding_text)
    return bool(_BARE.search(folded_text) if folded_text == preceding_text.lower() else _MARKED.search(preceding_text))


# Guard for very short messages: danger only if it is named; the model found it in «khổ thân» and «chú đến đâu rồi».
#
# The model's weights are learnt from longer messages and mean little in three words; a list does
# (data/lexicon/few.tsv).
# It only suppresses: the model still decides whether a named danger raises an alarm. Pure.

MAX_FEW_WORDS: Final = 4
"""Maximum number of words, without forms of address, for which a danger must be named."""
MAX_SHORT_WORDS: Final = 6
"""… for which the model must be more confident of an unnamed danger: «nó để xe trong sân»."""
_MAX_TOKENS: Final = 3 * MAX_FEW_WORDS  # a longer message has more than forms of address
_NEGATION_REACH: Final = 2  # words before a danger that may deny it
_ADDRESS: Final = word_set(
    "a ae alo anh bac cac chau chi chu co da e em he may minh moi nguoi nghe nhe oi thua toi tui u vang"
)
_DENYING: Final = word_set("chang chua dau het khoi khong")


def is_short_without_danger(tokenized: TokenizedText, hits: Sequence[Hit], limit: int = MAX_FEW_WORDS) -> bool:
    """Return True for at most `limit` words that name no danger or only deny one: «không có dao»."""
    return _is_short(tokenized, limit) and not names_danger(tokenized, hits)


def _is_short(tokenized: TokenizedText, limit: int) -> bool:
    return len(tokenized.tokens) <= _MAX_TOKENS and sum(word not in _ADDRESS for word in tokenized.tokens) <= limit


def is_short_danger(tokenized: TokenizedText, hits: Sequence[Hit]) -> bool:
    """Return True for a short message that names a danger."""
    return _is_short(tokenized, MAX_SHORT_WORDS) and names_danger(tokenized, hits)


def names_danger(tokenized: TokenizedText, hits: Sequence[Hit]) -> bool:
    """Return True if a danger of few words is named and not denied (data/lexicon/few.tsv)."""
    danger_hits = _load_dangers().find(tokenized)
    figures = [hit for hit in danger_hits if hit.phrase.value == "figure" and _is_spelled_as(tokenized, hit)]
    alarms = [hit for hit in literal_emergencies(hits) if not hit.phrase.in_talk]
    named = [hit for hit in (*alarms, *danger_hits) if hit.phrase.value != "figure"]
    return any(
        _is_spelled_as(tokenized, hit)
        and not _is_denied(tokenized, hit)
        and not any(_is_within_figure(hit, figure) for figure in figures)
        for hit in named
    )


def _is_within_figure(hit: Hit, figure: Hit) -> bool:
    """Return True for «ngập cổ» in «bài vở ngập cổ»; hits of equal length are not within each other."""
    whole = figure.first <= hit.first and hit.last <= figure.last
    return whole and figure.last - figure.first > hit.last - hit.first


def _is_denied(tokenized: TokenizedText, hit: Hit) -> bool:
    return not _DENYING.isdisjoint(tokenized.tokens[max(hit.first - _NEGATION_REACH, 0) : hit.first])


def _is_spelled_as(tokenized: TokenizedText, hit: Hit) -> bool:
    """Return True unless accented words differ from the phrase: «khỏi» is not «khói»."""
    if is_bare_in_accented_text(tokenized, hit):
        return False
    for (start, end), wanted in zip(tokenized.spans[hit.first : hit.last + 1], hit.phrase.marked, strict=False):
        word = to_nfc(tokenized.text[start:end]).lower()
        bare = fold_text(word) == word
        if (bare and hit.phrase.value == "marks") or not (bare or to_name_key(word) == to_name_key(wanted)):
            return False
    return True


@lru_cache(maxsize=1)
def _load_dangers() -> Lexicon:
    return Lexicon(
        [
            Phrase(tuple(map(fold_text, words)), "few", row["match"], words)
            for row in read_table(FOLDER / "few.tsv")
            for words in expand_alternatives(row["phrase"])
        ]
    )


SHIPPED = DATA / "model.npz"
PARTIAL_TEXT_MARGIN = 0.5
"""Added to the danger threshold if only the end of a message is read: less text requires more confidence."""
UNNAMED_DANGER_MARGIN = 1.0
"""The same for a short message that names no danger."""
MIN_SERIOUS_CHANCE = 0.2
"""Minimum probability of a category to replace small talk in a dangerous message."""
MAX_THANKS_CHANCE = 0.05
"""Threshold of thanks beside a reported good outcome, which resembles thanks even without a word of thanks."""
MAX_WEIGHT = "3"
TOP_COUNT = 3
MAX_SMALL_CHILD_AGE = 10
"""Age limit of a missing child in danger, regardless of the wording: names and ages mean little to a model."""
STRAY_PHRASES = frozenset({("di", "lac"), ("mat", "tich")})
"""Alarm phrases of a missing person that are no alarm for an animal."""
NEEDS_PERSON_REASON = L_("chưa chắc, cần cán bộ xem")
UNSURE_REASON = L_("chưa chắc, cần cán bộ xem (có thể là {what})")
UNREADABLE_REASON = L_("không có chữ nào đọc được")
_LOST_CHILD = L_("khẩn, trẻ nhỏ chưa tìm thấy")


@dataclass(frozen=True, slots=True)
class MessageClassification:
    """Decision: `confidence` and `top` (three, the decision first) are probabilities; `urgency` 0..3.

    `reasons` are in Vietnamese. `is_named`: words or rules name the danger; otherwise it is the model's finding.
    `is_talk` and `learnt_alarm`: see `Reading`.
    """

    category: str
    confidence: float
    top: tuple[tuple[str, float], ...]
    urgency: int
    sensitive: bool
    reasons: tuple[str, ...]
    is_named: bool = False
    is_talk: bool = False
    learnt_alarm: float | None = None


@dataclass(frozen=True, slots=True)
class _Decision:
    """A decision without its reasons, and their inputs."""

    tokens: TokenizedText
    hits: list[Hit]
    scores: "Scores"
    top: tuple[tuple[str, float], ...]
    urgency: int
    alarms: list[Hit]
    lost: Entity | None


class _Part(NamedTuple):
    """A message, or a part of it, as the model reads it: its words, phrases and the model's numbers."""

    tokens: TokenizedText
    hits: list[Hit]
    raw: "Floats"
    risks: list[str]


_MAX_PARTS: Final = 32


class Classifier:
    """Classifier with the model in memory; one instance serves every thread."""

    def __init__(self, model: "CategoryModel", lexicon: Lexicon) -> None:
        self._model = model
        self._lexicon = lexicon
        # The same sentences are asked for idleness, danger and talk: each is read once.
        self._read_part = lru_cache(maxsize=_MAX_PARTS)(self._read_new_part)

    @classmethod
    def load(cls, path: Path | None = None) -> "Classifier":
        """Load the shipped model, or the one at `path`.

        Raises OSError or ValueError if it is missing or incompatible.
        """
        from binhyen.language.classify.model import (
            CategoryModel,  # numpy takes 6 MiB: imported only where messages are read
        )

        return cls(CategoryModel.load(path or SHIPPED), shipped_lexicon())

    def classify(self, text: str, entities: Sequence[Entity]) -> MessageClassification:
        """Classify one message. Never raises, for any string."""
        masked_text = mask_places(text, entities)
        greeted_text = strip_greeting(masked_text)
        classified = self._calm_talk(self._decide(greeted_text, entities), greeted_text, entities)
        if classified.urgency < DANGER and (quiet_danger := find_quiet_danger(greeted_text)):
            classified = self._raise_quiet_danger(classified, greeted_text, quiet_danger)
        if classified.urgency and classified.category != "missing_person" and (words := find_forwarding(text)):
            reasons = (FORWARDED_REASON.format(words=words), *classified.reasons)
            classified = replace(classified, urgency=0, reasons=reasons, is_talk=True, learnt_alarm=None)
        return (
            classified
            if masked_text == text
            else replace(classified, reasons=tuple(map(unmask_quote, classified.reasons)))
        )

    def _raise_quiet_danger(
        self, classified: MessageClassification, text: str, danger: QuietDanger
    ) -> MessageClassification:
        """Raise the urgency for a danger in quiet words, unless it is over, past, news, a drill or a rule."""
        tokenized, hits, _, _ = self._read_part(text)
        is_thanks = classified.category == "thanks" and classified.confidence >= MIN_CONFIDENCE
        if is_thanks or is_negated_or_past(tokenized, hits):
            return classified
        category, top = classified.category, classified.top
        if category in HARMLESS_CATEGORIES or classified.confidence < MIN_CONFIDENCE:
            category = danger.category
            others = (entry for entry in top if entry[0] != category)
            top = ((category, MIN_CONFIDENCE), *((name, chance / 2) for name, chance in others))[:TOP_COUNT]
        return replace(
            classified,
            category=category,
            confidence=top[0][1],
            top=top,
            urgency=DANGER,
            reasons=(f"{URGENT_REASON}: «{danger.words}»", *classified.reasons),
            is_named=True,
            is_talk=False,
            learnt_alarm=None,
        )

    def _decide(self, text: str, entities: Sequence[Entity]) -> MessageClassification:
        tokenized, hits, raw, risks = self._read_part(text)
        if not tokenized.tokens:
            return MessageClassification("other", 1.0, (("other", 1.0),), 0, False, (UNREADABLE_REASON,))
        guard = is_negated_or_past(tokenized, hits)
        scores = self._model.to_scores(raw, risks)
        is_very_short, is_short = (
            is_short_without_danger(tokenized, hits),
            is_short_without_danger(tokenized, hits, MAX_SHORT_WORDS),
        )
        decision = self._weigh_scores(
            tokenized,
            hits,
            entities,
            scores,
            calm=guard is not None,
            few=is_very_short,
            apart=UNNAMED_DANGER_MARGIN if is_short else 0.0,
        )
        whole = self._explain(decision, entities)
        if whole.urgency == 3 and whole.category not in CALM_CATEGORIES:
            return whole
        guard_kind = guard.phrase.value if guard else ""
        if whole.urgency < 3 and whole.category in IDLE_CATEGORIES:
            whole = self._classify_beside_thanks(whole, tokenized.text, entities)
        if is_short:
            return whole
        # Thanks for last year's help, removed from the remaining text, end nothing; «đã xong rồi ạ» does.
        remaining = remove_courtesy(tokenized.text, self._is_idle)
        classified = self._raise_if_dangerous(whole, remaining, entities, ended=guard_kind in ENDS)
        if classified.urgency == 3 and classified.category not in CALM_CATEGORIES:
            return classified
        core = extract_core(remaining or tokenized.text, self._is_calm, self._is_aside)
        return self._raise_if_dangerous(
            classified, core, entities, ended=guard_kind not in {"", "past"}, apart=PARTIAL_TEXT_MARGIN
        )

    def _calm_talk(
        self, classified: MessageClassification, text: str, entities: Sequence[Entity]
    ) -> MessageClassification:
        """Mark messages worded like talk of a social network, and lower an urgency that only the model finds in it.

        It is talk only if it reads so as a whole, without its courtesy, in its core and beside its thanks. An alarm
        with a sign of quiet danger is kept: such a report is as calm as talk. A danger that words name is lowered only
        if nearly everything else reads like talk.
        """
        if classified.category in IDLE_CATEGORIES and not classified.urgency:
            return classified
        is_alarm = classified.urgency == DANGER
        if is_alarm and names_quiet_danger(text):
            return classified
        danger_over_talk, report_over_talk = self._weigh_against_talk(classified, text, entities)
        is_named = classified.is_named and danger_over_talk >= self._choose_named_bar(text)
        is_talk = report_over_talk < REPORT_TALK_BAR and not is_named
        if is_alarm and not is_named:
            if danger_over_talk >= DANGER_TALK_BAR:
                return replace(classified, learnt_alarm=danger_over_talk)
            if classified.is_named:  # words name it: enough for an alarm in a private message
                danger_over_talk = max(danger_over_talk, PRIVATE_TALK_BAR)
            urgency = 1 if is_talk or classified.category in HARMLESS_CATEGORIES else DANGER - 1
            reasons = tuple(reason for reason in classified.reasons if not reason.startswith(URGENT_REASON))
            classified = replace(
                classified, urgency=urgency, reasons=(*reasons, TALK_REASON), learnt_alarm=danger_over_talk
            )
        if is_talk and classified.urgency == DANGER - 1:
            classified = replace(classified, urgency=1)
        is_unchanged = (is_named, is_talk) == (classified.is_named, classified.is_talk)
        return classified if is_unchanged else replace(classified, is_named=is_named, is_talk=is_talk)

    def _choose_named_bar(self, text: str) -> float:
        """Return the bar of talk for the danger that words name; a small child that is lost is never talk."""
        tokenized, hits, _, _ = self._read_part(text)
        if is_danger_named(tokenized, literal_emergencies(hits)):
            return NAMED_TALK_BAR
        return SHORT_NAMED_TALK_BAR if is_short_danger(tokenized, hits) else -math.inf

    def _weigh_against_talk(
        self, classified: MessageClassification, text: str, entities: Sequence[Entity]
    ) -> tuple[float, float]:
        """Return the log-odds of a danger and of a report over talk: the highest of all readings of the message.

        The signs of talk are subtracted, those of a report added. The first number counts for an alarm only.
        """
        whole = self._read_part(text)
        known_share = self._model.share_known_pairs(whole.tokens.tokens)
        lower = lower_head(text)
        signs = weigh_talk_signs(lower, known_share, classified.confidence)
        if jests_about_death(text):
            signs += JEST_WEIGHT
        report_signs = weigh_report_signs(lower, entities)
        danger_signs = signs if classified.is_named else DANGER_SIGN_WEIGHT * signs
        if classified.urgency == DANGER:
            danger_signs -= report_signs + weigh_danger_signs(lower, classified.confidence)
            if classified.category == "fire" and not classified.is_named:
                danger_signs += weigh_misread_fire(lower)
        signs += weigh_abuse(lower) - report_signs
        danger, report = self._model.talk(whole.raw)
        if report - signs >= REPORT_TALK_BAR and (
            danger - danger_signs >= DANGER_TALK_BAR or classified.urgency < DANGER
        ):
            return danger - danger_signs, report - signs
        remaining = remove_courtesy(text, self._is_idle)
        parts = (
            remaining,
            extract_core(remaining or text, self._is_calm, self._is_aside),
            *list_candidate_reports(text, self._is_idle),
        )
        scores = [(danger, report), *(self._model.talk(self._read_part(part).raw) for part in parts if part)]
        return max(score for score, _ in scores) - danger_signs, max(score for _, score in scores) - signs

    def _read_new_part(self, text: str) -> _Part:
        tokenized = tokenize(text)
        hits = self._lexicon.find(tokenized)
        return _Part(tokenized, hits, *self._model.raw(tokenized, hits))

    def _classify_beside_thanks(
        self, whole: MessageClassification, text: str, entities: Sequence[Entity]
    ) -> MessageClassification:
        """Classify by the content and not by its politeness, if it is neither small talk nor over."""
        for report in list_candidate_reports(text, self._is_idle):
            tokenized, hits, raw, risks = self._read_part(report)
            if is_over_or_untrue(tokenized, hits):
                continue
            scores = self._model.to_scores(raw, risks)
            is_thanks = whole.category == "thanks" and (
                scores.thanks > MAX_THANKS_CHANCE or reports_good_outcome(report)
            )
            if scores.likely not in IDLE_CATEGORIES and not is_thanks:
                decision = self._weigh_scores(
                    tokenized, hits, entities, scores, calm=is_negated_or_past(tokenized, hits) is not None
                )
                classified = self._explain(decision, entities)
                return replace(classified, sensitive=classified.sensitive or whole.sensitive)
        return whole

    def _raise_if_dangerous(
        self, whole: MessageClassification, text: str, entities: Sequence[Entity], *, ended: bool, apart: float = 0.0
    ) -> MessageClassification:
        """Raise urgency if this part is dangerous, despite any courtesy around it.

        If the whole is small talk or a question, this part decides the category.
        """
        tokenized, hits, raw, risks = self._read_part(text)
        if not tokenized.tokens:
            return whole
        margin = self._model.danger(raw) - self._model.thresholds["danger"] - apart
        is_surely_calm = margin < LOUD_ALARM_SHIFT or (
            margin < ALARM_SHIFT and max_alarm_level(literal_emergencies(hits)) < MAX_ALARM_LEVEL
        )
        if is_surely_calm and whole.urgency < 3 and not any(map(_is_small_child_age, entities)):
            return whole  # even if the full scores were computed
        is_calm = ended or is_negated_or_past(tokenized, hits) is not None
        scores = self._model.to_scores(raw, risks)
        decision = self._weigh_scores(tokenized, hits, entities, scores, calm=is_calm, apart=apart)
        if max(decision.urgency, whole.urgency) < 3:
            return whole
        classified = self._explain(decision, entities)
        if whole.category not in HARMLESS_CATEGORIES or classified.category in HARMLESS_CATEGORIES:
            classified = replace(classified, category=whole.category, confidence=whole.confidence, top=whole.top)
        reasons = (
            classified.reasons
            if classified.urgency == 3
            else tuple(dict.fromkeys((*classified.reasons, *whole.reasons)))
        )
        return replace(
            classified,
            urgency=DANGER,
            reasons=reasons,
            sensitive=classified.sensitive or whole.sensitive,
            is_named=whole.is_named or classified.is_named,
        )

    def _is_idle(self, text: str) -> bool:
        return self._likely_category(text) in IDLE_CATEGORIES

    def _is_calm(self, text: str) -> bool:
        return self._likely_category(text) in CALM_CATEGORIES

    def _is_aside(self, text: str) -> bool:
        """Return True for another, harmless subject that does not end the event."""
        part = self._read_part(text)
        return self._model.likely_category(part.raw) in SIDE_CATEGORIES and not is_over_or_untrue(
            part.tokens, part.hits
        )

    def _likely_category(self, text: str) -> str:
        return self._model.likely_category(self._read_part(text).raw)

    def _weigh_scores(
        self,
        tokenized: TokenizedText,
        hits: list[Hit],
        entities: Sequence[Entity],
        scores: "Scores",
        *,
        calm: bool,
        apart: float = 0.0,
        few: bool = False,
    ) -> _Decision:
        order = sorted(range(len(CATEGORIES)), key=scores.category.__getitem__, reverse=True)[:TOP_COUNT]
        top = tuple((CATEGORIES[index], round(scores.category[index], 4)) for index in order)
        category, confidence = top[0]
        alarms = [] if calm else literal_emergencies(hits)
        thresholds = self._model.thresholds
        if few:
            urgency = decide_lower_urgency(scores, category, thresholds["sure"])
        else:
            urgency = decide_urgency(scores, category, max_alarm_level(alarms), calm, thresholds, apart)
        if (
            category == "missing_person"
            and _is_pet(tokenized.text, entities)
            and {hit.phrase.words for hit in alarms} <= STRAY_PHRASES
        ):
            top = (("lost_item", confidence), *(entry for entry in top[1:] if entry[0] != "lost_item"))
            category, urgency = "lost_item", min(urgency, 1)
        missing_child = (
            _find_small_child_age(tokenized.text, entities) if category == "missing_person" and not calm else None
        )
        urgency = 3 if missing_child else urgency
        if urgency == 3 or confidence < self._model.thresholds["sure"]:
            top = _promote_serious(top, {hit.phrase.kind for hit in hits if hit.phrase.value == MAX_WEIGHT})
        return _Decision(tokenized, hits, scores, top, urgency, alarms, missing_child)

    def _explain(self, decision: _Decision, entities: Sequence[Entity]) -> MessageClassification:
        category, confidence = decision.top[0]
        tokens = decision.tokens
        if decision.lost:
            explanations = [f"{_LOST_CHILD}: «{decision.lost.text}»"]
        elif decision.urgency == 3:
            explanations = [urgency_quote(decision.tokens, decision.alarms, self._model.word_danger_weights)]
        else:
            explanations = _explain_guards(decision.tokens, decision.hits)
        reasons = [*self._explain_category(decision.tokens, decision.hits, category), *explanations]
        is_sensitive, sensitivity_reasons = decide_sensitivity(decision.scores, category, decision.hits, entities)
        reasons += sensitivity_reasons if is_sensitive else ()
        if confidence < self._model.thresholds["sure"]:
            reasons.append(UNSURE_REASON.format(what=TITLES[decision.top[1][0]]))
        is_named = decision.urgency == DANGER and (
            decision.lost is not None
            or is_danger_named(tokens, decision.alarms)
            or is_short_danger(tokens, decision.hits)
        )
        return MessageClassification(
            category, confidence, decision.top, decision.urgency, is_sensitive, tuple(reasons), is_named
        )

    def _explain_category(self, tokenized: TokenizedText, hits: Sequence[Hit], category: str) -> list[str]:
        """Return the two phrases of the lexicon with most weight, else the words with most weight in the model."""
        category_hits = sorted(
            (hit for hit in hits if hit.phrase.kind == category), key=lambda hit: (-float(hit.phrase.value), hit.first)
        )
        quotes = list(dict.fromkeys(tokenized.quote(hit.first, hit.last) for hit in category_hits))[:2]
        if not quotes:
            place = self._model.evidence(tokenized, CATEGORIES.index(category))
            quotes = [tokenized.quote(*place)] if place else []
        return [f"{TITLES[category]}: {', '.join(f'«{quote}»' for quote in quotes)}"] if quotes else [TITLES[category]]


def _find_small_child_age(text: str, entities: Sequence[Entity]) -> Entity | None:
    """Return the age of a child too young to be out alone; None if an animal is missed."""
    if any(entity.type == "ITEM" and entity.norm in ANIMALS for entity in entities):
        return None
    return next((age for age in filter(_is_small_child_age, entities) if not is_animal_age(text, age.start)), None)


def _is_small_child_age(entity: Entity) -> bool:
    return entity.type == "AGE" and isinstance(entity.norm, int) and entity.norm <= MAX_SMALL_CHILD_AGE


def _is_pet(text: str, entities: Sequence[Entity]) -> bool:
    """Return True if ages are given, and all of them are of dogs or cats."""
    ages = [entity for entity in entities if entity.type == "AGE"]
    return bool(ages) and all(is_animal_age(text, age.start) for age in ages)


def _promote_serious(
    top: tuple[tuple[str, float], ...], lexicon_categories: Collection[str]
) -> tuple[tuple[str, float], ...]:
    """Move a serious category to the front, since danger and possible reports are no small talk.

    It must be in `lexicon_categories`, the categories that the lexicon matched with full weight.
    """
    serious = next(
        (entry for entry in top[1:] if entry[0] in lexicon_categories and entry[1] >= MIN_SERIOUS_CHANCE), None
    )
    return (serious, *(entry for entry in top if entry != serious)) if serious and top[0][0] in IDLE_CATEGORIES else top


def _explain_guards(tokenized: TokenizedText, hits: Sequence[Hit]) -> list[str]:
    """Return why it is no danger: a figure of speech, and the guard that calms the message."""
    figure = next((hit for hit in hits if hit.phrase.kind == "guard" and hit.phrase.value == "figure"), None)
    guards = filter(None, (figure, is_negated_or_past(tokenized, hits)))
    return [f"{GUARD_TITLES[hit.phrase.value]}: «{tokenized.quote(hit.first, hit.last)}»" for hit in guards]
