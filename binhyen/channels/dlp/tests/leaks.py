"""Made-up texts that must never reach a group: facts of protected persons and text of tips, in every disguise."""

import random
import unicodedata
from collections.abc import Callable, Iterator

from binhyen.channels.dlp.detectors import DlpContext, FindingKind
from binhyen.channels.dlp.tests import apart
from binhyen.channels.dlp.verbatim_overlap import ProtectedText
from binhyen.kit.text import fold_text

TIPS = (
    "Thằng Hùng con ông Bảy ở TDP Phú Mậu bán ma túy cho thanh niên trong xóm",
    "Đêm qua tui thấy hai người lạ chở gỗ lậu từ rừng về giấu sau trại heo nhà ông Thức",
    "Vợ chồng nhà Thắng mở sòng xóc đĩa trong quán nước cạnh bến đò, canh gác bằng chó dữ",
    "Chủ quán karaoke đầu cầu Trù cho học sinh vào hít bóng cười tới nửa đêm",
    "Ông thợ hàn ngõ ba tự chế súng cồn bán cho mấy đứa thanh niên đi bắn chim",
)
PSEUDONYM, RECEIPT = "7KM2WQ9X", "4821 0937 5566 1204 8873"
NAMES = ("hung", "bay", "thuc", "thang", "tran thi lien", "le van binh")
CONTEXT = DlpContext(
    protected_texts=tuple(ProtectedText.of(t) for t in TIPS), secrets=(PSEUDONYM, RECEIPT), case_names=NAMES
)

Way = Callable[[str, random.Random], str]
_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_FULL = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ"
)
_LEET_DIGITS = str.maketrans("01", "Ol")


def keep_spelling(text: str, chance: random.Random) -> str:
    return text


def separate_by_dots(text: str, chance: random.Random) -> str:
    return f"{text[:4]}.{text[4:7]}.{text[7:]}"


def separate_by_spaces(text: str, chance: random.Random) -> str:
    return " ".join(text)


def separate_by_dashes(text: str, chance: random.Random) -> str:
    return "-".join((text[:3], text[3:6], text[6:]))


def spell_digits(text: str, chance: random.Random) -> str:
    return " ".join(_WORDS[int(c)] if c.isdecimal() else c for c in text)


def spell_digits_without_marks(text: str, chance: random.Random) -> str:
    return fold_text(spell_digits(text, chance))


def spell_half_the_digits(text: str, chance: random.Random) -> str:
    return " ".join(_WORDS[int(c)] if c.isdecimal() and i % 3 == 1 else c for i, c in enumerate(text))


def widen_characters(text: str, chance: random.Random) -> str:
    return text.upper().translate(_FULL)


def use_leet_digits(text: str, chance: random.Random) -> str:
    return text.translate(_LEET_DIGITS)


def insert_invisible(text: str, chance: random.Random) -> str:
    return "\u200b".join(text)


def use_keycaps(text: str, chance: random.Random) -> str:
    return "".join(f"{c}\ufe0f\u20e3" if c.isdecimal() else c for c in text)


def spell_dots(text: str, chance: random.Random) -> str:
    return " chấm ".join((text[:4], text[4:7], text[7:]))


def decompose(text: str, chance: random.Random) -> str:
    return unicodedata.normalize("NFD", text)


def strip_marks(text: str, chance: random.Random) -> str:
    return fold_text(text)


def space_letters(text: str, chance: random.Random) -> str:
    """Spell the longest word letter by letter."""
    word = max(text.split(), key=len)
    return text.replace(word, " ".join(word))


def join_words(text: str, chance: random.Random) -> str:
    return text.replace(" ", "")


def use_teen_code(text: str, chance: random.Random) -> str:
    for word, short in (("không", "ko"), ("người", "ng"), ("được", "dc"), ("với", "vs"), ("trong", "trg")):
        text = text.replace(word, short)
    return text.lower()


def use_leet(text: str, chance: random.Random) -> str:
    """Put digits into words of three letters and more."""
    word_list = fold_text(text).split()
    return " ".join(
        w[0] + w[1:-1].replace("o", "0").replace("a", "4").replace("i", "1") + w[-1] if len(w) > 3 else w
        for w in word_list
    )


def insert_dots(text: str, chance: random.Random) -> str:
    return text.replace(" ", " . ")


def use_cyrillic(text: str, chance: random.Random) -> str:
    return text.replace("a", "а").replace("o", "о").replace("c", "с")


NUMBER_WAYS: tuple[Way, ...] = (
    keep_spelling,
    separate_by_dots,
    separate_by_spaces,
    separate_by_dashes,
    spell_digits,
    spell_digits_without_marks,
    spell_half_the_digits,
    widen_characters,
    use_leet_digits,
    insert_invisible,
    use_keycaps,
    spell_dots,
)
WORD_WAYS: tuple[Way, ...] = (
    keep_spelling,
    strip_marks,
    decompose,
    insert_invisible,
    space_letters,
    join_words,
    use_teen_code,
    use_leet,
    insert_dots,
    use_cyrillic,
    widen_characters,
)
NAME_WAYS: tuple[Way, ...] = (keep_spelling, decompose, insert_invisible, space_letters, widen_characters, use_cyrillic)

