"""Rules of help for people in hardship: units, pledges, verification, deliveries, double aid. Pure."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import fold_to_words, to_nfc

MAX_UNITS: Final = 10_000
MAX_SUMMARY_CHARS: Final = 120
MAX_UNIT_NAME_CHARS: Final = 30
MAX_REASON_CHARS: Final = 600
MAX_NAME_CHARS: Final = 80
MAX_NOTE_CHARS: Final = 300
MAX_OPEN_PLEDGES: Final = 50  # for one need: so many jokes cannot bury the serious ones
PLEDGE_SPAN: Final = dt.timedelta(days=7)  # a pledge from the page
CONFIRMED_SPAN: Final = dt.timedelta(days=30)  # after an officer spoke to the donor
DOUBLE_AID_DAYS: Final = 180
THANKS_DAYS: Final = 365  # a donor is named so long
SHOWN_AS_HELPED: Final = dt.timedelta(days=90)


class NeedKind(StrEnum):
    FOOD = "FOOD"
    HOUSING = "HOUSING"
    STUDY = "STUDY"
    HEALTH = "HEALTH"
    LIVING = "LIVING"
    DISASTER = "DISASTER"
    OTHER = "OTHER"


KIND_LABELS: Final = {
    NeedKind.FOOD: N_("Lương thực, đồ dùng"),
    NeedKind.HOUSING: N_("Nhà ở"),
    NeedKind.STUDY: N_("Học tập"),
    NeedKind.HEALTH: N_("Chữa bệnh"),
    NeedKind.LIVING: N_("Sinh kế"),
    NeedKind.DISASTER: N_("Thiên tai, hỏa hoạn"),
    NeedKind.OTHER: N_("Việc khác"),
}


class DonorKind(StrEnum):
    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"
    SCHOOL = "SCHOOL"


DONOR_LABELS: Final = {
    DonorKind.PERSON: N_("Cá nhân"),
    DonorKind.ORGANISATION: N_("Tổ chức, doanh nghiệp"),
    DonorKind.SCHOOL: N_("Trường học"),
}


class PledgeState(StrEnum):
    RESERVED = "RESERVED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


class PledgeStatus(StrEnum):
    """State of a pledge at a moment: a reservation ends by itself."""

    RESERVED = "RESERVED"
    EXPIRED = "EXPIRED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


STATUS_LABELS: Final = {
    PledgeStatus.RESERVED: N_("Đang giữ phần"),
    PledgeStatus.EXPIRED: N_("Hết hạn giữ"),
    PledgeStatus.DELIVERED: N_("Đã trao"),
    PledgeStatus.CANCELLED: N_("Đã hủy"),
}


@dataclass(frozen=True, slots=True)
class PledgeFacts:
    """A pledge as the rules need it. `delivered`: units of it that were handed over."""

    units: int
    delivered: int
    state: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """Units of a need: needed, handed over, reserved by pledges, and free to pledge."""

    needed: int
    delivered: int
    reserved: int

    @property
    def units_left(self) -> int:
        return max(0, self.needed - self.delivered - self.reserved)


def get_pledge_status(pledge: PledgeFacts, now: dt.datetime) -> PledgeStatus:
    if pledge.state == PledgeState.RESERVED and pledge.expires_at <= now:
        return PledgeStatus.EXPIRED
    return PledgeStatus(pledge.state)


def count_reserved(pledge: PledgeFacts, now: dt.datetime) -> int:
    """Return the units that a pledge still reserves; 0 once it expired, was cancelled or delivered."""
    return pledge.units - pledge.delivered if get_pledge_status(pledge, now) is PledgeStatus.RESERVED else 0


def compute_balance(needed: int, delivered: int, pledges: Iterable[PledgeFacts], now: dt.datetime) -> Balance:
    return Balance(needed, delivered, sum(count_reserved(pledge, now) for pledge in pledges))


def parse_units(text: str) -> int | None:
    """Return a whole number from 1 to MAX_UNITS («1.000» is a thousand); None for anything else."""
    match = re.fullmatch(r"[0-9]{1,5}|[0-9]{1,2}[.][0-9]{3}", text.strip())
    number = int(text.strip().replace(".", "")) if match else 0
    return number if 1 <= number <= MAX_UNITS else None


def find_verification_problem(*, was_entered_by_team: bool, is_enterer: bool, check_note: str) -> str:
    """Return why an officer may not verify a need, or "". A second person verifies entries of the village team."""
    if was_entered_by_team and is_enterer:
        return N_("Người khác phải xác minh hoàn cảnh do tổ bảo vệ ghi.")
    if len(check_note.strip()) < 10:
        return N_("Ghi đã xác minh bằng cách nào: đến nhà ngày nào, hỏi ai, xem giấy tờ gì.")
    return ""


def find_pledge_problem(units: int | None, balance: Balance) -> str:
    """Return why these units cannot be pledged, or ""; `{left}` in it: the units free to pledge."""
    if units is None:
        return N_("Số phần giúp là một số từ 1 trở lên.")
    if not balance.units_left:
        return N_("Hoàn cảnh này đã có người hứa giúp đủ. Bạn xem hoàn cảnh khác giúp nhé.")
    return N_("Chỉ còn cần {left}. Bạn chọn số nhỏ hơn giúp nhé.") if units > balance.units_left else ""


def find_delivery_problem(units: int | None, balance: Balance, *, reserved: int, receiver: str, minutes: str) -> str:
    """Return why a delivery cannot be recorded, or "". `reserved`: units that its own pledge holds."""
    if units is None:
        return N_("Số phần trao là một số từ 1 trở lên.")
    if units > balance.units_left + reserved:
        return N_("Trao quá số đang cần: chỉ còn {left}. Xem lại các lời hứa đang giữ phần.")
    if len(receiver.strip()) < 2:
        return N_("Ghi họ tên người nhận.")
    return N_("Ghi số biên bản trao.") if len(minutes.strip()) < 2 else ""


# With accents where the bare word is a family name: «Hồ», «Chu», «Cù».
_TITLES: Final = frozenset(
    {"bà", "ông", "anh", "chị", "em", "cụ", "bác", "cô", "chú", "dì", "cậu", "hộ", "gia", "đình", "ba", "ong", "chi"}
)
_PLACE_WORDS: Final = frozenset({"thon", "xom", "to", "dan", "pho", "khoi", "ban", "ap", "tdp"})


def make_household_key(name: str) -> str:
    """Return the folded name of a household's head without titles: equal for «Bà Trần Thị Mận» and «tran thi man»."""
    words = to_nfc(name).lower().split()
    while len(words) > 2 and words[0] in _TITLES:
        words = words[1:]
    return fold_to_words(" ".join(words))[:100]


