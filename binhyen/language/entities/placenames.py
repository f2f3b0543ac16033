"""PLACE spans: a type word with its name, or a gazetteer name; every administrative level is a span of its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import place_cues as words
from binhyen.language.entities.nameparts import TypeWord, extend_over_number, parse_capitalized_name, parse_name_after
from binhyen.language.entities.persons import FOLDED_GIVEN
from binhyen.language.entities.place_cues import (
    GazetteerMatch,
    continues_beyond_known,
    is_cho_for_person,
    is_official_title,
    is_origin_only,
    is_part_of_person_name,
    is_unaccented_homograph,
)
from binhyen.language.entities.place_person_ambiguity import end_of_person_name, follows_full_name, follows_plural
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.types import HOME, ROAD, Place

# Gazetteer names without a type word: rules that separate places from persons and common words.

_COUNTRIES: Final = frozenset(("Trung Quốc", "Lào", "Hàn Quốc", "Nhật Bản", "Đài Loan", "Campuchia"))
_NOUNS_BEFORE_COUNTRY: Final = word_set("nguoi tieng hang xe do chong vo")
_ROAD_PREPOSITIONS: Final = word_set("o tai tren doan doc ngang")
_WORDS_BEFORE_PLACE: Final = word_set("o tai ve vao tu que tinh huyen ra den tp xe")
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
    return name.before not in _WORDS_BEFORE_PLACE or not name.view.gap_after(name.first - 1).isspace()


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


_ROAD_GLUED: Final = re.compile(r"(?:ql|tl|dt|hl)\d{1,3}[a-z]?\Z")
_ROADS: Final = frozenset(("ql", "tl", "dt", "hl"))
_VOWELS: Final = frozenset("aeiouy")
_NAME_SEPARATORS: Final = frozenset((" ", ". ", "."))
_DESCRIBED_TYPES: Final = word_set("quan may tiem xuong ty kho hang hieu")
_OWNER_NAMED_TYPES: Final = word_set("quan tiem xuong hieu")  # «quán bà Hoa» is a place with the name of its owner
# «đồng hồ Citizen», «xe ga Grande», «hội trường thôn 7», «thợ hồ Dũng», «súng trường».
_NOT_BEFORE: Final = {
    "ho": word_set("dong tho do"),
    "ga": word_set("xe binh bep trai"),
    "truong": word_set("hoi thuong hien moi sung thi"),
    "cau": word_set("can yeu"),
    "thon": word_set("lien"),
    "xom": word_set("lien"),
    "kho": word_set("xa"),
}
_COUNTRY_PHRASES: Final[PhraseTrie[str]] = PhraseTrie(
    [
        (name, name)
        for name in phrase_list("""
    Nhật | Úc | Ba Lan | Hà Lan | Hàn | Malaysia | Canada | Angola | Đức | Nga | Pháp | Singapore | Mỹ | Lào |
    Thái Lan | Campuchia | Đài Loan | Hàn Quốc | Nhật Bản | Trung Quốc | Rumani | Hungary | Ả Rập | Dubai |
    Macao | Algeria | Ấn Độ | Indonesia | Philippines | Ý | Ukraine | Myanmar | Hong Kong
    """)
    ]
)
_PLACE_STARTS: Final = words.TYPES.first_words() | _COUNTRY_PHRASES.first_words()
_PLATE_WORDS: Final = word_set("lao xanh do trang vang so")  # «biển xanh» is a car's plate, not the sea
_MOVEMENT_WORDS: Final = word_set("o di ben sang qua tu ve nuoc lam tai den")


def add_places(registry: SpanRegistry, gazetteer: Gazetteer) -> None:
    """Add PLACE spans; `norm` is the gazetteer's name, else the folded text.

    A person with the name of a commune is added as PERSON.
    """
    view = registry.view
    cased, name_starts = view.has_proper_names, gazetteer.first_words()
    free = 0
    for index, word in enumerate(view.words):
        road = word[:2] in _ROADS and _ROAD_GLUED.match(word)
        is_cue = road or word in _PLACE_STARTS
        if index < free or not (is_cue or word in name_starts) or not registry.is_word_free(index):
            continue
        gazetteer_match = gazetteer.find_at(view, index)
        is_excluded = index > 0 and view.words[index - 1] in _NOT_BEFORE.get(word, ())
        if (
            not (is_cue or gazetteer_match)
            or is_excluded
            or (word == "cho" and view.is_unaccented and is_cho_for_person(view, index))
        ):
            continue
        match = (
            (index + 1, word)
            if road
            else _match_country(view, index)
            or _match_typed_place(registry, gazetteer, index, gazetteer_match, cased=cased)
        )
        if (
            gazetteer_match
            and not match
            and (person_end := end_of_person_name(view, gazetteer, index, gazetteer_match))
        ):
            free = person_end
            registry.add_words("PERSON", index, person_end)
            continue
        end, name = (
            match
            or (match_untyped_place(registry, index, gazetteer_match, cased=cased) if gazetteer_match else None)
            or (0, "")
        )
        if end and registry.add("PLACE", view.starts[index], view.ends[end - 1], _mark_origin(registry, index, name)):
            free = end


def _mark_origin(registry: SpanRegistry, index: int, name: str) -> str:
    """Return the name, with the origin prefix if it is only a person's origin."""
    view = registry.view
    continues_origin = registry.get_norm_before(index).startswith(HOME) and len(view.gap_after(index - 1)) < 3
    is_origin = not name.startswith(ROAD) and (continues_origin or is_origin_only(view, index))
    return f"{HOME}{name}" if is_origin else name


