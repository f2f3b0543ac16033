"""Parser parts of an amount: a number below its unit, the unit, the currency."""

from binhyen.language.aligned_text import View
from binhyen.language.entities import money_cues as words
from binhyen.language.entities.numerals import LEXEME, in_words, number


def group(view: View, pos: int) -> tuple[int, float, bool] | None:
    """Parse a number below its unit: return its end, value and whether it is written in digits."""
    hit = LEXEME.match(view.plain, pos)
    if hit is None:
        return None
    if hit[1] and len(hit[1]) > 19:
        return None
    if hit[1]:
        return _literal(view, hit.end(), number(hit[1]))
    word = hit[2]
    if word == "nua":
        half = LEXEME.match(view.plain, hit.end())
        if half and half[2] == "tram" and scale(view, half.end()):
            return half.end(), 50.0, False  # «nửa trăm triệu»
        return hit.end(), 0.5, False
    if word in ("trieu", "ty", "ti", "cu", "nghin", "ngan"):
        after = LEXEME.match(view.plain, hit.end())
        return (pos, 1.0, False) if after and after[2] == "ruoi" else None
    said = in_words(view, pos)
    return said and (*_and_half(view, said[0], said[1]), False)


def _and_half(view: View, end: int, value: float) -> tuple[int, float]:
    """Add the half in «hai trăm rưỡi triệu»: half of a hundred, if a unit follows."""
    hit = LEXEME.match(view.plain, end)
    if hit and hit[2] in ("ruoi", "ruoii") and value >= 10 and value % 10 == 0 and scale(view, hit.end()):
        return hit.end(), value + (50 if value % 100 == 0 else 5)
    return end, value


def _literal(view: View, end: int, value: float) -> tuple[int, float, bool]:
    """Parse «5 trăm», «2 chục» after digits."""
    hit = LEXEME.match(view.plain, end)
    if hit and hit[2] in ("tram", "chuc", "muoi"):
        stop, whole = _and_half(view, hit.end(), value * (100 if hit[2] == "tram" else 10))
        if scale(view, stop):
            return stop, whole, True
    return end, value, True


def scale(view: View, pos: int) -> tuple[int, int] | None:
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
    if marked == "cu" and not view.bare and not glued:
        return None
    after = LEXEME.match(view.plain, hit.end())
    if marked == "k" and not glued and after and after[2] and not view.plain[max(0, pos - 2) : pos].isdecimal():
        return None  # «chở 3 k mũ»
    if after and after[2] in words.NOT_AFTER.get(word, ()):
        return None
    return hit.end(), entry[0]


def currency(view: View, pos: int) -> int | None:
    """Return the end of a currency word right after `pos`."""
    hit = LEXEME.match(view.plain, pos)
    if hit is None or hit[2] not in words.CURRENCY:
        return None
    start = hit.end() - len(hit[2])
    after = view.cased[hit.end() + 1 : hit.end() + 2]
    then = LEXEME.match(view.plain, hit.end())
    if hit[2] == "dong" and then and then[2] in ("chi", "nghiep", "huong", "bao", "ho", "hoi", "nat"):
        return None  # «1 đồng chí»
    if hit[2] == "dong" and view.bare and view.names and after.isupper():
        return None  # «thửa 214 đồng Chọi»
    return hit.end() if view.marked[start : hit.end()] in words.CURRENCY[hit[2]] else None
