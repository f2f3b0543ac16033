"""Taking personal data out of a message before it becomes a training row."""

from collections.abc import Sequence

from binhyen.language.reading import Entity

SLOTS = {
    "PHONE": "{sdt}",
    "BANK_ACCOUNT": "{stk}",
    "ID_NUMBER": "{so}",
    "PLATE": "{bks}",
    "PERSON": "{ten}",
    "URL": "{url}",
}


def mask(text: str, entities: Sequence[Entity]) -> str:
    """`text` with phones, accounts, numbers, plates, links and names replaced by slots that training fills anew.

    Braces the writer typed become brackets first, so that nobody can plant a slot. Spans may overlap; the longest wins.
    """
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.start - e.end, e.start)):
        if entity.type in SLOTS and all(entity.end <= k.start or k.end <= entity.start for k in kept):
            kept.append(entity)
    out, place = [], 0
    for entity in sorted(kept, key=lambda e: e.start):
        out += [_plain(text[place : entity.start]), SLOTS[entity.type]]
        place = entity.end
    return "".join([*out, _plain(text[place:])])


def _plain(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")
