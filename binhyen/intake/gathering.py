"""What is still missing: the one question worth asking back, and the place an answer names. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from binhyen.intake.rules import SURE, Decision, Do, Say
from binhyen.language import ask
from binhyen.language.places import Gazetteer, Placed, resolve
from binhyen.language.reading import Entity, Reading
from binhyen.language.register import register_of

_ANY_MATTER = "public_order"  # asks «việc này», for when the reader is not sure what it is about
_ANSWER_WORDS = 12  # a longer answer is read like any other message
_LEADING = frozenset(("dạ", "ạ", "vâng", "da", "vang", "ở", "o", "tại", "tai", "bên", "ben", "là", "la", "chỗ", "cho"))


def question(decision: Decision, reading: Reading, placed: Placed, *, located: bool, text: str) -> str | None:
    """The one question that follows the receipt of a new case, or None.

    Only where a private conversation opened it: in a group nobody is asked. `located`: the commune is known, if only by
    a point that came along. Of a sensitive matter no place is repeated; where the reader is not sure what it is about,
    neither is the matter.
    """
    if decision.do is not Do.OPEN or decision.say is not Say.RECEIVED:
        return None
    where = replace(placed, commune=placed.commune or "") if located else placed
    if reading.sensitive:
        where = replace(where, place=None)
    if reading.confidence < SURE:
        if where.commune is not None:
            return None
        reading = replace(reading, category=_ANY_MATTER)
    return ask.question(reading, where, register_of(text, reading.entities))


def answered(text: str, entities: Sequence[Entity], gazetteer: Gazetteer) -> Placed:
    """The place that an answer names: as any message does, or bare («dạ, cẩm xuyên ạ»), which is a commune then, for
    that was asked and districts are no more."""
    placed = resolve(entities, gazetteer)
    words = text.replace(",", " ").replace(".", " ").split()
    if placed.commune is not None or not 0 < len(words) <= _ANSWER_WORDS:
        return placed
    while words and words[0].lower() in _LEADING:
        words.pop(0)
    while words and words[-1].lower() in _LEADING:
        words.pop()
    named = [e.text for e in entities if e.type == "PLACE"] or [" ".join(words)]
    for name in (named[0], f"xã {named[0]}") if len(named) == 1 and named[0] else ():
        alone = resolve([Entity("PLACE", name, 0, len(name), None)], gazetteer)
        if alone.commune is not None:
            return alone
    return placed
