"""Gazetteer names without a type word: rules that separate places from persons and common words."""

from dataclasses import dataclass
from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.entities import place_cues as words
from binhyen.language.entities.nameparts import with_number
from binhyen.language.entities.place_negatives import Hit
from binhyen.language.entities.place_person_ambiguity import in_full, of_many
from binhyen.language.entities.span_registry import Found
from binhyen.language.phrase_trie import bag
from binhyen.language.places.place import Place
from binhyen.language.places.types import ROAD

_COUNTRIES: Final = frozenset(("Trung Quốc", "Lào", "Hàn Quốc", "Nhật Bản", "Đài Loan", "Campuchia"))
_OF_A_COUNTRY: Final = bag("nguoi tieng hang xe do chong vo")
_ON_ROADS: Final = bag("o tai tren doan doc ngang")
_INTO: Final = bag("o tai ve vao tu que tinh huyen ra den tp xe")
_SAME_CLAUSE: Final = ("", "(", ":", ",", "-")


@dataclass(frozen=True, slots=True)
class _Name:
    """A known name at the words `first:end`.

    `previous_word`: in the same clause; `follows_preposition`: a preposition or another entity stands right before it;
    `uses_capitals`: the text uses capitals for names.
    """

    found: Found
    first: int
    end: int
    places: list[Place]
    before: str
    led: bool
    cased: bool

    @property
    def view(self) -> View:
        return self.found.view

    def only(self, kind: str) -> bool:
        return all(place.kind == kind for place in self.places)


def untyped(found: Found, index: int, hit: Hit, *, cased: bool) -> tuple[int, str] | None:
    """Match a gazetteer name without a type word: return the index after it, and the name."""
    name = _name(found, index, hit, cased)
    if name is None or any(refuses(name) for refuses in _REFUSALS) or not _sure(name):
        return None
    shown = name.places[0].name
    road = name.only("road") or (_house(found, index) and found.view.words[index] in words.FAMILY)
    end = with_number(found.view, name.end) if shown[-1:].isdecimal() else name.end
    return end, f"{ROAD}{shown}" if road else shown


def _name(found: Found, index: int, hit: Hit, cased: bool) -> _Name | None:
    view, end = found.view, hit[0]
    if not found.free(view.starts[index], view.ends[end - 1]):
        return None
    places = [place for place in hit[1] if place.kind != "road" or _on_a_road(found, index)]
    if not places:
        return None
    if not index:
        return _Name(found, index, end, places, "", False, cased)
    gap = view.gap(index - 1)
    before = view.words[index - 1] if gap.strip() in _SAME_CLAUSE else ""
    led = (before in words.PREPOSITIONS and gap.isspace()) or not found.word_free(index - 1)
    return _Name(found, index, end, places, before, led, cased)


def _of_a_country(name: _Name) -> bool:
    """Return True for «hàng Trung Quốc», «chồng Đài Loan»."""
    if name.places[0].name not in _COUNTRIES or not name.first:
        return False
    return name.view.words[name.first - 1] in _OF_A_COUNTRY


def _everyday_words(name: _Name) -> bool:
    """Return True for «di an», «cờ đỏ», «lộc bình»: a lower-case outside place needs a verb of movement."""
    if name.view.capital(name.first) or not name.only("outside"):
        return False
    return name.before not in _INTO or not name.view.gap(name.first - 1).isspace()


def _of_a_person(name: _Name) -> bool:
    """Return True if a capitalised family name precedes: «Nguyễn Phú Lộc», «Trần Văn Đức Thọ»."""
    if name.cased and in_full(name.view, name.first):
        return True
    if not name.cased or name.led or name.before not in words.FAMILY:
        return False
    return name.view.capital(name.first) and name.view.capital(name.first - 1)


def _in_small_letters(name: _Name) -> bool:
    """Return True for lower-case words in a text that capitalises names."""
    view = name.view
    return name.cased and not all(view.capital(k) for k in range(name.first, name.end) if view.words[k].isalpha())


_REFUSALS: Final = (_of_a_country, _everyday_words, _of_a_person, _in_small_letters)


def _sure(name: _Name) -> bool:
    """Return True if there is enough evidence of a place: the more ambiguous the name, the more is required.

    Capitals were checked before.
    """
    long = name.end - name.first
    if name.only("hamlet"):
        return name.cased and name.led and long > 1 and name.before not in words.TITLES
    if long == 1:
        return name.led or (name.cased and not name.view.bare and all(p.kind != "outside" for p in name.places))
    family = long > 2 and name.view.words[name.first] in words.FAMILY
    if family or name.places[0].name.lower() in words.EVERYDAY:
        return name.led or (name.cased and not _like_a_person(name))
    return name.led or name.cased or name.before not in words.TITLES or of_many(name.view, name.first)


def _like_a_person(name: _Name) -> bool:
    """Return True for a likely person: a name that opens a sentence or follows another capitalised word."""
    view, first = name.view, name.first
    return first > 1 and view.capital(first - 1) and view.gap(first - 1) == " " and name.end - first == 2


def landmark(view: View, index: int, hit: Hit | None) -> tuple[int, str] | None:
    """Match a landmark that the gazetteer knows with its type word."""
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


def _on_a_road(found: Found, index: int) -> bool:
    """Return True for a road without its type word: «ở Phan Đình Phùng», «ngã tư Hàm Nghi – Lê Duẩn»."""
    if not index:
        return False
    view = found.view
    if _house(found, index) or (view.gap(index - 1) == " " and view.words[index - 1] in _ON_ROADS):
        return True
    return view.gap(index - 1).strip() in ("", ",", "-", "–") and found.kind_before(index) == "PLACE"


def _house(found: Found, index: int) -> bool:
    """Return True for «147 Trần Phú», «giao với Nguyễn Du»: certainly a road, even if other places share the name."""
    view = found.view
    before = view.words[max(0, index - 2) : index]
    if not before or view.gap(index - 1) != " ":
        return False
    return (before[-1].isdecimal() and found.word_free(index - 1)) or before == ["giao", "voi"]