def make_place_key(place: str) -> str:
    """Return the folded name of a village without its kind: equal for «thôn Yên Bình» and «Yen Binh»."""
    return " ".join(word for word in fold_to_words(place).split() if word not in _PLACE_WORDS)[:120]


@dataclass(frozen=True, slots=True)
class HouseholdAid:
    """A need of a household: open, or helped until `helped_on`."""

    household: str
    place: str
    is_open: bool
    helped_on: dt.date | None


def is_double_aid(need: HouseholdAid, other: HouseholdAid, today: dt.date) -> bool:
    """Return whether the other need is probably of the same household and open, or helped in the period.

    Names and places are compared as keys; a missing place matches any.
    """
    if need.household != other.household or (need.place and other.place and need.place != other.place):
        return False
    return other.is_open or (
        other.helped_on is not None and today - other.helped_on <= dt.timedelta(days=DOUBLE_AID_DAYS)
    )


def find_closing_problem(balance: Balance, *, accepts_rest: bool) -> str:
    """Return why a need cannot be closed as helped, or ""; `{rest}` in it: the missing units."""
    if not balance.delivered:
        return N_("Chưa ghi lần trao nào.")
    if balance.delivered < balance.needed and not accepts_rest:
        return N_("Còn thiếu {rest}. Đánh dấu «Kết thúc dù còn thiếu» nếu vẫn kết thúc.")
    return ""
