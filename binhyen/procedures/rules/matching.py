"""Question matcher: the one procedure that answers a question, or none. Pure; no model, no network.

A question and the examples of each procedure become sets of meaning tokens: words without accents, short forms and
synonyms replaced, typing errors in known phrases repaired. A procedure is scored by its nearest example (F-measure of
inverse document frequencies) and by the share of the question that its words explain. Other topics compete as well, so
that a question about a birth certificate is not answered with residence.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_to_words
from binhyen.language.phrase_trie import word_set
from binhyen.language.tokenizer import expand_short_form, read_table
from binhyen.procedures.rules.states import ProcedureContent, Variant, split_lines

MAX_QUESTION_CHARS: Final = 1000  # a longer text is a story for a person
MAX_QUESTION_WORDS: Final = 80
_DATA: Final = Path(__file__).parents[1] / "data"
_MAX_PHRASE: Final = 5  # words
_MIN_FUZZY: Final = 6  # letters, without blanks, from which one typing error is repaired
_EXAMPLE_SHARE: Final = 0.7  # of the nearest example in the score; the rest is the share explained
_ANCHOR_SHARE: Final = 0.15  # of a procedure's examples that use a token which names its subject
_MIN_ANCHOR: Final = 1.5  # weight of the subject that a question must name
_MIN_SHARED: Final = 3.5  # the same where tokens of other subjects name it together
_EXAMPLES: Final = "#"  # counts the examples of a procedure, beside its tokens
_PERSON: Final = "!"  # token of a victim's or reporter's words
_UNKNOWN_WEIGHT: Final = 0.3  # of a word that no example uses
_MAX_UNKNOWN: Final = 5
MIN_SCORE: Final = 0.5
MIN_MARGIN: Final = 0.06
_TELEX: Final = str.maketrans("", "", "w")
_DOUBLED: Final = (("aa", "a"), ("ee", "e"), ("oo", "o"), ("dd", "d"))
_RIMES: Final = word_set("""
    a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu i ia ich iec iem ien ieng iep iet ieu
    im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oat oay oc oe oen oeo oet oi om on ong oong op ot u ua
    uan uang uat uay uc ue uech uen uenh uet ui um un ung uoc uoi uom uon uong uop uot uou up ut uu uy uya uych uyen
    uyet uynh uyt uyu uau y yem yen yet yeu
    """)
_ONSETS: Final = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnprstvx]"
_SYLLABLE: Final = re.compile(rf"(?:{_ONSETS})?(?:{'|'.join(sorted(_RIMES))})")
# Tokens of what is done: alone they do not name the subject of a procedure; two of the first kind together may.
_SHARED: Final = word_set("xacnhan mat doi hong cutru quadoi caplai xe treem giahan")
_GENERIC: Final = word_set("""
    nha don nhan dangky thaydoi ban mua moi tuoi online tinh muoibon chuaco sua sai chip nganhang
    """)


@dataclass(frozen=True, slots=True)
class Match:
    """Answer of the matcher. `key`: the procedure that answers, or empty; `ranked`: the nearest ones, best first."""

    key: str
    score: float
    margin: float
    ranked: tuple[str, ...]


@lru_cache(maxsize=1)
def _load_phrases() -> Mapping[str, tuple[str, ...]]:
    """Return phrase without blanks → tokens; no tokens for a word that tells nothing."""
    rows = [row for row in read_table(_DATA / "synonyms.tsv") if row["phrase"]]
    return {_join(row["phrase"]): tuple(row["token"].split()) for row in rows}


def _join(phrase: str) -> str:
    return fold_to_words(phrase).replace(" ", "")


def has_syllable_shape(word: str) -> bool:
    """Return whether a folded word may be Vietnamese: other words are typing errors, names or foreign."""
    return _SYLLABLE.fullmatch(word) is not None or word.isdigit()


def _list_deletions(word: str) -> Iterator[str]:
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]


@lru_cache(maxsize=1)
def _load_repairs() -> Mapping[str, tuple[str, ...]]:
    """Return phrase with one letter less → phrases; only phrases that tell something and are long enough."""
    repairs: dict[str, set[str]] = defaultdict(set)
    for phrase, tokens in _load_phrases().items():
        if tokens and len(phrase) >= _MIN_FUZZY:
            for shortened in _list_deletions(phrase):
                repairs[shortened].add(phrase)
    return {shortened: tuple(sorted(phrases)) for shortened, phrases in repairs.items()}


def _find_repaired(word: str) -> str:
    """Return the phrase that differs by one letter (missing, added, changed, swapped); empty where several do."""
    candidates: set[str] = set()
    for shortened in _list_deletions(word):
        candidates.update(_load_repairs().get(shortened, ()))
    near = [phrase for phrase in candidates if _is_one_error(word, phrase)]
    return near[0] if len({_load_phrases()[phrase] for phrase in near}) == 1 else ""


def _is_one_error(left: str, right: str) -> bool:
    """Return whether two words differ by one insertion, deletion, replacement or swap of neighbours."""
    if len(left) > len(right):
        left, right = right, left
    start = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), len(left))
    if len(left) < len(right):
        return left[start:] == right[start + 1 :]
    is_swap = left[start : start + 2] == right[start : start + 2][::-1] and left[start + 2 :] == right[start + 2 :]
    return left[start + 1 :] == right[start + 1 :] or is_swap


def _drop_telex(word: str) -> str:
    """Return what a person meant who typed Telex without an input method: «cawn cuowcs» → «can cuoc»."""
    for doubled, single in _DOUBLED:
        word = word.replace(doubled, single)
    word = word.translate(_TELEX)
    return word[:-1] if len(word) > 2 and word[-1] in "sfrxj" else word


def list_tokens(text: str) -> tuple[str, ...]:
    """Return the meaning tokens of a question, in order; words that tell nothing are dropped."""
    words = [expand_short_form(word) for word in fold_to_words(text[:MAX_QUESTION_CHARS]).split()]
    words = [part for word in words for part in word.split()][:MAX_QUESTION_WORDS]
    words = [_drop_telex(word) if _is_telex(word) else word for word in words]
    tokens: list[str] = []
    place = 0
    while place < len(words):
        size, phrase_tokens = _read_phrase(words, place)
        tokens += phrase_tokens
        place += size
    return tuple(tokens)


def _is_telex(word: str) -> bool:
    """Return whether a word looks like Telex keystrokes: no Vietnamese syllable ends or contains such letters."""
    if len(word) < 3 or word.isdigit() or _join(word) in _load_phrases():
        return False
    return "w" in word or word[-1] in "sfrxj" or any(doubled in word for doubled, _ in _DOUBLED)


def _read_phrase(words: Sequence[str], place: int) -> tuple[int, tuple[str, ...]]:
    """Return how many words form the longest known phrase here, and its tokens; else the word itself."""
    phrases = _load_phrases()
    longest = min(_MAX_PHRASE, len(words) - place)
    joined = ["".join(words[place : place + size]) for size in range(1, longest + 1)]
    for size in range(longest, 1, -1):
        if joined[size - 1] in phrases:
            return size, phrases[joined[size - 1]]
    if joined[0] in phrases and phrases[joined[0]]:
        return 1, phrases[joined[0]]
    for size in range(min(_MAX_PHRASE - 1, longest), 0, -1):
        word, is_misspelt = joined[size - 1], not all(map(has_syllable_shape, words[place : place + size]))
        if is_misspelt and len(word) >= _MIN_FUZZY and (repaired := _find_repaired(word)):
            return size, phrases[repaired]
    return 1, phrases.get(joined[0], (joined[0],))


class QuestionIndex:
    """Index over the examples of the procedures in use. Built in milliseconds; immutable afterwards."""

    def __init__(self, examples: Mapping[str, Iterable[str]], other_topics: Mapping[str, Iterable[str]]) -> None:
        self._procedures = frozenset(examples)
        self._owners: list[str] = []
        self._sizes: list[float] = []
        self._postings: dict[str, list[int]] = defaultdict(list)
        sets = [
            (owner, frozenset(list_tokens(question)))
            for owner, questions in [*examples.items(), *((f"~{key}", rows) for key, rows in other_topics.items())]
            for question in questions
        ]
        self._words_by_owner: dict[str, set[str]] = defaultdict(set)
        uses: dict[str, Counter[str]] = defaultdict(Counter)
        for owner, tokens in sets:
            self._words_by_owner[owner] |= tokens
            uses[owner].update([*tokens, _EXAMPLES])
        counts = Counter(token for tokens in self._words_by_owner.values() for token in tokens)
        total = len(self._words_by_owner)
        self._weights = {token: math.log((total + 1) / (count + 0.5)) for token, count in counts.items()}
        self._anchors = {owner: self._choose_anchors(counter, counts) for owner, counter in uses.items()}
        for owner, tokens in sets:
            if not tokens:
                continue
            number = len(self._owners)
            self._owners.append(owner)
            self._sizes.append(sum(self._weights[token] for token in tokens))
            for token in tokens:
                self._postings[token].append(number)

    def _choose_anchors(self, uses: Counter[str], owners: Counter[str]) -> frozenset[str]:
        """Return the tokens that name the subject: frequent in its examples, and known synonyms or its own words."""
        known = frozenset(token for tokens in _load_phrases().values() for token in tokens) - _GENERIC
        return frozenset(
            token
            for token, count in uses.items()
            if token != _EXAMPLES  # nosemgrep: secret-compared-plainly  a word of a question
            and count >= _ANCHOR_SHARE * uses[_EXAMPLES]
            and (token in known or owners[token] == 1)
        )

    def match(self, text: str) -> Match:
        """Return the procedure that answers the question, if one does clearly better than everything else."""
        tokens = set(list_tokens(text))
        scores = self._score(tokens)
        ranked = sorted(scores, key=lambda owner: (-scores[owner], owner))
        nearest = tuple(owner for owner in ranked if owner in self._procedures)[:5]
        if not ranked:
            return Match("", 0.0, 0.0, ())
        best = ranked[0]
        margin = scores[best] - (scores[ranked[1]] if len(ranked) > 1 else 0.0)
        is_clear = best in self._procedures and scores[best] >= MIN_SCORE and margin >= MIN_MARGIN
        is_question = len(text) <= MAX_QUESTION_CHARS and _PERSON not in tokens and self._names_subject(best, tokens)
        return Match(best if is_clear and is_question else "", scores[best], margin, nearest)

    def _names_subject(self, owner: str, tokens: set[str]) -> bool:
        """Return whether the question names the subject, not only a word that an example happens to use."""
        named = tokens & self._anchors[owner]
        specific, combined = (sum(self._weights[token] for token in part) for part in (named - _SHARED, named))
        return specific >= _MIN_ANCHOR or combined >= _MIN_SHARED

    def _score(self, tokens: set[str]) -> dict[str, float]:
        known = {token: self._weights[token] for token in tokens if token in self._weights}
        unknown = min(len(tokens) - len(known), _MAX_UNKNOWN) * _UNKNOWN_WEIGHT
        mass = sum(known.values()) + unknown
        shared: dict[int, float] = defaultdict(float)
        for token, weight in known.items():
            for number in self._postings[token]:
                shared[number] += weight
        best: dict[str, float] = defaultdict(float)
        for number, weight in shared.items():
            agreement = 2 * weight / (mass + self._sizes[number])
            owner = self._owners[number]
            best[owner] = max(best[owner], agreement)
        return {
            owner: _EXAMPLE_SHARE * agreement + (1 - _EXAMPLE_SHARE) * self._explain(owner, known) / mass
            for owner, agreement in best.items()
        }

    def _explain(self, owner: str, known: Mapping[str, float]) -> float:
        words = self._words_by_owner[owner]
        return sum(weight for token, weight in known.items() if token in words)


@lru_cache(maxsize=1)
def load_other_topics() -> Mapping[str, tuple[str, ...]]:
    """Return topic → questions that no procedure answers."""
    topics: dict[str, list[str]] = defaultdict(list)
    for row in read_table(_DATA / "other_topics.tsv"):
        topics[row["topic"]].append(row["question"])
    return {topic: tuple(questions) for topic, questions in topics.items()}


def contains_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Return whether a phrase stands in the text as whole words, without accents and short forms."""
    words = f" {' '.join(expand_short_form(word) for word in fold_to_words(text[:MAX_QUESTION_CHARS]).split())} "
    return any(f" {fold_to_words(phrase)} " in words for phrase in phrases)


