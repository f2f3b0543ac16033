"""Entity extraction: numbers, money, times, places, items, people; each a span with a canonical value."""

from binhyen.language.aligned_text import align
from binhyen.language.entities import (
    age,
    brands,
    colors,
    items,
    money,
    numbers,
    persons,
    placenames,
    plates,
    time,
    urls,
)
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import Entity

MAX_LENGTH = 40_000
"""Code points read for entities: no channel accepts a longer message."""
MAX_TABLE_LENGTH = 10_000
"""The same for a table of numbers, where each one may begin a phone, a sum or a time."""
_TABLE_SHARE = 0.2  # share of digits from which a long text is one


def extract_entities(text: str, gazetteer: Gazetteer) -> tuple[Entity, ...]:
    """Return all entities of `text`, in order of their start, without overlaps; linear in the length of the text.

    For posts known to concern items lost or found; all other texts are read by a `Reader`.
    """
    registry = extract_named_entities(text, gazetteer)
    add_item_entities(registry)
    return registry.entities()


def extract_named_entities(text: str, gazetteer: Gazetteer) -> SpanRegistry:
    """Extract the entities that need no category: all but items, their colours and brands."""
    registry = SpanRegistry(align(_cut_to_limit(text)))
    if not registry.view.words:
        return registry
    urls.add_urls(registry)
    plates.add_plates(registry)
    numbers.add_numbers(registry)
    money.add_amounts(registry)
    age.add_ages(registry)
    time.add_times(registry)
    persons.add_initials(registry)
    placenames.add_places(registry, gazetteer)
    persons.add_persons(registry)
    age.add_ages_after_names(registry)
    return registry


def _cut_to_limit(text: str) -> str:
    if len(text) <= MAX_TABLE_LENGTH:
        return text
    text = text[:MAX_LENGTH]
    is_table = sum(map(str.isdecimal, text)) >= _TABLE_SHARE * len(text)
    return text[:MAX_TABLE_LENGTH] if is_table else text


def add_item_entities(registry: SpanRegistry, handled: float | None = None) -> None:
    """Add items, colours and brands.

    `handled`: probability that the message is about an item lost, found, stolen or handed over; None for a post that
    certainly is, where incidental items help to recognise the main one.
    """
    if registry.view.words:
        brands.add_brands(registry)
        brands.add_unknown_brands(registry, items.add_items(registry, handled))
        colors.add_colors(registry)
