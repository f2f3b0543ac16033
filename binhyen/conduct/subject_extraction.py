"""Subject extraction from a complaint: ranks, units and officers that are possibly meant. Pure.

It favours false positives on purpose: possible subjects are excluded, and a handler who reads the text corrects
upwards.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from binhyen.conduct.routing import SubjectRank

# Folded words → rank. Several may match; the highest desk of all matches counts.
_POLICE = r"(?:cong an|ca|cax|cap|catt|don)"
_OF_PROVINCE = r"(?:(?:cong an|ca) (?:tinh|ha tinh)|cat)"
_HEAD = r"(?:dung dau|thu truong|lanh dao|[sx]ep(?: (?:lon|to|cao|so))?(?: nhat)?|(?:chuc )?to nhat|cap cao nhat)"
_RANK_PATTERNS: tuple[tuple[SubjectRank, str], ...] = (
    (
        # Only few words may stand between: a complaint about this rank is not stored unless the person insists.
        SubjectRank.DIRECTOR,
        r"(?:pho )?(?:giam doc|gd)(?: (?:phu trach|cua|ben|nganh))? (?:cong an|ca|cat|canh sat)"
        rf"|ban giam doc (?:cong an|ca|cat)|van phong giam doc|{_HEAD}(?: (?:cua|ben|nganh))? {_OF_PROVINCE}",
    ),
    (
        SubjectRank.STAFF,
        r"(?:cong an|ca) (?:tinh|ha tinh)|(?:can bo|chien si|ben|tren) cat"  # alone it means sand
        r"|(?:cong an|canh sat|can bo)(?: \w+){0,2} (?:tren|cua|cap|duoi|tu) tinh|truc ban tinh"
        r"|phong (?:tham muu|canh sat|csgt|hinh su|an ninh|xuat nhap canh|pc\d\d|pa\d\d)|p[ac]\d\d|(?:truong|pho) phong"
        r"|csgt|cshs|cscd|(?:canh sat|cong an|ca) (?:giao thong|hinh su|co dong|dieu tra|ma tuy|kinh te)|dieu tra vien"
        r"|(?:goi|truc|tong dai|duong day)(?: (?:nong|so|dien|cho|may))? 11[345]",
    ),
    (SubjectRank.INSPECTOR, r"thanh tra(?! (?:giao thong|xay dung|thue|so|chinh phu|moi truong|lao dong))"),
    (
        SubjectRank.OPERATOR,
        r"(?:quan tri|van hanh|quan ly|ky thuat|lap trinh)(?: vien)?(?: (?:quan ly|cua|cai|cho))? "
        r"(?:he thong|trang|phan mem|ung dung|app|web)|nguoi van hanh"
        r"|admin(?: cua)?(?: cai)? (?:trang|he thong|web|app|phan mem)",
    ),
    (
        SubjectRank.CHIEF,
        rf"(?:truong|pho|pho truong|chi huy|chi huy truong|quyen truong|{_HEAD})"
        rf"(?: (?:ban|chi huy|ben|cua|may|cac|anh|chu|ong|o|nganh)){{0,3}} {_POLICE}"
        r"|(?:truong|pho) don|don (?:truong|pho)",
    ),
    (
        SubjectRank.UNIT,
        r"(?:ca|toan bo|tap the|moi|tat ca)(?: \w+)? (?:don vi|cong an|tru so|don|can bo cong an)"
        rf"|{_POLICE}(?: \w+){{0,4}} (?:ai cung|khong tru ai|tu tren xuong|deu (?:an|lay|nhan|lam ngo|bao che))",
    ),
    (
        SubjectRank.TEAM,
        r"to (?:bao ve|an ninh|bao ve an ninh|antt|tuan tra)|luc luong (?:an ninh|bao ve)(?: trat tu)? (?:co so|thon)"
        r"|bao ve dan pho|dan phong",
    ),
)
# The addressee of a plea is not its subject; complaints about the province's leaders would not be stored.
_PLEA = re.compile(
    r"\b(?:mong|de nghi|kinh gui|(?<!van )gui|nho|xin|thua|trinh|kien nghi|yeu cau|cau cuu|kinh bao|bao cao|cam on)"
    r"(?: (?:cac|chu|bac|anh|chi|quy|ong|cap|den|toi|len|voi|cho|ban|dong chi|la)){0,4}"
    rf" (?:{_HEAD}|(?:pho )?(?:giam doc|gd)|ban giam doc)(?: (?:cua|ben|nganh))? (?:{_OF_PROVINCE}|cong an|ca)\b"
)
_ADDRESSED = re.compile(
    r"\bkinh (?:gui|thua|mong|nho|chuyen)(?: (?:den|toi|ong|ba|anh|chi|dong chi|dai ta|thieu tuong|giam doc)){0,4} $"
)
_ADDRESS_WINDOW = 60  # characters before a name that show the addressee of a letter
_COMPILED_PATTERNS = tuple((rank, re.compile(rf"\b(?:{words})\b")) for rank, words in _RANK_PATTERNS)
# Violence under way, a life in danger: handlers are alerted at once. A false alarm costs them a minute.
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_DANGER = re.compile(
    r"\bdang (?:\w+ ){0,5}(?:danh(?! gia| may| dau| so| rang)|dam|chem|hanh hung|tra tan|bop co|doa giet|duoi danh)\b"
    r"|\b(?:bat tinh|chay mau|nguy kich|doa giet|doi giet|cuu voi|cuu toi|sap chet|tinh mang|muon tu tu|dinh tu tu)\b"
)
_MIN_NAME_WORDS = 2  # words of a name; a one-syllable name would match in every sentence
_TITLE = r"(?:anh|chi|ong|dong chi|can bo|thuong uy|trung uy|dai uy|thieu uy|dai ta|thuong ta|trung ta|thieu ta)"
_TITLED_NAME = re.compile(rf"\b{_TITLE} (?=([a-z]+)\b)")  # «anh Bình»: a person with that given name


@dataclass(frozen=True, slots=True)
class SubjectMentions:
    """Ranks and officers found in a text. `ranks` is never empty."""

    ranks: frozenset[SubjectRank]
    officer_ids: frozenset[int]


def extract_subjects(folded: str, names: Mapping[int, str], nearby_ids: Collection[int] = ()) -> SubjectMentions:
    """Extract possible subjects from a folded text.

    `names`: officers' folded names by id; `nearby_ids`: officers of the units possibly meant. A given name alone is
    matched among `nearby_ids` first, then among all officers, unless a full name was found.
    """
    text = f" {' '.join(re.findall(r'[a-z0-9]+', folded))} "
    text_without_pleas = _PLEA.sub(" ", text)
    ranks = frozenset(
        rank
        for rank, pattern in _COMPILED_PATTERNS
        if pattern.search(text_without_pleas if rank is SubjectRank.DIRECTOR else text)
    )
    full_name_ids = frozenset(_find_officers(text, names.items()))
    for officer_id in full_name_ids:
        text = text.replace(f" {names[officer_id]} ", " ")
    given_name_ids = _find_given_names(text, names, nearby_ids)
    return SubjectMentions(
        ranks or frozenset({SubjectRank.OFFICER}),
        full_name_ids | (given_name_ids & frozenset(nearby_ids) if full_name_ids else given_name_ids),
    )


def is_dangerous(folded: str) -> bool:
    """Return whether the text reports danger to life or violence under way."""
    return bool(_DANGER.search(" ".join(re.findall(r"[a-z0-9]+", folded))))


def _find_officers(text: str, names: Iterable[tuple[int, str]]) -> Iterable[int]:
    for officer_id, name in names:
        padded_name = f" {name} "
        if len(name.split()) >= _MIN_NAME_WORDS and any(
            not _ADDRESSED.search(text, max(0, position - _ADDRESS_WINDOW), position + 1)
            for position in _find_positions(padded_name, text)
        ):
            yield officer_id


def _find_positions(padded_name: str, text: str) -> Iterable[int]:
    position = text.find(padded_name)
    while position >= 0:
        yield position
        position = text.find(padded_name, position + 1)


def _find_given_names(text: str, names: Mapping[int, str], nearby_ids: Collection[int]) -> frozenset[int]:
    given_names = {
        given_name for given_name in _TITLED_NAME.findall(text) if f" {given_name} an " not in text
    }  # «anh công an»
    matches = frozenset(pk for pk, name in names.items() if name.split()[-1:] and name.split()[-1] in given_names)
    return matches & frozenset(nearby_ids) or matches
