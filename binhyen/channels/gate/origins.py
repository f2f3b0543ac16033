"""Whether a text says what only somebody who told can have said: by where its particulars come from, whatever words
point at the teller or do not. Pure.

A particular is a telling word, a number, or two words that seldom stand beside each other («trại heo», «Tý Còi»), each
weighted by how rare it is in what people write. Of a telling only keyed prints of its particulars are kept, so a text
is compared without anybody reading the telling. One or two shared particulars are chance; several rare ones are not.
Where telling and text speak of a child, or of somebody hurt by those close to them, two rare ones are enough; where
both say what was done to them, one.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from binhyen.channels.gate.hurt import DEED, TENDER, marks
from binhyen.channels.gate.plain import Plain, Word, plain, split, words
from binhyen.language.together.rarity import common, rare, weight
from binhyen.language.words import short_form
from binhyen.language.words import words as read

ENOUGH = 3.0  # what a text shares with one telling; ordinary posts stay below, see tests/test_origins.py
CLOSE, SHARE = 2.4, 0.30  # or so much, where it is so much of all that the text says: a short one says little else
HURT, _FIRM, _ALONE = 1.8, 0.55, 1.1  # of a child or somebody hurt: so much, with two such pairs or one such name
DONE, _ONE = 2.0, 0.6  # where both say what was done to them: so much, with one such pair or two that are seldom
SAME = 1.45  # and both by the word for it: so much, two pairs
_BOUND = frozenset({"w:xich", "w:troi", "w:nhot", "w:cum"})
MOST = 160  # particulars that are kept of one telling, the rarest
LOOKED_UP = 400  # of a text, the rarest
RUN = 22  # so many letters in a row are a quotation
MOST_RUNS = 300
_SELDOM = 0.6  # rarity of a pair of words from which on it is one particular
_RARE_PAIR, _RARE_WORD = 0.75, 0.45  # these lead to a telling; the others only count once it is found
_NAMED = 0.6  # what a pair in capitals counts more
_KNOWN = 0.3  # what a name of the map counts: everybody writes it
_SENTENCE = re.compile(r"[^.!?;\n]+")


@dataclass(frozen=True, slots=True)
class Particular:
    """`weight`: what sharing it counts; `leads`: rare enough to look tellings up by; where it stands as written."""

    weight: float
    leads: bool
    start: int
    end: int


Particulars = Mapping[str, Particular]


def particulars(text: str, *, on_map: Callable[[str], bool] = lambda name: False) -> dict[str, Particular]:
    """Of a text, by what two texts share of it. `on_map`: whether folded words are the name of a village or commune."""
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
    """Of one word: a number tells by its length, a short form as what it stands for."""
    if word.isdecimal():
        return (0.15, 0.45, 0.9)[min(len(word), 3) - 1]
    return min((weight(token) for token in read(word).tokens), default=0.0)


def _is_name(said: Plain, tokens: Sequence[Word], i: int) -> bool:
    """Two words in capitals within a sentence: «Tý Còi», «Sao Đêm»."""
    one, two = tokens[i], tokens[i + 1]
    if not (one.capital and two.capital) or one.shouted or two.shouted or one.folded.isdecimal():
        return False
    before = said.marked[: one.start].rstrip()
    return bool(before) and before[-1] not in ".!?:;\n" and not said.marked[one.end : two.start].strip()


def runs(text: str) -> list[str]:
    """Letters in a row, blanks and signs left out: what a quotation repeats however it is spaced."""
    return _runs(split(words(plain(text))))


def _runs(tokens: Sequence[Word]) -> list[str]:
    letters = "".join(short_form(word.folded) for word in tokens)
    found = dict.fromkeys(letters[i : i + RUN] for i in range(min(len(letters) - RUN + 1, MOST_RUNS)))
    return [f"r:{run}" for run in found]


def seeds(text: str) -> list[bytes]:
    """What is handed on of a telling to be kept: a hash of each particular, the rarest first, and of its runs."""
    whole = plain(text)  # once: pages wait for this
    said = words(whole)
    tokens = split(said)
    found, marked = _of(said, tokens), marks(whole)
    rarest = sorted(found, key=lambda name: (-found[name].weight, name))[: MOST - len(marked)]
    return [_seed(name) for name in [*marked, *rarest, *_runs(tokens)]]


def _seed(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8).digest()


def print_of(seed: bytes, *, key: bytes, scope: str) -> int:
    """What is kept of a particular. `scope`: whose telling it is; the same word of another unit has another print."""
    return int.from_bytes(blake2b(seed + scope.encode(), key=key, digest_size=8).digest(), signed=True)


@dataclass(frozen=True, slots=True)
class Question:
    """A text, ready to be compared. `names`: print → particular; `leads`: prints to look tellings up by."""

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
    """A text repeats a telling: `quoted` word for word, else by its particulars. Where the sentences stand."""

    quoted: bool
    spans: tuple[tuple[int, int], ...]


def echo(question: Question, kept: Iterable[Collection[int]], open_texts: Callable[[], Iterable[str]]) -> Echo | None:
    """The strongest of all tellings in `kept` (prints of each); None where none is repeated, or where everybody could
    read it before: `open_texts`, asked for only then.
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
    """Two pairs or numbers at least: rare words alone, far from each other, are chance."""
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
    """What no open text says: neither the pairs and runs it holds, nor anything of one that tells half of it."""
    left, whole = set(names), _sum(found, names)
    for said in public:
        same = names & said
        left -= same if _sum(found, same) >= whole / 2 else {name for name in same if not name.startswith("w:")}
    return left


def _sentences(question: Question, names: Collection[str]) -> tuple[tuple[int, int], ...]:
    """Whole sentences, so that the marks do not spell out which words somebody told; the whole text for a quotation."""
    if _quotes(names):
        return ((0, len(question.text)),)
    places = [question.found[name].start for name in names if _firm(name)]
    found = [m.span() for m in _SENTENCE.finditer(question.text)]
    return tuple((start, end) for start, end in found if any(start <= place < end for place in places))
