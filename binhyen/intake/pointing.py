"""Whether a post points at somebody: «thằng Hùng», «nhà ông Bảy», «mấy đứa con mụ Thìn». Pure.

In a group too much caution costs an invitation in private; too little costs the writer.
"""

import re
from collections.abc import Sequence

from binhyen.kit.text import fold, nfc
from binhyen.language.reading import Entity

_MARKED = re.compile(
    r"\b(?:thằng|thg|thag|mụ|gã|lão|vợ chồng|mẹ con|"
    r"(?:nhà|con|do|là|của) (?:ông|bà|anh|chị|chú|cô|bác|thằng|mụ|o|mệ|c|a)) "
    r"(?!con\b|nào|ai\b|em\b|mình|này|ấy|ta\b)\w+"
)
_CASED = re.compile(r"\b[Tt]ay [A-ZĐ]\w+|\bnhà [A-ZĐ]\w+|\banh em (?:nhà )?[A-ZĐ]\w+")
# Without marks «thang» is also «tháng», «mu» is also «mũ».
_BARE = re.compile(
    r"\b(?:thag|thg|thang(?! \d| nay| truoc| sau| toi| gieng| chap)|mu(?! bao| coi)|vo chong|anh em nha|me con|"
    r"(?:nha|con|do|la|cua) (?:ong|ba|anh|chi|chu|bac|thang|mu|tay|vo chong|hai anh em|nha))"
    r" (?!con\b|nao|ai\b|em\b|minh|ay\b|ta\b|nguoi\b)[a-z]+"
    r"|\b(?:ong|anh) (?!em|oi|nao|ai|ay|ta|hung bi|ba\b)[a-z]{2,}"
)
_STUTTER = re.compile(r"([^\W\d_])\1+")


def points_at(text: str, entities: Sequence[Entity]) -> bool:
    """Somebody is named, or as good as named."""
    if any(e.type == "PERSON" for e in entities):
        return True
    said = _STUTTER.sub(r"\1", " ".join(nfc(text).split()))  # «thằằng Dũng», «anh Tưưư»
    lower = said.lower()
    if _MARKED.search(lower) or _CASED.search(said):
        return True
    folded = fold(lower)
    return folded == lower and _BARE.search(folded) is not None
