"""Moderation of group posts: flags for the group's officers, with a polite answer to suggest. A person decides.

Pure. Word lists: data/lexicon/adverts.tsv, signs.tsv, abuse.tsv; if they find nothing, a model trained
on posts. A report *about* abuse or bait is not flagged.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.classify.classifier import MessageClassification
from binhyen.language.distinctive_ids import is_government_link, is_harmless_link
from binhyen.language.lexicon import shipped_lexicon
from binhyen.language.phrase_trie import word_set
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import DATA, read_table, tokenize

if TYPE_CHECKING:
    from binhyen.language.classify.model import LinearModel


# Linear model for group posts, trained on posts that officers should see. Pure.

POST_MODEL_FILE = "posts.npz"
KINDS = ("abuse", "advert", "bait_link", "third_party_data")
OUTPUTS = ("none", *KINDS)


def classify_post(text: str) -> tuple[str, str] | None:
    """Return one of KINDS and the words with most weight for it; None if the post looks ordinary."""
    tokenized = tokenize(text)
    raw, _ = load_post_model().raw(tokenized, shipped_lexicon().find(tokenized))
    best = int(raw.argmax())
    if best == 0:
        return None
    evidence = load_post_model().evidence(tokenized, best)
    return OUTPUTS[best], tokenized.quote(*evidence) if evidence else ""


@lru_cache(maxsize=1)
def load_post_model() -> "LinearModel":
    from binhyen.language.classify.model import (  # numpy: imported only when the first post is read
        LinearModel,
        load_arrays,
    )

    return LinearModel(load_arrays(DATA / POST_MODEL_FILE), OUTPUTS)


# Profanity in group chats, also with dots between the letters. Word list: data/lexicon/abuse.tsv. Pure.

PhraseExceptions = Mapping[tuple[str, ...], frozenset[str]]
_MAX_PHRASE_WORDS: Final = 6
_CONTEXT_WORDS: Final = 6  # words
# «đ.m», «v~l», «đ*o»: a word with separators between its letters. In capitals, «Đ.M» are initials of a name.
_HIDDEN: Final = re.compile(r"(?<![\w.])[^\W\d_]{1,4}(?:[.*~_]{1,2}[^\W\d_]{1,4}){1,3}(?!\.?\w)")
_BETWEEN: Final = re.compile(r"[.*~_]+")
_SHORT: Final = word_set("đm đmm đcm vl vkl vcl đ*o đ*t l*n c*c")
_KIN: Final = frozenset((("me", "may"), ("bo", "may"), ("cha", "may")))
_KIN_GOES_ON: Final = word_set("dau oi ve di o goi dan khoe nau")
_CURSING: Final = word_set("con dit du ke chet deo to cai do")


def find_profanity(text: str, written: Sequence[str], bare: Sequence[str]) -> str | None:
    """Return the first profanity of a post, as written. `written`, `bare`: its words in lower case, and folded."""
    if hidden := _find_obfuscated(text):
        return hidden
    marked, loose = _load_abuse_lists()
    for words, exceptions in ((written, marked), (bare, loose)):
        for place in range(len(words)):
            for size in range(1, _MAX_PHRASE_WORDS + 1):
                if words is bare and written[place : place + size] != bare[place : place + size]:
                    continue  # written with its diacritics, the word is not the rude homograph
                if _is_family_talk(bare, place, size):
                    continue
                phrase = tuple(words[place : place + size])
                preceding_words = written[max(0, place - _CONTEXT_WORDS) : place]
                if (
                    phrase in exceptions
                    and place + size <= len(words)
                    and exceptions[phrase].isdisjoint(preceding_words)
                ):
                    return " ".join(written[place : place + size])
    return None


def _find_obfuscated(text: str) -> str | None:
    """Return a rude word with separators between its letters, as written."""
    marked, _ = _load_abuse_lists()
    for match in _HIDDEN.finditer(to_nfc(text)):
        plain = _BETWEEN.sub("", match[0])
        initials = plain.isupper() and "." in match[0]
        is_listed = plain.lower() in _SHORT or match[0].lower() in _SHORT or (plain.lower(),) in marked
        if is_listed and not initials:
            return match[0]
    return None


def _is_family_talk(bare: Sequence[str], place: int, size: int) -> bool:
    """Return True for «mẹ mày đâu con»: parents speak of each other like this to a child."""
    if tuple(bare[place : place + size]) not in _KIN or place + size >= len(bare):
        return False
    return bare[place + size] in _KIN_GOES_ON and (not place or bare[place - 1] not in _CURSING)


@lru_cache(maxsize=1)
def _load_abuse_lists() -> tuple[PhraseExceptions, PhraseExceptions]:
    """Return the accented phrases, and the folded ones of those that match without diacritics, with exceptions.

    An exception is a word after which the phrase is not rude.
    """
    marked, loose = {}, {}
    for row in read_table(DATA / "lexicon" / "abuse.tsv"):
        unless = frozenset(row["unless"].split("/"))
        marked[tuple(to_nfc(row["phrase"]).lower().split())] = unless
        if row["match"] == "any":
            loose[tuple(fold_text(row["phrase"]).split())] = unless
    return marked, loose


ABUSE, ADVERT, BAIT, PRIVATE = "abuse", "advert", "bait_link", "third_party_data"
MIN_WEIGHT = 3
BAIT_WITHOUT_LINK_ANSWER = "Bà con đừng chuyển tiền. Công an xã sẽ kiểm tra. Ai lỡ chuyển, xin nhắn riêng ngay."
"""Answer to a bait that holds no link."""
MAX_PHRASE_WORDS = 6
MAX_CODE_POINTS = 20_000
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
OVERRIDE_CONFIDENCE = 0.6
"""The reader's category overrides a flag only from this confidence on."""
# Full number of an identity paper; the number of a dossier identifies no person.
_PAPER: Final = re.compile(r"\d{9}|\d{12}|[A-Z]{2}\d{13}")
_OWN_PATTERN: Final = r"cua (?:em|toi|minh|tui|e)\b(?! (?:gai|trai|ho|dau|re|ut|ruot)\b)"
_OWN_BEFORE: Final = re.compile(rf"\b{_OWN_PATTERN}(?:(?!\bcua\b)[^.!?\n]){{0,25}}\Z")
_OWN_AFTER: Final = re.compile(rf"\W{{0,3}}(?:la )?{_OWN_PATTERN}")
_CONTEXT_CODE_POINTS: Final = 40
_WORD = re.compile(r"[^\W_]+")
_PRICE = re.compile(r"\d{1,9}(?:k|tr|trieu|ty|nghin|ngan)\d{0,3}")


