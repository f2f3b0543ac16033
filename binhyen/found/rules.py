"""Rules of the register of found things: hidden details, claims, chain of custody, periods of the Civil Code. Pure."""

import calendar
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import Outcome
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import fold_text, fold_to_words


class ItemKind(StrEnum):
    BAG = "BAG"
    PAPERS = "PAPERS"
    CARD = "CARD"
    PHONE = "PHONE"
    VEHICLE = "VEHICLE"
    MONEY = "MONEY"
    JEWELLERY = "JEWELLERY"
    CATTLE = "CATTLE"
    POULTRY = "POULTRY"
    AQUATIC = "AQUATIC"
    OTHER = "OTHER"


KIND_LABELS = {
    ItemKind.BAG: N_("Ví, túi, ba lô"),
    ItemKind.PAPERS: N_("Giấy tờ tùy thân"),
    ItemKind.CARD: N_("Thẻ ngân hàng, thẻ khác"),
    ItemKind.PHONE: N_("Điện thoại, máy tính"),
    ItemKind.VEHICLE: N_("Xe"),
    ItemKind.MONEY: N_("Tiền"),
    ItemKind.JEWELLERY: N_("Vàng, trang sức"),
    ItemKind.CATTLE: N_("Gia súc"),
    ItemKind.POULTRY: N_("Gia cầm"),
    ItemKind.AQUATIC: N_("Vật nuôi dưới nước"),
    ItemKind.OTHER: N_("Đồ khác"),
}


class ItemHolder(StrEnum):
    POLICE = "POLICE"
    FINDER = "FINDER"


HOLDER_LABELS = {ItemHolder.POLICE: N_("Công an giữ"), ItemHolder.FINDER: N_("Người nhặt giữ")}


class FoundGround(StrEnum):
    """How a thing came to be without owner: the article of the Civil Code follows from it."""

    DROPPED = "DROPPED"
    BURIED = "BURIED"
    OWNERLESS = "OWNERLESS"
    HERITAGE = "HERITAGE"


GROUND_LABELS = {
    FoundGround.DROPPED: N_("Bị đánh rơi, bỏ quên"),
    FoundGround.BURIED: N_("Bị chôn giấu, vùi lấp, chìm đắm"),
    FoundGround.OWNERLESS: N_("Chưa rõ là của ai, có thể chủ đã bỏ"),
    FoundGround.HERITAGE: N_("Có thể là cổ vật, di sản"),
}


class HiddenField(StrEnum):
    """A detail that only the owner knows; on no page except the desk's."""

    NUMBER = "NUMBER"
    NAME = "NAME"
    AMOUNT = "AMOUNT"
    CONTENTS = "CONTENTS"
    MARK = "MARK"


FIELD_LABELS = {
    HiddenField.NUMBER: N_("Số máy, số khung, biển số, số thẻ"),
    HiddenField.NAME: N_("Tên ghi trên đó"),
    HiddenField.AMOUNT: N_("Số tiền, số lượng"),
    HiddenField.CONTENTS: N_("Bên trong có gì"),
    HiddenField.MARK: N_("Đặc điểm nhận dạng"),
}
QUESTIONS = {
    HiddenField.NUMBER: N_("Số máy, số khung, biển số hoặc số thẻ là gì?"),
    HiddenField.NAME: N_("Trên đó ghi tên ai?"),
    HiddenField.AMOUNT: N_("Có bao nhiêu tiền, hoặc bao nhiêu cái, con?"),
    HiddenField.CONTENTS: N_("Bên trong có những gì?"),
    HiddenField.MARK: N_("Có đặc điểm nhận dạng nào: vết xước, hình dán, móc khóa?"),
}
_ALL_FIELDS = tuple(HiddenField)
FIELDS_BY_KIND: dict[ItemKind, tuple[HiddenField, ...]] = {
    ItemKind.BAG: (HiddenField.CONTENTS, HiddenField.AMOUNT, HiddenField.NAME, HiddenField.MARK),
    ItemKind.PAPERS: (HiddenField.NAME, HiddenField.NUMBER, HiddenField.MARK),
    ItemKind.CARD: (HiddenField.NAME, HiddenField.NUMBER, HiddenField.MARK),
    ItemKind.PHONE: (HiddenField.NUMBER, HiddenField.MARK, HiddenField.CONTENTS),
    ItemKind.VEHICLE: (HiddenField.NUMBER, HiddenField.MARK, HiddenField.CONTENTS),
    ItemKind.MONEY: (HiddenField.AMOUNT, HiddenField.CONTENTS, HiddenField.MARK),
    ItemKind.JEWELLERY: (HiddenField.AMOUNT, HiddenField.MARK, HiddenField.CONTENTS),
    ItemKind.CATTLE: (HiddenField.AMOUNT, HiddenField.MARK),
    ItemKind.POULTRY: (HiddenField.AMOUNT, HiddenField.MARK),
    ItemKind.AQUATIC: (HiddenField.AMOUNT, HiddenField.MARK),
    ItemKind.OTHER: _ALL_FIELDS,
}

