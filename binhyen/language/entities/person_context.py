"""Names recognised by context: as a signature, beside a phone, after a role, in couples, before a verb."""

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import person_cues as words
from binhyen.language.entities.gazetteers import load_given_names
from binhyen.language.entities.place_cues import FAMILY
from binhyen.language.entities.span_registry import SpanRegistry


def add_couple(registry: SpanRegistry, index: int, *, mixed: bool) -> bool:
    """Add both names of a couple: «nhà Quý Sen», «vợ chồng Tý Lài»."""
    view = registry.view
    if not (
        mixed and 0 < index < len(view.words) - 1 and view.is_capitalized(index) and view.is_capitalized(index + 1)
    ):
        return False
    pair = view.words[max(0, index - 2) : index]
    if pair[-1] != "nha" and pair not in (["vo", "chong"], ["ve", "chong"]):
        return False
    are_given_names = all(is_given_name(view, name_index) for name_index in (index, index + 1))
    if not are_given_names or view.words[index] in FAMILY:
        return False
    for name_index in (index, index + 1):
        registry.add_words("PERSON", name_index, name_index + 1)
    return True


def is_given_name(view: AlignedText, index: int) -> bool:
    return view.marks[index] in load_given_names() or (view.is_unaccented and view.words[index] in words.FOLDED_GIVEN)


def add_signature(registry: SpanRegistry) -> None:
    """Add the signature of a message: «… không tới được. Hồ Văn Tạo», «… cho chuộc, Bính»."""
    view = registry.view
    last = len(view.words) - 1
    first = last
    while first > 0 and last - first < 3 and view.gap_after(first - 1) == " " and view.is_capitalized(first - 1):
        first -= 1
    if (
        not view.has_proper_names
        or last < 4
        or not view.is_capitalized(last)
        or view.gap_after(first - 1).strip()[-1:] not in (".", ",", "!", "?", "")
        or view.is_unaccented
    ):
        return
    if (
        view.gap_after(first - 1) == " "
        or not view.is_capitalized(first)
        or not registry.is_free(view.starts[first], view.ends[last])
    ):
        return
    if any(view.marks[name_index] not in load_given_names() for name_index in range(max(first, last - 1), last + 1)):
        return
    if last > first or view.marks[last] not in words.NUMBER_NAMES:
        registry.add_words("PERSON", first, last + 1)


def is_name_by_context(registry: SpanRegistry, index: int, *, given: bool, mixed: bool) -> bool:
    """Return True for a name by context: beside a phone, after a role, or as the subject of a sentence."""
    view = registry.view
    last = index
    while (
        last + 1 < len(view.words)
        and last - index < 2
        and view.gap_after(last) == " "
        and view.is_capitalized(last + 1)
    ):
        last += 1
    if registry.get_kind_at(last + 1) == "PHONE" and view.gap_after(last) in (" ", ", ", ": ", " - "):
        return True
    ends = last + 1 == len(view.words) or view.is_sentence_end(last)
    if ends and registry.get_kind_before(index) == "PHONE" and view.gap_after(index - 1) in (" ", ", ", " - "):
        return True
    if not mixed:
        return False
    if view.gap_after(index - 1) == " " and tuple(view.words[max(0, index - 2) : index]) in words.ROLES:
        return given or _is_introduced_by_name(view, index)
    return given and view.is_sentence_end(index - 1) and is_sentence_subject(view, index)


def _is_introduced_by_name(view: AlignedText, index: int) -> bool:
    """Return True for «tên là Tôm», «tên ở nhà Su», where any word is a name."""
    preceding_words = view.words[max(0, index - 4) : index]
    return preceding_words[-2:] == ["ten", "la"] or (preceding_words[-2:] == ["o", "nha"] and "ten" in preceding_words)


def is_sentence_subject(view: AlignedText, index: int) -> bool:
    """Return True for a sentence that begins with a name: «Duyên xóm 9 bán vé giả», «Hùng bảo vệ bãi giữ xe»."""
    if view.marks[index] in words.NOT_OPENING or (view.words[index] in words.COMMON and view.is_unaccented):
        return False
    next_word = view.marks[index + 1] if index + 1 < len(view.words) and view.gap_after(index) == " " else ""
    return next_word in words.GOES_ON or " ".join(view.marks[index + 1 : index + 3]) in words.GOES_ON
