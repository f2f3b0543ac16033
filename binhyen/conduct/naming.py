"""Whom the words of a complaint name: ranks, units and officers that are possibly meant. Pure.

It over-names on purpose: who may be meant is kept out, and a handler who reads the words corrects upwards.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from binhyen.conduct.rules import Rank

# Folded words → rank. Several may hold at once; the highest desk of all of them counts.
_WORDS: tuple[tuple[Rank, str], ...] = (
    (
        Rank.DIRECTOR,
        r"(pho )?(giam doc|gd) (cong an|ca)( tinh)?|ban giam doc (cong an|ca)|lanh dao (cong an|ca) tinh"
        r"|van phong giam doc",
    ),
    (
        Rank.STAFF,
        r"(cong an|ca) tinh|truc ban tinh|phong (tham muu|canh sat|csgt|hinh su|an ninh|xuat nhap canh|pc\d\d|pa\d\d)"
        r"|pc\d\d|(truong|pho) phong",
    ),
    (Rank.INSPECTOR, r"thanh tra (cong an|ca|tinh)|can bo thanh tra"),
    (Rank.OPERATOR, r"(quan tri|van hanh) (he thong|trang|phan mem|ung dung)|nguoi van hanh"),
    (
        Rank.CHIEF,
        r"(truong|pho|pho truong|sep|thu truong|chi huy|chi huy truong|lanh dao|quyen truong)( ban)?( chi huy)?"
        r" (cong an|ca|don)|truong don|pho don|don (truong|pho)",
    ),
    (Rank.UNIT, r"(ca|toan bo|tap the|moi|tat ca)( \w+)? (don vi|cong an|tru so|don|can bo cong an)"),
    (
        Rank.TEAM,
        r"to (bao ve|an ninh|bao ve an ninh|antt|tuan tra)|luc luong (an ninh|bao ve)( trat tu)? (co so|thon)"
        r"|bao ve dan pho|dan phong",
    ),
)
_KNOWN = tuple((rank, re.compile(rf"\b(?:{words})\b")) for rank, words in _WORDS)
# Violence under way, a life in danger: handlers are called at once. Where it rings in vain somebody has lost a minute.
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_DANGER = re.compile(
    r"\bdang (?:\w+ ){0,5}(?:danh(?! gia| may| dau| so| rang)|dam|chem|hanh hung|tra tan|bop co|doa giet|duoi danh)\b"
    r"|\b(?:bat tinh|chay mau|nguy kich|doa giet|doi giet|cuu voi|cuu toi|sap chet|tinh mang|muon tu tu|dinh tu tu)\b"
)
_SHORTEST = 2  # words of a name; of one syllable it would be found in every sentence
_TITLE = r"(?:anh|chi|ong|dong chi|can bo|thuong uy|trung uy|dai uy|thieu uy|dai ta|thuong ta|trung ta|thieu ta)"
_CALLED = re.compile(rf"\b{_TITLE} (?=([a-z]+)\b)")  # «anh Bình»: somebody of that given name


@dataclass(frozen=True, slots=True)
class Named:
    """What the words say. `ranks` is never empty."""

    ranks: frozenset[Rank]
    officer_ids: frozenset[int]


def named(folded: str, names: Mapping[int, str], near: Collection[int] = ()) -> Named:
    """`folded`: the words without marks and capitals; `names`: officers' folded names by id; `near`: officers of the
    units possibly meant, among whom somebody called by the given name alone is looked for first, then everywhere.
    """
    text = f" {' '.join(re.findall(r'[a-z0-9]+', folded))} "
    ranks = frozenset(rank for rank, pattern in _KNOWN if pattern.search(text))
    whole = frozenset(_officers(text, names.items()))
    return Named(ranks or frozenset({Rank.OFFICER}), whole or _called(text, names, near))


def dangerous(folded: str) -> bool:
    """Do the words tell of danger to life or of violence under way?"""
    return bool(_DANGER.search(" ".join(re.findall(r"[a-z0-9]+", folded))))


def _officers(text: str, names: Iterable[tuple[int, str]]) -> Iterable[int]:
    for officer_id, name in names:
        words = name.split()
        if len(words) >= _SHORTEST and f" {' '.join(words)} " in text:
            yield officer_id


def _called(text: str, names: Mapping[int, str], near: Collection[int]) -> frozenset[int]:
    given = {called for called in _CALLED.findall(text) if f" {called} an " not in text}  # «anh công an»
    found = frozenset(pk for pk, name in names.items() if name.split()[-1:] and name.split()[-1] in given)
    return found & frozenset(near) or found