# Claims: questions from the hidden details, few tries, an officer decides.
MAX_TRIES = 3
MIN_QUESTIONS = 2  # fewer hidden details: the claim is made in person
MAX_FAILED_CLAIMS = 10  # afterwards only in person: somebody is guessing
MAX_ANSWER_LENGTH = 120
_MIN_OVERLAP = 0.6
_MIN_NUMBER_LENGTH = 4  # the last four characters of a number prove it
_NUMBER_LETTERS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_STOP_WORDS = frozenset({"co", "mot", "cai", "chiec", "va", "o", "trong", "mau", "la", "tren", "ben", "cua", "voi"})


class ClaimState(StrEnum):
    OPEN = "OPEN"
    PROVED = "PROVED"
    FROZEN = "FROZEN"
    FAILED = "FAILED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


CLAIM_LABELS = {
    ClaimState.OPEN: N_("Đang trả lời"),
    ClaimState.PROVED: N_("Trả lời khớp"),
    ClaimState.FROZEN: N_("Nhiều người cùng nhận"),
    ClaimState.FAILED: N_("Không khớp"),
    ClaimState.ACCEPTED: N_("Được nhận"),
    ClaimState.REFUSED: N_("Không được nhận"),
}
TO_DECIDE = (ClaimState.PROVED, ClaimState.FROZEN)
# An officer may also accept a claim that failed here after seeing proof in person.
DECIDABLE = (ClaimState.OPEN, *TO_DECIDE, ClaimState.FAILED)


@dataclass(frozen=True, slots=True)
class ClaimScore:
    """How many answers match; shown at the desk only."""

    right: int
    total: int

    @property
    def is_proved(self) -> bool:
        """Return whether at least two answers and two thirds of them match."""
        return self.right >= MIN_QUESTIONS and self.right * 3 >= self.total * 2


def normalize_number(text: str) -> str:
    """Return a serial number, plate or card number for comparison: no blanks, O as 0, I and L as 1."""
    return re.sub(r"[^0-9A-Z]", "", text.upper()).translate(_NUMBER_LETTERS)


def list_amounts(text: str) -> frozenset[int]:
    """Return the amounts in a text in full units: «1.250.000», «1250k», «1,5 triệu», «3 con»."""
    amounts = set()
    for number, unit in re.findall(r"(\d[\d.,]*)\s*(trieu|tr|nghin|ngan|k)?(?![a-z])", fold_text(text)):
        digits = number.rstrip(".,")
        factor = {"trieu": 1_000_000, "tr": 1_000_000, "nghin": 1000, "ngan": 1000, "k": 1000}.get(unit, 1)
        if factor > 1 and re.fullmatch(r"\d+[.,]\d{1,2}", digits):
            amounts.add(round(float(digits.replace(",", ".")) * factor))
        else:
            amounts.add(int(re.sub(r"[.,]", "", digits)) * factor)
    return frozenset(amounts)


def is_answer_right(field: HiddenField, expected: str, answer: str) -> bool:
    """Return whether an answer matches the hidden detail. A list of guesses matches no better than one guess."""
    answer = answer[:MAX_ANSWER_LENGTH]
    if field is HiddenField.NUMBER:
        wanted, given = normalize_number(expected), normalize_number(answer)
        return len(given) >= min(_MIN_NUMBER_LENGTH, len(wanted)) > 0 and wanted.endswith(given)
    if field is HiddenField.AMOUNT and (amounts := list_amounts(expected)):
        return max(list_amounts(answer), default=-1) == max(amounts)
    wanted_words, given_words = _list_words(expected), _list_words(answer)
    common = len(wanted_words & given_words)
    return common > 0 and 2 * common / (len(wanted_words) + len(given_words)) >= _MIN_OVERLAP


def _list_words(text: str) -> frozenset[str]:
    words = fold_to_words(text).split()
    return frozenset(word for word in words if word not in _STOP_WORDS) or frozenset(words)


def score_answers(details: Mapping[str, str], answers: Mapping[str, str]) -> ClaimScore:
    """Score the answers to all hidden details; field → text."""
    right = sum(
        is_answer_right(HiddenField(field), expected, answers.get(field, "")) for field, expected in details.items()
    )
    return ClaimScore(right, len(details))


