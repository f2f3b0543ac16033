"""Moderation of group posts: flags for the group's officers, with a polite answer to suggest. A person decides.

Pure. Word lists: data/lexicon/adverts.tsv, signs.tsv, abuse.tsv (profanity.py); if they find nothing, a model trained
on posts (classify/group_post_model.py). A report *about* abuse or bait is not flagged.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold, nfc
from binhyen.language.classify import Classified
from binhyen.language.classify.group_post_model import looks_like
from binhyen.language.distinctive_ids import harmless, of_the_state
from binhyen.language.profanity import rude
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import DATA, read_table

ABUSE, ADVERT, BAIT, PRIVATE = "abuse", "advert", "bait_link", "third_party_data"
ENOUGH = 3
UNLINKED = "Bà con đừng chuyển tiền. Công an xã sẽ kiểm tra. Ai lỡ chuyển, xin nhắn riêng ngay."
"""Answer to a bait that holds no link."""
LONGEST = 6
READ = 20_000
"""Code points read; a longer post is judged by its beginning."""

ANSWERS: Mapping[str, str] = {
    ABUSE: "Nhóm xin anh/chị dùng lời lịch sự để mọi người cùng trao đổi. Có bức xúc, xin nhắn riêng cho cán bộ.",
    ADVERT: "Nhóm này dành cho an ninh, trật tự nên xin phép không đăng bán hàng, tuyển người. Mong anh/chị thông cảm.",
    BAIT: "Bà con đừng bấm đường dẫn này và đừng chuyển tiền. Công an xã sẽ kiểm tra. Ai lỡ bấm, xin nhắn riêng ngay.",
    PRIVATE: "Tin có thông tin riêng của người khác. Xin anh/chị gỡ xuống và nhắn riêng cho cán bộ để giữ kín cho họ.",
}
_NUMBER: Final = L_("số giấy tờ hoặc tài khoản")
_NAME_AND_NUMBER: Final = L_("tên kèm số điện thoại hoặc biển số")
_SECRET: Final = L_("tên kèm điều riêng tư «{secret}»")
_CHILD: Final = L_("tên và tuổi của trẻ em")
_ALIKE: Final = L_("giống những tin nêu điều riêng của người khác")
_LINK = L_("đường dẫn «{link}»")
TITLES: Mapping[str, str] = {
    ABUSE: L_("lời xúc phạm"),
    ADVERT: L_("quảng cáo"),
    BAIT: L_("tin mồi, đường dẫn đáng ngờ"),
    PRIVATE: L_("lộ thông tin người khác"),
}
# A citizen who warns of a link or asks about it acts correctly.
WARNING = frozenset({"officer_complaint", "admin_question"})
SELLING = frozenset({"other", "scam"})
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
LOST_OR_FOUND = frozenset({"lost_item", "found_item", "missing_person", "found_person"})
OWN_THINGS = LOST_OR_FOUND | {"admin_question"}
NAMED_RIGHTLY = OWN_THINGS | {"thanks"}
KINDLY_NAMED = NAMED_RIGHTLY | {"welfare"}
"""Categories that mention an illness to find or to help a person; elsewhere one name is enough to identify the sick."""
PRIVATE_TYPES = frozenset({"ID_NUMBER", "BANK_ACCOUNT"})
SURE = 0.6
"""The reader's category overrides a flag only from this confidence on."""
# Full number of an identity paper; the number of a dossier identifies no person.
_PAPER: Final = re.compile(r"\d{9}|\d{12}|[A-Z]{2}\d{13}")
_MINE: Final = r"cua (?:em|toi|minh|tui|e)\b(?! (?:gai|trai|ho|dau|re|ut|ruot)\b)"
_MINE_BEFORE: Final = re.compile(rf"\b{_MINE}(?:(?!\bcua\b)[^.!?\n]){{0,25}}\Z")
_MINE_AFTER: Final = re.compile(rf"\W{{0,3}}(?:la )?{_MINE}")
_NEAR: Final = 40
_WORD = re.compile(r"[^\W_]+")
_PRICE = re.compile(r"\d{1,9}(?:k|tr|trieu|ty|nghin|ngan)\d{0,3}")


@dataclass(frozen=True, slots=True)
class Flag:
    """`kind`: abuse, advert, bait_link or third_party_data. `why` and `answer` are Vietnamese."""

    kind: str
    why: str
    answer: str


