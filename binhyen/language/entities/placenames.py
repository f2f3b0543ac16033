"""PLACE spans: a type word with its name, or a gazetteer name; every administrative level is a span of its own."""

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.entities import place_cues as words
from binhyen.language.entities.bare_place_names import landmark, untyped
from binhyen.language.entities.nameparts import TypeWord, capital_run, name_after
from binhyen.language.entities.person_cues import FOLDED_GIVEN
from binhyen.language.entities.place_negatives import (
    Hit,
    for_somebody,
    goes_on,
    headed,
    of_a_name,
    only_from,
    otherwise,
)
from binhyen.language.entities.place_person_ambiguity import somebody
from binhyen.language.entities.span_registry import Found
from binhyen.language.phrase_trie import Phrases, bag, listed
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.types import HOME, ROAD

_ROAD_GLUED: Final = re.compile(r"(?:ql|tl|dt|hl)\d{1,3}[a-z]?\Z")
_ROADS: Final = frozenset(("ql", "tl", "dt", "hl"))
_VOWELS: Final = frozenset("aeiouy")
_LINK: Final = frozenset((" ", ". ", "."))
_LOOSE_HEADS: Final = bag("quan may tiem xuong ty kho hang hieu")
_KEPT_BY: Final = bag("quan tiem xuong hieu")  # «quán bà Hoa» is a place with the name of its owner
# «đồng hồ Citizen», «xe ga Grande», «hội trường thôn 7», «thợ hồ Dũng», «súng trường».
_NOT_BEFORE: Final = {
    "ho": bag("dong tho do"),
    "ga": bag("xe binh bep trai"),
    "truong": bag("hoi thuong hien moi sung thi"),
    "cau": bag("can yeu"),
    "thon": bag("lien"),
    "xom": bag("lien"),
    "kho": bag("xa"),
}
_COUNTRIES_TOO: Final[Phrases[str]] = Phrases(
    [
        (name, name)
        for name in listed("""
    Nhật | Úc | Ba Lan | Hà Lan | Hàn | Malaysia | Canada | Angola | Đức | Nga | Pháp | Singapore | Mỹ | Lào |
    Thái Lan | Campuchia | Đài Loan | Hàn Quốc | Nhật Bản | Trung Quốc | Rumani | Hungary | Ả Rập | Dubai |
    Macao | Algeria
    """)
    ]
)
_TELLING: Final = words.TYPES.firsts() | _COUNTRIES_TOO.firsts()
_ON_PLATES: Final = bag("lao xanh do trang vang so")  # «biển xanh» is a car's plate, not the sea
_ABROAD: Final = bag("o di ben sang qua tu ve nuoc lam")


def find(found: Found, gazetteer: Gazetteer) -> None:
    """Add PLACE spans; `norm` is the gazetteer's name, else the folded text.

    A person with the name of a commune is added as PERSON.
    """
    view = found.view
    cased, named = view.names, gazetteer.firsts()
    free = 0
    for index, word in enumerate(view.words):
        road = word[:2] in _ROADS and _ROAD_GLUED.match(word)
        told = road or word in _TELLING
        if index < free or not (told or word in named) or not found.word_free(index):
            continue
        known = gazetteer.find(view, index)
        watch = index > 0 and view.words[index - 1] in _NOT_BEFORE.get(word, ())
        if not (told or known) or watch or (word == "cho" and view.bare and for_somebody(view, index)):
            continue
        found_here = (
            (index + 1, word) if road else _abroad(view, index) or _typed(found, gazetteer, index, known, cased=cased)
        )
        if known and not found_here and (named_so := somebody(view, gazetteer, index, known)):
            free = named_so
            found.add_words("PERSON", index, named_so)
            continue
        end, name = found_here or (untyped(found, index, known, cased=cased) if known else None) or (0, "")
        if end and found.add("PLACE", view.starts[index], view.ends[end - 1], _of_the_scene(found, index, name)):
            free = end


def _of_the_scene(found: Found, index: int, name: str) -> str:
    """Return the name, with the origin prefix if it is only a person's origin."""
    view = found.view
    goes_on = found.norm_before(index).startswith(HOME) and len(view.gap(index - 1)) < 3
    home = not name.startswith(ROAD) and (goes_on or only_from(view, index))
    return f"{HOME}{name}" if home else name


