"""Amounts in đồng: «500k», «1tr2», «1.500.000đ», «ba trăm triệu», «nửa tỷ», «triệu rưỡi», «4 lít», «2 củ»."""

from dataclasses import dataclass
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.numerals import DIGITS, LEXEME, parse_number, parse_spelled_number
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import word_set

# Words of money: units, slang, what is counted, what is paid.

# unit word → (factor, accented spellings that mean the unit)
SCALES: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "k": (1_000, ("k",)),
    "n": (1_000, ("n",)),
    "nghin": (1_000, ("nghìn", "nghin")),
    "ngan": (1_000, ("ngàn", "ngan")),
    "ngin": (1_000, ("ngìn", "ngin")),
    "tr": (1_000_000, ("tr",)),
    "trieu": (1_000_000, ("triệu", "trieu")),
    "cu": (1_000_000, ("củ", "cu")),
    "chai": (1_000_000, ("chai",)),
    "trieeu": (1_000_000, ("trieeu",)),
    "tril": (1_000_000, ("tril",)),
    "ty": (1_000_000_000, ("tỷ", "ty")),
    "ti": (1_000_000_000, ("tỉ", "ti")),
    "toi": (1_000_000_000, ("tỏi",)),
    "lit": (100_000, ("lít", "lit")),
    "xi": (100_000, ("xị", "xi")),
    "loet": (100_000, ("loét", "loet")),
    "lop": (100_000, ("lốp",)),
    "canh": (1_000, ("cành",)),
}
CURRENCY: Final[dict[str, tuple[str, ...]]] = {
    "d": ("đ", "d"),
    "dong": ("đồng", "dong"),
    "vnd": ("vnd", "vnđ"),
    "bac": ("bạc",),
}
WORD_START: Final = frozenset((*DIGITS, "nua", "chuc", "tram", "trieu", "ty", "ti", "cu", "ngan", "nghin"))
VAGUE: Final = frozenset(("vai", "may", "hang", "dam"))
# Words that follow a litre, a tuber or a person of rank, but never an amount.
NOT_AFTER: Final[dict[str, frozenset[str]]] = {
    "lit": word_set("""
    xang dau nuoc ruou sua bia mat mam son nhot hoa
    """),
    "cu": word_set("""
    khoai san toi hanh gung cai sac su lac mai ba ong ay gia nay do kia
    """),
    "chai": word_set("""
    bom xang bia ruou nuoc dau sua thuoc xang gas ga thuy nhua
    """),
    "ti": word_set("""
    xiu nua ti thoi
    """),
    "k": frozenset(("m",)),
    "canh": word_set("cay mai dao hoa la quat"),
}
MEASURED: Final = word_set("""
    nguoi m2 m3 met m km kg ta tan yen cay con cai chiec ho dan lan luot thanh suat phan hecta ha ml gam g bo
    """)
NOT_TAIL: Final = word_set("""
    hom ngay thang nam nguoi cai chiec lan con chi xe gio h tuan dua phut bua thoi to cay bo dien may ong ba anh
    truoc nay ngoai sau ho suat ve thung hop mon dua bua ngoi nha ky tan ta met tiet khoa lop em chau ban
    """)
CUES: Final = word_set("""
    tien gia mat vay no chuyen ck lua phat nop coc tra von luong bien
    """)

CROWDS: Final = word_set("nguoi con cay m2 km trung")
PAID: Final = word_set("dang gop het tien gia nop phat phi dong thu coc chuyen ck tra thoi vay no chuoc mat xin muon")
HUNDREDS: Final = frozenset(range(100, 1000, 100))
NOTES: Final = frozenset((10, 20, 50, 100, 200, 500))


# Parser parts of an amount: a number below its unit, the unit, the currency.


def parse_small_number(view: AlignedText, pos: int) -> tuple[int, float, bool] | None:
    """Parse a number below its unit: return its end, value and whether it is written in digits."""
    hit = LEXEME.match(view.plain, pos)
    if hit is None:
        return None
    if hit[1] and len(hit[1]) > 19:
        return None
    if hit[1]:
        return _parse_after_digits(view, hit.end(), parse_number(hit[1]))
    word = hit[2]
    if word == "nua":
        half = LEXEME.match(view.plain, hit.end())
        if half and half[2] == "tram" and parse_unit(view, half.end()):
            return half.end(), 50.0, False  # «nửa trăm triệu»
        return hit.end(), 0.5, False
    if word in ("trieu", "ty", "ti", "cu", "nghin", "ngan"):
        next_match = LEXEME.match(view.plain, hit.end())
        return (pos, 1.0, False) if next_match and next_match[2] == "ruoi" else None
    spelled = parse_spelled_number(view, pos)
    return spelled and (*_parse_half(view, spelled[0], spelled[1]), False)


