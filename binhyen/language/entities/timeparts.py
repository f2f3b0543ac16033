"""Elements of time expressions: clock, part of the day, «2 hôm trước»; dates are in timedates.py."""

import re
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set

# Time words: standard, dialect of Nghệ Tĩnh, and abbreviations.

_PARTS = phrase_list("""
    sáng | trưa | chiều | tối | đêm | khuya | túi | rạng sáng | sáng sớm | mờ sáng | chập tối | xế chiều | nửa
    đêm | tảng sáng | tờ mờ sáng | chiều tối | đêm khuya | gần sáng | giữa trưa | sẩm tối | buổi sáng
    | buổi trưa | buổi chiều | buổi tối | buổi đêm | tối muộn | đêm hôm | đêm muộn | sáng
    tinh mơ | chập choạng tối | nhá nhem tối | túi túi | chiều muộn | chạng vạng | khuya khoắt | sớm
    """)
_ALONE = frozenset(part for part in _PARTS[7:] if part[:4] != "buổi") - {"đêm hôm", "sớm"}
_WHICH = phrase_list("""
    nay | qua | mai | kia | ni | hôm qua | hôm nay | bựa qua | bữa qua | bữa ni | bựa ni | ngày mai | hôm kia |
    mơi | tê | hôm tê | bựa tê | hqua | hnay | hôm trước | hôm sau | ngày kia | mốt | hôm rồi | bữa trước | bựa
    trước | hôm đó | hôm nớ | hôm ấy | vừa rồi | vừa qua | nớ | đó | trước | rồi | bữa kia | bựa kia | h qua |
    ngày hôm qua | ngày hôm nay | bữa nay | bựa nay | hum qua | hum nay | wa | hôm wa | hum wa
    """)
_DAYS = phrase_list("""
    hôm nay | hôm qua | hôm kia | hôm kìa | hôm trước | hôm tê | hôm ni | hôm rồi | hôm nọ | hôm bữa | hôm nớ |
    hôm đó | hôm ấy | hôm sau | hôm vừa rồi | hôm mai | bữa nay | bữa ni | bữa qua | bữa trước | bữa kia | bữa
    tê | bữa rồi | bữa nọ | bữa hổm | bữa đó | bữa nớ | bựa ni | bựa nay | bựa qua | bựa trước | bựa tê | bựa
    kia | bựa rồi | bựa nớ | bựa nọ | bựa đó | ngày mai | ngày kia | ngày mốt | ngày hôm qua | ngày hôm nay |
    ngày hôm kia | ngày hôm trước | ngày hôm sau | ngày hôm đó | ngày mơi | hqua | hnay | hum qua | hum nay |
    hum trước | hum kia | hôm wa | hum wa | h qua | ngày qua | khi hôm | khi hồi hôm | hồi hôm | hôm mốt | mai
    mốt | qua nay | tối hôm | đêm hôm qua | hôm chủ nhật
    """)
_NEAR = phrase_list("""
    lúc nãy | khi nãy | hồi nãy | ban nãy | vừa nãy | mới nãy | hồi nảy | lúc nảy | vừa rồi | mới rồi | mới đây
    | hồi sáng | hồi trưa | hồi chiều | hồi tối | hồi đêm | hồi túi | hồi khuya | khi sáng | khi trưa | khi
    chiều | khi tối | khi đêm | khi túi | khi khuya | lúc sáng | lúc trưa | lúc chiều | lúc tối | lúc túi | lúc
    đêm | lúc khuya | khi mai | khi nớ | hồi nớ | ban sáng | ban chiều | khi nả | khi nạy | hồi nạy | lúc nạy |
    hồi sớm | vừa qua | khi mơi | lúc rạng sáng | lúc nớ | lúc tan học | lúc tan ca | lúc tan tầm | lúc gà gáy |
    gà gáy | đợt trước | đợt rồi | đợt vừa rồi | bận trước | đầu giờ chiều | đầu giờ sáng | lúc tờ mờ sáng | lúc
    nửa đêm | giữa khuya | quá trưa | hồi năm ngoái | hồi tháng trước | hồi tuần trước | lúc tinh mơ | tinh mơ
    """)
