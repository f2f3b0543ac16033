"""Training messages: one JSON object a line, in data/training/<category>.jsonl.

Fields: id, text (may hold slots like {xa}), category, urgency 0-3, sensitive (null: not labelled), template (family of
near-equal texts; a family never crosses a split), register, split (train, dev, test). Pure but for reading the files.
"""

import json
import random
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random

from binhyen.language.classify.classifier import mask_places
from binhyen.language.entities import extract_named_entities
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import DATA

# Slot fillers of training texts: invented names, numbers and places, so that none is memorised.

COMMUNES = [
    "Thạch Hà",
    "Lộc Hà",
    "Can Lộc",
    "Nghi Xuân",
    "Hương Sơn",
    "Hương Khê",
    "Vũ Quang",
    "Kỳ Anh",
    "Cẩm Xuyên",
    "Đức Thọ",
    "Thành Sen",
    "Trần Phú",
    "Thạch Khê",
    "Mai Phụ",
    "Hồng Lộc",
    "Đông Kinh",
    "Ích Hậu",
    "Nghèn",
    "Thạch Đài",
    "Thạch Lạc",
    "Cẩm Bình",
    "Sơn Kim 1",
    "Vũng Áng",
    "Hải Ninh",
    "Hoành Sơn",
    "Tùng Lộc",
    "Xuân Lộc",
    "Đồng Lộc",
    "Gia Hanh",
    "Toàn Lưu",
    "Việt Xuyên",
    "Cổ Đạm",
    "Tiên Điền",
    "Đan Hải",
    "Kỳ Xuân",
    "Kỳ Lạc",
    "Phúc Trạch",
]
VILLAGES = [
    "Nam Thượng",
    "Phú Mậu",
    "Bắc Hải",
    "Đông Hà",
    "Tân Tiến",
    "Liên Nhật",
    "Yên Bình",
    "Hồng Thịnh",
    "Xuân Hải",
    "Trung Tâm",
    "Đại Đồng",
    "Hòa Bình",
    "Thanh Sơn",
    "Tiền Phong",
    "Quang Trung",
    "Vĩnh Phú",
    "Long Thủy",
    "Sơn Trình",
    "Mỹ Lộc",
    "Kim Sơn",
    "Tây Hồ",
    "Phú Hòa",
    "Bình Minh",
    "xóm 4",
    "xóm 7",
]
LANDMARKS = [
    "Giang",
    "Gát",
    "Nghèn",
    "Huyện",
    "Đình",
    "Mới",
    "Hôm",
    "Sò",
    "Chùa",
    "Vườn Ươm",
    "Đạo",
    "Trổ",
    "Cày",
    "Hạ",
    "Bộng",
    "Voi",
    "Sơn",
    "Lối",
    "Quán",
    "Đồn",
]
STREETS = [
    "Phan Đình Phùng",
    "Xuân Diệu",
    "Hải Thượng Lãn Ông",
    "Hà Huy Tập",
    "Nguyễn Du",
    "26/3",
    "Quang Trung",
    "Lê Duẩn",
    "ven biển",
]
SCHOOLS = [
    "Lê Văn Thiêm",
    "tiểu học số 2",
    "mầm non Hoa Sen",
    "THCS Nguyễn Du",
    "Mai Kính",
    "Bắc Hà",
    "Nghèn",
    "THPT Lý Tự Trọng",
]
NAMES = [
    "Nguyễn Văn Hùng",
    "Trần Thị Lan",
    "Lê Đình Sơn",
    "anh Tuấn",
    "chị Hoa",
    "Phan Thị Nga",
    "Hồ Sỹ Đức",
    "Võ Minh",
    "Thảo",
    "Bình",
    "Dũng béo",
    "Hải lé",
    "Tý",
    "Lê Thị Mận",
    "Bùi Quang Huy",
    "Đặng Hữu Phước",
    "Cúc",
    "Thắng",
    "Nguyễn Thị Hồng",
    "Phan Văn Thành",
    "Oanh",
    "Quân",
    "Tám",
]
SUMS = [
    "5 triệu",
    "12tr",
    "300k",
    "2 củ",
    "50 triệu",
    "1",
    "2 tỷ",
    "700 nghìn",
    "20.000.000đ",
    "15tr500",
    "4 lít",
    "ba trăm triệu",
    "hơn 8 triệu",
    "35 triệu đồng",
]
LINKS = [
    "dichvucong-gov.top",
    "vneid-capnhat.com",
    "bit.ly/3xKq9",
    "shopee-tri-an.vip",
    "https://nhanqua247.xyz",
    "zalo.me/g/abcde",
    "www.vaynhanh.site",
    "sanvang88.net",
]