# Answer of a procedure as a chat message. Pure.

MAX_ANSWER_LENGTH: Final = 1700  # a chat message holds 2,000 letters; code and rating question are added
_PAPERS: Final = L_("Giấy tờ: {text}")
_FEE: Final = L_("Lệ phí: {text}")
_DURATION: Final = L_("Thời gian: {text}")
_PLACE: Final = L_("Nơi làm: {text}")
_HOURS: Final = L_("Giờ: {text}")
_SOURCE: Final = L_("Căn cứ: {text}.")
_LINK: Final = L_("Xem đầy đủ: {link}")
_NOTE: Final = L_("Máy trả lời theo thư viện thủ tục. Chưa đúng ý bạn thì nhắn tiếp, cán bộ sẽ trả lời.")
MENU: Final = L_("Bạn cần làm thủ tục gì? Nhắn rõ tên việc, ví dụ: đăng ký tạm trú. Hoặc chọn trong danh mục: {link}")


CHOOSE: Final = L_("{title}: {ask} Chọn một trường hợp bên dưới, hoặc nhắn rõ hơn.")
MAX_OFFERS: Final = 5  # buttons of a chat message
MAX_OFFER_LENGTH: Final = 100  # letters of a button


def choose_reply(variants: Sequence[Variant], reply: str) -> Variant | None:
    """Return the variant that a reply to the follow-up question names: by its button, or by its words."""
    named = next((variant for variant in variants if fold_to_words(variant.label) == fold_to_words(reply)), None)
    return named or choose_variant(variants, reply)


