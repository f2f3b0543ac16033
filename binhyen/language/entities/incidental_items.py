"""Incidental items: calls, rides, tools, places, worn clothes. They are named but are not the subject."""

from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import item_cues as near
from binhyen.language.entities.gazetteers import Item
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import word_set

_ANIMAL_GROUPS: Final = word_set("pig cow buffalo chicken duck goat dog fish")
_NOT_BEFORE: Final = {
    "boat": word_set("truong vien"),
    "ammo": word_set("xit hang tan"),
    "dog": word_set("chet"),
    "backpack": word_set("bo trau ga vit chim bong nhan"),
}
_BROKEN: Final = word_set("cay pha khoet dap mo")
_TOOL_VERBS: Final = word_set("go dap dam cat chem cao")
_MATERIALS: Final = frozenset(("vải", "gỗ", "sắt", "tôn", "vàng"))


def is_not_an_item(registry: SpanRegistry, index: int, item: Item, previous_word: str, next_word: str) -> bool:
    """Return True for a call «qua điện thoại», a ride «đi xe máy», gold after an ornament, cash named by its amount."""
    if _is_item_in_use(registry, index, item, previous_word, next_word) or _is_pen_or_trinket(
        registry.view, index, item, previous_word
    ):
        return True
    if item.group == "phone" and (previous_word in near.BY_PHONE):
        return True
    if "v" in item.flags and previous_word in near.TRANSPORT:
        return True
    if next_word in _NOT_BEFORE.get(item.group, ()) or (
        item.word in _MATERIALS and registry.get_kind_before(index) == "ITEM"
    ):
        return True  # «thuyền trưởng», «bom hàng», «túi vải»
    if item.group == "buffalo" and previous_word == "tre":
        return True  # «trẻ trâu»
    if item.word == "tiền" and previous_word in ("mat", "lay", "kiem", "mang", "quen", "con", "co", "khong", "dong"):
        return True
    if item.group == "cow" and previous_word in ("khoac", "quan", "jean", "ao", "vay", "nau"):
        return True  # «áo khoác bò» is denim
    if previous_word in ("hinh", "ban", "mua", "nuoi", "thit") and item.group not in ("weapon", "ammo", "blade"):
        return True  # «móc hình con vịt», «tiền bán lợn»
    if item.word == "xe con" and registry.view.is_unaccented:
        return True  # mostly a misspelt «xe còn»
    return item.group == "cash" and registry.get_kind_before(index) == "MONEY"


def _is_item_in_use(registry: SpanRegistry, index: int, item: Item, previous_word: str, next_word: str) -> bool:
    """Return True for the use of an item that is not lost: absent, broken open, or used as a tool."""
    if (previous_word == "co" and _word_two_before(registry.view, index) in near.NEGATIONS) or (
        previous_word == "ra" and registry.view.marks[index - 1] == "rà"
    ):
        return True  # «cụ nỏ có điện thoại», «đi rà mìn»
    broken = previous_word in _BROKEN and item.group in ("cash", "safe", "altar")  # «cạy hòm công đức»
    return broken or (previous_word == "lay" and next_word in _TOOL_VERBS)  # «lấy búa gõ»


def _is_pen_or_trinket(view: AlignedText, index: int, item: Item, previous_word: str) -> bool:
    """Return True for a pen or a trinket: «trong chuồng gà», «chìa khóa móc con gấu bông»."""
    if item.group == "toy":
        return bool({"moc", "hinh"} & set(view.words[max(0, index - 2) : index]))
    return item.group in _ANIMAL_GROUPS and previous_word in ("chuong", "chan")


def _word_two_before(view: AlignedText, index: int) -> str:
    """Return the word two words before, or «» if there is none."""
    return view.words[index - 2] if index > 1 else ""


def is_incidental(view: AlignedText, index: int, item: Item) -> bool:
    """Return True for a place («ở ghế đá»), a part («dấu bánh xe»), clothes or a ride; False for ammunition."""
    if item.group == "ammo":
        return False
    last = index - 1
    while last > 0 and (view.words[last] in near.CLASSIFYING or view.words[last] in ("doi", "cuon", "nguyen")):
        last -= 1
    if last < 0 or view.is_sentence_end(last) or not view.gap_after(last).isspace():
        return False
    word = view.words[last]
    if word in near.CLASSIFYING and not last:
        return False  # «Chiếc xe đạp điện bỏ nằm …»
    if "v" in item.flags and word in near.RIDING_VERBS:
        return True
    return (word in near.PLACE_PREPOSITIONS or word in near.WEARING_VERBS) and not (
        word == "ban" and view.marks[last] == "bạn"
    )
