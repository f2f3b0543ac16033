"""PERSON: names and nicknames, without their title; full names anywhere, given names after a title."""

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import person_cues as words
from binhyen.language.entities.gazetteers import load_brands, load_given_names
from binhyen.language.entities.person_context import (
    add_couple,
    add_signature,
    is_given_name,
    is_name_by_context,
    is_sentence_subject,
)
from binhyen.language.entities.place_cues import FAMILY, MARKED_FAMILY
from binhyen.language.entities.span_registry import SpanRegistry


def add_persons(registry: SpanRegistry) -> None:
    """Add PERSON spans; the norm is the folded name."""
    add_signature(registry)
    view = registry.view
    mixed = view.has_proper_names
    free = 0
    for index, word in enumerate(view.words):
        titled = not index or view.marks[index - 1] in words.TITLES
        if not (titled or word in FAMILY or view.is_capitalized(index)) or index < free:
            continue
        if index and view.words[index - 1] in ("nha", "chong") and add_couple(registry, index, mixed=mixed):
            free = index + 2
            continue
        end = _match_full_name(registry, index, mixed=mixed) or _match_after_title(registry, index, mixed=mixed)
        if end is None or not registry.is_free(view.starts[index], view.ends[end[1] - 1]):
            continue
        registry.add_words("PERSON", *end)
        free = end[1]


def _match_full_name(registry: SpanRegistry, index: int, *, mixed: bool) -> tuple[int, int] | None:
    """Match a family name and one to three more names, beginning at word `index`."""
    view = registry.view
    if view.words[index] not in FAMILY or not registry.is_word_free(index) or view.marks[index] in words.MARKED_KIN:
        return None
    family = view.marks[index] in MARKED_FAMILY or (view.is_unaccented_at(index) and view.is_capitalized(index))
    if not view.is_unaccented and not family:
        return None  # «làm phục vụ», «đăng ký», «đầu tư»
    if (uppercase_end := _match_uppercase_name(registry, index)) is not None:
        return index, uppercase_end
    end = index + 1
    while end < len(view.words) and end - index < 5 and view.gap_after(end - 1) == " " and registry.is_word_free(end):
        if mixed and view.is_capitalized(index):
            if not view.is_capitalized(end) or _is_abbreviation(view, end):
                break
        elif (view.words[end] not in words.FOLDED_GIVEN and view.words[end] not in words.MIDDLE) or (
            view.words[end] in words.NOT_NAME and end - index >= 2
        ):
            break
        end += 1
    count = end - index
    if mixed and view.is_capitalized(index):
        return (
            (index, end)
            if count >= 2 and all(view.words[word_index].isalpha() for word_index in range(index, end))
            else None
        )
    if not view.is_unaccented and any(
        view.marks[word_index] not in load_given_names() and view.marks[word_index] not in words.MARKED_MIDDLE
        for word_index in range(index + 1, end)
    ):
        return None  # «đoàn hành hương», «trương đúng đắn»
    if view.words[index + 1 : index + 3] == ["thi", "truong"]:
        return None  # «quản lý thị trường»
    if count < 3 or view.words[end - 1] in ("thi",) or not _is_like_full_name(view, index, end):
        return None
    return index, end


def _match_uppercase_name(registry: SpanRegistry, index: int) -> int | None:
    """Match the holder of an account («stk … VO THI TU»), all in capitals in a text that is not."""
    view = registry.view
    end = index
    while end < len(view.words) and end - index < 5 and registry.is_word_free(end) and _is_uppercase(view, end):
        if end > index and view.gap_after(end - 1) != " ":
            break
        end += 1
    if end - index < 2 or len(view.words[index]) < 2:
        return None
    window = range(max(0, index - 8), min(len(view.words), end + 8))
    if sum(_is_uppercase(view, word_index) for word_index in window) - (end - index) >= 4:
        return None  # the whole message is in capitals
    neighbours = [
        word_index for word_index in (index - 1, index - 2, end, end + 1) if 0 <= word_index < len(view.words)
    ]
    is_isolated = not any(
        _is_uppercase(view, word_index) and len(view.words[word_index]) > 4 and view.words[word_index].isalpha()
        for word_index in neighbours
    )
    return end if is_isolated else None


