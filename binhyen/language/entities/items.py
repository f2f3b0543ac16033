"""ITEM: the item that is lost, found, stolen or handed over; the norm is its group."""

from bisect import bisect_right
from itertools import pairwise
from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.entities import incidental_items
from binhyen.language.entities import item_cues as near
from binhyen.language.entities.gazetteers import Item, items, kinds
from binhyen.language.entities.item_scenes import Scene, scene_of, verbs_of
from binhyen.language.entities.span_registry import Found
from binhyen.language.phrase_trie import bag

_BARE_AFTER_LOSS: Final = bag("tru bo ga mu ao giay nhan sach tien do")
_DOCUMENTS: Final = bag("papers idcard licence registration passport healthcard landpaper")


def find(found: Found, handled: float | None) -> list[int]:
    """Add ITEM spans; few if the message is hardly about an item lost, found, stolen or handed over.

    Return the indexes of the words after each item name that may have a make, whether it is an ITEM or not.
    """
    view = found.view
    verbs, table = verbs_of(view), items()
    named, ends = table.places(view), list[int]()
    if not verbs and not named:
        return ends
    inside = {k for start, end, _ in verbs for k in range(start, end)}
    scene = scene_of(view, verbs, handled)
    passed: list[tuple[int, int, Item]] = []
    lost = bool(scene.losses) and not scene.rare
    free = 0
    for index in range(len(view.words)) if lost else named:
        if index < free:
            continue
        hit = table.find(view, index) if index not in inside and found.word_free(index) else None
        if hit is None:
            free = (_unnamed(found, index, scene) if lost else None) or free
            continue
        end, item = hit
        if item.group == "box" and end < len(view.words) and view.gap(end - 1) == " " and table.find(view, end):
            continue  # for «thùng đạn», the content counts
        head = _head(index, item)
        if head > index and (inner := table.find(view, head)) is None:
            head = index  # «con dấu» without «con» is meaningless
        elif head > index and inner and inner[0] > end:
            end, item = inner
        if _is_item(found, index, end, item, scene):
            found.add("ITEM", view.starts[head], view.ends[end - 1], item.group)
            passed = []
        elif scene.certain:
            passed.append((head, end, item))
        if "a" not in item.flags:
            ends.append(end)  # an animal is followed by its breed, not by a make
        free = end
    if passed and not any(kind == "ITEM" for _, _, kind, _ in found.spans):
        _at_least_one(found, passed)
    return ends


def _at_least_one(found: Found, passed: list[tuple[int, int, Item]]) -> None:
    """Add the first non-incidental item of a message that is certainly about an item."""
    view = found.view
    for head, end, item in passed:
        before = view.words[head - 1] if head else ""
        after = view.words[end] if end < len(view.words) else ""
        animal = "a" in item.flags and (before in near.CLASSIFYING or before in near.HEAPS or after in near.OWNERS)
        vague = ("m" in item.flags and not animal) or (
            view.bare and end - head == 1 and view.words[head] in near.DOUBTFUL_BARE
        )
        if vague or item.word in near.SCENERY or incidental_items.not_a_thing(found, head, item, before, after):
            continue
        if incidental_items.aside(view, head, item) or (
            view.bare and " ".join(view.words[head:end]) in near.NEVER_BARE
        ):
            continue
        found.add("ITEM", view.starts[head], view.ends[end - 1], item.group)
        return


def _head(index: int, item: Item) -> int:
    """Return the index of the head noun without the classifier: for «con bò» it is «bò»."""
    first = item.word.split(" ")[0]
    return index + 1 if first in near.CLASSIFIERS and " " in item.word else index


