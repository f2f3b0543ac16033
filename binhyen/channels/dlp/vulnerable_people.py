"""Detection of children, with or without name. Pure.

A child is a person described as one; a text does not show whether a person is a minor in law.
"""

import re
from collections.abc import Iterator, Sequence

from binhyen.channels.dlp.normalize import NormalizedText, iter_person_matches

# Detection of adult victims of intimate harm, identifiable by trade, kin or house.
#
# Judged sentence by sentence. Pure.

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
_VICTIM_HARM = (
    r"(?:(?:co|nhiem|bi|mac|duong tinh)(?: voi)? (?:hiv|h|aids|benh (?:phong tinh|xa hoi|tam than|giang mai))"
    r"|bi(?: \w+){0,3}? (?:hiep(?: dam)?|cuong hiep|xam hai|sam so|tung anh|bao hanh|danh dap)"
    r"|bi (?:chong|vo|con|bo|duong|cha|nguoi yeu)(?: \w+){0,2}? (?:danh|dap|dam|bop co|dot|tat|hanh ha|bao hanh|duoi)"
    r"|(?:uong thuoc|nhay cau|treo co|cat tay)(?: \w+){0,2}? (?:tu tu|tu sat|tu van)|tu tu|tu sat|pha thai)"
)
_WHOSE = re.compile(
    rf"\b(?P<who>{_PERSON})\b(?= {_WHERE}\b)(?: (?!(?:nen|hay|can|phai|neu)\b)\w+){{0,8}}? {_VICTIM_HARM}\b"
)
# «Nạn nhân là bà hưu trí từng làm kế toán»: no warning of fraud, whose victims are many.
_IS = re.compile(
    r"\b(?:nan nhan|nguoi bi (?:lua|hiep|hai|danh|cuop|giat|xam hai|sam so|mat|chem|dam"
    rf"|tung anh))(?: (?!la\b)\w+){{0,6}}? (?:chinh )?la (?:mot |nu |cuu )?(?P<who>{_PERSON})\b"
)
_GENERAL_STATEMENT = re.compile(
    r"\b(?:neu|khi|truong hop|phong (?:chong|ngua|tranh)|tuyen truyen|hanh vi|nguy co|luat|nghi dinh|bat ky|ai"
    r"|nhung nguoi|cac (?:chi|anh|ba|ong|gia dinh|ho)|moi nguoi|chu yeu|da so|thuong|nhieu nguoi|tinh trang"
    r"|canh giac|hay)\b"
)
_SENTENCE = re.compile(r"[^.!?;\n]+")


def find_victims(text: NormalizedText) -> Iterator[Span]:
    """Find statements about the identity of a victim."""
    for sentence in _SENTENCE.finditer(text.folded):
        start, end = sentence.span()
        if _GENERAL_STATEMENT.search(text.folded, start, end):
            continue
        for pattern in (_WHOSE, _IS):
            for match in iter_person_matches(pattern, text, start, end):
                yield text.to_original_span(*match.span())


# Detection of vulnerable people: children, old or ill people, victims of those close to them; and of the harm done.
#
# Pure.

# Marks of a report and of a text about a child, a weak or harmed person, and of the harm: with them fewer shared
# particulars are enough.
VULNERABLE_MARK, HARM_MARK = "m:tender", "m:deed"
_TENDER = re.compile(
    r"\b(?:chau|be|tre(?: em| con| nho| so sinh)|dua (?:nho|be|tre|con)|con (?:be|nho|gai|trai|rieng)|thang be|chu tieu"
    r"|(?:cac )?em(?: gai| trai| be| nho)?|hoc (?:sinh|tro)|nu sinh|nam sinh|thieu nu|vi thanh nien|(?:\d|1[0-7]) tuoi"
    r"|lop (?:\d{1,2}|mam|choi|la|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)|mang thai|giup viec|phu huynh|cha me"
    r"|(?:danh|dam|tat|trut|troi|nhot|xich|ep|de|dot|loi|keo|bop|giat)(?: \w+){0,2} (?:vo|toc|co)"
    r"|(?:chong|duong|cha|bo)(?: \w+){0,2} (?:danh|dap|troi|nhot|tat|trut|giet)|vo(?: \w+)? bi|bi chong|chi em|phu nu"
    r"|bao (?:luc|hanh)|hanh ha|xam hai|hiep|so (?:mo|soang)|dam o|sam so|lam nhuc|quay (?:len|clip)|anh nong|quay roi"
    r"|nu cong nhan|gioi nuoc|nuoc soi"
    r"|nguoi (?:gia|cao tuoi|khuyet tat|tan tat|tam than|benh|liet)|cu (?:gia|ba|ong)"
    r"|(?:ba|ong) (?:cu|gia|lao|noi|ngoai)|(?:me|bo|cha) (?:gia|chong|vo|ke|de|nuoi)|tam than|tan tat"
    r"|khuyet tat|ong ba)\b"
)
_DEED = re.compile(
    r"\b(?:du (?:be|tre|chau|con|em|do|may|cac)|so (?:mo|soang)|dam o|sam so|xam hai|hiep|nhot|troi|xich|luon tay"
    r"|bop co|om (?:hon|chau|be|con|may|chat)|(?:keo|loi) (?:tay|toc|vo|con|chau|be|vao)|lot (?:ao|quan|do)"
    r"|quay (?:len|clip)|bi ep|ep (?:tre|chau|con|em)|tung anh|doa|danh(?! sach| hieu| du| gia)|dap (?:dau|vo|con)|dot"
    r"|bit mieng|hanh ha|bao hanh)\b"
)


