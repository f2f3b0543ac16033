"""Rules of weapons handed in: kinds of Law 42/2024, serial numbers, chain of custody, signatures, outcome. Pure.

The kinds follow Law 42/2024/QH15 arts. 2 and 3; the forms of its chapter VI were not read and wait for the province's
lawyer [R].
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import Outcome
from binhyen.kit.i18n_markers import N_


class WeaponKind(StrEnum):
    FIREARM = "FIREARM"
    AMMUNITION = "AMMUNITION"
    ORDNANCE = "ORDNANCE"
    HUNTING_GUN = "HUNTING_GUN"
    SPORT = "SPORT"
    PRIMITIVE = "PRIMITIVE"
    KNIFE = "KNIFE"
    EXPLOSIVE = "EXPLOSIVE"
    PRECURSOR = "PRECURSOR"
    SUPPORT_TOOL = "SUPPORT_TOOL"
    FIREWORK = "FIREWORK"
    UNKNOWN = "UNKNOWN"


WEAPON_KIND_LABELS = {
    WeaponKind.FIREARM: N_("Súng quân dụng, súng tự chế"),
    WeaponKind.AMMUNITION: N_("Đạn các loại"),
    WeaponKind.ORDNANCE: N_("Bom, mìn, lựu đạn, đạn pháo"),
    WeaponKind.HUNTING_GUN: N_("Súng săn, súng kíp, súng hơi"),
    WeaponKind.SPORT: N_("Vũ khí thể thao"),
    WeaponKind.PRIMITIVE: N_("Vũ khí thô sơ: kiếm, mã tấu, nỏ"),
    WeaponKind.KNIFE: N_("Dao có tính sát thương cao"),
    WeaponKind.EXPLOSIVE: N_("Vật liệu nổ, kíp nổ"),
    WeaponKind.PRECURSOR: N_("Tiền chất thuốc nổ"),
    WeaponKind.SUPPORT_TOOL: N_("Công cụ hỗ trợ: roi điện, bình xịt"),
    WeaponKind.FIREWORK: N_("Pháo nổ"),
    WeaponKind.UNKNOWN: N_("Chưa rõ là gì"),
}
# Never carried to a police station: cordoned off where they lie, engineers of the army come.
EXPLOSIVE_KINDS = frozenset({WeaponKind.ORDNANCE, WeaponKind.EXPLOSIVE})
# A thing that a citizen cannot name is treated as explosive until an officer has seen it.
UNSAFE_TO_CARRY = EXPLOSIVE_KINDS | {WeaponKind.UNKNOWN}


class Measure(StrEnum):
    PIECE = "PIECE"
    ROUND = "ROUND"
    KILOGRAM = "KILOGRAM"
    METRE = "METRE"


MEASURE_LABELS = {
    Measure.PIECE: N_("cái"),
    Measure.ROUND: N_("viên"),
    Measure.KILOGRAM: N_("kg"),
    Measure.METRE: N_("mét"),
}
MAX_QUANTITY = 1_000_000
MIN_SERIAL_LENGTH = 4  # shorter ones are model marks: never compared

_SERIAL_LETTERS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def normalize_serial(text: str) -> str:
    """Return a serial number for comparison: upper case, no blanks or dashes, O as 0, I and L as 1."""
    return re.sub(r"[^0-9A-Z]", "", text.upper()).translate(_SERIAL_LETTERS)


class WeaponOrigin(StrEnum):
    HANDED_IN = "HANDED_IN"
    SEIZED = "SEIZED"


WEAPON_ORIGIN_LABELS = {WeaponOrigin.HANDED_IN: N_("Người dân giao nộp"), WeaponOrigin.SEIZED: N_("Công an thu giữ")}


class WeaponStep(StrEnum):
    GUARDED = "GUARDED"
    RECEIVED = "RECEIVED"
    STORED = "STORED"
    TRANSFERRED = "TRANSFERRED"
    PASSED_TO_ARMY = "PASSED_TO_ARMY"
    DESTROYED = "DESTROYED"
    CORRECTED = "CORRECTED"


WEAPON_STEP_LABELS = {
    WeaponStep.GUARDED: N_("Khoanh vùng, báo công binh"),
    WeaponStep.RECEIVED: N_("Tiếp nhận"),
    WeaponStep.STORED: N_("Nhập kho"),
    WeaponStep.TRANSFERRED: N_("Bàn giao đơn vị khác"),
    WeaponStep.PASSED_TO_ARMY: N_("Bàn giao quân đội"),
    WeaponStep.DESTROYED: N_("Tiêu hủy"),
    WeaponStep.CORRECTED: N_("Đính chính"),
}
END_STEPS = frozenset({WeaponStep.PASSED_TO_ARMY, WeaponStep.DESTROYED})
_IN_CUSTODY = (WeaponStep.STORED, WeaponStep.TRANSFERRED, WeaponStep.PASSED_TO_ARMY, WeaponStep.DESTROYED)
# Last step → next steps by hand. RECEIVED is written by a signed receipt, GUARDED by the entry of an explosive.
NEXT_WEAPON_STEPS: dict[str, tuple[WeaponStep, ...]] = {
    "": (),
    WeaponStep.GUARDED: (WeaponStep.PASSED_TO_ARMY, WeaponStep.DESTROYED),
    WeaponStep.RECEIVED: _IN_CUSTODY,
    WeaponStep.STORED: _IN_CUSTODY,
    WeaponStep.TRANSFERRED: _IN_CUSTODY,
    WeaponStep.PASSED_TO_ARMY: (),
    WeaponStep.DESTROYED: (),
}


def list_next_custody_steps(last_step: str) -> tuple[WeaponStep, ...]:
    """Return the steps that may follow; a correction may follow any step but the last of the chain."""
    steps = NEXT_WEAPON_STEPS.get(last_step, ())
    return (*steps, WeaponStep.CORRECTED) if steps else ()


@dataclass(frozen=True, slots=True)
class StepForm:
    """A step of custody as entered. `paper`: number of the minutes; `receiver`: unit, council or person."""

    step: str
    receiver: str = ""
    place: str = ""
    seal: str = ""
    paper: str = ""
    note: str = ""


def find_weapon_step_problem(form: StepForm, last_step: str, *, number: int, expected_number: int) -> str:
    """Return why a step is refused, or "". `expected_number`: the number that the form was opened for."""
    if expected_number != number:
        return N_("Sổ đã có bước mới, hoặc bước này đã ghi rồi. Xem lại sổ, rồi ghi tiếp.")
    if form.step not in list_next_custody_steps(last_step):
        return N_("Bước này không ghi được sau bước trước đó. Xem thứ tự trong sổ.")
    if form.step == WeaponStep.STORED and len(form.place) < 3:
        return N_("Ghi nơi cất giữ: kho nào, tủ nào.")
    if form.step == WeaponStep.CORRECTED and len(form.note) < 5:
        return N_("Ghi rõ điều đính chính: sai gì, đúng là gì.")
    if form.step in (WeaponStep.TRANSFERRED, *END_STEPS) and (len(form.receiver) < 3 or len(form.paper) < 2):
        return N_("Ghi bên nhận hoặc hội đồng tiêu hủy, và số biên bản.")
    return ""


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """Signatures under a receipt. `is_anonymous`: the giver stays unnamed, a witness signs instead."""

    origin: WeaponOrigin
    is_anonymous: bool
    giver_signed: bool
    officer_signed: bool
    witness: str
    paper: str


def find_signature_problem(facts: SignatureFacts) -> str:
    """Return why a receipt is not complete, or "". A seizure always has minutes on paper."""
    if facts.paper:
        return ""
    if facts.origin is WeaponOrigin.SEIZED:
        return N_("Thu giữ phải có biên bản: ghi số biên bản.")
    if not facts.officer_signed:
        return N_("Cán bộ chưa ký. Hai bên cùng ký, hoặc ghi số biên nhận giấy đã ký.")
    if facts.is_anonymous:
        return "" if len(facts.witness) >= 2 else N_("Người nộp không nêu tên: ghi tên người chứng kiến đã ký.")
    return "" if facts.giver_signed else N_("Người nộp chưa ký. Hai bên cùng ký, hoặc ghi số biên nhận giấy đã ký.")


@dataclass(frozen=True, slots=True)
class WeaponStatus:
    """A weapon for the outcome of its case: whether it is explosive, and its last step."""

    is_explosive: bool
    last_step: str


def get_record_outcome(origin: WeaponOrigin, weapons: Sequence[WeaponStatus], *, was_received: bool) -> Outcome | None:
    """Return the outcome of the case; None while a weapon is neither received nor passed on."""
    if not weapons or any(weapon.last_step in ("", WeaponStep.GUARDED) for weapon in weapons):
        return None
    if not was_received:
        return Outcome.PASSED_TO_ARMY
    return Outcome.SEIZED if origin is WeaponOrigin.SEIZED else Outcome.HANDED_IN


# Appointments: bring it, or police come; explosives are never brought.


class VisitMode(StrEnum):
    BRING = "BRING"
    COLLECT = "COLLECT"


VISIT_MODE_LABELS = {VisitMode.BRING: N_("Tôi mang đến trụ sở"), VisitMode.COLLECT: N_("Xin công an đến nhận")}
VISIT_MODE_FOR_OFFICER = {VisitMode.BRING: N_("Người dân mang đến"), VisitMode.COLLECT: N_("Công an đến nhận")}


class DayPart(StrEnum):
    MORNING = "MORNING"
    AFTERNOON = "AFTERNOON"
    EVENING = "EVENING"


DAY_PART_LABELS = {
    DayPart.MORNING: N_("buổi sáng"),
    DayPart.AFTERNOON: N_("buổi chiều"),
    DayPart.EVENING: N_("buổi tối"),
}
MAX_DAYS_AHEAD = 60


def find_visit_problem(day: dt.date, *, today: dt.date) -> str:
    """Return why a day is no day for an appointment, or ""."""
    if not today <= day <= today + dt.timedelta(days=MAX_DAYS_AHEAD):
        return N_("Chọn ngày từ hôm nay đến 60 ngày tới.")
    return ""


def get_visit_mode(kind: WeaponKind, mode: VisitMode) -> VisitMode:
    """Return how it is handed in: explosives and unknown objects are collected, whatever was chosen."""
    return VisitMode.COLLECT if kind in UNSAFE_TO_CARRY else mode


def find_campaign_problem(name: str, starts_on: dt.date, ends_on: dt.date) -> str:
    """Return why a campaign is refused, or ""."""
    if len(name) < 5:
        return N_("Ghi tên đợt vận động.")
    if ends_on < starts_on:
        return N_("Ngày kết thúc phải sau ngày bắt đầu.")
    return ""
