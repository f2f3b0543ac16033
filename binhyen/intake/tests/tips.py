"""Tips as neighbours post them in a group: templates × slots, with all diacritics, without, in teen-code, misspelt.

Written for these tests; no row of the training or development sets was used. The same seed yields the same posts.
"""

import random
import unicodedata
from collections.abc import Callable, Iterator

from binhyen.kit.text import fold_text

NAMES = (
    "thằng Hùng",
    "ông Bảy",
    "anh Tuấn Anh",
    "bà Lành",
    "thằng Cu Tí",
    "vợ chồng nhà Thắng",
    "mụ Thìn",
    "thằng Dũng sẹo",
    "chú Quyết",
    "anh Phúc con bà Mận",
    "thằng con ông Trọng",
    "nhà chị Xoan",
    "tay Kiên",
    "hai anh em nhà Nghĩa",
)
PLACES = (
    "ở TDP Phú Mậu",
    "xóm 4",
    "thôn Bắc Sơn",
    "gần chợ Huyện",
    "sau nhà văn hóa thôn 7",
    "đầu ngõ nhà tui",
    "trong khu trọ cạnh trường",
    "ở thôn Nam Thượng",
    "ngay bờ kênh xóm Đông",
    "bên kia cầu Trù",
)
WHEN = ("tối nào cũng", "đêm qua", "dạo này", "cả tuần ni", "hôm trước", "từ sau Tết đến giờ", "cứ nửa đêm là")
TEMPLATES = (
    "{name} {place} bán ma túy cho đám thanh niên",
    "{when} {name} {place} tụ tập đánh bạc ăn tiền, công an cho người xuống xem với",
    "{name} ghi lô đề {place}, cả xóm ai cũng biết",
    "{when} {name} cùng mấy đứa hút hít đá {place}",
    "người lấy trộm xe máy hôm bữa là {name} {place}, tui nhìn thấy tận mắt",
    "{when} {name} đánh vợ đánh con {place}, tội lắm không ai dám can",
    "{name} cho vay nặng lãi {place}, đòi nợ dọa chém người ta",
    "{name} {place} giấu súng tự chế trong nhà, {when} đem ra khoe",
    "{when} có xe chở cát lậu của {name} chạy ra {place}",
    "{name} nuôi gà chọi rồi mở sới đá gà ăn tiền {place}",
    "{name} {place} chứa mấy đứa nghiện, kim tiêm vứt đầy",
    "mấy vụ mất chó {place} là do {name} bắt trộm chứ ai",
    "{name} {place} rủ bà con góp vốn đa cấp, coi chừng mất tiền",
    "{when} {name} dẫn người lạ về {place} mở sòng xóc đĩa",
    "{name} {place} nấu pháo nổ bán Tết, {when} tui nghe nổ thử",
    "{name} có đường dây lô đề {place}, con gái đứng ghi",
    "công an kiểm tra giúp {name} {place}, nghi tàng trữ hàng trắng",
    "{when} {name} {place} cầm dao dọa hàng xóm, ai cũng sợ",
)
_TEEN = (
    ("không", "ko"),
    ("cũng", "cug"),
    ("người", "ng"),
    ("thằng", "thag"),
    ("biết", "bik"),
    ("với", "vs"),
    ("được", "dc"),
    ("mấy", "may"),
    ("công an", "ca"),
    ("ma túy", "ma tuy"),
    ("anh", "a"),
    ("chị", "c"),
    ("tụ tập", "tụ tâp"),
    ("trong", "trog"),
    ("xuống", "xuog"),
    ("gì", "j"),
    ("nhà", "nhak"),
)


def keep_spelling(text: str, chance: random.Random) -> str:
    return text


def strip_marks(text: str, chance: random.Random) -> str:
    return fold_text(text)


def use_teen_code(text: str, chance: random.Random) -> str:
    for word, short in _TEEN:
        text = text.replace(word, short)
    return text.replace(",", "") + chance.choice(("", " ạ", " nha mn", " 😡"))


def add_typos(text: str, chance: random.Random) -> str:
    """Add one typo in about every sixth word: two letters swapped, one dropped, one doubled."""
    words = text.split()
    for place, word in enumerate(words):
        if len(word) > 3 and chance.random() < 0.17:
            index = chance.randrange(1, len(word) - 1)
            words[place] = chance.choice(
                (
                    word[:index] + word[index + 1] + word[index] + word[index + 2 :],
                    word[:index] + word[index + 1 :],
                    word[:index] + word[index] + word[index:],
                )
            )
    return " ".join(words)


def uppercase(text: str, chance: random.Random) -> str:
    return text.upper() + chance.choice(("", "!!!"))


def decompose(text: str, chance: random.Random) -> str:
    return unicodedata.normalize("NFD", text)


_WAYS: tuple[Callable[[str, random.Random], str], ...] = (
    keep_spelling,
    strip_marks,
    use_teen_code,
    add_typos,
    strip_marks,
    uppercase,
    decompose,
)


def generate_tips(count: int, *, seed: int = 4) -> Iterator[str]:
    """Return `count` different posts; every template in every spelling before slots repeat."""
    chance, visited = random.Random(seed), set[str]()
    while len(visited) < count:
        number = len(visited)
        template = TEMPLATES[number % len(TEMPLATES)]
        content = template.format(name=chance.choice(NAMES), place=chance.choice(PLACES), when=chance.choice(WHEN))
        text = _WAYS[(number // len(TEMPLATES)) % len(_WAYS)](content[0].upper() + content[1:], chance)
        if text not in visited:
            visited.add(text)
            yield text
