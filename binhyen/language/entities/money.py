"""Amounts in đồng: «500k», «1tr2», «1.500.000đ», «ba trăm triệu», «nửa tỷ», «triệu rưỡi», «4 lít», «2 củ»."""

import re
from dataclasses import dataclass
from typing import Final

from binhyen.language.entities.found import Found
from binhyen.language.view import View

_LEXEME: Final = re.compile(r"[ \t]*(?:(\d{1,3}(?:[.,]\d{3})+(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d))|([a-z]+))")
# unit word → (factor, spellings with marks that mean the unit)
_SCALES: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "k": (1_000, ("k",)), "n": (1_000, ("n",)), "ng": (1_000, ("ng",)), "nghin": (1_000, ("nghìn", "nghin")),
    "ngan": (1_000, ("ngàn", "ngan")), "ngin": (1_000, ("ngìn", "ngin")), "tr": (1_000_000, ("tr",)),
    "trieu": (1_000_000, ("triệu", "trieu")), "cu": (1_000_000, ("củ", "cu")), "chai": (1_000_000, ("chai",)),
    "trieeu": (1_000_000, ("trieeu",)), "tril": (1_000_000, ("tril",)), "trịu": (1_000_000, ("trịu",)),
    "ty": (1_000_000_000, ("tỷ", "ty")), "ti": (1_000_000_000, ("tỉ", "ti")), "toi": (1_000_000_000, ("tỏi",)),
    "lit": (100_000, ("lít", "lit")), "xi": (100_000, ("xị", "xi")), "lop": (100_000, ("lốp",)),
}  # fmt: skip
_CURRENCY: Final[dict[str, tuple[str, ...]]] = {
    "d": ("đ", "d"), "dong": ("đồng", "dong"), "vnd": ("vnd", "vnđ"), "vnđ": ("vnđ",), "bac": ("bạc",),
}  # fmt: skip
_DIGITS: Final = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5, "sau": 6, "bay": 7, "bey": 7, "tam": 8,
    "chin": 9, "muoi": 10, "mốt": 1,
}  # fmt: skip
_WORD_START: Final = frozenset((*_DIGITS, "nua", "chuc", "tram", "trieu", "ty", "ti", "cu", "ngan", "nghin"))
_VAGUE: Final = frozenset(("vai", "may", "hang", "dam"))
_MARKED: Final[dict[str, tuple[str, ...]]] = {
    "mot": ("một", "mốt"), "bon": ("bốn",), "tu": ("tư",), "nam": ("năm",), "lam": ("lăm",), "nham": ("nhăm",), "sau": ("sáu",),
    "bay": ("bảy", "bẩy"), "tam": ("tám",), "chin": ("chín",), "muoi": ("mười", "mươi"), "tram": ("trăm",), "chuc": ("chục",),
    "nua": ("nửa", "nữa"),
}  # fmt: skip
# What follows a litre, a tuber or a person of rank, not an amount.
_NOT_AFTER: Final[dict[str, frozenset[str]]] = {
    "lit": frozenset("xang dau nuoc ruou sua bia mat mam son nhot hoa".split()),
    "cu": frozenset("khoai san toi hanh gung cai sac su lac mai ba ong ay gia nay do kia".split()),
    "chai": frozenset("bia ruou nuoc dau sua thuoc xang gas ga thuy nhua".split()),
    "ti": frozenset("xiu nua ti thoi".split()),
    "k": frozenset(("m",)),
}
_MEASURED: Final = frozenset(
    "nguoi m2 m3 met m km kg ta tan yen cay con cai chiec ho dan lan luot thanh suat phan hecta ha ml gam g bo".split()
)
_NOT_TAIL: Final = frozenset(
    "hom ngay thang nam nguoi cai chiec lan con chi xe gio h tuan dua phut bua thoi to cay bo dien may ong ba anh chi".split()
)
_CUES: Final = frozenset("tien gia mat vay no chuyen ck lua phat nop coc tra von luong bien".split())


