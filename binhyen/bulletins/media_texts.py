"""The text of a bulletin for each medium, in Vietnamese: group post, SMS, loudspeaker script, feed. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from binhyen.kit.text import fold_char

FEED_TITLE = "Thông báo của công an"
LETTER_FILES = "Ảnh và tệp kèm theo:"
PODCAST_TITLE = "Điểm tin an ninh {area}"
PODCAST_DESCRIPTION = "Điểm tin tuần của công an, đọc thành tiếng."
FEED_CORRECTION = "Đính chính: {title}"
FEED_WITHDRAWAL = "Đã rút tin"
AREA_EXCEPT = "{area} (trừ {excluded})"
CHILD_GROUND = "Bản tin {code}"  # why a child's details go out


@dataclass(frozen=True, slots=True)
class BulletinText:
    """Text of a bulletin with its surroundings. `link`: its public page."""

    topic: str  # label in Vietnamese: people read Vietnamese whatever the language of the officer's screen is
    title: str
    text: str
    unit_name: str
    link: str


_DOMAIN_LINK = re.compile(r"https?://[^/:]*[a-z][^/:]*/")  # a number for a host opens on no phone, as in a demo
CORRECTION_PREFIX = "ĐÍNH CHÍNH"
_WITHDRAWN_CHILD = (
    "Công an đã rút tin tìm trẻ em đăng trước đây. {reason}\nXin bà con gỡ ảnh, xóa tin, đừng chia sẻ tiếp."
)
_WITHDRAWN = "ĐÃ RÚT TIN: {title}. {reason}\nXin bà con xóa tin cũ, đừng chia sẻ tiếp."


def format_group_post(bulletin: BulletinText, *, is_correction: bool = False) -> str:
    """Return the post for a chat group."""
    head = f"{CORRECTION_PREFIX}. {bulletin.title}" if is_correction else f"{bulletin.topic.upper()}. {bulletin.title}"
    return f"{head}\n\n{bulletin.text}\n\n{bulletin.unit_name}\n{_get_shown_link(bulletin)}".rstrip()


def _get_shown_link(bulletin: BulletinText) -> str:
    return bulletin.link if _DOMAIN_LINK.match(bulletin.link) else ""


def format_withdrawal_post(bulletin: BulletinText, reason: str, *, is_child: bool) -> str:
    """Return the notice for the groups reached; that of a child repeats nothing of the text."""
    body = (
        _WITHDRAWN_CHILD.format(reason=reason) if is_child else _WITHDRAWN.format(title=bulletin.title, reason=reason)
    )
    return f"{body}\n\n{bulletin.unit_name}"


def format_letter(bulletin: BulletinText, files: Sequence[tuple[str, str]] = ()) -> str:
    """Return the text of an e-mail; its heading is the subject. `files`: title and address of each."""
    attached = "\n".join([LETTER_FILES, *(f"- {title}: {url}" for title, url in files)]) if files else ""
    return "\n\n".join(filter(None, [bulletin.title, bulletin.text, attached, bulletin.unit_name]))


def format_private_message(bulletin: BulletinText, *, is_correction: bool = False) -> str:
    """Return the message for one person in a private chat."""
    title = f"{CORRECTION_PREFIX}. {bulletin.title}" if is_correction else bulletin.title
    body = f"{title}\n\n{bulletin.text}\n\n{bulletin.unit_name} ({bulletin.topic.lower()})"
    return f"{body}\n{_get_shown_link(bulletin)}".rstrip()


PUSH_TITLE_LENGTH, PUSH_BODY_LENGTH = 60, 150  # length shown of a closed notification


@dataclass(frozen=True, slots=True)
class PushText:
    """Title and body of a push notification as a locked phone shows them."""

    title: str
    body: str


def format_push(bulletin: BulletinText) -> PushText:
    """Return the push notification: the title, and the beginning of the text on one line."""
    line = " ".join(bulletin.text.replace("\n- ", "\n").split())
    return PushText(_shorten(bulletin.title, PUSH_TITLE_LENGTH), _shorten(line, PUSH_BODY_LENGTH))


def _shorten(text: str, limit: int) -> str:
    """Cut at the last word that fits, with an ellipsis."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 1].rpartition(' ')[0] or text[: limit - 1]}…"


_MOVE = (
    "Kính gửi bà con trong nhóm. Công an đã mở nhóm chính thức «{name}» để báo tin và nhận tin của bà con. "
    "Mời bà con vào nhóm mới:\n{link}\n"
    "Vào nhóm là đồng ý với nội quy của nhóm. Nhóm này còn giữ thêm một thời gian rồi đóng.\n\n{unit}"
)


