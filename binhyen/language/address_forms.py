"""Form of address for the writer: the kinship word they use for themselves, or a plain form. Pure.

A kinship word means the writer only where they refer to themselves by it: «chú ơi, cháu mất xe» is a child calling an
adult, and «ông hàng xóm đốt rác» is about a third person.
"""

from collections.abc import Sequence
from typing import Final

from binhyen.kit.text import fold, nfc
from binhyen.language.phrase_trie import bag
from binhyen.language.reading import Entity

PLAIN: Final = "plain"  # No form of address: for writers without diacritics, in dialect, or with a cry of one word.
CHILD: Final = "cháu"
_READ: Final = 200  # words read
_BEGIN: Final = 30  # words in which writers name themselves
_CRY: Final = 2  # words; a writer of no more has no time to read a longer question
_GROWN: Final = bag("tui toi tôi minh mình em e")  # self-references that are no form of address in return
_YOUNG: Final = {"chau": "cháu", "con": "con"}
_TOGETHER: Final = bag("hai cả mấy ca may")  # «hai bà cháu»
_OLD: Final = {"bac": "bác", "ong": "ông", "o": "cô", "co": "cô", "chu": "chú", "ba": "bà", "mu": "mụ", "me": "mệ"}
_CALLED: Final = {"mụ": "bà", "mệ": "bà"}  # standard form used in our text
# Words that follow a self-reference: an action or a state, no name, no kinship word, no noun.
_TELLS: Final = bag("""
    bị mất mới vừa đang đã có không nỏ ko muốn xin báo gọi hỏi thấy chộ nhặt rơi đánh quên để ở là tên học đi về làm
    bán mua cần sợ biết nghe nói nhờ năm với ạ cũng lại được chưa trình phản trông lo gặp tìm bỏ
    bi mat moi vua dang da co khong muon xin bao goi hoi thay cho nhat roi danh quen de o la ten hoc di ve lam ban mua
    can so biet nghe noi nho nam voi cung lai duoc chua trinh tim
    """)
_OLD_TELLS: Final = bag("báo gọi hỏi thấy chộ nhặt muốn xin là năm mất vừa mới rơi quên để trình phản cần có nhờ")
# «ông bị lừa» is the writer; «ông bị ngã» is about a third person.
_SUFFERED: Final = bag("mất lừa trộm cướp giật hack quấy dọa")
_CALLS: Final = bag("oi a nay")
_BEFORE_YOU: Final = bag("cac may thua gui chao nho moi")
_POLICE: Final = bag("công cán đồng trưởng trực")
_NO_SELF: Final = bag("nhà nha gái trai bé nội ngoại tôi tui em dâu rể ruột họ nhỏ chị anh nó ấy")
_HIS_OWN: Final = bag("nhà bố mẹ ba má mạ bà ông chú bác cô xe của cho giúp cứu dạ thưa vâng nha cua giup cuu da thua")
# Dialect of Nghệ Tĩnh: one word that is unique to it, or two that other regions use too.
_DIALECT: Final = bag("mô tê răng rứa nỏ nớ mi choa chừ bựa chộ hấn mệ nác lả mần bọ tru trốc cươi")
_HALF_DIALECT: Final = bag("ni chi o tui hè rú hắn")


def register_of(text: str, entities: Sequence[Entity] = ()) -> str:
    """Return the form of address: PLAIN, or the writer's own word; «» if only «anh/chị» is safe.

    `entities`: entities of the message; titles inside names of places and people are not forms of address.
    """
    marked = _words(text)
    told = _without_names(text, entities)
    who = _self(_words(told)[:_BEGIN], _begins(told), plainly=all(word == fold(word) for word in marked))
    return who if who == CHILD or not _plain(marked) else PLAIN


def _words(text: str) -> list[str]:
    return [word.strip(".,!?:;") for word in nfc(text).lower().split()[:_READ]]


def _begins(text: str) -> list[bool]:
    """Return for each word whether a clause begins with it."""
    written = nfc(text).lower().split()[:_BEGIN]
    return [not place or before[-1:] in ".,!?:;" or _leads(before) for place, before in enumerate(["", *written[:-1]])]


def _leads(before: str) -> bool:
    return before in ("dạ", "vâng", "ơi", "ạ", "da", "vang", "oi", "mà", "thì", "nay", "hôm")


def _without_names(text: str, entities: Sequence[Entity]) -> str:
    """Remove names («chợ Thạch Châu», «cháu Bảo»): the title before a name refers to another person."""
    for each in sorted(entities, key=lambda e: -e.start):
        if each.type in ("PLACE", "PERSON"):
            before = text[: each.start]
            before = before.rstrip().rpartition(" ")[0] if each.type == "PERSON" else before
            text = f"{before} {text[each.end :]}"
    return text


def _self(marked: Sequence[str], begins: Sequence[bool], *, plainly: bool) -> str:
    """Return the writer's self-reference.

    `is_unaccented`: the text has no diacritics at all; otherwise «Châu» is not «cháu».
    """
    for place, word in enumerate(marked):
        if word in _GROWN:
            return ""
        young = _YOUNG.get(fold(word), "-")  # stripping punctuation from a removed name may leave an empty word
        if word == young == "con":
            if _of_a_son(marked, place, begins=begins[place]):
                return CHILD
        elif (word == young or (plainly and word == "chau")) and _of_a_child(marked, place):
            return CHILD
    for place, word in enumerate(marked):
        old = _OLD.get(fold(word), "-")
        if word == old and begins[place] and _of_the_old(marked, place):
            return _CALLED.get(old, old)
    return ""


def _of_a_child(marked: Sequence[str], place: int) -> bool:
    """Return True for «cháu nhặt được», «nhà cháu»; False for «cháu gái 5 tuổi», «hai bà cháu»."""
    before, after = (marked[place - 1] if place else ""), "".join(marked[place + 1 : place + 2])
    if fold(before) == "con" or after in _NO_SELF or not _TOGETHER.isdisjoint(marked[max(0, place - 2) : place]):
        return False
    return after in _TELLS or before in _HIS_OWN


def _of_a_son(marked: Sequence[str], place: int, *, begins: bool) -> bool:
    """Return True for «con bị đánh», «cho con hỏi»; False for «con bò», «mẹ con chị Lan»."""
    after = "".join(marked[place + 1 : place + 2])
    return after in _TELLS and (begins or marked[place - 1] in _HIS_OWN)


def _of_the_old(marked: Sequence[str], place: int) -> bool:
    """Return True for «bác báo có trộm», «ông bị lừa»; False for «bác ơi», «các bác», «ông say rượu»."""
    before, after = (marked[place - 1] if place else ""), [*marked[place + 1 : place + 3], "", ""]
    if fold(before) in _BEFORE_YOU or fold(after[0]) in _CALLS or after[0] in _POLICE:
        return False
    return after[0] in _OLD_TELLS or (after[0] == "bị" and after[1] in _SUFFERED)


def _plain(marked: Sequence[str]) -> bool:
    if len(marked) <= _CRY or all(word == fold(word) for word in marked):
        return True
    return not _DIALECT.isdisjoint(marked) or len(_HALF_DIALECT.intersection(marked)) > 1