def get_state_after_try(score: ClaimScore, tries: int, *, has_rival: bool) -> ClaimState:
    """Return the state of a claim after a try. `has_rival`: another claim of the thing matched too."""
    if score.is_proved:
        return ClaimState.FROZEN if has_rival else ClaimState.PROVED
    return ClaimState.FAILED if tries >= MAX_TRIES else ClaimState.OPEN


# Chain of custody: append-only, each step has the digest of the one before.


class CustodyStep(StrEnum):
    RECEIVED = "RECEIVED"
    MOVED = "MOVED"
    HANDED_OVER = "HANDED_OVER"
    ENDED = "ENDED"


STEP_LABELS = {
    CustodyStep.RECEIVED: N_("Nhận"),
    CustodyStep.MOVED: N_("Chuyển nơi giữ"),
    CustodyStep.HANDED_OVER: N_("Trao trả"),
    CustodyStep.ENDED: N_("Kết thúc giữ"),
}
_END = (CustodyStep.HANDED_OVER, CustodyStep.ENDED)
NEXT_STEPS: dict[str, tuple[CustodyStep, ...]] = {
    "": (CustodyStep.RECEIVED, *_END),  # the finder keeps it until the owner comes
    CustodyStep.RECEIVED: (CustodyStep.MOVED, *_END),
    CustodyStep.MOVED: (CustodyStep.MOVED, *_END),
    CustodyStep.HANDED_OVER: (),
    CustodyStep.ENDED: (),
}


def find_step_problem(previous: str, step: str, *, number: int, expected_number: int) -> str:
    """Return why a step is refused, or "". `expected_number`: the number that the form was opened for."""
    if expected_number != number:
        return N_("Sổ bàn giao đã có bước mới, hoặc bước này đã ghi. Xem lại rồi ghi tiếp.")
    if step not in NEXT_STEPS.get(previous, ()):
        return N_("Bước này không ghi được sau bước trước đó.")
    return ""


# Periods and shares: Civil Code 2015 (91/2015/QH13) arts. 228 to 233. Proposals only, an officer decides.


@dataclass(frozen=True, slots=True)
class BaseSalary:
    """The base salary from a day on, in đồng a month. `source`: the decree."""

    since: dt.date
    amount: int
    source: str


BASE_SALARIES = (
    BaseSalary(dt.date(2019, 7, 1), 1_490_000, N_("Nghị định 38/2019/NĐ-CP")),
    BaseSalary(dt.date(2023, 7, 1), 1_800_000, N_("Nghị định 24/2023/NĐ-CP")),
    BaseSalary(dt.date(2024, 7, 1), 2_340_000, N_("Nghị định 73/2024/NĐ-CP")),
)
_SALARY_COUNT = 10
_YEAR_MONTHS = 12


def parse_base_salaries(text: str) -> tuple[BaseSalary, ...]:
    """Parse «2026-07-01=2530000 Nghị định …;…», added to the built-in table. Raises ValueError."""
    salaries = {salary.since: salary for salary in BASE_SALARIES}
    for part in filter(None, (item.strip() for item in text.split(";"))):
        since, separator, rest = part.partition("=")
        amount, _, source = rest.strip().partition(" ")
        if not separator or not amount.isdigit() or not source.strip():
            raise ValueError(f"«{part}» is not DAY=AMOUNT DECREE")
        day = dt.date.fromisoformat(since.strip())
        salaries[day] = BaseSalary(day, int(amount), source.strip())
    return tuple(salaries[day] for day in sorted(salaries))


def get_base_salary(day: dt.date, salaries: Sequence[BaseSalary] = BASE_SALARIES) -> BaseSalary:
    """Return the base salary in force on a day; the first one for earlier days."""
    return max((salary for salary in salaries if salary.since <= day), key=lambda s: s.since, default=salaries[0])


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day some months later, at most the last day of that month (Civil Code art. 148)."""
    index = day.year * _YEAR_MONTHS + day.month - 1 + months
    year, month = divmod(index, _YEAR_MONTHS)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Proposal of the law for a thing without owner.

    `due_on`: the first day of the proposal. `finder_share`, `state_share`: đồng, None while the value is unknown.
    """

    due_on: dt.date
    article: str
    outcome: Outcome
    salary: BaseSalary
    finder_share: int | None = None
    state_share: int | None = None
    must_wipe: bool = False  # a data carrier: its data is deleted first

    def is_due(self, today: dt.date) -> bool:
        return today >= self.due_on


