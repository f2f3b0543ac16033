"""Incidental items: calls, rides, tools, places, worn clothes. They are named but are not the subject."""

from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.entities import item_cues as near
from binhyen.language.entities.gazetteers import Item
from binhyen.language.entities.span_registry import Found
from binhyen.language.phrase_trie import bag

_BEASTS: Final = bag("pig cow buffalo chicken duck goat dog fish")
_NOT_BEFORE: Final = {
    "boat": bag("truong vien"),
    "ammo": bag("xit hang tan"),
    "dog": bag("chet"),
    "backpack": bag("bo trau ga vit chim bong nhan"),
}
_BROKEN: Final = bag("cay pha khoet dap mo")
_AT_WORK: Final = bag("go dap dam cat chem cao")
_STUFFS: Final = frozenset(("vải", "gỗ", "sắt", "tôn", "vàng"))


def not_a_thing(found: Found, index: int, item: Item, before: str, after: str) -> bool:
    """Return True for a call «qua điện thoại», a ride «đi xe máy», gold after an ornament, cash named by its amount."""
    if _something_done(found, index, item, before, after) or _likened(found.view, index, item, before):
        return True
    if item.group == "phone" and (before in near.BY_PHONE):
        return True
    if "v" in item.flags and before in near.TRANSPORT:
        return True
    if after in _NOT_BEFORE.get(item.group, ()) or (item.word in _STUFFS and found.kind_before(index) == "ITEM"):
        return True  # «thuyền trưởng», «bom hàng», «túi vải»
    if item.group == "buffalo" and before == "tre":
        return True  # «trẻ trâu»
    if item.word == "tiền" and before in ("mat", "lay", "kiem", "mang", "quen", "con", "co", "khong", "dong"):
        return True
    if item.group == "cow" and before in ("khoac", "quan", "jean", "ao", "vay", "nau"):
        return True  # «áo khoác bò» is denim
    if before in ("hinh", "ban", "mua", "nuoi", "thit") and item.group not in ("weapon", "ammo", "blade"):
        return True  # «móc hình con vịt», «tiền bán lợn»
    if item.word == "xe con" and found.view.bare:
        return True  # mostly a misspelt «xe còn»
    return item.group == "cash" and found.kind_before(index) == "MONEY"


def _something_done(found: Found, index: int, item: Item, before: str, after: str) -> bool:
    """Return True for the use of an item that is not lost: absent, broken open, or used as a tool."""
    if (before == "co" and _two_before(found.view, index) in near.WITHOUT) or (
        before == "ra" and found.view.marks[index - 1] == "rà"
    ):
        return True  # «cụ nỏ có điện thoại», «đi rà mìn»
    broken = before in _BROKEN and item.group in ("cash", "safe", "altar")  # «cạy hòm công đức»
    return broken or (before == "lay" and after in _AT_WORK)  # «lấy búa gõ»


def _likened(view: View, index: int, item: Item, before: str) -> bool:
    """Return True for a pen or a trinket: «trong chuồng gà», «chìa khóa móc con gấu bông»."""
    if item.group == "toy":
        return bool({"moc", "hinh"} & set(view.words[max(0, index - 2) : index]))
    return item.group in _BEASTS and before in ("chuong", "chan")


def _two_before(view: View, index: int) -> str:
    """Return the word two words before, or «» if there is none."""
    return view.words[index - 2] if index > 1 else ""


def aside(view: View, index: int, item: Item) -> bool:
    """Return True for a place («ở ghế đá»), a part («dấu bánh xe»), clothes or a ride; False for ammunition."""
    if item.group == "ammo":
        return False
    last = index - 1
    while last > 0 and (view.words[last] in near.CLASSIFYING or view.words[last] in ("doi", "cuon", "nguyen")):
        last -= 1
    if last < 0 or view.hard_after(last) or not view.gap(last).isspace():
        return False
    word = view.words[last]
    if word in near.CLASSIFYING and not last:
        return False  # «Chiếc xe đạp điện bỏ nằm …»
    if "v" in item.flags and word in near.RIDDEN:
        return True
    return (word in near.AT or word in near.WORN) and not (word == "ban" and view.marks[last] == "bạn")
