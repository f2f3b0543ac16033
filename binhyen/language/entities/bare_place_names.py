"""Gazetteer names without a type word: rules that separate places from persons and common words."""

from dataclasses import dataclass
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import place_cues as words
from binhyen.language.entities.nameparts import extend_over_number
from binhyen.language.entities.place_negatives import GazetteerMatch
from binhyen.language.entities.place_person_ambiguity import follows_full_name, follows_plural
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import word_set
from binhyen.language.places.place import Place
from binhyen.language.places.types import ROAD

_COUNTRIES: Final = frozenset(("Trung Quốc", "Lào", "Hàn Quốc", "Nhật Bản", "Đài Loan", "Campuchia"))
_NOUNS_BEFORE_COUNTRY: Final = word_set("nguoi tieng hang xe do chong vo")
_ROAD_PREPOSITIONS: Final = word_set("o tai tren doan doc ngang")
_MOVEMENT_WORDS: Final = word_set("o tai ve vao tu que tinh huyen ra den tp xe")
_SAME_CLAUSE: Final = ("", "(", ":", ",", "-")


@dataclass(frozen=True, slots=True)
class _NameCandidate:
    """A known name at the words `first:end`.

    `previous_word`: in the same clause; `follows_preposition`: a preposition or another entity stands right before it;
    `uses_capitals`: the text uses capitals for names.
    """

    registry: SpanRegistry
    first: int
    end: int
    places: list[Place]
    before: str
    follows_preposition: bool
    uses_capitals: bool

    @property
    def view(self) -> AlignedText:
        return self.registry.view

    def is_only(self, kind: str) -> bool:
        return all(place.kind == kind for place in self.places)


def match_untyped_place(
    registry: SpanRegistry, index: int, hit: GazetteerMatch, *, cased: bool
) -> tuple[int, str] | None:
    """Match a gazetteer name without a type word: return the index after it, and the name."""
    name = _build_candidate(registry, index, hit, cased)
    if name is None or any(refuses(name) for refuses in _REFUSALS) or not _has_enough_evidence(name):
        return None
    name_text = name.places[0].name
    road = name.is_only("road") or (
        _is_house_or_crossing(registry, index) and registry.view.words[index] in words.FAMILY
    )
    end = extend_over_number(registry.view, name.end) if name_text[-1:].isdecimal() else name.end
    return end, f"{ROAD}{name_text}" if road else name_text


def _build_candidate(registry: SpanRegistry, index: int, hit: GazetteerMatch, cased: bool) -> _NameCandidate | None:
    view, end = registry.view, hit[0]
    if not registry.is_free(view.starts[index], view.ends[end - 1]):
        return None
    places = [place for place in hit[1] if place.kind != "road" or _is_road(registry, index)]
    if not places:
        return None
    if not index:
        return _NameCandidate(registry, index, end, places, "", False, cased)
    gap = view.gap_after(index - 1)
    previous_word = view.words[index - 1] if gap.strip() in _SAME_CLAUSE else ""
    follows_preposition = (previous_word in words.PREPOSITIONS and gap.isspace()) or not registry.is_word_free(
        index - 1
    )
    return _NameCandidate(registry, index, end, places, previous_word, follows_preposition, cased)


def _is_country_attribute(name: _NameCandidate) -> bool:
    """Return True for «hàng Trung Quốc», «chồng Đài Loan»."""
    if name.places[0].name not in _COUNTRIES or not name.first:
        return False
    return name.view.words[name.first - 1] in _NOUNS_BEFORE_COUNTRY


def _is_common_phrase(name: _NameCandidate) -> bool:
    """Return True for «di an», «cờ đỏ», «lộc bình»: a lower-case outside place needs a verb of movement."""
    if name.view.is_capitalized(name.first) or not name.is_only("outside"):
        return False
    return name.before not in _MOVEMENT_WORDS or not name.view.gap_after(name.first - 1).isspace()


