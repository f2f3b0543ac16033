"""Building blocks of times: clock, date, weekday, part of the day, «2 hôm trước»."""

import re
from typing import Final

from binhyen.language.entities.timespans import ago, count_of, lunar_day
from binhyen.language.entities.timewords import ELEMENTS, NUMBERS, PREFIXES, STRONG, UNITS, WEAK
from binhyen.language.phrases import bag
from binhyen.language.view import View

_HOUR_WORDS = "mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi mot|muoi hai|muoi"
_CLOCK: Final = re.compile(
    r"(?:(\d{1,2})\s?(?:h|g|gio|giờ|hh)(?![a-z])(?:\s?(\d{2})(?!\d|[./,]\d|tr|k)(?:\s?(?:phut|ph|p|')(?![a-z]))?|\s?\d\s?(?:phut|ph|p)(?![a-z]))?"
    r"|(\d{1,2}):(\d{2})(?!\d)"
    r"|(\d{1,2})(?=\s?ruoi\b)"
    r"|(\d{1,2})(?=\s(?:sang|trua|chieu|toi|dem|khuya)\b)"
    rf"|(?:{_HOUR_WORDS}) (?:gio|ruoi)\b)"
    r"(?:\s?(?:ruoi|hon|kem(?: \d{1,2}(?: phut)?)?)\b)?"
)
_DATE: Final = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})(?:\2(?:(?:19|20)\d\d|\d\d))?(?![\d/])")
_YEAR: Final = re.compile(r"(?:19|20)\d\d\Z")
_WEEKDAY: Final = re.compile(r"t[2-7]\Z")
_DAY_NAMES: Final = bag("""
    2 3 4 5 6 7 hai ba tu nam sau bay
    """)
_NOT_BEFORE_WEEKDAY: Final = bag("""
    lan nguoi con vu dua cai so chau tap thang cu ngoi can day hang xe phat khong nha tang vo dong muc phong
    """)


_DAY_MARKS: Final = {
    "ngay": ("ngày", "ngay"),
    "thang": ("tháng", "thang"),
    "nam": ("năm", "nam"),
    "hom": ("hôm", "hom"),
    "dem": ("đêm", "dem"),
    "mung": ("mùng", "mung"),
    "mong": ("mồng", "mong"),
    "sang": ("sáng", "sang"),
    "toi": ("tối", "toi"),
    "chieu": ("chiều", "chieu"),
}
_NOT_FRACTION: Final = bag("doi nguoi so cu dua em chau phan ho tan ca")
_BEGINNINGS: Final = bag("ngay mung mong hom ram dem sang chieu toi trua bua thang nam thu cach t2 t3 t4 t5 t6 t7")
_DAY_WORDS: Final = bag("ngay mung mong hom ram dem sang chieu toi trua bua")
# Bare «toi» and «tui» with these are «tôi nó», «túi đó», «tôi rồi».
_NOT_OF_ME: Final = bag("no te do truoc roi mai moi toi mot dem")
# Bare: «bán trước», «bản sang», «hỏi tôi», «vừa qua cầu».
_TWO_FACED: Final = frozenset(
    {
        ("ban", "truoc"),
        ("ban", "sang"),
        ("hoi", "toi"),
        ("khi", "toi"),
        ("vua", "qua"),
        ("sang", "moi"),
        ("dem", "ve"),
        ("toi", "muon"),
        ("toi", "khuya"),
    }
)
_BEFORE_YEAR_ALONE: Final = bag("tu hoi ngu")
_BEFORE_YEAR: Final = bag("tu hoi luc vao cuoi dau giua he mua thang tet")
_DARKENS: Final = bag("sap troi sam nhem")
_COUNTED: Final = bag("lan nguoi ca vien bua cai con dua chiec xe bat to ve ban cuoc thang gio tuoi chai ly cay")
_MONTHS: Final = bag("nay ni truoc roi sau toi qua")
_NUMBERED: Final = bag("lop xom thon so to phong km ngo khoi hem duong")
_ADDRESS_WORDS: Final = bag("binh truong duong pho ngo so hem ngach nha")


_FIRST_WORDS: Final = ELEMENTS.firsts() | PREFIXES.firsts() | _BEGINNINGS | NUMBERS


def may_begin(word: str) -> bool:
    """Some expression of time can begin with the folded `word`; cheap, for every word of a message."""
    return word in _FIRST_WORDS or "0" <= word[0] <= "9"


def element(view: View, index: int) -> tuple[int, str] | None:
    """One building block at word `index`: the index after it and its strength."""
    if index >= len(view.words):
        return None
    word = view.words[index]
    phrase = ELEMENTS.find(view, index)
    numeric = _numeric(view, index, word)
    if phrase and (numeric is None or phrase[0] >= numeric[0]):
        if _something_else(view, index, word, phrase[0]):
            return numeric
        if view.words[phrase[0] : phrase[0] + 1] in (["nao"], ["mo"]) and view.gap(phrase[0] - 1) == " ":
            return None  # «đêm nào cũng» is a habit
        if view.words[phrase[0] - 1] == "thang":
            return _month(view, phrase[0] - 1) or phrase
        return phrase
    return numeric