def _is_item(found: Found, index: int, end: int, item: Item, scene: Scene) -> bool:
    view = found.view
    before = view.words[index - 1] if index else ""
    after = view.words[end] if end < len(view.words) else ""
    if scene.rare and not _plainly(view, index, item, scene):
        return False
    bare_phrase = " ".join(view.words[index:end]) if view.bare else ""
    if bare_phrase in near.NEVER_BARE or incidental_items.not_a_thing(found, index, item, before, after):
        return False
    chained = _chained(view, index, scene)
    if not chained and _scenery(view, index, item, before, scene):
        return False
    if scene.rare:
        return True
    counted = before in near.CLASSIFYING or before in near.WEAPON_COUNTERS
    if view.bare and end - index == 1 and not counted and (said := _alone(view, index, item, scene)) is not None:
        return said
    if (scene.sure and _topic(view, index, end, item)) or (scene.handled is None and _shown(view, index, before)):
        return True
    if "m" in item.flags:
        animal = "a" in item.flags and before == "con"
        return chained or (animal and _within(view, index, scene, back=3, ahead=6))
    return chained or _told_of(view, index, item, before, scene)


def _alone(view: View, index: int, item: Item, scene: Scene) -> bool | None:
    """Decide about one unaccented, uncounted word («tru», «ga»); None if the word alone decides nothing."""
    word = view.words[index]
    short = "k" in item.flags or len(word) <= 3
    if short and (index not in scene.ends or word in near.PRONOUNS):
        return False
    return word in _BARE_AFTER_LOSS and index in scene.losses if word in near.DOUBTFUL_BARE else None


def _told_of(view: View, index: int, item: Item, before: str, scene: Scene) -> bool:
    """Return True if the context says that it is lost, found or handed over."""
    if "w" in item.flags and _weapon(view, index, item, scene):
        return True
    if "a" in item.flags and (_said_lost(view, index) or _verb_ahead(view, index, scene)):
        return True
    return _within(view, index, scene, back=18, ahead=16 if before in near.CLASSIFYING else 9)


def _scenery(view: View, index: int, item: Item, before: str, scene: Scene) -> bool:
    """Return True for the scene of a theft, «con tui», or an incidental item in a message about something else."""
    if view.bare and before == "con" and view.words[index] == "tui":
        return True
    if scene.handled is None:
        return False
    return (item.word in near.SCENERY and before not in near.CLASSIFYING) or incidental_items.aside(view, index, item)


def _plainly(view: View, index: int, item: Item, scene: Scene) -> bool:
    """Return True right after an unambiguous verb of losing or finding, in a message about something else."""
    first = index
    while first not in scene.plain and first > 0 and view.words[first - 1] in near.OWN:
        first -= 1
    if view.bare and "k" in item.flags and first == index and item.word not in ("ví", "xe"):
        return False
    if first not in scene.plain:
        return item.group in _DOCUMENTS and index in scene.losses
    return "m" not in item.flags or item.word == "xe"


def _topic(view: View, index: int, end: int, item: Item) -> bool:
    """Return True, in a message about an item, for the start of a clause, a counted noun or one with an owner."""
    before = view.words[index - 1] if index else ""
    counted = before in near.CLASSIFYING or before in near.HEAPS or before.isdecimal()
    first = index - 1 if counted or before == "co" else index
    opens = first <= 0 or not view.gap(first - 1).isspace()
    owned = end < len(view.words) and view.words[end] in near.OWNERS and view.gap(end - 1) == " "
    if "m" not in item.flags:
        worn = item.group in ("clothes", "helmet", "cap") and not owned
        return counted or before == "co" or (opens and not worn) or owned
    return before in ("co", "la") and "trong" in view.words[max(0, index - 3) : index - 1]


def _shown(view: View, index: int, before: str) -> bool:
    """Return True in a post about an item for «thấy cái ba lô …», «có con dê …»."""
    return before in near.CLASSIFYING and index > 1 and view.words[index - 2] in ("thay", "gap", "co", "giu")


def _verb_ahead(view: View, index: int, scene: Scene) -> bool:
    ahead = scene.next_verb(index)
    return ahead is not None and ahead <= index + 24 and not any(view.hard_after(k) for k in range(index, ahead))