def _parse_half(view: AlignedText, end: int, value: float) -> tuple[int, float]:
    """Add the half in «hai trăm rưỡi triệu»: half of a hundred, if a unit follows."""
    hit = LEXEME.match(view.plain, end)
    if hit and hit[2] in ("ruoi", "ruoii") and value >= 10 and value % 10 == 0 and parse_unit(view, hit.end()):
        return hit.end(), value + (50 if value % 100 == 0 else 5)
    return end, value


def _parse_after_digits(view: AlignedText, end: int, value: float) -> tuple[int, float, bool]:
    """Parse «5 trăm», «2 chục» after digits."""
    hit = LEXEME.match(view.plain, end)
    if hit and hit[2] in ("tram", "chuc", "muoi"):
        stop, whole = _parse_half(view, hit.end(), value * (100 if hit[2] == "tram" else 10))
        if parse_unit(view, stop):
            return stop, whole, True
    return end, value, True


def parse_unit(view: AlignedText, pos: int) -> tuple[int, int] | None:
    """Parse a unit word right after a number: return its end and factor."""
    hit = LEXEME.match(view.plain, pos)
    if hit is None or not hit[2]:
        return None
    word = hit[2]
    entry = SCALES.get(word)
    if entry is None:
        return None
    start = hit.end() - len(word)
    marked = view.marked[start : hit.end()]
    glued = start == pos
    if marked not in entry[1] or (word == "n" and not glued):
        return None
    if marked == "cu" and not view.is_unaccented and not glued:
        return None
    next_match = LEXEME.match(view.plain, hit.end())
    if (
        marked == "k"
        and not glued
        and next_match
        and next_match[2]
        and not view.plain[max(0, pos - 2) : pos].isdecimal()
    ):
        return None  # «chở 3 k mũ»
    if next_match and next_match[2] in NOT_AFTER.get(word, ()):
        return None
    return hit.end(), entry[0]


def parse_currency(view: AlignedText, pos: int) -> int | None:
    """Return the end of a currency word right after `pos`."""
    hit = LEXEME.match(view.plain, pos)
    if hit is None or hit[2] not in CURRENCY:
        return None
    start = hit.end() - len(hit[2])
    next_char = view.cased[hit.end() + 1 : hit.end() + 2]
    next_match = LEXEME.match(view.plain, hit.end())
    if hit[2] == "dong" and next_match and next_match[2] in ("chi", "nghiep", "huong", "bao", "ho", "hoi", "nat"):
        return None  # «1 đồng chí»
    if hit[2] == "dong" and view.is_unaccented and view.has_proper_names and next_char.isupper():
        return None  # «thửa 214 đồng Chọi»
    return hit.end() if view.marked[start : hit.end()] in CURRENCY[hit[2]] else None


_THOUSAND, _MILLION, _BILLION = 1_000, 1_000_000, 1_000_000_000
_LARGE: Final = ("trieu", "ty", "ti")
_HUNDREDS: Final = range(100, 1000)


@dataclass(slots=True)
class _Amount:
    value: float = 0.0
    scale: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class _Number:
    start: int
    end: int
    value: float
    literal: bool


def add_amounts(registry: SpanRegistry) -> None:
    """Add MONEY spans; `norm` is an integer number of đồng."""
    view = registry.view
    for index, word in enumerate(view.words):
        if not ("0" <= word[0] <= "9" or word in WORD_START) or not registry.is_word_free(index):
            continue
        if index and view.words[index - 1] in VAGUE and word[0] > "9":
            continue
        if word == "tram" and index and view.words[index - 1] == "khong":
            continue  # «không trăm …» starts no amount
        if (
            word == "ba"
            and view.has_proper_names
            and view.words[index + 1 : index + 2] == ["trieu"]
            and view.is_capitalized(index + 1)
        ):
            continue  # the road «Bà Triệu»
        if _is_not_money(registry, index, word):
            continue
        start = view.starts[index]
        if start >= 2 and view.plain[start - 1] in ".,/" and view.plain[start - 2].isdecimal():
            continue
        hit = _parse_amount(view, index)
        if hit:
            end, value = hit
            registry.add("MONEY", start, end, value)


