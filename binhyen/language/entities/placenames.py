"""PLACE spans: a type word with its name, or a name the gazetteer knows; every level is a span of its own."""

import re
from typing import Final

from binhyen.language.entities import placewords as words
from binhyen.language.entities.found import Found
from binhyen.language.entities.nameparts import TypeWord, capital_run, name_after, with_number
from binhyen.language.entities.personwords import FOLDED_GIVEN
from binhyen.language.entities.placedoubts import Hit, for_somebody, goes_on, headed, of_a_name, otherwise
from binhyen.language.phrases import Phrases, bag, listed
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.view import View

_ROAD_GLUED: Final = re.compile(r"(?:ql|tl|dt|hl)\d{1,3}[a-z]?\Z")
_ROADS: Final = frozenset(("ql", "tl", "dt", "hl"))
_VOWELS: Final = frozenset("aeiouy")
_LINK: Final = frozenset((" ", ". ", "."))
_COUNTRIES: Final = frozenset(("Trung Quốc", "Lào", "Hàn Quốc", "Nhật Bản", "Đài Loan", "Campuchia"))
_LOOSE_HEADS: Final = bag("quan may tiem xuong ty kho hang hieu")
_KEPT_BY: Final = bag("quan tiem xuong hieu")  # «quán bà Hoa» is a place by its keeper's name
_ON_ROADS: Final = bag("o tai tren doan doc ngang")
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
_INTO: Final = bag("o tai ve vao tu que tinh huyen ra den tp xe")
_ABROAD: Final = bag("o di ben sang qua tu ve nuoc lam")


def find(found: Found, gazetteer: Gazetteer) -> None:
    """Add PLACE spans; `norm` is the name as the gazetteer writes it, else the folded text."""
    view = found.view
    cased = view.names
    free = 0
    for index, word in enumerate(view.words):
        if index < free:
            continue
        typed, named = words.TYPES.starts(word), gazetteer.starts(word)
        road = word[:2] in _ROADS and _ROAD_GLUED.match(word)
        before = view.words[index - 1] if index else ""
        watch = before in _NOT_BEFORE.get(word, ())
        if word == "cho" and view.bare and for_somebody(view, index):
            continue
        if not (typed or named or road or _COUNTRIES_TOO.starts(word)) or watch or not found.word_free(index):
            continue
        known = gazetteer.find(view, index) if named else None
        found_here = (
            (index + 1, word) if road else _abroad(view, index) or _typed(found, gazetteer, index, known, cased=cased)
        )
        end, name = found_here or (_known(found, index, known, cased=cased) if known else None) or (0, "")
        if end and found.add("PLACE", view.starts[index], view.ends[end - 1], name):
            free = end


def _abroad(view: View, index: int) -> tuple[int, str] | None:
    """«con ở Nhật», «đi Ba Lan»: a country with its capital, after a word of going or being; not «chồng Đài Loan»."""
    if not index or not _COUNTRIES_TOO.starts(view.words[index]) or not view.capital(index):
        return None
    if view.words[index - 1] not in _ABROAD or view.gap(index - 1) != " ":
        return None
    hit = _COUNTRIES_TOO.find(view, index)
    if hit is None or (hit[0] < len(view.words) and view.capital(hit[0]) and view.gap(hit[0] - 1) == " "):
        return None
    return hit


def _typed(found: Found, gazetteer: Gazetteer, index: int, known: Hit | None, *, cased: bool) -> tuple[int, str] | None:
    view = found.view
    trigger = words.TYPES.find_all(view, index)
    if index and ((cased and of_a_name(view, index)) or headed(view, index)):
        return None
    if trigger is None or (
        index and view.words[index] in ("xom", "thon") and view.words[index - 1] in ("hang", "trong", "ca")
    ):
        return _landmark_whole(view, index, known)
    whole = _landmark_whole(view, index, known)
    start = trigger[0]
    if whole and whole[0] > start and not goes_on(view, gazetteer, start, whole[0], cased=cased):
        return whole
    whole_word = not _VOWELS.isdisjoint(view.words[start - 1]) and view.words[start - 1] != "tdp"
    ended = start < len(view.words) and view.gap(start - 1) == ". " and whole_word
    if start >= len(view.words) or view.gap(start - 1) not in _LINK or ended or not found.word_free(start):
        return whole
    neighbour = view.words[start - 1 : start + 1] == ["hang", "xom"] and not view.capital(start)  # «nhà hàng xóm»
    friend = view.bare and view.words[index] in ("ban", "con") and view.capital(start)  # «ban Tuan»
    if neighbour or (friend and view.words[start] in FOLDED_GIVEN):
        return whole
    if view.bare and otherwise(view, index, start, known, whole):
        return None
    nested = _nested(found, gazetteer, index, start, cased=cased)
    if nested:
        return nested
    if view.words[start - 1] == "bien" and view.words[start] in ("lao", "xanh", "do", "trang", "vang", "so"):
        return None  # the plate of a car, not the sea
    best: tuple[int, str] | None = None
    for kind in trigger[1]:
        name = name_after(view, gazetteer, TypeWord(index, start, kind, cased))
        if name and (best is None or name[0] > best[0]):
            best = name
    if best is None and cased and words.CAPITAL_ONLY in trigger[1] and view.words[trigger[0] - 1] in _LOOSE_HEADS:
        best = _described(view, gazetteer, start)
    return best or whole