MAILS = ["hoanam88@gmail.com", "lan.tran@yahoo.com.vn", "tiemsua.hl@gmail.com", "mai_ph@outlook.com"]
NICKS = ["zalo: hoanam88", "zalo lan.tran", "fb tiemsua.hl", "zalo.me/lantran", "@mai_ph"]
HOUSES = ["số nhà 12", "số 7 ngõ 15", "ngõ 4", "45", "nhà số 3", "8/2"]


def _random_phone(dice: Random) -> str:
    digits = dice.choice(("09", "03", "08", "07")) + f"{dice.randrange(10**8):08d}"
    return digits if dice.random() < 0.6 else f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"


def _random_account(dice: Random) -> str:
    return str(dice.randrange(10**9, 10**13))


def _random_plate(dice: Random) -> str:
    return f"38{dice.choice('ABCEFHKLN')}{dice.randrange(1, 10)}-{dice.randrange(100, 1000)}.{dice.randrange(10, 100)}"


def _choice_of(options: list[str]) -> Callable[[Random], str]:
    return lambda dice: dice.choice(options)


FILLERS: Mapping[str, Callable[[Random], str]] = {
    "xa": _choice_of(COMMUNES),
    "thon": _choice_of(VILLAGES),
    "cho": _choice_of(LANDMARKS),
    "duong": _choice_of(STREETS),
    "truong": _choice_of(SCHOOLS),
    "ten": _choice_of(NAMES),
    "tien": _choice_of(SUMS),
    "url": _choice_of(LINKS),
    "thu": _choice_of(MAILS),
    "nick": _choice_of(NICKS),
    "nha": _choice_of(HOUSES),
    "sdt": _random_phone,
    "stk": _random_account,
    "bks": _random_plate,
    "so": lambda dice: str(dice.randrange(100, 99999)),
    "tuoi": lambda dice: str(dice.randrange(3, 17)),
}


FOLDER = DATA / "training"
BLIND = ("blind", "blind2", "blind3", "blind4", "blind5", "blind6", "blind7", "blind8")
SPLITS = ("train", "dev", "test", *BLIND)
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One labelled message as stored."""

    id: str
    text: str
    category: str
    urgency: int
    sensitive: bool | None
    template: str
    register: str
    split: str


def read_rows(path: Path) -> Iterator[TrainingRow]:
    """Yield the rows of one file. Raises ValueError with the line number for a wrong label."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield validate_row(TrainingRow(**json.loads(line)))
            except (TypeError, ValueError) as error:
                raise ValueError(f"{path.name}:{number}: {error}") from error


def validate_row(row: TrainingRow) -> TrainingRow:
    """Return the row unchanged if its labels are valid, else raise ValueError."""
    if row.category not in CATEGORIES or row.urgency not in range(4) or row.split not in SPLITS or not row.text:
        raise ValueError(f"row {row.id} has an unknown label")
    return row


def load_shipped_rows() -> tuple[TrainingRow, ...]:
    """Return every row of the repository, in a fixed order."""
    return tuple(row for name in CATEGORIES for row in read_rows(FOLDER / f"{name}.jsonl"))


def load_blind_rows() -> tuple[TrainingRow, ...]:
    """Return rows by other authors, one file per split: used for measuring only, never for training or tuning."""
    return tuple(row for name in BLIND for row in read_rows(FOLDER / f"{name}.jsonl"))


def filter_split(rows: Iterable[TrainingRow], *splits: str) -> tuple[TrainingRow, ...]:
    return tuple(row for row in rows if row.split in splits)


def fill_row(row: TrainingRow, copy: int = 0) -> TrainingRow:
    """Return the row with its slots filled; the same id and copy always give the same text."""
    return replace(row, text=fill_slots(row.text, f"{row.id}/{copy}"))


def model_input(row: TrainingRow) -> str:
    """Return the text of a row as the model receives it: filled, and without its places."""
    text = fill_row(row).text
    return mask_places(text, extract_named_entities(text, _gazetteer()).entities())


@lru_cache(maxsize=1)
def _gazetteer() -> Gazetteer:
    return Gazetteer.load_default()


def fill_slots(text: str, name: str) -> str:
    """Return the text with its slots filled; the same name gives the same result."""
    # nosemgrep: dice-for-secrets  variety of training rows, repeatable
    rng = random.Random(zlib.crc32(name.encode()))  # noqa: S311 - variety, not secrecy
    return _SLOT.sub(lambda match: FILLERS[match[1]](rng), text)
