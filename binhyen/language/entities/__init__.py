"""What a message names: numbers, money, times, places, things, people; each a span with a canonical value."""

from binhyen.language.entities.view import look
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import Entity


def extract(text: str, gazetteer: Gazetteer) -> tuple[Entity, ...]:
    """All entities of `text`, in order of their start, without overlaps; linear in the length of the text."""
    view = look(text)
    out = []
    index = 0
    while index < len(view.words):
        found = gazetteer.find(view, index)
        if found is None or not any(p.kind != "hamlet" for p in found[1]):
            index += 1
            continue
        start, end = view.span(view.starts[index], view.ends[found[0] - 1])
        out.append(Entity("PLACE", text[start:end], start, end, found[1][0].name))
        index = found[0]
    return tuple(out)
