"""Time expressions: «lúc 19h40 tối t7», «từ khi hôm», «sáng ngày 12/3/2026», «cách đây 2 hôm». No durations."""

from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.entities.timeparts import (
    FIRST_WORDS,
    GLUE,
    MODIFIERS,
    PART,
    PREFIXES,
    RANGE,
    STRONG,
    WEAK,
    match_element,
)
from binhyen.language.phrase_trie import word_set

_NOT_BEFORE_PART: Final = word_set("""
    doi ve toi den gan troi den anh bua chao an nghi ngu nguoc cung mot hai trai com truong phong duong bat thap
    chieu u moi hoc ngo cai ca suot thau xuyen may vai nua ba bon nam sau bay con bat nhieu dem cho soi toa phat
    lam buoi
    """)
_NOT_AFTER_PART: Final = word_set("""
    om den thui da thieu mu cao dai choang loang rong tao ra ngoi suot lanh ngay rung lap kien y mat nay dem
    """)
_FLOWERS: Final = word_set(
    "hoa cay chau goc vuon canh xuan ngoc hong thanh phuong bach hoang tuyet nhanh nu cua van le"
)
_TITLES: Final = word_set("""
    chi anh em co chau bac chu ba ong o be di cau me thay ten
    """)


_BEFORE_MAI: Final = word_set("de den tu nua sang hay oi cho roi nen la bao noi hen thi va khong")
# After «mai» at the beginning of a clause: a subject or verb of a plan for tomorrow.
_AFTER_MAI: Final = word_set("""
    toi tui em anh con chau minh me ba bo ho no han chu co bac len di ra xuong den qua lai tinh nop mang dem gui
    se moi ve thi cho
    """)
# Prefixes that make an unaccented «toi», «sang», «dem» a part of the day; after others it is «tôi», «xe sang», «đem».
_SURE_PREFIX: Final = word_set("tu luc truoc")
_TO: Final = frozenset(("den", "toi", "giua", "qua", "gan", "hon", "trong", "ngay"))
_MEALS: Final = word_set("an bua tien quan ngu nghi")
_DARKENS: Final = word_set("sap troi sam nhem choang gan")


def add_times(registry: SpanRegistry) -> None:
    """Add TIME spans; the norm is the folded expression."""
    view = registry.view
    free = 0
    for index, word in enumerate(view.words):
        begins = word in FIRST_WORDS or "0" <= word[0] <= "9"
        if not begins or index < free or not registry.is_word_free(index):
            continue
        end = _match_expression(view, index)
        if end is not None:
            registry.add_words("TIME", index, end)
            free = end


def _match_expression(view: AlignedText, index: int) -> int | None:
    """Return the index after the expression that begins at word `index`; None if there is none."""
    start = index
    prefixed = False
    if view.words[index] in ("sang", "trua", "toi", "dem", "chieu") and _is_meal_or_shift(view, index):
        return None
    first = match_element(view, index)
    for _ in range(3):
        if first is not None and (
            first[1] != PART or match_element(view, first[0]) is not None or _has_modifier(view, first[0])
        ):
            break
        prefix = PREFIXES.find(view, start)
        if prefix is None or prefix[0] >= len(view.words) or not view.is_contiguous(start, prefix[0] + 1):
            break
        if (
            view.is_unaccented
            and view.words[start] in ("co", "vo", "vao", "toi", "trong", "sau", "moi", "bua")
            and prefix[0] == start + 1
        ):
            element_after = match_element(view, prefix[0])
            if (
                element_after is not None
                and element_after[1] != STRONG
                and match_element(view, element_after[0]) is None
            ):
                break  # «có sáng», «vô tôi», «tôi đem»
        start = prefix[0]
        element_after = match_element(view, start)
        if element_after is not None:
            first, prefixed = element_after, True
            break
    if first is None or first[0] <= index:
        return None
    strength, position = first[1], first[0]
    position, strong = _extend_expression(view, position)
    if (
        strength == STRONG
        or strong
        or (strength == PART and _can_stand_alone(view, index, first[0], prefixed=prefixed))
    ):
        return position
    if (
        strength == WEAK
        and not (view.is_unaccented and view.words[first[0] - 1] == "moi")
        and (prefixed or _is_tomorrow(view, index))
    ):
        return position
    return None


def _extend_expression(view: AlignedText, position: int) -> tuple[int, bool]:
    """Extend over modifiers, further elements and ranges: return the new end, and whether one is strong."""
    strong = False
    for _ in range(8):
        if position >= len(view.words):
            break
        gap = view.gap_after(position - 1)
        step = _match_next_part(view, position, gap)
        if step is None:
            break
        position, strength = step
        strong = strong or strength == STRONG
    return position, strong


def _match_next_part(view: AlignedText, position: int, gap: str) -> tuple[int, str] | None:
    if (gap.isspace() and "\n" not in gap) or gap == "":
        if _starts_other_phrase(view, position):
            return None
        modifier = MODIFIERS.find(view, position)
        block = match_element(view, position)
        if block and (modifier is None or block[0] >= modifier[0]):
            return block
        if modifier and not _is_not_modifier(view, position, modifier[0]):
            return modifier[0], WEAK
        return _match_connected_element(view, position)
    if gap.strip() in ("-", "–", "~", "->", "=>"):
        end_element = match_element(view, position)
        return end_element if end_element and end_element[1] == STRONG else None
    return None