def _is_uppercase(view: AlignedText, index: int) -> bool:
    start, end = view.starts[index], view.ends[index]
    return view.words[index].isalpha() and view.cased[start:end].isupper()


def _is_like_full_name(view: AlignedText, index: int, end: int) -> bool:
    """Return True for a lower-case full name, «nguyen van an», with a common middle or capitalised family name."""
    if view.words[index + 1] in words.USUAL_MIDDLE and view.words[index] not in words.DOUBTFUL_FAMILY:
        return True
    return view.is_capitalized(index) and view.words[index] in words.USUAL_FAMILY and end - index >= 3


def _match_after_title(registry: SpanRegistry, index: int, *, mixed: bool) -> tuple[int, int] | None:
    """Match a given name or nickname right after a title or «tên là»."""
    view = registry.view
    if not registry.is_word_free(index) or not view.words[index].isalpha():
        return None
    if not index:
        return (0, 1) if _opens_with_name(view, mixed=mixed) else None
    title = view.marks[index - 1]
    if view.words[index] in words.NO_NAMES and (
        view.is_capitalized(index) or view.words[index] not in words.FOLDED_GIVEN
    ):
        return None
    if (view.words[index - 1], view.words[index]) in words.NO_PAIRS:
        return None
    if view.words[max(0, index - 2) : index] == ["ba", "con"] or (
        view.words[index] == "cong" and view.words[index + 1 : index + 2] in (["an"], ["tac"], ["ty"])
    ):
        return None  # «bà con Lộc Yên» are the residents of a place
    given = is_given_name(view, index)
    likely = view.is_capitalized(index) and (given or view.words[index - 1] in ("la", "nha"))
    if likely and is_name_by_context(registry, index, given=given, mixed=mixed):
        return index, _extend_name(registry, index)
    is_lone_name = mixed and view.is_capitalized(index) and given and _is_lone_name(registry, index)
    if is_lone_name or _is_contact_name(registry, index):
        return index, _extend_name(registry, index)
    if not _has_title(view, index, title):
        return None
    if mixed and view.is_capitalized(index) and (len(view.words[index]) > 1 or _is_initial(view, index)):
        brand = not given and load_brands().starts(view.words[index]) and load_brands().find(view, index)  # «đi Vision»
        return None if brand else (index, _extend_name(registry, index))
    return (
        (index, _extend_over_nickname(view, index + 1))
        if _is_lowercase_given_name(view, index, title, mixed=mixed)
        else None
    )


def _opens_with_name(view: AlignedText, *, mixed: bool) -> bool:
    """Return True if a given name opens the message: «Tùng "sẹo" nhắn …», «Tú ơi», «Hoàng con chị Lài»."""
    if not view.is_capitalized(0):
        return False
    if mixed and view.gap_after(0).strip()[:1] in words.QUOTED and view.marks[0] in load_given_names():
        return True
    if mixed and len(view.words) > 1 and is_given_name(view, 0) and is_sentence_subject(view, 0):
        return True
    named = view.words[1:2] == ["oi"] or (view.words[1:2] == ["con"] and set(view.marks[2:3]) & words.PARENTS)
    return bool(named) and view.words[0] in words.SURE_GIVEN and view.words[0] not in words.COMMON


def _has_title(view: AlignedText, index: int, title: str) -> bool:
    """Return True if a title stands right before word `index`, which may be a name."""
    if view.is_unaccented and title in words.VERB_TITLES and not view.is_capitalized(index):
        return False  # «đi», «thấy»
    gap = view.gap_after(index - 1)
    dotted = gap == ". " and (len(title) == 1 or title == "đc")
    is_title_before = title in words.TITLES and (gap.isspace() or gap in (": ", ":") or dotted)
    return is_title_before and view.words[index] not in ("la", "gi", "day", "oi")