def _weapon(view: View, index: int, item: Item, scene: Scene) -> bool:
    """Return True for a weapon near losing, finding or handing over, or one with a counter: «có quả bom»."""
    before = view.words[index - 1] if index else ""
    first = view.words[index]
    if item.group == "ammo" and (before in near.WEAPON_COUNTERS or first in ("qua", "vien", "trai")):
        return True
    return scene.handed or (bool(scene.starts) and item.group in ("ammo", "weapon"))


def _said_lost(view: View, index: int) -> bool:
    """Return True for «con sáo … ai thấy», «tru … ai chộ»: a question for witnesses after the name of an animal."""
    ahead = view.words[index : index + 32]
    counted = index > 0 and view.words[index - 1] in ("con", "dan", "cap", "chu")
    if counted and view.words[max(0, index - 3) : index - 1] in (["khong", "thay"], ["chang", "thay"], ["no", "cho"]):
        return True
    return counted and any(
        one == "ai" and two in ("thay", "cho", "bat", "gap", "nhin", "lum", "nhat") for one, two in pairwise(ahead)
    )


def _unnamed(found: Found, index: int, scene: Scene) -> int | None:
    """Add an item missing from the table, right after a verb of losing and a counter; return its end."""
    view = found.view
    before = index - 1
    if before < 1 or view.marks[before] not in near.COUNTERS or not view.joined(before, index + 1):
        return None
    first = before - 1 if view.words[before - 1].isdecimal() or view.words[before - 1] in ("mot", "hai") else before
    if first not in scene.losses or not view.words[index].isalpha() or view.words[index] in near.NOT_THING:
        return None
    end = index + 1
    goes_on = end < len(view.words) and view.gap(index) == " " and found.word_free(end)
    if goes_on and view.words[end].isalpha() and view.words[end] not in near.NOT_THING:
        end += 1
    return end if found.add_words("ITEM", index, end) else None


def _within(view: View, index: int, scene: Scene, *, back: int, ahead: int) -> bool:
    """Return True if a strong verb stands near enough, at most one sentence away."""
    at = bisect_right(scene.strong, (index, index))
    for start, stop in scene.strong[max(0, at - 6) : at + 2]:
        if stop <= index <= stop + back and sum(view.hard_after(k) for k in range(stop - 1, index)) <= 1:
            return True
        if index < start <= index + ahead and not any(view.hard_after(k) for k in range(index, start)):
            return True
    return False


def _chained(view: View, index: int, scene: Scene) -> bool:
    """Return True right after the verb; numbers, classifiers, «của em», or «và», «gồm» in a list may stand between."""
    position = index
    for _ in range(4):
        if position in scene.ends:
            return True
        if position == 0 or view.hard_after(position - 1):
            return False
        word = view.words[position - 1]
        if word not in near.BETWEEN and not word.isdecimal():
            return word in ("va", "gom", "kem", "voi") and bool(scene.starts) and scene.starts[0] < index
        position -= 1
    return False


def things(view: View) -> set[str]:
    """Return the groups of all items that the text names explicitly, whatever happened to them."""
    groups: set[str] = set()
    table = items()
    index = 0
    while index < len(view.words):
        named = table.find(view, index)
        if named and _outright(view, index, named[1]):
            groups.add(named[1].group)
        index = named[0] if named else index + 1
    more = kinds()
    groups.update(hit[1] for index in range(len(view.words)) if (hit := more.find(view, index)))
    return groups


def _outright(view: View, index: int, item: Item) -> bool:
    """Return True if the word names an item by itself: not «gọi điện thoại»; short words only with diacritics."""
    if item.group == "phone" and index and view.words[index - 1] in near.BY_PHONE:
        return False
    if set(view.words[max(0, index - 2) : index]) & near.WITHOUT:
        return False  # «ví không có giấy tờ»
    return "m" not in item.flags or (not view.unmarked(index) and item.word not in near.TOO_COMMON)
