"""Time expressions: «lúc 19h40 tối t7», «từ khi hôm», «sáng ngày 12/3/2026», «cách đây 2 hôm». No durations."""

from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.entities.span_registry import Found
from binhyen.language.entities.time_cues import GLUE, MODIFIERS, PART, PREFIXES, RANGE, STRONG, WEAK
from binhyen.language.entities.timeparts import FIRST_WORDS, element
from binhyen.language.phrase_trie import bag

_NOT_BEFORE_PART: Final = bag("""
    doi ve toi den gan troi den anh bua chao an nghi ngu nguoc cung mot hai trai com truong phong duong bat thap
    chieu u moi hoc ngo cai ca suot thau xuyen may vai nua ba bon nam sau bay con bat nhieu dem cho soi toa phat
    lam buoi
    """)
_NOT_AFTER_PART: Final = bag("""
    om den thui da thieu mu cao dai choang loang rong tao ra ngoi suot lanh ngay rung lap kien y mat nay dem
    """)
_FLOWERS: Final = bag("hoa cay chau goc vuon canh xuan ngoc hong thanh phuong bach hoang tuyet nhanh nu cua van le")
_TITLES: Final = bag("""
    chi anh em co chau bac chu ba ong o be di cau me thay ten
    """)


_BEFORE_MAI: Final = bag("de den tu nua sang hay oi cho roi nen la bao noi hen thi va khong")
# After «mai» at the beginning of a clause: a subject or verb of a plan for tomorrow.
_AFTER_MAI: Final = bag("""
    toi tui em anh con chau minh me ba bo ho no han chu co bac len di ra xuong den qua lai tinh nop mang dem gui
    se moi ve thi cho
    """)
# Prefixes that make an unaccented «toi», «sang», «dem» a part of the day; after others it is «tôi», «xe sang», «đem».
_SURE_PREFIX: Final = bag("tu luc truoc")
_TO: Final = frozenset(("den", "toi", "giua", "qua", "gan", "hon", "trong", "ngay"))
_MEALS: Final = bag("an bua tien quan ngu nghi")
_DARKENS: Final = bag("sap troi sam nhem choang gan")


def find(found: Found) -> None:
    """Add TIME spans; the norm is the folded expression."""
    view = found.view
    free = 0
    for index, word in enumerate(view.words):
        begins = word in FIRST_WORDS or "0" <= word[0] <= "9"
        if not begins or index < free or not found.word_free(index):
            continue
        end = _expression(view, index)
        if end is not None:
            found.add_words("TIME", index, end)
            free = end


def _expression(view: View, index: int) -> int | None:
    """Return the index after the expression that begins at word `index`; None if there is none."""
    start = index
    prefixed = False
    if view.words[index] in ("sang", "trua", "toi", "dem", "chieu") and _meal(view, index):
        return None
    first = element(view, index)
    for _ in range(3):
        if first is not None and (first[1] != PART or element(view, first[0]) is not None or _modified(view, first[0])):
            break
        prefix = PREFIXES.find(view, start)
        if prefix is None or prefix[0] >= len(view.words) or not view.joined(start, prefix[0] + 1):
            break
        if (
            view.bare
            and view.words[start] in ("co", "vo", "vao", "toi", "trong", "sau", "moi", "bua")
            and prefix[0] == start + 1
        ):
            after = element(view, prefix[0])
            if after is not None and after[1] != STRONG and element(view, after[0]) is None:
                break  # «có sáng», «vô tôi», «tôi đem»
        start = prefix[0]
        after = element(view, start)
        if after is not None:
            first, prefixed = after, True
            break
    if first is None or first[0] <= index:
        return None
    strength, position = first[1], first[0]
    position, strong = _continue(view, position)
    if strength == STRONG or strong or (strength == PART and _part_alone(view, index, first[0], prefixed=prefixed)):
        return position
    if (
        strength == WEAK
        and not (view.bare and view.words[first[0] - 1] == "moi")
        and (prefixed or _mai_alone(view, index))
    ):
        return position
    return None


def _continue(view: View, position: int) -> tuple[int, bool]:
    """Extend over modifiers, further elements and ranges: return the new end, and whether one is strong."""
    strong = False
    for _ in range(8):
        if position >= len(view.words):
            break
        gap = view.gap(position - 1)
        step = _step(view, position, gap)
        if step is None:
            break
        position, strength = step
        strong = strong or strength == STRONG
    return position, strong


def _step(view: View, position: int, gap: str) -> tuple[int, str] | None:
    if (gap.isspace() and "\n" not in gap) or gap == "":
        if _ends_before(view, position):
            return None
        modifier = MODIFIERS.find(view, position)
        block = element(view, position)
        if block and (modifier is None or block[0] >= modifier[0]):
            return block
        if modifier and not _not_modifier(view, position, modifier[0]):
            return modifier[0], WEAK
        return _glued(view, position)
    if gap.strip() in ("-", "–", "~", "->", "=>"):
        after = element(view, position)
        return after if after and after[1] == STRONG else None
    return None