def compute_entitlement(
    kind: ItemKind,
    *,
    announced_on: dt.date,
    value: int | None,
    is_free_roaming: bool = False,
    ground: FoundGround = FoundGround.DROPPED,
    salaries: Sequence[BaseSalary] = BASE_SALARIES,
) -> Entitlement:
    """Compute when and to whom a thing falls without an owner.

    The salary is that of the last day of the period. Identity papers and cards belong to their issuer: their
    return or destruction is proposed, never the finder as owner. Heritage belongs to the State at any value.
    """
    months, article = _get_period(kind, ground, is_free_roaming=is_free_roaming)
    due_on = add_months(announced_on, months)
    salary = get_base_salary(due_on, salaries)
    if kind in (ItemKind.PAPERS, ItemKind.CARD):
        return Entitlement(due_on, article, Outcome.DESTROYED, salary)
    if ground is FoundGround.HERITAGE:
        return Entitlement(due_on, article, Outcome.TO_STATE, salary, None if value is None else 0, value)
    if kind in _ANIMALS or ground is FoundGround.OWNERLESS:
        is_carrier = kind is ItemKind.PHONE
        return Entitlement(due_on, article, Outcome.TO_FINDER, salary, value, None if value is None else 0, is_carrier)
    limit = _SALARY_COUNT * salary.amount
    finder = None if value is None else min(value, limit) + max(0, value - limit) // 2
    state = None if value is None or finder is None else value - finder
    return Entitlement(due_on, article, Outcome.TO_FINDER, salary, finder, state, must_wipe=kind is ItemKind.PHONE)


def _get_period(kind: ItemKind, ground: FoundGround, *, is_free_roaming: bool) -> tuple[int, str]:
    """Return months after the announcement, and the article."""
    if kind is ItemKind.CATTLE:
        return (12 if is_free_roaming else 6), N_("Bộ luật Dân sự 2015 điều 231")
    if kind in _ANIMALS:
        return 1, _ANIMALS[kind]
    return 12, _ARTICLES[ground]


_ANIMALS = {
    ItemKind.CATTLE: N_("Bộ luật Dân sự 2015 điều 231"),
    ItemKind.POULTRY: N_("Bộ luật Dân sự 2015 điều 232"),
    ItemKind.AQUATIC: N_("Bộ luật Dân sự 2015 điều 233"),
}
_ARTICLES = {
    FoundGround.DROPPED: N_("Bộ luật Dân sự 2015 điều 230"),
    FoundGround.BURIED: N_("Bộ luật Dân sự 2015 điều 229"),
    FoundGround.OWNERLESS: N_("Bộ luật Dân sự 2015 điều 228"),
    FoundGround.HERITAGE: N_("Bộ luật Dân sự 2015 điều 229, 230; Luật Di sản văn hóa"),
}
ENDINGS = (
    Outcome.RETURNED_ELSEWHERE,
    Outcome.TO_FINDER,
    Outcome.TO_STATE,
    Outcome.DESTROYED,
    Outcome.WITHDRAWN,
)
_AFTER_PERIOD = frozenset({Outcome.TO_FINDER, Outcome.TO_STATE})


def find_ending_problem(
    kind: ItemKind,
    outcome: str,
    entitlement: Entitlement | None,
    *,
    today: dt.date,
    reason: str,
    is_wiped: bool,
    ground: FoundGround = FoundGround.DROPPED,
) -> str:
    """Return why a thing may not end this way, or "". `entitlement`: None while nothing was announced."""
    if outcome not in ENDINGS:
        return N_("Hãy chọn kết quả.")
    if len(reason.strip()) < 5:
        return N_("Ghi căn cứ: số quyết định, biên bản, lời của ai.")
    if ground is FoundGround.HERITAGE and outcome == Outcome.TO_FINDER:
        return N_("Cổ vật, di sản thuộc Nhà nước; người tìm thấy được thưởng theo quy định.")
    if ground is FoundGround.HERITAGE and outcome == Outcome.TO_STATE:
        return ""  # handed to the competent authority at once
    if outcome in _AFTER_PERIOD and (entitlement is None or not entitlement.is_due(today)):
        return N_("Chưa hết thời hạn thông báo công khai theo Bộ luật Dân sự.")
    if outcome == Outcome.TO_FINDER and kind in (ItemKind.PAPERS, ItemKind.CARD):
        return N_("Giấy tờ, thẻ không giao cho người nhặt. Trả nơi cấp hoặc hủy.")
    if outcome == Outcome.TO_FINDER and kind is ItemKind.PHONE and not is_wiped:
        return N_("Xóa dữ liệu trong máy trước, rồi đánh dấu vào ô.")
    return ""