def _is_person_name(name: _NameCandidate) -> bool:
    """Return True if a capitalised family name precedes: «Nguyễn Phú Lộc», «Trần Văn Đức Thọ»."""
    if name.uses_capitals and follows_full_name(name.view, name.first):
        return True
    if not name.uses_capitals or name.follows_preposition or name.before not in words.FAMILY:
        return False
    return name.view.is_capitalized(name.first) and name.view.is_capitalized(name.first - 1)


def _is_lowercase(name: _NameCandidate) -> bool:
    """Return True for lower-case words in a text that capitalises names."""
    view = name.view
    return name.uses_capitals and not all(
        view.is_capitalized(word_index)
        for word_index in range(name.first, name.end)
        if view.words[word_index].isalpha()
    )


_REFUSALS: Final = (_is_country_attribute, _is_common_phrase, _is_person_name, _is_lowercase)


def _has_enough_evidence(name: _NameCandidate) -> bool:
    """Return True if there is enough evidence of a place: the more ambiguous the name, the more is required.

    Capitals were checked before.
    """
    word_count = name.end - name.first
    if name.is_only("hamlet"):
        return name.uses_capitals and name.follows_preposition and word_count > 1 and name.before not in words.TITLES
    if word_count == 1:
        return name.follows_preposition or (
            name.uses_capitals and not name.view.is_unaccented and all(place.kind != "outside" for place in name.places)
        )
    may_be_full_name = word_count > 2 and name.view.words[name.first] in words.FAMILY
    if may_be_full_name or name.places[0].name.lower() in words.EVERYDAY:
        return name.follows_preposition or (name.uses_capitals and not _is_likely_person(name))
    return (
        name.follows_preposition
        or name.uses_capitals
        or name.before not in words.TITLES
        or follows_plural(name.view, name.first)
    )


def _is_likely_person(name: _NameCandidate) -> bool:
    """Return True for a likely person: a name that opens a sentence or follows another capitalised word."""
    view, first = name.view, name.first
    return first > 1 and view.is_capitalized(first - 1) and view.gap_after(first - 1) == " " and name.end - first == 2


def match_landmark(view: AlignedText, index: int, hit: GazetteerMatch | None) -> tuple[int, str] | None:
    """Match a landmark that the gazetteer knows with its type word."""
    if hit is None:
        return None
    capital = view.is_capitalized(index)
    led = index > 0 and view.words[index - 1] in words.PREPOSITIONS
    if view.is_unaccented and not capital and not led and hit[1][0].name.lower() in words.EVERYDAY:
        return None  # «cho hoi» is a question more often than a market
    for place in hit[1]:
        is_landmark = place.kind in ("landmark", "street") and (" " in place.name or capital)
        if is_landmark and (capital or view.matches_words(index, tuple(place.name.lower().split(" ")))):
            return hit[0], place.name
    return None


def _is_road(registry: SpanRegistry, index: int) -> bool:
    """Return True for a road without its type word: «ở Phan Đình Phùng», «ngã tư Hàm Nghi – Lê Duẩn»."""
    if not index:
        return False
    view = registry.view
    if _is_house_or_crossing(registry, index) or (
        view.gap_after(index - 1) == " " and view.words[index - 1] in _ROAD_PREPOSITIONS
    ):
        return True
    return view.gap_after(index - 1).strip() in ("", ",", "-", "–") and registry.get_kind_before(index) == "PLACE"


def _is_house_or_crossing(registry: SpanRegistry, index: int) -> bool:
    """Return True for «147 Trần Phú», «giao với Nguyễn Du»: certainly a road, even if other places share the name."""
    view = registry.view
    preceding_words = view.words[max(0, index - 2) : index]
    if not preceding_words or view.gap_after(index - 1) != " ":
        return False
    return (preceding_words[-1].isdecimal() and registry.is_word_free(index - 1)) or preceding_words == ["giao", "voi"]
