"""Readable form of a message: styled letters as plain ones («ｃｈáｙ»), raw Telex and VNI keys as the words meant.

«dduowngf» and «tra5m bo7m» are what arrives when the keyboard is off. A word is decoded only if it is no syllable as it
stands and one when decoded, and only in a message that holds several such words: English must stay. Pure.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from binhyen.kit.text import fold_text, normalize
from binhyen.language.phrase_trie import word_set

_STYLED: Final = re.compile(
    "[\u2460-\u24ff\uff01-\uff5e\U0001d400-\U0001d7ff\U0001f130-\U0001f149\U0001f150-\U0001f189]"
)
_NEGATIVE_LETTERS: Final = (range(0x1F150, 0x1F16A), range(0x1F170, 0x1F18A))  # white on black; NFKC leaves them
_MAY_BE_KEYS: Final = re.compile(r"[a-z](?:[sfrxj]\b|w|dd|aa|ee|oo|\d)|\bdd|\bw\w", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+")
_MAX_WORD: Final = 10  # letters and keys of the longest syllable
_MIN_SHARE: Final = 0.3  # share of decoded words from which a message was typed with the keyboard off
_LIMIT: Final = 4000  # code points looked at

_TONES: Final = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES: Final = {"1": "s", "2": "f", "3": "r", "4": "x", "5": "j"}
_CIRCUMFLEX: Final = {"a": "â", "e": "ê", "o": "ô"}
_VOWELS: Final = frozenset("aeiouyăâêôơư")
_STOPS: Final = ("c", "ch", "p", "t")
_ONSETS: Final = word_set("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x") | {""}
_RIMES: Final = word_set("""
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong
    op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua uân uâng uât uây uc ui um un ung uôc uôi uôm uôn uông uôt up ut uê uêch uênh uơ uy uya uyên uyêt uych uynh
    uyt ư ưa ưc ưi ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu
    """)
_BARE_RIMES: Final = frozenset(map(fold_text, _RIMES))
_BARE_ONSETS: Final = frozenset(map(fold_text, _ONSETS))
# English words that decode to a syllable, and are written inside Vietnamese.
_ENGLISH: Final = word_set("""
    air as bar bars bee beer boom bos box bus car cars cow does down fax fee gas has her his how if is its les low max
    mix moon more now of off or own pass pos room row see seen sees sex six soon sos tax taxi tee text this those too
    tour town us was
    """)


_NUMBERED: Final = word_set("ap cot cum doi hem khu km lo lop ngo phong so tang thon to xom")  # «thon3», «to5»
_RARE_SYLLABLES: Final = word_set("boong coong soong xoong")  # every other «oo» is a key


@dataclass(frozen=True, slots=True)
class ReadableText:
    """Readable text: its code point i stands for those from `starts[i]` to `ends[i]` of the text as written."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def make_readable(text: str) -> ReadableText | None:
    """Return the readable form, or None if the text is readable as it is."""
    has_styled = not text.isascii() and _STYLED.search(text) is not None
    plain = _replace_styled(text) if has_styled else None
    decoded = _decode_keys(plain.text if plain else text)
    if plain is None or decoded is None:
        return plain or decoded
    return ReadableText(
        decoded.text,
        tuple(plain.starts[start] for start in decoded.starts),
        tuple(plain.ends[end - 1] for end in decoded.ends),
    )


def _replace_styled(text: str) -> ReadableText:
    letters, starts = [], []
    for index, char in enumerate(text):
        plain = _to_plain_letter(char) if _STYLED.match(char) else char
        letters.append(plain)
        starts += [index] * len(plain)
    return ReadableText("".join(letters), tuple(starts), tuple(start + 1 for start in starts))


def _to_plain_letter(char: str) -> str:
    for letters in _NEGATIVE_LETTERS:
        if ord(char) in letters:
            return chr(ord("A") + ord(char) - letters.start)
    plain = normalize("NFKC", char)
    return plain if len(plain) == 1 else f" {plain} "  # «⑩» and «⒜»: apart from the words beside them


def _decode_keys(text: str) -> ReadableText | None:
    if len(text) > _LIMIT or not _MAY_BE_KEYS.search(text):
        return None
    matches = list(_WORD.finditer(text))
    decoded = [decode_word(match[0]) if match[0].isascii() else None for match in matches]
    words = [(match, word) for match, word in zip(matches, decoded, strict=True) if word is not None]
    letters = sum(not match[0].isdecimal() for match in matches)
    is_bare = all(match[0].isascii() for match in matches)
    if not words or len(words) < _MIN_SHARE * letters or (not is_bare and len(words) < 2):
        return None
    weak = [match[0] for match, _ in words if _is_weak(match[0])]
    if len(weak) == len(words) and (
        len(words) < 2 < letters or any(word[-1].isdecimal() and word[:-1].lower() in _NUMBERED for word in weak)
    ):
        return None
    return _replace_words(text, words)


def _replace_words(text: str, words: list[tuple[re.Match[str], str]]) -> ReadableText:
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for match, word in words:
        begin, end = match.span()
        parts += [text[position:begin], word]
        starts += [*range(position, begin), *(min(begin + index, end - 1) for index in range(len(word)))]
        ends += [*range(position + 1, begin + 1), *(min(begin + index + 1, end) for index in range(len(word) - 1)), end]
        position = end
    parts.append(text[position:])
    starts += range(position, len(text))
    ends += range(position + 1, len(text) + 1)
    return ReadableText("".join(parts), tuple(starts), tuple(ends))


