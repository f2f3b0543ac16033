"""Rules of bulletins: states, four-eyes approval, quiet hours, expiry, and the text for each medium. Pure."""

import datetime as dt
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_

MAX_TITLE_LENGTH = 120
MAX_TEXT_LENGTH = 1500  # title, unit and link are added; the channel accepts 2,000 characters
LOCAL_ZONE = dt.timezone(dt.timedelta(hours=7))
QUIET_FROM, QUIET_UNTIL = dt.time(22), dt.time(6)  # the hours in which Zalo refuses promotions as well
DEFAULT_LIFETIME = dt.timedelta(days=30)
MAX_LIFETIME = dt.timedelta(days=365)
MAX_URGENT_LIFETIME = dt.timedelta(days=7)


class BulletinTopic(StrEnum):
    """Topic of a bulletin."""

    SECURITY = "SECURITY"
    ONLINE_FRAUD = "ONLINE_FRAUD"
    FIRE = "FIRE"
    TRAFFIC = "TRAFFIC"
    POLICY = "POLICY"
    PROCEDURE = "PROCEDURE"
    LOST_FOUND = "LOST_FOUND"
    MISSING = "MISSING"
    WEATHER = "WEATHER"
    CAMPAIGN = "CAMPAIGN"


TOPIC_LABELS = {
    BulletinTopic.SECURITY: N_("An ninh trật tự"),
    BulletinTopic.ONLINE_FRAUD: N_("Lừa đảo qua mạng"),
    BulletinTopic.FIRE: N_("Cháy nổ"),
    BulletinTopic.TRAFFIC: N_("Giao thông"),
    BulletinTopic.POLICY: N_("Chính sách, pháp luật"),
    BulletinTopic.PROCEDURE: N_("Thủ tục hành chính"),
    BulletinTopic.LOST_FOUND: N_("Đánh rơi, nhặt được"),
    BulletinTopic.MISSING: N_("Tìm người"),
    BulletinTopic.WEATHER: N_("Thời tiết, thiên tai"),
    BulletinTopic.CAMPAIGN: N_("Đợt vận động"),
}


class UrgentGround(StrEnum):
    """Reason for a release by one person; empty: ordinary bulletin."""

    NONE = ""
    MISSING_CHILD = "MISSING_CHILD"
    THREAT_TO_LIFE = "THREAT_TO_LIFE"


GROUND_LABELS = {
    UrgentGround.NONE: N_("Không khẩn cấp"),
    UrgentGround.MISSING_CHILD: N_("Trẻ em mất tích"),
    UrgentGround.THREAT_TO_LIFE: N_("Nguy hiểm tính mạng"),
}