@dataclass(frozen=True, slots=True)
class ModerationFlag:
    """`kind`: abuse, advert, bait_link or third_party_data. `why` and `answer` are Vietnamese."""

    kind: str
    why: str
    answer: str


def moderate(text: str, entities: Sequence[Entity], classified: MessageClassification) -> tuple[ModerationFlag, ...]:
    """Return the flags of one group post, most severe first; empty if all is well. Never raises, for any string."""
    written = [word.lower() for word in _WORD.findall(to_nfc(text[:MAX_CODE_POINTS]))]
    folded_words = [fold_text(word) for word in written]
    signs = _find_signs(written, folded_words)
    flags: list[tuple[str, str]] = []
    if abuse := find_profanity(text[:MAX_CODE_POINTS], written, folded_words):
        flags.append((ABUSE, f"«{abuse}»"))
    if bait := _find_bait(folded_words, signs, entities, classified):
        flags.append((BAIT, bait))
    if private := _find_third_party_data(text, signs, folded_words, entities, classified):
        flags.append((PRIVATE, private))
    if not bait and (advert := _find_advert(folded_words, signs, entities, classified)):
        flags.append((ADVERT, advert))
    if (
        not flags
        and (guess := classify_post(text))
        and _is_plausible(guess[0], folded_words, signs, entities, classified)
    ):
        kind, words = guess
        flags.append((kind, _ALIKE if kind == PRIVATE else f"«{words}»"))
    return tuple(ModerationFlag(kind, f"{TITLES[kind]}: {why}", _choose_answer(kind, entities)) for kind, why in flags)


def _choose_answer(kind: str, entities: Sequence[Entity]) -> str:
    return (
        BAIT_WITHOUT_LINK_ANSWER
        if kind == BAIT and not any(entity.type == "URL" for entity in entities)
        else ANSWERS[kind]
    )


def _find_signs(written: Sequence[str], bare: Sequence[str]) -> Mapping[str, str]:
    """Return each sign of signs.tsv that occurs, with its first phrase as written."""
    sign_phrases = _index_signs(written != bare)
    first_phrases: dict[str, str] = {}
    for place in range(len(written)):
        for size in range(1, min(MAX_PHRASE_WORDS, len(written) - place) + 1):
            for sign in sign_phrases.get(tuple(written[place : place + size]), ()):
                first_phrases.setdefault(sign, " ".join(written[place : place + size]))
    return first_phrases


