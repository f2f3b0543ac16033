"""Detection of adult victims of intimate harm, identifiable by trade, kin or house.

Judged sentence by sentence. Pure.
"""

import re
from collections.abc import Iterator

from binhyen.channels.dlp.normalize import NormalizedText, iter_person_matches

Span = tuple[int, int]

_PERSON = (
    r"vo(?! chong\b)|chong|con (?:dau|re)|me|bo|(?<!anh )chi(?! (?:em|bo|cuc|nhanh|tiet|phi|dao|hoi|doan)\b)"
    r"|anh(?! (?:em|chup|huong)\b)|ong|ba(?= (?:huu|cu|ban|lao|chu|tho|giao|gia|di|o|hang|noi|ngoai|me|lam|nong|lay)\b)"
    r"|co(?= (?:giao|ban|tho|chu|con|y|hang|gai|lam|nuoi|cong|o|di)\b)|cu|thay(?= (?:giao|day|hieu)\b)|di|thim|mo"
    r"|nu (?:cong nhan|nhan vien|sinh vien|giao vien)|cong nhan|nhan vien|tho \w+|giao vien|ke toan|y ta|bac si"
)
_WHERE = (
    r"(?:giao|tho|ban|day|lam|nha|o|chu|cua|huu|nuoi|chay|lai|buon|may|thue|tro|xom|thon|ngo|canh|gan|doi dien|sau"
    r"|truoc|dau|cuoi|tung|ong|ba|chi|anh|co|thu)"
)
_BEFELL = (
    r"(?:(?:co|nhiem|bi|mac|duong tinh)(?: voi)? (?:hiv|h|aids|benh (?:phong tinh|xa hoi|tam than|giang mai))"
    r"|bi(?: \w+){0,3}? (?:hiep(?: dam)?|cuong hiep|xam hai|sam so|tung anh|bao hanh|danh dap)"
    r"|bi (?:chong|vo|con|bo|duong|cha|nguoi yeu)(?: \w+){0,2}? (?:danh|dap|dam|bop co|dot|tat|hanh ha|bao hanh|duoi)"
    r"|(?:uong thuoc|nhay cau|treo co|cat tay)(?: \w+){0,2}? (?:tu tu|tu sat|tu van)|tu tu|tu sat|pha thai)"
)
_WHOSE = re.compile(rf"\b(?P<who>{_PERSON})\b(?= {_WHERE}\b)(?: (?!(?:nen|hay|can|phai|neu)\b)\w+){{0,8}}? {_BEFELL}\b")
# «Nạn nhân là bà hưu trí từng làm kế toán»: no warning of fraud, whose victims are many.
_IS = re.compile(
    r"\b(?:nan nhan|nguoi bi (?:lua|hiep|hai|danh|cuop|giat|xam hai|sam so|mat|chem|dam"
    rf"|tung anh))(?: (?!la\b)\w+){{0,6}}? (?:chinh )?la (?:mot |nu |cuu )?(?P<who>{_PERSON})\b"
)
_IN_GENERAL = re.compile(
    r"\b(?:neu|khi|truong hop|phong (?:chong|ngua|tranh)|tuyen truyen|hanh vi|nguy co|luat|nghi dinh|bat ky|ai"
    r"|nhung nguoi|cac (?:chi|anh|ba|ong|gia dinh|ho)|moi nguoi|chu yeu|da so|thuong|nhieu nguoi|tinh trang"
    r"|canh giac|hay)\b"
)
_SENTENCE = re.compile(r"[^.!?;\n]+")


def find_victims(text: NormalizedText) -> Iterator[Span]:
    """Find statements about the identity of a victim."""
    for sentence in _SENTENCE.finditer(text.folded):
        start, end = sentence.span()
        if _IN_GENERAL.search(text.folded, start, end):
            continue
        for pattern in (_WHOSE, _IS):
            for match in iter_person_matches(pattern, text, start, end):
                yield text.to_original_span(*match.span())
