"""How to speak to who writes: as they call themselves, or plainly. Pure.

A word of kinship is the writer only where they speak of themselves by it: «chú ơi, cháu mất xe» is a child that calls
somebody, and «ông hàng xóm đốt rác» tells of a third.
"""

from collections.abc import Sequence
from typing import Final

from binhyen.kit.text import fold, nfc
from binhyen.language.phrases import bag
from binhyen.language.reading import Entity

PLAIN: Final = "plain"  # nobody is addressed: for who writes without marks, in dialect, or cries a word
CHILD: Final = "cháu"
_READ: Final = 200  # words looked at
_BEGIN: Final = 30  # words in which writers name themselves
_CRY: Final = 2  # words; who writes no more has no time to read more
_GROWN: Final = bag("tui toi tôi minh mình em e")  # nobody is called by these in return
_YOUNG: Final = {"chau": "cháu", "con": "con"}
_TOGETHER: Final = bag("hai cả mấy ca may")  # «hai bà cháu»
_OLD: Final = {"bac": "bác", "ong": "ông", "o": "cô", "co": "cô", "chu": "chú", "ba": "bà", "mu": "mụ", "me": "mệ"}
_CALLED: Final = {"mụ": "bà", "mệ": "bà"}  # what we say instead
# What is said of oneself comes next: a deed or a state, no name, no kin, no noun.
_TELLS: Final = bag("""
    bị mất mới vừa đang đã có không nỏ ko muốn xin báo gọi hỏi thấy chộ nhặt rơi đánh quên để ở là tên học đi về làm
    bán mua cần sợ biết nghe nói nhờ năm với ạ cũng lại được chưa trình phản trông lo gặp tìm bỏ
    bi mat moi vua dang da co khong muon xin bao goi hoi thay cho nhat roi danh quen de o la ten hoc di ve lam ban mua
    can so biet nghe noi nho nam voi cung lai duoc chua trinh tim
    """)
_OLD_TELLS: Final = bag("báo gọi hỏi thấy chộ nhặt muốn xin là năm mất vừa mới rơi quên để trình phản cần có nhờ")
_SUFFERED: Final = bag("mất lừa trộm cướp giật hack quấy dọa")  # «ông bị lừa»; «ông bị ngã» is told of a third
_CALLS: Final = bag("oi a nay")
_BEFORE_YOU: Final = bag("cac may thua gui chao nho moi")
_POLICE: Final = bag("công cán đồng trưởng trực")
_NO_SELF: Final = bag("nhà nha gái trai bé nội ngoại tôi tui em dâu rể ruột họ nhỏ chị anh nó ấy")
_HIS_OWN: Final = bag("nhà bố mẹ ba má mạ bà ông chú bác cô xe của cho giúp cứu dạ thưa vâng nha cua giup cuu da thua")
# Words of Nghệ Tĩnh: one that nobody else writes, or two that others write too.
_DIALECT: Final = bag("mô tê răng rứa nỏ nớ mi choa chừ bựa chộ hấn mệ nác lả mần bọ tru trốc cươi")
_HALF_DIALECT: Final = bag("ni chi o tui hè rú hắn")


def register_of(text: str, entities: Sequence[Entity] = ()) -> str:
    """How to ask the writer: PLAIN, or as they call themselves; «» where nothing more than «anh/chị» is safe.

    `entities`: what the reader found; names of places and people call nobody by a title.
    """
    marked = _words(text)
    told = _without_names(text, entities)
    who = _self(_words(told)[:_BEGIN], _begins(told), plainly=all(word == fold(word) for word in marked))
    return who if who == CHILD or not _plain(marked) else PLAIN


def _words(text: str) -> list[str]:
    return [word.strip(".,!?:;") for word in nfc(text).lower().split()[:_READ]]


def _begins(text: str) -> list[bool]:
    """Does a clause begin with this word?"""
    written = nfc(text).lower().split()[:_BEGIN]
    return [not place or before[-1:] in ".,!?:;" or _leads(before) for place, before in enumerate(["", *written[:-1]])]


def _leads(before: str) -> bool:
    return before in ("dạ", "vâng", "ơi", "ạ", "da", "vang", "oi", "mà", "thì", "nay", "hôm")


def _without_names(text: str, entities: Sequence[Entity]) -> str:
    """«chợ Thạch Châu», «cháu Bảo»: the title before a name is somebody else's."""
    for each in sorted(entities, key=lambda e: -e.start):
        if each.type in ("PLACE", "PERSON"):
            before = text[: each.start]
            before = before.rstrip().rpartition(" ")[0] if each.type == "PERSON" else before
            text = f"{before} {text[each.end :]}"
    return text


def _self(marked: Sequence[str], begins: Sequence[bool], *, plainly: bool) -> str:
    """`plainly`: the writer sets no marks at all; else «Châu» is no «cháu»."""
    for place, word in enumerate(marked):
        if word in _GROWN:
            return ""
        young = _YOUNG.get(fold(word), "-")  # of a name nothing may be left but its comma
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
    """«cháu nhặt được», «nhà cháu»; no «cháu gái 5 tuổi», no «hai bà cháu»."""
    before, after = (marked[place - 1] if place else ""), "".join(marked[place + 1 : place + 2])
    if fold(before) == "con" or after in _NO_SELF or not _TOGETHER.isdisjoint(marked[max(0, place - 2) : place]):
        return False
    return after in _TELLS or before in _HIS_OWN


def _of_a_son(marked: Sequence[str], place: int, *, begins: bool) -> bool:
    """«con bị đánh», «cho con hỏi»; no «con bò», no «mẹ con chị Lan»."""
    after = "".join(marked[place + 1 : place + 2])
    return after in _TELLS and (begins or marked[place - 1] in _HIS_OWN)


def _of_the_old(marked: Sequence[str], place: int) -> bool:
    """«bác báo có trộm», «ông bị lừa»; no «bác ơi», no «các bác», no «ông say rượu»."""
    before, after = (marked[place - 1] if place else ""), [*marked[place + 1 : place + 3], "", ""]
    if fold(before) in _BEFORE_YOU or fold(after[0]) in _CALLS or after[0] in _POLICE:
        return False
    return after[0] in _OLD_TELLS or (after[0] == "bị" and after[1] in _SUFFERED)


def _plain(marked: Sequence[str]) -> bool:
    if len(marked) <= _CRY or all(word == fold(word) for word in marked):
        return True
    return not _DIALECT.isdisjoint(marked) or len(_HALF_DIALECT.intersection(marked)) > 1
