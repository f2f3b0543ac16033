"""Amounts in đồng: «500k», «1tr2», «1.500.000đ», «ba trăm triệu», «nửa tỷ», «triệu rưỡi», «4 lít», «2 củ»."""

from dataclasses import dataclass
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import money_cues as words
from binhyen.language.entities.moneyparts import parse_currency, parse_small_number, parse_unit
from binhyen.language.entities.numerals import DIGITS, LEXEME
from binhyen.language.entities.span_registry import SpanRegistry

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
        if not ("0" <= word[0] <= "9" or word in words.WORD_START) or not registry.is_word_free(index):
            continue
        if index and view.words[index - 1] in words.VAGUE and word[0] > "9":
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
    return any(word in words.CUES for word in view.words[max(0, index - 4) : index])


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
    if spelled and follower is not None and follower[2] in words.CROWDS:
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
        if value in words.HUNDREDS and _has_plain_end(view, end):
            amount.value += value * amount.scale / 1000  # «bốn triệu chín trăm»
            amount.end = end
        return
    follower = LEXEME.match(view.plain, end)
    if amount.scale == words.SCALES["k"][0] and view.plain[amount.end : amount.end + 1] == " ":
        return  # «450k 1 giàn», «200k sau một tuần»
    if not literal and view.marked[max(0, end - 3) : end] == "bay":
        return  # «40 triệu bay vô túi»
    glued = view.plain[amount.end : amount.end + 1].isdecimal()
    is_bare_one = (
        value == 1
        and (not literal or (follower is not None and bool(follower[2])))
        and view.marked[max(0, end - 3) : end] != "mốt"
    )
    if follower and not glued and (follower[2] in words.NOT_TAIL or follower[1] or is_bare_one):
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
    return follower is None or not (follower[1] or follower[2] in words.NOT_TAIL or follower[2] in words.MEASURED)


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
    if value in words.NOTES and notes[-1:] == ["to"] and (view.marks[index - 1] == "tờ" or notes[0] in ("may", "vai")):
        return end, round(value * 1000)  # «mấy tờ 500»
    follower = LEXEME.match(view.plain, end)
    if follower and follower[2] in words.MEASURED:
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
        (next_word in words.NOT_TAIL and next_word not in ("mot", "thi", "ma"))
        or next_word in words.MEASURED
        or next_word in words.SCALES
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
    return note or any(word in words.PAID for word in view.words[max(0, index - 3) : index])
