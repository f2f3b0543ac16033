"""Whom the words of a complaint name: ranks, units and officers that are possibly meant. Pure.

It over-names on purpose: who may be meant is kept out, and a handler who reads the words corrects upwards.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from binhyen.conduct.rules import Rank

# Folded words → rank. Several may hold at once; the highest desk of all of them counts.
_WORDS: tuple[tuple[Rank, str], ...] = (
    (
        Rank.DIRECTOR,
        r"(pho )?(giam doc|gd) (cong an|ca)( tinh)?|ban giam doc (cong an|ca)|lanh dao (cong an|ca) tinh"
        r"|van phong giam doc",
    ),
    (Rank.STAFF, r"(cong an|ca) tinh|truc ban tinh|phong (tham muu|canh sat|pc\d\d|pa\d\d)|pc\d\d"),
    (Rank.INSPECTOR, r"thanh tra (cong an|ca|tinh)|can bo thanh tra"),
    (Rank.OPERATOR, r"(quan tri|van hanh) (he thong|trang|phan mem|ung dung)|nguoi van hanh"),
    (
        Rank.CHIEF,
        r"(truong|pho|pho truong|sep|thu truong|chi huy|chi huy truong|lanh dao|quyen truong)( ban)?( chi huy)?"
        r" (cong an|ca|don)|truong don|pho don",
    ),
    (Rank.UNIT, r"(ca|toan bo|tap the|moi|tat ca)( \w+)? (don vi|cong an|tru so|don|can bo cong an)"),
    (
        Rank.TEAM,
        r"to (bao ve|an ninh|bao ve an ninh|antt|tuan tra)|luc luong (an ninh|bao ve)( trat tu)? (co so|thon)"
        r"|bao ve dan pho|dan phong",
    ),
)
_KNOWN = tuple((rank, re.compile(rf"\b(?:{words})\b")) for rank, words in _WORDS)
_SHORTEST = 2  # words of a name; of one syllable it would be found in every sentence


@dataclass(frozen=True, slots=True)
class Named:
    """What the words say. `ranks` is never empty."""

    ranks: frozenset[Rank]
    officer_ids: frozenset[int]


def named(folded: str, names: Mapping[int, str]) -> Named:
    """`folded`: the words without marks and capitals; `names`: officers' folded names by id."""
    text = f" {' '.join(re.findall(r'[a-z0-9]+', folded))} "
    ranks = frozenset(rank for rank, pattern in _KNOWN if pattern.search(text))
    return Named(ranks or frozenset({Rank.OFFICER}), frozenset(_officers(text, names.items())))


def _officers(text: str, names: Iterable[tuple[int, str]]) -> Iterable[int]:
    for officer_id, name in names:
        words = name.split()
        if len(words) >= _SHORTEST and f" {' '.join(words)} " in text:
            yield officer_id