_PERIODS = phrase_list("""
    tuần trước | tuần này | tuần ni | tuần rồi | tuần qua | tuần sau | tuần tới | tuần vừa rồi | tuần vừa qua |
    tháng trước | tháng này | tháng ni | tháng rồi | tháng qua | tháng sau | tháng tới | tháng vừa rồi | năm
    ngoái | năm trước | năm kia | năm tê | năm rồi | năm sau | cuối tuần | cuối tuần trước |
    cuối tuần này | cuối tuần rồi | cuối tuần qua | đầu tuần | đầu tuần này | giữa tuần | đầu tháng | giữa tháng
    | cuối tháng | đầu năm | cuối năm | giữa năm | đầu tháng này | cuối tháng này | cuối tháng trước | đầu tháng
    sau | đêm giao thừa | giao thừa | dịp tết | sau tết | trước tết | hè năm ngoái | giờ tan trường |
    giờ tan tầm | giờ tan học | giờ ra chơi | giờ ăn trưa | giờ nghỉ trưa | gần tết | giáp tết | cận tết | ra
    tết | hồi tết | ngoài tết | mùa hè năm ngoái | mùa hè năm nay
    """)
_MODIFIERS = _WHICH + phrase_list("""
    tuần trước | tuần này | tuần ni | tuần rồi | tuần qua | tuần sau | tuần tới | tuần vừa rồi | tháng trước |
    tháng này | tháng ni | tháng rồi | năm ngoái | năm nay | năm trước | âm lịch | âm | dương lịch | al | dl |
    tết | tết âm lịch | này | tới | sắp tới | cùng ngày | sáng | trưa | chiều | tối | đêm | khuya | túi | hơn |
    nữa đêm | nửa đêm | hằng tuần | hàng tuần | hàng tháng
    """)

# «hôm bão», «đêm giao thừa», «bữa giỗ»: a day identified by an event.
_EVENTS = phrase_list("""
    bão | lụt | lũ | mưa to | giỗ | giỗ tổ | lễ | lễ hội | lễ chùa | noel | giáng sinh | hội | họp | cưới | khai giảng
    | tang | rằm | thi | bầu cử | trung thu | lễ quan thầy | họp xóm | họp thôn | họp phụ huynh | mở hội | động đất
    """)
_LUNAR = phrase_list("giêng | chạp | một | hai | ba | tư | năm | sáu | bảy | tám | chín | mười | mười một | mười hai")
# STRONG stands alone, WEAK needs a companion or a preposition.
STRONG, PART, WEAK = "strong", "part", "weak"

ELEMENTS: Final[PhraseTrie[str]] = PhraseTrie(
    [
        *((part, STRONG if part in _ALONE else PART) for part in _PARTS),
        *((f"{part} {which}", STRONG) for part in _PARTS[:8] for which in _WHICH),
        *((word, STRONG) for word in (*_DAYS, *_NEAR, *_PERIODS)),
        *((f"{day} {event}", STRONG) for day in ("hôm", "bữa", "bựa", "đêm") for event in _EVENTS),
        *((f"{ram}tháng {month}", STRONG) for ram in ("rằm ", "") for month in _LUNAR[:2]),
        *((f"rằm tháng {month}", STRONG) for month in _LUNAR[2:]),
        *((f"{mung} {day}", STRONG) for mung in ("mùng", "mồng") for day in _LUNAR[2:12]),
        ("tết này", STRONG),
        ("tết ni", STRONG),
        ("mai", WEAK),
        ("nãy", WEAK),
        ("cn", WEAK),
        ("chủ nhật", STRONG),
        ("chúa nhật", STRONG),
        ("chủ nhựt", STRONG),
        ("mơi", WEAK),
    ]
)
MODIFIERS: Final[PhraseTrie[str]] = PhraseTrie([(word, word) for word in _MODIFIERS])
PREFIXES: Final[PhraseTrie[str]] = PhraseTrie(
    [
        (word, word)
        for word in phrase_list("""
    lúc | vào | vào lúc | khoảng | vào khoảng | khoảng lúc | tầm | cỡ | chừng | gần | hồi | từ | từ lúc | từ hồi
    | đến | tới | trước | sau | quá | hơn | đúng | kể từ | ngay | trong | giữa | cuối | đầu | hôm | bữa | bựa |
    vào hôm | vào ngày | ngày | vô | vô lúc | trước lúc | luc | lúk | khi | hôm thứ | đêm | sáng | trưa | chiều
    | tối | từ khoảng | từ tầm
    """)
    ]
)
# Connecting words between two parts of one expression.
GLUE: Final = word_set("""
    rang ngay vao luc khoang cua hom tam bua co hoi trong gan chung hon
    """)
RANGE: Final = frozenset(("den", "toi", "cho"))
UNITS: Final = word_set("""
    phut tieng ngay hom tuan thang nam bua p giay dem ph gio h
    """)
