"""A merge, split or renaming of communes: validation, and the history after it. Pure."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from binhyen.areas.rules.history import COMMUNE, VILLAGE, History, ValidityPeriod
from binhyen.areas.rules.names import COMMUNE_TYPES
from binhyen.kit.i18n_markers import N_, DeferredText

MAX_AHEAD = dt.timedelta(days=3 * 366)


class InvalidReorganisation(ValueError):
    """The reorganisation cannot be planned; the text is Vietnamese and shown to the user."""


class ReorganisationKind(StrEnum):
    MERGE = "MERGE"
    SPLIT = "SPLIT"
    RENAME = "RENAME"


@dataclass(frozen=True, slots=True)
class ReorganisationPlan:
    """A change of communes (area ids) on a day. `code`: of the commune after it; that of an old one may go on.

    `villages`: of a split, those that become the new commune; the others stay.
    """

    day: dt.date
    old_areas: tuple[int, ...]
    code: str
    type: str
    name: str
    legal_basis: str
    kind: ReorganisationKind = ReorganisationKind.MERGE
    villages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReorganisationFacts:
    """Present communes by area id → code and → full name; areas of other plans; codes in use by anything else; present
    villages by area id → commune.
    """

    communes: Mapping[int, str]
    planned_areas: Collection[int]
    used_codes: Collection[str]
    names: Mapping[int, str] = field(default_factory=dict)
    villages: Mapping[int, int] = field(default_factory=dict)


def check_reorganisation(plan: ReorganisationPlan, facts: ReorganisationFacts, *, today: dt.date) -> None:
    """Refuse an impossible reorganisation. Raises InvalidReorganisation with the first reason."""
    own_codes = {facts.communes[area] for area in plan.old_areas if area in facts.communes}
    if plan.kind is ReorganisationKind.MERGE and len(set(plan.old_areas)) < 2:
        raise InvalidReorganisation(N_("Hãy chọn ít nhất hai xã, phường để nhập."))
    if plan.kind is not ReorganisationKind.MERGE and len(plan.old_areas) != 1:
        raise InvalidReorganisation(N_("Hãy chọn một xã, phường."))
    if len(own_codes) < len(plan.old_areas):
        raise InvalidReorganisation(N_("Có xã, phường không còn. Hãy chọn lại."))
    if not set(plan.old_areas).isdisjoint(facts.planned_areas):
        raise InvalidReorganisation(N_("Có xã, phường đã nằm trong một lần sắp xếp khác đang chờ."))
    if plan.kind is ReorganisationKind.SPLIT:
        _check_villages(plan, facts)
    if plan.day <= today:
        raise InvalidReorganisation(N_("Ngày hiệu lực phải sau hôm nay, để còn kịp bỏ."))
    if plan.day > today + MAX_AHEAD:
        raise InvalidReorganisation(N_("Ngày hiệu lực xa quá ba năm."))
    _check_name(plan, facts, own_codes)
    if len(plan.legal_basis) < 5:
        raise InvalidReorganisation(N_("Hãy ghi số nghị quyết."))


def _check_villages(plan: ReorganisationPlan, facts: ReorganisationFacts) -> None:
    """Refuse a split that takes no village, foreign ones, or all."""
    own_villages = {village for village, commune in facts.villages.items() if commune == plan.old_areas[0]}
    if not plan.villages:
        raise InvalidReorganisation(N_("Hãy chọn những thôn, tổ dân phố thành xã, phường mới."))
    if not own_villages.issuperset(plan.villages):
        raise InvalidReorganisation(N_("Có thôn, tổ dân phố không còn ở xã, phường này. Hãy chọn lại."))
    if own_villages == set(plan.villages):
        raise InvalidReorganisation(N_("Hãy để lại ít nhất một thôn, tổ dân phố; nếu chuyển cả xã thì hãy đổi tên."))


def _check_name(plan: ReorganisationPlan, facts: ReorganisationFacts, own_codes: Collection[str]) -> None:
    if plan.type not in COMMUNE_TYPES:
        raise InvalidReorganisation(N_("Hãy chọn xã, phường hay đặc khu."))
    if not 2 <= len(plan.name) <= 60:
        raise InvalidReorganisation(N_("Tên mới phải dài từ 2 đến 60 chữ."))
    if not (plan.code.isascii() and plan.code.isdigit() and len(plan.code) == 5):
        raise InvalidReorganisation(N_("Mã đơn vị hành chính gồm 5 chữ số."))
    keeps_code = plan.kind is not ReorganisationKind.SPLIT and plan.code in own_codes
    if plan.code in facts.used_codes and not keeps_code:
        raise InvalidReorganisation(DeferredText(N_("Mã {code} đang dùng cho nơi khác."), code=plan.code))
    is_same = f"{COMMUNE_TYPES[plan.type]} {plan.name}" == facts.names.get(plan.old_areas[0])
    if plan.kind is ReorganisationKind.RENAME and is_same and plan.code in own_codes:
        raise InvalidReorganisation(N_("Tên và mã này là tên và mã đang dùng."))


def merge_history(history: History, old_areas: Sequence[int], new_area: int, day: dt.date) -> History:
    """Return the history after a merge: old communes end, villages get the new one as parent from the day on."""
    periods = {area: list(entries) for area, entries in history.periods.items()}
    for area, entries in periods.items():
        for index, period in enumerate(entries):
            if period.valid_to is not None:
                continue
            if area in old_areas and history.levels[area] == COMMUNE:
                entries[index] = replace(period, valid_to=day)
            elif history.levels[area] == VILLAGE and period.parent in old_areas:
                entries[index] = replace(period, valid_to=day)
                entries.append(ValidityPeriod(day, None, new_area))
                break
    periods[new_area] = [ValidityPeriod(day, None, None)]
    became = dict(history.became) | {old: [*history.became.get(old, ()), (day, new_area)] for old in old_areas}
    return History({**history.levels, new_area: COMMUNE}, periods, became)