def _something_else(view: View, index: int, word: str, end: int) -> bool:
    """The words are those of a time, but stand for something else."""
    before = view.words[index - 1] if index else ""
    last = view.words[end - 1]
    counted = (before.isdecimal() or before in NUMBERS) and view.gap(index - 1) == " "
    counted = counted and view.words[max(0, index - 2)] not in _NUMBERED
    if word in ("hom", "bua"):
        return last in ("nay", "ni", "roi") and (counted or before == "nhieu")  # «mấy hôm nay» is a duration
    if word in ("tuan", "thang", "nam"):
        patrol = word == "tuan" and before == "di"  # «đi tuần qua»
        lies = view.bare and word == "nam" and end - index == 2 and last in ("roi", "truoc", "sau")  # «nằm rồi»
        return counted or before == "ca" or patrol or (lies and before not in _BEFORE_YEAR)  # «2 tháng rồi»
    if last == "qua" and word == "vua" and end < len(view.words) and view.capital(end):
        return True  # «vừa qua Phúc Đồng»
    if view.bare and word == "tui" and end == index + 1:
        return True  # I
    if last == "tui" or word == "tui":
        plastic = view.words[end : end + 1] in (["long"], ["lon"], ["loong"])  # «túi ni lông»
        return (plastic and last in ("ni", "nay")) or (view.bare and word == "tui" and last in _NOT_OF_ME)
    if not view.bare:
        return word == "toi" and last == "roi" and before in _DARKENS
    if word in ("toi", "mai") and end - index == 2 and last in _NOT_OF_ME:
        return True  # «tui» and «toi» are also «tôi»
    if end - index == 2 and (word, last) in _TWO_FACED:
        return True
    return word == "nay" and end == index + 1  # «nay» is far more often «này» than «nãy»


def _numeric(view: View, index: int, word: str) -> tuple[int, str] | None:
    if _YEAR.match(word) and index and view.words[index - 1] in _BEFORE_YEAR_ALONE:
        return index + 1, STRONG
    if word[0].isdecimal():
        return lunar_day(view, index) or _clock(view, index) or _date(view, index, free=True) or ago(view, index)
    if word in _DAY_MARKS and view.marks[index] not in _DAY_MARKS[word]:
        return None  # «thắng 2-1» is no month
    if word in _DAY_WORDS:
        return _day_of_month(view, index, word) or (ago(view, index) if word == "nua" else None)
    if word == "thang":
        return _month(view, index)
    if word == "nam":
        follows = view.words[index + 1 : index + 2]
        born = view.words[max(0, index - 2) : index]
        if follows and _YEAR.match(follows[0]) and not (born[-1:] in (["sinh"], ["sn"]) and born[:1] != ["hy"]):
            return index + 2, STRONG
        if follows and re.match(r"[4-9]\d\Z", follows[0]) and born[-1:] in (["tu"], ["hoi"]):
            return index + 2, STRONG  # «từ năm 72»
        return _clock(view, index) or ago(view, index)
    if word == "thu" or _WEEKDAY.match(word):
        return _weekday(view, index, word)
    if word == "cach":
        return _since(view, index)
    if word in NUMBERS:
        return _clock(view, index) or ago(view, index)
    return None


def _since(view: View, index: int) -> tuple[int, str] | None:
    """«cách đây khoảng 3 hôm»."""
    if view.words[index + 1 : index + 2] not in (["day"], ["nay"]):
        return None
    first = index + 2
    if view.words[first : first + 1] and view.words[first] in ("khoang", "tam", "hon", "gan", "chung", "duoc"):
        first += 1
    after = count_of(view, first)
    return (after, STRONG) if after else None


def _clock(view: View, index: int) -> tuple[int, str] | None:
    hit = _CLOCK.match(view.plain, view.starts[index])
    if hit is None:
        return None
    hour = next((int(hit[k]) for k in (1, 3, 5, 6) if hit[k]), 0)
    minute = next((int(hit[k]) for k in (2, 4) if hit[k]), 0)
    end = _word_at(view, index, hit.end())
    if view.words[index] == "bay" and view.marks[index] != "bảy":
        return None  # «bây giờ» is not seven o'clock
    if view.words[index] == "sau" and view.marks[index] != "sáu" and (not view.bare or not hit[0].endswith("ruoi")):
        return None  # «sau giờ học» is not six o'clock
    if hour == 24 and not minute and view.words[index - 1 : index] not in (["luc"], ["den"], ["toi"], ["truoc"]):
        return None  # «mở 24h»
    if hour > 24 or minute > 59 or end is None:
        return None
    follows = view.words[end : end + 2]
    if follows[:1] == ["dong"] or follows[:1] == ["lien"] or view.plain[hit.end() : hit.end() + 1] == "/":
        return None
    before = view.words[max(0, index - 2) : index]
    if before[-1:] in (["vong"], ["suot"], ["trong"], ["mat"], ["km"]) and hit[2] is None:
        return None
    if hit[6] and view.words[index - 1 : index] not in (["luc"], ["khoang"], ["tam"], ["vao"]):
        return None
    return end, STRONG


