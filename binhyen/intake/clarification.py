"""Clarification (slot filling): the one question to ask back, and the place that an answer names. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from binhyen.intake.decision import SURE, Decision, Do, Say
from binhyen.language import questions
from binhyen.language.address_forms import register_of
from binhyen.language.places import Gazetteer, Placed, resolve
from binhyen.language.reading import Entity, Reading

_ANY_MATTER = "public_order"  # asks «việc này», when the category is uncertain
_ANSWER_WORDS = 12  # a longer answer is interpreted like any other message
_LEADING = frozenset(("dạ", "ạ", "vâng", "da", "vang", "ở", "o", "tại", "tai", "bên", "ben", "là", "la", "chỗ", "cho"))


def question(decision: Decision, reading: Reading, placed: Placed, *, located: bool, text: str) -> str | None:
    """Return the one question that follows the receipt of a new case, or None.

    Only for a case opened in a private conversation: in a group no question is asked. `located`: the commune is known,
    if
    only by an attached point. For a sensitive report the question repeats no place; with low confidence it names no
    topic
    either.
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
    return questions.question(reading, where, register_of(text, reading.entities))


def answered(text: str, entities: Sequence[Entity], gazetteer: Gazetteer) -> Placed:
    """Return the place named by an answer: as in any message, or a bare name («dạ, cẩm xuyên ạ»).

    A bare name is a commune, because that was asked and districts no longer exist.
    """
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
