"""Generated pairs of a person's name and the same name as somebody else writes it: dialect, typing errors, parts left out.

Generated after the rules of names were written; the seed decides every pair.
"""

import random

from binhyen.kit.text import fold_text

SURNAMES = [
    "Nguyễn",
    "Nguyễn",
    "Nguyễn",
    "Nguyễn",
    "Trần",
    "Trần",
    "Lê",
    "Lê",
    "Phạm",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đinh",
    "Trịnh",
    "Mai",
    "Cao",
    "Đào",
    "Thái",
    "Tạ",
    "Lương",
    "Hà",
    "Kiều",
    "Bạch",
    "Tô",
    "Chu",
    "Quách",
    "Thân",
    "Uông",
]
MIDDLES = [
    "Thị",
    "Thị",
    "Thị",
    "Văn",
    "Văn",
    "Văn",
    "Đức",
    "Hữu",
    "Công",
    "Quang",
    "Ngọc",
    "Ngọc",
    "Minh",
    "Xuân",
    "Thu",
    "Thanh",
    "Kim",
    "Hồng",
    "Hoàng",
    "Quốc",
    "Đình",
    "Bá",
    "Trọng",
    "Thế",
    "Viết",
    "Phương",
    "Mỹ",
    "Bảo",
    "Gia",
    "Khánh",
    "Tuấn",
    "Hoài",
    "Thúy",
    "Bích",
]
GIVEN = [
    "An",
    "Anh",
    "Bình",
    "Bảo",
    "Bích",
    "Cảnh",
    "Chi",
    "Chiến",
    "Chung",
    "Cúc",
    "Cường",
    "Diễm",
    "Dung",
    "Dũng",
    "Duyên",
    "Dương",
    "Đào",
    "Đạt",
    "Điệp",
    "Đông",
    "Đức",
    "Giang",
    "Hà",
    "Hải",
    "Hạnh",
    "Hào",
    "Hằng",
    "Hân",
    "Hậu",
    "Hiền",
    "Hiếu",
    "Hoa",
    "Hòa",
    "Hoài",
    "Hoàn",
    "Huệ",
    "Hùng",
    "Huy",
    "Huyền",
    "Hương",
    "Hường",
    "Khánh",
    "Khôi",
    "Kiên",
    "Kiều",
    "Lam",
    "Lan",
    "Lành",
    "Lệ",
    "Liên",
    "Linh",
    "Loan",
    "Lộc",
    "Lợi",
    "Luận",
    "Lụa",
    "Mai",
    "Mận",
    "Minh",
    "My",
    "Mỹ",
    "Nam",
    "Nga",
    "Ngân",
    "Nghĩa",
    "Ngoan",
    "Ngọc",
    "Nguyệt",
    "Nhàn",
    "Nhân",
    "Nhật",
    "Nhi",
    "Nhung",
    "Oanh",
    "Phong",
    "Phú",
    "Phúc",
    "Phượng",
    "Quân",
    "Quang",
    "Quý",
    "Quyên",
    "Quỳnh",
    "Sâm",
    "Sáu",
    "Sen",
    "Sinh",
    "Sơn",
    "Sương",
    "Tâm",
    "Tân",
    "Thạch",
    "Thái",
    "Thanh",
    "Thành",
    "Thảo",
    "Thắm",
    "Thắng",
    "Thêm",
    "Thi",
    "Thiện",
    "Thịnh",
    "Thoa",
    "Thơ",
    "Thu",
    "Thủy",
    "Thúy",
    "Thương",
    "Tiến",
    "Tình",
    "Toàn",
    "Trà",
    "Trang",
    "Trí",
    "Trinh",
    "Trung",
    "Tuấn",
    "Tuyết",
    "Tú",
    "Tư",
    "Tùng",
    "Uyên",
    "Vân",
    "Viên",
    "Việt",
    "Vinh",
    "Vy",
    "Xoan",
    "Xuân",
    "Yến",
]
SWAPS = (
    ("tr", "ch"),
    ("ch", "tr"),
    ("s", "x"),
    ("x", "s"),
    ("d", "gi"),
    ("gi", "d"),
    ("l", "n"),
    ("n", "l"),
    ("v", "d"),
)
TONES = (
    ("ỏ", "ọ"),
    ("ũ", "ụ"),
    ("ễ", "ệ"),
    ("ã", "ạ"),
    ("ả", "ạ"),
    ("ỹ", "ỵ"),
    ("ủ", "ụ"),
    ("ẩ", "ậ"),
    ("ỗ", "ộ"),
    ("ị", "ĩ"),
)
PAIRS = {"Hoàng": "Huỳnh", "Huỳnh": "Hoàng", "Vũ": "Võ", "Võ": "Vũ", "Phúc": "Phước", "Nhân": "Nhơn"}
LETTERS = "abcdeghiklmnopqrstuvxy"


def change_letters(word: str, rng: random.Random) -> str:
    """Make one typing error: a letter dropped, doubled, replaced, or two swapped."""
    if len(word) < 3:
        return word
    place = rng.randrange(1, len(word))
    kind = rng.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place - 1] + word[place:]
    if kind == 2:
        return word[:place] + rng.choice(LETTERS) + word[place + 1 :]
    return word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]


def speak_dialect(word: str, rng: random.Random) -> str:
    """Write the word as another region says it."""
    lower = word.lower()
    for initial, other in rng.sample(SWAPS, len(SWAPS)):
        if lower.startswith(initial) and len(lower) > len(initial) + 1:
            return other + lower[len(initial) :]
    for tone, other in TONES:
        if tone in lower:
            return lower.replace(tone, other)
    return lower.replace("y", "i") if lower.endswith("y") else lower


def write_otherwise(name: str, rng: random.Random) -> str:
    """Write a name as a stranger or a relative in a hurry does."""
    words = name.split()
    if rng.random() < 0.3:
        words = [PAIRS.get(word, word) for word in words]
    if rng.random() < 0.35:
        place = rng.randrange(len(words))
        words[place] = speak_dialect(words[place], rng)
    if rng.random() < 0.35:
        place = rng.randrange(len(words))
        words[place] = change_letters(words[place], rng)
    if len(words) == 4 and rng.random() < 0.2:
        del words[rng.choice((1, 2))]
    if rng.random() < 0.12:
        words = [words[-1], *words[:-1]]
    text = " ".join(words)
    if rng.random() < 0.5:
        text = fold_text(text)
    if rng.random() < 0.05:
        text = text.replace(" ", "")
    return f"{rng.choice(('bà', 'ông', 'cụ', 'cháu', 'o'))} {text}" if rng.random() < 0.2 else text


def build_pairs(count: int, seed: int) -> list[tuple[str, str]]:
    """Return (name, the same name written by another) with different full names."""
    rng = random.Random(seed)
    names: dict[str, None] = {}
    while len(names) < count:
        words = [rng.choice(SURNAMES), rng.choice(MIDDLES), rng.choice(GIVEN)]
        if rng.random() < 0.4:
            words.insert(2, rng.choice(MIDDLES[3:]))
        names[" ".join(words)] = None
    return [(name, write_otherwise(name, rng)) for name in names]