def moderate(text: str, entities: Sequence[Entity], classified: Classified) -> tuple[Flag, ...]:
    """Return the flags of one group post, most severe first; empty if all is well. Never raises, for any string."""
    written = [word.lower() for word in _WORD.findall(nfc(text[:READ]))]
    bare = [fold(word) for word in written]
    signs = _signs(written, bare)
    found: list[tuple[str, str]] = []
    if abuse := rude(text[:READ], written, bare):
        found.append((ABUSE, f"«{abuse}»"))
    if bait := _bait(bare, signs, entities, classified):
        found.append((BAIT, bait))
    if private := _private(text, signs, bare, entities, classified):
        found.append((PRIVATE, private))
    if not bait and (advert := _advert(bare, signs, entities, classified)):
        found.append((ADVERT, advert))
    if not found and (alike := looks_like(text)) and _may_be(alike[0], bare, signs, entities, classified):
        kind, words = alike
        found.append((kind, _ALIKE if kind == PRIVATE else f"«{words}»"))
    return tuple(Flag(kind, f"{TITLES[kind]}: {why}", _answer(kind, entities)) for kind, why in found)


def _answer(kind: str, entities: Sequence[Entity]) -> str:
    return UNLINKED if kind == BAIT and not any(e.type == "URL" for e in entities) else ANSWERS[kind]


def _signs(written: Sequence[str], bare: Sequence[str]) -> Mapping[str, str]:
    """Return each sign of signs.tsv that occurs, with its first phrase as written."""
    known = _sign_list(written != bare)
    found: dict[str, str] = {}
    for place in range(len(written)):
        for size in range(1, min(LONGEST, len(written) - place) + 1):
            for sign in known.get(tuple(written[place : place + size]), ()):
                found.setdefault(sign, " ".join(written[place : place + size]))
    return found


def _sure(classified: Classified, categories: frozenset[str]) -> bool:
    return classified.category in categories and classified.confidence >= SURE


def _may_be(
    kind: str, bare: Sequence[str], signs: Mapping[str, str], entities: Sequence[Entity], classified: Classified
) -> bool:
    """Return True unless the reasons against a flag of the word lists apply to the model's flag as well."""
    if kind == ADVERT:
        return _sells(signs, classified)
    if kind == BAIT:
        links = [e for e in entities if e.type == "URL"]
        debt = "debt" in signs and not links
        return not (debt or _tells(bare, signs, classified) or (links and all(map(harmless, links))))
    return kind != PRIVATE or classified.category not in OWN_THINGS


def _sells(signs: Mapping[str, str], classified: Classified) -> bool:
    """Return True if the post may advertise; a report never does: nothing is sold among thefts."""
    return "told" not in signs and (classified.category in SELLING or classified.confidence < SURE)


def _tells(bare: Sequence[str], signs: Mapping[str, str], classified: Classified) -> bool:
    """Return True if the writer reports a bait, warns of it or asks about it."""
    return "told" in signs or _sure(classified, WARNING) or _warns(bare)


def _advert(
    bare: Sequence[str], signs: Mapping[str, str], entities: Sequence[Entity], classified: Classified
) -> str | None:
    """Return words of advertising, or an offer with its price or a contact; None in a report."""
    if not _sells(signs, classified):
        return None
    weight, words = _weigh(bare, "advert")
    if weight >= ENOUGH:
        return words
    prices = [e.text for e in entities if e.type in {"MONEY", "PHONE"}]
    terms = signs.get("terms") or next(iter(prices), None) or next(filter(_PRICE.fullmatch, bare), None)
    return f"«{signs['offer']}», «{terms}»" if "offer" in signs and terms else None


def _bait(
    bare: Sequence[str], signs: Mapping[str, str], entities: Sequence[Entity], classified: Classified
) -> str | None:
    """Return words of bait, or a promise or threat with a link, account or contact; None in a warning or question."""
    if _tells(bare, signs, classified):
        return None
    weight, words = _weigh(bare, "bait")
    links = [e.text for e in entities if e.type == "URL" and not of_the_state(e)]
    if weight >= ENOUGH or (links and weight > 0):
        return ", ".join([words, *links[:1]]) if links else words
    accounts = [e.text for e in entities if e.type == "BANK_ACCOUNT"]
    way = next(iter(links), None) or ("" if "debt" in signs else signs.get("way") or next(iter(accounts), None))
    if "promise" in signs and way:
        return f"«{signs['promise']}», «{way}»"
    strange = [e.text for e in entities if e.type == "URL" and not harmless(e)]
    if strange and classified.category == "other":
        return _LINK.format(link=strange[0])
    return None


def _warns(bare: Sequence[str]) -> bool:
    said = f" {' '.join(bare)} "
    return any(f" {word} " in said for word in WARNING_WORDS)


