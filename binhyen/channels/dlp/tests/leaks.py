"""Made-up texts that must never reach a group: facts of protected persons and text of tips, in every disguise."""

import random
import unicodedata
from collections.abc import Callable, Iterator

from binhyen.channels.dlp.detectors import Context, Kind
from binhyen.channels.dlp.tests import apart
from binhyen.channels.dlp.verbatim_overlap import Told
from binhyen.kit.text import fold

TIPS = (
    "Thằng Hùng con ông Bảy ở TDP Phú Mậu bán ma túy cho thanh niên trong xóm",
    "Đêm qua tui thấy hai người lạ chở gỗ lậu từ rừng về giấu sau trại heo nhà ông Thức",
    "Vợ chồng nhà Thắng mở sòng xóc đĩa trong quán nước cạnh bến đò, canh gác bằng chó dữ",
    "Chủ quán karaoke đầu cầu Trù cho học sinh vào hít bóng cười tới nửa đêm",
    "Ông thợ hàn ngõ ba tự chế súng cồn bán cho mấy đứa thanh niên đi bắn chim",
)  # fmt: skip
PSEUDONYM, RECEIPT = "7KM2WQ9X", "4821 0937 5566 1204 8873"
NAMES = ("hung", "bay", "thuc", "thang", "tran thi lien", "le van binh")
CONTEXT = Context(told=tuple(Told.of(t) for t in TIPS), secrets=(PSEUDONYM, RECEIPT), names=NAMES)

Way = Callable[[str, random.Random], str]
_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_FULL = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ"
)
_LEET_DIGITS = str.maketrans("01", "Ol")


def as_is(text: str, chance: random.Random) -> str:
    return text


def dotted(text: str, chance: random.Random) -> str:
    return f"{text[:4]}.{text[4:7]}.{text[7:]}"


def spaced(text: str, chance: random.Random) -> str:
    return " ".join(text)


def dashed(text: str, chance: random.Random) -> str:
    return "-".join((text[:3], text[3:6], text[6:]))


def spoken(text: str, chance: random.Random) -> str:
    return " ".join(_WORDS[int(c)] if c.isdecimal() else c for c in text)


def spoken_bare(text: str, chance: random.Random) -> str:
    return fold(spoken(text, chance))


def half_spoken(text: str, chance: random.Random) -> str:
    return " ".join(_WORDS[int(c)] if c.isdecimal() and i % 3 == 1 else c for i, c in enumerate(text))


def wide(text: str, chance: random.Random) -> str:
    return text.upper().translate(_FULL)


def leet_digits(text: str, chance: random.Random) -> str:
    return text.translate(_LEET_DIGITS)


def unseen(text: str, chance: random.Random) -> str:
    return "\u200b".join(text)


def keycaps(text: str, chance: random.Random) -> str:
    return "".join(f"{c}\ufe0f\u20e3" if c.isdecimal() else c for c in text)


def dots_said(text: str, chance: random.Random) -> str:
    return " chấm ".join((text[:4], text[4:7], text[7:]))


def nfd(text: str, chance: random.Random) -> str:
    return unicodedata.normalize("NFD", text)


def bare(text: str, chance: random.Random) -> str:
    return fold(text)


def letters_apart(text: str, chance: random.Random) -> str:
    """Spell the longest word letter by letter."""
    word = max(text.split(), key=len)
    return text.replace(word, " ".join(word))


def glued(text: str, chance: random.Random) -> str:
    return text.replace(" ", "")


def teen(text: str, chance: random.Random) -> str:
    for word, short in (("không", "ko"), ("người", "ng"), ("được", "dc"), ("với", "vs"), ("trong", "trg")):
        text = text.replace(word, short)
    return text.lower()


def leet(text: str, chance: random.Random) -> str:
    """Put digits into words of three letters and more."""
    said = fold(text).split()
    return " ".join(w[0] + w[1:-1].replace("o", "0").replace("a", "4").replace("i", "1") + w[-1] if len(w) > 3 else w
                    for w in said)  # fmt: skip


def dots_between(text: str, chance: random.Random) -> str:
    return text.replace(" ", " . ")


def cyrillic(text: str, chance: random.Random) -> str:
    return text.replace("a", "а").replace("o", "о").replace("c", "с")


NUMBER_WAYS: tuple[Way, ...] = (
    as_is, dotted, spaced, dashed, spoken, spoken_bare, half_spoken, wide, leet_digits, unseen, keycaps, dots_said,
)  # fmt: skip
WORD_WAYS: tuple[Way, ...] = (as_is, bare, nfd, unseen, letters_apart, glued, teen, leet, dots_between, cyrillic, wide)
NAME_WAYS: tuple[Way, ...] = (as_is, nfd, unseen, letters_apart, wide, cyrillic)

