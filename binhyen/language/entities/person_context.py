"""Names recognised by context: as a signature, beside a phone, after a role, in couples, before a verb."""

from binhyen.language.aligned_text import View
from binhyen.language.entities import person_cues as words
from binhyen.language.entities.gazetteers import given_names
from binhyen.language.entities.place_cues import FAMILY
from binhyen.language.entities.span_registry import Found


def couple(found: Found, index: int, *, mixed: bool) -> bool:
    """Add both names of a couple: «nhà Quý Sen», «vợ chồng Tý Lài»."""
    view = found.view
    if not (mixed and 0 < index < len(view.words) - 1 and view.capital(index) and view.capital(index + 1)):
        return False
    pair = view.words[max(0, index - 2) : index]
    if pair[-1] != "nha" and pair not in (["vo", "chong"], ["ve", "chong"]):
        return False
    given = all(is_given(view, k) for k in (index, index + 1))
    if not given or view.words[index] in FAMILY:
        return False
    for k in (index, index + 1):
        found.add_words("PERSON", k, k + 1)
    return True


def is_given(view: View, index: int) -> bool:
    return view.marks[index] in given_names() or (view.bare and view.words[index] in words.FOLDED_GIVEN)


def signature(found: Found) -> None:
    """Add the signature of a message: «… không tới được. Hồ Văn Tạo», «… cho chuộc, Bính»."""
    view = found.view
    last = len(view.words) - 1
    first = last
    while first > 0 and last - first < 3 and view.gap(first - 1) == " " and view.capital(first - 1):
        first -= 1
    if (
        not view.names
        or last < 4
        or not view.capital(last)
        or view.gap(first - 1).strip()[-1:] not in (".", ",", "!", "?", "")
        or view.bare
    ):
        return
    if view.gap(first - 1) == " " or not view.capital(first) or not found.free(view.starts[first], view.ends[last]):
        return
    if any(view.marks[k] not in given_names() for k in range(max(first, last - 1), last + 1)):
        return
    if last > first or view.marks[last] not in words.NUMBER_NAMES:
        found.add_words("PERSON", first, last + 1)


def stands_out(found: Found, index: int, *, given: bool, mixed: bool) -> bool:
    """Return True for a name by context: beside a phone, after a role, or as the subject of a sentence."""
    view = found.view
    last = index
    while last + 1 < len(view.words) and last - index < 2 and view.gap(last) == " " and view.capital(last + 1):
        last += 1
    if found.kind_at(last + 1) == "PHONE" and view.gap(last) in (" ", ", ", ": ", " - "):
        return True
    ends = last + 1 == len(view.words) or view.hard_after(last)
    if ends and found.kind_before(index) == "PHONE" and view.gap(index - 1) in (" ", ", ", " - "):
        return True
    if not mixed:
        return False
    if view.gap(index - 1) == " " and tuple(view.words[max(0, index - 2) : index]) in words.ROLES:
        return given or _named_so(view, index)
    return given and view.hard_after(index - 1) and subject(view, index)


def _named_so(view: View, index: int) -> bool:
    """Return True for «tên là Tôm», «tên ở nhà Su», where any word is a name."""
    before = view.words[max(0, index - 4) : index]
    return before[-2:] == ["ten", "la"] or (before[-2:] == ["o", "nha"] and "ten" in before)


def subject(view: View, index: int) -> bool:
    """Return True for a sentence that begins with a name: «Duyên xóm 9 bán vé giả», «Hùng bảo vệ bãi giữ xe»."""
    if view.marks[index] in words.NOT_OPENING or (view.words[index] in words.COMMON and view.bare):
        return False
    after = view.marks[index + 1] if index + 1 < len(view.words) and view.gap(index) == " " else ""
    return after in words.GOES_ON or " ".join(view.marks[index + 1 : index + 3]) in words.GOES_ON
