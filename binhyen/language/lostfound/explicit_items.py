"""Kinds of items that a post names explicitly, whatever happened to them. They produce no entity span."""

from functools import lru_cache
from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.entities import item_cues as near
from binhyen.language.entities.gazetteers import Item, items, kinds, rows
from binhyen.language.lostfound.attributes import ANIMALS
from binhyen.language.phrase_trie import bag

# Cue words before an item in a text without diacritics: counting words, classifiers, verbs of losing and finding.
_COUNTERS: Final = bag("""
    con cai chiec 1 2 3 4 5 mot hai chum doi dan cap bo chu bay nguyen cuon quyen to tap xau cay bong cuc mon goi
    hop bich bao
    """)
_VERBS: Final = bag("mat roi rot quen duoc dc luom lum nhat lac bat cam")
_LOOKS: Final = bag("""
    den do nau trang vang xanh hong tim xam muc ven da vai nho to nam nu xach deo nilon cu moi mau hieu nhua
    """)
# Words with mostly another meaning without diacritics: «cho» (give, for, market), «tui» (I), «be» (child), «dan»
# (stuck), «lan» (time).
_RARELY: Final = bag("""
    cho be me o lan ga sung keo go van con ong non dan trong man chuong cau ghe nhan gio so ban bom min pha le
    ao quan tru ve dao bua cau tau ho khi bia sim sam
    """)
_TOO_COMMON: Final = near.TOO_COMMON | {"chuông"}
_DOG_BEFORE: Final = bag("con chu be dan giong lac cun bay bat")
_DOG_AFTER: Final = bag("""
    becgie bec becge beec poodle corgi husky phoc phu co cai duc con lai muc ven vang den trang dom cun nhat ta xam nau
    """)
_CALF_AFTER: Final = bag("vang den duc cai lai con nau do")
_NEVER: Final = bag("lan me o dan le sim khi ho bia trong non con")
_SURE: Final = bag("vit heo")
_DRAWN: Final = bag("hinh moc in dan tem theu khac bong sticker chu logo")


@lru_cache(maxsize=1)
def groups() -> frozenset[str]:
    """Return all known groups of items; an item with an unknown name may belong to any."""
    return frozenset(row[1] for name in ("items.tsv", "kinds.tsv") for row in rows(name))


def things(view: View) -> set[str]:
    """Return the groups (data/items.tsv) of the items named."""
    named_groups: set[str] = set()
    table = items()
    index, words = 0, view.words
    while index < len(words):
        named = table.find(view, index)
        if named and _outright(view, index, named[0], named[1]):
            named_groups.add(named[1].group)
        index = named[0] if named else index + 1
    more = kinds()
    for index in more.places(view):
        if (hit := more.find(view, index)) and not _drawn(view, index, hit[1]):
            named_groups.add(hit[1])
    return named_groups - ANIMALS if "toy" in named_groups else named_groups


def behind_things(view: View) -> list[int]:
    """Return the indexes of the words right after the names of items and kinds."""
    ends: set[int] = set()
    for table in (items(), kinds()):
        for index in table.places(view):
            hit = table.find(view, index)
            if not hit or hit[0] >= len(view.words) or view.gap(hit[0] - 1) != " ":
                continue
            if not isinstance(hit[1], Item) or _outright(view, index, hit[0], hit[1]):
                ends.add(hit[0])
    return sorted(ends)


def gives(view: View, index: int) -> bool:
    """Return True for «ai nhat duoc cho anh xin»: without diacritics «cho» is a dog only if the context says so."""
    return view.bare and view.words[index] == "cho" and not _dog(view, index)


def _outright(view: View, index: int, end: int, item: Item) -> bool:
    """Return True if the word names an item by itself: not «gọi điện thoại»; short words only with diacritics."""
    if item.group == "phone" and index and view.words[index - 1] in near.BY_PHONE:
        return False
    if set(view.words[max(0, index - 2) : index]) & near.WITHOUT or _drawn(view, index, item.group):
        return False  # «ví không có giấy tờ», «móc hình con voi»
    if "m" in item.flags and (view.unmarked(index) or item.word in _TOO_COMMON):
        return False
    return not view.bare or _told_bare(view, index, end, item)


def _told_bare(view: View, index: int, end: int, item: Item) -> bool:
    """Return True if an unaccented name is an item: a long name, or a short one with a number, verb or attribute."""
    words = view.words
    first, last = words[index], words[end - 1]
    if first == "con" and end - index == 2:
        index, first = index + 1, last  # «con cho», «con be»
    elif end - index > 1:
        return " ".join(words[index:end]) not in near.NEVER_BARE
    after = words[end] if end < len(words) else ""
    if first == "cho":
        return _dog(view, index)
    if first == "be":
        return after in _CALF_AFTER
    if first in _NEVER or first in _SURE:
        return first in _SURE
    short = "k" in item.flags or len(first) <= 3 or first in near.DOUBTFUL_BARE
    if not short:
        return True
    before = words[index - 1] if index else ""
    if first in _RARELY:
        return before in _COUNTERS or (before in _VERBS and after in _LOOKS)
    return before in _COUNTERS or before in _VERBS or after in _LOOKS


def _dog(view: View, index: int) -> bool:
    before = view.words[index - 1] if index else ""
    after = view.words[index + 1] if index + 1 < len(view.words) else ""
    return before in _DOG_BEFORE or after in _DOG_AFTER


def _drawn(view: View, index: int, group: str) -> bool:
    """Return True for a picture of an animal on the item: «dán hình con thỏ», «móc con vịt»."""
    return group in ANIMALS and not _DRAWN.isdisjoint(view.words[max(0, index - 2) : index])
