"""What in a group post should be seen by the group's officers, with a polite answer to suggest. A person decides.

Pure. Word lists: data/lexicon/abuse.tsv and adverts.tsv. A report *about* abuse or bait is not flagged as such.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold, nfc
from binhyen.kit.wording import L_
from binhyen.language.classify import Classified
from binhyen.language.reading import Entity
from binhyen.language.words import DATA, read_table

ABUSE, ADVERT, BAIT, PRIVATE = "abuse", "advert", "bait_link", "third_party_data"
ENOUGH = 3
LONGEST = 6
READ = 20_000
"""Code points looked at; a longer post is judged by its beginning."""

ANSWERS: Mapping[str, str] = {
    ABUSE: "Nhóm xin anh/chị dùng lời lịch sự để mọi người cùng trao đổi. Có bức xúc, xin nhắn riêng cho cán bộ.",
    ADVERT: "Nhóm này dành cho an ninh, trật tự nên xin phép không đăng bán hàng, tuyển người. Mong anh/chị thông cảm.",
    BAIT: "Bà con đừng bấm đường dẫn này và đừng chuyển tiền. Công an xã sẽ kiểm tra. Ai lỡ bấm, xin nhắn riêng ngay.",
    PRIVATE: "Tin có thông tin riêng của người khác. Xin anh/chị gỡ xuống và nhắn riêng cho cán bộ để giữ kín cho họ.",
}
_NUMBER: Final = L_("số giấy tờ hoặc tài khoản")
_NAME_AND_NUMBER: Final = L_("tên kèm số điện thoại hoặc biển số")
_CHILD: Final = L_("tên và tuổi của trẻ em")
_LINK = L_("đường dẫn «{link}»")
TITLES: Mapping[str, str] = {
    ABUSE: L_("lời xúc phạm"),
    ADVERT: L_("quảng cáo"),
    BAIT: L_("tin mồi, đường dẫn đáng ngờ"),
    PRIVATE: L_("lộ thông tin người khác"),
}
# A citizen who warns of a link or asks about it does the right thing.
WARNING = frozenset({"officer_complaint", "admin_question"})
WARNING_WORDS = (
    "lua",
    "canh giac",
    "canh bao",
    "coi chung",
    "dung bam",
    "dung tin",
    "gia danh",
    "co phai",
    "that khong",
)
OWN_THINGS = frozenset({"lost_item", "found_item", "missing_person", "found_person", "admin_question"})
PRIVATE_TYPES = frozenset({"ID_NUMBER", "BANK_ACCOUNT"})
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Flag:
    """`kind`: abuse, advert, bait_link or third_party_data. `why` and `answer` are Vietnamese."""

    kind: str
    why: str
    answer: str


def moderate(text: str, entities: Sequence[Entity], classified: Classified) -> tuple[Flag, ...]:
    """Flags of one group post, gravest first; empty where all is well. Never raises, whatever the string."""
    written = [word.lower() for word in _WORD.findall(nfc(text[:READ]))]
    bare = [fold(word) for word in written]
    found: list[tuple[str, str]] = []
    if rude := _abuse(written, bare):
        found.append((ABUSE, f"«{rude}»"))
    if bait := _bait(bare, entities, classified):
        found.append((BAIT, bait))
    if private := _private(entities, classified):
        found.append((PRIVATE, private))
    sold, words = _weigh(bare, "advert")
    if sold >= ENOUGH and not bait and classified.category in {"other", "scam"}:
        found.append((ADVERT, words))
    return tuple(Flag(kind, f"{TITLES[kind]}: {why}", ANSWERS[kind]) for kind, why in found)


def _bait(bare: Sequence[str], entities: Sequence[Entity], classified: Classified) -> str | None:
    if classified.category in WARNING or _warns(bare):
        return None
    weight, words = _weigh(bare, "bait")
    links = [e.text for e in entities if e.type == "URL" and not _trusted(str(e.norm or e.text))]
    if weight >= ENOUGH or (links and weight > 0):
        return ", ".join([words, *links[:1]]) if links else words
    if links and classified.category == "other":
        return _LINK.format(link=links[0])
    return None


def _warns(bare: Sequence[str]) -> bool:
    said = f" {' '.join(bare)} "
    return any(f" {word} " in said for word in WARNING_WORDS)


def _trusted(link: str) -> bool:
    """Government sites; `gov.vn` must be the end of the host, not a part of it."""
    host = re.split(r"[/?#:]", link.lower().removeprefix("https://").removeprefix("http://"), maxsplit=1)[0]
    return host == "gov.vn" or host.endswith(".gov.vn")


def _private(entities: Sequence[Entity], classified: Classified) -> str | None:
    """Numbers of papers and accounts always; a phone or plate beside a name where the post accuses somebody."""
    kinds = {e.type for e in entities}
    if kinds & PRIVATE_TYPES and classified.category not in OWN_THINGS:
        return _NUMBER
    if classified.category not in OWN_THINGS and "PERSON" in kinds and kinds & {"PHONE", "PLATE"}:
        return _NAME_AND_NUMBER if classified.sensitive else None
    child = any(e.type == "AGE" and isinstance(e.norm, int) and e.norm < 18 for e in entities)
    if child and "PERSON" in kinds and classified.category in {"violence", "welfare", "drugs_gambling"}:
        return _CHILD
    return None


def _abuse(written: Sequence[str], bare: Sequence[str]) -> str | None:
    marked, loose = _abuse_lists()
    for words, known in ((written, marked), (bare, loose)):
        for place in range(len(words)):
            for size in range(1, LONGEST + 1):
                if tuple(words[place : place + size]) in known and place + size <= len(words):
                    return " ".join(written[place : place + size])
    return None


def _weigh(bare: Sequence[str], kind: str) -> tuple[float, str]:
    """Sum of weights of that kind, and the phrases found, quoted."""
    known = _advert_list(kind)
    total, seen = 0.0, []
    for place in range(len(bare)):
        for size in range(1, LONGEST + 1):
            phrase = tuple(bare[place : place + size])
            if phrase in known and phrase not in seen and place + size <= len(bare):
                total += known[phrase]
                seen.append(phrase)
    return total, ", ".join(f"«{_shown(kind)[phrase]}»" for phrase in seen[:3])


@lru_cache(maxsize=1)
def _abuse_lists() -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    marked, loose = [], []
    for row in read_table(DATA / "lexicon" / "abuse.tsv"):
        if row["match"] == "any":
            loose.append(fold(row["phrase"]))
        marked.append(nfc(row["phrase"]).lower())
    return _split(marked), _split(loose)


def _split(phrases: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in phrases)


@lru_cache(maxsize=2)
def _advert_list(kind: str) -> Mapping[tuple[str, ...], float]:
    return {tuple(fold(r["phrase"]).split()): float(r["weight"]) for r in _adverts() if r["kind"] == kind}


@lru_cache(maxsize=2)
def _shown(kind: str) -> Mapping[tuple[str, ...], str]:
    return {tuple(fold(r["phrase"]).split()): r["phrase"] for r in _adverts() if r["kind"] == kind}


@lru_cache(maxsize=1)
def _adverts() -> tuple[dict[str, str], ...]:
    return tuple(read_table(DATA / "lexicon" / "adverts.tsv"))