def _is_confident(classified: MessageClassification, categories: frozenset[str]) -> bool:
    return classified.category in categories and classified.confidence >= OVERRIDE_CONFIDENCE


def _is_plausible(
    kind: str,
    bare: Sequence[str],
    signs: Mapping[str, str],
    entities: Sequence[Entity],
    classified: MessageClassification,
) -> bool:
    """Return True unless the reasons against a flag of the word lists apply to the model's flag as well."""
    if kind == ADVERT:
        return _may_advertise(signs, classified)
    if kind == BAIT:
        links = [entity for entity in entities if entity.type == "URL"]
        debt = "debt" in signs and not links
        return not (
            debt or _is_report_or_warning(bare, signs, classified) or (links and all(map(is_harmless_link, links)))
        )
    return kind != PRIVATE or classified.category not in OWN_THINGS


def _may_advertise(signs: Mapping[str, str], classified: MessageClassification) -> bool:
    """Return True if the post may advertise; a report never does: nothing is sold among thefts."""
    return "told" not in signs and (classified.category in SELLING or classified.confidence < OVERRIDE_CONFIDENCE)


def _is_report_or_warning(bare: Sequence[str], signs: Mapping[str, str], classified: MessageClassification) -> bool:
    """Return True if the writer reports a bait, warns of it or asks about it."""
    return "told" in signs or _is_confident(classified, WARNING) or _has_warning_words(bare)


def _find_advert(
    bare: Sequence[str], signs: Mapping[str, str], entities: Sequence[Entity], classified: MessageClassification
) -> str | None:
    """Return words of advertising, or an offer with its price or a contact; None in a report."""
    if not _may_advertise(signs, classified):
        return None
    weight, words = _sum_weights(bare, "advert")
    if weight >= MIN_WEIGHT:
        return words
    prices = [entity.text for entity in entities if entity.type in {"MONEY", "PHONE"}]
    terms = signs.get("terms") or next(iter(prices), None) or next(filter(_PRICE.fullmatch, bare), None)
    return f"«{signs['offer']}», «{terms}»" if "offer" in signs and terms else None


def _find_bait(
    bare: Sequence[str], signs: Mapping[str, str], entities: Sequence[Entity], classified: MessageClassification
) -> str | None:
    """Return words of bait, or a promise or threat with a link, account or contact; None in a warning or question."""
    if _is_report_or_warning(bare, signs, classified):
        return None
    weight, words = _sum_weights(bare, "bait")
    links = [entity.text for entity in entities if entity.type == "URL" and not is_government_link(entity)]
    if weight >= MIN_WEIGHT or (links and weight > 0):
        return ", ".join([words, *links[:1]]) if links else words
    accounts = [entity.text for entity in entities if entity.type == "BANK_ACCOUNT"]
    contact = next(iter(links), None) or ("" if "debt" in signs else signs.get("way") or next(iter(accounts), None))
    if "promise" in signs and contact:
        return f"«{signs['promise']}», «{contact}»"
    unknown_links = [entity.text for entity in entities if entity.type == "URL" and not is_harmless_link(entity)]
    if unknown_links and classified.category == "other":
        return _LINK.format(link=unknown_links[0])
    return None


def _has_warning_words(bare: Sequence[str]) -> bool:
    padded = f" {' '.join(bare)} "
    return any(f" {word} " in padded for word in WARNING_WORDS)


def _has_full_name(bare: Sequence[str], entities: Sequence[Entity]) -> bool:
    """Return True if a person is named with family name and given name."""
    if any(entity.type == "PERSON" and len(entity.text.split()) > 1 for entity in entities):
        return True
    first, middle = _folded_sign_words("surname"), _folded_sign_words("middle")
    return any(left in first and right in middle for left, right in pairwise(bare))


def _has_exposed_number(text: str, entities: Sequence[Entity], classified: MessageClassification) -> bool:
    """Return True for a paper or account number, not the writer's own and not of a lost or found thing or person."""
    numbers = [entity for entity in entities if entity.type in PRIVATE_TYPES]
    if classified.category != "admin_question":
        return bool(numbers) and classified.category not in LOST_OR_FOUND
    return any(_is_full_number(number) and not _is_own_number(text, number) for number in numbers)


