"""Positions of the verbs of losing, finding, taking and handing over, as needed to decide about items."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from binhyen.kit.text import fold
from binhyen.language.aligned_text import View
from binhyen.language.entities import item_cues as near
from binhyen.language.entities.gazetteers import items
from binhyen.language.phrase_trie import bag

_HANDLED_BAR: Final = 0.2
_SURE_BAR: Final = 0.5
_CERTAIN_BAR: Final = 0.8
_HANDED: Final = bag("nop giao gui nhat")
_LOSSES: Final = frozenset(fold(verb) for verb in near.STRONG_LOSS)
_PLAIN: Final = frozenset(fold(verb) for verb in near.PLAIN)


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
    handled: float | None

    @property
    def rare(self) -> bool:
        """Whether the message is hardly about a lost, found, stolen or handed-over item: only explicit items count."""
        return self.handled is not None and self.handled < _HANDLED_BAR

    @property
    def certain(self) -> bool:
        """Whether the message is almost certainly about an item, so that it names one."""
        return self.handled is not None and self.handled >= _CERTAIN_BAR

    @property
    def sure(self) -> bool:
        """Whether the message is more likely about an item than not: its subject may be named without a verb."""
        return self.handled is not None and self.handled >= _SURE_BAR

    def next_verb(self, index: int) -> int | None:
        """Return the first word of the next verb after word `index`."""
        at = bisect_right(self.starts, index)
        return self.starts[at] if at < len(self.starts) else None


def verbs_of(view: View) -> list[tuple[int, int, bool]]:
    """Return first word, word after, and weakness of each verb of losing or finding."""
    out: list[tuple[int, int, bool]] = []
    free = 0
    for index in near.VERBS.places(view):
        hit = near.VERBS.find(view, index) if index >= free else None
        if hit is None or (view.bare and view.words[index : hit[0]] == ["cho"]):
            continue  # «chộ» without diacritics is «cho»
        free = hit[0]
        after = view.words[hit[0]] if hit[0] < len(view.words) else ""
        if after == "dien" and view.words[hit[0] + 1 : hit[0] + 2] == ["thoai"]:
            after = ""  # «mất điện thoại», not «mất điện»
        if after == "may" and (machine := items().find(view, hit[0])) and machine[0] > hit[0] + 1:
            after = ""  # «mất máy ảnh», not «mất may»
        sword = hit[1] == "kiếm" and index > 0 and view.words[index - 1] in near.BEFORE_SWORD
        if not sword and after not in near.NOT_LOST.get(view.words[hit[0] - 1], ()):
            doubtful = view.bare and hit[1] in ("rơi", "rớt", "lạc", "cắp", "trộm")  # «roi» may also be «rồi»
            out.append((index, hit[0], doubtful or hit[1] in near.WEAK_VERBS))
    return out


def scene_of(view: View, verbs: list[tuple[int, int, bool]], handled: float | None) -> Scene:
    """Summarise the whole message for the decision about every item in it."""
    return Scene(
        {end for _, end, _ in verbs},
        [(start, end) for start, end, weak in verbs if not weak],
        [start for start, _, _ in verbs],
        frozenset(end for start, end, weak in verbs if not weak and _plain_loss(view, start, end)),
        frozenset(end for start, end, _ in verbs if " ".join(view.words[start:end]) in _PLAIN),
        not _HANDED.isdisjoint(view.words),
        handled,
    )


def _plain_loss(view: View, start: int, end: int) -> bool:
    return " ".join(view.words[start:end]) in _LOSSES
