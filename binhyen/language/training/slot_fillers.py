"""Slot fillers of training texts: invented names, numbers and places, so that none is memorised."""

from collections.abc import Callable, Mapping
from random import Random

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
