"""A merge of communes: validation, and the history after it. Pure."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from binhyen.areas.rules.history import COMMUNE, VILLAGE, History, ValidityPeriod
from binhyen.areas.rules.names import COMMUNE_TYPES
from binhyen.kit.i18n_markers import N_, DeferredText

MAX_AHEAD = dt.timedelta(days=3 * 366)


class InvalidMerge(ValueError):
    """The merge cannot be planned; the text is Vietnamese and shown to the user."""


@dataclass(frozen=True, slots=True)
class MergePlan:
    """Communes (area ids) that become one on a day. `code`: of the new one; that of an old one may go on."""

    day: dt.date
    old_areas: tuple[int, ...]
    code: str
    type: str
    name: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """Present communes by area id → code; areas of other planned merges; codes in use by anything else."""

    communes: Mapping[int, str]
    planned_areas: Collection[int]
    used_codes: Collection[str]


def check_commune_merge(plan: MergePlan, facts: MergeFacts, *, today: dt.date) -> None:
    """Refuse an impossible merge. Raises InvalidMerge with the first reason."""
    own_codes = {facts.communes[area] for area in plan.old_areas if area in facts.communes}
    if len(set(plan.old_areas)) < 2:
        raise InvalidMerge(N_("Hãy chọn ít nhất hai xã, phường để nhập."))
    if len(own_codes) < len(plan.old_areas):
        raise InvalidMerge(N_("Có xã, phường không còn. Hãy chọn lại."))
    if not set(plan.old_areas).isdisjoint(facts.planned_areas):
        raise InvalidMerge(N_("Có xã, phường đã nằm trong một lần sắp xếp khác đang chờ."))
    if plan.day <= today:
        raise InvalidMerge(N_("Ngày hiệu lực phải sau hôm nay, để còn kịp bỏ."))
    if plan.day > today + MAX_AHEAD:
        raise InvalidMerge(N_("Ngày hiệu lực xa quá ba năm."))
    if plan.type not in COMMUNE_TYPES:
        raise InvalidMerge(N_("Hãy chọn xã, phường hay đặc khu."))
    if not 2 <= len(plan.name) <= 60:
        raise InvalidMerge(N_("Tên mới phải dài từ 2 đến 60 chữ."))
    if not (plan.code.isascii() and plan.code.isdigit() and len(plan.code) == 5):
        raise InvalidMerge(N_("Mã đơn vị hành chính gồm 5 chữ số."))
    if plan.code in facts.used_codes and plan.code not in own_codes:
        raise InvalidMerge(DeferredText(N_("Mã {code} đang dùng cho nơi khác."), code=plan.code))
    if len(plan.legal_basis) < 5:
        raise InvalidMerge(N_("Hãy ghi số nghị quyết."))


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
