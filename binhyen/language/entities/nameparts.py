"""Parser of the name after a type word: known, a number, capitals, or one or two lower-case words."""

import re
from dataclasses import dataclass
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import place_cues as words
from binhyen.language.phrase_trie import word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.types import Place, kind_group

_NUMBER: Final = re.compile(r"\d{1,3}[a-z]?(?:/\d{1,3}){0,2}(?![\w/])")
_ROMAN: Final = frozenset(("i", "ii", "iii", "iv", "v", "vi"))
# Names of hills, shrines and waters can be words of any kind.
_NATURAL_FEATURES: Final = word_set("nui ru deo khe dap den chua nha giao mieu cau")
_NEVER_BARE: Final = frozenset(("hamlet", "road"))


_NO_VILLAGE: Final = word_set("noi thi nhac chon vung ven tro minh ghe thu lam dao la nha nghi hoi bao chay")
_COUNTED_NOUNS: Final = word_set("nguoi trieu nghin ngan cai con met km lan gio phut chiec tang")
_COUNTED_AFTER_DIGIT: Final = word_set("nguoi con cai dua chiec xe lan thang ngay hom gio ong ba anh")


@dataclass(frozen=True, slots=True)
class TypeWord:
    """A type word `first..start` (end exclusive) of a `kind`; its name would begin at `start`."""

    first: int
    start: int
    kind: str
    cased: bool


def parse_name_after(view: AlignedText, gazetteer: Gazetteer, word: TypeWord) -> tuple[int, str] | None:
    """Return the end of the name after a type word, and the name."""
    start, kind = word.start, word.kind
    number = _NUMBER.match(view.plain, view.starts[start])
    if number and kind != words.CAPITAL_ONLY:
        return _parse_numbered_name(view, word, number.end())
    if kind == words.NUMBERED:
        if word.cased and view.is_capitalized(start) and view.words[start - 1] in ("ngo", "ngach", "hem", "kiet"):
            return parse_capitalized_name(view, gazetteer, start)
        return (start + 1, view.words[start]) if view.words[start] in _ROMAN and view.is_capitalized(start) else None
    hit = gazetteer.find_at(view, start)
    # «cô», «bác» in «xã cổ đạm», «phường bắc hồng lĩnh» are no titles.
    unit = kind == words.ADMIN and hit is not None and any(kind_group(place.kind) == "commune" for place in hit[1])
    if view.words[start] in words.TITLES and not (view.is_capitalized(start) or unit):
        return None
    if hit and _is_name_allowed(view, word, hit):
        return extend_over_number(view, hit[0]), hit[1][0].name
    if word.cased and ((run := parse_capitalized_name(view, gazetteer, start)) or kind != words.VILLAGE):
        return run
    if kind in (words.VILLAGE, words.LANDMARK):
        return _parse_lowercase_name(view, gazetteer, word)
    return None


def _is_name_allowed(view: AlignedText, word: TypeWord, hit: tuple[int, list[Place]]) -> bool:
    start = word.start
    groups = {kind_group(place.kind) for place in hit[1]}
    hamlet_only = all(place.kind in _NEVER_BARE for place in hit[1])
    if word.kind == words.ADMIN:
        return bool(groups & {"commune", "district", "province", "outside"}) or not hamlet_only
    if word.kind == words.CAPITAL_ONLY:
        return view.is_capitalized(start)
    if word.kind == words.STREET:
        return view.is_capitalized(start) or (not word.cased and hit[0] - start > 1)
    return True


def _parse_numbered_name(view: AlignedText, word: TypeWord, stop: int) -> tuple[int, str] | None:
    start, kind = word.start, word.kind
    end = start
    while end < len(view.words) and view.ends[end] <= stop:
        end += 1
    if end == start:
        return None
    next_word = view.words[end] if end < len(view.words) and view.gap_after(end - 1).isspace() else ""
    follows_preposition = start > 1 and view.words[start - 2] in words.PREPOSITIONS
    if kind == words.ADMIN or (
        view.words[start - 1] == "doi" and not view.is_capitalized(start - 1) and not follows_preposition
    ):
        return None
    if next_word in _COUNTED_NOUNS:
        return None
    if view.words[start - 1] in ("cho", "truong", "ho", "quan", "bau", "den", "chua") and kind == words.LANDMARK:
        return None
    if (
        view.words[start - 1] == "duong"
        and next_word == "thang"
        and view.words[end + 1 : end + 2]
        and view.words[end + 1].isdecimal()
    ):
        end += 2  # «đường 26 tháng 3»
    return end, view.plain[view.starts[start - 1] : view.ends[end - 1]]


def extend_over_number(view: AlignedText, end: int) -> int:
    """Return the end including a number that belongs to the name: «Sơn Kim 1», «Nam Thượng 2»."""
    if end < len(view.words) and view.gap_after(end - 1) == " " and len(view.words[end]) == 1:
        word = view.words[end]
        next_word = view.words[end + 1] if end + 1 < len(view.words) and view.gap_after(end).isspace() else ""
        if word in "123456789" and next_word not in _COUNTED_AFTER_DIGIT:
            return end + 1
    return end


def parse_capitalized_name(view: AlignedText, gazetteer: Gazetteer, start: int) -> tuple[int, str] | None:
    """Parse capitalised words from `start`, cut where a known unit of a higher level begins."""
    end = start
    while end < len(view.words) and end - start < 5 and view.is_capitalized(end):
        if (
            end > start + 1
            and (hit := gazetteer.find_at(view, end))
            and any(kind_group(place.kind) in ("commune", "district") for place in hit[1])
        ):
            break
        inner = words.TYPES.find(view, end) if end > start and not view.is_unaccented_at(end) else None
        if inner and inner[1] in (words.ADMIN, words.VILLAGE):
            break
        end += 1
        if view.gap_after(end - 1) != " ":
            break
    if end == start:
        return None
    return extend_over_number(view, end), view.plain[view.starts[start] : view.ends[end - 1]]


def _parse_lowercase_name(view: AlignedText, gazetteer: Gazetteer, word: TypeWord) -> tuple[int, str] | None:
    """Parse at most two words of a name written without capitals."""
    start = word.start
    end = start
    if word.kind == words.VILLAGE and view.words[start] in _NO_VILLAGE:
        return None
    if view.is_unaccented and view.words[start - 1] == "cho" and start == word.first + 1:
        return None  # «cho tiêm», «cho phụ huynh»: a market in lower case must be a known one
    stop = (
        words.NOT_NAME
        if word.kind == words.LANDMARK and view.words[word.first] not in _NATURAL_FEATURES
        else words.NOT_VILLAGE
    )
    while end < len(view.words) and end - start < 2:
        part = view.words[end]
        if (
            part in stop
            or view.marks[end] in words.MARKED_VERBS
            or not part.isalpha()
            or len(part) > 6
            or len(part) < 2
        ):
            break
        if end > start and gazetteer.find_at(view, end):
            break
        end += 1
        if view.gap_after(end - 1) != " ":
            break
    if end == start or not word.first or view.words[word.first - 1] not in words.PREPOSITIONS:
        return None
    return extend_over_number(view, end), view.plain[view.starts[start] : view.ends[end - 1]]