def _is_not_money(registry: SpanRegistry, index: int, word: str) -> bool:
    """Return True for «350k một chai», and unaccented «ba cu» without a word of money: a bottle, an old woman."""
    view = registry.view
    if word == "mot" and registry.get_kind_before(index) == "MONEY":
        return True
    may_be_old_woman = view.is_unaccented and word[0] > "9" and view.words[index + 1 : index + 2] in (["cu"], ["xi"])
    return may_be_old_woman and view.words[index + 1 : index + 3] != ["cu", "ruoi"] and not _has_money_cue(view, index)


def _has_money_cue(view: AlignedText, index: int) -> bool:
    """Return True if a word of money stands up to four words before."""
    return any(word in CUES for word in view.words[max(0, index - 4) : index])


def _parse_amount(view: AlignedText, index: int) -> tuple[int, int] | None:
    """Return the end of the amount that begins at word `index`, and its value."""
    pos = view.starts[index]
    amount = _Amount()
    steps = 0
    while steps < 6:
        steps += 1
        below = parse_small_number(view, pos)
        if below is None:
            break
        end, value, literal = below
        unit = parse_unit(view, end)
        if unit is None:
            if amount.scale:
                _add_tail(view, amount, end, value, literal)
            else:
                return _parse_without_scale(view, index, _Number(pos, end, value, literal))
            break
        unit_end, factor = unit
        if (
            _is_in_thousands(view, amount) and factor == _BILLION and (not value or value in _HUNDREDS)
        ):  # «3 nghìn 500 tỷ»
            amount.value = (amount.value + value) * factor
        elif amount.scale and factor >= amount.scale:
            break
        else:
            amount.value += value * factor
        amount.scale, amount.end = factor, unit_end
        pos = _skip_conjunction(view, _parse_thousands(view, _add_half(view, amount), amount))
    if not amount.scale:
        return None
    if _is_count(view, amount):
        return None
    end = parse_currency(view, amount.end) or amount.end
    value = round(amount.value)
    return (end, value) if 500 <= value <= 10**15 else None


def _is_in_thousands(view: AlignedText, amount: _Amount) -> bool:
    return amount.scale == _THOUSAND and view.plain.endswith(("nghin", "ngan", "ngin", "ruoi"), 0, amount.end)


def _parse_thousands(view: AlignedText, pos: int, amount: _Amount) -> int:
    """Parse «3 nghìn tỷ», «nghìn rưỡi tỷ»: thousands of the unit."""
    unit = parse_unit(view, pos) if _is_in_thousands(view, amount) else None
    if unit is None or unit[1] not in (_MILLION, _BILLION) or not view.plain.endswith(_LARGE, 0, unit[0]):
        return pos
    amount.value *= unit[1]
    amount.scale, amount.end = unit[1], unit[0]
    return _add_half(view, amount)


def _skip_conjunction(view: AlignedText, pos: int) -> int:
    """Skip the conjunction before a small remainder: «hai triệu lẻ năm nghìn»."""
    hit = LEXEME.match(view.plain, pos)
    return hit.end() if hit and hit[2] in ("linh", "le") else pos


def _is_count(view: AlignedText, amount: _Amount) -> bool:
    """Return True for a count or a measure: «bốn nghìn người», «mười ngàn con», «400 lít»."""
    follower = LEXEME.match(view.plain, amount.end)
    spelled = view.plain.endswith(("nghin", "ngan", "trieu"), 0, amount.end)
    if spelled and follower is not None and follower[2] in CROWDS:
        return True
    return amount.value > 3_000_000 and view.plain.endswith("lit", 0, amount.end)


def _add_half(view: AlignedText, amount: _Amount) -> int:
    hit = LEXEME.match(view.plain, amount.end)
    if hit and hit[2] in ("ruoi", "ruoii"):
        amount.value += amount.scale / 2
        amount.end = hit.end()
    return amount.end


