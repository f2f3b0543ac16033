"""False positives of places: type words with another meaning, and places that are only a person's origin.

A type word may be part of a person's name, «trưởng thôn Bính», or unaccented «cho gọi».
"""

from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.entities import place_cues as words
from binhyen.language.entities.gazetteers import given_names
from binhyen.language.phrase_trie import bag
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.place import Place

Hit = tuple[int, list[Place]]
"""Gazetteer match at a word: the index after the name, and the places of that name."""
_FOR: Final = bag("goi hoi moi choi lu diem thuong lao tot")
# Unaccented lower-case «chua» is «chưa», «den» is «đến»: a pagoda or temple needs one of these before it.
_AT: Final = bag("o tai gan canh sau truoc cong di le ngoai trong giua vao doan")
_GIVE: Final = bag("gui dua tra nop tang giao chuyen")
_WHAT: Final = bag("lai tien qua ca het luon giup do")
_NAMING: Final = words.TITLES | {"la"}
_SELF: Final = bag("em toi tui minh chau con bac la no han anh chi ong ba chu von goc cung deu")
_HOME_ITSELF: Final = bag("o ve tai duoi ngoai trong den ra vo vao tu")
_BETWEEN_HOME: Final = _SELF | bag("o tai ngoai noi chong vo me bo cha xa phuong huyen thi tran thon")
_MOSTLY_ELSE: Final = bag("den cho ho dong cau ban chua deo quan")


def _given(view: View, index: int) -> bool:
    """Return True after a verb of giving: «gui tien cho Phuong», «tra lai cho Chu Hung» name a person, not a market."""
    if not index or view.capital(index) or view.gap(index - 1) != " ":
        return False
    before = view.words[index - 1]
    return before in _GIVE or (index > 1 and before in _WHAT and view.words[index - 2] in _GIVE)


def for_somebody(view: View, index: int) -> bool:
    """Return True for «cho goi», «Cho hoi», «cho van ho»: an unaccented lower-case market needs a preposition."""
    after = view.words[index + 1] if index + 1 < len(view.words) else ""
    if not after or view.capital(index + 1):
        return bool(after) and _given(view, index)
    led = index > 0 and view.words[index - 1] in words.PREPOSITIONS
    return after in _FOR or (not led and not view.capital(index))


def goes_on(view: View, gazetteer: Gazetteer, start: int, end: int, *, cased: bool) -> bool:
    """Return True if the name continues: «cho Phu» is a known market, «cho Phu Mau» another.

    The name begins at `start`, the known one is over at `end`.
    """
    hit = gazetteer.find(view, start)
    if hit and hit[0] > end:
        return True
    more = end < len(view.words) and view.gap(end - 1) == " " and view.capital(end - 1) and view.capital(end)
    return cased and more and view.words[end] not in words.TITLES and gazetteer.find(view, end) is None


def of_a_name(view: View, index: int) -> bool:
    """Return True if the type word is part of a person's name: «Phan Đình Phùng», «tên là Hồ Sỹ Bằng», «… lại.

    Hồ Phúc Thiện».
    """
    if not view.capital(index):
        return False
    if view.gap(index - 1) == " " and view.capital(index - 1) and view.words[index - 1] in words.FAMILY:
        return True
    named = view.gap(index - 1) == " " and view.words[index - 1] in _NAMING
    return (named and view.words[index] in words.FAMILY) or _signed(view, index)


def headed(view: View, index: int) -> bool:
    """Return True for «trưởng thôn Bính», «trưởng thôn thu tiền»: one word or a full name belongs to the person."""
    start = index + 1
    if view.words[index - 1] not in ("truong", "pho"):
        return False
    if view.words[start - 1] not in ("thon", "xom", "ban", "khoi") or start >= len(view.words):
        return False
    if not view.capital(start):
        return not view.words[start].isdecimal() and not view.bare
    more = start + 1 < len(view.words) and view.gap(start) == " " and view.capital(start + 1)
    return not more or view.marks[start] in words.MARKED_FAMILY - {"đông", "trường", "hòa"}


def otherwise(view: View, index: int, start: int, known: Hit | None, whole: tuple[int, str] | None) -> bool:
    """Return True for an unaccented homograph: «den ben xe» is «đến», «cho vong xuyen» is «chỗ», «cua» is «của»."""
    if view.words[index] == "cua":
        return not whole and not (known and known[0] > start)
    if view.capital(index) or view.words[index] not in _MOSTLY_ELSE:
        return False
    if view.words[index] in ("chua", "den", "deo", "quan") and start == index + 1:
        return not (whole or (known and known[0] > start)) and view.words[index - 1] not in _AT
    if view.words[index] == "ho" and view.words[start] in words.TITLES:
        return True  # «cứu người xuống hộ bà …»
    inner = words.TYPES.find(view, start)
    return inner is not None and inner[0] > start + 1


def _signed(view: View, index: int) -> bool:
    """Return True for a sentence that begins with a full name: «… đo đạc lại. Hồ Phúc Thiện, tổ …»."""
    opens = not index or view.hard_after(index - 1)
    if view.words[index] != "ho" or not view.capital(index):
        return False
    names = view.marks[index + 1 : index + 3]
    capital = len(names) == 2 and view.joined(index, index + 3) and view.capital(index + 1) and view.capital(index + 2)
    return (
        capital
        and (opens or names[0] in ("văn", "thị", "sỹ", "sĩ", "hữu", "đình"))
        and (names[0] in given_names() or names[0] in ("văn", "thị", "sỹ", "sĩ", "hữu", "đình"))
        and (names[1] in given_names())
    )


def only_from(view: View, index: int) -> bool:
    """Return True for the origin of a person: «quê em Can Lộc», «em là người Can Lộc»; «ở quê em» may be the scene."""
    for back in range(index - 1, max(-1, index - 6), -1):
        word = view.words[back]
        if not view.gap(back).isspace() and view.gap(back) not in (": ", ", "):
            return False
        if word == "quan" and back and view.words[back - 1] in ("que", "nguyen"):
            return True
        if word == "que" and view.marks[back] in ("quê", "que"):
            before = view.words[back - 1] if back else ""
            named = view.capital(back) and back > 0 and not view.hard_after(back - 1)  # «Đậu Thị Quê»
            return not named and before not in _HOME_ITSELF
        if word == "nguoi":
            return back == index - 1 and back > 0 and view.words[back - 1] in _SELF
        if word not in _BETWEEN_HOME:
            return False
    return False
