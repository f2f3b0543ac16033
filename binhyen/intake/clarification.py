"""Clarification (slot filling): the one question to ask back, and the place that an answer names. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from binhyen.intake.decision import TRUSTED_CONFIDENCE, Action, AutoReply, ItemDecision
from binhyen.language import questions
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import ResolvedPlace, resolve_place
from binhyen.language.questions import detect_address_form
from binhyen.language.reading import Entity, Reading

_UNKNOWN_TOPIC = "public_order"  # asks «việc này», when the category is uncertain
_MAX_ANSWER_WORDS = 12  # a longer answer is interpreted like any other message
_FILLER_WORDS = frozenset(
    ("dạ", "ạ", "vâng", "da", "vang", "ở", "o", "tại", "tai", "bên", "ben", "là", "la", "chỗ", "cho")
)


def build_question(
    decision: ItemDecision, reading: Reading, placed: ResolvedPlace, *, located: bool, text: str
) -> str | None:
    """Return the one question that follows the receipt of a new case, or None.

    Only for a case opened in a private conversation: in a group no question is asked. `located`: the commune is known,
    if
    only by an attached point. For a sensitive report the question repeats no place; with low confidence it names no
    topic
    either.
    """
    if decision.do is not Action.OPEN or decision.reply is not AutoReply.RECEIVED:
        return None
    known_place = replace(placed, commune=placed.commune or "") if located else placed
    if reading.sensitive:
        known_place = replace(known_place, place=None)
    if reading.confidence < TRUSTED_CONFIDENCE:
        if known_place.commune is not None:
            return None
        reading = replace(reading, category=_UNKNOWN_TOPIC)
    return questions.choose_question(reading, known_place, detect_address_form(text, reading.entities))


def resolve_answer(text: str, entities: Sequence[Entity], gazetteer: Gazetteer) -> ResolvedPlace:
    """Return the place named by an answer: as in any message, or a bare name («dạ, cẩm xuyên ạ»).

    A bare name is a commune, because that was asked and districts no longer exist.
    """
    placed = resolve_place(entities, gazetteer)
    words = text.replace(",", " ").replace(".", " ").split()
    if placed.commune is not None or not 0 < len(words) <= _MAX_ANSWER_WORDS:
        return placed
    while words and words[0].lower() in _FILLER_WORDS:
        words.pop(0)
    while words and words[-1].lower() in _FILLER_WORDS:
        words.pop()
    names = [entity.text for entity in entities if entity.type == "PLACE"] or [" ".join(words)]
    for name in (names[0], f"xã {names[0]}") if len(names) == 1 and names[0] else ():
        resolved = resolve_place([Entity("PLACE", name, 0, len(name), None)], gazetteer)
        if resolved.commune is not None:
            return resolved
    return placed