@dataclass(slots=True)
class _Amount:
    value: float = 0.0
    scale: int = 0
    end: int = 0


def find(found: Found) -> None:
    """Add MONEY spans; `norm` is a whole number of đồng."""
    view = found.view
    for index, word in enumerate(view.words):
        if not ("0" <= word[0] <= "9" or word in _WORD_START) or not found.word_free(index):
            continue
        if index and view.words[index - 1] in _VAGUE and word[0] > "9":
            continue
        start = view.starts[index]
        if start >= 2 and view.plain[start - 1] in ".,/" and view.plain[start - 2].isdecimal():
            continue
        hit = _amount(view, index)
        if hit:
            end, value = hit
            found.add("MONEY", start, end, value)


def _amount(view: View, index: int) -> tuple[int, int] | None:
    """The end of the amount that begins at word `index`, and its value."""
    pos = view.starts[index]
    amount = _Amount()
    steps = 0
    while steps < 6:
        steps += 1
        group = _group(view, pos)
        if group is None:
            break
        end, value, literal = group
        unit = _scale(view, end)
        if unit is None:
            if amount.scale:
                _tail(view, amount, end, value, literal)
            else:
                return _without_scale(view, index, pos, end, value, literal)
            break
        unit_end, factor = unit
        if amount.scale and factor >= amount.scale:
            break
        amount.value += value * factor
        amount.scale, amount.end = factor, unit_end
        pos = _half(view, amount)
    if not amount.scale:
        return None
    end = _currency(view, amount.end) or amount.end
    value = round(amount.value)
    return (end, value) if 500 <= value <= 10**15 else None


def _half(view: View, amount: _Amount) -> int:
    hit = _LEXEME.match(view.plain, amount.end)
    if hit and hit[2] in ("ruoi", "ruoii"):
        amount.value += amount.scale / 2
        amount.end = hit.end()
    return amount.end


def _tail(view: View, amount: _Amount, end: int, value: float, literal: bool) -> None:
    """«1tr2», «1 triệu 2», «2 tỷ 350»: digits after the last unit count in its tenths, hundredths or thousandths."""
    if not literal and value >= 10:
        return
    follower = _LEXEME.match(view.plain, end)
    glued = view.plain[amount.end : amount.end + 1].isdecimal()
    if follower and (follower[2] in _NOT_TAIL or (follower[1] and not glued)):
        return
    if view.plain[end : end + 1] in ("h", "/", ":", ".") and view.plain[end + 1 : end + 2].strip():
        return
    digits = len(str(int(value)))
    if value != int(value) or digits > 3:
        return
    amount.value += value * amount.scale / 10**digits
    amount.end = end


def _without_scale(
    view: View, index: int, pos: int, end: int, value: float, literal: bool
) -> tuple[int, int] | None:
    currency = _currency(view, end)
    if currency and (literal or value >= 10):
        return (currency, round(value)) if value >= 100 or view.plain[end:currency].strip() == "dong" else None
    if not literal or view.plain[end : end + 1].isalnum():
        return None
    text = view.plain[pos:end].strip()
    follower = _LEXEME.match(view.plain, end)
    if follower and follower[2] in _MEASURED:
        return None
    cued = any(word in _CUES for word in view.words[max(0, index - 4) : index])
    grouped = text.count(".") + text.count(",")
    if grouped >= 2 and value >= 100_000 or (grouped == 1 and text.endswith("000") and value >= 10_000 and (cued or value >= 50_000)):
        return end, round(value)
    if cued and not grouped and value >= 10_000 and text.endswith("000"):
        return end, round(value)
    return None


def _group(view: View, pos: int) -> tuple[int, float, bool] | None:
    """A number below its unit: its end, value and whether it is written in digits."""
    hit = _LEXEME.match(view.plain, pos)
    if hit is None:
        return None
    if hit[1] and len(hit[1]) > 19:
        return None
    if hit[1]:
        return _literal(view, hit.end(), _number(hit[1]))
    word = hit[2]
    if word == "nua":
        return hit.end(), 0.5, False
    if word in ("trieu", "ty", "ti", "cu", "nghin", "ngan"):
        after = _LEXEME.match(view.plain, hit.end())
        return (pos, 1.0, False) if after and after[2] == "ruoi" else None
    return _in_words(view, pos)