NUMBERS: Final = word_set("""
    mot hai ba bon nam sau bay tam chin muoi vai may nua dam chuc
    """)


# Counted times and lunar days: «2 hôm trước», «cách đây 3 ngày», «28 Tết».

_SHORT_UNITS: Final = word_set("tieng phut p gio giay ph")


def match_lunar_day(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «28 Tết», «25 âm», «23 tháng chạp», «15 tháng giêng»."""
    if not view.words[index].isdecimal() or len(view.words[index]) > 2:
        return None
    if not view.is_contiguous(index, min(index + 3, len(view.words))) and view.gap_after(index) != " ":
        return None
    follows = view.words[index + 1 : index + 3]
    if follows[:1] == ["tet"] or (follows[:1] == ["am"] and view.marks[index + 1] == "âm" and follows[1:] != ["lich"]):
        return (index + 2, STRONG) if 1 <= int(view.words[index]) <= 30 else None
    if follows in (["thang", "chap"], ["thang", "gieng"]) and view.is_contiguous(index, index + 3):
        return index + 3, STRONG
    return None


def match_counted_unit(view: AlignedText, index: int) -> int | None:
    """Return the index after the unit of «2 ngày», «mấy hôm», «nửa tiếng», «30p»."""
    if index >= len(view.words):
        return None
    word = view.words[index]
    if re.match(r"\d{1,2}(?:p|ph|h|phut|ngay|tuan|thang)\Z", word):
        return index + 1
    position = index
    while (
        position < len(view.words)
        and position < index + 3
        and ((view.words[position].isdecimal() and len(view.words[position]) <= 2) or view.words[position] in NUMBERS)
    ):
        if (
            position > index
            and view.words[position] == "nam"
            and view.words[position + 1 : position + 2]
            in (
                ["truoc"],
                ["nay"],
            )
        ):
            break  # «hai năm trước»
        position += 1
    if position == index or position >= len(view.words) or view.words[position] not in UNITS:
        return None
    if not view.is_contiguous(index, position + 1):
        return None
    end = position + 1
    return end + 1 if view.words[end : end + 1] in (["dong"], ["ruoi"]) else end


def match_time_ago(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «2 hôm trước», «30 phút trước», «mấy hôm trước», «3 ngày sau»; «3 ngày nay» is a duration."""
    end = match_counted_unit(view, index)
    if end is None or end >= len(view.words) or not view.is_contiguous(end - 1, end + 1):
        return None
    if view.words[end] == "sau" and view.words[end - 1] in _SHORT_UNITS:
        return None  # «gọi báo, 3 tiếng sau mới đến» is a duration
    if view.words[end] in ("truoc", "sau") and view.marks[end] in ("trước", "sau", "truoc"):
        return end + 1, STRONG
    return None


# Parsers of dates, days of a month, months and weekdays: each returns the index after it and its strength.

YEAR: Final = re.compile(r"(?:19|20)\d\d\Z")
_DATE: Final = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})(?:\2(?:(?:19|20)\d\d|\d\d))?(?![\d/])")
_DAY_NAMES: Final = word_set("""
    2 3 4 5 6 7 hai ba tu nam sau bay
    """)
_NOT_BEFORE_WEEKDAY: Final = word_set("""
    lan nguoi con vu dua cai so chau tap thang cu ngoi can day hang xe phat khong nha tang vo dong muc phong
    """)
_NOT_FRACTION: Final = word_set("doi nguoi so cu dua em chau phan ho tan ca")
_COUNTED: Final = word_set("lan nguoi ca vien bua cai con dua chiec xe bat to ve ban cuoc thang gio tuoi chai ly cay")
_MONTHS: Final = word_set("nay ni truoc roi sau toi qua")
_ADDRESS_WORDS: Final = word_set("binh truong duong pho ngo so hem ngach nha")
_DAY_SAID_TWICE: Final = word_set("mung mong ngay hom")  # «hôm mùng 5», «tối ngày 12»
_BEFORE_FULL_MOON: Final = word_set("hom ngay bua dem")
_DAY_NOUNS: Final = word_set("ngay hom mung mong bua")
_PARTS_OF_DAY: Final = word_set("sang toi dem chieu trua")


def word_index_at(view: AlignedText, index: int, position: int) -> int | None:
    """Return the index after the last word that ends at or before `position`, None if it would cut a word."""
    while index < len(view.words) and view.ends[index] <= position:
        index += 1
    if index < len(view.words) and view.starts[index] < position:
        return None
    return index