def _abroad(view: View, index: int) -> tuple[int, str] | None:
    """Match «con ở Nhật», «đi Ba Lan»: a capitalised country after a verb of movement; not «chồng Đài Loan»."""
    if not index or not _COUNTRIES_TOO.starts(view.words[index]) or not view.capital(index):
        return None
    if view.words[index - 1] not in _ABROAD or view.gap(index - 1) != " ":
        return None
    hit = _COUNTRIES_TOO.find(view, index)
    if hit is None or (hit[0] < len(view.words) and view.capital(hit[0]) and view.gap(hit[0] - 1) == " "):
        return None
    return hit


def _typed(found: Found, gazetteer: Gazetteer, index: int, known: Hit | None, *, cased: bool) -> tuple[int, str] | None:
    """Match a type word with the name after it, or a landmark known with its type word (`whole`)."""
    view = found.view
    if index and ((cased and of_a_name(view, index)) or headed(view, index)):
        return None
    whole = landmark(view, index, known)
    trigger = None if _among_neighbours(view, index) else words.TYPES.find_all(view, index)
    if trigger is None:
        return whole
    start, kinds = trigger
    if whole and whole[0] > start and not goes_on(view, gazetteer, start, whole[0], cased=cased):
        return whole
    if not _may_be_named(found, start) or _of_people(view, index, start):
        return whole
    if view.bare and otherwise(view, index, start, known, whole):
        return None
    if nested := _nested(found, gazetteer, index, start, cased=cased):
        return nested
    if view.words[start - 1] == "bien" and view.words[start] in _ON_PLATES:
        return None
    return _longest(view, gazetteer, index, start, kinds, cased=cased) or whole


def _among_neighbours(view: View, index: int) -> bool:
    """Return True for «hàng xóm», «trong thôn», «cả xóm»: the residents, not a name."""
    return index > 0 and view.words[index] in ("xom", "thon") and view.words[index - 1] in ("hang", "trong", "ca")


def _may_be_named(found: Found, start: int) -> bool:
    """Return True if a free word follows the type word in the same sentence; the dot of «tx. Kỳ Anh» ends none."""
    view = found.view
    if start >= len(view.words) or view.gap(start - 1) not in _LINK or not found.word_free(start):
        return False
    written_out = not _VOWELS.isdisjoint(view.words[start - 1]) and view.words[start - 1] != "tdp"
    return not (written_out and view.gap(start - 1) == ". ")


def _of_people(view: View, index: int, start: int) -> bool:
    """Return True for people: «nhà hàng xóm»; unaccented «ban Tuan», «con Tuan»."""
    if view.words[start - 1 : start + 1] == ["hang", "xom"]:
        return not view.capital(start)
    friend = view.bare and view.words[index] in ("ban", "con")
    return friend and view.capital(start) and view.words[start] in FOLDED_GIVEN


def _longest(
    view: View, gazetteer: Gazetteer, index: int, start: int, kinds: Sequence[str], *, cased: bool
) -> tuple[int, str] | None:
    """Return the longest name after the type word, over all kinds of place that the word may mean."""
    names = [name_after(view, gazetteer, TypeWord(index, start, kind, cased)) for kind in kinds]
    if any(names):
        return max(filter(None, names), key=itemgetter(0))
    loose = cased and words.CAPITAL_ONLY in kinds and view.words[start - 1] in _LOOSE_HEADS
    return _described(view, gazetteer, start) if loose else None


def _described(view: View, gazetteer: Gazetteer, start: int) -> tuple[int, str] | None:
    """Match one or two lower-case words before the capitals: «quán bún Hoa Lan», «nhà máy gạch Phú Gia»."""
    for first in (start + 1, start + 2):
        if (
            first >= len(view.words)
            or view.gap(first - 1) != " "
            or view.words[first - 1] in words.PREPOSITIONS - words.TITLES
            or (view.words[first - 1] in words.TITLES and view.words[start - 1] not in _KEPT_BY)
            or view.marks[first - 1] in ("của", "có")
        ):
            return None
        if view.capital(first):
            return capital_run(view, gazetteer, first)
    return None


def _nested(found: Found, gazetteer: Gazetteer, index: int, start: int, *, cased: bool) -> tuple[int, str] | None:
    """Match an institution named after its unit: «nhà văn hóa thôn 5», «trường mầm non xã Thạch Đài»."""
    view = found.view
    if view.words[index] not in ("nha", "nvh", "truong", "hoi"):
        return None
    inner = words.TYPES.find(view, start)
    if inner is None or inner[1] not in (words.ADMIN, words.VILLAGE, words.NUMBERED) or inner[0] >= len(view.words):
        return None
    return name_after(view, gazetteer, TypeWord(start, inner[0], inner[1], cased))
