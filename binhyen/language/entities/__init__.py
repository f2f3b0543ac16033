"""Entity extraction: numbers, money, times, places, items, people; each a span with a canonical value."""

from binhyen.language.aligned_text import look
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
from binhyen.language.entities.span_registry import Found
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import Entity


def extract(text: str, gazetteer: Gazetteer) -> tuple[Entity, ...]:
    """Return all entities of `text`, in order of their start, without overlaps; linear in the length of the text.

    For posts known to concern items lost or found; all other texts are read by a `Reader`.
    """
    found = named(text, gazetteer)
    things(found)
    return found.entities()


def named(text: str, gazetteer: Gazetteer) -> Found:
    """Extract the entities that need no category: all but items, their colours and brands."""
    found = Found(look(text))
    if not found.view.words:
        return found
    urls.find(found)
    plates.find(found)
    numbers.find(found)
    money.find(found)
    age.find(found)
    time.find(found)
    placenames.find(found, gazetteer)
    persons.find(found)
    age.after_names(found)
    return found


def things(found: Found, handled: float | None = None) -> None:
    """Add items, colours and brands.

    `handled`: probability that the message is about an item lost, found, stolen or handed over; None for a post that
    certainly is, where incidental items help to recognise the main one.
    """
    if found.view.words:
        brands.find(found)
        brands.beside(found, items.find(found, handled))
        colors.find(found)