def _ends_before(view: View, position: int) -> bool:
    """Return True if the word opens another phrase: «… mô cũng | sáng đèn», «từ hqua | tới h»."""
    after = view.words[position + 1] if position + 1 < len(view.words) else ""
    return view.words[position - 1] == "cung" or (view.words[position] == "toi" and after in ("h", "gio", "chu", "bay"))


def _glued(view: View, position: int) -> tuple[int, str] | None:
    """Match a connecting word and the next element: «… lúc 9h», «… đến 2h sáng», «… cho tới 5h»."""
    word = view.words[position]
    if word not in GLUE and word not in RANGE:
        return None
    jump = position + 1
    if word == "cho" and view.words[jump : jump + 1] in (["den"], ["toi"]):
        jump += 1
    if jump < len(view.words) and view.words[jump] in GLUE:
        jump += 1
    after = element(view, jump) if jump < len(view.words) and view.joined(position, jump + 1) else None
    return after if after and after[1] in (STRONG, PART) else None


def _not_modifier(view: View, position: int, end: int) -> bool:
    """Return True for «9h đó anh», «tối rồi», unlike «sáng đó»; «qua» and «trước» may begin the next phrase."""
    word = view.words[position]
    if end - position > 1:
        return False
    if word in ("tui", "no", "te") and view.bare:
        return True
    previous = view.words[position - 1]
    if word in ("roi", "do", "truoc"):
        return previous not in ("hom", "tuan", "thang", "nam", "bua", "ngay")
    if word in ("qua", "kia", "te", "mai"):
        return previous[-1:].isdecimal() or previous in ("gio", "phut", "h", "ruoi")
    return view.marks[position] == "tới" and previous not in ("tuan", "thang", "nam")


def _modified(view: View, position: int) -> bool:
    if position >= len(view.words) or not view.gap(position - 1).isspace():
        return False
    modifier = MODIFIERS.find(view, position)
    return modifier is not None and not _not_modifier(view, position, modifier[0])


def _part_alone(view: View, index: int, end: int, *, prefixed: bool) -> bool:
    """Return True if a part of the day may stand alone: only in accented text or after a preposition."""
    before = view.words[index - 1] if index else ""
    after = view.words[end] if end < len(view.words) else ""
    part = view.words[end - 1]
    if prefixed and view.words[index] in _TO:
        return False  # «ngồi tới sáng», «giữa ban ngày»
    if view.words[index] == "buoi" or (part == "som" and not (prefixed and view.words[index] in ("tu", "hoi"))):
        return False  # «chúc buổi tối vui», «về sớm»
    if not prefixed and (part == "dem" or (view.capital(index) and index and not view.hard_after(index - 1))):
        return False  # «đêm nghe tiếng roi», «anh Lê Văn Sáng»
    if not prefixed and (before in _NOT_BEFORE_PART or part in ("toi", "sang")):
        return False  # «tối» also means dark, «sáng» bright
    if after in _NOT_AFTER_PART or before.isdecimal():
        return False
    if before == "qua" and view.marks[index - 1] == "qua":
        return False  # «sạc qua đêm»
    if part == "tui" or (
        view.bare and part in ("toi", "dem", "chieu", "sang") and view.words[index] not in _SURE_PREFIX
    ):
        return False  # «túi» is also a bag; unaccented «toi» is mostly «tôi»
    return prefixed or not view.bare


def _mai_alone(view: View, index: int) -> bool:
    if view.marks[index] != "mai" or index + 1 >= len(view.words):
        return False
    opens = not index or view.hard_after(index - 1) or not view.gap(index - 1).isspace()
    follows = view.words[index + 1] in _AFTER_MAI and view.gap(index) == " " and not view.capital(index + 1)
    if view.capital(index):
        return opens and follows
    before = view.words[index - 1] if index else ""
    if before in ("xa", "x") and view.marks[index + 1] in ("phụ", "hoa"):
        return False  # communes Mai Phụ and Mai Hoa in lower case
    if not index or view.hard_after(index - 1) or (opens and follows):
        return True
    if not view.bare:
        return (
            before not in _TITLES
            and before not in _FLOWERS
            and view.words[index + 1] not in ("mot", "mai", "tang", "am", "moi")
        )
    return before in _BEFORE_MAI and before not in _TITLES


def _meal(view: View, index: int) -> bool:
    """Return True for «ăn sáng», «làm ca đêm», «trời sập tối»."""
    before = view.words[index - 1] if index else ""
    joined = index > 0 and view.gap(index - 1) == " "
    if view.words[index + 1 : index + 2] and view.words[index + 1] in ("qua", "nay", "ni", "hom", "mai", "kia"):
        return False  # «chú công an tối qua», «xin chỗ ngủ đêm nay»
    shift = view.words[index] == "dem" and index > 0 and view.marks[index - 1] == "ca"
    return joined and (shift or before in _MEALS or (view.words[index] == "toi" and before in _DARKENS))