class BulletinState(StrEnum):
    """State of a bulletin."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    RELEASED = "RELEASED"
    CORRECTED = "CORRECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


BULLETIN_STATE_LABELS = {
    BulletinState.DRAFT: N_("Đang soạn"),
    BulletinState.SUBMITTED: N_("Chờ duyệt"),
    BulletinState.APPROVED: N_("Đã duyệt, chờ phát"),
    BulletinState.RELEASED: N_("Đã phát"),
    BulletinState.CORRECTED: N_("Đã đính chính"),
    BulletinState.WITHDRAWN: N_("Đã rút"),
    BulletinState.EXPIRED: N_("Hết hiệu lực"),
}
UNRELEASED_STATES = frozenset({BulletinState.DRAFT, BulletinState.SUBMITTED, BulletinState.APPROVED})
ENDED_STATES = frozenset({BulletinState.CORRECTED, BulletinState.WITHDRAWN, BulletinState.EXPIRED})


class BulletinAction(StrEnum):
    """Action that changes the state of a bulletin."""

    SUBMIT = "SUBMIT"
    SEND_BACK = "SEND_BACK"
    APPROVE = "APPROVE"
    RELEASE = "RELEASE"
    RELEASE_URGENTLY = "RELEASE_URGENTLY"
    CORRECT = "CORRECT"
    WITHDRAW = "WITHDRAW"
    EXPIRE = "EXPIRE"


BULLETIN_TRANSITIONS: dict[tuple[BulletinState, BulletinAction], BulletinState] = {
    (BulletinState.DRAFT, BulletinAction.SUBMIT): BulletinState.SUBMITTED,
    (BulletinState.DRAFT, BulletinAction.RELEASE_URGENTLY): BulletinState.RELEASED,
    (BulletinState.SUBMITTED, BulletinAction.SEND_BACK): BulletinState.DRAFT,
    (BulletinState.SUBMITTED, BulletinAction.APPROVE): BulletinState.APPROVED,
    (BulletinState.APPROVED, BulletinAction.SEND_BACK): BulletinState.DRAFT,
    (BulletinState.APPROVED, BulletinAction.RELEASE): BulletinState.RELEASED,
    (BulletinState.RELEASED, BulletinAction.CORRECT): BulletinState.CORRECTED,
    (BulletinState.RELEASED, BulletinAction.WITHDRAW): BulletinState.WITHDRAWN,
    (BulletinState.RELEASED, BulletinAction.EXPIRE): BulletinState.EXPIRED,
}


def find_next_state(state: str, action: BulletinAction) -> BulletinState | None:
    """Return the state after the action; None where the state does not allow it."""
    return BULLETIN_TRANSITIONS.get((BulletinState(state), action))


def defer_past_quiet_hours(moment: dt.datetime, *, is_urgent: bool) -> dt.datetime:
    """Return the first moment at which it may be sent: not between 22:00 and 06:00 unless it is urgent."""
    local = moment.astimezone(LOCAL_ZONE)
    if is_urgent or QUIET_UNTIL <= local.time() < QUIET_FROM:
        return moment
    day = local.date() + dt.timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return dt.datetime.combine(day, QUIET_UNTIL, LOCAL_ZONE)


def choose_expiry(wished: dt.datetime | None, released_at: dt.datetime, *, is_urgent: bool) -> dt.datetime:
    """Return when it ends: as wished within the longest lifetime, 30 days later by default."""
    limit = released_at + (MAX_URGENT_LIFETIME if is_urgent else MAX_LIFETIME)
    return min(wished or released_at + DEFAULT_LIFETIME, limit)


def select_group_ids(
    containing: dict[int, tuple[int, frozenset[int]]], included: Collection[int], excluded: Collection[int]
) -> set[int]:
    """Return the groups inside an included area and inside no excluded one.

    `containing`: group → its area, and all areas that contain it. A group is listed once, however many areas match.
    """
    return {
        group
        for group, (_, areas) in containing.items()
        if not areas.isdisjoint(included) and areas.isdisjoint(excluded)
    }


@dataclass(frozen=True, slots=True)
class BulletinText:
    """Text of a bulletin with what surrounds it. `link`: its public page."""

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
    "đ": "đồng",
    "km": "ki lô mét",
    "kg": "ki lô gam",
    "m": "mét",
}
_LINK = re.compile(r"https?://\S+|www\.\S+")
_TOKENS = re.compile(
    r"(?P<phone>(?<!\d)(?:\+84|0)(?:[ .-]?\d){8,10}(?!\d)|(?<!\d)11[2345](?!\d))"
    r"|(?P<date>(?<!\d)(?P<d>\d{1,2})[/-](?P<m>\d{1,2})(?:[/-](?P<y>\d{4}))?(?!\d))"
    r"|(?P<time>(?<!\d)(?P<h>\d{1,2})(?:h|giờ|:)(?P<min>\d{2})?(?!\d))"
    r"|(?P<number>\d{1,3}(?:\.\d{3})+(?!\d)|\d+)(?P<unit> ?(?:km|kg|đ|m)\b)?(?P<percent> ?%)?"
    r"|(?P<word>[A-Za-zĐÂ-ỹ]+)"
)


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
    body = _LINK.sub("", f"{bulletin.title}.\n{bulletin.text}")
    lines = [" ".join(_TOKENS.sub(_read_token, line).split()) for line in body.splitlines()]
    paragraphs = "\n".join(line.removeprefix("- ") for line in lines if line)
    name = _TOKENS.sub(_read_token, bulletin.unit_name)
    return f"{name} xin thông báo.\n{paragraphs}\nXin nhắc lại.\n{paragraphs}\nXin cảm ơn bà con đã lắng nghe."


def _read_token(match: re.Match[str]) -> str:
    if phone := match["phone"]:
        digits = f"0{phone[3:]}" if phone.startswith("+84") else phone
        return spell_digits(digits)
    if match["date"]:
        year = f" năm {spell_number(int(match['y']))}" if match["y"] else ""
        return f"{spell_number(int(match['d']))} tháng {spell_number(int(match['m']))}{year}"
    if match["time"]:
        minutes = f" {spell_number(int(match['min']))} phút" if match["min"] and int(match["min"]) else ""
        return f"{spell_number(int(match['h']))} giờ{minutes}"
    if number := match["number"]:
        unit = f" {_ABBREVIATIONS[match['unit'].strip()]}" if match["unit"] else ""
        percent = " phần trăm" if match["percent"] else ""
        return f"{spell_number(int(number.replace('.', '')))}{unit}{percent}"
    word = match["word"]
    return _ABBREVIATIONS.get(word, word) if word != "m" and word != "đ" else word


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph, or a list of items."""

    text: str = ""
    items: tuple[str, ...] = ()


def split_blocks(text: str) -> list[TextBlock]:
    """Split a plain text into paragraphs and lists: lines that begin with «- » are items."""
    blocks: list[TextBlock] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if not line.startswith("- "):
            blocks.append(TextBlock(line))
        elif blocks and blocks[-1].items:
            blocks[-1] = TextBlock(items=(*blocks[-1].items, line[2:]))
        else:
            blocks.append(TextBlock(items=(line[2:],)))
    return blocks


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """Deliveries of one unit's groups."""

    delivered: int = 0
    failed: int = 0
    stopped: int = 0
    waiting: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return self.delivered + self.failed + self.stopped + self.waiting + self.cancelled


def add_figures(figures: Iterable[AreaFigures]) -> AreaFigures:
    """Return the sums."""
    rows = list(figures)
    return AreaFigures(
        delivered=sum(row.delivered for row in rows),
        failed=sum(row.failed for row in rows),
        stopped=sum(row.stopped for row in rows),
        waiting=sum(row.waiting for row in rows),
        cancelled=sum(row.cancelled for row in rows),
    )