def _full_name(bare: Sequence[str], entities: Sequence[Entity]) -> bool:
    """Return True if a person is named with family name and given name."""
    if any(e.type == "PERSON" and len(e.text.split()) > 1 for e in entities):
        return True
    first, middle = _bare_words("surname"), _bare_words("middle")
    return any(one in first and two in middle for one, two in pairwise(bare))


def _open_numbers(text: str, entities: Sequence[Entity], classified: Classified) -> bool:
    """Return True for a paper or account number, not the writer's own and not of a lost or found thing or person."""
    numbers = [e for e in entities if e.type in PRIVATE_TYPES]
    if classified.category != "admin_question":
        return bool(numbers) and classified.category not in LOST_OR_FOUND
    return any(_full(number) and not _mine(text, number) for number in numbers)


def _full(number: Entity) -> bool:
    return number.type == "BANK_ACCOUNT" or _PAPER.fullmatch(str(number.norm)) is not None


def _mine(text: str, number: Entity) -> bool:
    """Return True for «cccd của em 042…», «042… của tôi»."""
    before, after = text[max(0, number.start - _NEAR) : number.start], text[number.end : number.end + _NEAR]
    return bool(_MINE_BEFORE.search(fold(nfc(before)).rstrip(" :")) or _MINE_AFTER.match(fold(nfc(after))))


def _private(
    text: str, signs: Mapping[str, str], bare: Sequence[str], entities: Sequence[Entity], classified: Classified
) -> str | None:
    """Return why the post exposes a third party; None if it does not.

    Numbers of papers and accounts; a full name with a secret or plate; a name with a stigmatised illness; a phone
    number beside a name that is accused.
    """
    kinds = {e.type for e in entities}
    if _open_numbers(text, entities, classified):
        return _NUMBER
    if classified.category not in OWN_THINGS and "PERSON" in kinds and kinds & {"PHONE", "PLATE"}:
        return _NAME_AND_NUMBER if classified.sensitive else None
    child = any(e.type == "AGE" and isinstance(e.norm, int) and e.norm < 18 for e in entities)
    if child and "PERSON" in kinds and classified.category in {"violence", "welfare", "drugs_gambling"}:
        return _CHILD
    if "health" in signs and "PERSON" in kinds and "own" not in signs and classified.category not in KINDLY_NAMED:
        return _SECRET.format(secret=signs["health"])
    if "own" in signs or _sure(classified, NAMED_RIGHTLY) or not _full_name(bare, entities):
        return None
    plates = [e.text for e in entities if e.type == "PLATE" and classified.category != "theft"]
    secret = signs.get("secret") or next(iter(plates), None)
    return _SECRET.format(secret=secret) if secret else None


def _weigh(bare: Sequence[str], kind: str) -> tuple[float, str]:
    """Return the sum of weights of that kind, and the phrases found, quoted."""
    known = _advert_list(kind)
    total, seen = 0.0, []
    for place in range(len(bare)):
        for size in range(1, LONGEST + 1):
            phrase = tuple(bare[place : place + size])
            if phrase in known and phrase not in seen and place + size <= len(bare):
                total += known[phrase]
                seen.append(phrase)
    return total, ", ".join(f"«{_shown(kind)[phrase]}»" for phrase in seen[:3])


@lru_cache(maxsize=2)
def _sign_list(marked: bool) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """Return the accented phrases for posts with diacritics; for others, the folded ones with `match` any."""
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in _sign_rows():
        if marked or row["match"] == "any":
            phrase = tuple((nfc(row["phrase"]).lower() if marked else fold(row["phrase"])).split())
            known[phrase] = (*known.get(phrase, ()), row["sign"])
    return known


@lru_cache(maxsize=2)
def _bare_words(sign: str) -> frozenset[str]:
    return frozenset(fold(row["phrase"]) for row in _sign_rows() if row["sign"] == sign)


@lru_cache(maxsize=1)
def _sign_rows() -> tuple[dict[str, str], ...]:
    return tuple(read_table(DATA / "lexicon" / "signs.tsv"))


@lru_cache(maxsize=2)
def _advert_list(kind: str) -> Mapping[tuple[str, ...], float]:
    return {tuple(fold(r["phrase"]).split()): float(r["weight"]) for r in _adverts() if r["kind"] == kind}


@lru_cache(maxsize=2)
def _shown(kind: str) -> Mapping[tuple[str, ...], str]:
    return {tuple(fold(r["phrase"]).split()): r["phrase"] for r in _adverts() if r["kind"] == kind}


@lru_cache(maxsize=1)
def _adverts() -> tuple[dict[str, str], ...]:
    return tuple(read_table(DATA / "lexicon" / "adverts.tsv"))
