"""Kinds of items that a post names explicitly, whatever happened to them. They produce no entity span."""

from functools import lru_cache
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import item_cues as near
from binhyen.language.entities.gazetteers import Item, load_items, load_kinds, read_rows_of
from binhyen.language.lostfound.attributes import ANIMALS
from binhyen.language.phrase_trie import word_set

# Cue words before an item in a text without diacritics: counting words, classifiers, verbs of losing and finding.
_COUNTERS: Final = word_set("""
    con cai chiec 1 2 3 4 5 mot hai chum doi dan cap bo chu bay nguyen cuon quyen to tap xau cay bong cuc mon goi
    hop bich bao
    """)
_VERBS: Final = word_set("mat roi rot quen duoc dc luom lum nhat lac bat cam")
_ATTRIBUTE_WORDS: Final = word_set("""
    den do nau trang vang xanh hong tim xam muc ven da vai nho to nam nu xach deo nilon cu moi mau hieu nhua
    """)
# Words with mostly another meaning without diacritics: «cho» (give, for, market), «tui» (I), «be» (child), «dan»
# (stuck), «lan» (time).
_RARELY_ITEMS: Final = word_set("""
    cho be me o lan ga sung keo go van con ong non dan trong man chuong cau ghe nhan gio so ban bom min pha le
    ao quan tru ve dao bua cau tau ho khi bia sim sam
    """)
_TOO_COMMON: Final = near.TOO_COMMON | {"chuông"}
_WORDS_BEFORE_DOG: Final = word_set("con chu be dan giong lac cun bay bat")
_WORDS_AFTER_DOG: Final = word_set("""
    becgie bec becge beec poodle corgi husky phoc phu co cai duc con lai muc ven vang den trang dom cun nhat ta xam nau
    """)
_WORDS_AFTER_CALF: Final = word_set("vang den duc cai lai con nau do")
_NEVER_ITEMS: Final = word_set("lan me o dan le sim khi ho bia trong non con")
_ALWAYS_ITEMS: Final = word_set("vit heo")
_PICTURE_WORDS: Final = word_set("hinh moc in dan tem theu khac bong sticker chu logo")


@lru_cache(maxsize=1)
def load_item_groups() -> frozenset[str]:
    """Return all known groups of items; an item with an unknown name may belong to any."""
    return frozenset(row[1] for name in ("items.tsv", "kinds.tsv") for row in read_rows_of(name))


def find_explicit_items(view: AlignedText) -> set[str]:
    """Return the groups (data/items.tsv) of the items named."""
    named_groups: set[str] = set()
    table = load_items()
    index, words = 0, view.words
    while index < len(words):
        match = table.find(view, index)
        if match and _names_item(view, index, match[0], match[1]):
            named_groups.add(match[1].group)
        index = match[0] if match else index + 1
    kind_phrases = load_kinds()
    for index in kind_phrases.places(view):
        if (kind_match := kind_phrases.find(view, index)) and not _is_picture(view, index, kind_match[1]):
            named_groups.add(kind_match[1])
    return named_groups - ANIMALS if "toy" in named_groups else named_groups


def find_words_after_items(view: AlignedText) -> list[int]:
    """Return the indexes of the words right after the names of items and kinds."""
    ends: set[int] = set()
    for table in (load_items(), load_kinds()):
        for index in table.places(view):
            match = table.find(view, index)
            if not match or match[0] >= len(view.words) or view.gap_after(match[0] - 1) != " ":
                continue
            if not isinstance(match[1], Item) or _names_item(view, index, match[0], match[1]):
                ends.add(match[0])
    return sorted(ends)


def is_cho_for_give(view: AlignedText, index: int) -> bool:
    """Return True for «ai nhat duoc cho anh xin»: without diacritics «cho» is a dog only if the context says so."""
    return view.is_unaccented and view.words[index] == "cho" and not _is_dog(view, index)


def _names_item(view: AlignedText, index: int, end: int, item: Item) -> bool:
    """Return True if the word names an item by itself: not «gọi điện thoại»; short words only with diacritics."""
    if item.group == "phone" and index and view.words[index - 1] in near.BY_PHONE:
        return False
    if set(view.words[max(0, index - 2) : index]) & near.NEGATIONS or _is_picture(view, index, item.group):
        return False  # «ví không có giấy tờ», «móc hình con voi»
    if "m" in item.flags and (view.is_unaccented_at(index) or item.word in _TOO_COMMON):
        return False
    return not view.is_unaccented or _is_item_unaccented(view, index, end, item)


def _is_item_unaccented(view: AlignedText, index: int, end: int, item: Item) -> bool:
    """Return True if an unaccented name is an item: a long name, or a short one with a number, verb or attribute."""
    words = view.words
    first, last = words[index], words[end - 1]
    if first == "con" and end - index == 2:
        index, first = index + 1, last  # «con cho», «con be»
    elif end - index > 1:
        return " ".join(words[index:end]) not in near.NEVER_BARE
    next_word = words[end] if end < len(words) else ""
    if first == "cho":
        return _is_dog(view, index)
    if first == "be":
        return next_word in _WORDS_AFTER_CALF
    if first in _NEVER_ITEMS or first in _ALWAYS_ITEMS:
        return first in _ALWAYS_ITEMS
    short = "k" in item.flags or len(first) <= 3 or first in near.DOUBTFUL_BARE
    if not short:
        return True
    previous_word = words[index - 1] if index else ""
    if first in _RARELY_ITEMS:
        return previous_word in _COUNTERS or (previous_word in _VERBS and next_word in _ATTRIBUTE_WORDS)
    return previous_word in _COUNTERS or previous_word in _VERBS or next_word in _ATTRIBUTE_WORDS


def _is_dog(view: AlignedText, index: int) -> bool:
    previous_word = view.words[index - 1] if index else ""
    next_word = view.words[index + 1] if index + 1 < len(view.words) else ""
    return previous_word in _WORDS_BEFORE_DOG or next_word in _WORDS_AFTER_DOG


def _is_picture(view: AlignedText, index: int, group: str) -> bool:
    """Return True for a picture of an animal on the item: «dán hình con thỏ», «móc con vịt»."""
    return group in ANIMALS and not _PICTURE_WORDS.isdisjoint(view.words[max(0, index - 2) : index])