def choose_variant(variants: Sequence[Variant], question: str) -> Variant | None:
    """Return the one variant whose words stand in the question; None where none or several do."""
    chosen = [variant for variant in variants if contains_phrase(question, variant.words)]
    return chosen[0] if len(chosen) == 1 else None


def format_procedure_answer(content: ProcedureContent, variant: Variant | None, link: str) -> str:
    """Return the answer to a question: steps, papers, fee, time, place, source and the way to a person.

    `variant`: the case that the person is in; without one the answer lists every case.
    """
    variants = [variant] if variant else content.variants
    sections = [
        content.title.upper(),
        *(f"- {line}" for line in split_lines(content.steps)),
        *(f"• {item.text}" for item in variants),
        _PAPERS.format(text=" ".join(split_lines(content.papers))) if content.papers else "",
        _FEE.format(text=content.fee) if content.fee else "",
        _DURATION.format(text=content.duration) if len(content.duration) > 1 else "",
        _PLACE.format(text=content.place),
        _HOURS.format(text=content.hours) if content.hours else "",
        _SOURCE.format(text=content.source),
    ]
    ending = [_LINK.format(link=link), _NOTE]
    return _join_within(list(filter(None, sections)), ending)


def _join_within(sections: list[str], ending: list[str]) -> str:
    """Join, dropping the last sections until the message is short enough; the link leads to all of them."""
    while len(sections) > 1 and len("\n".join([*sections, *ending])) > MAX_ANSWER_LENGTH:
        sections.pop()
    return "\n".join([*sections, *ending])