PHONES = ("0912345678", "0987010203", "0356781234", "84912345678", "02393855123")
IDS = ("042095001234", "038188012345", "183456789")
ACCOUNTS = ("10203040506070", "0491000123456", "190345678", "2100205123456")
PLATES = ("38A12345", "38H112345", "37C98765", "38N168686")
CARRIERS = (
    "Bà con gọi ngay {}", "Công an xã thông báo: liên hệ {} để biết thêm.", "Ai biết thì báo {} nhé",
    "{} là người cần tìm", "Cảm ơn {} đã giúp công an.",
)  # fmt: skip
PERSONS = (
    "anh Hùng con ông Bảy", "bà Trần Thị Liên", "ông Lê Văn Bình", "chị Nguyễn Thị Hoài Thu", "cháu Phan Gia Bảo",
    "thằng Dũng sẹo", "anh Thức", "cô Võ Thị Sáu Lành", "nạn nhân Đặng Quốc Khánh", "đối tượng Hoàng Văn Nam",
)  # fmt: skip
BARE_PERSONS = (
    "ông bảy", "thang hung", "nguyen van hung", "NGUYỄN VĂN HÙNG", "ba tran thi lien", "le van binh", "thằng hùng",
    "anh thức nhà ngoài", "TRẦN THỊ LIÊN",
)  # fmt: skip
HOUSES = (
    "Nhà ở số 12 ngõ 5 đường Nguyễn Du", "ở số nhà 27", "nhà số 8 xóm Đông", "nhà thứ ba bên trái", "45/2 đường Lý Tự Trọng",
    "số 9 ngõ 3", "nhà sát nhà văn hóa",
)  # fmt: skip
CHILDREN = (
    "Cháu Bảo 7 tuổi, học lớp 2A trường Tiểu học Thạch Hà",
    "Bé Na 5 tuổi con chị Hoa bị xâm hại",
    "Một cháu gái 12 tuổi học trường THCS Lộc Hà bị đánh",
    "Nam sinh lớp 8 trường THCS Lê Văn Thiêm bị bạn đánh, bố mẹ cháu đã trình báo",
    "cháu bé mười tuổi trú tại thôn Bắc Sơn bị lạm dụng",
    "Em Gia Hân học lớp 4 trường Thạch Trung bị bắt nạt",
    "Cháu trai 9 tuổi con ông Thành nhà ở xóm 4 lấy trộm tiền",
    "Khen em Nguyễn Gia Huy lớp 5A nhặt được ví",
    "be gai 6 tuoi hoc mam non hoa sen bi dua lon o ngo sau doa",
)  # fmt: skip
SOURCES = (
    "Người báo tin là hàng xóm của quán đó", "Cảm ơn người đã báo tin ở thôn Bắc Sơn", "Nguồn tin là từ một chị bán cá",
    "Có người vừa tố giác điểm đánh bạc trong xóm", "Có người nhắn riêng cho công an về việc này",
    "Theo tin báo của một chị trong nhóm thì đúng là có", "người tố giác vụ này sống ở xóm Đông",
    "Chị bán nước đầu thôn đã báo tin cho công an",
    "Nhờ bác bảo vệ trường cấp hai gọi báo mà bắt được",
    "Ông cụ nhà cuối xóm là người tố giác sòng bạc",
    "Vợ anh ấy đã lên trình báo chuyện bị đánh",
    "Con gái chủ quán vừa nhắn tin báo việc này",
    "Hàng xóm sát vách đã gửi clip cho công an",
    "Chủ trọ số 3 mới khai ra đám thanh niên",
    "Theo cô giáo chủ nhiệm báo tin thì cháu bị đánh",
    "Báo tin vụ này chính là anh xe ôm cổng chợ",
    "Một chị công nhân ở khu trọ đã nhắn riêng cho công an",
    "Anh lái xe tải hôm qua vừa cung cấp thông tin",
    "Cô bán vé số gọi báo nên đội đến kịp",
    "Tin này do bà hàng xóm cung cấp tin cho xã",
    "Bác thợ hồ đã mách công an chuyện tụ tập",
    "Người giúp việc nhà ông ấy đã tố cáo",
    "Do chú chạy xe ôm ở bến xe báo tin",
)  # fmt: skip
_STEMS = ("Về việc {}, công an đang xác minh.", "Có tin nói {}", "{}, bà con chú ý", "Trả lời: {} là đúng", "{}")


def leaks(*, seed: int = 15) -> Iterator[tuple[Kind, str]]:
    """Yield (leaked fact, text)."""
    chance = random.Random(seed)
    for kind, values in (
        (Kind.CONTACT, PHONES), (Kind.ID_NUMBER, IDS), (Kind.BANK_ACCOUNT, ACCOUNTS), (Kind.PLATE, PLATES),
    ):  # fmt: skip
        for value in values:
            for number, way in enumerate(NUMBER_WAYS):
                yield kind, CARRIERS[number % len(CARRIERS)].format(way(value, chance))
    for number, person in enumerate(PERSONS):
        for way in NAME_WAYS:
            yield Kind.NAME, CARRIERS[number % len(CARRIERS)].format(way(person, chance))
    for person in BARE_PERSONS:
        for carrier in CARRIERS[1:4]:
            yield Kind.NAME, carrier.format(person)
    for house in HOUSES:
        for way in (as_is, bare, nfd, unseen, wide):
            yield Kind.ADDRESS, f"Công an mời lên làm việc, {way(house, chance)}"
    for child in (*CHILDREN, *apart.CHILDREN):
        for way in (as_is, nfd, unseen):
            yield Kind.CHILD, way(child, chance)
    for source in (*SOURCES, *apart.TELLERS):
        for way in (as_is, bare, nfd):
            yield Kind.SOURCE, way(source, chance)
    yield from _tellings(chance)
    for secret in (PSEUDONYM, f"{PSEUDONYM[:4]}-{PSEUDONYM[4:]}", PSEUDONYM.lower(), RECEIPT, RECEIPT.replace(" ", "")):
        for way in (as_is, unseen, wide, spaced):
            yield Kind.SEALED, f"Tin của người dân {way(secret, chance)} đã xử lý"


def _tellings(chance: random.Random) -> Iterator[tuple[Kind, str]]:
    """Yield whole tips and their halves, in every spelling, embedded in other text."""
    for tip in TIPS:
        said = tip.split()
        for part in (said, said[: len(said) * 2 // 3], said[len(said) // 3 :]):
            for number, way in enumerate(WORD_WAYS):
                yield Kind.WORDING, _STEMS[number % len(_STEMS)].format(way(" ".join(part), chance))
