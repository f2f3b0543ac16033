"""The name after a type word: known, a number, capitals, or one or two small words."""

import re
from typing import Final

from binhyen.language.entities import placewords as words
from binhyen.language.phrases import bag
from binhyen.language.places.gazetteer import Gazetteer, Place
from binhyen.language.places.types import group_of
from binhyen.language.view import View

_NUMBER: Final = re.compile(r"\d{1,3}[a-z]?(?:/\d{1,3}){0,2}(?![\w/])")
_ROMAN: Final = frozenset(("i", "ii", "iii", "iv", "v", "vi"))
_NEVER_BARE: Final = frozenset(("hamlet", "road"))


_COUNTED: Final = bag("nguoi trieu nghin ngan cai con met km lan gio phut chiec tang")
_COUNTED_TOO: Final = bag("nguoi con cai dua chiec xe lan thang ngay hom gio ong ba anh")


def name_after(view: View, gazetteer: Gazetteer, start: int, kind: str, *, cased: bool) -> tuple[int, str] | None:
    """The end of the name that begins at word `start` after a type word of `kind`."""
    number = _NUMBER.match(view.plain, view.starts[start])
    if number and kind != words.CAPITAL_ONLY:
        return _numbered(view, start, number.end(), kind)
    if kind == words.NUMBERED:
        return (start + 1, view.words[start]) if view.words[start] in _ROMAN and view.capital(start) else None
    if view.words[start] in words.TITLES and not view.capital(start):
        return None
    hit = gazetteer.find(view, start)
    if hit and _fits(view, start, hit, kind, cased=cased):
        return with_number(view, hit[0]), hit[1][0].name
    if cased:
        return capital_run(view, gazetteer, start)
    if kind in (words.VILLAGE, words.LANDMARK):
        return _lower_name(view, gazetteer, start, kind)
    return None


def _fits(view: View, start: int, hit: tuple[int, list[Place]], kind: str, *, cased: bool) -> bool:
    groups = {group_of(place.kind) for place in hit[1]}
    hamlet_only = all(place.kind in _NEVER_BARE for place in hit[1])
    if kind == words.ADMIN:
        return bool(groups & {"commune", "district", "province", "outside"}) or not hamlet_only
    if kind == words.CAPITAL_ONLY:
        return view.capital(start) or (not hamlet_only and hit[0] - start > 1)
    if kind == words.STREET:
        return view.capital(start) or (not cased and hit[0] - start > 1)
    if kind == words.LANDMARK and not view.capital(start):
        return hit[1][0].name.lower() not in words.EVERYDAY or _place_before(view, start)
    return True


def _numbered(view: View, start: int, stop: int, kind: str) -> tuple[int, str] | None:
    end = start
    while end < len(view.words) and view.ends[end] <= stop:
        end += 1
    if end == start:
        return None
    after = view.words[end] if end < len(view.words) and view.gap(end - 1).isspace() else ""
    led = start > 1 and view.words[start - 2] in words.PREPOSITIONS
    if kind == words.ADMIN or (view.words[start - 1] == "doi" and not view.capital(start - 1) and not led):
        return None
    if after in _COUNTED:
        return None
    if (
        view.words[start - 1] == "duong"
        and "/" not in view.plain[view.starts[start] : stop]
        and len(view.words[start]) < 2
    ):
        return None
    if view.words[start - 1] in ("cho", "truong", "ho", "quan") and kind == words.LANDMARK:
        return None
    return end, view.plain[view.starts[start - 1] : view.ends[end - 1]]


def with_number(view: View, end: int) -> int:
    """«Sơn Kim 1», «Nam Thượng 2»: a number that belongs to the name."""
    if end < len(view.words) and view.gap(end - 1) == " " and len(view.words[end]) == 1:
        word = view.words[end]
        after = view.words[end + 1] if end + 1 < len(view.words) and view.gap(end).isspace() else ""
        if word in "123456789" and after not in _COUNTED_TOO:
            return end + 1
    return end


def capital_run(view: View, gazetteer: Gazetteer, start: int) -> tuple[int, str] | None:
    """Capitalised words from `start`, cut where a known unit of a higher level begins."""
    end = start
    while end < len(view.words) and end - start < 5 and view.capital(end):
        if (
            end > start + 1
            and (hit := gazetteer.find(view, end))
            and any(group_of(p.kind) in ("commune", "district") for p in hit[1])
        ):
            break
        inner = words.TYPES.find(view, end) if end > start and not view.unmarked(end) else None
        if inner and inner[1] in (words.ADMIN, words.VILLAGE):
            break
        end += 1
        if view.gap(end - 1) != " ":
            break
    if end == start or (end == start + 1 and len(view.words[start]) == 1 and start == len(view.words)):
        return None
    return with_number(view, end), view.plain[view.starts[start] : view.ends[end - 1]]


def _lower_name(view: View, gazetteer: Gazetteer, start: int, kind: str) -> tuple[int, str] | None:
    """At most two words of a name written without capitals."""
    end = start
    while end < len(view.words) and end - start < 2:
        word = view.words[end]
        stop = words.NOT_VILLAGE if kind == words.VILLAGE else words.NOT_NAME
        if word in stop or not word.isalpha() or len(word) > 6 or len(word) < 2:
            break
        if end > start and gazetteer.find(view, end):
            break
        end += 1
        if view.gap(end - 1) != " ":
            break
    if end == start or (kind == words.LANDMARK and (view.bare and end - start < 2)):
        return None
    if kind == words.LANDMARK and not _place_before(view, start):
        return None
    return with_number(view, end), view.plain[view.starts[start] : view.ends[end - 1]]


def _place_before(view: View, start: int) -> bool:
    return any(word in words.PREPOSITIONS for word in view.words[max(0, start - 4) : start - 1])