def _add_tail(view: AlignedText, amount: _Amount, end: int, value: float, literal: bool) -> None:
    """Add the digits after the last unit: «1tr2», «1 triệu 2», «2 tỷ 350» are tenths, hundredths or thousandths."""
    if not literal and value >= 10:
        if value in HUNDREDS and _has_plain_end(view, end):
            amount.value += value * amount.scale / 1000  # «bốn triệu chín trăm»
            amount.end = end
        return
    follower = LEXEME.match(view.plain, end)
    if amount.scale == SCALES["k"][0] and view.plain[amount.end : amount.end + 1] == " ":
        return  # «450k 1 giàn», «200k sau một tuần»
    if not literal and view.marked[max(0, end - 3) : end] == "bay":
        return  # «40 triệu bay vô túi»
    glued = view.plain[amount.end : amount.end + 1].isdecimal()
    is_bare_one = (
        value == 1
        and (not literal or (follower is not None and bool(follower[2])))
        and view.marked[max(0, end - 3) : end] != "mốt"
    )
    if follower and not glued and (follower[2] in NOT_TAIL or follower[1] or is_bare_one):
        return  # «2 triệu 3 người», «70 ngàn một viên»
    if view.plain[end : end + 1] in ("h", "/", ":", ".") and view.plain[end + 1 : end + 2].isdecimal():
        return
    digits = len(str(int(value)))
    if value != int(value) or digits > 3:
        return
    amount.value += value * amount.scale / 10**digits
    amount.end = end


def _has_plain_end(view: AlignedText, end: int) -> bool:
    """Return True if no counted noun follows: «một triệu hai trăm người» are people."""
    follower = LEXEME.match(view.plain, end)
    return follower is None or not (follower[1] or follower[2] in NOT_TAIL or follower[2] in MEASURED)


def _parse_without_scale(view: AlignedText, index: int, amount: _Number) -> tuple[int, int] | None:
    """Parse an amount without thousand, million or billion: «500.000đ», «1.500.000», «tiền 5000000»."""
    end, value, literal = amount.end, amount.value, amount.literal
    currency_end = parse_currency(view, end)
    hundreds = _parse_spoken_hundreds(view, index, amount, currency_end)
    if hundreds:
        return hundreds
    if currency_end and (literal or value >= 10):
        is_plausible = value >= 100 or (value > 0 and view.plain[end:currency_end].strip() == "dong")
        return (currency_end, round(value)) if is_plausible else None
    if not literal or view.plain[end : end + 1].isalnum():
        return None
    text = view.plain[amount.start : end].strip()
    notes = view.words[max(0, index - 2) : index]
    if value in NOTES and notes[-1:] == ["to"] and (view.marks[index - 1] == "tờ" or notes[0] in ("may", "vai")):
        return end, round(value * 1000)  # «mấy tờ 500»
    follower = LEXEME.match(view.plain, end)
    if follower and follower[2] in MEASURED:
        return None
    cued = _has_money_cue(view, index)
    grouped = text.count(".") + text.count(",")
    if (grouped >= 2 and value >= 100_000) or (
        grouped == 1 and text.endswith("000") and value >= 10_000 and (cued or value >= 50_000)
    ):
        return end, round(value)
    if cued and not grouped and value >= 10_000 and text.endswith("000"):
        return end, round(value)
    return None


def _parse_spoken_hundreds(
    view: AlignedText, index: int, amount: _Number, currency_end: int | None
) -> tuple[int, int] | None:
    """Parse hundreds with «thousand» omitted: «nộp phạt tám trăm», «hai trăm bạc», «2 trăm tiền bồi dưỡng»."""
    end, value = amount.end, amount.value
    if amount.literal:
        hit = LEXEME.match(view.plain, end)
        if not hit or hit[2] not in ("tram", "chuc") or value >= 10:
            return None
        end, value = hit.end(), value * (100 if hit[2] == "tram" else 10)
    if " " not in view.plain[amount.start : end].strip() and not amount.literal:
        return None  # «dăm ba trăm», «phần trăm»
    if value % 10 or not 20 <= value <= 900 or view.plain[amount.start : end].split()[-1] not in ("tram", "chuc"):
        return None
    follower = LEXEME.match(view.plain, end)
    next_word = follower[2] if follower else ""
    if next_word == "ruoi" and follower:
        return follower.end(), round(value * 1000) + 50_000
    if next_word in ("bac", "tien"):
        return (currency_end or end), round(value * 1000)
    if (
        (next_word in NOT_TAIL and next_word not in ("mot", "thi", "ma"))
        or next_word in MEASURED
        or next_word in SCALES
        or (next_word in DIGITS and next_word != "mot")
    ):
        return None
    return (
        (end, round(value * 1000))
        if _has_payment_verb(view, index) or (amount.literal and next_word == "mot")
        else None
    )


def _has_payment_verb(view: AlignedText, index: int) -> bool:
    """Return True if a word of paying stands up to three words before."""
    note = view.marks[index - 1 : index] == ["tờ"]
    return note or any(word in PAID for word in view.words[max(0, index - 3) : index])
