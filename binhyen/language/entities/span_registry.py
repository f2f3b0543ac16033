"""Registry of the spans found so far in one message; each character belongs to one entity only."""

from dataclasses import dataclass, field

from binhyen.language.aligned_text import AlignedText
from binhyen.language.reading import ENTITY_TYPES, Entity

_CODE = {kind: bytes([number]) for number, kind in enumerate(ENTITY_TYPES, 1)}


@dataclass(slots=True)
class SpanRegistry:
    """Spans in positions of the aligned text. The extractor that comes first keeps its characters."""

    view: AlignedText
    spans: list[tuple[int, int, str, str | int | None]] = field(default_factory=list)
    owner_codes: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self.owner_codes = bytearray(len(self.view.plain))

    def is_free(self, start: int, end: int) -> bool:
        """Return True if no entity holds a character of `start:end`."""
        return self.owner_codes.count(0, start, end) == end - start

    def add(self, kind: str, start: int, end: int, norm: str | int | None = None) -> bool:
        """Record a span unless it is empty or overlaps an earlier one."""
        if start >= end or not self.is_free(start, end):
            return False
        self.owner_codes[start:end] = _CODE[kind] * (end - start)
        self.spans.append((start, end, kind, norm))
        return True

    def add_words(self, kind: str, first: int, end: int) -> bool:
        """Record the words `first:end`; the norm is their folded text."""
        start, stop = self.view.starts[first], self.view.ends[end - 1]
        return self.add(kind, start, stop, self.view.plain[start:stop])

    def is_word_free(self, index: int) -> bool:
        """Return True if word `index` belongs to no entity yet."""
        return not self.owner_codes[self.view.starts[index]]

    def get_kind_at(self, index: int) -> str:
        """Return the type of the entity that holds word `index`; «» if there is none, or no such word."""
        code = self.owner_codes[self.view.starts[index]] if 0 <= index < len(self.view.starts) else 0
        return ENTITY_TYPES[code - 1] if code else ""

    def get_kind_before(self, index: int) -> str:
        """Return the type of the entity that holds the word before `index`."""
        return self.get_kind_at(index - 1)

    def get_norm_before(self, index: int) -> str:
        """Return the norm of the latest entity if it is a text and holds the word before `index`; otherwise «»."""
        if not index or not self.spans or self.spans[-1][1] != self.view.ends[index - 1]:
            return ""
        return str(self.spans[-1][3] or "")

    def entities(self) -> tuple[Entity, ...]:
        """Return the entities with offsets of the original text, in order."""
        out: list[Entity] = []
        for start, end, kind, norm in sorted(self.spans, key=lambda span: span[0]):
            first, last = self.view.to_original_span(start, end)
            out.append(Entity(kind, self.view.text[first:last], first, last, norm))
        return tuple(out)