def _word_at(view: View, index: int, position: int) -> int | None:
    """The index after the last word that ends at or before `position`, None where it would cut a word."""
    while index < len(view.words) and view.ends[index] <= position:
        index += 1
    if index < len(view.words) and view.starts[index] < position:
        return None
    return index


def _date(view: View, index: int, *, free: bool) -> tuple[int, str] | None:
    hit = _DATE.match(view.plain, view.starts[index])
    if hit is None or not (1 <= int(hit[1]) <= 31 and 1 <= int(hit[3]) <= 12):
        return None
    end = _word_at(view, index, hit.end())
    if end is None or (free and hit[2] != "/" and len(hit[0]) < 8):
        return None
    if free and hit[2] == ".":
        return (end, STRONG) if len(hit[0]) >= 8 else None
    before = view.words[index - 1] if index else ""
    if free and view.words[end : end + 1] and view.words[end] in _NOT_FRACTION and view.gap(end - 1) == " ":
        return None  # «3/5 đối tượng»
    if free and (hit[0] in ("24/7", "1/2", "2/3", "1/3", "3/4", "1/4") or before in _ADDRESS_WORDS):
        return None
    return end, STRONG


def _day_of_month(view: View, index: int, word: str) -> tuple[int, str] | None:
    """«ngày 12/3», «mùng 5 tháng 3 năm 2026», «rằm tháng 7», «hôm 15»."""
    nxt = index + 1
    if word == "ram":
        month = _month(view, nxt) if nxt < len(view.words) and view.words[nxt] == "thang" else None
        return month or ((nxt, WEAK) if view.marks[index] == "rằm" else None)
    if nxt < len(view.words) and view.words[nxt] in ("mung", "mong", "ngay", "hom"):
        nxt += 1
    if view.words[nxt : nxt + 1] == ["ram"] and word in ("hom", "ngay", "bua", "dem") and view.joined(index, nxt + 1):
        return (_month(view, nxt + 1) if view.words[nxt + 1 : nxt + 2] == ["thang"] else None) or (nxt + 1, STRONG)
    if nxt >= len(view.words) or not view.joined(index, nxt + 1):
        return None
    date = _date(view, nxt, free=False)
    if date:
        return date
    number = view.words[nxt]
    if not (number.isdecimal() and len(number) <= 2 and 1 <= int(number) <= 31):
        return None
    if nxt + 1 < len(view.words) and view.words[nxt + 1] == "thang" and view.joined(nxt, nxt + 2):
        month = _month(view, nxt + 1)
        if month:
            return month
        if view.words[nxt + 2 : nxt + 3] and view.words[nxt + 2] in _MONTHS and view.joined(nxt, nxt + 3):
            return nxt + 3, STRONG
    follows = view.words[nxt + 1] if nxt + 1 < len(view.words) and view.gap(nxt).isspace() else ""
    if word in ("sang", "toi", "dem", "chieu", "trua"):
        doubtful = view.bare and word in ("toi", "sang", "chieu")
        ends = nxt + 1 == len(view.words) or view.hard_after(nxt) or (not follows and not doubtful)
        counts = len(number) == 1 or doubtful or follows in _COUNTED or follows in UNITS
        return (nxt + 1, STRONG) if ends or not counts else None
    if word in ("ngay", "hom", "mung", "mong", "bua"):
        return (nxt + 1, STRONG) if follows not in _COUNTED else None
    return None


def _month(view: View, index: int) -> tuple[int, str] | None:
    follows = view.words[index + 1 : index + 2]
    if not follows or not view.joined(index, index + 2) or (index > 1 and view.words[index - 2] == "duong"):
        return None  # «đường 26 tháng 3» is a road
    date = re.match(r"\d{1,2}[/-](?:19|20)\d\d(?!\d)", view.plain[view.starts[index + 1] : view.starts[index + 1] + 9])
    if date:
        end = _word_at(view, index, view.starts[index + 1] + date.end())
        return (end, STRONG) if end else None
    if not (follows[0].isdecimal() and len(follows[0]) <= 2 and 1 <= int(follows[0]) <= 12):
        return None
    end = index + 2
    tail = view.words[end : end + 2]
    if len(tail) == 2 and tail[0] == "nam" and _YEAR.match(tail[1]):
        end += 2
    elif tail and _YEAR.match(tail[0]):
        end += 1
    return end, STRONG


def _weekday(view: View, index: int, word: str) -> tuple[int, str] | None:
    if word != "thu":
        return index + 1, STRONG
    follows = view.words[index + 1 : index + 2]
    if (
        not follows
        or follows[0] not in _DAY_NAMES
        or view.marks[index] not in ("thứ", "thu")
        or not view.joined(index, index + 2)
    ):
        return None
    if index and view.words[index - 1] in _NOT_BEFORE_WEEKDAY:
        return None
    return index + 2, STRONG
