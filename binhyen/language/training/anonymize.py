"""Anonymisation: removal of personal data from a message before it becomes a training row."""

import re
from bisect import bisect
from collections.abc import Iterator, Sequence

from binhyen.kit.text import fold_text, fold_with_offsets
from binhyen.language.aligned_text import align
from binhyen.language.entities.place_person_ambiguity import find_titled_names
from binhyen.language.reading import Entity

SLOTS = {
    "PHONE": "{sdt}",
    "BANK_ACCOUNT": "{stk}",
    "ID_NUMBER": "{so}",
    "PLATE": "{bks}",
    "PERSON": "{ten}",
    "URL": "{url}",
}
_AT_SIGN, _DOT = r"\s?(?:@|\(at\)|\[at\])\s?", r"\s?(?:\.|\(dot\)|\[dot\])\s?"
_EMAIL = rf"[\w.+-]{{1,64}}{_AT_SIGN}[\w-]{{1,63}}(?:{_DOT}[a-z]{{2,10}}){{1,3}}\b"
_NETWORK = r"\b(?:zalo|zl|facebook|face|fb|messenger|telegram|tele|tiktok|instagram|insta|viber|skype|wechat)"
_OWNER_WORDS = r"(?:\s+(?:id|ten|nick|cua|em|la|toi|minh|so)){0,3}"
# An address, text after a colon, or one word with a digit, dot or underscore; «@nick» without the network's name.
_ACCOUNT = (
    rf"{_NETWORK}(?:\.me|\.com)?\s?/\s?[\w./?=&-]{{2,80}}|{_NETWORK}{_OWNER_WORDS}\s*[:=]\s*@?[\w.-]{{3,40}}"
    rf"|{_NETWORK}{_OWNER_WORDS}\s+(?:@[\w.-]{{3,40}}|(?=[a-z_.-]{{0,40}}[\d._])[\w.-]{{4,40}})|(?<![\w@.])@[a-z][\w.]{{2,40}}|\bt\.me/\w{{2,40}}"
)
_NUMBER = r"\d{1,4}[a-d]?(?:/\d{1,4}[a-d]?){0,3}\b"
_ALLEY = rf"(?:ngo|ngach|hem|kiet)\s+{_NUMBER}"
_HOUSE = (
    rf"\b(?:so\s+nha|nha\s+so)\s*:?\s*{_NUMBER}(?:[\s,]+{_ALLEY}){{0,3}}"
    rf"|(?:\bso\s+)?(?<![\w/.-]){_NUMBER}(?:[\s,]+{_ALLEY}){{1,3}}|\b{_ALLEY}(?:[\s,]+{_ALLEY}){{0,2}}"
)
_STREET = re.compile(r"(?:duong|pho|ngo|ngach|hem|kiet)\s")
# Before a street any number is a house number; before another name only «số 12» or «12/5».
_BEFORE_STREET = re.compile(rf"(?:\bso\s+)?(?<![\w/.-]){_NUMBER}[\s,]{{1,3}}$")
_BEFORE_NAME = re.compile(r"(?:\bso\s+\d{1,4}[a-d]?|(?<![\w/.-])\d{1,4}[a-d]?(?:/\d{1,4}[a-d]?){1,3})[\s,]{1,3}$")
_KINDS = (("{thu}", re.compile(_EMAIL)), ("{nick}", re.compile(_ACCOUNT)), ("{nha}", re.compile(_HOUSE)))
_CONTEXT_CODE_POINTS = 40  # code points before a place in which its house number may stand


def mask_personal_data(text: str, entities: Sequence[Entity]) -> str:
    """Replace phones, accounts, numbers, plates, links, names, mail addresses, nicknames and house numbers by slots.

    Training fills the slots anew. Braces in the original text become brackets first, so that a writer cannot inject a
    slot. Spans may overlap; the longest wins.
    """
    entity_spans = [(entity.start, entity.end, SLOTS[entity.type]) for entity in entities if entity.type in SLOTS]
    chosen: list[tuple[int, int, str]] = []
    for start, end, slot in sorted(
        [*entity_spans, *_find_other_personal_data(text, entities)], key=lambda span: (span[0] - span[1], span[0])
    ):
        index = bisect(chosen, (start, end))
        if (not index or chosen[index - 1][1] <= start) and (index == len(chosen) or end <= chosen[index][0]):
            chosen.insert(index, (start, end, slot))
    parts, place = [], 0
    for start, end, slot in chosen:
        parts += [_replace_braces(text[place:start]), slot]
        place = end
    return "".join([*parts, _replace_braces(text[place:])])


def _find_other_personal_data(text: str, entities: Sequence[Entity]) -> Iterator[tuple[int, int, str]]:
    """Yield personal data that is no entity of the reader, or of another type: «chị Kim Hoa», also a commune."""
    view = align(text)
    for first, end in find_titled_names(view):
        yield *view.to_original_span(view.starts[first], view.ends[end - 1]), SLOTS["PERSON"]
    folded, origin = fold_with_offsets(text)
    for slot, pattern in _KINDS:
        for match in pattern.finditer(folded):
            yield origin[match.start()], origin[match.end()], slot
    for place in entities:
        if place.type == "PLACE":
            start = max(place.start - _CONTEXT_CODE_POINTS, 0)
            preceding_text, preceding_origin = fold_with_offsets(text[start : place.start])
            street = _STREET.match(fold_text(place.text))
            if number := (_BEFORE_STREET if street else _BEFORE_NAME).search(preceding_text):
                yield (
                    start + preceding_origin[number.start()],
                    start + preceding_origin[len(preceding_text.rstrip(" ,\n\t"))],
                    "{nha}",
                )


def _replace_braces(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")