def match_date(view: AlignedText, index: int, *, free: bool) -> tuple[int, str] | None:
    hit = _DATE.match(view.plain, view.starts[index])
    if hit is None or not (1 <= int(hit[1]) <= 31 and 1 <= int(hit[3]) <= 12):
        return None
    end = word_index_at(view, index, hit.end())
    if end is None or (free and hit[2] != "/" and len(hit[0]) < 8):
        return None
    if free and hit[2] == ".":
        return (end, STRONG) if len(hit[0]) >= 8 else None
    previous_word = view.words[index - 1] if index else ""
    if free and view.words[end : end + 1] and view.words[end] in _NOT_FRACTION and view.gap_after(end - 1) == " ":
        return None  # «3/5 đối tượng»
    if free and (hit[0] in ("24/7", "1/2", "2/3", "1/3", "3/4", "1/4") or previous_word in _ADDRESS_WORDS):
        return None
    return end, STRONG


def match_day_of_month(view: AlignedText, index: int, word: str) -> tuple[int, str] | None:
    """Match «ngày 12/3», «mùng 5 tháng 3 năm 2026», «rằm tháng 7», «hôm 15»."""
    position = index + 1
    if word == "ram":
        return _match_month_at(view, position) or ((position, WEAK) if view.marks[index] == "rằm" else None)
    if view.words[position : position + 1] and view.words[position] in _DAY_SAID_TWICE:
        position += 1
    if position >= len(view.words) or not view.is_contiguous(index, position + 1):
        return None
    if view.words[position] == "ram" and word in _BEFORE_FULL_MOON:
        return _match_month_at(view, position + 1) or (position + 1, STRONG)
    if written := match_date(view, position, free=False):
        return written
    if not _is_number_up_to(view.words[position], 31):
        return None
    if in_month := _match_month_after_day(view, position):
        return in_month
    return (position + 1, STRONG) if _is_day_without_month(view, position, word) else None


def _match_month_at(view: AlignedText, index: int) -> tuple[int, str] | None:
    return match_month(view, index) if view.words[index : index + 1] == ["thang"] else None


def _is_number_up_to(word: str, limit: int) -> bool:
    return word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= limit