def get_vulnerability_marks(text: NormalizedText) -> list[str]:
    """Return the marks that are fingerprinted with the particulars of a text."""
    folded = text.folded
    if not _TENDER.search(folded):
        return []
    return [VULNERABLE_MARK, HARM_MARK] if _DEED.search(folded) else [VULNERABLE_MARK]


_DIGITS = "mot|hai|ba|bon|nam|sau|bay|tam|chin"
_AGE = re.compile(rf"\b(?:(\d{{1,2}})|{_DIGITS}|muoi(?: (?:lam|{_DIGITS}))?) ?(?:tuoi|t(?=\W))")
_AGE_ALONE = re.compile(r"(?<!duoi )(?<!tu )(?<!den )(?<!du )\b(?:\d|1[0-7]) tuoi\b(?! tro)")
_CLASS = re.compile(
    rf"\blop (?:mam|choi|la|\d{{1,2}}|{_DIGITS}|muoi)(?:\b|(?<=\d)[a-z]\d?)|\bhoc lop\b"
    r"|\bmau giao (?:be|nho|lon)\b"
)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_SCHOOL = re.compile(r"\b(?:truong|th|thcs|thpt|mam non|tieu hoc)(?: \w+){1,4}")
_HOME = re.compile(
    r"\b(?:con (?:cua )?(?:anh|chi|ong|ba|co|chu|nha)|(?:bo me|nha) (?:chau|be|em)|nha o|tru tai|tru o)\b"
)
_ONE_CHILD = re.compile(r"\b(?:chau|be|nu sinh|nam sinh|em (?:trai|gai|hoc sinh))\b")
# One child without a name, the harm done, and general statements. Judged sentence by sentence.
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_A_CHILD = re.compile(
    r"\b(?P<who>(?:(?<=mot )|(?<=hai )|(?<=ba )|(?<=\d ))(?:tre|hoc sinh)|(?:tre|hoc sinh)(?=(?: \w+){0,5} bi )"
    r"|tre so sinh"
    r"|be(?: gai| trai)?|chau(?: be| gai| trai| nho)?(?! ngoan)|dua (?:tre|be|nho|con)|thang be|(?<=chi em )be"
    r"|em (?:be|trai|gai|hoc sinh)|nu sinh|nam sinh|thieu nu)\b"
)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_BEFELL = re.compile(
    r"\bbi(?: \w+){0,4}? (?:sam so|bat coc|tung anh|boc lot|bo (?:roi|lai|doi|mac|vao|truoc|o)|xam hai|lam dung"
    r"|hiep|hanh ha"
    r"|bao hanh|danh|dam o|so soang"
    r"|lot (?:do|quan|ao)|quay (?:clip|phim)|ep|du|bat nat|chan danh|nhot|troi|xich|cha dap|lam nhuc|bo bua)\b"
    r"|\b(?:mang thai|co thai(?! do)|co bau|sinh con|pha thai|mo coi|bo doi|an xin|lang thang|tu sat|tu lam hai"
    r"|khong (?:co )?(?:ai nuoi|nguoi nuoi|noi nuong tua)|hut (?:thuoc|can|bong|ma tuy)|dung ma tuy|bo (?:nha|hoc)"
    r"|nhiem hiv|(?:an |lay )?trom"
    r"|(?:cha|bo|me|cha me|bo me)(?: \w+){0,2} (?:di tu|bo di|bo roi|danh|bo mac|nghien)|nuoi (?:ba|ong|me|em)"
    r"|moi sinh(?: \w+){0,5} (?:nam|bo|tim thay)|bat coc"
    r"|(?:bo lai|bo roi|phat hien|de lai)(?: \w+){0,2} (?:trong|truoc|tai|o) (?:thung|cong|bui|bai|goc|vuon|cho"
    r"|chua))\b"
)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_YOUNG_MOTHER = re.compile(
    r"\b(?P<who>me|nguoi me|san phu|vo)(?: (?:be|chau|no|tre|dua be|dua tre|cua be))?(?: (?:moi|chi|chua|tron"
    r"|khoang|nam nay))*"
    r" 1[0-7] tuoi\b"
    r"|\b(?:sinh con|mang thai|lam me|co bau|co thai)(?: \w+){0,4}? (?<!duoi )(?<!tu )(?<!du )1[0-7] tuoi\b"
)
_IN_GENERAL = re.compile(
    r"\b(?:cac (?:em|chau|be|con|lop)|thieu nhi|nhung (?:em|chau)|moi (?:tre|em)|neu|phong (?:chong|ngua|tranh)"
    r"|hanh vi"
    r"|(?:khong|dung) (?:de|cho|giao) (?:tre|con|chau|be|em|hoc)|nguy co|bat ky|luat|nghi dinh|ke xau"
    r"|tuyen truyen|dao nay|tinh trang|phu huynh (?:nho|de y|nhac|khong|hay|can|luu y|chu y|quan tam)"
    r"|(?:hay|thi|xin|can) (?:goi|bao|nhan)|goi ngay|bao ngay)\b|(?<!mot )(?<!hai )(?<!\d )\btre em\b"
)
# A child may be identified by its class and its home, however general the sentence: a stepfather, a mother who works
# abroad, another person it lives with. One such circumstance is common; two of them and a class identify one child.
_AT_HOME = (
    re.compile(r"\b(?P<who>duong|me ke|bo ke|cha ke)\b"),
    re.compile(
        r"\b(?P<who>me|bo|cha)(?: \w+){0,3}? (?:dai loan|han quoc|nhat ban|nhat|han|angola|xuat khau|nuoc ngoai"
        r"|lao dong|di lam xa|lam an xa|di xa|di tu|vao tu|mat som|qua doi|ly hon|li hon|bo di|bo nha)\b"
    ),
    re.compile(
        r"\b(?:o|song|ngu|gui|de)(?: lai| rieng)? (?:voi|cung|nho|cho) (?P<who>duong|ong(?: ba)?|ba|co|di|bac|chu|cau"
        r"|mo|me ke|bo ke|cha ke|nguoi)\b"
    ),
)
# A parent identifies the child: «con gái ông thợ rèn», «đứa út nhà bán phở».
_CHILD_OF = re.compile(
    r"\b(?:con(?: gai| trai)?|chau(?: gai| trai)?|be|dua|cau be|co be)(?: ut| dau| ca| nuoi| rieng| lon| be"
    r"| nho| thu \w+| noi"
    r"| ngoai| con)?(?: cua)? (?P<who>ong|anh|chi|co giao|thay|chu (?:quan|tiem|tro|xuong|vuon|tau|thuyen)|bac"
    r"|thim|mu|tho|nguoi|ba(?! (?:me|con|chau|em)\b)|co(?= (?:tho|giao|ban|nuoi|lam|ke|y|chu)\b)"
    r"|chu(?= (?:tho|ban|lai|xe|bao|nuoi|lam)\b)|nha(?= (?:ban|lam|tho|ong|ba|anh|chi|co|chu|nuoi|o|thuoc|hang"
    r"|buon|xe|may|giao|chai)\b)|vo chong)"
    r"(?! (?:em|nao|nha|minh|ta|va)\b)"
)
# … and further kinds of harm
_OF_ONE_CHILD = re.compile(
    r"\b(?:duoi nuoc|giam dinh|bi bong|bong nang|(?:giai|giua|giu|do) tro|bi (?:dam|chem|lua|ep|ban|bat|boc)|tung anh"
    r"|co bau|nghien(?! cuu)|bo (?:hoc|nha)|tram cam|tu tu|cai nghien|ma tuy|trom|cuop|giat|dam nguoi|gay roi"
    r"|danh nhau)\b"
)
_ANY_CHILD = re.compile(r"\b(?:con(?: gai| trai| be| nho)?|chau|be|em|nu sinh|nam sinh|hoc (?:sinh|tro)|tre)\b")
_OF_FAMILIES = re.compile(
    r"\b(?:cac|nhung|moi|nhieu) (?:gia dinh|nha|ho|phu huynh|ba me|bo me)\b"
    r"|\b(?:gia dinh|nha|ho|phu huynh) (?:nao|co)\b"
)
_MANY = re.compile(
    r"\b(?:cac (?:em|chau|be|con|lop)|tre em|thieu nhi|hoc sinh toan|toan the|nhung (?:em|chau)|tat ca|"
    r"cho (?:hoc sinh|cac))\b"
)