def format_move_post(name: str, link: str, unit: str) -> str:
    """Return the post that invites the members of a group run by hand into a group of the account."""
    return _MOVE.format(name=name, link=link, unit=unit)


# SMS: GSM 03.38 has no Vietnamese letters with two marks, so such a text is sent as UCS-2.

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class SmsLength:
    """Length of a text message in its encoding, and the number of parts that are paid."""

    characters: int
    parts: int
    is_unicode: bool


def count_sms_parts(text: str) -> SmsLength:
    """Count the parts of a text message: 160 or 153 characters in GSM 03.38, 70 or 67 in UCS-2."""
    if all(char in _GSM_BASIC or char in _GSM_EXTENDED for char in text):
        length, single, multiple, is_unicode = len(text) + sum(char in _GSM_EXTENDED for char in text), 160, 153, False
    else:
        length, single, multiple, is_unicode = len(text.encode("utf-16-be")) // 2, 70, 67, True
    return SmsLength(length, 1 if length <= single else -(-length // multiple), is_unicode)


def format_sms(bulletin: BulletinText) -> str:
    """Return the text message: title, first sentence group and link on one line."""
    return " ".join(f"{bulletin.title}. {bulletin.text} {_get_shown_link(bulletin)}".split())


def format_plain_sms(text: str) -> str:
    """Return the text without diacritics, in capitals as written: it fits GSM 03.38."""
    return "".join(fold_char(char).upper() if char.isupper() else fold_char(char) for char in text)


# Loudspeaker: as the announcer reads it aloud.

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUP_NAMES = ("", "nghìn", "triệu", "tỷ")
_ABBREVIATIONS = {
    "ANTT": "an ninh trật tự",
    "ATGT": "an toàn giao thông",
    "BCA": "Bộ Công an",
    "CA": "công an",
    "CAX": "công an xã",
    "CCCD": "căn cước công dân",
    "CSGT": "cảnh sát giao thông",
    "HĐND": "hội đồng nhân dân",
    "MTTQ": "Mặt trận Tổ quốc",
    "OTP": "ô tê pê",
    "PCCC": "phòng cháy chữa cháy",
    "QL": "quốc lộ",
    "SĐT": "số điện thoại",
    "TDP": "tổ dân phố",
    "TNGT": "tai nạn giao thông",
    "TP": "thành phố",
    "UBND": "ủy ban nhân dân",
    "VNeID": "vê nờ e i đê",
}
_UNITS = {
    "km/h": "ki lô mét một giờ",
    "km": "ki lô mét",
    "kg": "ki lô gam",
    "mm": "mi li mét",
    "cm": "xăng ti mét",
    "m²": "mét vuông",
    "m2": "mét vuông",
    "ha": "héc ta",
    "°C": "độ xê",
    "m": "mét",
    "đ": "đồng",
    "%": "phần trăm",
}
_UNIT = rf" ?(?:{'|'.join(map(re.escape, _UNITS))})(?!\w)"
_LINK = re.compile(r"https?://\S+|www\.\S+")
_NUMBER = r"(?:(?<!\d,)\d+,\d{1,2}(?!\d|,\d)|\d{1,3}(?:\.\d{3})+(?!\d)|\d+)"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_TOKENS = re.compile(
    r"(?P<phone>(?<!\d)(?:(?:\+84|0)(?:[ .-]?\d){8,10}|1[89]00(?:[ .]?\d){4,6}|11[1-5])(?!\d))"
    rf"|(?:(?P<date>(?<![\d/]){_DAY}/{_MONTH}(?:/\d{{4}})?(?![\d/]))"
    rf"|(?P<time>(?<!\d)(?P<h>\d{{1,2}})(?:(?:h|giờ)(?P<min>\d{{2}})?|:(?P<min2>\d{{2}}))(?!\d))"
    rf"|(?P<pair>(?<![\d-]){_DAY}-{_MONTH}(?:-\d{{4}})?(?![\d-]|[.,]\d))(?P<pair_unit>{_UNIT})?"
    rf"|(?P<number>{_NUMBER})(?:/(?P<year>(?:19|20)\d\d)(?![\d/])|(?P<unit>{_UNIT}))?)(?P<range> ?[-–] ?(?=\d))?"
    r"|(?P<word>[A-Za-zĐÂ-ỹ]+)"
)
_CODE_BREAK = re.compile(r"(?<=[A-ZĐ])(?=\d)|(?<=\d)(?=[A-ZĐ])")  # «QL1A», «38A»: letters and numbers apart
_BEFORE_DATE = ("ngày ", "lễ ", "dịp ")


def spell_number(value: int) -> str:
    """Spell a number below a thousand billion as it is read: 1205 → «một nghìn hai trăm linh năm»."""
    if value == 0:
        return _DIGITS[0]
    if value >= 10**12:
        return spell_digits(str(value))
    groups = [value // 1000**power % 1000 for power in range(4)]
    first = max(power for power, group in enumerate(groups) if group)
    words = [
        f"{_spell_group(groups[power], is_first=power == first)} {_GROUP_NAMES[power]}".strip()
        for power in range(first, -1, -1)
        if groups[power]
    ]
    return " ".join(words)


def _spell_group(value: int, *, is_first: bool) -> str:
    hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
    words = [f"{_DIGITS[hundreds]} trăm"] if hundreds or not is_first else []
    if tens == 0:
        words += [f"linh {_DIGITS[ones]}" if words else _DIGITS[ones]] if ones else []
        return " ".join(words)
    words.append("mười" if tens == 1 else f"{_DIGITS[tens]} mươi")
    if ones:
        words.append("lăm" if ones == 5 else "mốt" if ones == 1 and tens > 1 else _DIGITS[ones])
    return " ".join(words)


def spell_digits(text: str) -> str:
    """Spell digits one by one, as phone numbers are read."""
    return " ".join(_DIGITS[int(char)] for char in text if char in "0123456789")


def format_loudspeaker_script(bulletin: BulletinText) -> str:
    """Return the script to read aloud: numbers, phones, dates and abbreviations spelt out, links left out."""
    name, paragraphs = _spell_out(bulletin)
    return f"{name} xin thông báo.\n{paragraphs}\nXin nhắc lại.\n{paragraphs}\nXin cảm ơn bà con đã lắng nghe."


def format_spoken_text(bulletin: BulletinText) -> str:
    """Return the text of a sound file, spelt out as for the loudspeaker; a listener can play it again."""
    name, paragraphs = _spell_out(bulletin)
    return f"{name}.\n{paragraphs}\nXin cảm ơn bà con đã lắng nghe."


def _spell_out(bulletin: BulletinText) -> tuple[str, str]:
    """Return the unit's name and the paragraphs as they are read."""
    body = _CODE_BREAK.sub(" ", _LINK.sub("", f"{bulletin.title}.\n{bulletin.text}"))
    lines = [" ".join(_TOKENS.sub(_read_token, line).split()) for line in body.splitlines()]
    paragraphs = "\n".join(line.removeprefix("- ") for line in lines if line)
    return _TOKENS.sub(_read_token, bulletin.unit_name), paragraphs


def _read_token(match: re.Match[str]) -> str:
    if phone := match["phone"]:
        return spell_digits(f"0{phone[3:]}" if phone.startswith("+84") else phone)
    if word := match["word"]:
        return _ABBREVIATIONS.get(word, word)
    return _read_quantity(match) + (" đến " if match["range"] else "")


def _read_quantity(match: re.Match[str]) -> str:
    if date := match["date"]:
        return _spell_date(date.split("/"))
    if match["time"]:
        minutes = int(match["min"] or match["min2"] or 0)
        return f"{spell_number(int(match['h']))} giờ{f' {spell_number(minutes)} phút' if minutes else ''}"
    unit = (match["unit"] or match["pair_unit"] or "").strip()
    ending = f" {_UNITS[unit]}" if unit else f" năm {spell_number(int(match['year']))}" if match["year"] else ""
    if pair := match["pair"]:
        first, second, *year = pair.split("-")
        # «gió cấp 9-10» is a range, «lễ 30-4» and «ngày 1-5» are dates.
        if year or int(first) > int(second) or match.string[: match.start()].lower().endswith(_BEFORE_DATE):
            return _spell_date([first, second, *year]) + ending
        return f"{spell_number(int(first))} đến {spell_number(int(second))}{ending}"
    whole, _comma, decimals = match["number"].replace(".", "").partition(",")
    if decimals:
        spelt = spell_digits(decimals) if decimals.startswith("0") else spell_number(int(decimals))
        return f"{spell_number(int(whole))} phẩy {spelt}{ending}"
    return f"{spell_number(int(whole))}{ending}"


def _spell_date(parts: Sequence[str]) -> str:
    day, month, *year = map(int, parts)
    spelt = f"{spell_number(day)} tháng {'tư' if month == 4 else spell_number(month)}"
    return f"{spelt} năm {spell_number(year[0])}" if year else spelt
