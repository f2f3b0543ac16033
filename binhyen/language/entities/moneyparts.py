"""Parser parts of an amount: a number below its unit, the unit, the currency."""

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import money_cues as words
from binhyen.language.entities.numerals import LEXEME, parse_number, parse_spelled_number


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
    entry = words.SCALES.get(word)
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
    if next_match and next_match[2] in words.NOT_AFTER.get(word, ()):
        return None
    return hit.end(), entry[0]


def parse_currency(view: AlignedText, pos: int) -> int | None:
    """Return the end of a currency word right after `pos`."""
    hit = LEXEME.match(view.plain, pos)
    if hit is None or hit[2] not in words.CURRENCY:
        return None
    start = hit.end() - len(hit[2])
    next_char = view.cased[hit.end() + 1 : hit.end() + 2]
    next_match = LEXEME.match(view.plain, hit.end())
    if hit[2] == "dong" and next_match and next_match[2] in ("chi", "nghiep", "huong", "bao", "ho", "hoi", "nat"):
        return None  # «1 đồng chí»
    if hit[2] == "dong" and view.is_unaccented and view.has_proper_names and next_char.isupper():
        return None  # «thửa 214 đồng Chọi»
    return hit.end() if view.marked[start : hit.end()] in words.CURRENCY[hit[2]] else None
