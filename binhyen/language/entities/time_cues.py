"""Time words: standard, dialect of Nghệ Tĩnh, and abbreviations."""

from typing import Final

from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set

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