def _described(view: View, gazetteer: Gazetteer, start: int) -> tuple[int, str] | None:
    """«quán bún Hoa Lan», «nhà máy gạch Phú Gia»: one or two small words before the capitals."""
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
    """«nhà văn hóa thôn 5», «trường mầm non xã Thạch Đài»: an institution named by its unit."""
    view = found.view
    if view.words[index] not in ("nha", "nvh", "truong", "hoi"):
        return None
    inner = words.TYPES.find(view, start)
    if inner is None or inner[1] not in (words.ADMIN, words.VILLAGE, words.NUMBERED) or inner[0] >= len(view.words):
        return None
    return name_after(view, gazetteer, TypeWord(start, inner[0], inner[1], cased))


def _landmark_whole(view: View, index: int, hit: Hit | None) -> tuple[int, str] | None:
    """A landmark that the gazetteer knows with its type word."""
    if hit is None:
        return None
    capital = view.capital(index)
    led = index > 0 and view.words[index - 1] in words.PREPOSITIONS
    if view.bare and not capital and not led and hit[1][0].name.lower() in words.EVERYDAY:
        return None  # «cho hoi» is a question more often than a market
    for place in hit[1]:
        whole = place.kind in ("landmark", "street") and (" " in place.name or capital)
        if whole and (capital or view.agrees(index, tuple(place.name.lower().split(" ")))):
            return hit[0], place.name
    return None


def _known(found: Found, index: int, hit: Hit, *, cased: bool) -> tuple[int, str] | None:
    """A name of the gazetteer without a type word."""
    view = found.view
    if not found.free(view.starts[index], view.ends[hit[0] - 1]):
        return None
    places = [place for place in hit[1] if place.kind != "road" or _on_a_road(found, index)]
    if not places or (
        places[0].name in _COUNTRIES
        and index
        and view.words[index - 1] in ("nguoi", "tieng", "hang", "xe", "do", "chong", "vo")
    ):
        return None
    end, name = hit[0], places[0].name
    before = view.words[index - 1] if index and view.gap(index - 1).strip() in ("", "(", ":", ",", "-") else ""
    comma = bool(index) and view.gap(index - 1).strip() in (",", "-", "–") and not found.word_free(index - 1)
    led = (
        (before in words.PREPOSITIONS and view.gap(index - 1).isspace())
        or comma
        or bool(index and not found.word_free(index - 1))
    )
    if (
        not view.capital(index)
        and all(place.kind == "outside" for place in places)
        and (before not in _INTO or not view.gap(index - 1).isspace())
    ):
        return None  # «di an», «cờ đỏ», «lộc bình»
    capital = cased and all(view.capital(k) for k in range(index, end) if view.words[k].isalpha())
    if cased and view.capital(index) and before in words.FAMILY and view.capital(index - 1) and not comma and not led:
        return None
    if cased and not capital:
        return None
    if all(place.kind == "hamlet" for place in places):
        ok = capital and led and end - index > 1 and before not in words.TITLES
    elif end - index == 1:
        ok = (
            (capital or led)
            and not (view.bare and not led)
            and (led or all(place.kind != "outside" for place in places))
        )
    elif name.lower() in words.EVERYDAY or (words.FAMILY & {view.words[index]} and end - index > 2):
        ok = led or (capital and not _person_like(view, index, end))
    else:
        ok = cased or led or before not in words.TITLES
    road = all(place.kind == "road" for place in places) or (_house(found, index) and view.words[index] in words.FAMILY)
    shown = f"đường {name}" if road else name
    return (with_number(view, end) if name[-1:].isdecimal() else end, shown) if ok else None


def _on_a_road(found: Found, index: int) -> bool:
    """«ở Phan Đình Phùng», «ngã tư Hàm Nghi – Lê Duẩn»: a road without its type word."""
    if not index:
        return False
    view = found.view
    if _house(found, index) or (view.gap(index - 1) == " " and view.words[index - 1] in _ON_ROADS):
        return True
    return view.gap(index - 1).strip() in ("", ",", "-", "–") and found.kind_before(index) == "PLACE"


def _house(found: Found, index: int) -> bool:
    """«147 Trần Phú», «giao với Nguyễn Du»: certainly a road, whatever else bears the name."""
    view = found.view
    before = view.words[max(0, index - 2) : index]
    if not before or view.gap(index - 1) != " ":
        return False
    return (before[-1].isdecimal() and found.word_free(index - 1)) or before == ["giao", "voi"]


def _person_like(view: View, index: int, end: int) -> bool:
    """A name that opens a sentence or stands after another capital word is more likely a person."""
    return bool(index) and view.capital(index - 1) and view.gap(index - 1) == " " and end - index == 2 and index > 1
