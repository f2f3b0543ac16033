"""ITEM: the item that is lost, found, stolen or handed over; the norm is its group."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import item_cues as near
from binhyen.language.entities.gazetteers import Item, load_items, load_kinds
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import word_set

# Incidental items: calls, rides, tools, places, worn clothes. They are named but are not the subject.

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
        return True  # «áo khóac bò» is denim
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


# Positions of the verbs of losing, finding, taking and handing over, as needed to decide about items.

_HANDLED_BAR: Final = 0.2
_SURE_BAR: Final = 0.5
_CERTAIN_BAR: Final = 0.8
_HANDOVER_VERBS: Final = word_set("nop giao gui nhat")
_LOSSES: Final = frozenset(fold_text(verb) for verb in near.STRONG_LOSS)
_CLEAR_VERBS: Final = frozenset(fold_text(verb) for verb in near.CLEAR_VERBS)


@dataclass(frozen=True, slots=True)
class Scene:
    """Positions of the verbs: words after each verb, strong verbs as spans, first words of all verbs.

    `losses`: words after a verb that clearly means lost, found or stolen. `is_handed_over`: an item is handed over;
    `item_probability`: see `add_item_entities`.
    """

    ends: set[int]
    strong: list[tuple[int, int]]
    starts: list[int]
    losses: frozenset[int]
    plain: frozenset[int]
    handed: bool
    item_probability: float | None

    @property
    def is_unlikely(self) -> bool:
        """Whether the message is hardly about a lost, found, stolen or handed-over item: only explicit items count."""
        return self.item_probability is not None and self.item_probability < _HANDLED_BAR

    @property
    def is_certain(self) -> bool:
        """Whether the message is almost certainly about an item, so that it names one."""
        return self.item_probability is not None and self.item_probability >= _CERTAIN_BAR

    @property
    def is_likely(self) -> bool:
        """Whether the message is more likely about an item than not: its subject may be named without a verb."""
        return self.item_probability is not None and self.item_probability >= _SURE_BAR

    def next_verb(self, index: int) -> int | None:
        """Return the first word of the next verb after word `index`."""
        position = bisect_right(self.starts, index)
        return self.starts[position] if position < len(self.starts) else None


def find_verbs(view: AlignedText) -> list[tuple[int, int, bool]]:
    """Return first word, word after, and weakness of each verb of losing or finding."""
    verbs: list[tuple[int, int, bool]] = []
    next_index = 0
    for index in near.VERBS.places(view):
        hit = near.VERBS.find(view, index) if index >= next_index else None
        if hit is None or (view.is_unaccented and view.words[index : hit[0]] == ["cho"]):
            continue  # «chộ» without diacritics is «cho»
        next_index = hit[0]
        next_word = view.words[hit[0]] if hit[0] < len(view.words) else ""
        if next_word == "dien" and view.words[hit[0] + 1 : hit[0] + 2] == ["thoai"]:
            next_word = ""  # «mất điện thoại», not «mất điện»
        if next_word == "may" and (machine := load_items().find(view, hit[0])) and machine[0] > hit[0] + 1:
            next_word = ""  # «mất máy ảnh», not «mất may»
        sword = hit[1] == "kiếm" and index > 0 and view.words[index - 1] in near.BEFORE_SWORD
        if not sword and next_word not in near.NOT_LOST.get(view.words[hit[0] - 1], ()):
            doubtful = view.is_unaccented and hit[1] in ("rơi", "rớt", "lạc", "cắp", "trộm")  # «roi» may also be «rồi»
            verbs.append((index, hit[0], doubtful or hit[1] in near.WEAK_VERBS))
    return verbs


def build_scene(view: AlignedText, verbs: list[tuple[int, int, bool]], item_probability: float | None) -> Scene:
    """Summarise the whole message for the decision about every item in it."""
    return Scene(
        {end for _, end, _ in verbs},
        [(start, end) for start, end, weak in verbs if not weak],
        [start for start, _, _ in verbs],
        frozenset(end for start, end, weak in verbs if not weak and _is_clear_loss(view, start, end)),
        frozenset(end for start, end, _ in verbs if " ".join(view.words[start:end]) in _CLEAR_VERBS),
        not _HANDOVER_VERBS.isdisjoint(view.words),
        item_probability,
    )


def _is_clear_loss(view: AlignedText, start: int, end: int) -> bool:
    return " ".join(view.words[start:end]) in _LOSSES


_BARE_AFTER_LOSS: Final = word_set("tru bo ga mu ao giay nhan sach tien do")
_DOCUMENTS: Final = word_set("papers idcard licence registration passport healthcard landpaper")


def add_items(registry: SpanRegistry, handled: float | None) -> list[int]:
    """Add ITEM spans; few if the message is hardly about an item lost, found, stolen or handed over.

    Return the indexes of the words after each item name that may have a make, whether it is an ITEM or not.
    """
    view = registry.view
    verbs, table = find_verbs(view), load_items()
    start_indexes, ends = table.places(view), list[int]()
    if not verbs and not start_indexes:
        return ends
    verb_words = {word_index for start, end, _ in verbs for word_index in range(start, end)}
    scene = build_scene(view, verbs, handled)
    rejected: list[tuple[int, int, Item]] = []
    check_all_words = bool(scene.losses) and not scene.is_unlikely
    next_index = 0
    for index in range(len(view.words)) if check_all_words else start_indexes:
        if index < next_index:
            continue
        hit = table.find(view, index) if index not in verb_words and registry.is_word_free(index) else None
        if hit is None:
            next_index = (_add_unknown_item(registry, index, scene) if check_all_words else None) or next_index
            continue
        end, item = hit
        if item.group == "box" and end < len(view.words) and view.gap_after(end - 1) == " " and table.find(view, end):
            continue  # for «thùng đạn», the content counts
        head = _head_index(index, item)
        if head > index and (head_match := table.find(view, head)) is None:
            head = index  # «con dấu» without «con» is meaningless
        elif head > index and head_match and head_match[0] > end:
            end, item = head_match
        if _is_item(registry, index, end, item, scene):
            registry.add("ITEM", view.starts[head], view.ends[end - 1], item.group)
            rejected = []
        elif scene.is_certain:
            rejected.append((head, end, item))
        if "a" not in item.flags:
            ends.append(end)  # an animal is followed by its breed, not by a make
        next_index = end
    if rejected and not any(kind == "ITEM" for _, _, kind, _ in registry.spans):
        _add_first_candidate(registry, rejected)
    return ends


def _add_first_candidate(registry: SpanRegistry, candidates: list[tuple[int, int, Item]]) -> None:
    """Add the first non-incidental item of a message that is certainly about an item."""
    view = registry.view
    for head, end, item in candidates:
        previous_word = view.words[head - 1] if head else ""
        next_word = view.words[end] if end < len(view.words) else ""
        animal = "a" in item.flags and (
            previous_word in near.CLASSIFYING or previous_word in near.PLURAL_COUNTERS or next_word in near.OWNERS
        )
        vague = ("m" in item.flags and not animal) or (
            view.is_unaccented and end - head == 1 and view.words[head] in near.DOUBTFUL_BARE
        )
        if vague or item.word in near.SCENERY or is_not_an_item(registry, head, item, previous_word, next_word):
            continue
        if is_incidental(view, head, item) or (
            view.is_unaccented and " ".join(view.words[head:end]) in near.NEVER_BARE
        ):
            continue
        registry.add("ITEM", view.starts[head], view.ends[end - 1], item.group)
        return


def _head_index(index: int, item: Item) -> int:
    """Return the index of the head noun without the classifier: for «con bò» it is «bò»."""
    first = item.word.split(" ")[0]
    return index + 1 if first in near.CLASSIFIERS and " " in item.word else index


def _is_item(registry: SpanRegistry, index: int, end: int, item: Item, scene: Scene) -> bool:
    view = registry.view
    previous_word = view.words[index - 1] if index else ""
    next_word = view.words[end] if end < len(view.words) else ""
    if scene.is_unlikely and not _follows_certain_verb(view, index, item, scene):
        return False
    bare_phrase = " ".join(view.words[index:end]) if view.is_unaccented else ""
    if bare_phrase in near.NEVER_BARE or is_not_an_item(registry, index, item, previous_word, next_word):
        return False
    follows_verb = _follows_verb(view, index, scene)
    if not follows_verb and _is_incidental(view, index, item, previous_word, scene):
        return False
    if scene.is_unlikely:
        return True
    counted = previous_word in near.CLASSIFYING or previous_word in near.WEAPON_COUNTERS
    if (
        view.is_unaccented
        and end - index == 1
        and not counted
        and (decision := _decide_unaccented_word(view, index, item, scene)) is not None
    ):
        return decision
    if (scene.is_likely and _is_topic(view, index, end, item)) or (
        scene.item_probability is None and _is_presented(view, index, previous_word)
    ):
        return True
    if "m" in item.flags:
        animal = "a" in item.flags and previous_word == "con"
        return follows_verb or (animal and _is_near_verb(view, index, scene, back=3, ahead=6))
    return follows_verb or _has_event_context(view, index, item, previous_word, scene)


def _decide_unaccented_word(view: AlignedText, index: int, item: Item, scene: Scene) -> bool | None:
    """Decide about one unaccented, uncounted word («tru», «ga»); None if the word alone decides nothing."""
    word = view.words[index]
    short = "k" in item.flags or len(word) <= 3
    if short and (index not in scene.ends or word in near.PRONOUNS):
        return False
    return word in _BARE_AFTER_LOSS and index in scene.losses if word in near.DOUBTFUL_BARE else None


def _has_event_context(view: AlignedText, index: int, item: Item, previous_word: str, scene: Scene) -> bool:
    """Return True if the context says that it is lost, found or handed over."""
    if "w" in item.flags and _is_handled_weapon(view, index, item, scene):
        return True
    if "a" in item.flags and (_asks_for_witness(view, index) or _has_verb_ahead(view, index, scene)):
        return True
    return _is_near_verb(view, index, scene, back=18, ahead=16 if previous_word in near.CLASSIFYING else 9)


def _is_incidental(view: AlignedText, index: int, item: Item, previous_word: str, scene: Scene) -> bool:
    """Return True for the scene of a theft, «con tui», or an incidental item in a message about something else."""
    if view.is_unaccented and previous_word == "con" and view.words[index] == "tui":
        return True
    if scene.item_probability is None:
        return False
    return (item.word in near.SCENERY and previous_word not in near.CLASSIFYING) or is_incidental(view, index, item)


def _follows_certain_verb(view: AlignedText, index: int, item: Item, scene: Scene) -> bool:
    """Return True right after an unambiguous verb of losing or finding, in a message about something else."""
    first = index
    while first not in scene.plain and first > 0 and view.words[first - 1] in near.WORDS_BEFORE_OWN_ITEM:
        first -= 1
    if view.is_unaccented and "k" in item.flags and first == index and item.word not in ("ví", "xe"):
        return False
    if first not in scene.plain:
        return item.group in _DOCUMENTS and index in scene.losses
    return "m" not in item.flags or item.word == "xe"


def _is_topic(view: AlignedText, index: int, end: int, item: Item) -> bool:
    """Return True, in a message about an item, for the start of a clause, a counted noun or one with an owner."""
    previous_word = view.words[index - 1] if index else ""
    counted = previous_word in near.CLASSIFYING or previous_word in near.PLURAL_COUNTERS or previous_word.isdecimal()
    first = index - 1 if counted or previous_word == "co" else index
    opens = first <= 0 or not view.gap_after(first - 1).isspace()
    owned = end < len(view.words) and view.words[end] in near.OWNERS and view.gap_after(end - 1) == " "
    if "m" not in item.flags:
        worn = item.group in ("clothes", "helmet", "cap") and not owned
        return counted or previous_word == "co" or (opens and not worn) or owned
    return previous_word in ("co", "la") and "trong" in view.words[max(0, index - 3) : index - 1]


def _is_presented(view: AlignedText, index: int, previous_word: str) -> bool:
    """Return True in a post about an item for «thấy cái ba lô …», «có con dê …»."""
    return previous_word in near.CLASSIFYING and index > 1 and view.words[index - 2] in ("thay", "gap", "co", "giu")


def _has_verb_ahead(view: AlignedText, index: int, scene: Scene) -> bool:
    verb_index = scene.next_verb(index)
    return (
        verb_index is not None
        and verb_index <= index + 24
        and not any(view.is_sentence_end(word_index) for word_index in range(index, verb_index))
    )


def _is_handled_weapon(view: AlignedText, index: int, item: Item, scene: Scene) -> bool:
    """Return True for a weapon near losing, finding or handing over, or one with a counter: «có quả bom»."""
    previous_word = view.words[index - 1] if index else ""
    first = view.words[index]
    if item.group == "ammo" and (previous_word in near.WEAPON_COUNTERS or first in ("qua", "vien", "trai")):
        return True
    return scene.handed or (bool(scene.starts) and item.group in ("ammo", "weapon"))


def _asks_for_witness(view: AlignedText, index: int) -> bool:
    """Return True for «con sáo … ai thấy», «tru … ai chộ»: a question for witnesses after the name of an animal."""
    ahead = view.words[index : index + 32]
    counted = index > 0 and view.words[index - 1] in ("con", "dan", "cap", "chu")
    if counted and view.words[max(0, index - 3) : index - 1] in (["khong", "thay"], ["chang", "thay"], ["no", "cho"]):
        return True
    return counted and any(
        left == "ai" and right in ("thay", "cho", "bat", "gap", "nhin", "lum", "nhat")
        for left, right in pairwise(ahead)
    )


def _add_unknown_item(registry: SpanRegistry, index: int, scene: Scene) -> int | None:
    """Add an item missing from the table, right after a verb of losing and a counter; return its end."""
    view = registry.view
    counter_index = index - 1
    if (
        counter_index < 1
        or view.marks[counter_index] not in near.COUNTERS
        or not view.is_contiguous(counter_index, index + 1)
    ):
        return None
    first = (
        counter_index - 1
        if view.words[counter_index - 1].isdecimal() or view.words[counter_index - 1] in ("mot", "hai")
        else counter_index
    )
    if first not in scene.losses or not view.words[index].isalpha() or view.words[index] in near.NOT_ITEM:
        return None
    end = index + 1
    continues = end < len(view.words) and view.gap_after(index) == " " and registry.is_word_free(end)
    if continues and view.words[end].isalpha() and view.words[end] not in near.NOT_ITEM:
        end += 1
    return end if registry.add_words("ITEM", index, end) else None


def _is_near_verb(view: AlignedText, index: int, scene: Scene, *, back: int, ahead: int) -> bool:
    """Return True if a strong verb stands near enough, at most one sentence away."""
    position = bisect_right(scene.strong, (index, index))
    for start, stop in scene.strong[max(0, position - 6) : position + 2]:
        if (
            stop <= index <= stop + back
            and sum(view.is_sentence_end(word_index) for word_index in range(stop - 1, index)) <= 1
        ):
            return True
        if index < start <= index + ahead and not any(
            view.is_sentence_end(word_index) for word_index in range(index, start)
        ):
            return True
    return False


def _follows_verb(view: AlignedText, index: int, scene: Scene) -> bool:
    """Return True right after the verb; numbers, classifiers, «của em», or «và», «gồm» in a list may stand between."""
    position = index
    for _ in range(4):
        if position in scene.ends:
            return True
        if position == 0 or view.is_sentence_end(position - 1):
            return False
        word = view.words[position - 1]
        if word not in near.BETWEEN and not word.isdecimal():
            return word in ("va", "gom", "kem", "voi") and bool(scene.starts) and scene.starts[0] < index
        position -= 1
    return False


def find_item_groups(view: AlignedText) -> set[str]:
    """Return the groups of all items that the text names explicitly, whatever happened to them."""
    groups: set[str] = set()
    table = load_items()
    index = 0
    while index < len(view.words):
        match = table.find(view, index)
        if match and _names_item(view, index, match[1]):
            groups.add(match[1].group)
        index = match[0] if match else index + 1
    kind_phrases = load_kinds()
    groups.update(kind_match[1] for index in range(len(view.words)) if (kind_match := kind_phrases.find(view, index)))
    return groups


def _names_item(view: AlignedText, index: int, item: Item) -> bool:
    """Return True if the word names an item by itself: not «gọi điện thoại»; short words only with diacritics."""
    if item.group == "phone" and index and view.words[index - 1] in near.BY_PHONE:
        return False
    if set(view.words[max(0, index - 2) : index]) & near.NEGATIONS:
        return False  # «ví không có giấy tờ»
    return "m" not in item.flags or (not view.is_unaccented_at(index) and item.word not in near.TOO_COMMON)