def find_children(text: NormalizedText, names: Sequence[Span]) -> Iterator[Span]:
    """Find one child with a name, or with two of age, class, school, home; or one that suffered harm."""
    yield from _find_harmed_children(text)
    yield from _find_children_by_home(text)
    age_match, class_match = _find_minor_age(text), _CLASS.search(text.folded)
    for start, end in names:
        first_word = _get_first_word(text, start, end)
        if first_word in ("cháu", "bé") or (first_word == "em" and (age_match or class_match)):
            yield start, end
            return
    is_one_child = _ONE_CHILD.search(text.folded) is not None and not _MANY.search(text.folded)
    details = [
        detail_match
        for detail_match in (age_match, class_match, _SCHOOL.search(text.folded), _HOME.search(text.folded))
        if detail_match
    ]
    if names and (class_match or (age_match and is_one_child)):
        yield names[0]
    elif is_one_child and len(details) >= 2:
        yield from (text.to_original_span(*detail.span()) for detail in details)


def _find_harmed_children(text: NormalizedText) -> Iterator[Span]:
    for sentence in _SENTENCE.finditer(text.folded):
        start, end = sentence.span()
        if _IN_GENERAL.search(text.folded, start, end):
            continue
        child = next(iter_person_matches(_A_CHILD, text, start, end), None) or _AGE_ALONE.search(
            text.folded, start, end
        )
        harm = _BEFELL.search(text.folded, start, end)
        parent_match = next(iter_person_matches(_CHILD_OF, text, start, end), None)
        if parent_match and (harm_match := harm or _OF_ONE_CHILD.search(text.folded, parent_match.end(), end)):
            yield from (text.to_original_span(*match.span()) for match in (parent_match, harm_match))
        mother = _YOUNG_MOTHER.search(text.folded, start, end)
        for match in (child, harm) if child and harm else (mother,):
            if match:
                yield text.to_original_span(*match.span())