def _match_month_after_day(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «tháng 3», «tháng này» after the number of a day."""
    if view.words[index + 1 : index + 2] != ["thang"] or not view.is_contiguous(index, index + 2):
        return None
    if numbered := match_month(view, index + 1):
        return numbered
    follows = view.words[index + 2 : index + 3]
    return (index + 3, STRONG) if follows and follows[0] in _MONTHS and view.is_contiguous(index, index + 3) else None


def _is_day_without_month(view: AlignedText, index: int, word: str) -> bool:
    """Return True if the number after `word` is a day without a month: «hôm 15», «tối 20»; not «tối 2 người»."""
    follows = view.words[index + 1] if index + 1 < len(view.words) and view.gap_after(index).isspace() else ""
    if word in _DAY_NOUNS:
        return follows not in _COUNTED
    if word not in _PARTS_OF_DAY:
        return False
    doubtful = view.is_unaccented and word in ("toi", "sang", "chieu")
    if index + 1 == len(view.words) or view.is_sentence_end(index) or (not follows and not doubtful):
        return True
    return not (len(view.words[index]) == 1 or doubtful or follows in _COUNTED or follows in UNITS)


def match_month(view: AlignedText, index: int) -> tuple[int, str] | None:
    follows = view.words[index + 1 : index + 2]
    if not follows or not view.is_contiguous(index, index + 2) or (index > 1 and view.words[index - 2] == "duong"):
        return None  # «đường 26 tháng 3» is a road
    slashed = re.match(
        r"\d{1,2}[/-](?:19|20)\d\d(?!\d)", view.plain[view.starts[index + 1] : view.starts[index + 1] + 9]
    )
    if slashed:
        end = word_index_at(view, index, view.starts[index + 1] + slashed.end())
        return (end, STRONG) if end else None
    if not _is_number_up_to(follows[0], 12):
        return None
    end = index + 2
    tail = view.words[end : end + 2]
    if len(tail) == 2 and tail[0] == "nam" and YEAR.match(tail[1]):
        end += 2
    elif tail and YEAR.match(tail[0]):
        end += 1
    return end, STRONG


def match_weekday(view: AlignedText, index: int, word: str) -> tuple[int, str] | None:
    if word != "thu":
        return index + 1, STRONG
    follows = view.words[index + 1 : index + 2]
    if (
        not follows
        or follows[0] not in _DAY_NAMES
        or view.marks[index] not in ("thứ", "thu")
        or not view.is_contiguous(index, index + 2)
    ):
        return None
    if index and view.words[index - 1] in _NOT_BEFORE_WEEKDAY:
        return None
    return index + 2, STRONG


_HOUR_WORDS = "mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi mot|muoi hai|muoi"
_CLOCK: Final = re.compile(
    r"(?:(\d{1,2})\s?(?:h|g|gio|giờ|hh)(?![a-z])(?:\s?(\d{2})(?!\d|[./,]\d|tr|k)(?:\s?(?:phut|ph|p|')(?![a-z]))?|\s?\d\s?(?:phut|ph|p)(?![a-z]))?"
    r"|(\d{1,2}):(\d{2})(?!\d)"
    r"|(\d{1,2})(?=\s?ruoi\b)"
    r"|(\d{1,2})(?=\s(?:sang|trua|chieu|toi|dem|khuya)\b)"
    rf"|(?:{_HOUR_WORDS}) (?:gio|ruoi)\b)"
    r"(?:\s?(?:ruoi|hon|kem(?: \d{1,2}(?: phut)?)?)\b)?"
)
_WEEKDAY: Final = re.compile(r"t[2-7]\Z")
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
_BEGINNINGS: Final = word_set("ngay mung mong hom ram dem sang chieu toi trua bua thang nam thu cach t2 t3 t4 t5 t6 t7")
_DAY_WORDS: Final = word_set("ngay mung mong hom ram dem sang chieu toi trua bua")
# Unaccented «toi» and «tui» with these are «tôi nó», «túi đó», «tôi rồi».
_WORDS_AFTER_PRONOUN: Final = word_set("no te do truoc roi mai moi toi mot dem")
# Unaccented homographs: «bán trước», «bản sang», «hỏi tôi», «vừa qua cầu».
_HOMOGRAPHS: Final = frozenset(
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
_BEFORE_YEAR_ALONE: Final = word_set("tu hoi ngu")
_BEFORE_YEAR: Final = word_set("tu hoi luc vao cuoi dau giua he mua thang tet")
_DARKENS: Final = word_set("sap troi sam nhem")
_NUMBERED: Final = word_set("lop xom thon so to phong km ngo khoi hem duong")
_NOT_IN_DIGITS: Final = _BEGINNINGS | NUMBERS
FIRST_WORDS: Final = ELEMENTS.first_words() | PREFIXES.first_words() | _NOT_IN_DIGITS
"""Folded words with which a time expression can begin, if not with a digit."""


def match_element(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match one element at word `index`: return the index after it and its strength."""
    if index >= len(view.words):
        return None
    word = view.words[index]
    phrase = ELEMENTS.find(view, index)
    numeric = _match_numeric(view, index, word)
    if phrase and (numeric is None or phrase[0] >= numeric[0]):
        if _is_homograph(view, index, word, phrase[0]):
            return numeric
        if view.words[phrase[0] : phrase[0] + 1] in (["nao"], ["mo"]) and view.gap_after(phrase[0] - 1) == " ":
            return None  # «đêm nào cũng» describes a habit
        if view.words[phrase[0] - 1] == "thang":
            return match_month(view, phrase[0] - 1) or phrase
        return phrase
    return numeric


def _is_homograph(view: AlignedText, index: int, word: str, end: int) -> bool:
    """Return True if the words of a time have another meaning here."""
    previous_word = view.words[index - 1] if index else ""
    last = view.words[end - 1]
    counted = (previous_word.isdecimal() or previous_word in NUMBERS) and view.gap_after(index - 1) == " "
    counted = counted and view.words[max(0, index - 2)] not in _NUMBERED
    if word in ("hom", "bua"):
        return last in ("nay", "ni", "roi") and (counted or previous_word == "nhieu")  # «mấy hôm nay» is a duration
    if word in ("tuan", "thang", "nam"):
        is_patrol = word == "tuan" and previous_word == "di"  # «đi tuần qua»
        means_lying = (
            view.is_unaccented and word == "nam" and end - index == 2 and last in ("roi", "truoc", "sau")
        )  # «nằm rồi»
        return (
            counted or previous_word == "ca" or is_patrol or (means_lying and previous_word not in _BEFORE_YEAR)
        )  # «2 tháng rồi»
    if last == "qua" and word == "vua" and end < len(view.words) and view.is_capitalized(end):
        return True  # «vừa qua Phúc Đồng»
    if view.is_unaccented and word == "tui" and end == index + 1:
        return True  # the pronoun I
    if last == "tui" or word == "tui":
        is_plastic_bag = view.words[end : end + 1] in (["long"], ["lon"], ["loong"])  # «túi ni lông»
        return (is_plastic_bag and last in ("ni", "nay")) or (
            view.is_unaccented and word == "tui" and last in _WORDS_AFTER_PRONOUN
        )
    if not view.is_unaccented:
        return word == "toi" and last == "roi" and previous_word in _DARKENS
    if word in ("toi", "mai") and end - index == 2 and last in _WORDS_AFTER_PRONOUN:
        return True  # «tui» and «toi» are also «tôi»
    if end - index == 2 and (word, last) in _HOMOGRAPHS:
        return True
    return word == "nay" and end == index + 1  # «nay» is far more often «này» than «nãy»


def _match_numeric(view: AlignedText, index: int, word: str) -> tuple[int, str] | None:
    if word[0].isdecimal():
        if index and view.words[index - 1] in _BEFORE_YEAR_ALONE and YEAR.match(word):
            return index + 1, STRONG
        return (
            match_lunar_day(view, index)
            or _match_clock(view, index)
            or match_date(view, index, free=True)
            or match_time_ago(view, index)
        )
    if word not in _NOT_IN_DIGITS:
        return None
    if word in _DAY_MARKS and view.marks[index] not in _DAY_MARKS[word]:
        return None  # «thắng 2-1» contains no month
    if word in _DAY_WORDS:
        return match_day_of_month(view, index, word) or (match_time_ago(view, index) if word == "nua" else None)
    if word == "thang":
        return match_month(view, index)
    if word == "nam":
        follows = view.words[index + 1 : index + 2]
        born = view.words[max(0, index - 2) : index]
        if follows and YEAR.match(follows[0]) and not (born[-1:] in (["sinh"], ["sn"]) and born[:1] != ["hy"]):
            return index + 2, STRONG
        if follows and re.match(r"[4-9]\d\Z", follows[0]) and born[-1:] in (["tu"], ["hoi"]):
            return index + 2, STRONG  # «từ năm 72»
        return _match_clock(view, index) or match_time_ago(view, index)
    if word == "thu" or _WEEKDAY.match(word):
        return match_weekday(view, index, word)
    if word == "cach":
        return _match_since(view, index)
    if word in NUMBERS:
        return _match_clock(view, index) or match_time_ago(view, index)
    return None


def _match_since(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «cách đây khoảng 3 hôm»."""
    if view.words[index + 1 : index + 2] not in (["day"], ["nay"]):
        return None
    first = index + 2
    if view.words[first : first + 1] and view.words[first] in ("khoang", "tam", "hon", "gan", "chung", "duoc"):
        first += 1
    end = match_counted_unit(view, first)
    return (end, STRONG) if end else None


def _match_clock(view: AlignedText, index: int) -> tuple[int, str] | None:
    hit = _CLOCK.match(view.plain, view.starts[index])
    if hit is None:
        return None
    hour = next((int(hit[group_number]) for group_number in (1, 3, 5, 6) if hit[group_number]), 0)
    minute = next((int(hit[group_number]) for group_number in (2, 4) if hit[group_number]), 0)
    end = word_index_at(view, index, hit.end())
    if view.words[index] == "bay" and view.marks[index] != "bảy":
        return None  # «bây giờ» is not seven o'clock
    if (
        view.words[index] == "sau"
        and view.marks[index] != "sáu"
        and (not view.is_unaccented or not hit[0].endswith("ruoi"))
    ):
        return None  # «sau giờ học» is not six o'clock
    if hour == 24 and not minute and view.words[index - 1 : index] not in (["luc"], ["den"], ["toi"], ["truoc"]):
        return None  # «mở 24h»
    if hour > 24 or minute > 59 or end is None:
        return None
    follows = view.words[end : end + 2]
    if follows[:1] == ["dong"] or follows[:1] == ["lien"] or view.plain[hit.end() : hit.end() + 1] == "/":
        return None
    preceding_words = view.words[max(0, index - 2) : index]
    if preceding_words[-1:] in (["vong"], ["suot"], ["trong"], ["mat"], ["km"]) and hit[2] is None:
        return None
    if hit[6] and view.words[index - 1 : index] not in (["luc"], ["khoang"], ["tam"], ["vao"]):
        return None
    return end, STRONG