def _literal(view: View, end: int, value: float) -> tuple[int, float, bool]:
    """«5 trăm», «2 chục» after digits."""
    hit = _LEXEME.match(view.plain, end)
    if hit and hit[2] in ("tram", "chuc", "muoi"):
        after = _scale(view, hit.end())
        factor = 100 if hit[2] == "tram" else 10
        if after:
            return hit.end(), value * factor, True
        rest = _LEXEME.match(view.plain, hit.end())
        if rest and (rest[1] or rest[2] in _DIGITS) and factor == 100:
            tail = _in_words(view, hit.end()) if rest[2] else (rest.end(), _number(rest[1]), True)
            if tail and _scale(view, tail[0]):
                return tail[0], value * 100 + tail[1], True
    return end, value, True


def _number(text: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):
        return float(re.sub("[.,]", "", text))
    return float(text.replace(",", "."))


def _in_words(view: View, pos: int) -> tuple[int, float, bool] | None:
    """«ba trăm», «hai mươi lăm», «chục», «một trăm linh năm»; needs at least one number word."""
    total, current = 0.0, None
    end = pos
    for _ in range(7):
        hit = _LEXEME.match(view.plain, end)
        word = hit[2] if hit else None
        if hit is None or word is None or not _spelled(view, hit.end() - len(word), word):
            break
        if word in ("tram", "chuc", "muoi"):
            if word == "muoi" and current is None and total % 10 == 0:
                current = 10.0
            else:
                total += (current or 1.0) * (100 if word == "tram" else 10)
                current = None
        elif word in _DIGITS:
            if current is not None and current != 10.0:
                break
            current = (current or 0.0) + _DIGITS[word]
        elif word not in ("linh", "le") or not total:
            break
        end = hit.end()
    if end == pos:
        return None
    return end, total + (current or 0.0), False


def _spelled(view: View, start: int, word: str) -> bool:
    """The marks, where there are any, are those of the number word: «tám», not «tầm»."""
    marked = view.marked[start : start + len(word)]
    return marked == word or marked in _MARKED.get(word, (word,))


def _scale(view: View, pos: int) -> tuple[int, int] | None:
    """A unit word right after a number: its end and factor."""
    hit = _LEXEME.match(view.plain, pos)
    if hit is None or not hit[2]:
        return None
    word = hit[2]
    entry = _SCALES.get(word)
    if entry is None:
        return None
    start = hit.end() - len(word)
    marked = view.marked[start : hit.end()]
    glued = start == pos
    if marked not in entry[1] or (len(word) <= 2 and word in ("n", "ng") and not glued):
        return None
    if marked == "cu" and not view.bare and not glued:
        return None
    after = _LEXEME.match(view.plain, hit.end())
    if after and after[2] in _NOT_AFTER.get(word, ()) or (word == "ng" and glued):
        return None
    if view.plain[hit.end() : hit.end() + 1].isalpha():
        return None
    return hit.end(), entry[0]


def _currency(view: View, pos: int) -> int | None:
    hit = _LEXEME.match(view.plain, pos)
    if hit is None or hit[2] not in _CURRENCY:
        return None
    start = hit.end() - len(hit[2])
    return hit.end() if view.marked[start : hit.end()] in _CURRENCY[hit[2]] else None


def words_value(view: View, first: int, last: int) -> int | None:
    """The whole number written in the words `first:last`, or None where they are not exactly a number in words."""
    if view.words[first] not in _DIGITS and view.words[first] not in ("chuc", "tram"):
        return None
    hit = _in_words(view, view.starts[first])
    if hit is None or hit[0] != view.ends[last - 1]:
        return None
    return int(hit[1])
