"""Positions of the verbs of losing, finding, taking and handing over, as needed to decide about items."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import item_cues as near
from binhyen.language.entities.gazetteers import load_items
from binhyen.language.phrase_trie import word_set

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
    def sure(self) -> bool:
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