def _find_children_by_home(text: NormalizedText) -> Iterator[Span]:
    for sentence in _SENTENCE.finditer(text.folded):
        start, end = sentence.span()
        age_matches = [_CLASS.search(text.folded, start, end), _AGE_ALONE.search(text.folded, start, end)]
        age_matches.append(_SCHOOL.search(text.folded, start, end))
        if not any(age_matches) or not _ANY_CHILD.search(text.folded, start, end):
            continue
        home_matches = [match for pattern in _AT_HOME for match in iter_person_matches(pattern, text, start, end)]
        is_general = _IN_GENERAL.search(text.folded, start, end) or _MANY.search(text.folded, start, end)
        if len(home_matches) >= 1 + bool(is_general or _OF_FAMILIES.search(text.folded, start, end)):
            yield from (text.to_original_span(*match.span()) for match in (*filter(None, age_matches), *home_matches))


def _get_first_word(text: NormalizedText, start: int, end: int) -> str:
    """Return the first word of a span given by offsets of the original text."""
    inside = [index for index, (word_start, word_end) in enumerate(text.at) if word_start >= start and word_end <= end]
    return text.marked[inside[0] : inside[-1] + 1].lower().split()[0] if inside else ""


def _find_minor_age(text: NormalizedText) -> re.Match[str] | None:
    return next((match for match in _AGE.finditer(text.folded) if match[1] is None or int(match[1]) < 18), None)
