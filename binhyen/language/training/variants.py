"""More ways of writing the same message, made only from training rows: openings, closings, slips, small talk around it.

They widen what the model has seen of *how* people write and never count as messages of their own.
"""

import random
import zlib
from collections.abc import Sequence
from dataclasses import replace

from binhyen.language.training.rows import Row, fill

OPENINGS = [
    "Kính gửi công an xã, ",
    "Dạ cho em hỏi, ",
    "Alo các anh ơi ",
    "Mọi người ơi, ",
    "Bà con cho tui nói cái ni ",
    "ad duyệt bài giúp em, ",
    "Em chào các anh ạ, ",
    "báo cáo các anh ",
    "Chào cả nhà ",
    "Nhờ admin đăng giúp: ",
    "Tôi ở {thon}, {xa}. ",
    "Tôi tên {ten}, ",
    "xin phép nhóm ",
    "Các chú công an ơi, ",
    "hôm qua ",
    "sáng nay ",
    "Tối qua tầm 9h, ",
    "mấy bữa ni ",
    "Chuyện là ri ạ, ",
    "ae cho hỏi ",
    "Cho tui hỏi ",
    "Thưa các đồng chí, ",
    "Em ở {thon} ạ, ",
    "cả nhà ơi ",
    "gấp ",
    "vừa rồi ",
    "Tình hình là ",
    "nói thiệt ",
    "Hic ",
    "e chào ac ",
    "Không biết nói với ai nên em nhắn vào đây, ",
    "Bữa trước có nhắn mà chưa ai trả lời, ",
    "Em xin phép ẩn danh, ",
    "Nghe nói ",
]
CLOSINGS = [
    " ạ",
    " nhờ các anh xem giúp",
    " mong các anh quan tâm",
    " xin cảm ơn",
    " ở {thon}",
    " tại {xa}",
    " liên hệ {sdt}",
    " sđt em {sdt}",
    " nha mọi người",
    " với ạ",
    " nghe",
    " hè",
    " nhé",
    " !!!",
    " ??",
    " ...",
    " 🙏",
    " 😭",
    " trân trọng",
    " mong hồi âm sớm",
    " các anh chị giúp em với",
    " đừng để lộ tên em",
    " gần chợ {cho}",
    " đường {duong}",
]
_LETTERS = "abcdeghiklmnopqrstuvxy"


def _slip(text: str, dice: random.Random) -> str:
    """Drop, double, swap or change a letter here and there; lose a word or a blank."""
    parts = text.split(" ")
    for _ in range(1 + len(parts) // 12):
        place = dice.randrange(len(parts))
        word = parts[place]
        if word.startswith("{") or len(word) < 3:
            continue
        at = dice.randrange(len(word) - 1)
        change = dice.randrange(5)
        if change == 0:
            parts[place] = word[:at] + word[at + 1 :]
        elif change == 1:
            parts[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif change == 2:
            parts[place] = word[:at] + dice.choice(_LETTERS) + word[at + 1 :]
        elif change == 3 and len(parts) > 5:
            parts[place] = ""
        else:
            parts[place] = word + word[-1]
    return " ".join(part for part in parts if part)


def variants(row: Row, chatter: Sequence[Row]) -> list[Row]:
    """The row itself and three more ways to say it; `chatter` are short rows that ask for nothing urgent."""
    # nosemgrep: dice-for-secrets  variety of training rows, repeatable
    dice = random.Random(zlib.crc32(row.id.encode()))  # noqa: S311 - variety, not secrecy
    opened = dice.choice(OPENINGS) + row.text
    closed = row.text + dice.choice(CLOSINGS)
    both = dice.choice(OPENINGS) + _slip(row.text, dice) + dice.choice(CLOSINGS)
    texts = [row.text, opened if dice.random() < 0.5 else closed, both]
    if row.urgency > 0 and chatter and dice.random() < 0.5:
        other = dice.choice(chatter).text
        texts.append(f"{other}. {row.text}" if dice.random() < 0.5 else f"{row.text}. {other}")
    return [fill(replace(row, text=text), copy) for copy, text in enumerate(texts)]