def _is_lowercase_given_name(view: AlignedText, index: int, title: str, *, mixed: bool) -> bool:
    """Return True for a given name without a capital, after a title that is regularly used with names."""
    has_strong_title = title in words.STRONG_TITLES or (title in words.MARKED_TITLES and not view.is_unaccented)
    if not has_strong_title or (index > 1 and view.words[index - 2] in ("cac", "may", "nhieu", "nhung")):
        return False
    word, name = view.words[index], view.marks[index]
    is_listed_name = (
        name in load_given_names() if not view.is_unaccented or name != word else word in words.FOLDED_GIVEN
    )
    if not is_listed_name or word in words.COMMON or word in words.NOT_NAME or (mixed and not view.is_unaccented):
        return False
    if not view.is_unaccented:
        return name not in words.QUALITIES  # «Ông hiền, không làm hại ai»
    next_word = view.words[index + 1] if index + 1 < len(view.words) and view.gap_after(index).isspace() else ""
    return not next_word or next_word in words.AFTER_GIVEN


def _is_initial(view: AlignedText, index: int) -> bool:
    """Return True for «ông V.», «cháu Y Loan»."""
    return view.gap_after(index)[:1] == "." or (
        view.gap_after(index) == " " and view.is_capitalized(min(index + 1, len(view.words) - 1))
    )


def _is_abbreviation(view: AlignedText, index: int) -> bool:
    """Return True for «SN», «CA» after a name that is not itself in capitals."""
    start, end = view.starts[index], view.ends[index]
    previous_word = view.cased[view.starts[index - 1] : view.ends[index - 1]]
    return 1 < end - start <= 4 and view.cased[start:end].isupper() and not previous_word.isupper()


def _is_contact_name(registry: SpanRegistry, index: int) -> bool:
    """Return True for a capitalised given name between «liên hệ», «gặp», «Mr» and a phone."""
    view = registry.view
    if not view.is_capitalized(index) or view.words[index] not in words.FOLDED_GIVEN or len(view.words[index]) < 2:
        return False
    previous_word = view.words[index - 1]
    if previous_word in ("mr", "ms", "mrs"):
        return True
    return previous_word in words.BEFORE_CALLED and (
        registry.get_kind_at(index + 1) == "PHONE"
        or (view.gap_after(index).strip() in ("", ",", ".") and previous_word in ("lh", "he", "gap"))
    )


def _is_lone_name(registry: SpanRegistry, index: int) -> bool:
    """Return True for a name that is called («Tú ơi»), listed after a person, or after a cue word of names."""
    view = registry.view
    next_word = view.words[index + 1] if index + 1 < len(view.words) and view.gap_after(index) == " " else ""
    if next_word == "con" and view.marks[index + 2 : index + 3] and view.marks[index + 2] in words.PARENTS:
        return True  # «Hoàng con chị Lài»
    if next_word == "oi" or (
        registry.get_kind_before(index) == "PERSON" and view.gap_after(index - 1).strip() in (",", "và", "&")
    ):
        return True
    if view.words[index - 1] in words.MINE:
        return view.gap_after(index - 1) == " "  # «con gái tôi Mai», «thằng em tui Hoan»
    opens = index == 1 or not view.is_capitalized(index - 1)  # false for «Bộ Quốc phòng»
    return opens and view.gap_after(index - 1) == " " and view.words[index - 1] in words.BEFORE_NAME


def _extend_name(registry: SpanRegistry, index: int) -> int:
    view = registry.view
    end = index + 1
    while (
        end < len(view.words)
        and end - index < 5
        and view.gap_after(end - 1) == " "
        and view.is_capitalized(end)
        and registry.is_word_free(end)
    ):
        if not view.words[end].isalpha() or _is_abbreviation(view, end):
            break
        end += 1
    return _extend_over_nickname(view, end)


def _extend_over_nickname(view: AlignedText, end: int) -> int:
    """Return the end including a nickname, «Hùng sẹo»; a nickname in quotes is not part of the name."""
    if end >= len(view.words):
        return end
    gap = view.gap_after(end - 1)
    if gap == " " and view.marks[end] in words.NICK and not view.is_capitalized(end):
        next_word = view.words[end + 1] if end + 1 < len(view.words) and view.gap_after(end).isspace() else ""
        return end + 1 if next_word not in ("thui", "om", "hon", "lam", "tong", "tien") else end
    if (
        gap == " "
        and end + 1 < len(view.words)
        and view.marks[end + 1] in words.NICK_ENDS
        and view.gap_after(end) == " "
    ):
        is_nickname_pair = (
            view.marks[end] in words.NICK_PAIRS or " ".join(view.marks[end : end + 2]) in words.NICK_PAIRS
        )
        return end + 2 if is_nickname_pair else end
    return end
