"""What a message names: numbers, money, times, places, things, people; each a span with a canonical value."""

from binhyen.language.entities import age, items, money, numbers, persons, placenames, plates, time, urls
from binhyen.language.entities.found import Found
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import Entity
from binhyen.language.view import look


def extract(text: str, gazetteer: Gazetteer) -> tuple[Entity, ...]:
    """All entities of `text`, in order of their start, without overlaps; linear in the length of the text."""
    found = Found(look(text))
    if not found.view.words:
        return ()
    urls.find(found)
    plates.find(found)
    numbers.find(found)
    money.find(found)
    age.find(found)
    time.find(found)
    placenames.find(found, gazetteer)
    persons.find(found)
    items.find(found)
    return found.entities()
