"""What a message names: numbers, money, times, places, things, people; each a span with a canonical value."""

from binhyen.language.entities import age, brands, items, looks, money, numbers, persons, placenames, plates, time, urls
from binhyen.language.entities.found import Found
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import Entity
from binhyen.language.view import look


def extract(text: str, gazetteer: Gazetteer) -> tuple[Entity, ...]:
    """All entities of `text`, in order of their start, without overlaps; linear in the length of the text.

    For posts that are known to be of things lost or found; what is written about anything else goes through a reader.
    """
    found = named(text, gazetteer)
    things(found)
    return found.entities()


def named(text: str, gazetteer: Gazetteer) -> Found:
    """What can be read before it is known what the message is about: all but things, their looks and makes."""
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
    """Add the rest. `handled`: how probable it is that the message is of a thing lost, found, stolen or handed over;
    None for a post that is of one, where what is named in passing helps to know the thing again."""
    if found.view.words:
        brands.find(found)
        brands.beside(found, items.find(found, handled))
        looks.find(found)
