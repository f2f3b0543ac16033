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

from binhyen.channels.dlp.normalize import Plain, Word, plain, split, words
from binhyen.channels.dlp.vulnerable_people import DEED, TENDER, marks
from binhyen.language.dedup.idf import common, rare, weight
from binhyen.language.tokenizer import short_form
from binhyen.language.tokenizer import words as read

ENOUGH = 3.0  # shared weight that is a match; ordinary posts stay below, see tests/test_origins.py
CLOSE, SHARE = 2.4, 0.30  # or this weight, where it is this share of the whole text: a short text says little else
HURT, _FIRM, _ALONE = 1.8, 0.55, 1.1  # about a child or victim: this weight, with two such pairs or one such name
DONE, _ONE = 2.0, 0.6  # both state the harm: this weight, with one such pair or two rare ones
SAME = 1.45  # and both with the word for it: this weight, two pairs
_BOUND = frozenset({"w:xich", "w:troi", "w:nhot", "w:cum"})
MOST = 160  # particulars stored of one report, the rarest
LOOKED_UP = 400  # particulars of a text that are looked up, the rarest
RUN = 22  # letters in a row that count as a quotation
MOST_RUNS = 300
_SELDOM = 0.6  # minimum rarity of a word pair that is one particular
_RARE_PAIR, _RARE_WORD = 0.75, 0.45  # rare enough to look up reports; the others only add weight to a candidate
_NAMED = 0.6  # added weight of a capitalised pair
_KNOWN = 0.3  # weight of a place name: common in all texts
_SENTENCE = re.compile(r"[^.!?;\n]+")


@dataclass(frozen=True, slots=True)
class Particular:
    """A particular of a text.

    `weight`: its weight if shared; `is_lookup_key`: rare enough to look up reports; `start`, `end`: original offsets.
    """

    weight: float
    leads: bool
    start: int
    end: int


Particulars = Mapping[str, Particular]


def particulars(text: str, *, on_map: Callable[[str], bool] = lambda name: False) -> dict[str, Particular]:
    """Return the particulars of a text by name.

    `is_place_name`: whether folded words are the name of a village or commune.
    """
    said = words(plain(text))
    return _of(said, split(said), on_map)


def _of(
    said: Plain, tokens: Sequence[Word], on_map: Callable[[str], bool] = lambda name: False
) -> dict[str, Particular]:
    found: dict[str, Particular] = {}
    mapped = {i for i, (a, b) in enumerate(pairwise(tokens)) if on_map(f"{a.folded} {b.folded}")}
    for i, word in enumerate(tokens):
        form = short_form(word.folded)
        if not common(form):
            worth = min(_worth(form), _KNOWN / 2) if i in mapped or i - 1 in mapped else _worth(form)
            found.setdefault(f"w:{form}", Particular(worth, worth >= _RARE_WORD, *said.span(word.start, word.end)))
    for i, (one, two) in enumerate(pairwise(tokens)):
        a, b = short_form(one.folded), short_form(two.folded)
        seldom = rare(f"{a} {b}")
        if seldom < _SELDOM or (common(a) and common(b)):
            continue
        worth = seldom**2 * (0.35 + 0.5 * (_worth(a) + _worth(b))) + _NAMED * _is_name(said, tokens, i)
        worth = _KNOWN if i in mapped else worth
        found.setdefault(f"b:{a} {b}", Particular(worth, seldom >= _RARE_PAIR, *said.span(one.start, two.end)))
    return found


@lru_cache(maxsize=8192)
def _worth(word: str) -> float:
    """Return the weight of one word: a number by its length, an abbreviation by its full form."""
    if word.isdecimal():
        return (0.15, 0.45, 0.9)[min(len(word), 3) - 1]
    return min((weight(token) for token in read(word).tokens), default=0.0)


def _is_name(said: Plain, tokens: Sequence[Word], i: int) -> bool:
    """Return whether two words within a sentence are capitalised: «Tý Còi», «Sao Đêm»."""
    one, two = tokens[i], tokens[i + 1]
    if not (one.capital and two.capital) or one.shouted or two.shouted or one.folded.isdecimal():
        return False
    before = said.marked[: one.start].rstrip()
    return bool(before) and before[-1] not in ".!?:;\n" and not said.marked[one.end : two.start].strip()


def runs(text: str) -> list[str]:
    """Return letter runs (shingles) without blanks and signs: equal for a quotation in any spacing."""
    return _runs(split(words(plain(text))))


def _runs(tokens: Sequence[Word]) -> list[str]:
    letters = "".join(short_form(word.folded) for word in tokens)
    found = dict.fromkeys(letters[i : i + RUN] for i in range(min(len(letters) - RUN + 1, MOST_RUNS)))
    return [f"r:{run}" for run in found]