PHONES = ("0912345678", "0987010203", "0356781234", "84912345678", "02393855123")
IDS = ("042095001234", "038188012345", "183456789")
ACCOUNTS = ("10203040506070", "0491000123456", "190345678", "2100205123456")
PLATES = ("38A12345", "38H112345", "37C98765", "38N168686")
CARRIERS = (
    "Bà con gọi ngay {}",
    "Công an xã thông báo: liên hệ {} để biết thêm.",
    "Ai biết thì báo {} nhé",
    "{} là người cần tìm",
    "Cảm ơn {} đã giúp công an.",
)
PERSONS = (
    "anh Hùng con ông Bảy",
    "bà Trần Thị Liên",
    "ông Lê Văn Bình",
    "chị Nguyễn Thị Hoài Thu",
    "cháu Phan Gia Bảo",
    "thằng Dũng sẹo",
    "anh Thức",
    "cô Võ Thị Sáu Lành",
    "nạn nhân Đặng Quốc Khánh",
    "đối tượng Hoàng Văn Nam",
)
BARE_PERSONS = (
    "ông bảy",
    "thang hung",
    "nguyen van hung",
    "NGUYỄN VĂN HÙNG",
    "ba tran thi lien",
    "le van binh",
    "thằng hùng",
    "anh thức nhà ngoài",
    "TRẦN THỊ LIÊN",
)
HOUSES = (
    "Nhà ở số 12 ngõ 5 đường Nguyễn Du",
    "ở số nhà 27",
    "nhà số 8 xóm Đông",
    "nhà thứ ba bên trái",
    "45/2 đường Lý Tự Trọng",
    "số 9 ngõ 3",
    "nhà sát nhà văn hóa",
)
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
)
SOURCES = (
    "Người báo tin là hàng xóm của quán đó",
    "Cảm ơn người đã báo tin ở thôn Bắc Sơn",
    "Nguồn tin là từ một chị bán cá",
    "Có người vừa tố giác điểm đánh bạc trong xóm",
    "Có người nhắn riêng cho công an về việc này",
    "Theo tin báo của một chị trong nhóm thì đúng là có",
    "người tố giác vụ này sống ở xóm Đông",
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
)
_STEMS = ("Về việc {}, công an đang xác minh.", "Có tin nói {}", "{}, bà con chú ý", "Trả lời: {} là đúng", "{}")


def generate_leaks(*, seed: int = 15) -> Iterator[tuple[FindingKind, str]]:
    """Yield (leaked fact, text)."""
    chance = random.Random(seed)
    for kind, values in (
        (FindingKind.CONTACT, PHONES),
        (FindingKind.ID_NUMBER, IDS),
        (FindingKind.BANK_ACCOUNT, ACCOUNTS),
        (FindingKind.PLATE, PLATES),
    ):
        for value in values:
            for number, way in enumerate(NUMBER_WAYS):
                yield kind, CARRIERS[number % len(CARRIERS)].format(way(value, chance))
    for number, person in enumerate(PERSONS):
        for way in NAME_WAYS:
            yield FindingKind.NAME, CARRIERS[number % len(CARRIERS)].format(way(person, chance))
    for person in BARE_PERSONS:
        for carrier in CARRIERS[1:4]:
            yield FindingKind.NAME, carrier.format(person)
    for house in HOUSES:
        for way in (keep_spelling, strip_marks, decompose, insert_invisible, widen_characters):
            yield FindingKind.ADDRESS, f"Công an mời lên làm việc, {way(house, chance)}"
    for child in (*CHILDREN, *apart.CHILDREN):
        for way in (keep_spelling, decompose, insert_invisible):
            yield FindingKind.CHILD, way(child, chance)
    for source in (*SOURCES, *apart.TELLERS):
        for way in (keep_spelling, strip_marks, decompose):
            yield FindingKind.SOURCE, way(source, chance)
    yield from _generate_reports(chance)
    for secret in (PSEUDONYM, f"{PSEUDONYM[:4]}-{PSEUDONYM[4:]}", PSEUDONYM.lower(), RECEIPT, RECEIPT.replace(" ", "")):
        for way in (keep_spelling, insert_invisible, widen_characters, separate_by_spaces):
            yield FindingKind.SEALED, f"Tin của người dân {way(secret, chance)} đã xử lý"


def _generate_reports(chance: random.Random) -> Iterator[tuple[FindingKind, str]]:
    """Yield whole tips and their halves, in every spelling, embedded in other text."""
    for tip in TIPS:
        word_list = tip.split()
        for part in (word_list, word_list[: len(word_list) * 2 // 3], word_list[len(word_list) // 3 :]):
            for number, way in enumerate(WORD_WAYS):
                yield FindingKind.WORDING, _STEMS[number % len(_STEMS)].format(way(" ".join(part), chance))
