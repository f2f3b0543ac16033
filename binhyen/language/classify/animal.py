"""Whose age is it, a child's or an animal's: «chó Vàng 5 tuổi đi lạc» is no missing child. Pure.

Children are called Cún and Mèo too, so such a name («bé Cún», and all of «be cun» without marks) stays a child's: to
ring for a dog costs a look, not to ring for a child may cost its life.
"""

import re
from typing import Final

from binhyen.kit.text import fold, nfc

_ANIMAL: Final = "chó|mèo|cún"
_MARKED: Final = re.compile(
    rf"(?:(?<!\w)(?:bé|cháu|em|cu)\s+(?:{_ANIMAL})|(?:^\W*|(?<!\w)(?:con|nhà)\s+)(?i:{_ANIMAL}))(?:\s+\w+){{0,2}}\s+$"
)
_BARE: Final = re.compile(
    r"(?:^\W*|\bcon )(?:cho (?:vang|muc|dom|ta|phoc|becgie|poodle|corgi)|meo (?:muop|mun|vang|trang|tam the))"
    r"(?: \w+)? $"
)
_PEOPLE: Final = re.compile(
    r"\b(?:(?:be|con|chau|em) (?:trai|gai)|(?:chau|em) be|chau (?:noi|ngoai)|tre|dua|hoc sinh|mac (?:ao|quan|vay)|lop"
    r"|mam non)\b"
)


def of_an_animal(text: str, start: int) -> bool:
    """Is the age that begins at `start` (code points of `text`) said of a dog or a cat, and of no child?"""
    if _PEOPLE.search(fold(text)):
        return False
    before = nfc(text[:start])
    bare = fold(before)
    return bool(_BARE.search(bare) if bare == before.lower() else _MARKED.search(before))
