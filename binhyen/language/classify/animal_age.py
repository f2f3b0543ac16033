"""Filter for ages of animals: «chó Vàng 5 tuổi đi lạc» is no missing child. Pure.

Children are called Cún and Mèo too, so such a name («bé Cún», and every unaccented «be cun») counts as a child: a false
alarm for a dog costs a glance, a missed child may cost its life.
"""

import re
from typing import Final

from binhyen.kit.text import fold_text, to_nfc

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


def is_animal_age(text: str, start: int) -> bool:
    """Return True if the age at `start` (code points of `text`) is that of a dog or a cat, and no child is named."""
    if _PEOPLE.search(fold_text(text)):
        return False
    preceding_text = to_nfc(text[:start])
    folded_text = fold_text(preceding_text)
    return bool(_BARE.search(folded_text) if folded_text == preceding_text.lower() else _MARKED.search(preceding_text))