def _match_country(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «con ở Nhật», «đi Ba Lan»: a capitalised country after a verb of movement; not «chồng Đài Loan»."""
    if not index or not _COUNTRY_PHRASES.starts(view.words[index]) or not view.is_capitalized(index):
        return None
    if view.words[index - 1] not in _MOVEMENT_WORDS or view.gap_after(index - 1) != " ":
        return None
    hit = _COUNTRY_PHRASES.find(view, index)
    if hit is None or (hit[0] < len(view.words) and view.is_capitalized(hit[0]) and view.gap_after(hit[0] - 1) == " "):
        return None
    return hit


def _match_typed_place(
    registry: SpanRegistry, gazetteer: Gazetteer, index: int, gazetteer_match: GazetteerMatch | None, *, cased: bool
) -> tuple[int, str] | None:
    """Match a type word with the name after it, or a landmark known with its type word (`whole`)."""
    view = registry.view
    if index and ((cased and is_part_of_person_name(view, index)) or is_official_title(view, index)):
        return None
    landmark_match = match_landmark(view, index, gazetteer_match)
    trigger = None if _means_residents(view, index) else words.TYPES.find_all(view, index)
    if trigger is None:
        return landmark_match
    start, kinds = trigger
    if (
        landmark_match
        and landmark_match[0] > start
        and not continues_beyond_known(view, gazetteer, start, landmark_match[0], cased=cased)
    ):
        return landmark_match
    if not _may_have_name(registry, start) or _means_people(view, index, start):
        return landmark_match
    if view.is_unaccented and is_unaccented_homograph(view, index, start, gazetteer_match, landmark_match):
        return None
    if nested := _match_nested_unit(registry, gazetteer, index, start, cased=cased):
        return nested
    if view.words[start - 1] == "bien" and view.words[start] in _PLATE_WORDS:
        return None
    return _longest_name(view, gazetteer, index, start, kinds, cased=cased) or landmark_match


def _means_residents(view: AlignedText, index: int) -> bool:
    """Return True for «hàng xóm», «trong thôn», «cả xóm»: the residents, not a name."""
    return index > 0 and view.words[index] in ("xom", "thon") and view.words[index - 1] in ("hang", "trong", "ca")


def _may_have_name(registry: SpanRegistry, start: int) -> bool:
    """Return True if a free word follows the type word in the same sentence; the dot of «tx. Kỳ Anh» ends none."""
    view = registry.view
    if (
        start >= len(view.words)
        or view.gap_after(start - 1) not in _NAME_SEPARATORS
        or not registry.is_word_free(start)
    ):
        return False
    written_out = not _VOWELS.isdisjoint(view.words[start - 1]) and view.words[start - 1] != "tdp"
    return not (written_out and view.gap_after(start - 1) == ". ")


def _means_people(view: AlignedText, index: int, start: int) -> bool:
    """Return True for people: «nhà hàng xóm»; unaccented «ban Tuan», «con Tuan»."""
    if view.words[start - 1 : start + 1] == ["hang", "xom"]:
        return not view.is_capitalized(start)
    friend = view.is_unaccented and view.words[index] in ("ban", "con")
    return friend and view.is_capitalized(start) and view.words[start] in FOLDED_GIVEN


def _longest_name(
    view: AlignedText, gazetteer: Gazetteer, index: int, start: int, kinds: Sequence[str], *, cased: bool
) -> tuple[int, str] | None:
    """Return the longest name after the type word, over all kinds of place that the word may mean."""
    names = [parse_name_after(view, gazetteer, TypeWord(index, start, kind, cased)) for kind in kinds]
    if any(names):
        return max(filter(None, names), key=itemgetter(0))
    may_be_described = cased and words.CAPITAL_ONLY in kinds and view.words[start - 1] in _DESCRIBED_TYPES
    return _match_described_name(view, gazetteer, start) if may_be_described else None


def _match_described_name(view: AlignedText, gazetteer: Gazetteer, start: int) -> tuple[int, str] | None:
    """Match one or two lower-case words before the capitals: «quán bún Hoa Lan», «nhà máy gạch Phú Gia»."""
    for first in (start + 1, start + 2):
        if (
            first >= len(view.words)
            or view.gap_after(first - 1) != " "
            or view.words[first - 1] in words.PREPOSITIONS - words.TITLES
            or (view.words[first - 1] in words.TITLES and view.words[start - 1] not in _OWNER_NAMED_TYPES)
            or view.marks[first - 1] in ("của", "có")
        ):
            return None
        if view.is_capitalized(first):
            return parse_capitalized_name(view, gazetteer, first)
    return None


def _match_nested_unit(
    registry: SpanRegistry, gazetteer: Gazetteer, index: int, start: int, *, cased: bool
) -> tuple[int, str] | None:
    """Match an institution named after its unit: «nhà văn hóa thôn 5», «trường mầm non xã Thạch Đài»."""
    view = registry.view
    if view.words[index] not in ("nha", "nvh", "truong", "hoi"):
        return None
    inner = words.TYPES.find(view, start)
    if inner is None or inner[1] not in (words.ADMIN, words.VILLAGE, words.NUMBERED) or inner[0] >= len(view.words):
        return None
    return parse_name_after(view, gazetteer, TypeWord(start, inner[0], inner[1], cased))