def _is_weak(word: str) -> bool:
    """Return True for a word with one key at its end only: «thon3» is a hamlet, «cars» is English."""
    lower = word.lower()
    return not re.search(r"dd|aa|ee|oo|w|[a-z]\d.*\w", lower)


@lru_cache(maxsize=20_000)
def decode_word(word: str) -> str | None:
    """Return the syllable that the keys of `word` mean; None if it is one as it stands, or if they mean none."""
    lower = word.lower()
    if not 1 < len(lower) <= _MAX_WORD or lower in _ENGLISH or is_syllable(lower):
        return None
    is_vni = any(char.isdecimal() for char in lower)
    if is_vni and not (lower[0].isalpha() and any(char in "aeiouyd" for char in lower)):
        return None
    syllable = _decode_vni(lower) if is_vni else _decode_telex(lower)
    if syllable is None:
        return None
    return syllable.upper() if word.isupper() else syllable.capitalize() if word[0].isupper() else syllable


def is_syllable(word: str) -> bool:
    """Return True if the folded word can be a Vietnamese syllable."""
    if "oo" in word:
        return word in _RARE_SYLLABLES
    return any(word[:size] in _BARE_ONSETS and word[size:] in _BARE_RIMES for size in range(4))


def _decode_telex(word: str) -> str | None:
    """Read the keys one after the other; where a key may be a letter too, both readings are tried."""
    open_keys = [index for index, char in enumerate(word) if index and char in "sfrxjwaeod"]
    if len(open_keys) > 6:
        return None
    for readings in product((True, False), repeat=len(open_keys)):
        is_key = dict(zip(open_keys, readings, strict=True))
        letters: list[str] = []
        tone = ""
        for index, char in enumerate(word):
            if not is_key.get(index):
                letters.append(char)
            elif char in _TONES:
                is_inside = word[index + 1 : index + 2] in ("a", "e") and letters[-1] != "ư"
                if tone or is_inside or not _VOWELS.intersection(letters):
                    break
                tone = char
            elif not _apply_key(letters, char):
                break
        else:
            if any(readings) and (syllable := _compose(letters, tone)):
                return syllable
    return None


def _decode_vni(word: str) -> str | None:
    letters: list[str] = []
    tone = ""
    for char in word:
        if char.isalpha():
            letters.append(char)
        elif char in _VNI_TONES:
            if tone:
                return None
            tone = _VNI_TONES[char]
        elif not _apply_vni_key(letters, char):
            return None
    return _compose(letters, tone)


def _apply_vni_key(letters: list[str], key: str) -> bool:
    if key == "9":
        return _apply_key(letters, "d")
    if key == "6":
        last = next((char for char in reversed(letters) if char in _CIRCUMFLEX), "")
        return bool(last) and _apply_key(letters, last)
    return key in "78" and any(char in ("uo" if key == "7" else "a") for char in letters) and _apply_key(letters, "w")


def _apply_key(letters: list[str], key: str) -> bool:
    """Apply a Telex key to the letters so far; False if it has nothing to change."""
    if key == "d":
        if not letters or letters[0] != "d":
            return False
        letters[0] = "đ"
        return True
    if key in _CIRCUMFLEX:
        place = max((index for index, char in enumerate(letters) if char == key), default=-1)
        if place < 0 or _VOWELS.intersection(letters[place + 1 :]):
            return False
        letters[place] = _CIRCUMFLEX[key]
        return True
    word = "".join(letters)
    for plain, horned in (("uu", "ưu"), ("uo", "ươ"), ("ưo", "ươ"), ("ua", "ưa"), ("u", "ư"), ("o", "ơ"), ("a", "ă")):
        if (plain == "ua" and (word.startswith("q") or not word.endswith("ua"))) or plain not in word:
            continue
        if plain == "u" and "oa" in word:
            continue
        place = word.rindex(plain)
        letters[place : place + len(plain)] = horned
        return True
    if letters and not _VOWELS.intersection(letters):
        letters.append("ư")
        return True
    return False


def _compose(letters: list[str], tone: str) -> str | None:
    """Return the syllable with its tone, or None if there is none like it."""
    word = "".join(letters)
    for size in range(min(3, len(word) - 1), -1, -1):
        onset, rime = word[:size], word[size:]
        if onset not in _ONSETS or rime not in _RIMES:
            continue
        if rime.endswith(_STOPS) and tone not in ("s", "j"):
            return None
        if not tone:
            return word
        place = size + _find_tone_place(rime)
        return normalize("NFC", word[: place + 1] + _TONES[tone] + word[place + 1 :])
    return None


def _find_tone_place(rime: str) -> int:
    """Return the index of the vowel that carries the tone."""
    vowels = [index for index, char in enumerate(rime) if char in _VOWELS]
    marked = [index for index in vowels if rime[index] in "ăâêôơ"]
    if marked:
        return marked[-1]
    if len(vowels) == 1 or rime[0] == "ư" or rime in ("ia", "ua"):
        return vowels[0]
    is_closed = vowels[-1] < len(rime) - 1 or len(vowels) > 2
    return vowels[1] if is_closed or rime in ("oa", "oe", "uy") else vowels[0]