def _starts_other_phrase(view: AlignedText, position: int) -> bool:
    """Return True if the word opens another phrase: «… mô cũng | sáng đèn», «từ hqua | tới h»."""
    next_word = view.words[position + 1] if position + 1 < len(view.words) else ""
    return view.words[position - 1] == "cung" or (
        view.words[position] == "toi" and next_word in ("h", "gio", "chu", "bay")
    )


def _match_connected_element(view: AlignedText, position: int) -> tuple[int, str] | None:
    """Match a connecting word and the next element: «… lúc 9h», «… đến 2h sáng», «… cho tới 5h»."""
    word = view.words[position]
    if word not in GLUE and word not in RANGE:
        return None
    jump = position + 1
    if word == "cho" and view.words[jump : jump + 1] in (["den"], ["toi"]):
        jump += 1
    if jump < len(view.words) and view.words[jump] in GLUE:
        jump += 1
    element_after = (
        match_element(view, jump) if jump < len(view.words) and view.is_contiguous(position, jump + 1) else None
    )
    return element_after if element_after and element_after[1] in (STRONG, PART) else None


def _is_not_modifier(view: AlignedText, position: int, end: int) -> bool:
    """Return True for «9h đó anh», «tối rồi», unlike «sáng đó»; «qua» and «trước» may begin the next phrase."""
    word = view.words[position]
    if end - position > 1:
        return False
    if word in ("tui", "no", "te") and view.is_unaccented:
        return True
    previous = view.words[position - 1]
    if word in ("roi", "do", "truoc"):
        return previous not in ("hom", "tuan", "thang", "nam", "bua", "ngay")
    if word in ("qua", "kia", "te", "mai"):
        return previous[-1:].isdecimal() or previous in ("gio", "phut", "h", "ruoi")
    return view.marks[position] == "tới" and previous not in ("tuan", "thang", "nam")


def _has_modifier(view: AlignedText, position: int) -> bool:
    if position >= len(view.words) or not view.gap_after(position - 1).isspace():
        return False
    modifier = MODIFIERS.find(view, position)
    return modifier is not None and not _is_not_modifier(view, position, modifier[0])


def _can_stand_alone(view: AlignedText, index: int, end: int, *, prefixed: bool) -> bool:
    """Return True if a part of the day may stand alone: only in accented text or after a preposition."""
    previous_word = view.words[index - 1] if index else ""
    next_word = view.words[end] if end < len(view.words) else ""
    part = view.words[end - 1]
    if prefixed and view.words[index] in _TO:
        return False  # «ngồi tới sáng», «giữa ban ngày»
    if view.words[index] == "buoi" or (part == "som" and not (prefixed and view.words[index] in ("tu", "hoi"))):
        return False  # «chúc buổi tối vui», «về sớm»
    if not prefixed and (
        part == "dem" or (view.is_capitalized(index) and index and not view.is_sentence_end(index - 1))
    ):
        return False  # «đêm nghe tiếng roi», «anh Lê Văn Sáng»
    if not prefixed and (previous_word in _NOT_BEFORE_PART or part in ("toi", "sang")):
        return False  # «tối» also means dark, «sáng» bright
    if next_word in _NOT_AFTER_PART or previous_word.isdecimal():
        return False
    if previous_word == "qua" and view.marks[index - 1] == "qua":
        return False  # «sạc qua đêm»
    if part == "tui" or (
        view.is_unaccented and part in ("toi", "dem", "chieu", "sang") and view.words[index] not in _SURE_PREFIX
    ):
        return False  # «túi» is also a bag; unaccented «toi» is mostly «tôi»
    return prefixed or not view.is_unaccented


def _is_tomorrow(view: AlignedText, index: int) -> bool:
    if view.marks[index] != "mai" or index + 1 >= len(view.words):
        return False
    opens = not index or view.is_sentence_end(index - 1) or not view.gap_after(index - 1).isspace()
    follows = (
        view.words[index + 1] in _AFTER_MAI and view.gap_after(index) == " " and not view.is_capitalized(index + 1)
    )
    if view.is_capitalized(index):
        return opens and follows
    previous_word = view.words[index - 1] if index else ""
    if previous_word in ("xa", "x") and view.marks[index + 1] in ("phụ", "hoa"):
        return False  # communes Mai Phụ and Mai Hoa in lower case
    if not index or view.is_sentence_end(index - 1) or (opens and follows):
        return True
    if not view.is_unaccented:
        return (
            previous_word not in _TITLES
            and previous_word not in _FLOWERS
            and view.words[index + 1] not in ("mot", "mai", "tang", "am", "moi")
        )
    return previous_word in _BEFORE_MAI and previous_word not in _TITLES


def _is_meal_or_shift(view: AlignedText, index: int) -> bool:
    """Return True for «ăn sáng», «làm ca đêm», «trời sập tối»."""
    previous_word = view.words[index - 1] if index else ""
    joined = index > 0 and view.gap_after(index - 1) == " "
    if view.words[index + 1 : index + 2] and view.words[index + 1] in ("qua", "nay", "ni", "hom", "mai", "kia"):
        return False  # «chú công an tối qua», «xin chỗ ngủ đêm nay»
    shift = view.words[index] == "dem" and index > 0 and view.marks[index - 1] == "ca"
    return joined and (shift or previous_word in _MEALS or (view.words[index] == "toi" and previous_word in _DARKENS))