def _is_full_number(number: Entity) -> bool:
    return number.type == "BANK_ACCOUNT" or _PAPER.fullmatch(str(number.norm)) is not None


def _is_own_number(text: str, number: Entity) -> bool:
    """Return True for «cccd của em 042…», «042… của tôi»."""
    preceding_text, following_text = (
        text[max(0, number.start - _CONTEXT_CODE_POINTS) : number.start],
        text[number.end : number.end + _CONTEXT_CODE_POINTS],
    )
    return bool(
        _OWN_BEFORE.search(fold_text(to_nfc(preceding_text)).rstrip(" :"))
        or _OWN_AFTER.match(fold_text(to_nfc(following_text)))
    )


def _find_third_party_data(
    text: str,
    signs: Mapping[str, str],
    bare: Sequence[str],
    entities: Sequence[Entity],
    classified: MessageClassification,
) -> str | None:
    """Return why the post exposes a third party; None if it does not.

    Numbers of papers and accounts; a full name with a secret or plate; a name with a stigmatised illness; a phone
    number beside a name that is accused.
    """
    kinds = {entity.type for entity in entities}
    if _has_exposed_number(text, entities, classified):
        return _NUMBER
    if classified.category not in OWN_THINGS and "PERSON" in kinds and kinds & {"PHONE", "PLATE"}:
        return _NAME_AND_NUMBER if classified.sensitive else None
    child = any(entity.type == "AGE" and isinstance(entity.norm, int) and entity.norm < 18 for entity in entities)
    if child and "PERSON" in kinds and classified.category in {"violence", "welfare", "drugs_gambling"}:
        return _CHILD
    if "health" in signs and "PERSON" in kinds and "own" not in signs and classified.category not in KINDLY_NAMED:
        return _SECRET.format(secret=signs["health"])
    if "own" in signs or _is_confident(classified, NAMED_RIGHTLY) or not _has_full_name(bare, entities):
        return None
    plates = [entity.text for entity in entities if entity.type == "PLATE" and classified.category != "theft"]
    secret = signs.get("secret") or next(iter(plates), None)
    return _SECRET.format(secret=secret) if secret else None


def _sum_weights(bare: Sequence[str], kind: str) -> tuple[float, str]:
    """Return the sum of weights of that kind, and the phrases found, quoted."""
    weights = _load_advert_weights(kind)
    total, phrases = 0.0, []
    for place in range(len(bare)):
        for size in range(1, MAX_PHRASE_WORDS + 1):
            phrase = tuple(bare[place : place + size])
            if phrase in weights and phrase not in phrases and place + size <= len(bare):
                total += weights[phrase]
                phrases.append(phrase)
    return total, ", ".join(f"«{_load_advert_phrases(kind)[phrase]}»" for phrase in phrases[:3])


@lru_cache(maxsize=2)
def _index_signs(marked: bool) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """Return the accented phrases for posts with diacritics; for others, the folded ones with `match` any."""
    phrases: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in _read_sign_rows():
        if marked or row["match"] == "any":
            phrase = tuple((to_nfc(row["phrase"]).lower() if marked else fold_text(row["phrase"])).split())
            phrases[phrase] = (*phrases.get(phrase, ()), row["sign"])
    return phrases


@lru_cache(maxsize=2)
def _folded_sign_words(sign: str) -> frozenset[str]:
    return frozenset(fold_text(row["phrase"]) for row in _read_sign_rows() if row["sign"] == sign)


@lru_cache(maxsize=1)
def _read_sign_rows() -> tuple[dict[str, str], ...]:
    return tuple(read_table(DATA / "lexicon" / "signs.tsv"))


@lru_cache(maxsize=2)
def _load_advert_weights(kind: str) -> Mapping[tuple[str, ...], float]:
    return {
        tuple(fold_text(row["phrase"]).split()): float(row["weight"])
        for row in _read_advert_rows()
        if row["kind"] == kind
    }


@lru_cache(maxsize=2)
def _load_advert_phrases(kind: str) -> Mapping[tuple[str, ...], str]:
    return {
        tuple(fold_text(row["phrase"]).split()): row["phrase"] for row in _read_advert_rows() if row["kind"] == kind
    }


@lru_cache(maxsize=1)
def _read_advert_rows() -> tuple[dict[str, str], ...]:
    return tuple(read_table(DATA / "lexicon" / "adverts.tsv"))
