"""Similarity of Vietnamese personal names: accents, tones, i and y, word order, dialect, typing errors. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from binhyen.kit.text import fold_text, to_name_key, to_nfc

# Forms of address before a name; removed only where a name follows.
_TITLE = re.compile(
    "ông|ong|bà|ba|cụ|cu|chú|chu|cô|co|anh|chị|chi|em|cháu|chau|bé|be|"
    "thằng|thang|o|mệ|me|mụ|mu|eng|ả|bác|bac|dì|di|cậu|cau|mợ|mo|thím|thim"
)
_AMBIGUOUS_TITLES = frozenset({"chu", "chi"})  # «Chu» is a surname, «Chi» a given name
# Frequent syllables say little about a person: surnames by their share of the population, and the usual middle words.
_WEIGHTS = {
    "van": 0.2,
    "thi": 0.2,
    "nguyen": 0.35,
    **dict.fromkeys(("tran", "le"), 0.5),
    **dict.fromkeys(("pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo", "duong"), 0.6),
}
_GIVEN_NAME_FACTOR = 1.6  # people are called by the last word
_UNMATCHED_FACTOR = 0.45  # a part that the other name leaves out: «bà Đào» for «Nguyễn Thị Đào»
_ORDER_FACTOR = 0.96
_OTHER_GIVEN_NAME_FACTOR = 0.55
_PAIR_THRESHOLD = 0.5  # syllables below it are different words
# One name with two regional or taboo forms.
_VARIANTS = (
    {"hoang", "huynh"},
    {"vu", "vo"},
    {"phuc", "phuoc"},
    {"nhan", "nhon"},
    {"chinh", "chanh"},
    {"tung", "tong"},
    {"thu", "tho"},
    {"son", "san"},
    {"sinh", "sanh"},
    {"tinh", "tanh"},
    {"canh", "kieng"},
    {"hoa", "hue"},
    {"cuong", "cang"},
    {"loi", "ly"},
    {"nghia", "ngai"},
    {"nguyet", "ngoat"},
)
_VARIANT_OF = {name: frozenset(names) for names in _VARIANTS for name in names}
_Y_AS_I = re.compile(r"(?<![aeou])y|(?<=qu)y")
_INITIALS = (("tr", "ch"), ("gi", "d"), ("s", "x"), ("r", "d"))  # heard alike in the north or in Nghệ Tĩnh
_WIDE_INITIALS = (("v", "d"), ("l", "n"), ("ph", "f"), ("ngh", "ng"), ("gh", "g"), ("k", "c"), ("q", "c"))
_WIDE_FINALS = (("ng", "n"), ("nh", "n"), ("ch", "t"), ("c", "t"))
_MERGED_TONES = frozenset("235")  # hỏi, ngã, nặng: one tone in Nghệ Tĩnh
_WORD = re.compile(r"[^\W\d_]+")
_MIN_JOINED = 7  # letters of a name typed without blanks


@lru_cache(maxsize=16_384)
def split_name(name: str) -> tuple[str, ...]:
    """Return the syllables of a name in lower case, without forms of address."""
    syllables = _WORD.findall(to_nfc(name).lower())
    while len(syllables) > 1 and _TITLE.fullmatch(syllables[0]):
        syllables = syllables[1:]
    return tuple(syllables)


@lru_cache(maxsize=16_384)
def to_dialect_key(syllable: str) -> str:
    """Return the key under which dialect spellings of a folded syllable are equal: trang and chang, si and xy."""
    return _replace_initial(_Y_AS_I.sub("i", syllable), _INITIALS)


@lru_cache(maxsize=16_384)
def _to_wide_key(syllable: str) -> str:
    key = _replace_initial(to_dialect_key(syllable), _WIDE_INITIALS)
    for final, replacement in _WIDE_FINALS:
        if key.endswith(final) and len(key) > len(final):
            return key.removesuffix(final) + replacement
    return key


def _replace_initial(syllable: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for initial, replacement in pairs:
        if syllable.startswith(initial) and len(syllable) > len(initial):
            return replacement + syllable[len(initial) :]
    return syllable


def count_edits(left: str, right: str, limit: int) -> int:
    """Return the edit distance with swaps of neighbours (OSA), or `limit` + 1 where it is larger."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for i, char in enumerate(left, start=1):
        current = [i]
        for j, other in enumerate(right, start=1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (char != other))
            if i > 1 and j > 1 and char == right[j - 2] and left[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, previous = previous, current
    return previous[-1]


@lru_cache(maxsize=65_536)
def compare_syllables(left: str, right: str) -> float:
    """Return 0 to 1 for two syllables in lower case."""
    left_key, right_key = to_name_key(left), to_name_key(right)
    if left_key == right_key:
        return 1.0
    plain_left, plain_right = fold_text(left), fold_text(right)
    if plain_left == plain_right:
        return _compare_accents(left, right, left_key, right_key)
    if _Y_AS_I.sub("i", plain_left) == _Y_AS_I.sub("i", plain_right):
        return 0.96
    if plain_right in _VARIANT_OF.get(plain_left, ()):
        return 0.9
    if to_dialect_key(plain_left) == to_dialect_key(plain_right):
        return 0.88
    if min(len(plain_left), len(plain_right)) == 1:  # an initial: «T.» for «Thị»
        return 0.6 if plain_left[0] == plain_right[0] else 0.0
    longest = max(len(plain_left), len(plain_right))
    edits = count_edits(plain_left, plain_right, 2)
    if edits == 1:
        return 0.78 if longest >= 4 else 0.6 if longest == 3 else 0.3
    if _to_wide_key(plain_left) == _to_wide_key(plain_right):
        return 0.75
    if edits == 2 and longest >= 6:
        return 0.6
    return 0.55 if longest >= 4 and count_edits(_to_wide_key(plain_left), _to_wide_key(plain_right), 1) == 1 else 0.0


def _compare_accents(left: str, right: str, left_key: str, right_key: str) -> float:
    """Return the similarity of two syllables that differ by accents alone."""
    if left.isascii() or right.isascii():  # typed without accents
        return 0.95
    left_tone, right_tone = left_key[-1:], right_key[-1:]
    left_letters, right_letters = left_key.rstrip("12345"), right_key.rstrip("12345")
    if left_letters != right_letters:
        return 0.8
    return 0.92 if {left_tone, right_tone} <= _MERGED_TONES else 0.85


def _get_weights(syllables: tuple[str, ...]) -> list[float]:
    weights = [_WEIGHTS.get(fold_text(syllable), 1.0) for syllable in syllables]
    weights[-1] *= _GIVEN_NAME_FACTOR
    return weights


@lru_cache(maxsize=65_536)
def compare_names(left: str, right: str) -> float:
    """Return 0 to 1: how likely two written names are of one person. A shorter name may leave parts out."""
    return max(_compare_split(short, long) for short in _list_readings(left) for long in _list_readings(right))


def _list_readings(name: str) -> list[tuple[str, ...]]:
    """Return the name without form of address and, where that may be a surname, with it."""
    syllables = split_name(name)
    first = _WORD.match(to_nfc(name).lower())
    return (
        [syllables, (first[0], *syllables)]
        if first and first[0] in _AMBIGUOUS_TITLES and first[0] != syllables[0]
        else [syllables]
    )


def _compare_split(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    short, long = sorted((left, right), key=len)
    if not short:
        return 0.0
    return max(_compare_parts(short, long), _compare_joined(short, long))


def _compare_joined(short: tuple[str, ...], long: tuple[str, ...]) -> float:
    """Return the similarity of a name typed without blanks: «nguyenthidao»."""
    if len(short) > 1 or len(short[0]) < _MIN_JOINED or len(long) == 1:
        return 0.0
    typed, expected = fold_text(short[0]), fold_text("".join(long))
    edits = count_edits(typed, expected, 2)
    return 0.9 - 0.06 * edits if edits <= 2 else 0.0


def _compare_parts(short: tuple[str, ...], long: tuple[str, ...]) -> float:
    short_weights, long_weights = _get_weights(short), _get_weights(long)
    candidates = sorted(
        (
            (similarity, i == len(short) - 1 and j == len(long) - 1, -abs((len(short) - i) - (len(long) - j)), i, j)
            for i, syllable in enumerate(short)
            for j, other in enumerate(long)
            if (similarity := compare_syllables(syllable, other)) >= _PAIR_THRESHOLD
        ),
        reverse=True,
    )
    partners: dict[int, int] = {}
    used: set[int] = set()
    matched = total = 0.0
    for similarity, _is_last, _shift, i, j in candidates:
        if i in partners or j in used:
            continue
        partners[i] = j
        used.add(j)
        weight = max(short_weights[i], long_weights[j])
        matched, total = matched + similarity * weight, total + weight
    total += sum(weight for i, weight in enumerate(short_weights) if i not in partners)
    total += sum(weight * _UNMATCHED_FACTOR for j, weight in enumerate(long_weights) if j not in used)
    score = matched / total
    ordered = [partners[i] for i in sorted(partners)]
    if ordered != sorted(ordered):
        score *= _ORDER_FACTOR
    if len(short) - 1 not in partners or (len(long) - 1 not in used and len(short) > 1):
        score *= _OTHER_GIVEN_NAME_FACTOR
    return score


def _list_near_keys(key: str) -> Iterator[str]:
    """List a key and, for longer ones, the key with one letter left out: a typing error leaves one of them equal."""
    yield key
    if len(key) >= 3:
        yield from (key[:i] + key[i + 1 :] for i in range(len(key)))


class NameIndex:
    """Names by the keys of their syllables, so that a query compares few of many names."""

    MAX_COMPARED = 80
    _NEAR_SHARE = 0.6  # of a syllable that is equal but for one letter

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._ids_by_key: dict[str, set[str]] = defaultdict(set)
        self._ids_by_near_key: dict[str, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._names)

    def add(self, id: str, name: str) -> None:
        self._names[id] = name
        for syllable in _list_readings(name)[-1]:
            key = _to_wide_key(fold_text(syllable))
            self._ids_by_key[key].add(id)
            for near_key in _list_near_keys(key):
                self._ids_by_near_key[near_key].add(id)

    def find(self, name: str, *, limit: int) -> list[tuple[str, float]]:
        """Return the most similar names: (id, similarity), best first."""
        syllables = _list_readings(name)[-1]
        if not syllables:
            return []
        is_joined = len(syllables) == 1 and len(syllables[0]) >= _MIN_JOINED
        nearest = self._names if is_joined else self._select_nearest(syllables)
        scored = [(id, compare_names(name, self._names[id])) for id in nearest]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def _select_nearest(self, syllables: tuple[str, ...]) -> list[str]:
        """Return the names that share the heaviest syllables."""
        shared: dict[str, float] = defaultdict(float)
        for syllable, weight in zip(syllables, _get_weights(syllables), strict=True):
            plain = fold_text(syllable)
            keys = {_to_wide_key(variant) for variant in {plain, *_VARIANT_OF.get(plain, ())}}
            exact = set().union(*(self._ids_by_key.get(key, ()) for key in keys))
            near_keys = {near_key for key in keys for near_key in _list_near_keys(key)}
            for id in set().union(*(self._ids_by_near_key.get(key, ()) for key in near_keys)):
                shared[id] += weight if id in exact else weight * self._NEAR_SHARE
        return sorted(shared, key=lambda id: (-shared[id], id))[: self.MAX_COMPARED]
