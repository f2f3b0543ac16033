"""Data augmentation: rows repeated with courteous phrases around them, and calm rows with a place added.

So a greeting or thanks in advance hides no danger, and a place name causes no alarm. Few original rows are courteous,
and dangers name their place more often than small talk does. The phrases that the tests put around held-out rows are
different ones.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

from binhyen.kit.text import fold_text
from binhyen.language.training.rows import TrainingRow

_SEED = 5
_DANGER_SHARE, _OTHER_SHARE = 0.6, 0.15  # share of rows of level 3, and of others, that are augmented
_IDLE = frozenset({"other", "thanks"})  # categories that a courteous phrase would change
HEADS = (
    "Dạ thưa các chú, ",
    "Chào cán bộ, ",
    "Em chào anh chị ạ, em xin phép được báo là ",
    "Kính thưa lãnh đạo công an phường, gia đình tôi xin báo cáo sự việc sau: ",
    "Mong các anh thông cảm vì nhắn muộn, ",
    "Con xin phép các bác cho con hỏi chút, ",
    "Trước hết con xin cám ơn các anh đã vất vả vì dân. ",
    "Đêm hôm thế này em ngại quá nhưng ",
    "Chúc cả nhà ngày mới tốt lành, ",
    "A lô cán bộ ơi, ",
    "Em biết các anh bận lắm, nhưng ",
    "Cám ơn đội dân phòng đã giúp xóm em lâu nay, hôm nay cho em báo ",
)
TAILS = (
    " Dạ con cám ơn ạ",
    " Em xin cảm ơn trước",
    " Mong các anh xem giúp, xin cảm ơn và kính chào",
    " Trân trọng!",
    " Có gì các anh bỏ qua cho em",
    " Khi nào các anh rảnh thì giúp em với ạ",
    " Chúc các anh sức khoẻ, công tác tốt",
    " Tôi xin chịu trách nhiệm về nội dung trên, kính đề nghị xem xét",
    " Không gấp thì mai cũng được ạ",
    "",
    "",
)


PLACED_SHARE = 0.1  # share of the calm rows
PLACE_PHRASES = (
    " ở {thon}",
    " chỗ {thon}",
    " ở cầu {cho}",
    " ngoài sông {thon}",
    " ở bãi biển {xa}",
    " gần hồ {thon}",
    " ngã ba {cho}",
    " ở chợ {cho}",
    " đường {duong}",
    " trước bến xe {xa}",
    " ở đập {cho}",
    " tại trường {truong}",
    " bên chùa {cho}",
    " ở bến xe",
    " gần cầu",
    " ngoài biển",
    " ở bờ sông",
)


def append_places(rows: Sequence[TrainingRow]) -> list[TrainingRow]:
    """Return copies of some calm rows with a place at their end; deterministic."""
    # nosemgrep: dice-for-secrets  which rows get a place, the same each time
    dice = random.Random(_SEED)  # noqa: S311 - variety, not secrecy
    copies = []
    for row in rows:
        if row.urgency > 1 or dice.random() >= PLACED_SHARE:
            continue
        where = dice.choice(PLACE_PHRASES)
        where = fold_text(where) if row.register == "bare" else where
        copies.append(replace(row, id=f"{row.id}-placed", text=f"{row.text}{where}", sensitive=None))
    return copies


def add_courtesy(rows: Sequence[TrainingRow]) -> list[TrainingRow]:
    """Return copies of some rows between an opening and a closing phrase; deterministic."""
    # nosemgrep: dice-for-secrets  which rows get a frame, the same each time
    dice = random.Random(_SEED)  # noqa: S311 - variety, not secrecy
    copies = []
    for row in rows:
        share = _DANGER_SHARE if row.urgency == 3 else _OTHER_SHARE
        if row.category in _IDLE or dice.random() >= share:
            continue
        head, tail = dice.choice(HEADS), dice.choice(TAILS)
        if row.register == "bare":
            head, tail = fold_text(head), fold_text(tail)
        copies.append(replace(row, id=f"{row.id}-courteous", text=f"{head}{row.text}{tail}"))
    return copies