def seeds(text: str) -> list[bytes]:
    """Return the hashes of a report for its fingerprints: of the rarest particulars and of letter runs."""
    whole = plain(text)  # only once: the request waits for this
    said = words(whole)
    tokens = split(said)
    found, marked = _of(said, tokens), marks(whole)
    rarest = sorted(found, key=lambda name: (-found[name].weight, name))[: MOST - len(marked)]
    return [_seed(name) for name in [*marked, *rarest, *_runs(tokens)]]


def _seed(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8).digest()


def print_of(seed: bytes, *, key: bytes, scope: str) -> int:
    """Return the stored fingerprint of a particular.

    `scope`: owning unit; the same word of another unit gets another fingerprint.
    """
    return int.from_bytes(blake2b(seed + scope.encode(), key=key, digest_size=8).digest(), signed=True)


@dataclass(frozen=True, slots=True)
class Question:
    """A text prepared for comparison.

    `names_by_fingerprint`: fingerprint → particular; `lookup_keys`: fingerprints to look up reports by.
    """

    text: str
    found: Particulars
    names: Mapping[int, str]
    leads: tuple[int, ...]


def ask(text: str, *, key: bytes, scopes: Iterable[str], on_map: Callable[[str], bool]) -> Question:
    found = particulars(text, on_map=on_map)
    rarest = sorted(found, key=lambda name: (-found[name].weight, name))[:LOOKED_UP]
    asked = [*rarest, *runs(text), *marks(plain(text))]
    named = {print_of(_seed(name), key=key, scope=scope): name for scope in scopes for name in asked}
    leads = tuple(one for one, name in named.items() if name.startswith("r:") or (name in found and found[name].leads))
    return Question(text, found, named, leads)


@dataclass(frozen=True, slots=True)
class Echo:
    """A text that repeats a report.

    `is_quotation`: word for word, else by its particulars. `spans`: the sentences concerned.
    """

    quoted: bool
    spans: tuple[tuple[int, int], ...]


def echo(question: Question, kept: Iterable[Collection[int]], open_texts: Callable[[], Iterable[str]]) -> Echo | None:
    """Return the strongest match among the reports in `fingerprint_sets` (fingerprints of each), None without one.

    Facts that all group members could read before do not count: `open_texts`, called only when needed.
    """
    alike = [{question.names[one] for one in prints if one in question.names} for prints in kept]
    alike = [names for names in alike if _enough(question.found, names)]
    if not alike:
        return None
    quoting = any(map(_quotes, alike))
    public = [frozenset((*particulars(text), *(runs(text) if quoting else ()))) for text in open_texts()]
    rest = [_unknown(question.found, names, public) for names in alike]
    rest = [names for names in rest if _enough(question.found, names)]
    if not rest:
        return None
    names = max(rest, key=lambda each: (_quotes(each), _sum(question.found, each)))
    return Echo(_quotes(names), _sentences(question, names))


def _enough(found: Particulars, names: Collection[str]) -> bool:
    """Return whether the shared particulars are a match.

    At least two pairs or numbers: distant rare words are chance.
    """
    firm = [found[name].weight for name in names if _firm(name) and name in found]
    same = _sum(found, names)
    bar = CLOSE if same >= SHARE * _sum(found, found) else ENOUGH
    if TENDER in names and same >= HURT and (sum(w >= _FIRM for w in firm) >= 2 or max(firm, default=0) >= _ALONE):
        return True
    seldom = sum(name.startswith("b:") and found[name].leads for name in names if name in found)
    if DEED in names and same >= SAME and seldom >= 2 and not _BOUND.isdisjoint(names):
        return True
    if DEED in names and same >= DONE and (max(firm, default=0) >= _ONE or seldom >= 2):
        return True
    return _quotes(names) or (len(firm) >= 2 and same >= bar)


def _firm(name: str) -> bool:
    return name.startswith("b:") or name[2:].isdecimal()


def _quotes(names: Collection[str]) -> bool:
    return any(name.startswith("r:") for name in names)


def _sum(found: Particulars, names: Iterable[str]) -> float:
    return sum(found[name].weight for name in names if name in found)


def _unknown(found: Particulars, names: set[str], public: Iterable[frozenset[str]]) -> set[str]:
    """Return particulars that no open text has.

    Its pairs and runs are removed, and all shared words of a text that has half of the report.
    """
    left, whole = set(names), _sum(found, names)
    for said in public:
        same = names & said
        left -= same if _sum(found, same) >= whole / 2 else {name for name in same if not name.startswith("w:")}
    return left


def _sentences(question: Question, names: Collection[str]) -> tuple[tuple[int, int], ...]:
    """Return spans of whole sentences, so that marks do not reveal words of the report.

    The whole text for a quotation.
    """
    if _quotes(names):
        return ((0, len(question.text)),)
    places = [question.found[name].start for name in names if _firm(name)]
    found = [m.span() for m in _SENTENCE.finditer(question.text)]
    return tuple((start, end) for start, end in found if any(start <= place < end for place in places))
