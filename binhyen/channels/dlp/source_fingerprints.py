"""Document fingerprinting: detects, in any wording, facts that only a reporter knew, by shared particulars. Pure.

A particular is an informative word, a number, or two words that are seldom adjacent («trại heo», «Tý Còi»), weighted by
its rarity in messages (IDF). Of a report only keyed fingerprints of its particulars are stored, so a text is compared
without reading the report. One or two shared particulars are chance; several rare ones are not. Where report and text
are about a child, or about a victim of close people, two rare ones are enough; where both state the harm, one.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from binhyen.channels.dlp.normalize import (
    NormalizedText,
    WordToken,
    join_separated_letters,
    normalize_characters,
    split_words,
)
from binhyen.channels.dlp.vulnerable_people import HARM_MARK, VULNERABLE_MARK, get_vulnerability_marks
from binhyen.language.dedup.report_features import idf, idf_weight, is_common
from binhyen.language.tokenizer import expand_short_form
from binhyen.language.tokenizer import tokenize as read

MATCH_WEIGHT = 3.0  # shared weight that is a match; ordinary posts stay below, see tests/test_source_fingerprints.py
SHORT_TEXT_WEIGHT, SHARE = (
    2.4,
    0.30,
)  # or this weight, where it is this share of the whole text: a short text says little else
HURT, _FIRM, _ALONE = 1.8, 0.55, 1.1  # about a child or victim: this weight, with two such pairs or one such name
HARM_WEIGHT, _ONE = 2.0, 0.6  # both state the harm: this weight, with one such pair or two rare ones
BOUND_WEIGHT = 1.45  # and both with the word for it: this weight, two pairs
_BOUND = frozenset({"w:xich", "w:troi", "w:nhot", "w:cum"})
MAX_PARTICULARS = 160  # particulars stored of one report, the rarest
MAX_LOOKUPS = 400  # particulars of a text that are looked up, the rarest
RUN = 22  # letters in a row that count as a quotation
MAX_RUNS = 300
_SELDOM = 0.6  # minimum rarity of a word pair that is one particular
_RARE_PAIR, _RARE_WORD = 0.75, 0.45  # rare enough to look up reports; the others only add weight to a candidate
_NAMED = 0.6  # added weight of a capitalised pair
_PLACE_NAME_WEIGHT = 0.3  # weight of a place name: common in all texts
_SENTENCE = re.compile(r"[^.!?;\n]+")


@dataclass(frozen=True, slots=True)
class Particular:
    """A particular of a text.

    `weight`: its weight if shared; `is_lookup_key`: rare enough to look up reports; `start`, `end`: original offsets.
    """

    weight: float
    is_lookup_key: bool
    start: int
    end: int


Particulars = Mapping[str, Particular]


def extract_particulars(
    text: str, *, is_place_name: Callable[[str], bool] = lambda name: False
) -> dict[str, Particular]:
    """Return the particulars of a text by name.

    `is_place_name`: whether folded words are the name of a village or commune.
    """
    joined = join_separated_letters(normalize_characters(text))
    return _extract_from_tokens(joined, split_words(joined), is_place_name)


def _extract_from_tokens(
    joined: NormalizedText, tokens: Sequence[WordToken], is_place_name: Callable[[str], bool] = lambda name: False
) -> dict[str, Particular]:
    extracted: dict[str, Particular] = {}
    place_indexes = {
        index
        for index, (first_form, second_form) in enumerate(pairwise(tokens))
        if is_place_name(f"{first_form.folded} {second_form.folded}")
    }
    for index, word in enumerate(tokens):
        form = expand_short_form(word.folded)
        if not is_common(form):
            word_weight = (
                min(_get_word_weight(form), _PLACE_NAME_WEIGHT / 2)
                if index in place_indexes or index - 1 in place_indexes
                else _get_word_weight(form)
            )
            extracted.setdefault(
                f"w:{form}",
                Particular(word_weight, word_weight >= _RARE_WORD, *joined.to_original_span(word.start, word.end)),
            )
    for index, (left, right) in enumerate(pairwise(tokens)):
        first_form, second_form = expand_short_form(left.folded), expand_short_form(right.folded)
        rarity = idf(f"{first_form} {second_form}")
        if rarity < _SELDOM or (is_common(first_form) and is_common(second_form)):
            continue
        word_weight = rarity**2 * (
            0.35 + 0.5 * (_get_word_weight(first_form) + _get_word_weight(second_form))
        ) + _NAMED * _is_capitalised_pair(joined, tokens, index)
        word_weight = _PLACE_NAME_WEIGHT if index in place_indexes else word_weight
        extracted.setdefault(
            f"b:{first_form} {second_form}",
            Particular(word_weight, rarity >= _RARE_PAIR, *joined.to_original_span(left.start, right.end)),
        )
    return extracted


@lru_cache(maxsize=8192)
def _get_word_weight(word: str) -> float:
    """Return the weight of one word: a number by its length, an abbreviation by its full form."""
    if word.isdecimal():
        return (0.15, 0.45, 0.9)[min(len(word), 3) - 1]
    return min((idf_weight(token) for token in read(word).tokens), default=0.0)


def _is_capitalised_pair(joined: NormalizedText, tokens: Sequence[WordToken], index: int) -> bool:
    """Return whether two words within a sentence are capitalised: «Tý Còi», «Sao Đêm»."""
    left, right = tokens[index], tokens[index + 1]
    if (
        not (left.is_capitalised and right.is_capitalised)
        or left.is_all_caps
        or right.is_all_caps
        or left.folded.isdecimal()
    ):
        return False
    preceding_text = joined.marked[: left.start].rstrip()
    return (
        bool(preceding_text)
        and preceding_text[-1] not in ".!?:;\n"
        and not joined.marked[left.end : right.start].strip()
    )


def extract_letter_runs(text: str) -> list[str]:
    """Return letter runs (shingles) without blanks and signs: equal for a quotation in any spacing."""
    return _build_letter_runs(split_words(join_separated_letters(normalize_characters(text))))


def _build_letter_runs(tokens: Sequence[WordToken]) -> list[str]:
    letters = "".join(expand_short_form(word.folded) for word in tokens)
    unique_runs = dict.fromkeys(
        letters[offset : offset + RUN] for offset in range(min(len(letters) - RUN + 1, MAX_RUNS))
    )
    return [f"r:{run}" for run in unique_runs]


def fingerprint_seeds(text: str) -> list[bytes]:
    """Return the hashes of a report for its fingerprints: of the rarest particulars and of letter runs."""
    normalized = normalize_characters(text)  # only once: the request waits for this
    joined = join_separated_letters(normalized)
    tokens = split_words(joined)
    extracted, vulnerability_marks = _extract_from_tokens(joined, tokens), get_vulnerability_marks(normalized)
    rarest = sorted(extracted, key=lambda name: (-extracted[name].weight, name))[
        : MAX_PARTICULARS - len(vulnerability_marks)
    ]
    return [_hash_particular(name) for name in [*vulnerability_marks, *rarest, *_build_letter_runs(tokens)]]


def _hash_particular(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8).digest()


def make_fingerprint(seed: bytes, *, key: bytes, scope: str) -> int:
    """Return the stored fingerprint of a particular.

    `scope`: owning unit; the same word of another unit gets another fingerprint.
    """
    return int.from_bytes(blake2b(seed + scope.encode(), key=key, digest_size=8).digest(), signed=True)


@dataclass(frozen=True, slots=True)
class MatchQuery:
    """A text prepared for comparison.

    `names_by_fingerprint`: fingerprint → particular; `lookup_keys`: fingerprints to look up reports by.
    """

    text: str
    particulars: Particulars
    names_by_fingerprint: Mapping[int, str]
    lookup_keys: tuple[int, ...]


def build_match_query(
    text: str, *, key: bytes, scopes: Iterable[str], is_place_name: Callable[[str], bool]
) -> MatchQuery:
    extracted = extract_particulars(text, is_place_name=is_place_name)
    rarest = sorted(extracted, key=lambda name: (-extracted[name].weight, name))[:MAX_LOOKUPS]
    looked_up = [*rarest, *extract_letter_runs(text), *get_vulnerability_marks(normalize_characters(text))]
    names_by_fingerprint = {
        make_fingerprint(_hash_particular(name), key=key, scope=scope): name for scope in scopes for name in looked_up
    }
    lookup_keys = tuple(
        fingerprint
        for fingerprint, name in names_by_fingerprint.items()
        if name.startswith("r:") or (name in extracted and extracted[name].is_lookup_key)
    )
    return MatchQuery(text, extracted, names_by_fingerprint, lookup_keys)


@dataclass(frozen=True, slots=True)
class ReportMatch:
    """A text that repeats a report.

    `is_quotation`: word for word, else by its particulars. `spans`: the sentences concerned.
    """

    is_quotation: bool
    spans: tuple[tuple[int, int], ...]


def find_match(
    query: MatchQuery, fingerprint_sets: Iterable[Collection[int]], open_texts: Callable[[], Iterable[str]]
) -> ReportMatch | None:
    """Return the strongest match among the reports in `fingerprint_sets` (fingerprints of each), None without one.

    Facts that all group members could read before do not count: `open_texts`, called only when needed.
    """
    candidates = [
        {
            query.names_by_fingerprint[fingerprint]
            for fingerprint in fingerprint_set
            if fingerprint in query.names_by_fingerprint
        }
        for fingerprint_set in fingerprint_sets
    ]
    candidates = [names for names in candidates if _is_match(query.particulars, names)]
    if not candidates:
        return None
    has_quotation = any(map(_has_quotation, candidates))
    public_particulars = [
        frozenset((*extract_particulars(text), *(extract_letter_runs(text) if has_quotation else ())))
        for text in open_texts()
    ]
    remaining = [_remove_public(query.particulars, names, public_particulars) for names in candidates]
    remaining = [names for names in remaining if _is_match(query.particulars, names)]
    if not remaining:
        return None
    names = max(
        remaining, key=lambda candidate: (_has_quotation(candidate), _sum_weights(query.particulars, candidate))
    )
    return ReportMatch(_has_quotation(names), _find_sentences(query, names))


def _is_match(weights: Particulars, names: Collection[str]) -> bool:
    """Return whether the shared particulars are a match.

    At least two pairs or numbers: distant rare words are chance.
    """
    firm_weights = [weights[name].weight for name in names if _is_firm(name) and name in weights]
    shared_weight = _sum_weights(weights, names)
    threshold = SHORT_TEXT_WEIGHT if shared_weight >= SHARE * _sum_weights(weights, weights) else MATCH_WEIGHT
    if (
        VULNERABLE_MARK in names
        and shared_weight >= HURT
        and (sum(firm_weight >= _FIRM for firm_weight in firm_weights) >= 2 or max(firm_weights, default=0) >= _ALONE)
    ):
        return True
    rare_pairs = sum(name.startswith("b:") and weights[name].is_lookup_key for name in names if name in weights)
    if HARM_MARK in names and shared_weight >= BOUND_WEIGHT and rare_pairs >= 2 and not _BOUND.isdisjoint(names):
        return True
    if (
        HARM_MARK in names
        and shared_weight >= HARM_WEIGHT
        and (max(firm_weights, default=0) >= _ONE or rare_pairs >= 2)
    ):
        return True
    return _has_quotation(names) or (len(firm_weights) >= 2 and shared_weight >= threshold)


def _is_firm(name: str) -> bool:
    return name.startswith("b:") or name[2:].isdecimal()


def _has_quotation(names: Collection[str]) -> bool:
    return any(name.startswith("r:") for name in names)


def _sum_weights(weights: Particulars, names: Iterable[str]) -> float:
    return sum(weights[name].weight for name in names if name in weights)


def _remove_public(weights: Particulars, names: set[str], public: Iterable[frozenset[str]]) -> set[str]:
    """Return particulars that no open text has.

    Its pairs and runs are removed, and all shared words of a text that has half of the report.
    """
    remaining, total_weight = set(names), _sum_weights(weights, names)
    for public_names in public:
        shared_names = names & public_names
        remaining -= (
            shared_names
            if _sum_weights(weights, shared_names) >= total_weight / 2
            else {name for name in shared_names if not name.startswith("w:")}
        )
    return remaining


def _find_sentences(query: MatchQuery, names: Collection[str]) -> tuple[tuple[int, int], ...]:
    """Return spans of whole sentences, so that marks do not reveal words of the report.

    The whole text for a quotation.
    """
    if _has_quotation(names):
        return ((0, len(query.text)),)
    places = [query.particulars[name].start for name in names if _is_firm(name)]
    sentence_spans = [match.span() for match in _SENTENCE.finditer(query.text)]
    return tuple((start, end) for start, end in sentence_spans if any(start <= place < end for place in places))
